//! Entries and items go, with the comments that are theirs.
//!
//! Owns which comments those are: on the entry's own lines, below it and
//! deeper, directly above it at its column. Must not know how values look.

use std::ops::Range;

use super::insert::above;
use super::place::{
    self, Row, block_scalar, comma, editable, keeps, last_line, rows, slot, unnamed,
};
use super::{Outcome, Refusal, Sheet, TextEdit};
use crate::yaml::{Kind, NodeRef, Style};

/// Deletes the entry of `key`; the last one leaves `{}`.
///
/// # Errors
/// Refuses when the key is missing or there twice, when an alias names what
/// would go, and where the mapping is written in a way that cannot be kept.
pub fn delete_entry<'t>(sheet: &Sheet<'t>, mapping: NodeRef<'t>, key: &str) -> Outcome {
    editable(sheet, mapping)?;
    let mut found = mapping
        .entries()
        .enumerate()
        .filter(|(_, (name, _))| name.text() == key);
    let (Some((at, _)), twice) = (found.next(), found.next()) else {
        return Err(Refusal::new(
            mapping.span(),
            format!("the key `{key}` is not in this mapping"),
        ));
    };
    if let Some((_, (second, _))) = twice {
        return Err(Refusal::new(
            second.span(),
            format!("the key `{key}` stands twice in this mapping"),
        ));
    }
    remove(sheet, mapping, at)
}

/// Removes an item, counted from 0; the last one leaves `[]`.
///
/// # Errors
/// Refuses when there is no such item, when an alias names what would go, and
/// where the list is written in a way that cannot be kept.
pub fn remove_item<'t>(sheet: &Sheet<'t>, sequence: NodeRef<'t>, index: usize) -> Outcome {
    editable(sheet, sequence)?;
    if sequence.items().nth(index).is_none() {
        return Err(Refusal::new(
            sequence.span(),
            format!("there is no item {index} in this list"),
        ));
    }
    remove(sheet, sequence, index)
}

/// Removes items side by side; at least one stays.
///
/// # Errors
/// Refuses ranges that do not fit the list or hold it whole, when an alias
/// names what would go, and where the list is written in a way that cannot be
/// kept: lines that two of these items share in part.
pub fn remove_items<'t>(sheet: &Sheet<'t>, sequence: NodeRef<'t>, range: Range<usize>) -> Outcome {
    editable(sheet, sequence)?;
    let rows = rows(sheet, sequence)?;
    let fits = range.start < range.end && range.end <= rows.len();
    if sequence.kind() != Kind::Sequence || !fits || range.len() == rows.len() {
        return Err(Refusal::new(
            sequence.span(),
            "the items do not fit this list",
        ));
    }
    if range.len() == 1 {
        return remove(sheet, sequence, range.start);
    }
    let gone: Vec<_> = rows[range.clone()].iter().map(|it| it.value).collect();
    unnamed(sheet, &gone, None)?;
    if sequence.style() == Style::Flow {
        return run(sheet, sequence, &rows, range);
    }
    // One by one, each leaves its neighbours where they are.
    let mut edits: Vec<TextEdit> = Vec::new();
    for at in range {
        if !sheet.leads(rows[at].start) {
            return Err(Refusal::new(
                rows[at].value.span(),
                "this item does not start its line",
            ));
        }
        edits.extend(lines(sheet, sequence, &rows, at)?);
    }
    if edits
        .windows(2)
        .any(|two| two[0].span.end > two[1].span.start)
    {
        return Err(Refusal::new(sequence.span(), "these items share lines"));
    }
    Ok(edits)
}

/// Items side by side in brackets, with the commas behind them, or before them
/// where they stand last.
fn run(sheet: &Sheet<'_>, sequence: NodeRef<'_>, rows: &[Row<'_>], range: Range<usize>) -> Outcome {
    for two in rows.windows(2) {
        comma(sheet, two[0].end, two[1].start)?;
    }
    let (first, last) = (&rows[range.start], &rows[range.end - 1]);
    let (start, end) = match (rows.get(range.end), range.start.checked_sub(1)) {
        (Some(next), _) => (first.start, next.start),
        (None, Some(before)) => (rows[before].end, last.end),
        (None, None) => return Err(Refusal::new(sequence.span(), "nothing would stay")),
    };
    place::no_comments(sheet, start, end)?;
    Ok(vec![TextEdit::delete(start, end)])
}

fn remove<'t>(sheet: &Sheet<'t>, node: NodeRef<'t>, at: usize) -> Outcome {
    if place::is_key(node) {
        return Err(Refusal::new(node.span(), "this is a key"));
    }
    let rows = rows(sheet, node)?;
    let row = &rows[at];
    let gone: Vec<_> = row.key.into_iter().chain([row.value]).collect();
    unnamed(sheet, &gone, None)?;
    match (node.style(), rows.len()) {
        (Style::Flow, _) => flow(sheet, node, &rows, at),
        (_, 1) => only(sheet, node, row),
        _ if sheet.leads(row.start) => lines(sheet, node, &rows, at),
        _ => compact(sheet, &rows, at),
    }
}

