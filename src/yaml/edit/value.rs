//! Whole values are replaced, whatever their shape.
//!
//! Owns the passage from one shape to another: inline to lines, lines to
//! inline, absent to present. Must not know how values look.

use super::insert::key_column;
use super::place::{self, block_scalar, editable, in_flow, slot, unnamed};
use super::{Outcome, Plain, Refusal, Sheet, TextEdit, plain};
use crate::yaml::{Kind, NodeRef, Style};

/// Replaces the value of an entry or an item. Its anchor stays; an alias is
/// replaced at this place only; comments beside it stay.
///
/// # Errors
/// Refuses roots, keys, tagged values, values with comments inside, and values
/// with an inner anchor that is named elsewhere.
pub fn set_value<'t>(sheet: &Sheet<'t>, node: NodeRef<'t>, value: &Plain) -> Outcome {
    editable(sheet, node)?;
    if place::is_key(node) {
        return Err(Refusal::new(node.span(), "this is a key"));
    }
    place::untagged(node)?;
    unnamed(sheet, &[node], Some(node))?;
    let slot = slot(sheet, node)?;
    let mapping = node.parent().filter(|outer| outer.kind() == Kind::Mapping);
    let mut ink = sheet.ink(slot, mapping);
    // A list in brackets keeps the quotes of its own words.
    let own = node.items().find(|it| it.kind() == Kind::Scalar);
    if let Some(word) = own.filter(|_| node.style() == Style::Flow) {
        ink.words = word.style();
    }
    let old = Old::of(node, slot);
    if in_flow(node) {
        let text = plain::inline(value, true, &ink);
        place::no_comments(sheet, old.start, old.end)?;
        let gap = if node.style() == Style::Empty {
            " "
        } else {
            ""
        };
        return Ok(vec![TextEdit::new(
            old.start,
            old.end,
            format!("{gap}{text}"),
        )]);
    }
    let column = key_column(sheet, node)?;
    match (mapping.is_some(), value.is_block()) {
        (true, true) => lines(sheet, node, &old, &plain::render(value, column, &ink)),
        (true, false) => {
            let text = padded(sheet, node, plain::flow(value, &ink));
            inline(sheet, node, &old, &text)
        }
        (false, true) => item(sheet, node, &old, value, column, &ink),
        (false, false) => inline(sheet, node, &old, &plain::flow(value, &ink)),
    }
}

/// A list in brackets with blanks inside them, where the old one has some.
fn padded(sheet: &Sheet<'_>, node: NodeRef<'_>, text: String) -> String {
    let old = sheet.text.get(node.span().range()).unwrap_or("");
    let blank = node.style() == Style::Flow && old.starts_with("[ ") && old.ends_with(" ]");
    let inner = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    match inner.filter(|it| blank && !it.is_empty()) {
        Some(inner) => format!("[ {inner} ]"),
        None => text,
    }
}

/// Where the old value stands.
struct Old {
    slot: usize,
    start: usize,
    end: usize,
}

impl Old {
    fn of(node: NodeRef<'_>, slot: usize) -> Self {
        let span = node.span().range();
        let empty = node.style() == Style::Empty;
        Self {
            slot,
            start: if empty { slot } else { span.start },
            end: if empty { slot } else { span.end },
        }
    }
}

/// The end of a block scalar's `|` or `>` and what belongs to it.
fn header_end(sheet: &Sheet<'_>, old: &Old) -> usize {
    let line = &sheet.text[old.start..sheet.line_end(old.start).min(old.end)];
    old.start + line.find([' ', '\t']).unwrap_or(line.len())
}

/// New text on the line of the key or dash.
fn inline(sheet: &Sheet<'_>, node: NodeRef<'_>, old: &Old, text: &str) -> Outcome {
    let line_end = sheet.line_end(old.slot);
    if old.start == old.end {
        return Ok(vec![TextEdit::insert(old.slot, format!(" {text}"))]);
    }
    if !sheet.breaks(old.slot, old.start) {
        if block_scalar(node).is_some_and(|leaf| leaf.id == node.id) {
            return Ok(vec![
                TextEdit::new(old.start, header_end(sheet, old), text),
                TextEdit::delete(sheet.line_end(old.start), old.end),
            ]);
        }
        place::no_comments(sheet, old.start, old.end)?;
        return Ok(vec![TextEdit::new(old.start, old.end, text)]);
    }
    // A comment beside the last line is about that line, which goes.
    place::no_comments(sheet, line_end, sheet.line_end(old.end))?;
    let commented = sheet.comments(old.slot, line_end).next().is_some();
    let blanks = sheet.text[..line_end].trim_end_matches([' ', '\t']).len();
    let from = if commented {
        line_end
    } else {
        blanks.max(old.slot)
    };
    Ok(vec![
        TextEdit::insert(old.slot, format!(" {text}")),
        TextEdit::delete(from, old.end),
    ])
}

/// New lines below the key.
fn lines(sheet: &Sheet<'_>, node: NodeRef<'_>, old: &Old, text: &str) -> Outcome {
    let key_line = sheet.line_end(old.slot);
    if old.start != old.end && sheet.breaks(old.slot, old.start) {
        place::no_comments(sheet, key_line, sheet.line_end(old.end))?;
        return Ok(vec![TextEdit::new(key_line, old.end, text)]);
    }
    if block_scalar(node).is_some_and(|leaf| leaf.id == node.id) {
        return Ok(vec![
            TextEdit::delete(old.slot, header_end(sheet, old)),
            TextEdit::new(sheet.line_end(old.start), old.end, text),
        ]);
    }
    place::no_comments(sheet, old.start, old.end)?;
    let column = key_column(sheet, node)?;
    let end = sheet.below(old.end, column + 1);
    Ok(vec![
        TextEdit::delete(old.slot, old.end),
        TextEdit::insert(end, text),
    ])
}

/// A new mapping behind a dash.
fn item(
    sheet: &Sheet<'_>,
    node: NodeRef<'_>,
    old: &Old,
    value: &Plain,
    dash: usize,
    ink: &super::Ink,
) -> Outcome {
    place::no_comments(sheet, old.start, old.end)?;
    let named = node.anchor_span().is_some();
    let alone = old.start == old.end;
    let behind = sheet.line_end(old.end);
    let crowded = sheet.comments(old.end, behind).next().is_some();
    if alone && !named && !crowded {
        let text = plain::after_dash(value, dash + 2, ink);
        return Ok(vec![TextEdit::insert(old.slot, format!(" {text}"))]);
    }
    if alone || (named && !sheet.breaks(old.slot, old.start)) {
        let pad = " ".repeat(dash + 2);
        let text = plain::after_dash(value, dash + 2, ink);
        return Ok(vec![
            TextEdit::delete(old.slot, old.end),
            TextEdit::insert(behind, format!("{}{pad}{text}", ink.newline)),
        ]);
    }
    let text = plain::after_dash(value, sheet.column(old.start), ink);
    let head = text.find(ink.newline).unwrap_or(text.len());
    if sheet.breaks(old.start, old.end) {
        place::no_comments(sheet, old.end, behind)?;
    }
    Ok(vec![
        TextEdit::new(old.start, old.end, &text[..head]),
        TextEdit::insert(behind, &text[head..]),
    ])
}
