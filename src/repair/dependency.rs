//! Entries of `depends_on`: stronger, longer, gone.
//!
//! Owns the passage between the short list, the long map and the keys that
//! imply an edge. Must not judge which edge deserves what.

use super::node::{Place, entry_of, place, services};
use crate::finding::Fix;
use crate::model::workload::{Condition, Dependency, Why, Workload};
use crate::source::FileId;
use crate::view::View;
use crate::yaml::edit::{Change, Op, Plain};
use crate::yaml::{Kind, NodeRef};

type Changes = Result<Vec<(FileId, Change)>, String>;

/// Adds what makes an edge wait for a condition.
///
/// # Errors
/// As [`complete_entry`].
pub fn set_condition(
    fix: Fix,
    view: &View,
    edge: (&Workload, &Dependency),
    condition: Condition,
) -> Result<Fix, String> {
    let fields = [("condition", Plain::text(condition.as_str()))];
    complete_entry(fix, view, edge, &fields)
}

/// Adds what sets `restart` or `required` of an edge.
///
/// # Errors
/// As [`complete_entry`].
pub fn set_flag(
    fix: Fix,
    view: &View,
    edge: (&Workload, &Dependency),
    (key, on): (&str, bool),
) -> Result<Fix, String> {
    complete_entry(fix, view, edge, &[(key, Plain::Bool(on))])
}

/// Adds what gives an edge these fields: in the long form they are set, a
/// short list becomes the long form, an implied edge gets an entry.
///
/// # Errors
/// The fact that stands in the way.
pub fn complete_entry(
    mut fix: Fix,
    view: &View,
    (waiter, edge): (&Workload, &Dependency),
    fields: &[(&str, Plain)],
) -> Result<Fix, String> {
    let changes = match edge.why {
        Why::Long => long(view, edge, fields),
        Why::Short => short(view, edge, fields),
        _ => implied(view, waiter, edge, fields),
    }?;
    fix.changes.extend(changes);
    Ok(fix)
}

/// Adds entries, each with a gate on health, for names that have none.
///
/// # Errors
/// The fact that stands in the way.
pub fn add_gates(
    mut fix: Fix,
    view: &View,
    waiter: &Workload,
    names: &[&str],
) -> Result<Fix, String> {
    let Some(first) = names.first() else {
        return Ok(fix);
    };
    let gate = || fields_with(&[("condition", Plain::text(Condition::Healthy.as_str()))]);
    let services = services(view, waiter);
    let written = services.iter().find_map(|it| {
        let value = it.node.get("depends_on")?;
        Some(it.to(value.resolved()))
    });
    match written {
        Some(map) if map.node.kind() == Kind::Mapping => {
            let inserts = names.iter().map(|name| Op::Insert {
                key: (*name).to_owned(),
                value: gate(),
                after: None,
            });
            fix.changes.extend(inserts.map(|op| map.change(op)));
        }
        Some(_) => {
            return Err(format!(
                "`depends_on` is a list that does not name `{first}`"
            ));
        }
        None => {
            let service = services.first().ok_or_else(scattered)?;
            let entries = names.iter().map(|name| ((*name).to_owned(), gate()));
            fix.changes.push(service.change(Op::Insert {
                key: "depends_on".to_owned(),
                value: Plain::map(entries),
                after: None,
            }));
        }
    }
    Ok(fix)
}

/// Adds what takes an entry out of `depends_on`.
///
/// # Errors
/// The fact that stands in the way.
pub fn drop_dependency(mut fix: Fix, view: &View, edge: &Dependency) -> Result<Fix, String> {
    let change = match edge.why {
        Why::Short => {
            let (list, at) = item(view, edge)?;
            match list.node.items().count() {
                1 => whole(list)?,
                _ => list.change(Op::Remove(at)),
            }
        }
        Why::Long => {
            let (outer, _) = entry_of(view, edge.name.at).ok_or_else(scattered)?;
            match outer.node.entries().count() {
                1 => whole(outer)?,
                _ => outer.change(Op::Delete(edge.name.value.to_string())),
            }
        }
        _ => return Err(format!("the dependency comes from `{}`", edge.why.as_str())),
    };
    fix.changes.push(change);
    Ok(fix)
}

