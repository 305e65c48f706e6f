//! Where things stand: entries and items as rows, the slot of a value.
//!
//! Owns the checks that make a place safe to edit. Must not build edits.

use std::ops::Range;

use super::{Refusal, Sheet};
use crate::yaml::{Kind, NodeRef, Style, fold, lex};

/// An entry of a mapping or an item of a sequence.
#[derive(Clone, Copy)]
pub(super) struct Row<'t> {
    /// The key, for an entry.
    pub(super) key: Option<NodeRef<'t>>,
    /// The value or item.
    pub(super) value: NodeRef<'t>,
    /// First byte: of the key with its properties, or of the dash.
    pub(super) start: usize,
    /// Behind the last byte of content.
    pub(super) end: usize,
}

/// Refuses what no operation may touch: texts not read in full, aliases, what
/// stands inside a key.
pub(super) fn editable(sheet: &Sheet<'_>, node: NodeRef<'_>) -> Result<(), Refusal> {
    sheet.readable()?;
    let mut inner = node;
    while let Some(outer) = inner.parent() {
        let is_key = outer.entries().any(|(key, _)| key.id == inner.id);
        if is_key && inner.id != node.id {
            return Err(Refusal::new(node.span(), "this stands inside a key"));
        }
        inner = outer;
    }
    Ok(())
}

/// Whether the node stands inside brackets.
pub(super) fn in_flow(node: NodeRef<'_>) -> bool {
    let mut outer = node.parent();
    while let Some(found) = outer {
        if found.style() == Style::Flow {
            return true;
        }
        outer = found.parent();
    }
    false
}

/// Whether the node is the key of an entry.
pub(super) fn is_key(node: NodeRef<'_>) -> bool {
    node.parent()
        .is_some_and(|outer| outer.entries().any(|(key, _)| key.id == node.id))
}

/// The first byte of a node, its tag and anchor included.
pub(super) fn start(node: NodeRef<'_>) -> usize {
    let own = [node.tag_span(), node.anchor_span()];
    let first = own.iter().flatten().map(|span| span.start).min();
    first.map_or(node.span().start, |first| first.min(node.span().start)) as usize
}

/// The rows of a collection in order.
pub(super) fn rows<'t>(sheet: &Sheet<'t>, node: NodeRef<'t>) -> Result<Vec<Row<'t>>, Refusal> {
    let mut rows: Vec<Row<'t>> = Vec::new();
    for (key, value) in node.entries() {
        let start = key_start(sheet, key)?;
        let end = value.span().end.max(key.span().end) as usize;
        rows.push(Row {
            key: Some(key),
            value,
            start,
            end,
        });
    }
    for value in node.items() {
        let from = rows
            .last()
            .map_or(node.span().start as usize, |row| row.end);
        let start = if node.style() == Style::Flow {
            Some(start(value))
        } else {
            fold::dash(sheet.text.as_bytes(), from)
        };
        let Some(start) = start else {
            return Err(Refusal::new(
                value.span(),
                "the `-` of this item is not found",
            ));
        };
        rows.push(Row {
            key: None,
            value,
            start,
            end: (value.span().end as usize).max(start + 1),
        });
    }
    if node.style() == Style::Block {
        for row in &rows {
            if sheet.text[sheet.line_start(row.start)..row.start].contains('\t') {
                return Err(Refusal::new(
                    row.value.span(),
                    "a tab stands in the indentation",
                ));
            }
        }
    }
    Ok(rows)
}

/// The first byte of an entry: its key is one line, with nothing before it but
/// its own tag and anchor.
fn key_start(sheet: &Sheet<'_>, key: NodeRef<'_>) -> Result<usize, Refusal> {
    let odd = || Refusal::new(key.span(), "this key is not a text on one line");
    let written = matches!(key.style(), Style::Plain | Style::Single | Style::Double);
    let first = start(key);
    if key.kind() != Kind::Scalar || !written || sheet.breaks(first, key.span().end as usize) {
        return Err(odd());
    }
    let before = sheet.text[sheet.line_start(first)..first].trim_end_matches([' ', '\t']);
    let above = sheet.text[..first].trim_end_matches([' ', '\t', '\n', '\r']);
    if before.ends_with('?') || (before.is_empty() && above.ends_with('?')) {
        return Err(Refusal::new(key.span(), "this key is written behind a `?`"));
    }
    Ok(first)
}

/// Where a value is or would be written on the line of its `:` or `-`: behind
/// the indicator, its tag and its anchor.
pub(super) fn slot(sheet: &Sheet<'_>, node: NodeRef<'_>) -> Result<usize, Refusal> {
    let Some(outer) = node.parent() else {
        return Err(Refusal::new(node.span(), "this is the root of a document"));
    };
    let rows = rows(sheet, outer)?;
    let Some(row) = rows.iter().find(|row| row.value.id == node.id) else {
        return Err(Refusal::new(node.span(), "this is a key"));
    };
    let indicator = match row.key {
        None if outer.style() == Style::Flow => row.start,
        None => row.start + 1,
        Some(key) => {
            let end = key.span().end as usize;
            let rest = &sheet.text[end..];
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            if !rest[blanks..].starts_with(':') {
                return Err(Refusal::new(key.span(), "this key has no `:` on its line"));
            }
            end + blanks + 1
        }
    };
    let own = [node.tag_span(), node.anchor_span()];
    let slot = own
        .iter()
        .flatten()
        .map(|span| span.end as usize)
        .fold(indicator, usize::max);
    if sheet.breaks(indicator, slot) {
        return Err(Refusal::new(
            node.span(),
            "its tag or anchor stands on a line of its own",
        ));
    }
    Ok(slot)
}

