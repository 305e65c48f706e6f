//! An item goes from one list of a mapping to another, bytes and comments included.
//!
//! Owns what belongs to the item and where it comes to stand. Must not know what
//! the lists mean.

use super::delete::lines;
use super::insert::{above, insert_entry};
use super::place::{Row, block_scalar, editable, last_line, rows, strip_header};
use super::{Outcome, Plain, Position, Refusal, Sheet, TextEdit};
use crate::yaml::{Kind, NodeRef, Style};

/// An item of one list of a mapping goes to the end of another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Relocation {
    /// The key of the list that it leaves.
    pub from: String,
    /// Its place there, counted from 0.
    pub item: usize,
    /// The key of the list that it comes to; made in front of the other if it
    /// is not there.
    pub to: String,
    /// Entries that the item, a mapping, gets, each behind a key or at the end.
    pub gets: Vec<(String, Plain, Option<String>)>,
}

/// Moves an item, with the comments that are its own.
///
/// # Errors
/// Refuses items and lists in brackets, a list's only item, anchors and aliases,
/// and lines that do not stand deep enough to be moved.
pub fn relocate_item<'t>(sheet: &Sheet<'t>, mapping: NodeRef<'t>, it: &Relocation) -> Outcome {
    editable(sheet, mapping)?;
    let refuse = |reason: &str| Err(Refusal::new(mapping.span(), reason));
    let source = mapping.get(&it.from).filter(|it| is_block_list(*it));
    let Some(source) = source else {
        return refuse("the list is not written with a line for each item");
    };
    let all = rows(sheet, source)?;
    let Some(row) = all.get(it.item).filter(|_| all.len() > 1) else {
        return refuse("nothing would be left of the list");
    };
    let item = row.value;
    let block = item.kind() == Kind::Mapping && item.style() == Style::Block;
    if !block || !sheet.leads(row.start) || item.entries().next().is_none() {
        return refuse("the item is not written with a line for each key");
    }
    unshared(sheet, item)?;
    let column = sheet.column(row.start);
    let from = sheet.line_start(above(sheet, &all, it.item));
    let end = sheet.below(last_line(sheet, row)?, column + 1);
    let text = with(sheet, item, (from, end), &it.gets)?;
    let mut edits = lines(sheet, source, &all, it.item)?;
    edits.extend(match mapping.get(&it.to) {
        Some(list) => behind(sheet, list, column, &text)?,
        None => before(sheet, mapping, it, &text)?,
    });
    edits.sort_by_key(|it| (it.span.start, it.span.end));
    Ok(edits)
}

fn is_block_list(node: NodeRef<'_>) -> bool {
    node.kind() == Kind::Sequence && node.style() == Style::Block
}

/// Refuses what other places name, and what names other places: an anchor has to
/// stand before its aliases.
fn unshared(sheet: &Sheet<'_>, item: NodeRef<'_>) -> Result<(), Refusal> {
    let mut inside = sheet.tree.all(sheet.text).filter(|it| item.contains(*it));
    let shared = inside.find(|it| it.kind() == Kind::Alias || it.anchor_span().is_some());
    match shared {
        Some(it) => Err(Refusal::new(it.span(), "an anchor or an alias would move")),
        None => Ok(()),
    }
}

/// The lines of an item with further entries.
fn with<'t>(
    sheet: &Sheet<'t>,
    item: NodeRef<'t>,
    (from, end): (usize, usize),
    gets: &[(String, Plain, Option<String>)],
) -> Result<String, Refusal> {
    let mut edits: Vec<TextEdit> = Vec::new();
    for (key, value, after) in gets {
        let position = after.as_deref().map_or(Position::AtEnd, Position::After);
        edits.extend(insert_entry(sheet, item, key, value, position)?);
    }
    edits.sort_by_key(|it| it.span.start);
    let (mut text, mut at) = (String::new(), from);
    for edit in edits {
        let range = edit.span.range();
        let before = sheet.text.get(at..range.start).filter(|_| range.end <= end);
        let Some(before) = before else {
            return Err(Refusal::new(edit.span, "a new key would not move along"));
        };
        text.push_str(before);
        text.push_str(&edit.text);
        at = range.end;
    }
    text.push_str(sheet.text.get(at..end).unwrap_or(""));
    Ok(text)
}

