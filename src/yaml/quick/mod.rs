//! The common form of YAML, read in one pass: block collections, scalars on
//! one line, simple block scalars, brackets, comments, anchors and aliases.
//!
//! Gives the same tree as the parser, or nothing: whatever is unusual, doubtful
//! or wrong is left to the parser, which alone decides what is YAML. Must not
//! find fault with anything.

mod block;
mod flow;
mod scalar;

use super::node::{Anchor, Comment, Kind, NONE, Node, NodeId, Style, Tree};
use crate::source::{Span, offset};

/// Longer texts are for the parser, which knows the limits.
const MAX_BYTES: usize = 1 << 20;
/// Collections nested deeper are for the parser.
const MAX_DEPTH: usize = 64;
/// More names than this are for the parser, which has a table of them.
const MAX_ANCHORS: usize = 256;
/// A key may not be longer than 1024 characters (YAML 1.2.2, section 7.4.2).
const MAX_KEY: usize = 1000;

/// The tree of a text in common form; `None` leaves it to the parser.
pub(super) fn tree(text: &str) -> Option<Tree> {
    if text.len() > MAX_BYTES || text.ends_with(' ') || !is_ordinary(text) {
        return None;
    }
    let mut quick = Quick {
        text: text.as_bytes(),
        at: 0,
        line: 0,
        tree: Tree::default(),
        open: Vec::with_capacity(8),
        named: None,
    };
    quick.tree.nodes.reserve(text.len() / 16);
    quick.tree.roots.push(NodeId(0));
    quick.lines()?;
    quick.close_deeper(None)?;
    (!quick.tree.nodes.is_empty()).then_some(quick.tree)
}

/// Whether the text has line feeds for line breaks, no tab, and no character
/// that YAML treats in a special way or refuses.
fn is_ordinary(text: &str) -> bool {
    let (mut odd, mut wide) = (false, false);
    for byte in text.bytes() {
        odd |= (byte < b' ' && byte != b'\n') || byte == 0x7f;
        wide |= byte >= 0x80;
    }
    let is_plain = |c: char| {
        c < '\u{80}'
            || matches!(c, '\u{a1}'..='\u{2027}' | '\u{2030}'..='\u{d7ff}' | '\u{fe00}'..='\u{fe0f}'
                | '\u{ff01}'..='\u{ffdc}' | '\u{1f300}'..='\u{1faff}')
    };
    !odd && (!wide || text.chars().all(is_plain))
}

/// An open block collection.
struct Open {
    id: u32,
    kind: Kind,
    /// The column of its keys or dashes.
    column: usize,
    /// The place behind the `:` or `-` whose node has not come yet.
    waits: Option<usize>,
    /// Where the last child ends.
    end: u32,
}

/// How far a text has been read.
struct Quick<'t> {
    text: &'t [u8],
    at: usize,
    /// Where the line of `at` starts.
    line: usize,
    tree: Tree,
    /// Outermost first.
    open: Vec<Open>,
    /// The anchor of the node that comes next.
    named: Option<Span>,
}

