//! A tree without places: what has to be equal but for a change.
//!
//! Owns the comparison of what two texts say, and what a change means to it.
//! Must not know how a change is written.

use super::edit::{Change, Op, Plain, Relocation};
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
            Plain::Alias(name) => Self::Alias(format!("*{name}")),
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

/// Whether two lists of nodes differ at most in texts, and in items of lists
/// that the second lacks.
pub(crate) fn differ_in_texts(before: &[Shape], after: &[Shape]) -> bool {
    let same = |a: &Shape, b: &Shape| {
        let alike = a.tag == b.tag && a.anchor == b.anchor;
        alike
            && match (&a.data, &b.data) {
                (Data::Scalar(_), Data::Scalar(_)) => true,
                (Data::Map(a), Data::Map(b)) => a.len() == b.len() && differ_in_texts(a, b),
                (Data::Seq(a), Data::Seq(b)) => differ_in_texts(a, b),
                (a, b) => a == b,
            }
    };
    let mut left = before.iter();
    after.iter().all(|it| left.any(|old| same(old, it)))
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
        if matches!(change.op, Op::DropComment | Op::CutComment(_)) {
            continue;
        }
        let node = change.find(text, tree)?;
        steps.push((path(text, tree, node), node, *change));
    }
    // What stands behind goes first, so that places before it keep their number.
    // The sort keeps the order of what comes to the end of one node.
    steps.sort_by(|a, b| (&b.0, rank(b.1, &b.2.op)).cmp(&(&a.0, rank(a.1, &a.2.op))));
    for (path, node, change) in &steps {
        if !matches!(change.op, Op::Part(..)) {
            mean(at(&mut after, path), *node, &change.op);
            continue;
        }
        // All parts of one text are meant together.
        let parts = steps.iter().filter(|it| it.0 == *path);
        let mut parts: Vec<_> = parts.map(|it| &it.2.op).collect();
        parts.sort_by_key(|op| match op {
            Op::Part(part, _) => std::cmp::Reverse(part.start),
            _ => std::cmp::Reverse(0),
        });
        let mut new = node.text().to_owned();
        for op in parts {
            let Op::Part(part, text) = op else {
                return None;
            };
            new.get(part.clone())?;
            new.replace_range(part.clone(), text);
        }
        at(&mut after, path).data = written(*node, &new);
    }
    Some(after)
}

/// Where in its node an operation acts, among the children as they were.
fn rank(node: NodeRef<'_>, op: &Op) -> usize {
    let place = |name: &str| node.entries().position(|(key, _)| key.text() == name);
    match op {
        Op::Remove(at) => *at,
        Op::RemoveRun(range) => range.start,
        Op::Delete(key) => place(key).unwrap_or(0),
        Op::Insert {
            after: Some(key), ..
        } => place(key).unwrap_or(0),
        Op::Lead { .. } => 0,
        _ => usize::MAX,
    }
}

/// What one operation does to one node.
fn mean(shape: &mut Shape, node: NodeRef<'_>, op: &Op) {
    match op {
        Op::Scalar(new) => shape.data = written(node, new),
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
        Op::Lead { key, value } => {
            let pair = [Data::text(key).into(), Data::plain(value).into()];
            shape.data.children().splice(0..0, pair);
        }
        Op::Delete(key) => {
            let found = node.entries().position(|(name, _)| name.text() == key);
            if let Some(at) = found {
                drop(shape.data.children().drain(at * 2..at * 2 + 2));
            }
        }
        Op::Remove(at) => drop(shape.data.children().remove(*at)),
        Op::Words(at, words) => {
            let new = words.iter().map(|it| Data::text(it).into());
            let new: Vec<Shape> = new.collect();
            drop(shape.data.children().splice(*at..*at, new));
        }
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
        Op::Relocate(it) => relocated(shape, node, it),
        Op::RemoveRun(range) => drop(shape.data.children().drain(range.clone())),
        // Parts are put together by the caller.
        Op::DropComment | Op::CutComment(_) | Op::Part(..) => {}
    }
}

/// An item leaves one list and comes to the end of another, with its new entries.
fn relocated(shape: &mut Shape, node: NodeRef<'_>, it: &Relocation) {
    let place = |name: &str| node.entries().position(|(key, _)| key.text() == name);
    let Some(from) = place(&it.from) else { return };
    let source = shape.data.children()[from * 2 + 1].data.children();
    let mut item = source.remove(it.item);
    let written = node
        .get(&it.from)
        .and_then(|list| list.items().nth(it.item));
    let mut keys: Vec<&str> = written
        .into_iter()
        .flat_map(|it| it.entries())
        .map(|(key, _)| key.text())
        .collect();
    for (key, value, after) in &it.gets {
        let behind = after
            .as_ref()
            .and_then(|it| keys.iter().position(|key| key == &it.as_str()));
        let at = behind.map_or(keys.len(), |it| it + 1);
        let pair = [Data::text(key).into(), Data::plain(value).into()];
        drop(item.data.children().splice(at * 2..at * 2, pair));
        keys.insert(at, key.as_str());
    }
    match place(&it.to) {
        Some(to) => shape.data.children()[to * 2 + 1].data.children().push(item),
        None => {
            let pair = [Data::text(&it.to).into(), Data::Seq(vec![item]).into()];
            drop(shape.data.children().splice(from * 2..from * 2, pair));
        }
    }
}

/// What a scalar reads as once its text is another: an unquoted one keeps its
/// type where the text allows, everything else is text.
pub(crate) fn written(node: NodeRef<'_>, new: &str) -> Data {
    let of = |text| resolve(text, Style::Plain, node.tag());
    let is = of(new);
    let same = node.style() == Style::Plain && is.is_like(&of(node.text()));
    let scalar = if same { is } else { Scalar::Str(new) };
    Data::scalar(&scalar)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

    use super::*;
    use crate::yaml;

    #[test]
    fn parts_of_one_text_are_meant_together() {
        let text = "k: one two three\n";
        let (tree, _) = yaml::parse(text);
        let root = tree.roots(text).next().unwrap();
        let span = root.get("k").unwrap().span();
        let change = |part, new: &str| Change {
            span,
            op: Op::Part(part, new.to_owned()),
        };
        let (first, last) = (change(0..3, "1"), change(8..13, "3!"));
        let after = "k: 1 two 3!\n";
        let want = shapes(after, &yaml::parse(after).0);
        assert_eq!(intended(text, &tree, &[&first, &last]), Some(want));
    }
}
