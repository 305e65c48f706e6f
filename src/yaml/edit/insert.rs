//! New entries and items.
//!
//! Owns where they go and what they push aside. Must not know how values look.

use super::place::{self, Row, block_scalar, comma, editable, last_line, rows, slot, strip_header};
use super::scalar::short_key;
use super::{Layout, Outcome, Plain, Refusal, Sheet, TextEdit, plain, quote, set_value};
use crate::yaml::scalar::{Scalar, resolve};
use crate::yaml::{Kind, NodeRef, Style};

/// Where a new entry goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Position<'a> {
    /// Behind the last entry.
    AtEnd,
    /// Behind the entry of this key.
    After(&'a str),
    /// Before the entry of this key and the comments directly above it.
    Before(&'a str),
}

/// Inserts `key: value` into a mapping, or into an absent value, `~` or `{}`
/// which becomes a mapping.
///
/// # Errors
/// Refuses when the key is there, when the neighbour key is not, in anything
/// but a mapping, and where the mapping is written in a way that cannot be kept.
pub fn insert_entry<'t>(
    sheet: &Sheet<'t>,
    mapping: NodeRef<'t>,
    key: &str,
    value: &Plain,
    position: Position<'_>,
) -> Outcome {
    collection(sheet, mapping, Kind::Mapping)?;
    short_key(mapping, key)?;
    if let Some((found, _)) = mapping.entries().find(|(found, _)| found.text() == key) {
        return Err(Refusal::new(
            found.span(),
            format!("the key `{key}` is already in this mapping"),
        ));
    }
    let rows = rows(sheet, mapping)?;
    let find = |name: &str| {
        let found = rows
            .iter()
            .position(|row| row.key.is_some_and(|key| key.text() == name));
        found.ok_or_else(|| {
            Refusal::new(
                mapping.span(),
                format!("the key `{name}` is not in this mapping"),
            )
        })
    };
    let at = match position {
        Position::AtEnd => rows.len(),
        Position::After(name) => find(name)? + 1,
        Position::Before(name) => find(name)?,
    };
    if rows.is_empty() && !(mapping.style() == Style::Flow && stays_flow(mapping)) {
        let fresh = Plain::Map(vec![(key.to_owned(), value.clone())], Layout::Block);
        return set_value(sheet, mapping, &fresh);
    }
    let ink = sheet.ink(
        rows.get(at.saturating_sub(1))
            .map_or(mapping.span().start as usize, |row| row.end),
        Some(mapping),
    );
    if mapping.style() == Style::Flow {
        return flow(
            sheet,
            mapping,
            &rows,
            at,
            &plain::flow_entry(key, value, &ink),
        );
    }
    block(sheet, &rows, at, |column| {
        plain::entry(key, value, column, &ink)
    })
}

/// Appends an item to a sequence, or to an absent value or `~` which becomes a
/// sequence.
///
/// # Errors
/// Refuses in anything but a sequence, and where the sequence is written in a
/// way that cannot be kept.
pub fn insert_item<'t>(sheet: &Sheet<'t>, sequence: NodeRef<'t>, value: &Plain) -> Outcome {
    collection(sheet, sequence, Kind::Sequence)?;
    if sequence.kind() == Kind::Scalar {
        return set_value(
            sheet,
            sequence,
            &Plain::Seq(vec![value.clone()], Layout::Block),
        );
    }
    let rows = rows(sheet, sequence)?;
    let ink = sheet.ink(
        rows.last()
            .map_or(sequence.span().start as usize, |row| row.end),
        sequence.parent(),
    );
    if sequence.style() == Style::Flow {
        return flow(
            sheet,
            sequence,
            &rows,
            rows.len(),
            &plain::word(value, &ink),
        );
    }
    block(sheet, &rows, rows.len(), |column| {
        plain::item_text(value, column, &ink)
    })
}