/// Behind the last item of a list that is there.
fn behind<'t>(sheet: &Sheet<'t>, list: NodeRef<'t>, column: usize, text: &str) -> Outcome {
    let refuse = |reason: &str| Err(Refusal::new(list.span(), reason));
    if !is_block_list(list) {
        return refuse("the other list is not written with a line for each item");
    }
    let rows = rows(sheet, list)?;
    let Some((first, last)) = rows.first().zip(rows.last()) else {
        return refuse("the other list is empty");
    };
    let text = shifted(text, column, sheet.column(first.start))
        .ok_or_else(|| Refusal::new(list.span(), "its lines do not stand deep enough"))?;
    let end = sheet.below(last_line(sheet, last)?, sheet.column(first.start) + 1);
    let newline = sheet.ink(end, None).newline;
    let mut edits = Vec::new();
    if let Some((from, to)) = block_scalar(last.value).and_then(|it| strip_header(sheet, it)) {
        edits.push(TextEdit::new(from, to, "-"));
    }
    edits.push(TextEdit::insert(end, format!("{newline}{text}")));
    Ok(edits)
}

/// A new list in front of the one that the item leaves, as deep as that.
fn before<'t>(sheet: &Sheet<'t>, mapping: NodeRef<'t>, it: &Relocation, text: &str) -> Outcome {
    let rows: Vec<Row<'t>> = rows(sheet, mapping)?;
    let named = |row: &Row<'t>| row.key.is_some_and(|key| key.text() == it.from);
    let at = rows.iter().position(named).unwrap_or(0);
    let row = &rows[at];
    if mapping.style() != Style::Block || !sheet.leads(row.start) {
        let reason = "the list does not stand on a line of its own";
        return Err(Refusal::new(mapping.span(), reason));
    }
    let from = sheet.line_start(above(sheet, &rows, at));
    let newline = sheet.ink(row.start, None).newline;
    let pad = " ".repeat(sheet.column(row.start));
    let new = format!("{pad}{}:{newline}{text}{newline}", it.to);
    Ok(vec![TextEdit::insert(from, new)])
}

/// Lines moved from one column to another; `None` where one does not reach.
fn shifted(text: &str, from: usize, to: usize) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            out.push('\n');
        }
        let blank = line.trim().is_empty();
        if blank {
            out.push_str(line);
        } else if to >= from {
            out.push_str(&" ".repeat(to - from));
            out.push_str(line);
        } else {
            let less = &line[..(from - to).min(line.len())];
            out.push_str(line.get(from - to..).filter(|_| less.trim().is_empty())?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

    use super::*;
    use crate::yaml::{self, edit::apply};

    fn moved(text: &str, item: usize) -> Result<String, String> {
        let (tree, troubles) = yaml::parse(text);
        let sheet = Sheet::new(text, &tree, &troubles);
        let mapping = tree.roots(text).next().unwrap();
        let it = Relocation {
            from: "all".to_owned(),
            item,
            to: "first".to_owned(),
            gets: vec![("c".to_owned(), Plain::Int(3), Some("a".to_owned()))],
        };
        let edits = relocate_item(&sheet, mapping, &it).map_err(|it| it.reason)?;
        Ok(apply(text, &edits).unwrap())
    }

    #[test]
    fn an_item_takes_its_bytes_and_comments_along() {
        let cases = [
            (
                "x: 1\nall:\n  - a: 1\n  # of the second\n  - a:   'two' # odd\n    b: |\n      text\n    # below\n",
                1,
                "x: 1\nfirst:\n  # of the second\n  - a:   'two' # odd\n    c: 3\n    b: |\n      text\n    # below\nall:\n  - a: 1\n",
            ),
            (
                "first:\n- a: 0\n# about all\nall:\n  - a: 1\n  - a: 2",
                0,
                "first:\n- a: 0\n- a: 1\n  c: 3\n# about all\nall:\n  - a: 2",
            ),
            (
                "first:\r\n    - a: 0\r\nall:\r\n- a: 1\r\n- a: 2\r\n",
                1,
                "first:\r\n    - a: 0\r\n    - a: 2\r\n      c: 3\r\nall:\r\n- a: 1\r\n",
            ),
            (
                "all:\n- a: 1\n- a: 2",
                1,
                "first:\n- a: 2\n  c: 3\nall:\n- a: 1",
            ),
        ];
        for (text, item, want) in cases {
            assert_eq!(moved(text, item).as_deref(), Ok(want));
        }
    }

    #[test]
    fn what_cannot_be_moved_whole_stays() {
        let cases = [
            (
                "all: [{a: 1}, {a: 2}]\n",
                "the list is not written with a line for each item",
            ),
            ("all:\n- a: 1\n", "nothing would be left of the list"),
            (
                "all:\n- {a: 1}\n- a: 2\n",
                "the item is not written with a line for each key",
            ),
            (
                "all:\n- a: &x 1\n- a: *x\n",
                "an anchor or an alias would move",
            ),
            (
                "first: []\nall:\n- a: 1\n- a: 2\n",
                "the other list is not written with a line for each item",
            ),
        ];
        for (text, why) in cases {
            assert_eq!(moved(text, 0), Err(why.to_owned()), "{text}");
        }
    }
}
