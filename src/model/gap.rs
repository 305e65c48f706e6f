//! What a stack does not show.
//!
//! Owns the kinds of what may be missing. Must not know why a rule asks.

use crate::source::At;

/// A part of the stack that was not seen.
#[derive(Clone, Debug)]
pub struct Gap {
    /// The place that refers to it.
    pub at: Option<At>,
    /// Why it could not be seen: the fact, in the form of a message.
    pub reason: String,
    /// What kind of knowledge is missing.
    pub kind: GapKind,
}

/// What a gap hides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GapKind {
    /// Services may exist that are not in the model.
    Services,
    /// Only values (an environment file, a default-less variable) are unknown.
    Values,
}
