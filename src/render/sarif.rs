//! SARIF 2.1.0, as GitHub code scanning and editors read it.
//!
//! Owns the mapping; the limits are GitHub's (docs.github.com, "SARIF results
//! exceed one or more limits": 25,000 results a run, 1,000 places a result).

use serde_json::{Value, json};

use super::flat::{self, Item, Place};
use super::{Outcome, redact};
use crate::finding::{Fix, Safety, Severity};
use crate::rules::{self, Rule};
use crate::source::Sources;
use crate::suppress::{By, Suppressed};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const RESULTS: usize = 25_000;
const PLACES: usize = 1_000;

/// The whole run as one document, indented, with a final line break.
pub fn render(outcome: &Outcome<'_>) -> String {
    let (items, suppressed) = flat::with_suppressed(outcome);
    let mut notes: Vec<Value> = flat::unread(outcome)
        .iter()
        .map(|(path, reason)| note(reason, Some(path)))
        .collect();
    if items.len() > RESULTS {
        let left = items.len() - RESULTS;
        notes.push(note(&format!("{left} more findings are not listed"), None));
    }
    let quiet = suppressed.iter().map(|(item, by)| silent(item, by));
    let results: Vec<Value> = items
        .iter()
        .map(result)
        .chain(quiet)
        .take(RESULTS)
        .collect();
    let run = json!({
        "tool": {"driver": {
            "name": "tierlint",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules::ALL.iter().map(|it| rule(it)).collect::<Vec<_>>(),
        }},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "the folder that tierlint was started in"}}},
        "invocations": [{
            "executionSuccessful": notes.is_empty(),
            "toolExecutionNotifications": notes,
        }],
        "results": results,
    });
    let log = json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]});
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": {"text": rule.summary()},
        "fullDescription": {"text": rule.summary()},
        "help": {"text": rule.summary(), "markdown": rule.page},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": ["startup", "readiness"], "precision": "high"},
    })
}

fn note(text: &str, path: Option<&String>) -> Value {
    let locations = path.map(|path| json!([{"physicalLocation": {"artifactLocation": uri(path)}}]));
    let mut note = json!({"level": "error", "message": {"text": text}});
    if let Some(locations) = locations {
        note["locations"] = locations;
    }
    note
}

/// A relative reference, as RFC 3986 wants it.
fn uri(path: &str) -> Value {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let mut text = String::new();
    for byte in path.bytes() {
        if plain(byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    json!({"uri": text, "uriBaseId": "ROOT"})
}

fn region(place: &Place) -> Value {
    json!({
        "startLine": place.start.line, "startColumn": place.start.column,
        "endLine": place.end.line, "endColumn": place.end.column,
    })
}

fn physical(place: &Place) -> Value {
    json!({"artifactLocation": uri(&place.path), "region": region(place)})
}

fn result(item: &Item<'_>) -> Value {
    let number = rules::ALL.iter().position(|it| it.name == item.rule);
    let text = match &item.help {
        Some(help) => format!("{}. {help}", item.message),
        None => item.message.clone(),
    };
    let related: Vec<Value> = item
        .notes
        .iter()
        .take(PLACES - 1)
        .enumerate()
        .map(|(id, (place, text))| {
            json!({"id": id, "physicalLocation": physical(place), "message": {"text": text}})
        })
        .collect();
    let mut result = json!({
        "ruleId": item.rule,
        "ruleIndex": number,
        "level": level(item.severity),
        "message": {"text": text},
        "locations": [{"physicalLocation": physical(&item.place)}],
        "relatedLocations": related,
        "partialFingerprints": {"tierlint/v1": item.fingerprint},
    });
    if let Some(fix) = item.fix.filter(|it| !redact::edits(it).is_empty()) {
        result["fixes"] = json!([repair(fix, item.sources)]);
    }
    result
}

/// A finding that an ignore or a baseline took out: listed, with who and why.
fn silent(item: &Item<'_>, suppressed: &Suppressed) -> Value {
    let mut result = result(item);
    let kind = match suppressed.by {
        By::Comment => "inSource",
        By::Settings | By::Baseline => "external",
    };
    let mut suppression = json!({"kind": kind, "status": "accepted"});
    if !suppressed.reason.is_empty() {
        suppression["justification"] = json!(redact::message(&suppressed.reason));
    }
    result["suppressions"] = json!([suppression]);
    result
}

/// A repair: one change for each file.
fn repair(fix: &Fix, sources: &Sources) -> Value {
    let mut changes: Vec<(String, Vec<Value>)> = Vec::new();
    for edit in redact::edits(fix) {
        let place = flat::place(edit.at, sources);
        let replacement = json!({
            "deletedRegion": region(&place),
            "insertedContent": {"text": edit.text},
        });
        match changes.iter_mut().find(|(path, _)| *path == place.path) {
            Some((_, replacements)) => replacements.push(replacement),
            None => changes.push((place.path, vec![replacement])),
        }
    }
    let changes: Vec<Value> = changes
        .into_iter()
        .map(|(path, replacements)| {
            json!({"artifactLocation": uri(&path), "replacements": replacements})
        })
        .collect();
    let word = match fix.safety {
        Safety::Safe => "safe",
        Safety::Unsafe => "unsafe",
    };
    let title = redact::message(&fix.title);
    json!({"description": {"text": format!("{title} ({word})")}, "artifactChanges": changes})
}
