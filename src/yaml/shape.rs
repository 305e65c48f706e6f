//! A tree without places: what has to be equal but for a change.
//!
//! Owns the comparison of what two texts say, and what a change means to it.
//! Must not know how a change is written.

use super::edit::{Change, Op, Plain};
use super::scalar::{Scalar, resolve};
use super::{Kind, NodeRef, Style, Tree};

/// A node without its place and style.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Shape {
    pub(crate) tag: Option<String>,
    pub(crate) anchor: Option<String>,
    pub(crate) data: Data,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) enum Data {
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
    pub(crate) fn scalar(scalar: &Scalar<'_>) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            other => Self::Scalar(format!("{other:?}")),
        }
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::scalar(&Scalar::Str(text))
    }

    pub(crate) fn plain(value: &Plain) -> Self {
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

    /// What the node holds; nothing becomes an empty mapping, and what cannot
    /// hold anything becomes one too, which then differs from what was written.
    pub(crate) fn children(&mut self) -> &mut Vec<Shape> {
        if !matches!(self, Self::Seq(_) | Self::Map(_)) {
            *self = Self::Map(Vec::new());
        }
        match self {
            Self::Seq(children) | Self::Map(children) => children,
            _ => unreachable!("made a mapping above"),
        }
    }
}

pub(crate) fn shape(text: &str, node: NodeRef<'_>) -> Shape {
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

pub(crate) fn shapes(text: &str, tree: &Tree) -> Vec<Shape> {
    tree.roots(text).map(|root| shape(text, root)).collect()
}

/// The document, and child by child the way to a node.
pub(crate) fn path(text: &str, tree: &Tree, node: NodeRef<'_>) -> Vec<usize> {
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

pub(crate) fn at<'s>(shapes: &'s mut [Shape], path: &[usize]) -> &'s mut Shape {
    let mut found = &mut shapes[path[0]];
    for step in &path[1..] {
        found = &mut found.data.children()[*step];
    }
    found
}

/// The documents of a text as a set of changes to it means them to be; `None`
/// where a change does not fit the tree.
pub(crate) fn intended(text: &str, tree: &Tree, changes: &[&Change]) -> Option<Vec<Shape>> {
    let mut after = shapes(text, tree);
    let mut steps = Vec::new();
    for change in changes {
        if change.op == Op::DropComment {
            continue;
        }
        let node = change.find(text, tree)?;
        steps.push((path(text, tree, node), node, *change));
    }
    // What stands behind goes first, so that places before it keep their number.
    steps.sort_by(|a, b| b.0.cmp(&a.0));
    for (path, node, change) in steps {
        mean(at(&mut after, &path), node, &change.op);
    }
    Some(after)
}

/// What one operation does to one node.
fn mean(shape: &mut Shape, node: NodeRef<'_>, op: &Op) {
    match op {
        Op::Scalar(new) => shape.data = written(node, new),
        Op::Part(part, new) => {
            let old = node.text();
            let head = old.get(..part.start).unwrap_or("");
            let tail = old.get(part.end..).unwrap_or("");
            shape.data = written(node, &format!("{head}{new}{tail}"));
        }
        Op::Value(value) => shape.data = Data::plain(value),
        Op::Insert { key, value, after } => {
            let pair = [Data::text(key).into(), Data::plain(value).into()];
            let keys = node.entries().map(|(key, _)| key.text());
            let behind = after
                .as_ref()
                .and_then(|name| keys.into_iter().position(|it| it == name));
            let children = shape.data.children();
            let place = behind.map_or(children.len(), |at| (at + 1) * 2);
            children.splice(place..place, pair);
        }
        Op::Delete(key) => {
            let found = node.entries().position(|(name, _)| name.text() == key);
            if let Some(at) = found {
                drop(shape.data.children().drain(at * 2..at * 2 + 2));
            }
        }
        Op::Remove(at) => drop(shape.data.children().remove(*at)),
        Op::Append(value) => {
            if shape.data == Data::Null {
                shape.data = Data::Seq(Vec::new());
            }
            shape.data.children().push(Data::plain(value).into());
        }
        Op::ToMapping(values) => {
            let pairs = node.items().zip(values);
            let pairs = pairs.flat_map(|(item, value)| {
                [Data::text(item.text()).into(), Data::plain(value).into()]
            });
            shape.data = Data::Map(pairs.collect());
        }
        Op::DropComment => {}
    }
}

/// What a scalar reads as once its text is another: an unquoted one keeps its
/// type where the text allows, everything else is text.
pub(crate) fn written(node: NodeRef<'_>, new: &str) -> Data {
    let of = |text| kind(&resolve(text, Style::Plain, node.tag()));
    let same = node.style() == Style::Plain && of(new) == of(node.text());
    let scalar = if same {
        resolve(new, Style::Plain, node.tag())
    } else {
        Scalar::Str(new)
    };
    Data::scalar(&scalar)
}

fn kind(scalar: &Scalar<'_>) -> u8 {
    match scalar {
        Scalar::Null => 0,
        Scalar::Bool(_) => 1,
        Scalar::Int(_) => 2,
        Scalar::Float(_) => 3,
        Scalar::Str(_) => 4,
    }
}
