//! Text to tree. The only file that knows the parser underneath.
//!
//! Never fails and never panics: returns what could be read plus troubles.
//! Must not know what the text means.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, StructureStyle};

use super::node::{Anchor, Comment, Kind, NONE, Node, NodeId, Style, TagText, Tree};
use super::{Trouble, TroubleKind};
use super::{duplicates, fold};
use crate::source::{Span, offset};

/// Texts above this many bytes are not read: 16 MiB.
pub const MAX_BYTES: usize = 16 << 20;
/// Trees above this many nodes are not kept.
pub const MAX_NODES: usize = 4_000_000;
/// Collections nested deeper than this are not read.
pub const MAX_DEPTH: usize = 255;
/// How many ill-indented quoted scalars of one file are tolerated.
const MAX_REPAIRS: usize = 64;

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
    let mut patched: Option<String> = None;
    let mut tolerated = Vec::new();
    loop {
        let input = patched.as_deref().unwrap_or(text);
        let mut reader = Reader::new(text);
        reader.run(input);
        let repair = reader
            .ill_indented
            .and_then(|open| fold::quoted(text.as_bytes(), open));
        if let Some(range) = repair
            && tolerated.len() < MAX_REPAIRS
            && text[range.clone()].contains('\n')
            && !tolerated.contains(&range)
        {
            patched = Some(fold::joined(input, range.clone()));
            tolerated.push(range);
            continue;
        }
        reader.decode_again(&tolerated);
        let found = duplicates::of(&reader.tree, text);
        reader.troubles.extend(found);
        return (reader.tree, reader.troubles);
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
    /// Open collections, outermost first.
    open: Vec<u32>,
    /// End of the last token: where the search for a header or a quote starts.
    last: usize,
    /// The opening quote of a scalar whose continuation is not indented.
    ill_indented: Option<usize>,
    /// Index of the first anchor of this parse in granit's numbering.
    anchors: Vec<u32>,
    /// The last anchor of each name, filled on need up to `named`.
    anchors_by_name: HashMap<&'t str, u32>,
    /// How many anchors are in `anchors_by_name`.
    named: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            tree: Tree::default(),
            troubles: Vec::new(),
            open: Vec::new(),
            last: 0,
            ill_indented: None,
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
                        self.troubles.push(limit(Span::default(), message));
                        self.close_all();
                        return;
                    }
                    self.event(event, span);
                }
                Some(Err(error)) => {
                    self.error(&error);
                    self.close_all();
                    if self.ill_indented.is_some()
                        || !matches!(parser.proceed_next_document(), Ok(true))
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
        self.last = self.last.max(span.end as usize);
        id
    }

    fn start(&mut self, kind: Kind, style: StructureStyle, span: Span, tag: u32) {
        let style = if matches!(style, StructureStyle::Flow) {
            Style::Flow
        } else {
            Style::Block
        };
        let id = self.push(kind, style, span, NONE, tag);
        self.open.push(id);
    }

    /// Closes the innermost collection; a block ends with its last child's content.
    fn end(&mut self, span: Span) {
        let Some(id) = self.open.pop() else { return };
        let id = id as usize;
        let end = offset(self.tree.nodes.len());
        let content = self.content_end(id);
        let node = &mut self.tree.nodes[id];
        node.end = end;
        node.span.end = match node.style {
            Style::Flow => span.end,
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
        let Some(id) = self.open.last().copied() else {
            return;
        };
        if self.tree.nodes[id as usize].kind != Kind::Mapping {
            return;
        }
        let mut child = id as usize + 1;
        let mut count = 0;
        while let Some(node) = self.tree.nodes.get(child) {
            count += 1;
            child = node.end as usize;
        }
        if count % 2 == 1 {
            self.push(Kind::Scalar, Style::Empty, Span::new(at, at), NONE, NONE);
        }
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
        let before = &self.text.as_bytes()[..span.start as usize];
        let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
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
        let value = match style {
            Style::Literal | Style::Folded => self.without_made_up_break(value, span),
            _ => value,
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

    /// Where an absent value would be written: behind the `:` of its key, or
    /// where the parser says (behind a `-`, an anchor or a tag).
    fn absent(&self, span: Span) -> Span {
        let bytes = self.text.as_bytes();
        let start = span.start as usize;
        let blanks = bytes
            .get(start..)
            .map_or(0, |rest| rest.iter().take_while(|b| **b == b' ').count());
        let at = if bytes.get(start + blanks) == Some(&b':') {
            start + blanks + 1
        } else {
            start
        };
        Span::new(offset(at), offset(at))
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
        Span::new(offset(start), offset(start + content.trim_end().len()))
    }

    /// A block scalar on the last line of a text that does not end in a line
    /// break has none at its end either (YAML 1.2.2, section 8.1.1.2); the
    /// parser makes one up.
    fn without_made_up_break<'v>(&self, value: &'v str, span: Span) -> &'v str {
        match self.text.get(span.end as usize..) {
            Some(rest) if !rest.contains('\n') => value.trim_end_matches('\n'),
            _ => value,
        }
    }

    fn error(&mut self, error: &ScanError) {
        let at = error
            .marker()
            .byte_offset()
            .unwrap_or(self.last)
            .min(self.text.len());
        let quote = fold::opening_quote(self.text.as_bytes(), self.last);
        if matches!(error.kind(), ErrorKind::InvalidQuotedScalarIndent)
            && self.ill_indented.is_none()
        {
            self.ill_indented = quote;
        }
        let related = quote.filter(|open| *open < at).map(|open| {
            (
                Span::new(offset(open), offset(open + 1)),
                "the quote opens here".to_owned(),
            )
        });
        let span = self.char_at(at);
        let (kind, message) = match error.kind() {
            ErrorKind::RecursionLimitExceeded => (
                TroubleKind::Limit,
                format!("collections are nested more than {MAX_DEPTH} deep; the rest is not read"),
            ),
            _ => (
                TroubleKind::Syntax,
                format!("not valid YAML: {}", error.info()),
            ),
        };
        self.troubles.push(Trouble {
            kind,
            span,
            message,
            related,
        });
    }

    fn char_at(&self, at: usize) -> Span {
        let length = self
            .text
            .get(at..)
            .and_then(|rest| rest.chars().next())
            .map_or(0, char::len_utf8);
        Span::new(offset(at), offset(at + length))
    }

    /// Gives tolerated scalars their real value and says why they are doubtful.
    fn decode_again(&mut self, ranges: &[std::ops::Range<usize>]) {
        for range in ranges {
            let span = Span::new(offset(range.start), offset(range.end));
            let Some(id) = self.tree.nodes.iter().position(|node| node.span == span) else {
                continue;
            };
            let Some(value) = scalar_text(&fold::indented(&self.text[range.clone()])) else {
                continue;
            };
            self.tree.nodes[id].decoded = offset(self.tree.decoded.len());
            self.tree.decoded.push(value);
            self.troubles.push(Trouble {
                kind: TroubleKind::Tolerated,
                span,
                message: "this quoted text continues at or left of its parent's column: Compose and kubectl accept \
                          it, YAML 1.2 does not"
                    .to_owned(),
                related: None,
            });
        }
    }
}

/// The decoded value of a text that is one scalar.
fn scalar_text(text: &str) -> Option<Box<str>> {
    let mut reader = Reader::new(text);
    reader.run(text);
    let root = reader.tree.roots(text).next();
    root.filter(|node| node.kind() == Kind::Scalar)
        .map(|node| node.text().into())
}

fn bytes(span: &granit_parser::Span) -> Span {
    let range = span.byte_range().unwrap_or(0..0);
    Span::new(offset(range.start), offset(range.end))
}
