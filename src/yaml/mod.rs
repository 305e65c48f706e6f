//! Text to spanned tree, and typed values out of it.
//!
//! Owns every decision about YAML syntax. Must not know Compose, Kubernetes,
//! rules or output. Only `parse.rs` knows the parser underneath, and
//! `wording.rs` its error kinds.

mod duplicates;
pub mod edit;
mod fold;
mod grow;
mod lex;
pub mod node;
pub mod parse;
mod quick;
pub mod scalar;
pub(crate) mod shape;
pub mod value;
mod wording;

pub use node::{Comment, Kind, Node, NodeId, NodeRef, Style, Tree};
pub use parse::parse;
pub use value::{Data, Entry, Flags, Tag, Value};

use crate::source::Span;

/// Something wrong with a text, found while reading it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// What kind of trouble.
    pub kind: TroubleKind,
    /// Where.
    pub span: Span,
    /// The fact, in the form of a message.
    pub message: String,
    /// A second place: the opening quote, the first of two keys.
    pub related: Option<(Span, String)>,
}

/// The kinds of trouble that differ in what a reader does about them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TroubleKind {
    /// Not YAML: the rest of the document is not read.
    Syntax,
    /// Not YAML 1.2, but accepted by the tools that run the file.
    Tolerated,
    /// The same key twice in one mapping.
    DuplicateKey,
    /// A limit of this reader.
    Limit,
}

/// Whether a text is read without the parser.
#[cfg(test)]
pub(crate) fn is_common(text: &str) -> bool {
    quick::tree(text).is_some()
}
