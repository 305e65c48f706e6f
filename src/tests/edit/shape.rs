//! A tree without places: what has to be equal but for the change.

use crate::yaml::edit::Plain;
use crate::yaml::scalar::{Scalar, resolve};
use crate::yaml::{Kind, NodeRef, Style, Tree};

/// A node without its place and style.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Shape {
    pub(super) tag: Option<String>,
    pub(super) anchor: Option<String>,
    pub(super) data: Data,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub(super) enum Data {
    #[default]
    Null,
    Scalar(String),
    Alias(String),
    Seq(Vec<Shape>),
    /// Keys and values in turn, so that children count as in the tree.
    Map(Vec<Shape>),
}

impl From<Data> for Shape {
    fn from(data: Data) -> Self {
        Self {
            data,
            ..Self::default()
        }
    }
}

impl Data {
    pub(super) fn scalar(scalar: &Scalar<'_>) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            other => Self::Scalar(format!("{other:?}")),
        }
    }

    pub(super) fn text(text: &str) -> Self {
        Self::scalar(&Scalar::Str(text))
    }

    pub(super) fn plain(value: &Plain) -> Self {
        match value {
            Plain::Null => Self::Null,
            Plain::Bool(value) => Self::scalar(&Scalar::Bool(*value)),
            Plain::Int(value) => Self::scalar(&Scalar::Int(*value)),
            Plain::Str(text) => Self::text(text),
            Plain::Seq(items, _) => {
                Self::Seq(items.iter().map(|item| Self::plain(item).into()).collect())
            }
            Plain::Map(entries, _) => Self::Map(
                entries
                    .iter()
                    .flat_map(|(key, value)| [Self::text(key).into(), Self::plain(value).into()])
                    .collect(),
            ),
        }
    }

    pub(super) fn children(&mut self) -> &mut Vec<Shape> {
        if *self == Self::Null {
            *self = Self::Map(Vec::new());
        }
        match self {
            Self::Seq(children) | Self::Map(children) => children,
            other => panic!("{other:?} has no children"),
        }
    }
}

pub(super) fn shape(text: &str, node: NodeRef<'_>) -> Shape {
    let slice = |span: crate::source::Span| text[span.range()].to_owned();
    let children = || node.children().map(|child| shape(text, child)).collect();
    Shape {
        tag: node.tag().map(str::to_owned),
        anchor: node.anchor_span().map(slice),
        data: match node.kind() {
            Kind::Alias => Data::Alias(slice(node.span())),
            Kind::Sequence => Data::Seq(children()),
            Kind::Mapping => Data::Map(children()),
            // An absent value under a tag of its own is text, `~` is not.
            Kind::Scalar if node.style() == Style::Empty && node.tag().is_none() => Data::Null,
            Kind::Scalar => Data::scalar(&resolve(node.text(), node.style(), node.tag())),
        },
    }
}

pub(super) fn shapes(text: &str, tree: &Tree) -> Vec<Shape> {
    tree.roots(text).map(|root| shape(text, root)).collect()
}

/// The document, and child by child the way to a node.
pub(super) fn path(text: &str, tree: &Tree, node: NodeRef<'_>) -> Vec<usize> {
    let mut path = Vec::new();
    let mut inner = node;
    while let Some(outer) = inner.parent() {
        path.extend(outer.children().position(|child| child.id == inner.id));
        inner = outer;
    }
    path.extend(tree.roots(text).position(|root| root.id == inner.id));
    path.reverse();
    path
}

pub(super) fn at<'s>(shapes: &'s mut [Shape], path: &[usize]) -> &'s mut Shape {
    let mut found = &mut shapes[path[0]];
    for step in &path[1..] {
        found = &mut found.data.children()[*step];
    }
    found
}
