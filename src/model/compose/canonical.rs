//! Short forms to long forms, one small function per key.
//!
//! Owns the table from a service's key to the function that rewrites it, after
//! compose-go `transform/` and `override/merge.go` v2.16.2. Defaults are not
//! filled in, so that a later merge still sees what was written. Must not know
//! other services or files.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::refusal::{Class, Refusal};
use crate::source::{At, Span, offset};
use crate::yaml::{Data, Entry, Flags, Value};

type Rewrite = fn(&mut Value, &mut Vec<Refusal>);

/// The function for a service's key, if it has short forms.
fn rewrite(key: &str) -> Option<Rewrite> {
    Some(match key {
        "build" => build,
        "depends_on" => depends_on,
        "environment" | "labels" | "annotations" | "sysctls" => pairs,
        "env_file" | "label_file" => env_file,
        "networks" | "models" => names_to_map,
        "extends" => extends,
        "dns" | "dns_search" | "tmpfs" => string_to_list,
        _ => return None,
    })
}

/// Rewrites all services of one document in place.
pub(super) fn services(model: &mut Value, refusals: &mut Vec<Refusal>) {
    let Some(services) = model.get_mut("services") else {
        return;
    };
    let at = services.at;
    let kind = services.type_name();
    let Some(entries) = services.as_map_mut() else {
        refusals.push(shape(
            at,
            format!("`services` must be a mapping, not a {kind}"),
        ));
        services.data = Data::Null;
        return;
    };
    for service in entries {
        let kind = service.value.type_name();
        let absent = service.value.is_null();
        let Some(keys) = service.value.as_map_mut() else {
            if !absent {
                let message = format!("service `{}` must be a mapping, not a {kind}", service.key);
                refusals.push(shape(service.key_at, message));
            }
            service.value.data = Data::Null;
            continue;
        };
        for entry in keys {
            if let Some(rewrite) = rewrite(&entry.key) {
                rewrite(&mut entry.value, refusals);
            }
        }
    }
}

fn shape(at: At, message: String) -> Refusal {
    Refusal::new(Class::Shape, Some(at), message)
}

fn entry(key: Arc<str>, key_at: At, value: Value) -> Entry {
    Entry { key, key_at, value }
}

fn build(value: &mut Value, _: &mut Vec<Refusal>) {
    if value.as_str().is_none() {
        return;
    }
    let context = value.clone();
    value.data = Data::Map(vec![entry("context".into(), value.at, context)]);
}

fn extends(value: &mut Value, _: &mut Vec<Refusal>) {
    if value.as_str().is_none() {
        return;
    }
    let service = value.clone();
    value.data = Data::Map(vec![entry("service".into(), value.at, service)]);
}

/// A list of names becomes a map of `service_started` entries marked short.
fn depends_on(value: &mut Value, refusals: &mut Vec<Refusal>) {
    let Data::Seq(items) = &mut value.data else {
        return;
    };
    let mut entries: Vec<Entry> = items
        .drain(..)
        .filter_map(|item| dependency(item, refusals))
        .collect();
    let mut seen = HashSet::new();
    entries.retain(|entry| {
        let first = seen.insert(entry.key.clone());
        if !first {
            let message = format!("`{}` stands twice in this list", entry.key);
            refusals.push(shape(entry.key_at, message));
        }
        first
    });
    value.data = Data::Map(entries);
    value.flags = value.flags.with(Flags::SHORT);
}

fn dependency(item: Value, refusals: &mut Vec<Refusal>) -> Option<Entry> {
    let Some(name) = item.as_str().cloned() else {
        let message = format!(
            "an item of `depends_on` must be a string, not a {}",
            item.type_name()
        );
        refusals.push(shape(item.at, message));
        return None;
    };
    let flags = item.flags.with(Flags::SHORT);
    let made = |key: &str, data| entry(key.into(), item.at, Value::made(data, item.at, flags));
    let fields = vec![
        made("condition", Data::Str("service_started".into())),
        made("required", Data::Bool(true)),
    ];
    Some(entry(
        name,
        item.at,
        Value::made(Data::Map(fields), item.at, flags),
    ))
}