/// Whether comments stand directly above an entry, beside it or in it.
pub fn has_comments(view: &View, edge: &Dependency) -> bool {
    let at = edge.name.at;
    let Some(tree) = view.resolved.trees.get(&at.file) else {
        return false;
    };
    let source = view.resolved.sources.get(at.file);
    let end = entry_of(view, at).map_or(at.span.end, |(_, value)| value.node.span().end);
    let last = source.line_of(end.max(at.span.end));
    let mut first = source.line_of(at.span.start);
    while first > 0 && source.line(first - 1).trim_start().starts_with('#') {
        first -= 1;
    }
    let mut lines = tree
        .comments()
        .iter()
        .map(|it| source.line_of(it.span.start));
    lines.any(|line| first <= line && line <= last)
}

/// The `depends_on` key goes with its last entry.
fn whole(value: Place<'_>) -> Result<(FileId, Change), String> {
    let key = value.key().ok_or_else(scattered)?;
    let outer = value.parent().ok_or_else(scattered)?;
    Ok(outer.change(Op::Delete(key.text().to_owned())))
}

fn scattered() -> String {
    "the entry is not written as one piece".to_owned()
}

/// The list of a short form, and the number of an edge's item.
fn item<'v>(view: &'v View, edge: &Dependency) -> Result<(Place<'v>, usize), String> {
    let item = place(view, edge.name.at, Kind::Scalar).ok_or_else(scattered)?;
    let list = item.parent().ok_or_else(scattered)?;
    if list.node.kind() != Kind::Sequence {
        return Err(scattered());
    }
    let at = list.node.items().position(|it| it.id == item.node.id);
    Ok((list, at.ok_or_else(scattered)?))
}

/// The fields of an entry in long form, in the order in which people write them.
fn fields_with(fields: &[(&str, Plain)]) -> Plain {
    let started = Plain::text(Condition::Started.as_str());
    let given = |key: &str| fields.iter().find(|it| it.0 == key).map(|it| it.1.clone());
    let condition = given("condition").unwrap_or(started);
    let mut entries = vec![("condition".to_owned(), condition)];
    let rest = fields.iter().filter(|it| it.0 != "condition");
    entries.extend(rest.map(|(key, value)| ((*key).to_owned(), value.clone())));
    Plain::map(entries)
}

fn short(view: &View, edge: &Dependency, fields: &[(&str, Plain)]) -> Changes {
    let (list, at) = item(view, edge)?;
    let mut values = Vec::new();
    for (n, item) in list.node.items().enumerate() {
        if item.text().contains('$') {
            return Err("a name in the list comes from a variable, and keys take none".to_owned());
        }
        values.push(fields_with(if n == at { fields } else { &[] }));
    }
    Ok(vec![list.change(Op::ToMapping(values))])
}

fn long(view: &View, edge: &Dependency, fields: &[(&str, Plain)]) -> Changes {
    let (_, value) = entry_of(view, edge.name.at).ok_or_else(scattered)?;
    let inner = value.to(value.node.resolved());
    let mut changes = Vec::new();
    for (key, new) in fields {
        let Some(old) = field(view, edge, inner, key) else {
            let (key, value) = ((*key).to_owned(), new.clone());
            let after = None;
            changes.push(inner.change(Op::Insert { key, value, after }));
            continue;
        };
        if old.node.text().contains('$') {
            return Err(format!("`{key}` comes from a variable"));
        }
        changes.push(match new {
            Plain::Str(text) => old.change(Op::Scalar(text.clone())),
            other => old.change(Op::Value(other.clone())),
        });
    }
    Ok(changes)
}

