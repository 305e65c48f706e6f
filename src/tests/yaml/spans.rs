//! Spans are exact: what is edited by span is what was meant.

use super::texts;
use crate::source::Span;
use crate::yaml::{self, Kind, NodeRef, Style, Tree, TroubleKind};

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// What is wrong with the spans of a tree; nothing when all are exact.
pub(super) fn faults(text: &str, tree: &Tree, whole: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut last = 0;
    for node in tree.all(text) {
        let span = node.span();
        let Some(slice) = text.get(span.range()) else {
            found.push(format!("{span:?} is no slice"));
            continue;
        };
        if span.start < last {
            found.push(format!("{span:?} starts before the node before it"));
        }
        last = span.start;
        let mut complain = |what: &str| found.push(format!("{:?} {slice:?} {what}", span));
        for (own, mark) in [(node.tag_span(), '!'), (node.anchor_span(), '&')] {
            if let Some(own) = own
                && !text
                    .get(own.range())
                    .is_some_and(|text| text.starts_with(mark))
            {
                complain("has a tag or anchor without its mark");
            }
        }
        if !starts_right(node, slice, whole) {
            complain("does not start or end as its style does");
        }
        children(node, &mut complain);
        if whole && node.kind() == Kind::Scalar && !same_again(node, slice) {
            complain("reads differently on its own");
        }
    }
    for comment in tree.comments() {
        if !text
            .get(comment.span.range())
            .is_some_and(|text| text.starts_with('#'))
        {
            found.push(format!("comment {:?} has no #", comment.span));
        }
    }
    if whole {
        found.extend(absent(text, tree));
    }
    found
}

/// A flow collection that an error cuts off has no end.
fn starts_right(node: NodeRef<'_>, slice: &str, whole: bool) -> bool {
    let within = |open, close| slice.len() > 1 && slice.starts_with(open) && slice.ends_with(close);
    match (node.kind(), node.style()) {
        (Kind::Alias, _) => slice.starts_with('*'),
        (_, Style::Empty) => slice.is_empty(),
        (_, Style::Plain) => !slice.is_empty() && slice.trim_matches(BLANKS) == slice,
        (_, Style::Single) => within('\'', '\''),
        (_, Style::Double) => within('"', '"'),
        (_, Style::Literal) => slice.starts_with('|') && slice.trim_end_matches(BLANKS) == slice,
        (_, Style::Folded) => slice.starts_with('>') && slice.trim_end_matches(BLANKS) == slice,
        (Kind::Sequence, Style::Block) => !whole || slice.starts_with('-'),
        (Kind::Sequence, Style::Flow) => within('[', ']') || !whole && slice.starts_with('['),
        (Kind::Mapping, Style::Flow) => {
            // A single pair in a list has no braces of its own.
            within('{', '}') || !whole || node.entries().count() == 1
        }
        (_, _) => true,
    }
}

fn children(node: NodeRef<'_>, complain: &mut impl FnMut(&str)) {
    let mut end = node.span().start;
    for child in node.children() {
        let span = child.span();
        if span.start < end {
            complain("has overlapping children");
        }
        end = span.end;
    }
    if end > node.span().end && node.children().next().is_some() {
        complain("ends before its last child");
    }
}

/// Whether the slice alone, as the only node of a text, has the same value.
fn same_again(node: NodeRef<'_>, slice: &str) -> bool {
    if matches!(node.style(), Style::Empty | Style::Literal | Style::Folded) {
        return true;
    }
    let plain_breaks = node.style() == Style::Plain && slice.contains(['\n', '\r']);
    if plain_breaks || slice.starts_with("---") {
        return true;
    }
    // In a list, so that continuation lines are indented enough.
    let text = format!("[{}]", slice.replace('\n', "\n "));
    let alone = if slice.contains([',', '[', ']', '{', '}']) && node.style() == Style::Plain {
        slice.to_owned()
    } else {
        text
    };
    let (tree, _) = yaml::parse(&alone);
    let found = tree
        .all(&alone)
        .find(|again| again.kind() == Kind::Scalar)
        .map(|again| again.text().to_owned());
    found.as_deref() == Some(node.text())
}

/// Whether the `:` behind a key is its own: in a block `:x` is a text, and one
/// on a line of its own belongs to the `?` of its column.
fn own_colon(text: &str, of: NodeRef<'_>, key: NodeRef<'_>, end: usize) -> bool {
    let between = text[end..].len() - text[end..].trim_start().len();
    let at = end + between;
    let Some(rest) = text[at..].strip_prefix(':') else {
        return false;
    };
    if of.style() == Style::Flow {
        return true;
    }
    let column = |at: usize| at - text[..at].rfind(['\n', '\r']).map_or(0, |found| found + 1);
    let mark = text[..key.span().start as usize].rfind('?');
    let same_line = !text[end..at].contains(['\n', '\r']);
    (rest.is_empty() || rest.starts_with(BLANKS))
        && (same_line || mark.is_some_and(|mark| column(mark) == column(at)))
}

/// Absent values stand directly behind the indicator that makes room for them.
fn absent(text: &str, tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |node: NodeRef<'_>, marks: &[char]| {
        if node.style() != Style::Empty {
            return;
        }
        let at = node.span().start as usize;
        let before = text[..at].trim_end();
        let property = [node.tag_span(), node.anchor_span()]
            .into_iter()
            .flatten()
            .any(|span: Span| span.end as usize == at);
        if !property && !before.ends_with(marks) {
            found.push(format!(
                "absent value at {at} behind {:?}",
                before.chars().next_back()
            ));
        }
    };
    for node in tree.all(text) {
        node.items().for_each(|item| check(item, &['-', '[', ',']));
        for (key, value) in node.entries() {
            // A key alone in braces or behind `?` has no `:` to stand behind.
            let end = key.span().end as usize;
            let colon = own_colon(text, node, key, end);
            if colon && key.style() != Style::Empty {
                check(value, &[':']);
            }
        }
    }
    found
}

#[test]
fn spans_are_exact() {
    for (path, text) in texts() {
        let (tree, troubles) = yaml::parse(&text);
        let whole = !troubles.iter().any(|t| t.kind == TroubleKind::Syntax);
        let found = faults(&text, &tree, whole);
        assert!(found.is_empty(), "{}: {found:#?}", path.display());
    }
}
