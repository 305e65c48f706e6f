//! The flat spanned tree: nodes in document order, comments beside them.
//!
//! Owns the arena and how to walk it. Must not know which parser filled it.

use crate::source::{Span, offset};

/// A node's index in its tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(pub u32);

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A scalar, the empty one included.
    Scalar,
    /// A sequence.
    Sequence,
    /// A mapping; its children are key, value, key, value …
    Mapping,
    /// An alias; `target` is its anchor's node.
    Alias,
}

/// How a node is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// No text at all: an absent value.
    Empty,
    /// A plain scalar.
    Plain,
    /// A scalar in single quotes.
    Single,
    /// A scalar in double quotes.
    Double,
    /// A `|` scalar.
    Literal,
    /// A `>` scalar.
    Folded,
    /// A collection by indentation.
    Block,
    /// A collection in brackets.
    Flow,
}

/// No index.
pub(super) const NONE: u32 = u32::MAX;

/// One node. Spans are bytes of the text that was parsed.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// The content: a quoted scalar with its quotes, a block scalar from its
    /// header to its last non-blank byte, a flow collection with its brackets,
    /// a block collection from its first to its last child's content, an
    /// alias with its `*`, an absent value as an empty span where it would be
    /// inserted (behind the `:` or `-`).
    pub span: Span,
    /// Index one past the last node of this subtree.
    pub(super) end: u32,
    /// Index into the decoded texts, or [`NONE`]: the text stands verbatim in the source.
    pub(super) decoded: u32,
    /// Index into the tags, or [`NONE`].
    pub(super) tag: u32,
    /// The anchor's index; for an alias, the index of the anchor that it names.
    pub(super) anchor: u32,
    /// What it is.
    pub kind: Kind,
    /// How it is written.
    pub style: Style,
}

/// A `#` comment; the span runs from the `#` to the end of its line's text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// From `#` up to, not including, the line break.
    pub span: Span,
    /// Whether anything but blanks stands before it on its line.
    pub trailing: bool,
}

/// A named node.
#[derive(Clone, Debug)]
pub(super) struct Anchor {
    /// `&name`.
    pub(super) span: Span,
    /// The node it names.
    pub(super) node: NodeId,
}

/// A tag as written and where.
#[derive(Clone, Debug)]
pub(super) struct TagText {
    /// `!name`.
    pub(super) span: Span,
    /// The resolved tag, for example `!reset` or `tag:yaml.org,2002:str`.
    pub(super) name: Box<str>,
}

/// Everything read from one text.
#[derive(Clone, Default, Debug)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) roots: Vec<NodeId>,
    pub(super) decoded: Vec<Box<str>>,
    pub(super) tags: Vec<TagText>,
    pub(super) anchors: Vec<Anchor>,
    pub(super) comments: Vec<Comment>,
}

impl Tree {
    /// The root node of each document; an empty document has an absent scalar.
    pub fn roots<'t>(&'t self, text: &'t str) -> impl Iterator<Item = NodeRef<'t>> {
        self.roots.iter().map(move |id| NodeRef {
            tree: self,
            text,
            id: *id,
        })
    }

    /// All comments in order.
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The node of an identity.
    pub fn node<'t>(&'t self, text: &'t str, id: NodeId) -> NodeRef<'t> {
        NodeRef {
            tree: self,
            text,
            id,
        }
    }

    /// Every node in document order.
    pub fn all<'t>(&'t self, text: &'t str) -> impl Iterator<Item = NodeRef<'t>> {
        (0..self.nodes.len()).map(move |n| NodeRef {
            tree: self,
            text,
            id: NodeId(offset(n)),
        })
    }
}

/// A node with the tree and the text it belongs to.
#[derive(Clone, Copy)]
pub struct NodeRef<'t> {
    tree: &'t Tree,
    text: &'t str,
    /// Its identity.
    pub id: NodeId,
}

