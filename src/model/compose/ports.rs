//! `ports:` items.
//!
//! Owns the short form `[ip:][published:]target[/protocol]` with ranges, after
//! docker/go-connections `nat/nat.go`, and which items count as one
//! (compose-go `override/uncity.go` v2.16.2). Must not know networks.

use std::net::IpAddr;

use indexmap::IndexMap;

use super::refusal::{Class, Refusal};
use crate::model::workload::Port;
use crate::yaml::{Data, Flags, Value};

/// The most ports that one range may stand for.
const MAX_RANGE: usize = 1024;

/// The most ports of one service; no host has more.
const MAX_PORTS: usize = 1 << 16;

/// What makes two items one: address, published side, target and protocol. A
/// published number never equals the same digits as a text.
type Key = (String, Option<Published>, Option<u16>, String);

#[derive(PartialEq, Eq, Hash)]
enum Published {
    Number(String),
    Text(String),
}

/// The ports of a service; a range gives one per container port.
pub(super) fn read(items: &[Value], refusals: &mut Vec<Refusal>) -> Vec<Port> {
    let mut ports: IndexMap<Key, Port> = IndexMap::new();
    let mut unknown = Vec::new();
    for item in items {
        let found = match &item.data {
            Data::Int(port) => short(item, &port.to_string()),
            Data::Str(text) => short(item, text),
            Data::Map(_) => Some(vec![long(item)]),
            _ => continue,
        };
        let Some(found) = found else {
            note_bad(item, refusals);
            unknown.push(Port {
                at: item.at,
                target: None,
                published: None,
            });
            continue;
        };
        if ports.len() < MAX_PORTS {
            ports.extend(found);
        }
    }
    ports.into_values().chain(unknown).collect()
}

fn note_bad(item: &Value, refusals: &mut Vec<Refusal>) {
    if item.flags.has(Flags::UNKNOWN) {
        return;
    }
    let text = item.to_text().unwrap_or_default();
    let message = format!("`{text}` is no port: `address:published:target/protocol` makes one");
    refusals.push(Refusal::new(Class::Invalid, Some(item.at), message));
}

fn long(item: &Value) -> (Key, Port) {
    let text = |key: &str| item.get(key).and_then(Value::to_text);
    let port = Port {
        at: item.at,
        target: text("target").and_then(|it| it.parse().ok()),
        published: text("published").and_then(|it| it.parse().ok()),
    };
    let published = item.get("published").and_then(|it| match &it.data {
        Data::Str(text) => Some(Published::Text(text.to_string())),
        _ => Some(Published::Number(it.to_text()?.to_string())),
    });
    let key = (
        text("host_ip")
            .unwrap_or_else(|| "0.0.0.0".into())
            .to_string(),
        published,
        port.target,
        text("protocol").unwrap_or_else(|| "tcp".into()).to_string(),
    );
    (key, port)
}

/// The ports of a short form; `None` where the loader refuses it.
fn short(item: &Value, text: &str) -> Option<Vec<(Key, Port)>> {
    let (text, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = match protocol.to_ascii_lowercase() {
        empty if empty.is_empty() => "tcp".to_owned(),
        other => other,
    };
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return None;
    }
    let (rest, target) = text.rsplit_once(':').unwrap_or(("", text));
    let (address, published) = rest.rsplit_once(':').unwrap_or(("", rest));
    let address = address.trim_start_matches('[').trim_end_matches(']');
    if !address.is_empty() && address.parse::<IpAddr>().is_err() {
        return None;
    }
    let (first, last) = range(target)?;
    let published = if published.is_empty() {
        None
    } else {
        Some(range(published)?)
    };
    let spread = last - first;
    let dynamic = published.is_some_and(|(from, to)| to - from != spread);
    if dynamic && spread > 0 {
        return None;
    }
    let port = |target: u16| {
        let shift = target - first;
        let (number, written) = match published {
            None => (None, None),
            Some((from, to)) if dynamic => (None, Some(format!("{from}-{to}"))),
            Some((from, _)) => (Some(from + shift), Some((from + shift).to_string())),
        };
        let address = if address.is_empty() {
            "0.0.0.0"
        } else {
            address
        };
        let key = (
            address.to_owned(),
            written.map(Published::Text),
            Some(target),
            protocol.clone(),
        );
        let port = Port {
            at: item.at,
            target: Some(target),
            published: number,
        };
        (key, port)
    };
    Some((first..=last).take(MAX_RANGE).map(port).collect())
}

/// `80` or `8000-8010`.
fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}
