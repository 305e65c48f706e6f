//! Text to tree. The only file that knows the parser underneath.
//!
//! Never fails and never panics: returns what could be read plus troubles.
//! Must not know what the text means.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, StructureStyle};

use super::grow::Growing;
use super::node::{Anchor, Kind, NONE, NodeId, Style, TagText, Tree};
use super::wording::{self, Place};
use super::{Trouble, TroubleKind};
use super::{duplicates, fold, lex, quick};
use crate::source::{Span, offset};

/// Texts above this many bytes are not read: 16 MiB.
pub const MAX_BYTES: usize = 16 << 20;
/// Trees above this many nodes are not kept.
pub const MAX_NODES: usize = 2_000_000;
/// Collections nested deeper than this are not read.
pub const MAX_DEPTH: usize = 255;
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
    match quick::tree(text) {
        Some(tree) => {
            let troubles = duplicates::find(&tree, text);
            (tree, troubles)
        }
        None => parse_any(text),
    }
}

/// The same for a text in any form.
pub(crate) fn parse_any(text: &str) -> (Tree, Vec<Trouble>) {
    let mut repairs = Repairs::default();
    loop {
        let patched = repairs.patched(text);
        let mut reader = Reader::new(text, &repairs);
        reader.run(patched.as_deref().unwrap_or(text));
        let (mut tree, mut troubles) = (reader.grown.tree, reader.troubles);
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
    grown: Growing<'t>,
    troubles: Vec<Trouble>,
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
            grown: Growing::new(text),
            troubles: Vec::new(),
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
                    if self.grown.tree.nodes.len() >= MAX_NODES {
                        let message = format!(
                            "the file has more than {MAX_NODES} nodes; the rest is not read"
                        );
                        let at = offset(self.grown.last);
                        self.troubles.push(limit(Span::new(at, at), message));
                        self.grown.close_all();
                        return;
                    }
                    self.event(event, span);
                }
                Some(Err(error)) => {
                    self.error(&error);
                    self.grown.close_all();
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
            Event::DocumentStart(explicit, ..) => {
                // Without `---` the span is that of the first token instead.
                self.grown.last = if explicit {
                    span.end as usize
                } else {
                    let text = self.grown.text.as_bytes();
                    fold::behind_document_end(text, self.grown.last..span.start as usize)
                };
                self.grown
                    .tree
                    .roots
                    .push(NodeId(offset(self.grown.tree.nodes.len())));
            }
            Event::DocumentEnd => {
                self.grown.root_if_missing(span);
                self.grown.last = span.end as usize;
            }
            Event::Comment(..) => self.grown.comment(span),
            Event::Anchor(id, _) => self.anchor(id, span),
            Event::Alias(id) => {
                let anchor = self.anchors.get(id).copied().unwrap_or(NONE);
                self.refuse_self_reference(anchor, span);
                self.grown
                    .push(Kind::Alias, Style::Plain, span, anchor, NONE);
            }
            Event::UnresolvedAlias(name) => {
                let anchor = self.earlier_anchor(&name, span);
                self.grown
                    .push(Kind::Alias, Style::Plain, span, anchor, NONE);
            }
            Event::Scalar(value, style, _, tag) => {
                let tag = self.tag(tag.as_deref(), &at);
                self.grown.scalar(&value, scalar_style(style), span, tag);
            }
            Event::SequenceStart(style, _, tag) => {
                let tag = self.tag(tag.as_deref(), &at);
                self.grown
                    .start(Kind::Sequence, structure_style(style), span, tag);
            }
            Event::MappingStart(style, _, tag) => {
                let tag = self.tag(tag.as_deref(), &at);
                self.grown
                    .start(Kind::Mapping, structure_style(style), span, tag);
            }
            Event::SequenceEnd | Event::MappingEnd => self.grown.end(span),
            _ => {}
        }
    }

    /// The anchor of an earlier document: go-yaml lets names live on to the end
    /// of the text, where YAML ends them with their document.
    fn earlier_anchor(&mut self, name: &str, span: Span) -> u32 {
        for (index, anchor) in self.grown.tree.anchors.iter().enumerate().skip(self.named) {
            let text = self.grown.text.get(anchor.span.range()).unwrap_or("");
            let name = text.trim_start_matches('&');
            self.anchors_by_name.insert(name, offset(index));
        }
        self.named = self.grown.tree.anchors.len();
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

    /// The anchor event follows its node, which is the last one pushed.
    fn anchor(&mut self, id: usize, span: Span) {
        let node = offset(self.grown.tree.nodes.len().saturating_sub(1));
        let index = offset(self.grown.tree.anchors.len());
        self.grown.tree.anchors.push(Anchor {
            span,
            node: NodeId(node),
        });
        if self.anchors.len() <= id {
            self.anchors.resize(id + 1, NONE);
        }
        self.anchors[id] = index;
        if let Some(node) = self.grown.tree.nodes.last_mut() {
            node.anchor = index;
        }
    }

    /// An alias inside the node that it names stands for nothing.
    fn refuse_self_reference(&mut self, anchor: u32, span: Span) {
        let Some(anchor) = self.grown.tree.anchors.get(anchor as usize) else {
            return;
        };
        if self.grown.open.iter().any(|(id, _)| *id == anchor.node.0) {
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
        self.grown.tree.tags.push(TagText { span, name });
        self.grown.last = self.grown.last.max(span.end as usize);
        offset(self.grown.tree.tags.len() - 1)
    }

    fn error(&mut self, error: &ScanError) {
        let at = error
            .marker()
            .byte_offset()
            .unwrap_or(self.grown.last)
            .min(self.grown.text.len());
        let mut nodes = self
            .grown
            .open
            .iter()
            .map(|(id, _)| self.grown.tree.nodes[*id as usize]);
        let brackets = nodes
            .clone()
            .filter(|node| node.style == Style::Flow)
            .map(|node| node.span.start as usize)
            .collect();
        let block = nodes.rfind(|node| node.style == Style::Block);
        let passed = lex::pass(self.grown.text.as_bytes(), self.grown.last, at, brackets);
        if matches!(error.kind(), ErrorKind::InvalidQuotedScalarIndent)
            && let Some(open) = passed.quote
            && self.repairs.allows(open, self.grown.text.len())
            && let Some(range) = fold::repairable(self.grown.text.as_bytes(), open)
        {
            self.repair = Some(range);
            return;
        }
        let place = Place {
            text: self.grown.text,
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
    let root = reader.grown.tree.roots(text).next();
    root.filter(|node| node.kind() == Kind::Scalar)
        .map(|node| node.text().into())
}

fn bytes(span: &granit_parser::Span) -> Span {
    let range = span.byte_range().unwrap_or(0..0);
    Span::new(offset(range.start), offset(range.end))
}

fn scalar_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal => Style::Literal,
        ScalarStyle::Folded => Style::Folded,
    }
}

fn structure_style(style: StructureStyle) -> Style {
    if matches!(style, StructureStyle::Flow) {
        Style::Flow
    } else {
        Style::Block
    }
}
