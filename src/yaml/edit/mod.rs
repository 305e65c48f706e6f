//! Byte edits that change one value of a text and nothing else.
//!
//! Owns every decision about how new YAML is written into an existing file:
//! indent, flow or block, quotes, comments, line breaks, byte order mark, final
//! newline. Must not know Compose, Kubernetes, rules or files on disk; whether
//! a change is wanted at an anchor that others share is for the caller to say.

mod change;
mod convert;
mod delete;
mod insert;
mod place;
mod plain;
mod quote;
mod relocate;
mod scalar;
mod sheet;
mod text;
mod value;

pub use change::{Change, Op, edits};
pub use convert::replace_sequence_by_mapping;
pub use delete::{delete_entry, remove_item, remove_items};
pub use insert::{Position, insert_entry, insert_item, insert_words};
pub use plain::{Ink, Layout, Plain, render};
pub use relocate::{Relocation, relocate_item};
pub use scalar::{replace_inside, replace_scalar};
pub use sheet::{Sheet, shared_by};
pub use text::{apply, invert};
pub use value::set_value;

use crate::source::{Span, offset};

/// One replacement of bytes in one text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextEdit {
    /// The bytes that go; empty for an insertion.
    pub span: Span,
    /// The bytes that come.
    pub text: String,
}

impl TextEdit {
    fn new(start: usize, end: usize, text: impl Into<String>) -> Self {
        Self {
            span: Span::new(offset(start), offset(end)),
            text: text.into(),
        }
    }

    fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(at, at, text)
    }

    fn delete(start: usize, end: usize) -> Self {
        Self::new(start, end, "")
    }
}

/// Why a change is not made, in the form of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// The fact that stands in the way.
    pub reason: String,
    /// Where it stands.
    pub span: Span,
}

impl Refusal {
    fn new(span: Span, reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            span,
        }
    }
}

/// The edits of one operation in the order of their places, or why there are
/// none. Edits of one operation may touch each other.
pub type Outcome = Result<Vec<TextEdit>, Refusal>;
