//! `depends_on` and the keys that imply it.
//!
//! Owns the table of implicit edges, after compose-go `loader/normalize.go`
//! v2.16.2: an explicit entry for the same service wins. Must not know whether
//! the other service exists.

use super::refusal::{Class, Refusal};
use super::{cast, merge};
use crate::model::workload::{Condition, Dependency, Why};
use crate::source::{At, Span, Spanned, offset};
use crate::yaml::{Entry, Flags, Value};

/// All edges of a service, explicit ones first, sorted by name.
pub(super) fn read(service: &Value, refusals: &mut Vec<Refusal>) -> Vec<Dependency> {
    let mut edges = Vec::new();
    let explicit = service.get("depends_on");
    for entry in explicit.and_then(Value::as_map).into_iter().flatten() {
        edges.push(one(entry, refusals));
    }
    for link in items(service, "links") {
        let name = link.as_str().map_or("", |text| before_colon(text));
        imply(&mut edges, link, name, 0, Why::Link);
    }
    for (key, why) in [
        ("network_mode", Why::Network),
        ("ipc", Why::Ipc),
        ("pid", Why::Pid),
        ("uts", Why::Uts),
        ("cgroup", Why::Cgroup),
    ] {
        let Some(value) = service.get(key) else {
            continue;
        };
        let Some(name) = value
            .as_str()
            .and_then(|text| text.strip_prefix("service:"))
        else {
            continue;
        };
        imply(&mut edges, value, name, "service:".len(), why);
    }
    for volume in items(service, "volumes_from") {
        let Some(text) = volume
            .as_str()
            .filter(|text| !text.starts_with("container:"))
        else {
            continue;
        };
        imply(
            &mut edges,
            volume,
            text.split(':').next().unwrap_or(""),
            0,
            Why::VolumesFrom,
        );
    }
    edges.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    edges
}

fn items<'v>(service: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    service
        .get(key)
        .and_then(Value::as_seq)
        .into_iter()
        .flatten()
}

/// `svc:alias` names `svc`; with more colons the loader keeps the whole text.
fn before_colon(text: &str) -> &str {
    match text.split_once(':') {
        Some((name, alias)) if !alias.contains(':') => name,
        _ => text,
    }
}

fn one(entry: &Entry, refusals: &mut Vec<Refusal>) -> Dependency {
    let value = &entry.value;
    let short = value.flags.has(Flags::SHORT);
    let condition = match value.get("condition") {
        None => Spanned::new(Condition::Started, entry.key_at),
        Some(word) => {
            let known = word.as_str().and_then(|text| merge::condition(text));
            if known.is_none() && !word.flags.has(Flags::UNKNOWN) {
                let text = word.to_text().unwrap_or_else(|| word.type_name().into());
                let message = format!(
                    "`{text}` is no condition: it must be `service_started`, `service_healthy` or \
                     `service_completed_successfully`"
                );
                refusals.push(Refusal::new(Class::Shape, Some(word.at), message));
            }
            Spanned::new(
                known.unwrap_or(Condition::Started),
                if short { entry.key_at } else { word.at },
            )
        }
    };
    let flag = |key: &str, default: bool| match value.get(key) {
        None => Spanned::new(default, entry.key_at),
        Some(field) => {
            let on = field
                .to_text()
                .and_then(|text| cast::to_bool(&text))
                .unwrap_or(default);
            Spanned::new(on, field.at)
        }
    };
    Dependency {
        name: Spanned::new(entry.key.clone(), entry.key_at),
        condition,
        required: flag("required", true),
        restart: flag("restart", false),
        why: if short { Why::Short } else { Why::Long },
        unknown_name: short && value.flags.has(Flags::UNKNOWN),
    }
}

/// Adds an implicit edge unless there is one to that service already. `skip`
/// is how many bytes stand before the name in the text.
fn imply(edges: &mut Vec<Dependency>, value: &Value, name: &str, skip: usize, why: Why) {
    if name.is_empty() || edges.iter().any(|edge| edge.name.value.as_ref() == name) {
        return;
    }
    let at = match value.content {
        u32::MAX => value.at,
        start => {
            let start = start + offset(skip);
            At::new(value.at.file, Span::new(start, start + offset(name.len())))
        }
    };
    edges.push(Dependency {
        name: Spanned::new(name.into(), at),
        condition: Spanned::new(Condition::Started, at),
        required: Spanned::new(true, at),
        restart: Spanned::new(why != Why::VolumesFrom, at),
        why,
        unknown_name: value.flags.has(Flags::UNKNOWN),
    });
}
