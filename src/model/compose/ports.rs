//! `ports:` items.
//!
//! Owns the short form `[ip:][published:]target[/protocol]` with ranges, after
//! compose-go `types/types.go` (`ParsePortConfig`) v2.16.2. Must not know
//! networks.

use crate::model::workload::Port;
use crate::yaml::{Data, Value};

/// The ports of one item; a range gives one per container port.
pub(super) fn read(item: &Value) -> Vec<Port> {
    match &item.data {
        Data::Int(port) => vec![Port {
            at: item.at,
            target: u16::try_from(*port).ok(),
            published: None,
        }],
        Data::Str(text) => short(item, text),
        Data::Map(_) => vec![long(item)],
        _ => Vec::new(),
    }
}

fn long(item: &Value) -> Port {
    let number = |key: &str| {
        item.get(key)
            .and_then(Value::to_text)
            .and_then(|text| text.parse().ok())
    };
    Port {
        at: item.at,
        target: number("target"),
        published: number("published"),
    }
}

fn short(item: &Value, text: &str) -> Vec<Port> {
    let text = text.split('/').next().unwrap_or(text);
    // An address in brackets holds colons of its own.
    let tail = text.rfind(']').map_or(text, |end| &text[end + 1..]);
    let mut parts = tail.rsplit(':');
    let targets = range(parts.next().unwrap_or(""));
    let published = range(parts.next().unwrap_or(""));
    let unknown = Port {
        at: item.at,
        target: None,
        published: None,
    };
    let Some((first, last)) = targets else {
        return vec![unknown];
    };
    let port = |target: u16| {
        let offset = target - first;
        let published = published.and_then(|(from, to)| {
            let spread = to - from == last - first;
            if spread {
                from.checked_add(offset)
            } else {
                (from == to).then_some(from)
            }
        });
        Port {
            at: item.at,
            target: Some(target),
            published,
        }
    };
    (first..=last).take(1024).map(port).collect()
}

/// `80` or `8000-8010`.
fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}
