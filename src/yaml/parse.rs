//! Text to tree. The only file that knows the parser underneath.
//!
//! Never fails and never panics: returns what could be read plus troubles.
//! Must not know what the text means.

use std::ops::Range;

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, StructureStyle};

use super::node::{Anchor, Comment, Kind, NONE, Node, NodeId, Style, TagText, Tree};
use super::wording::{self, Place};
use super::{Trouble, TroubleKind};
use super::{duplicates, fold, lex};
use crate::source::{Span, offset};

/// Texts above this many bytes are not read: 16 MiB.
pub const MAX_BYTES: usize = 16 << 20;
/// Trees above this many nodes are not kept.
pub const MAX_NODES: usize = 2_000_000;
/// Collections nested deeper than this are not read.
pub const MAX_DEPTH: usize = 255;
/// What YAML calls white space, and line breaks; U+0085 and others are text.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];
/// How many ill-indented quoted scalars of one file are tolerated.
const MAX_REPAIRS: usize = 64;
/// How many bytes may be read again for their sake.
const MAX_REREAD: usize = 64 << 20;

/// Reads a text. The tree holds every document up to the first syntax error
/// in it; troubles are in the order in which they were met.
pub fn parse(text: &str) -> (Tree, Vec<Trouble>) {
    if text.len() > MAX_BYTES {
        let message = format!(
            "the file has {} MB; files above {} MB are not read",
            text.len() >> 20,
            MAX_BYTES >> 20
        );
        return (Tree::default(), vec![limit(Span::default(), message)]);
    }
    let mut repairs = Repairs::default();
    loop {
        let patched = repairs.patched(text);
        let mut reader = Reader::new(text, &repairs);
        reader.run(patched.as_deref().unwrap_or(text));
        let (mut tree, mut troubles) = (reader.tree, reader.troubles);
        if let Some(range) = reader.repair {
            repairs.accepted.push(range);
            continue;
        }
        if repairs.take_back(text, &troubles) {
            continue;
        }
        decode_again(&mut tree, text, &repairs.accepted, &mut troubles);
        troubles.extend(duplicates::find(&tree, text));
        return (tree, troubles);
    }
}

/// Quoted scalars that are read although YAML 1.2 refuses them.
#[derive(Default)]
struct Repairs {
    accepted: Vec<Range<usize>>,
    /// Opening quotes that turned out to be unclosed.
    refused: Vec<usize>,
}

impl Repairs {
    /// The text with the accepted scalars joined; `None` when there are none.
    fn patched(&self, text: &str) -> Option<String> {
        (!self.accepted.is_empty()).then(|| fold::joined(text, &self.accepted))
    }

    /// Whether one more may be tried: each costs one more reading.
    fn allows(&self, open: usize, length: usize) -> bool {
        let readings = self.accepted.len() + self.refused.len();
        !self.refused.contains(&open)
            && readings < MAX_REPAIRS
            && readings.saturating_mul(length) < MAX_REREAD
            && !self.accepted.iter().any(|range| range.contains(&open))
    }

    /// A tolerated scalar that holds what looks like keys, in a document that
    /// goes wrong further down, is more likely a quote that was not closed.
    fn take_back(&mut self, text: &str, troubles: &[Trouble]) -> bool {
        let doubtful = self.accepted.iter().position(|range| {
            let end = fold::document_end(text, range.end);
            fold::holds_keys(&text[range.clone()])
                && troubles.iter().any(|trouble| {
                    let at = trouble.span.start as usize;
                    trouble.kind == TroubleKind::Syntax && (range.end..=end).contains(&at)
                })
        });
        let Some(doubtful) = doubtful else {
            return false;
        };
        let range = self.accepted.remove(doubtful);
        self.refused.push(range.start);
        true
    }
}

fn limit(span: Span, message: String) -> Trouble {
    Trouble {
        kind: TroubleKind::Limit,
        span,
        message,
        related: None,
    }
}