impl Quick<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.get(at).copied()
    }

    /// Whether a token that ends before `at` is followed by a blank or nothing.
    fn is_blank(&self, at: usize) -> bool {
        matches!(self.byte(at), None | Some(b' ' | b'\n'))
    }

    fn skip_spaces(&mut self) {
        while self.byte(self.at) == Some(b' ') {
            self.at += 1;
        }
    }

    fn lines(&mut self) -> Option<()> {
        let mut marked = false;
        while self.at < self.text.len() {
            self.line = self.at;
            self.skip_spaces();
            let column = self.at - self.line;
            match self.byte(self.at) {
                None => break,
                Some(b'\n') => self.at += 1,
                Some(b'#') => self.comment(),
                Some(b'-' | b'.') if column == 0 && self.is_marker() => {
                    let first = self.text[self.at] == b'-' && !marked;
                    if !first || !self.tree.nodes.is_empty() || self.byte(3 + self.at)? != b'\n' {
                        return None;
                    }
                    marked = true;
                    self.at += 4;
                }
                Some(_) => self.content(column)?,
            }
        }
        Some(())
    }

    fn is_marker(&self) -> bool {
        let rest = &self.text[self.at..];
        rest.starts_with(b"---") || rest.starts_with(b"...")
    }

    /// A comment at `at`, up to its line's end.
    fn comment(&mut self) {
        let start = self.at;
        self.at = memchr::memchr(b'\n', &self.text[start..]).map_or(self.text.len(), |n| start + n);
        let before = &self.text[self.line..start];
        self.tree.comments.push(Comment {
            span: Span::new(offset(start), offset(self.at)),
            trailing: before.iter().any(|byte| *byte != b' '),
        });
    }

    /// Nothing but blanks and a comment may follow on this line.
    fn end_line(&mut self) -> Option<()> {
        self.skip_spaces();
        if self.byte(self.at) == Some(b'#') && self.text[self.at - 1] == b' ' {
            self.comment();
        }
        match self.byte(self.at) {
            None => {}
            Some(b'\n') => self.at += 1,
            Some(_) => return None,
        }
        Some(())
    }

    /// Adds a node where one is awaited.
    fn push(&mut self, kind: Kind, style: Style, span: Span) -> u32 {
        let id = offset(self.tree.nodes.len());
        let mut anchor = NONE;
        if let Some(named) = self.named.take() {
            anchor = offset(self.tree.anchors.len());
            self.tree.anchors.push(Anchor {
                span: named,
                node: NodeId(id),
            });
        }
        self.tree.nodes.push(Node {
            span,
            end: id + 1,
            decoded: NONE,
            tag: NONE,
            anchor,
            kind,
            style,
        });
        if let Some(top) = self.open.last_mut() {
            top.waits = None;
            top.end = span.end;
        }
        id
    }

    /// Opens a block collection whose first token stands at `column`.
    fn start(&mut self, kind: Kind, column: usize, at: usize) -> Option<()> {
        let span = Span::new(offset(at), offset(at));
        let id = self.push(kind, Style::Block, span);
        // Marks it as open, see `alias`.
        self.tree.nodes[id as usize].end = 0;
        self.open.push(Open {
            id,
            kind,
            column,
            waits: None,
            end: span.end,
        });
        (self.open.len() < MAX_DEPTH).then_some(())
    }

    /// Gives the innermost collection the absent value that it waits for.
    fn fill(&mut self) -> Option<()> {
        let top = self.open.last()?;
        let Some(at) = top.waits else {
            return Some(());
        };
        // Where an absent item stands that blanks follow is the parser's to say.
        let doubtful = top.kind == Kind::Sequence && self.byte(at) == Some(b' ');
        if self.named.is_some() || doubtful {
            return None;
        }
        let span = Span::new(offset(at), offset(at));
        self.push(Kind::Scalar, Style::Empty, span);
        Some(())
    }

    /// Closes the innermost collection.
    fn close(&mut self) -> Option<()> {
        self.fill()?;
        let top = self.open.pop()?;
        let end = offset(self.tree.nodes.len());
        let node = &mut self.tree.nodes[top.id as usize];
        node.end = end;
        node.span.end = top.end;
        if let Some(outer) = self.open.last_mut() {
            outer.end = top.end;
        }
        Some(())
    }

    /// Closes what stands further right than `column`, or everything.
    fn close_deeper(&mut self, column: Option<usize>) -> Option<()> {
        while let Some(top) = self.open.last()
            && column.is_none_or(|column| top.column > column)
        {
            self.close()?;
        }
        Some(())
    }

    /// The name behind the `&` or `*` at `at`; moves behind it.
    fn name(&mut self) -> Option<Span> {
        let start = self.at;
        self.at += 1;
        while matches!(
            self.byte(self.at),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-')
        ) {
            self.at += 1;
        }
        (self.at > start + 1).then(|| Span::new(offset(start), offset(self.at)))
    }

    /// An alias at `at`. One without its anchor, or inside it, is not for us.
    fn alias(&mut self) -> Option<()> {
        let span = self.name()?;
        let name = &self.text[span.range()][1..];
        let mut anchors = self.tree.anchors.iter().enumerate().rev();
        let (index, anchor) = anchors.find(|(_, it)| self.text[it.span.range()][1..] == *name)?;
        let is_open = self.tree.nodes[anchor.node.0 as usize].end == 0;
        if is_open || self.named.is_some() {
            return None;
        }
        let index = offset(index);
        let id = self.push(Kind::Alias, Style::Plain, span);
        self.tree.nodes[id as usize].anchor = index;
        Some(())
    }

    /// An anchor at `at`, for the node that comes next.
    fn anchor(&mut self) -> Option<()> {
        let span = self.name()?;
        let again = self.named.replace(span).is_some();
        let fits = self.is_blank(self.at) && self.tree.anchors.len() < MAX_ANCHORS;
        (!again && fits).then_some(())
    }
}