/// Adds texts to a list before one of its items, which is not the first: apart
/// as that item is from the one before it, and in the same quotes.
///
/// # Errors
/// Refuses in anything but a list, and where comments, tags or anchors stand
/// between the two items.
pub fn insert_words<'t>(
    sheet: &Sheet<'t>,
    list: NodeRef<'t>,
    at: usize,
    words: &[String],
) -> Outcome {
    collection(sheet, list, Kind::Sequence)?;
    let refuse = |reason: &str| Err(Refusal::new(list.span(), reason));
    let items: Vec<_> = list.items().collect();
    let before = at.checked_sub(1).and_then(|it| items.get(it));
    let (Some(before), Some(next)) = (before, items.get(at)) else {
        return refuse("the list has no such item");
    };
    let place = next.span().start as usize;
    let gap = sheet.text.get(before.span().end as usize..place);
    let only = |gap: &&str| {
        gap.chars()
            .all(|it| it.is_whitespace() || ",-".contains(it))
    };
    let Some(gap) = gap.filter(only).filter(|it| !it.is_empty()) else {
        return refuse("something stands between two items of the list");
    };
    let like = if next.text().starts_with('-') {
        next
    } else {
        before
    };
    let (style, ink) = (like.style(), sheet.ink(place, list.parent()));
    let mut new = String::new();
    for word in words {
        new.push_str(&match style {
            Style::Single | Style::Double => quote::in_quotes(word, style),
            _ => quote::least(word, place::in_flow(*next), ink.quote),
        });
        new.push_str(gap);
    }
    Ok(vec![TextEdit::insert(place, new)])
}

/// Refuses what is neither such a collection nor absent.
fn collection(sheet: &Sheet<'_>, node: NodeRef<'_>, kind: Kind) -> Result<(), Refusal> {
    editable(sheet, node)?;
    let refuse = |reason: &str| Err(Refusal::new(node.span(), reason));
    if place::is_key(node) {
        return refuse("this is a key");
    }
    match node.kind() {
        Kind::Alias => refuse("this is an alias: what it stands for is shared with other places"),
        Kind::Scalar if node.tag().is_some() => place::untagged(node),
        Kind::Scalar if resolve(node.text(), node.style(), node.tag()) == Scalar::Null => Ok(()),
        found if found == kind => Ok(()),
        _ if kind == Kind::Mapping => refuse("this is not a mapping"),
        _ => refuse("this is not a list"),
    }
}

/// An empty `{}` becomes lines below its key, except inside brackets, in lists
/// and at the root.
fn stays_flow(mapping: NodeRef<'_>) -> bool {
    let outer = mapping
        .parent()
        .filter(|outer| outer.kind() == Kind::Mapping);
    place::in_flow(mapping) || outer.is_none() || mapping.tag().is_some()
}

fn block(
    sheet: &Sheet<'_>,
    rows: &[Row<'_>],
    at: usize,
    text: impl Fn(usize) -> String,
) -> Outcome {
    let Some(first) = rows.first() else {
        return Ok(Vec::new());
    };
    let column = sheet.column(first.start);
    let pad = " ".repeat(column);
    if at == 0 || (at < rows.len() && !after_is_plain(sheet, &rows[at - 1])) {
        let next = &rows[at];
        let from = above(sheet, rows, at);
        let newline = sheet.ink(next.start, None).newline;
        return Ok(vec![TextEdit::insert(
            from,
            format!("{}{newline}{pad}", text(column)),
        )]);
    }
    let before = &rows[at - 1];
    // What stands below the last entry at its column belongs to it.
    let least = if at == rows.len() { column } else { column + 1 };
    let end = sheet.below(last_line(sheet, before)?, least.max(1));
    let newline = sheet.ink(end, None).newline;
    let mut edits = Vec::new();
    if let Some((from, to)) = block_scalar(before.value).and_then(|leaf| strip_header(sheet, leaf))
    {
        edits.push(TextEdit::new(from, to, "-"));
    }
    let new = text(column);
    // What takes several lines stands as far from its neighbour as they do
    // from each other.
    let gap = if new.contains(newline) && apart(sheet, rows, at) {
        newline
    } else {
        ""
    };
    edits.push(TextEdit::insert(end, format!("{newline}{gap}{pad}{new}")));
    Ok(edits)
}

/// Whether a blank line stands between the rows around a place.
fn apart(sheet: &Sheet<'_>, rows: &[Row<'_>], at: usize) -> bool {
    let pair = rows.get(at - 1..=at).or_else(|| {
        let first = at.checked_sub(2)?;
        rows.get(first..at)
    });
    let Some([before, after]) = pair else {
        return false;
    };
    let mut line = before.end;
    while let Some(next) = sheet.next_line(line).filter(|it| *it < after.start) {
        if sheet.blank_line(next) {
            return true;
        }
        line = next;
    }
    false
}

/// Whether lines may be added right behind a row.
fn after_is_plain(sheet: &Sheet<'_>, row: &Row<'_>) -> bool {
    sheet.rest_is_free(row.end)
}

