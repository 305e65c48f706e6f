//! What was repaired, for programs.
//!
//! Owns the names of its fields, which are a promise: within version 1 fields
//! are added, never renamed or removed.

use serde::Serialize;

use super::redact;
use super::repairs::{Ready, Summary};
use crate::finding::Safety;

/// The version of the envelope.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Envelope {
    version: u32,
    files: Vec<String>,
    fixes: Vec<FixOut>,
    left: Vec<LeftOut>,
    stacks: Vec<StackOut>,
}

#[derive(Serialize)]
struct FixOut {
    path: String,
    rule: &'static str,
    title: String,
    safety: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    behaviour: Option<String>,
}

#[derive(Serialize)]
struct LeftOut {
    place: String,
    rule: &'static str,
    message: String,
    why: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct StackOut {
    /// Absolute, base first.
    files: Vec<String>,
    /// What it reads differently now.
    changes: Vec<String>,
    /// `null` if some workload never becomes ready.
    ready_seconds_before: Option<f64>,
    ready_seconds_after: Option<f64>,
}

/// The whole run as one JSON document, indented, with a final line break.
pub fn render(summary: &Summary<'_>) -> String {
    let path = |it: &std::path::Path| it.to_string_lossy().replace('\\', "/");
    let fixes = summary.made.iter().map(|it| FixOut {
        path: path(&it.path),
        rule: it.rule,
        title: redact::message(&it.title),
        safety: match it.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        },
        behaviour: it.behaviour.as_deref().map(redact::message),
    });
    let left = summary.left.iter().map(|it| LeftOut {
        place: it.place.clone(),
        rule: it.rule,
        message: redact::message(&it.message),
        why: it.why.as_str(),
        reason: it.reason.as_deref().map(redact::message),
    });
    let seconds = |it: &Ready| (it.complete && it.planned).then_some(it.total.as_secs_f64());
    let stacks = summary.after.iter().zip(&summary.named).map(|(is, named)| {
        let was = summary.before.iter().find(|it| it.files == is.files);
        StackOut {
            files: is.files.iter().map(|it| path(it)).collect(),
            changes: named.iter().cloned().collect(),
            ready_seconds_before: was.and_then(seconds),
            ready_seconds_after: seconds(is),
        }
    });
    let envelope = Envelope {
        version: VERSION,
        files: summary.files.iter().map(|it| path(it)).collect(),
        fixes: fixes.collect(),
        left: left.collect(),
        stacks: stacks.collect(),
    };
    let mut text = serde_json::to_string_pretty(&envelope).unwrap_or_default();
    text.push('\n');
    text
}
