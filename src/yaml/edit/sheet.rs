//! A text with its tree and its habits.
//!
//! Owns lines, columns, comments by line and the detection of habits: line
//! breaks, indent, flush lists, quotes. Must not know what is changed.

use super::{Ink, Refusal};
use crate::source::Span;
use crate::yaml::scalar::{Scalar, resolve};
use crate::yaml::{Comment, Kind, NodeRef, Style, Tree, Trouble, TroubleKind, lex};

/// A parsed text that edits are built for.
pub struct Sheet<'t> {
    pub(super) text: &'t str,
    pub(super) tree: &'t Tree,
    ink: Ink,
    broken: Option<Refusal>,
}

impl<'t> Sheet<'t> {
    /// The text, what `yaml::parse` made of it, and the troubles it found: a
    /// text that was not read to its end is not edited at all.
    pub fn new(text: &'t str, tree: &'t Tree, troubles: &[Trouble]) -> Self {
        let broken = troubles
            .iter()
            .find(|trouble| matches!(trouble.kind, TroubleKind::Syntax | TroubleKind::Limit))
            .map(|trouble| {
                Refusal::new(
                    trouble.span,
                    format!("the file is not read in full: {}", trouble.message),
                )
            });
        let mut sheet = Self {
            text,
            tree,
            ink: ink(text, tree),
            broken,
        };
        sheet.indents();
        sheet
    }

    /// Refuses everything in a text that was not read in full.
    pub(super) fn readable(&self) -> Result<(), Refusal> {
        self.broken.clone().map_or(Ok(()), Err)
    }

    /// The first step of a nested mapping, and how most lists stand.
    fn indents(&mut self) {
        let mut step = None;
        let mut lists: Vec<(usize, usize)> = Vec::new();
        for node in self.tree.all(self.text) {
            if node.kind() != Kind::Mapping || node.style() != Style::Block {
                continue;
            }
            let Some(((key, _), column)) = node
                .entries()
                .next()
                .map(|first| (first, self.column(first.0.span().start as usize)))
            else {
                continue;
            };
            if key.style() == Style::Empty {
                continue;
            }
            for (_, value) in node.entries() {
                let Some((kind, width)) = self.nested(value, column) else {
                    continue;
                };
                if kind == Kind::Mapping {
                    step = step.or(Some(width).filter(|step| *step > 0));
                } else if let Some(found) = lists.iter_mut().find(|list| list.0 == width) {
                    found.1 += 1;
                } else {
                    lists.push((width, 1));
                }
            }
        }
        self.ink.step = step.unwrap_or(2);
        // The first of equally frequent ones wins.
        let most = lists.iter().rev().max_by_key(|list| list.1);
        self.ink.list = most.map_or(self.ink.step, |list| list.0);
    }

    /// How far a block collection stands right of its key's column.
    fn nested(&self, value: NodeRef<'_>, column: usize) -> Option<(Kind, usize)> {
        let filled = value.children().next().is_some();
        if value.style() != Style::Block || !filled {
            return None;
        }
        let inner = self.column(value.span().start as usize);
        Some((value.kind(), inner.checked_sub(column)?))
    }

    /// The habits at a place: those of the siblings in `mapping` come first.
    pub(super) fn ink(&self, at: usize, mapping: Option<NodeRef<'t>>) -> Ink {
        let mut ink = self.ink.clone();
        ink.newline = self.newline(at);
        let Some(mapping) = mapping else { return ink };
        if mapping.style() == Style::Block {
            let column = self.column(mapping.span().start as usize);
            let nested: Vec<_> = mapping
                .entries()
                .filter_map(|(_, value)| self.nested(value, column))
                .collect();
            let of = |kind| {
                nested
                    .iter()
                    .find(|found| found.0 == kind)
                    .map(|found| found.1)
            };
            ink.step = of(Kind::Mapping)
                .filter(|step| *step > 0)
                .unwrap_or(ink.step);
            ink.list = of(Kind::Sequence).unwrap_or(ink.list);
        }
        ink.json = mapping.style() == Style::Flow
            && mapping.entries().next().is_some()
            && mapping
                .entries()
                .all(|(key, _)| key.style() == Style::Double);
        ink
    }

    /// The first byte of the line of `at`, the byte order mark not counted.
    pub(super) fn line_start(&self, at: usize) -> usize {
        let start = lex::line_start(self.text.as_bytes(), at);
        let mark = if self.text[start..].starts_with('\u{feff}') {
            3
        } else {
            0
        };
        (start + mark).min(at)
    }

    /// Where the line of `at` ends, before its break.
    pub(super) fn line_end(&self, at: usize) -> usize {
        lex::line_end(self.text.as_bytes(), at)
    }

    /// The first byte of the line behind that of `at`; `None` on the last one.
    pub(super) fn next_line(&self, at: usize) -> Option<usize> {
        let end = self.line_end(at);
        match self.text.as_bytes().get(end..) {
            None | Some([]) => None,
            Some([b'\r', b'\n', ..]) => Some(end + 2),
            Some(_) => Some(end + 1),
        }
    }

    /// The end of the line before that of `at`, before its break.
    pub(super) fn previous_end(&self, at: usize) -> Option<usize> {
        let start = lex::line_start(self.text.as_bytes(), at);
        let before = &self.text[..start];
        let shorter = before
            .strip_suffix("\r\n")
            .or_else(|| before.strip_suffix(['\n', '\r']))?;
        Some(shorter.len())
    }

