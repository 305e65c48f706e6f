//! The tree while it is built: where nodes, comments and absent values stand.
//!
//! Owns the spans that a parser does not give as the tree promises them: block
//! collections and block scalars end with their content, absent values stand
//! behind their indicator. Must not know the parser underneath.

use super::node::{Comment, Kind, NONE, Node, Style, Tree};
use super::{fold, lex};
use crate::source::{Span, offset};

/// What YAML calls white space, and line breaks; U+0085 and others are text.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// A tree and what is open in it. Calls come in document order.
pub(super) struct Growing<'t> {
    /// The text that spans count in.
    pub(super) text: &'t str,
    /// The nodes so far.
    pub(super) tree: Tree,
    /// Open collections, outermost first, and how many children each has.
    pub(super) open: Vec<(u32, u32)>,
    /// End of the last token: where the search for a header or a quote starts.
    pub(super) last: usize,
}

impl<'t> Growing<'t> {
    /// No node yet.
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            tree: Tree::default(),
            open: Vec::new(),
            last: 0,
        }
    }

    /// Adds a node to the innermost open collection.
    pub(super) fn push(
        &mut self,
        kind: Kind,
        style: Style,
        span: Span,
        anchor: u32,
        tag: u32,
    ) -> u32 {
        let id = offset(self.tree.nodes.len());
        self.tree.nodes.push(Node {
            span,
            end: id + 1,
            decoded: NONE,
            tag,
            anchor,
            kind,
            style,
        });
        if let Some((_, children)) = self.open.last_mut() {
            *children += 1;
        }
        self.last = self.last.max(span.end as usize);
        id
    }

    /// Opens a collection.
    pub(super) fn start(&mut self, kind: Kind, style: Style, span: Span, tag: u32) {
        // The parser places a list that is not indented at its first item.
        let dash = if kind == Kind::Sequence && style == Style::Block && self.value_is_next() {
            fold::dash(self.text.as_bytes(), self.last).filter(|dash| *dash < span.start as usize)
        } else {
            None
        };
        let start = dash.map_or(span.start, offset);
        let id = self.push(kind, style, Span::new(start, span.end), NONE, tag);
        self.open.push((id, 0));
    }

    /// Closes the innermost collection; a block ends with its last child's content.
    pub(super) fn end(&mut self, span: Span) {
        let Some((id, _)) = self.open.pop() else {
            return;
        };
        let id = id as usize;
        let end = offset(self.tree.nodes.len());
        let content = self.content_end(id);
        let node = &mut self.tree.nodes[id];
        node.end = end;
        node.span.end = match node.style {
            Style::Flow => content.map_or(span.end, |end| end.max(span.end)),
            _ => content.unwrap_or(node.span.start),
        };
        self.last = self.last.max(node.span.end as usize);
    }

    /// The furthest content byte of a collection's children so far.
    fn content_end(&self, id: usize) -> Option<u32> {
        let mut child = id + 1;
        let mut last = None;
        while let Some(node) = self.tree.nodes.get(child) {
            last = Some(node.span.end);
            child = node.end as usize;
        }
        last
    }

    /// Ends every collection that an error left open.
    pub(super) fn close_all(&mut self) {
        while !self.open.is_empty() {
            let at = offset(self.last);
            // A mapping cut off between key and value gets an absent value.
            self.pad_mapping(at);
            self.end(Span::new(at, at));
        }
        let at = offset(self.last);
        self.root_if_missing(Span::new(at, at));
    }

    fn pad_mapping(&mut self, at: u32) {
        if self.value_is_next() {
            let span = self.absent(Span::new(at, at));
            self.push(Kind::Scalar, Style::Empty, span, NONE, NONE);
        }
    }

    /// Whether the next node is a mapping's value.
    fn value_is_next(&self) -> bool {
        self.open.last().is_some_and(|(id, children)| {
            self.tree.nodes[*id as usize].kind == Kind::Mapping && children % 2 == 1
        })
    }

    /// An empty document holds one absent value.
    pub(super) fn root_if_missing(&mut self, span: Span) {
        let Some(root) = self.tree.roots.last() else {
            return;
        };
        if root.0 as usize == self.tree.nodes.len() {
            self.push(
                Kind::Scalar,
                Style::Empty,
                Span::new(span.start, span.start),
                NONE,
                NONE,
            );
        }
    }

    /// Adds a comment.
    pub(super) fn comment(&mut self, span: Span) {
        let line = lex::line_start(self.text.as_bytes(), span.start as usize);
        let blank = self.text[line..span.start as usize]
            .trim_start_matches('\u{feff}')
            .trim()
            .is_empty();
        self.tree.comments.push(Comment {
            span,
            trailing: !blank,
        });
    }

    /// Adds a scalar with its decoded text.
    pub(super) fn scalar(&mut self, value: &str, style: Style, span: Span, tag: u32) {
        let (style, span) = match style {
            Style::Plain if span.is_empty() => (Style::Empty, self.absent(span)),
            Style::Literal | Style::Folded => (style, self.block(span)),
            _ => (style, span),
        };
        let value = if self.breaks_off(style, span) {
            value.strip_suffix('\n').unwrap_or(value)
        } else {
            value
        };
        let id = self.push(Kind::Scalar, style, span, NONE, tag) as usize;
        if style == Style::Empty {
            return;
        }
        let inner = match style {
            Style::Single | Style::Double => Span::new(span.start + 1, span.end.saturating_sub(1)),
            _ => span,
        };
        if self.text.get(inner.range()) != Some(value) {
            self.tree.nodes[id].decoded = offset(self.tree.decoded.len());
            self.tree.decoded.push(value.into());
        }
    }

    /// Whether a block scalar is cut off by the end of the text: its last line
    /// has no break then, and the value none either (YAML 1.2.2, rule 165).
    fn breaks_off(&self, style: Style, span: Span) -> bool {
        let rest = self.text.as_bytes().get(span.end as usize..);
        matches!(style, Style::Literal | Style::Folded)
            && rest.is_some_and(|rest| rest.iter().all(|byte| matches!(byte, b' ' | b'\t')))
    }

    /// Where an absent value would be written: behind the `:` of its key, or
    /// where the parser says (behind a `-`, an anchor or a tag).
    fn absent(&self, span: Span) -> Span {
        let start = self.before_comments(span.start as usize);
        if !self.value_is_next() {
            return Span::new(offset(start), offset(start));
        }
        let bytes = self.text.as_bytes();
        let blanks = bytes.get(start..).map_or(0, |rest| {
            rest.iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t'))
                .count()
        });
        let at = if self.colon(start + blanks) {
            start + blanks + 1
        } else {
            start
        };
        Span::new(offset(at), offset(at))
    }

    /// Whether the `:` of the innermost mapping's value stands here, and not
    /// one that opens a text or belongs to a mapping further out.
    fn colon(&self, at: usize) -> bool {
        let bytes = self.text.as_bytes();
        let Some(((mapping, _), outer)) = self.open.split_last() else {
            return false;
        };
        if bytes.get(at) != Some(&b':') {
            return false;
        }
        let next = bytes.get(at + 1);
        if self.tree.nodes[*mapping as usize].style == Style::Flow {
            let ends = |byte: &u8| lex::blank(*byte) || b",[]{}".contains(byte);
            return next.is_none_or(ends);
        }
        let line = lex::line_start(bytes, at);
        let first = self.text[line..at].trim_start().is_empty();
        let foreign = |(id, _): &(u32, u32)| {
            let node = &self.tree.nodes[*id as usize];
            let start = node.span.start as usize;
            node.kind == Kind::Mapping
                && node.style == Style::Block
                && start - lex::line_start(bytes, start) == at - line
        };
        next.is_none_or(|byte| lex::blank(*byte)) && !(first && outer.iter().any(foreign))
    }

    /// The parser may place an absent item behind the comment of its line: the
    /// place before the comments that end at `at` is the indicator's.
    fn before_comments(&self, mut at: usize) -> usize {
        for comment in self.tree.comments.iter().rev() {
            let range = comment.span.range();
            if range.start < self.last {
                break;
            }
            let between = self.text.get(range.end..at);
            if range.end <= at && between.is_some_and(|text| text.bytes().all(lex::blank)) {
                at = self.text[..range.start].trim_end_matches(BLANKS).len();
            }
        }
        at
    }

    /// A block scalar from its `|` or `>` to its last non-blank byte.
    fn block(&self, span: Span) -> Span {
        let bytes = self.text.as_bytes();
        let header = fold::skip_to_content(bytes, self.last);
        let start = if matches!(bytes.get(header), Some(b'|' | b'>')) {
            header
        } else {
            span.start as usize
        };
        let content = self.text.get(start..span.end as usize).unwrap_or("");
        Span::new(
            offset(start),
            offset(start + content.trim_end_matches(BLANKS).len()),
        )
    }
}
