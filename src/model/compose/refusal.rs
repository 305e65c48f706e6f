//! Why Compose would not load a project.
//!
//! Owns the classes of refusal. Each is data with a position, never an `Err`:
//! the resolver goes on with what it has. Must not know how it is shown.

use crate::source::At;

/// One reason why Compose would not load the project.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The class, which decides what a reader makes of it.
    pub class: Class,
    /// Where, if a file says it.
    pub at: Option<At>,
    /// The fact, in the form of a message.
    pub message: String,
    /// A second place.
    pub related: Option<(At, String)>,
}

/// Classes of refusal, after the errors of compose-go v2.16.2.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Class {
    /// Not YAML.
    Yaml,
    /// Not YAML 1.2, but Compose reads it: no refusal at all.
    Tolerated,
    /// One key twice in a mapping.
    DuplicateKey,
    /// `${` that does not begin a variable.
    Interpolation,
    /// `${NAME:?}`, or a variable where a number or boolean must stand, without
    /// a value in the files; the shell may have one.
    RequiredVariable,
    /// A value of the wrong type where the loader needs another.
    Shape,
    /// The service named by `extends` is not there.
    ExtendsMissing,
    /// `extends` comes back to itself.
    ExtendsCycle,
    /// `include` comes back to itself.
    IncludeCycle,
    /// A file that is named is not there or not readable.
    NotFound,
    /// A file of variables that cannot be read to its end.
    EnvFile,
    /// A value of the right type that means nothing, or two that exclude each other.
    Invalid,
    /// The files hold nothing at all.
    Empty,
    /// A file on another machine, never fetched.
    Remote,
    /// A limit of this reader or of the loader.
    Limit,
}

impl Refusal {
    /// A refusal of `class` at a place.
    pub fn new(class: Class, at: Option<At>, message: impl Into<String>) -> Self {
        Self {
            class,
            at,
            message: message.into(),
            related: None,
        }
    }
}