/// `KEY=value` items become entries. The map is marked short when it was a
/// list, because `!reset` cannot reach into one.
fn pairs(value: &mut Value, refusals: &mut Vec<Refusal>) {
    let Data::Seq(items) = &mut value.data else {
        return;
    };
    let mut entries: IndexMap<Arc<str>, Entry> = IndexMap::new();
    for item in items.drain(..) {
        let Some(text) = item.as_str().cloned() else {
            refusals.push(shape(
                item.at,
                format!("an item must be `KEY=value`, not {}", item.type_name()),
            ));
            continue;
        };
        let pair = split_pair(&item, &text);
        entries.insert(pair.key.clone(), pair);
    }
    value.data = Data::Map(entries.into_values().collect());
    value.flags = value.flags.with(Flags::SHORT);
}

/// Splits `KEY=value`; positions are exact where the text stands verbatim.
fn split_pair(item: &Value, text: &str) -> Entry {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(value)),
        None => (text, None),
    };
    let part = |from: usize, to: usize| match item.content {
        u32::MAX => (item.at, u32::MAX),
        start => {
            let span = Span::new(start + offset(from), start + offset(to));
            (At::new(item.at.file, span), span.start)
        }
    };
    let (key_at, _) = part(0, key.len());
    let (at, content) = part((key.len() + 1).min(text.len()), text.len());
    let data = value.map_or(Data::Null, |value| Data::Str(value.into()));
    let value = Value {
        at,
        data,
        flags: item.flags,
        tag: item.tag,
        content,
    };
    entry(key.into(), key_at, value)
}

fn env_file(value: &mut Value, _: &mut Vec<Refusal>) {
    let long = |item: Value| {
        if item.as_str().is_none() {
            return item;
        }
        let (at, flags) = (item.at, item.flags);
        Value::made(Data::Map(vec![entry("path".into(), at, item)]), at, flags)
    };
    match &mut value.data {
        Data::Str(_) => {
            let item = value.clone();
            value.data = Data::Seq(vec![long(item)]);
        }
        Data::Seq(items) => *items = items.drain(..).map(long).collect(),
        _ => {}
    }
}

fn names_to_map(value: &mut Value, _: &mut Vec<Refusal>) {
    let Data::Seq(items) = &value.data else {
        return;
    };
    let entries = items
        .iter()
        .filter_map(|item| {
            let null = Value::made(Data::Null, item.at, item.flags);
            Some(entry(item.as_str()?.clone(), item.at, null))
        })
        .collect();
    value.data = Data::Map(entries);
}

fn string_to_list(value: &mut Value, _: &mut Vec<Refusal>) {
    if value.as_str().is_some() {
        let item = value.clone();
        value.data = Data::Seq(vec![item]);
    }
}

/// Finishes a file that `extends` names. The schema never sees it, but its
/// keys must have long forms, and its dependencies get their condition.
pub(super) fn finish(model: &mut Value, refusals: &mut Vec<Refusal>) {
    let services = model.get_mut("services").and_then(Value::as_map_mut);
    for service in services.into_iter().flatten() {
        for key in ["build", "depends_on", "env_file", "ports"] {
            let Some(entry) = service.value.entry(key) else {
                continue;
            };
            if entry.value.as_map().is_none() && entry.value.as_seq().is_none() {
                let kind = entry.value.type_name();
                let message = format!("`{key}` cannot be {kind} in a service that is extended");
                refusals.push(Refusal::new(Class::Invalid, Some(entry.key_at), message));
            }
        }
        let edges = service.value.get_mut("depends_on");
        for edge in edges.and_then(Value::as_map_mut).into_iter().flatten() {
            default_condition(edge, refusals);
        }
    }
}

fn default_condition(edge: &mut Entry, refusals: &mut Vec<Refusal>) {
    let (at, flags) = (edge.key_at, edge.value.flags);
    if edge.value.get("condition").is_some() {
        return;
    }
    let Some(fields) = edge.value.as_map_mut() else {
        let message = format!("`depends_on.{}` must be a mapping", edge.key);
        refusals.push(Refusal::new(Class::Invalid, Some(at), message));
        return;
    };
    let word = Data::Str("service_started".into());
    fields.push(entry("condition".into(), at, Value::made(word, at, flags)));
}