impl<'t> NodeRef<'t> {
    fn node(self) -> &'t Node {
        &self.tree.nodes[self.id.0 as usize]
    }

    fn at(self, id: u32) -> Self {
        Self {
            id: NodeId(id),
            ..self
        }
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// How it is written.
    pub fn style(self) -> Style {
        self.node().style
    }

    /// Its content, see [`Node::span`].
    pub fn span(self) -> Span {
        self.node().span
    }

    /// The tag as resolved, for example `!reset`.
    pub fn tag(self) -> Option<&'t str> {
        self.tree
            .tags
            .get(self.node().tag as usize)
            .map(|tag| tag.name.as_ref())
    }

    /// Where the tag is written.
    pub fn tag_span(self) -> Option<Span> {
        self.tree
            .tags
            .get(self.node().tag as usize)
            .map(|tag| tag.span)
    }

    /// Where the node's own anchor `&name` is written.
    pub fn anchor_span(self) -> Option<Span> {
        if self.kind() == Kind::Alias {
            return None;
        }
        self.tree
            .anchors
            .get(self.node().anchor as usize)
            .map(|anchor| anchor.span)
    }

    /// The node that an alias stands for; `None` for an undefined anchor.
    pub fn target(self) -> Option<Self> {
        if self.kind() != Kind::Alias {
            return None;
        }
        let anchor = self.tree.anchors.get(self.node().anchor as usize)?;
        Some(Self {
            id: anchor.node,
            ..self
        })
    }

    /// The node, or what the alias stands for.
    pub fn resolved(self) -> Self {
        self.target().unwrap_or(self)
    }

    /// The innermost collection that holds this node; `None` for a root.
    pub fn parent(self) -> Option<Self> {
        let id = self.id.0;
        let before = self.tree.nodes.get(..id as usize)?;
        let found = before.iter().rposition(|node| node.end > id)?;
        Some(self.at(offset(found)))
    }

    /// Whether `other` stands inside this node's subtree.
    pub fn contains(self, other: Self) -> bool {
        (self.id.0..self.node().end).contains(&other.id.0)
    }

    /// A scalar's text with escapes and folding undone; empty for others.
    pub fn text(self) -> &'t str {
        let node = self.node();
        if node.kind != Kind::Scalar {
            return "";
        }
        if let Some(text) = self.tree.decoded.get(node.decoded as usize) {
            return text;
        }
        self.text.get(self.inner().range()).unwrap_or("")
    }

    /// Where the text stands verbatim in the source, quotes left out; `None`
    /// when escapes or folding change it.
    pub fn verbatim(self) -> Option<Span> {
        let node = self.node();
        (node.kind == Kind::Scalar && node.decoded == NONE).then(|| self.inner())
    }

    fn inner(self) -> Span {
        let node = self.node();
        match node.style {
            Style::Single | Style::Double => Span::new(
                node.span.start + 1,
                node.span.end.saturating_sub(1).max(node.span.start + 1),
            ),
            _ => node.span,
        }
    }

    /// Direct children: items, or keys and values in turn.
    pub fn children(self) -> Children<'t> {
        let node = self.node();
        let (next, end) = match node.kind {
            Kind::Sequence | Kind::Mapping => (self.id.0 + 1, node.end),
            Kind::Scalar | Kind::Alias => (0, 0),
        };
        Children {
            of: self,
            next,
            end,
        }
    }

    /// Items of a sequence; nothing for other kinds.
    pub fn items(self) -> Children<'t> {
        let mut children = self.children();
        if self.kind() != Kind::Sequence {
            children.next = children.end;
        }
        children
    }

    /// Key and value pairs of a mapping in order; nothing for other kinds.
    pub fn entries(self) -> impl Iterator<Item = (Self, Self)> {
        let mut children = self.children();
        if self.kind() != Kind::Mapping {
            children.next = children.end;
        }
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// The value under `key` in a mapping; the last one if it is there twice.
    pub fn get(self, key: &str) -> Option<Self> {
        self.entries()
            .filter(|(name, _)| name.text() == key)
            .last()
            .map(|(_, value)| value)
    }
}

/// Iterates over the direct children of a node.
pub struct Children<'t> {
    of: NodeRef<'t>,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = NodeRef<'t>;

    fn next(&mut self) -> Option<NodeRef<'t>> {
        if self.next >= self.end {
            return None;
        }
        let child = self.of.at(self.next);
        self.next = child.node().end;
        Some(child)
    }
}
