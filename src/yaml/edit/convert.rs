//! A list becomes a mapping, its comments stay where they were.
//!
//! Owns that one change, which Compose needs for long forms. Must not know
//! which keys and values come.

use super::insert::key_column;
use super::place::{self, Row, editable, in_flow, rows, slot};
use super::scalar::short_key;
use super::{Ink, Layout, Outcome, Plain, Refusal, Sheet, TextEdit, plain};
use crate::yaml::{Kind, NodeRef, Style};

/// Replaces a list by a mapping with one entry per item, which `entry` gives.
/// Comments beside and above the items stay there; a list in brackets becomes
/// lines below its key, unless it stands inside brackets itself.
///
/// # Errors
/// Refuses lists in brackets over several lines, items that are not one-line
/// texts or carry tags or anchors, and two entries of one key.
pub fn replace_sequence_by_mapping<'t>(
    sheet: &Sheet<'t>,
    sequence: NodeRef<'t>,
    mut entry: impl FnMut(NodeRef<'t>) -> (String, Plain),
) -> Outcome {
    editable(sheet, sequence)?;
    if sequence.kind() != Kind::Sequence || place::is_key(sequence) {
        return Err(Refusal::new(sequence.span(), "this is not a list"));
    }
    if let Some(tag) = sequence.tag().filter(|tag| tag.starts_with("tag:")) {
        return Err(Refusal::new(
            sequence.span(),
            format!("the value carries the tag `{tag}`"),
        ));
    }
    let rows = rows(sheet, sequence)?;
    let mut entries: Vec<(String, Plain)> = Vec::new();
    for row in &rows {
        one_line(sheet, row)?;
        let made = entry(row.value);
        short_key(row.value, &made.0)?;
        if entries.iter().any(|(key, _)| *key == made.0) {
            return Err(Refusal::new(
                row.value.span(),
                format!("the key `{}` would stand twice", made.0),
            ));
        }
        entries.push(made);
    }
    let mapping = sequence
        .parent()
        .filter(|outer| outer.kind() == Kind::Mapping);
    let ink = sheet.ink(sequence.span().start as usize, mapping);
    if sequence.style() == Style::Flow {
        return flow(sheet, sequence, entries, &ink);
    }
    block(sheet, sequence, &rows, &entries, &ink)
}

/// Refuses items that are not plain texts on the line of their dash.
fn one_line(sheet: &Sheet<'_>, row: &Row<'_>) -> Result<(), Refusal> {
    let item = row.value;
    let refuse = |reason: &str| Err(Refusal::new(item.span(), reason));
    if item.kind() == Kind::Alias {
        return refuse("this item is an alias");
    }
    if item.anchor_span().is_some() || item.tag_span().is_some() {
        return refuse("this item carries a tag or an anchor");
    }
    let written = matches!(item.style(), Style::Plain | Style::Single | Style::Double);
    if item.kind() != Kind::Scalar || !written || sheet.breaks(row.start, row.end) {
        return refuse("this item is not a text on one line");
    }
    Ok(())
}

fn flow(
    sheet: &Sheet<'_>,
    sequence: NodeRef<'_>,
    entries: Vec<(String, Plain)>,
    ink: &Ink,
) -> Outcome {
    let span = sequence.span().range();
    if sheet.breaks(span.start, span.end) {
        return Err(Refusal::new(
            sequence.span(),
            "this list in brackets reaches over several lines",
        ));
    }
    let inside = in_flow(sequence);
    let below = sequence
        .parent()
        .is_some_and(|outer| outer.kind() == Kind::Mapping);
    let value = Plain::Map(entries, Layout::Block);
    if inside || !below || !value.is_block() {
        return Ok(vec![TextEdit::new(
            span.start,
            span.end,
            plain::inline(&value, true, ink),
        )]);
    }
    let slot = slot(sheet, sequence)?;
    if sheet.breaks(slot, span.start) {
        return Err(Refusal::new(
            sequence.span(),
            "this list does not stand on the line of its key",
        ));
    }
    let column = key_column(sheet, sequence)?;
    let end = sheet.line_end(span.end);
    Ok(vec![
        TextEdit::delete(slot, span.end),
        TextEdit::insert(end, plain::render(&value, column, ink)),
    ])
}

/// Each dash gives way to its key; a list that stands less deep than mappings of
/// the file do moves right with its comments.
fn block(
    sheet: &Sheet<'_>,
    sequence: NodeRef<'_>,
    rows: &[Row<'_>],
    entries: &[(String, Plain)],
    ink: &Ink,
) -> Outcome {
    let Some(first) = rows.first() else {
        return Ok(Vec::new());
    };
    let column = sheet.column(first.start);
    let mapping = sequence
        .parent()
        .filter(|outer| outer.kind() == Kind::Mapping);
    let (mut from, mut shift) = (first.start, String::new());
    if mapping.is_some() {
        if !sheet.leads(first.start) {
            let reason = "this list does not start its line";
            return Err(Refusal::new(sequence.span(), reason));
        }
        let wanted = key_column(sheet, sequence)? + ink.step;
        shift = " ".repeat(wanted.saturating_sub(column));
        from = slot(sheet, sequence)?;
    }
    let column = column + shift.len();
    let mut edits = Vec::new();
    for (row, (key, value)) in rows.iter().zip(entries) {
        if !shift.is_empty() {
            let comments = sheet
                .comments(from, row.start)
                .filter(|comment| !comment.trailing);
            edits.extend(
                comments
                    .map(|comment| TextEdit::insert(comment.span.start as usize, shift.as_str())),
            );
        }
        let text = plain::entry(key, value, column, ink);
        let head = text.find(ink.newline).unwrap_or(text.len());
        edits.push(TextEdit::new(
            row.start,
            row.end,
            format!("{shift}{}", &text[..head]),
        ));
        let end = sheet.line_end(row.end);
        if head < text.len() {
            edits.push(TextEdit::insert(end, &text[head..]));
        }
        from = row.end;
    }
    Ok(edits)
}
