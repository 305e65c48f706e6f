//! One change to one node, as data: what a fix is made of.
//!
//! Owns the list of operations and how the node of a change is found again in
//! a tree. Must not know why anything is changed.

use std::ops::Range;

use super::{
    Outcome, Plain, Position, Refusal, Relocation, Sheet, TextEdit, delete_entry, insert_entry,
    insert_item, insert_words, relocate_item, remove_item, remove_items, replace_inside,
    replace_scalar, replace_sequence_by_mapping, set_value,
};
use crate::source::Span;
use crate::yaml::scalar::{Scalar, resolve};
use crate::yaml::{Kind, NodeRef, Tree};

/// A change to the node that stands at a span.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The bytes of the node, or of the comment.
    pub span: Span,
    /// What happens to it.
    pub op: Op,
}

/// What happens to a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Op {
    /// The text of a scalar becomes another.
    Scalar(String),
    /// A byte range of the text of a scalar becomes another.
    Part(Range<usize>, String),
    /// The value of an entry or item becomes another.
    Value(Plain),
    /// A mapping gets an entry.
    Insert {
        /// The new key.
        key: String,
        /// Its value.
        value: Plain,
        /// The key that it stands behind; the last one if `None`.
        after: Option<String>,
    },
    /// A mapping that is not empty gets an entry before all others.
    Lead {
        /// The new key.
        key: String,
        /// Its value.
        value: Plain,
    },
    /// A mapping loses the entry of a key.
    Delete(String),
    /// A list loses an item, counted from 0.
    Remove(usize),
    /// A list loses items that stand side by side, but not all.
    RemoveRun(Range<usize>),
    /// A list gets an item at its end.
    Append(Plain),
    /// A list gets texts before an item, counted from 0, that is not its first.
    Words(usize, Vec<String>),
    /// An item of one list of a mapping goes to another.
    Relocate(Box<Relocation>),
    /// A list becomes a mapping: each item a key, with these values in turn.
    ToMapping(Vec<Plain>),
    /// A comment goes; with its line, if it has one to itself.
    DropComment,
    /// A byte range of a comment goes, its `#` stays.
    CutComment(Range<usize>),
}

impl Change {
    /// The node of the change, if exactly one stands there that it fits.
    pub fn find<'t>(&self, text: &'t str, tree: &'t Tree) -> Option<NodeRef<'t>> {
        let fits = |node: &NodeRef<'t>| node.span() == self.span && self.op.fits(*node);
        let mut found = tree.all(text).filter(fits);
        found.next().filter(|_| found.next().is_none())
    }
}

impl Op {
    fn fits(&self, node: NodeRef<'_>) -> bool {
        let null = || resolve(node.text(), node.style(), node.tag()) == Scalar::Null;
        let absent = || node.kind() == Kind::Scalar && null();
        match self {
            Self::Scalar(_) | Self::Part(..) => node.kind() == Kind::Scalar,
            Self::Value(_) => true,
            Self::Insert { .. } | Self::Delete(_) => node.kind() == Kind::Mapping || absent(),
            Self::Lead { .. } | Self::Relocate(_) => node.entries().next().is_some(),
            Self::Remove(_) | Self::RemoveRun(_) | Self::ToMapping(_) | Self::Words(..) => {
                node.kind() == Kind::Sequence
            }
            Self::Append(_) => node.kind() == Kind::Sequence || absent(),
            Self::DropComment | Self::CutComment(_) => false,
        }
    }
}

/// The edits of one change.
///
/// # Errors
/// Refuses as the operation does, and where the node is not found.
pub fn edits<'t>(sheet: &Sheet<'t>, change: &Change) -> Outcome {
    match &change.op {
        Op::DropComment => return drop_comment(sheet, change.span),
        Op::CutComment(part) => return cut_comment(sheet, change.span, part),
        _ => {}
    }
    let Some(node) = change.find(sheet.text, sheet.tree) else {
        return Err(Refusal::new(
            change.span,
            "the value is not written here as one piece",
        ));
    };
    match &change.op {
        Op::Scalar(new) => replace_scalar(sheet, node, new),
        Op::Part(part, new) => replace_inside(sheet, node, part.clone(), new),
        Op::Value(value) => set_value(sheet, node, value),
        Op::Insert { key, value, after } => {
            let position = after.as_deref().map_or(Position::AtEnd, Position::After);
            insert_entry(sheet, node, key, value, position)
        }
        Op::Lead { key, value } => {
            let first = node.entries().next().map_or("", |(key, _)| key.text());
            insert_entry(sheet, node, key, value, Position::Before(first))
        }
        Op::Relocate(it) => relocate_item(sheet, node, it),
        Op::Delete(key) => delete_entry(sheet, node, key),
        Op::Remove(at) => remove_item(sheet, node, *at),
        Op::RemoveRun(range) => remove_items(sheet, node, range.clone()),
        Op::Append(value) => insert_item(sheet, node, value),
        Op::Words(at, words) => insert_words(sheet, node, *at, words),
        Op::ToMapping(values) => {
            let mut values = values.iter();
            replace_sequence_by_mapping(sheet, node, |item| {
                let value = values.next().cloned().unwrap_or(Plain::Null);
                (item.text().to_owned(), value)
            })
        }
        Op::DropComment | Op::CutComment(_) => Ok(Vec::new()),
    }
}

/// Refuses a span at which no comment stands.
fn comment(sheet: &Sheet<'_>, span: Span) -> Result<(), Refusal> {
    sheet.readable()?;
    let (start, end) = (span.start as usize, span.end as usize);
    let known = sheet.comments(start, end).any(|it| it.span == span);
    if known {
        return Ok(());
    }
    Err(Refusal::new(span, "this is not a comment"))
}

/// Part of a comment goes.
fn cut_comment(sheet: &Sheet<'_>, span: Span, part: &Range<usize>) -> Outcome {
    comment(sheet, span)?;
    let text = &sheet.text[span.range()];
    if part.start == 0 || text.get(part.clone()).is_none() {
        return Err(Refusal::new(span, "the range does not fit the comment"));
    }
    let start = span.start as usize;
    Ok(vec![TextEdit::delete(start + part.start, start + part.end)])
}

/// A comment behind a value goes with the blanks before it, one on a line of
/// its own goes with the line.
fn drop_comment(sheet: &Sheet<'_>, span: Span) -> Outcome {
    comment(sheet, span)?;
    let (start, end) = (span.start as usize, span.end as usize);
    let from = sheet.line_start(start);
    let before = &sheet.text[from..start];
    if before.trim_matches([' ', '\t']).is_empty() {
        let next = sheet.next_line(start).unwrap_or(sheet.text.len());
        return Ok(vec![TextEdit::delete(from, next)]);
    }
    let kept = before.trim_end_matches([' ', '\t']).len();
    Ok(vec![TextEdit::delete(from + kept, end)])
}