/// The first byte of the comments directly above a row at its column, or of
/// the row.
pub(super) fn above(sheet: &Sheet<'_>, rows: &[Row<'_>], at: usize) -> usize {
    let row = &rows[at];
    let column = sheet.column(row.start);
    let mut from = row.start;
    if !sheet.leads(row.start) {
        return from;
    }
    let floor = at
        .checked_sub(1)
        .and_then(|at| rows.get(at))
        .map_or(0, |row| row.end);
    while let Some(end) = sheet.previous_end(from) {
        match sheet.comment_line(end) {
            Some((start, found)) if found == column && start > floor => from = start,
            _ => break,
        }
    }
    from
}

/// Inserts at a position among the rows of a collection in brackets.
fn flow(sheet: &Sheet<'_>, node: NodeRef<'_>, rows: &[Row<'_>], at: usize, text: &str) -> Outcome {
    let span = place::brackets(sheet, node)?;
    let Some(before) = at.checked_sub(1).map(|at| &rows[at]) else {
        let Some(first) = rows.first() else {
            place::no_comments(sheet, span.start, span.end)?;
            return Ok(vec![TextEdit::new(span.start + 1, span.end - 1, text)]);
        };
        comma(sheet, span.start + 1, first.start)?;
        let own_line = sheet.leads(first.start);
        let gap = if own_line {
            format!(
                "{}{}",
                sheet.ink(first.start, None).newline,
                pad(sheet, first.start)
            )
        } else {
            " ".to_owned()
        };
        return Ok(vec![TextEdit::insert(first.start, format!("{text},{gap}"))]);
    };
    let next = rows.get(at).map_or(span.end - 1, |row| row.start);
    let found = comma(sheet, before.end, next)?;
    let same_line = found.filter(|at| !sheet.breaks(before.end, *at));
    let content = same_line.map_or(before.end, |at| at + 1);
    if !sheet.leads(before.start) || !sheet.rest_is_free(content) || found != same_line {
        return Ok(vec![TextEdit::insert(before.end, format!(", {text}"))]);
    }
    let end = sheet.line_end(content);
    let newline = sheet.ink(end, None).newline;
    let line = format!("{newline}{}{text}", pad(sheet, before.start));
    Ok(match found {
        Some(_) => vec![TextEdit::insert(end, format!("{line},"))],
        None if end == before.end => vec![TextEdit::insert(end, format!(",{line}"))],
        None => vec![
            TextEdit::insert(before.end, ","),
            TextEdit::insert(end, line),
        ],
    })
}

fn pad<'t>(sheet: &Sheet<'t>, at: usize) -> &'t str {
    &sheet.text[sheet.line_start(at)..at]
}

/// The column of the key or dash that a value belongs to.
pub(super) fn key_column(sheet: &Sheet<'_>, node: NodeRef<'_>) -> Result<usize, Refusal> {
    slot(sheet, node)?;
    let outer = node.parent().map(|outer| rows(sheet, outer)).transpose()?;
    let row = outer.iter().flatten().find(|row| row.value.id == node.id);
    row.map(|row| sheet.column(row.start))
        .ok_or_else(|| Refusal::new(node.span(), "this is the root of a document"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

    use super::*;
    use crate::yaml::{self, edit::apply};

    fn with_words(text: &str, at: usize) -> Result<String, String> {
        let (tree, troubles) = yaml::parse(text);
        let sheet = Sheet::new(text, &tree, &troubles);
        let list = tree
            .all(text)
            .find(|it| it.kind() == Kind::Sequence)
            .unwrap();
        let words = ["-h".to_owned(), "127.0.0.1".to_owned()];
        let edits = insert_words(&sheet, list, at, &words).map_err(|it| it.reason)?;
        Ok(apply(text, &edits).unwrap())
    }

    #[test]
    fn words_stand_as_their_neighbours_do() {
        let cases = [
            (
                "k: [\"a\", 'b']\n",
                "k: [\"a\", \"-h\", \"127.0.0.1\", 'b']\n",
            ),
            (
                "k: [ a,\n  '-b' ]\n",
                "k: [ a,\n  '-h',\n  '127.0.0.1',\n  '-b' ]\n",
            ),
            (
                "k:\r\n- a\r\n- b\r\n",
                "k:\r\n- a\r\n- -h\r\n- \"127.0.0.1\"\r\n- b\r\n",
            ),
        ];
        for (text, want) in cases {
            assert_eq!(with_words(text, 1).as_deref(), Ok(want));
        }
        let comment = with_words("k:\n- a # why\n- b\n", 1);
        let stands = "something stands between two items of the list";
        assert_eq!(comment, Err(stands.to_owned()));
        assert_eq!(
            with_words("k: [a, b]\n", 2),
            Err("the list has no such item".to_owned())
        );
    }
}