/// Whole lines of a block collection with more than one row.
pub(super) fn lines(sheet: &Sheet<'_>, node: NodeRef<'_>, rows: &[Row<'_>], at: usize) -> Outcome {
    let row = &rows[at];
    let before = at.checked_sub(1).map(|at| &rows[at]);
    // The comment at the head of a file is about the file.
    let head = before.is_none() && node.parent().is_none();
    let from = if head {
        row.start
    } else {
        above(sheet, rows, at)
    };
    let from = sheet.line_start(from);
    let end = sheet.below(last_line(sheet, row)?, sheet.column(row.start) + 1);
    let Some(mut next) = sheet.next_line(end) else {
        // Without a final break the one before goes, unless it is part of a text.
        let scalar = before.is_none_or(|row| block_scalar(row.value).is_some());
        let from = sheet.previous_end(from).filter(|_| !scalar).unwrap_or(from);
        return Ok(vec![TextEdit::delete(from, end)]);
    };
    let kept = before.is_some_and(|row| keeps(sheet, row));
    let blank_before = sheet
        .previous_end(from)
        .is_some_and(|end| sheet.blank_line(end));
    if kept || blank_before {
        while next < sheet.text.len() && sheet.blank_line(next) {
            let Some(further) = sheet.next_line(next) else {
                break;
            };
            next = further;
        }
    }
    let mut from = from;
    if next == sheet.text.len() && before.is_some_and(|row| block_scalar(row.value).is_none()) {
        while let Some(end) = sheet
            .previous_end(from)
            .filter(|end| sheet.blank_line(*end))
        {
            from = sheet.line_start(end);
        }
    }
    Ok(vec![TextEdit::delete(from, next)])
}

/// The first row, behind a dash: what follows moves up to it.
fn compact(sheet: &Sheet<'_>, rows: &[Row<'_>], at: usize) -> Outcome {
    let (row, Some(_)) = (&rows[at], rows.get(at + 1)) else {
        return Err(Refusal::new(
            rows[at].value.span(),
            "this entry does not start its line",
        ));
    };
    let column = sheet.column(row.start);
    let end = sheet.below(last_line(sheet, row)?, column + 1);
    let next = rows[at + 1].start;
    if sheet.column(next) != column {
        return Err(Refusal::new(
            row.value.span(),
            "this entry does not start its line",
        ));
    }
    let comment = sheet.comments(end, next).next();
    let to = comment.map_or(next, |comment| comment.span.start as usize);
    Ok(vec![TextEdit::delete(row.start, to)])
}

/// The only row of a block collection: empty brackets take its place.
fn only(sheet: &Sheet<'_>, node: NodeRef<'_>, row: &Row<'_>) -> Outcome {
    let empty = if node.kind() == Kind::Mapping {
        "{}"
    } else {
        "[]"
    };
    let column = sheet.column(row.start);
    let end = sheet.below(last_line(sheet, row)?, column + 1);
    if node.parent().is_none() {
        return Ok(vec![TextEdit::new(row.start, end, empty)]);
    }
    let slot = slot(sheet, node)?;
    if !sheet.breaks(slot, row.start) {
        return Ok(vec![TextEdit::new(row.start, end, empty)]);
    }
    let rows = [*row];
    let from = above(sheet, &rows, 0).max(slot);
    let before = sheet.previous_end(from).unwrap_or(slot).max(slot);
    let blank = sheet.text[sheet.line_start(row.start)..row.start]
        .trim()
        .is_empty();
    if !blank {
        return Err(Refusal::new(
            node.span(),
            "this entry does not start its line",
        ));
    }
    Ok(vec![
        TextEdit::insert(slot, format!(" {empty}")),
        TextEdit::delete(before, end),
    ])
}

fn flow(sheet: &Sheet<'_>, node: NodeRef<'_>, rows: &[Row<'_>], at: usize) -> Outcome {
    let span = place::brackets(sheet, node)?;
    let row = &rows[at];
    let before = at.checked_sub(1).map(|at| &rows[at]);
    let from = before.map_or(span.start + 1, |row| row.end);
    let to = rows.get(at + 1).map_or(span.end - 1, |row| row.start);
    let comma_before = comma(sheet, from, row.start)?;
    let comma_behind = comma(sheet, row.end, to)?;
    if rows.len() == 1 {
        place::no_comments(sheet, span.start, span.end)?;
        return Ok(vec![TextEdit::delete(span.start + 1, span.end - 1)]);
    }
    let content = comma_behind.map_or(row.end, |at| at + 1);
    let same_line = !sheet.breaks(row.end, content);
    if let (true, true, true, Some(next)) = (
        sheet.leads(row.start),
        same_line,
        sheet.rest_is_free(content),
        sheet.next_line(content),
    ) {
        let start = sheet.line_start(row.start);
        let loose = comma_before.filter(|at| comma_behind.is_none() && *at < start);
        let mut edits: Vec<_> = loose
            .map(|at| TextEdit::delete(at, at + 1))
            .into_iter()
            .collect();
        edits.push(TextEdit::delete(start, next));
        return Ok(edits);
    }
    let (start, end) = match rows.get(at + 1) {
        Some(next) => (row.start, next.start),
        None => (from, row.end),
    };
    place::no_comments(sheet, start, end)?;
    Ok(vec![TextEdit::delete(start, end)])
}