/// The value of a field where it is written: in the entry, or in the anchor
/// that the entry merges.
fn field<'v>(view: &'v View, edge: &Dependency, inner: Place<'v>, key: &str) -> Option<Place<'v>> {
    if let Some(found) = inner.node.get(key) {
        return Some(inner.to(found.resolved()));
    }
    let at = match key {
        "condition" => edge.condition.at,
        "restart" => edge.restart.at,
        "required" => edge.required.at,
        _ => return None,
    };
    let elsewhere = at != edge.name.at;
    elsewhere.then(|| place(view, at, Kind::Scalar)).flatten()
}

/// An edge that another key implies gets an entry of its own.
fn implied(view: &View, waiter: &Workload, edge: &Dependency, fields: &[(&str, Plain)]) -> Changes {
    let key = edge.why.as_str();
    let by = |node: NodeRef<'_>| node.get(key).is_some_and(|it| covers(it, edge));
    let service = services(view, waiter)
        .into_iter()
        .find(|it| by(it.node))
        .ok_or_else(|| format!("`{key}` is not written in the service itself"))?;
    let name = edge.name.value.to_string();
    let Some(existing) = service.node.get("depends_on") else {
        let value = Plain::map([(name, fields_with(fields))]);
        return Ok(vec![service.change(Op::Insert {
            key: "depends_on".to_owned(),
            value,
            after: Some(key.to_owned()),
        })]);
    };
    let existing = service.to(existing.resolved());
    if existing.node.kind() != Kind::Mapping {
        return Err("`depends_on` is a list that does not name it".to_owned());
    }
    Ok(vec![existing.change(Op::Insert {
        key: name,
        value: fields_with(fields),
        after: None,
    })])
}

/// The key other than `depends_on` through which a service needs another.
pub fn implied_by(view: &View, waiter: &Workload, name: &str) -> Option<&'static str> {
    const KEYS: [&str; 7] = [
        "links",
        "volumes_from",
        "network_mode",
        "ipc",
        "pid",
        "uts",
        "cgroup",
    ];
    let names = |text: &str| {
        let text = text.strip_prefix("service:").unwrap_or(text);
        text.split(':').next() == Some(name)
    };
    let services = services(view, waiter);
    KEYS.into_iter().find(|key| {
        let values = services.iter().filter_map(|it| it.node.get(key));
        let mut texts = values.flat_map(|it| {
            let it = it.resolved();
            it.items().chain([it]).collect::<Vec<_>>()
        });
        texts.any(|it| it.kind() == Kind::Scalar && names(it.text()))
    })
}

/// Whether a node holds the place of an edge's name.
fn covers(node: NodeRef<'_>, edge: &Dependency) -> bool {
    let (outer, inner) = (node.span(), edge.name.at.span);
    outer.start <= inner.start && inner.end <= outer.end
}

/// Adds what makes a workload that has no edge to `name` wait for it. A short
/// list keeps its form: it waits for the start, whatever the condition.
///
/// # Errors
/// The fact that stands in the way.
pub fn add_dependency(
    mut fix: Fix,
    view: &View,
    waiter: &Workload,
    name: &str,
    condition: Condition,
) -> Result<Fix, String> {
    let all = services(view, waiter);
    let written = |it: &&Place<'_>| it.node.get("depends_on").is_some();
    let service = all.iter().find(written).or(all.first());
    let service = service.ok_or("the service is not written as one mapping")?;
    let fields = [("condition", Plain::text(condition.as_str()))];
    let Some(existing) = service.node.get("depends_on") else {
        let value = Plain::map([(name.to_owned(), fields_with(&fields))]);
        fix.changes.push(service.change(Op::Insert {
            key: "depends_on".to_owned(),
            value,
            after: None,
        }));
        return Ok(fix);
    };
    let existing = service.to(existing.resolved());
    fix.changes.push(match existing.node.kind() {
        Kind::Sequence => existing.change(Op::Append(Plain::text(name))),
        _ => existing.change(Op::Insert {
            key: name.to_owned(),
            value: fields_with(&fields),
            after: None,
        }),
    });
    Ok(fix)
}
