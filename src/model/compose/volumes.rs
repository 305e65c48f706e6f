//! `volumes:` items.
//!
//! Owns the short form `[source:]target[:options]`, after compose-go
//! `format/volume.go` v2.16.2, and that a later item for a path replaces an
//! earlier one (`override/uncity.go`). Must not know top-level volumes.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::load::join;
use super::refusal::{Class, Refusal};
use crate::model::workload::Volume;
use crate::yaml::{Data, Flags, Value};

/// All mounts of a service. Sources that are paths are absolute; `~` stays.
pub(super) fn read(items: &[Value], dir: &Path, refusals: &mut Vec<Refusal>) -> Vec<Volume> {
    let volumes: IndexMap<String, Volume> = items
        .iter()
        .filter_map(|item| one(item, dir, refusals))
        .collect();
    volumes.into_values().collect()
}

/// A mount and the path by which another one replaces it: of a long form, as
/// it is written.
fn one(item: &Value, dir: &Path, refusals: &mut Vec<Refusal>) -> Option<(String, Volume)> {
    if let Data::Str(text) = &item.data {
        let Some((source, target)) = short(text) else {
            if !item.flags.has(Flags::UNKNOWN) {
                let message = format!("`{text}` is no volume: `source:target:options` makes one");
                refusals.push(Refusal::new(Class::Invalid, Some(item.at), message));
            }
            return None;
        };
        let target = clean(target);
        let volume = Volume {
            at: item.at,
            source: source.map(|source| host_path(source, dir)),
            target: target.as_str().into(),
        };
        return Some((target, volume));
    }
    let target = item.get("target").and_then(Value::to_text)?;
    let bind = item
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|it| it.as_ref() == "bind");
    let source = item.get("source").and_then(Value::to_text);
    let volume = Volume {
        at: item.at,
        source: match source {
            Some(source) if bind => Some(absolute(&source, dir)),
            source => source,
        },
        target: clean(&target).into(),
    };
    Some((target.to_string(), volume))
}

/// Source and target of a short form; `None` where the loader refuses it.
fn short(text: &str) -> Option<(Option<&str>, &str)> {
    match text.len() {
        0 => return None,
        1 | 2 => return Some((None, text)),
        _ => {}
    }
    let (first, rest) = part(text);
    let Some(rest) = rest else {
        return (!first.is_empty()).then_some((None, first));
    };
    let (target, rest) = part(rest);
    if first.is_empty() || target.is_empty() {
        return None;
    }
    // What follows are options, which hold no colon, drive letters aside.
    match rest.map(part) {
        Some(("", _) | (_, Some(_))) => None,
        _ => Some((Some(first), target)),
    }
}

/// The text up to the next colon that is not behind a drive letter, and what
/// follows that colon.
fn part(text: &str) -> (&str, Option<&str>) {
    let drive = text.chars().next().filter(|c| c.is_alphabetic());
    let skip = drive.map_or(0, |letter| {
        let after = letter.len_utf8();
        if text[after..].starts_with(':') {
            after + 1
        } else {
            0
        }
    });
    match text[skip..].find(':') {
        Some(colon) => (&text[..skip + colon], Some(&text[skip + colon + 1..])),
        None => (text, None),
    }
}

/// The source of a short form that names a path of the host, and the rest of
/// the text from its colon on.
pub(super) fn bind_source(text: &str) -> Option<(&str, &str)> {
    let source = short(text)?.0.filter(|source| is_path(source))?;
    Some(text.split_at(source.len()))
}

/// Whether a source is a path, not a volume's name.
fn is_path(source: &str) -> bool {
    source.starts_with(['.', '/', '~']) || source.starts_with(r"\\") || is_windows(source)
}

fn is_windows(source: &str) -> bool {
    let mut chars = source.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next() == Some(':')
}

fn host_path(source: &str, dir: &Path) -> Arc<str> {
    if is_path(source) {
        absolute(source, dir)
    } else {
        source.into()
    }
}

/// A path from the project's folder. One that is absolute stays as it is
/// written, and so does one of another system or user.
fn absolute(source: &str, dir: &Path) -> Arc<str> {
    let foreign = is_windows(source) && matches!(source.as_bytes().get(2), Some(b'/' | b'\\'));
    if source.starts_with(['/', '~', '\\']) || foreign {
        return source.into();
    }
    join(dir, source).to_string_lossy().into()
}

/// The path without `.`, `..`, doubled and final slashes (Go's `path.Clean`).
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_split_at_colons_that_are_not_drives() {
        let cases = [
            ("/data", Some((None, "/data"))),
            ("db:/data:ro", Some((Some("db"), "/data"))),
            (r"C:\x:/data", Some((Some(r"C:\x"), "/data"))),
            ("./a:/b:ro:z", None),
            ("./a::ro", None),
            (":/b", None),
            ("", None),
        ];
        for (text, want) in cases {
            assert_eq!(short(text), want, "{text}");
        }
    }

    #[test]
    fn paths_are_cleaned_as_go_cleans_them() {
        let cases = [
            ("/b/../c", "/c"),
            ("/a//b/", "/a/b"),
            ("/..", "/"),
            ("a/..", "."),
            ("../x", "../x"),
        ];
        for (path, want) in cases {
            assert_eq!(clean(path), want, "{path}");
        }
    }
}