struct Reader<'t> {
    text: &'t str,
    tree: Tree,
    troubles: Vec<Trouble>,
    /// Open collections, outermost first, and how many children each has.
    open: Vec<(u32, u32)>,
    /// End of the last token: where the search for a header or a quote starts.
    last: usize,
    repairs: &'t Repairs,
    /// A scalar to repair before the text is read again.
    repair: Option<Range<usize>>,
    /// Index of the first anchor of this parse in granit's numbering.
    anchors: Vec<u32>,
    /// The last anchor of each name, filled on need up to `named`.
    anchors_by_name: HashMap<&'t str, u32>,
    /// How many anchors are in `anchors_by_name`.
    named: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, repairs: &'t Repairs) -> Self {
        Self {
            text,
            tree: Tree::default(),
            troubles: Vec::new(),
            open: Vec::new(),
            last: 0,
            repairs,
            repair: None,
            anchors: Vec::new(),
            anchors_by_name: HashMap::new(),
            named: 0,
        }
    }

    fn run(&mut self, input: &str) {
        let mut options = Options::default();
        options.emit_anchor_events = true;
        options.emit_unresolved_aliases = true;
        options.max_buffered_comment_events = 1_000_000;
        options.flow_nesting_limit = MAX_DEPTH;
        options.block_nesting_limit = MAX_DEPTH;
        let mut parser = Parser::new_from_str_with_options(input, options);
        loop {
            match parser.next_event() {
                None => return,
                Some(Ok((event, span))) => {
                    if self.tree.nodes.len() >= MAX_NODES {
                        let message = format!(
                            "the file has more than {MAX_NODES} nodes; the rest is not read"
                        );
                        let at = offset(self.last);
                        self.troubles.push(limit(Span::new(at, at), message));
                        self.close_all();
                        return;
                    }
                    self.event(event, span);
                }
                Some(Err(error)) => {
                    self.error(&error);
                    self.close_all();
                    if self.repair.is_some() || !matches!(parser.proceed_next_document(), Ok(true))
                    {
                        return;
                    }
                }
            }
        }
    }

    fn event(&mut self, event: Event<'_>, at: granit_parser::Span) {
        let span = bytes(&at);
        match event {
            Event::StreamStart | Event::StreamEnd => {}
            Event::DocumentStart(..) => {
                self.last = span.end as usize;
                self.tree.roots.push(NodeId(offset(self.tree.nodes.len())));
            }
            Event::DocumentEnd => {
                self.root_if_missing(span);
                self.last = span.end as usize;
            }
            Event::Comment(..) => self.comment(span),
            Event::Anchor(id, _) => self.anchor(id, span),
            Event::Alias(id) => {
                let anchor = self.anchors.get(id).copied().unwrap_or(NONE);
                self.refuse_self_reference(anchor, span);
                self.push(Kind::Alias, Style::Plain, span, anchor, NONE);
            }
            Event::UnresolvedAlias(name) => {
                let anchor = self.earlier_anchor(&name, span);
                self.push(Kind::Alias, Style::Plain, span, anchor, NONE);
            }
            Event::Scalar(value, style, _, tag) => {
                let tag = self.tag(tag.as_deref(), &at);
                self.scalar(&value, style, span, tag);
            }
            Event::SequenceStart(style, _, tag) => {
                let tag = self.tag(tag.as_deref(), &at);
                self.start(Kind::Sequence, style, span, tag);
            }
            Event::MappingStart(style, _, tag) => {
                let tag = self.tag(tag.as_deref(), &at);
                self.start(Kind::Mapping, style, span, tag);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            _ => {}
        }
    }

    /// The anchor of an earlier document: go-yaml lets names live on to the end
    /// of the text, where YAML ends them with their document.
    fn earlier_anchor(&mut self, name: &str, span: Span) -> u32 {
        for (index, anchor) in self.tree.anchors.iter().enumerate().skip(self.named) {
            let text = self.text.get(anchor.span.range()).unwrap_or("");
            let name = text.trim_start_matches('&');
            self.anchors_by_name.insert(name, offset(index));
        }
        self.named = self.tree.anchors.len();
        let found = self.anchors_by_name.get(name).copied();
        let (kind, message) = match found {
            Some(_) => (
                TroubleKind::Tolerated,
                format!(
                    "`*{name}` names an anchor of an earlier document: Compose accepts it, YAML does not"
                ),
            ),
            None => (
                TroubleKind::Syntax,
                format!("`*{name}` names no anchor above it"),
            ),
        };
        self.troubles.push(Trouble {
            kind,
            span,
            message,
            related: None,
        });
        found.unwrap_or(NONE)
    }

    fn push(&mut self, kind: Kind, style: Style, span: Span, anchor: u32, tag: u32) -> u32 {
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

    fn start(&mut self, kind: Kind, style: StructureStyle, span: Span, tag: u32) {
        let style = if matches!(style, StructureStyle::Flow) {
            Style::Flow
        } else {
            Style::Block
        };
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
    fn end(&mut self, span: Span) {
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

    fn close_all(&mut self) {
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

    fn root_if_missing(&mut self, span: Span) {
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

    fn comment(&mut self, span: Span) {
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

    /// The anchor event follows its node, which is the last one pushed.
    fn anchor(&mut self, id: usize, span: Span) {
        let node = offset(self.tree.nodes.len().saturating_sub(1));
        let index = offset(self.tree.anchors.len());
        self.tree.anchors.push(Anchor {
            span,
            node: NodeId(node),
        });
        if self.anchors.len() <= id {
            self.anchors.resize(id + 1, NONE);
        }
        self.anchors[id] = index;
        if let Some(node) = self.tree.nodes.last_mut() {
            node.anchor = index;
        }
    }

    /// An alias inside the node that it names stands for nothing.
    fn refuse_self_reference(&mut self, anchor: u32, span: Span) {
        let Some(anchor) = self.tree.anchors.get(anchor as usize) else {
            return;
        };
        if self.open.iter().any(|(id, _)| *id == anchor.node.0) {
            self.troubles.push(Trouble {
                kind: TroubleKind::Syntax,
                span,
                message: "this alias stands inside the node that it names".to_owned(),
                related: Some((anchor.span, "named here".to_owned())),
            });
        }
    }

    fn tag(&mut self, tag: Option<&granit_parser::Tag>, at: &granit_parser::Span) -> u32 {
        let Some(tag) = tag else { return NONE };
        let span = at
            .tag_span()
            .map_or_else(Span::default, |span| bytes(&span));
        let name = format!("{}{}", tag.handle(), tag.suffix()).into_boxed_str();
        self.tree.tags.push(TagText { span, name });
        self.last = self.last.max(span.end as usize);
        offset(self.tree.tags.len() - 1)
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, span: Span, tag: u32) {
        let (style, span) = match style {
            ScalarStyle::Plain if span.is_empty() => (Style::Empty, self.absent(span)),
            ScalarStyle::Plain => (Style::Plain, span),
            ScalarStyle::SingleQuoted => (Style::Single, span),
            ScalarStyle::DoubleQuoted => (Style::Double, span),
            ScalarStyle::Literal => (Style::Literal, self.block(span)),
            ScalarStyle::Folded => (Style::Folded, self.block(span)),
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
        let at = if bytes.get(start + blanks) == Some(&b':') {
            start + blanks + 1
        } else {
            start
        };
        Span::new(offset(at), offset(at))
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

    fn error(&mut self, error: &ScanError) {
        let at = error
            .marker()
            .byte_offset()
            .unwrap_or(self.last)
            .min(self.text.len());
        let mut nodes = self
            .open
            .iter()
            .map(|(id, _)| self.tree.nodes[*id as usize]);
        let brackets = nodes
            .clone()
            .filter(|node| node.style == Style::Flow)
            .map(|node| node.span.start as usize)
            .collect();
        let block = nodes.rfind(|node| node.style == Style::Block);
        let passed = lex::pass(self.text.as_bytes(), self.last, at, brackets);
        if matches!(error.kind(), ErrorKind::InvalidQuotedScalarIndent)
            && let Some(open) = passed.quote
            && self.repairs.allows(open, self.text.len())
            && let Some(range) = fold::repairable(self.text.as_bytes(), open)
        {
            self.repair = Some(range);
            return;
        }
        let place = Place {
            text: self.text,
            at,
            passed,
            block: block.map(|node| node.span),
        };
        self.troubles.push(wording::trouble(error.kind(), &place));
    }
}

/// Gives tolerated scalars their real value and says why they are doubtful.
fn decode_again(tree: &mut Tree, text: &str, ranges: &[Range<usize>], troubles: &mut Vec<Trouble>) {
    for range in ranges {
        let span = Span::new(offset(range.start), offset(range.end));
        // Nodes stand in the order of their first bytes.
        let first = tree
            .nodes
            .partition_point(|node| node.span.start < span.start);
        let found = tree.nodes[first..]
            .iter()
            .take_while(|node| node.span.start == span.start)
            .position(|node| node.span == span && node.kind == Kind::Scalar);
        let Some(found) = found else { continue };
        let Some(value) = scalar_text(&fold::indented(&text[range.clone()])) else {
            continue;
        };
        tree.nodes[first + found].decoded = offset(tree.decoded.len());
        tree.decoded.push(value);
        troubles.push(Trouble {
            kind: TroubleKind::Tolerated,
            span,
            message: "this quoted text continues at or left of its parent's column: Compose and kubectl accept it, \
                      YAML 1.2 does not"
                .to_owned(),
            related: None,
        });
    }
}

/// The decoded value of a text that is one scalar.
fn scalar_text(text: &str) -> Option<Box<str>> {
    let repairs = Repairs::default();
    let mut reader = Reader::new(text, &repairs);
    reader.run(text);
    let root = reader.tree.roots(text).next();
    root.filter(|node| node.kind() == Kind::Scalar)
        .map(|node| node.text().into())
}

fn bytes(span: &granit_parser::Span) -> Span {
    let range = span.byte_range().unwrap_or(0..0);
    Span::new(offset(range.start), offset(range.end))
}
