//! GitLab's code quality report: a list of issues
//! (docs.gitlab.com, "Code Quality": description, `check_name`, fingerprint,
//! severity, location).

use serde_json::{Value, json};

use super::Outcome;
use super::flat::{self, Item};
use crate::finding::Severity;

/// The whole run as one document, indented, with a final line break.
pub fn render(outcome: &Outcome<'_>) -> String {
    let issues: Vec<Value> = flat::items(outcome).iter().map(issue).collect();
    let mut text = serde_json::to_string_pretty(&issues).unwrap_or_default();
    text.push('\n');
    text
}

fn issue(item: &Item<'_>) -> Value {
    let severity = match item.severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Info => "info",
    };
    let (start, end) = (item.place.start, item.place.end);
    json!({
        "description": item.message,
        "check_name": item.rule,
        "fingerprint": item.fingerprint,
        "severity": severity,
        "location": {
            "path": item.place.path,
            "lines": {"begin": start.line, "end": end.line},
        },
    })
}