    /// The break of the line of `at`, or of the one before it.
    fn newline(&self, at: usize) -> &'static str {
        let end = self.line_end(at);
        let before = self.previous_end(at);
        let kind = |end: usize| match self.text.as_bytes().get(end..) {
            Some([b'\r', b'\n', ..]) => Some("\r\n"),
            Some([b'\r', ..]) => Some("\r"),
            Some([b'\n', ..]) => Some("\n"),
            _ => None,
        };
        kind(end).or_else(|| kind(before?)).unwrap_or("\n")
    }

    /// How many characters stand before `at` on its line.
    pub(super) fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at].chars().count()
    }

    /// Whether only blanks stand before `at` on its line.
    pub(super) fn leads(&self, at: usize) -> bool {
        self.text[self.line_start(at)..at]
            .trim_matches(' ')
            .is_empty()
    }

    /// Whether the line of `at` holds nothing but blanks.
    pub(super) fn blank_line(&self, at: usize) -> bool {
        self.text[self.line_start(at)..self.line_end(at)]
            .trim_matches([' ', '\t'])
            .is_empty()
    }

    /// Whether only blanks and a comment stand from `at` to its line's end.
    pub(super) fn rest_is_free(&self, at: usize) -> bool {
        let rest = self.text[at..self.line_end(at)].trim_start_matches([' ', '\t']);
        rest.is_empty()
            || self
                .comments(at, self.line_end(at))
                .next()
                .is_some_and(|c| rest.len() == c.span.len() as usize)
    }

    /// The comments that start in a range.
    pub(super) fn comments(&self, from: usize, to: usize) -> impl Iterator<Item = &'t Comment> {
        let all = self.tree.comments();
        let first = all.partition_point(|comment| (comment.span.start as usize) < from);
        all[first..]
            .iter()
            .take_while(move |comment| (comment.span.start as usize) < to)
    }

    /// The column of the comment that has the line of `at` to itself.
    pub(super) fn comment_line(&self, at: usize) -> Option<(usize, usize)> {
        let comment = self
            .comments(self.line_start(at), self.line_end(at))
            .next()?;
        let start = comment.span.start as usize;
        (!comment.trailing).then(|| (start, self.column(start)))
    }

    /// The end of the last of the comment lines directly below the line of `at`
    /// that stand at `column` or right of it; else the end of that line.
    pub(super) fn below(&self, at: usize, column: usize) -> usize {
        let mut end = self.line_end(at);
        while let Some(next) = self.next_line(end) {
            match self.comment_line(next.min(self.line_end(next))) {
                Some((_, found)) if found >= column => end = self.line_end(next),
                _ => break,
            }
        }
        end
    }

    /// Whether a range holds a line break.
    pub(super) fn breaks(&self, from: usize, to: usize) -> bool {
        self.text
            .get(from..to)
            .is_some_and(|text| text.contains(['\n', '\r']))
    }
}

/// The aliases through which other places share this node: those that name it
/// or a collection that holds it.
pub fn shared_by(sheet: &Sheet<'_>, node: NodeRef<'_>) -> Vec<Span> {
    let aliases = sheet
        .tree
        .all(sheet.text)
        .filter(|other| other.kind() == Kind::Alias);
    aliases
        .filter(|alias| alias.target().is_some_and(|target| target.contains(node)))
        .map(NodeRef::span)
        .collect()
}

/// The quotes of a file: those of its first quoted value and of the first text
/// in a bracketed list.
fn ink(text: &str, tree: &Tree) -> Ink {
    let quoted = |node: &NodeRef<'_>| matches!(node.style(), Style::Single | Style::Double);
    let first = tree.all(text).find(quoted);
    let word = |node: &NodeRef<'_>| {
        node.kind() == Kind::Scalar
            && matches!(
                resolve(node.text(), node.style(), node.tag()),
                Scalar::Str(_)
            )
            && matches!(node.style(), Style::Plain | Style::Single | Style::Double)
    };
    let mut lists = tree.all(text).filter(|node| node.style() == Style::Flow);
    let words = lists.find_map(|list| list.items().find(word));
    Ink {
        newline: "\n",
        step: 2,
        list: 2,
        quote: first.map_or(Style::Double, NodeRef::style),
        words: words.map_or(Style::Double, NodeRef::style),
        json: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn a_node_is_shared_by_the_aliases_of_all_that_hold_it() {
        let text = "x: &o\n  y: &i {z: 1}\na: *o\nb:\n  <<: [*i]\nc: {z: 2}\n";
        let (tree, troubles) = yaml::parse(text);
        let sheet = Sheet::new(text, &tree, &troubles);
        let root = tree.roots(text).next().unwrap();
        let inner = root.get("x").unwrap().get("y").unwrap().get("z").unwrap();
        let found: Vec<_> = shared_by(&sheet, inner)
            .into_iter()
            .map(|span| &text[span.range()])
            .collect();
        assert_eq!(found, ["*o", "*i"]);
        let own = root.get("c").unwrap().get("z").unwrap();
        assert_eq!(shared_by(&sheet, own), []);
    }
}