/// The end of the last line that belongs to a row's content: blank lines at
/// the end of a block scalar are part of its text when they are kept.
pub(super) fn last_line(sheet: &Sheet<'_>, row: &Row<'_>) -> Result<usize, Refusal> {
    let Some(leaf) = block_scalar(row.value) else {
        return Ok(sheet.line_end(row.end));
    };
    let (keep, indent) = block_header(sheet, leaf);
    let mut end = sheet.line_end(row.end);
    let mut at = end;
    while let Some(next) = sheet.next_line(at) {
        if !sheet.blank_line(next) || next == sheet.text.len() {
            break;
        }
        at = sheet.line_end(next);
        if keep || at - next > indent {
            end = at;
        }
    }
    let cut = sheet.next_line(end).is_none() && end > sheet.line_end(row.end);
    if cut && sheet.text[sheet.line_start(end)..end].len() > indent {
        return Err(Refusal::new(
            leaf.span(),
            "the block scalar ends with blanks at the end of the file",
        ));
    }
    Ok(end)
}

/// Whether the row ends with a block scalar whose blank lines below count.
pub(super) fn keeps(sheet: &Sheet<'_>, row: &Row<'_>) -> bool {
    block_scalar(row.value).is_some_and(|leaf| block_header(sheet, leaf).0)
}

/// The block scalar that ends a node, if one does.
pub(super) fn block_scalar(node: NodeRef<'_>) -> Option<NodeRef<'_>> {
    let mut leaf = node;
    while leaf.style() == Style::Block {
        leaf = leaf.children().last()?;
    }
    matches!(leaf.style(), Style::Literal | Style::Folded).then_some(leaf)
}

/// Whether the header says `+`, and the column of the content.
fn block_header(sheet: &Sheet<'_>, leaf: NodeRef<'_>) -> (bool, usize) {
    let span = leaf.span().range();
    let header_end = sheet.line_end(span.start);
    let header = sheet.text[span.start..header_end]
        .split([' ', '\t', '#'])
        .next();
    let keep = header.is_some_and(|header| header.contains('+'));
    let lines = sheet
        .text
        .get(header_end..span.end)
        .unwrap_or("")
        .split(['\n', '\r']);
    let indents = lines
        .filter(|line| !line.trim_matches(' ').is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len());
    (keep, indents.min().unwrap_or(0))
}

/// Where the header of a block scalar gives way for a `-`, and what stands
/// there: at the end of a text without final break its last line has none, and
/// must not get one when lines follow.
pub(super) fn strip_header(sheet: &Sheet<'_>, leaf: NodeRef<'_>) -> Option<(usize, usize)> {
    let span = leaf.span().range();
    if sheet.next_line(span.end).is_some() {
        return None;
    }
    let header = &sheet.text[span.start..sheet.line_end(span.start)];
    let header = header.split([' ', '\t', '#']).next().unwrap_or(header);
    if header.contains('-') {
        return None;
    }
    let end = span.start + header.len();
    Some(
        header
            .find('+')
            .map_or((end, end), |at| (span.start + at, span.start + at + 1)),
    )
}

/// The comma between two offsets inside brackets, nothing else but comments and
/// blanks standing there.
pub(super) fn comma(sheet: &Sheet<'_>, from: usize, to: usize) -> Result<Option<usize>, Refusal> {
    let bytes = sheet.text.as_bytes();
    let (mut at, mut found) = (from, None);
    while at < to {
        match bytes[at] {
            byte if lex::blank(byte) => at += 1,
            b'#' => at = lex::line_end(bytes, at),
            b',' if found.is_none() => {
                found = Some(at);
                at += 1;
            }
            _ => {
                return Err(Refusal::new(
                    super::TextEdit::delete(from, to).span,
                    "this list in brackets is written in an unusual way",
                ));
            }
        }
    }
    Ok(found)
}

/// Refuses to drop a node that an alias elsewhere names.
pub(super) fn unnamed(
    sheet: &Sheet<'_>,
    inside: &[NodeRef<'_>],
    but: Option<NodeRef<'_>>,
) -> Result<(), Refusal> {
    let within = |node: NodeRef<'_>| inside.iter().any(|outer| outer.contains(node));
    for alias in sheet
        .tree
        .all(sheet.text)
        .filter(|node| node.kind() == Kind::Alias)
    {
        let Some(target) = alias.target() else {
            continue;
        };
        if within(target) && !within(alias) && but.is_none_or(|but| but.id != target.id) {
            let name = sheet.text.get(alias.span().range()).unwrap_or("");
            return Err(Refusal::new(
                alias.span(),
                format!("`{name}` names what would go"),
            ));
        }
    }
    Ok(())
}

/// Refuses when comments start in a range that would go.
pub(super) fn no_comments(sheet: &Sheet<'_>, from: usize, to: usize) -> Result<(), Refusal> {
    match sheet.comments(from, to).next() {
        Some(comment) => Err(Refusal::new(comment.span, "this comment would be lost")),
        None => Ok(()),
    }
}

/// Refuses a node that carries a tag.
pub(super) fn untagged(node: NodeRef<'_>) -> Result<(), Refusal> {
    match (node.tag(), node.tag_span()) {
        (Some(tag), Some(span)) => Err(Refusal::new(
            span,
            format!("the value carries the tag `{tag}`"),
        )),
        _ => Ok(()),
    }
}

/// The bytes of a collection in brackets; refuses a pair without any.
pub(super) fn brackets(sheet: &Sheet<'_>, node: NodeRef<'_>) -> Result<Range<usize>, Refusal> {
    let span = node.span().range();
    if !sheet.text[span.clone()].starts_with(['[', '{']) {
        let reason = "this pair has no braces of its own";
        return Err(Refusal::new(node.span(), reason));
    }
    Ok(span)
}
