//! What a local mapping hides of a merged one comes back.
//!
//! Owns the choice between a merge key of its own and copies. Must not judge
//! whether the hiding was meant.

use super::node::{Place, entry_of};
use crate::finding::Fix;
use crate::model::workload::{Condition, Text};
use crate::source::At;
use crate::view::View;
use crate::yaml::edit::{Op, Plain};
use crate::yaml::scalar::{Scalar, resolve};
use crate::yaml::{Kind, NodeRef, Style};

/// Adds what brings keys of a hidden mapping back beside a local one; both are
/// given by their keys.
///
/// # Errors
/// The fact that stands in the way.
pub fn give_back(
    mut fix: Fix,
    view: &View,
    (local, hidden): (At, At),
    lost: &[&Text],
) -> Result<Fix, String> {
    let split = || "it is not written as one piece".to_owned();
    let (_, local) = entry_of(view, local).ok_or_else(split)?;
    let (_, hidden) = entry_of(view, hidden).ok_or_else(split)?;
    let from = hidden.node.resolved();
    let own = local.node;
    if own.get("<<").is_some() {
        return Err("it merges another mapping already".to_owned());
    }
    if lost.iter().any(|it| it.as_ref() == "disable") {
        return Err("what is hidden is switched off".to_owned());
    }
    match (own.kind(), from.kind()) {
        (Kind::Mapping, Kind::Mapping) => {
            if let Some(name) = anchor(view, hidden, local, lost) {
                let (key, value) = ("<<".to_owned(), Plain::Alias(name));
                fix.changes.push(local.change(Op::Lead { key, value }));
                return Ok(fix);
            }
            for name in lost {
                let found = from.get(name).ok_or_else(split)?;
                let value = copy(found).ok_or_else(|| {
                    format!("`{name}` of the hidden mapping is not a plain value to copy")
                })?;
                insert(&mut fix, local, name, value);
            }
        }
        (Kind::Mapping, Kind::Sequence) => {
            for name in lost {
                let started = Plain::text(Condition::Started.as_str());
                insert(&mut fix, local, name, Plain::map([("condition", started)]));
            }
        }
        (Kind::Sequence, Kind::Sequence) => {
            let items = lost.iter().map(|it| Plain::text(it.as_ref()));
            let changes = items.map(|it| local.change(Op::Append(it)));
            fix.changes.extend(changes);
        }
        _ => return Err("one of the two is a list, the other a mapping".to_owned()),
    }
    Ok(fix)
}

fn insert(fix: &mut Fix, home: Place<'_>, name: &Text, value: Plain) {
    fix.changes.push(home.change(Op::Insert {
        key: name.to_string(),
        value,
        after: None,
    }));
}

/// The anchor of the hidden mapping, where merging it brings back what is lost
/// and no more: it has to stand before, in the same document.
fn anchor(view: &View, hidden: Place<'_>, local: Place<'_>, lost: &[&Text]) -> Option<String> {
    let from = hidden.node.resolved();
    let at = from.anchor_span()?;
    let text = view.resolved.sources.get(hidden.file).text();
    let name = &text[at.range()].trim_start_matches('&');
    let comes_back = |key: &str| local.node.get(key).is_none();
    let keys: Vec<_> = from.entries().map(|(key, _)| key.text()).collect();
    let mut coming = keys.iter().filter(|key| comes_back(key));
    let exact = coming.all(|key| lost.iter().any(|it| it.as_ref() == *key));
    let start = local.node.span().start;
    if hidden.file != local.file || root(from).id != root(local.node).id || !exact {
        return None;
    }
    // The name may be given again further down.
    let tree = view.resolved.trees.get(&hidden.file)?;
    let anchors = tree.all(text).filter_map(NodeRef::anchor_span);
    let same = anchors.filter(|it| text[it.range()].trim_start_matches('&') == *name);
    let last = same
        .filter(|it| it.start < start)
        .max_by_key(|it| it.start)?;
    (last == at).then(|| (*name).to_owned())
}

fn root(node: NodeRef<'_>) -> NodeRef<'_> {
    let mut inner = node;
    while let Some(outer) = inner.parent() {
        inner = outer;
    }
    inner
}

/// A value that reads the same elsewhere; `None` where anchors, aliases or tags
/// are in it.
fn copy(node: NodeRef<'_>) -> Option<Plain> {
    if node.anchor_span().is_some() || node.tag_span().is_some() {
        return None;
    }
    match node.kind() {
        Kind::Alias => None,
        Kind::Scalar => scalar(node),
        Kind::Sequence => {
            let items: Option<Vec<_>> = node.items().map(copy).collect();
            Some(Plain::Seq(items?, layout(node)))
        }
        Kind::Mapping => {
            let mut entries = Vec::new();
            for (key, value) in node.entries().filter(|(key, _)| key.text() != "<<") {
                entries.push((key.text().to_owned(), copy(value)?));
            }
            let all = node.entries().count() == entries.len();
            all.then(|| Plain::Map(entries, layout(node)))
        }
    }
}

fn layout(node: NodeRef<'_>) -> crate::yaml::edit::Layout {
    use crate::yaml::edit::Layout;
    match node.style() {
        Style::Flow => Layout::Flow,
        _ => Layout::Block,
    }
}

fn scalar(node: NodeRef<'_>) -> Option<Plain> {
    if matches!(node.style(), Style::Literal | Style::Folded) {
        return None;
    }
    match resolve(node.text(), node.style(), node.tag()) {
        Scalar::Null => Some(Plain::Null),
        Scalar::Bool(it) => Some(Plain::Bool(it)),
        Scalar::Str(_) => Some(Plain::text(node.text())),
        Scalar::Int(_) => node.text().parse().ok().map(Plain::Int),
        Scalar::Float(_) => None,
    }
}
