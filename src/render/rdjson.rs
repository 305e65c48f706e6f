//! reviewdog's diagnostic format (`proto/rdf` in reviewdog/reviewdog), whose
//! suggestions become edits of a pull request.

use serde_json::{Value, json};

use super::flat::{self, Item, Place};
use super::{Outcome, redact};
use crate::finding::Severity;

/// The whole run as one document, indented, with a final line break.
pub fn render(outcome: &Outcome<'_>) -> String {
    let items = flat::items(outcome);
    let document = json!({
        "source": {"name": "tierlint"},
        "severity": "WARNING",
        "diagnostics": items.iter().map(diagnostic).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// Columns of this format count bytes of UTF-8.
fn range(place: &Place) -> Value {
    json!({
        "start": {"line": place.start.line, "column": place.bytes.0},
        "end": {"line": place.end.line, "column": place.bytes.1},
    })
}

fn diagnostic(item: &Item<'_>) -> Value {
    let severity = match item.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARNING",
        Severity::Info => "INFO",
    };
    let mut diagnostic = json!({
        "message": item.message,
        "location": {"path": item.place.path, "range": range(&item.place)},
        "severity": severity,
        "code": {"value": item.rule},
    });
    // A suggestion is one edit of the file that the finding is in.
    if let Some([edit]) = item.fix.map(redact::edits) {
        let place = flat::place(edit.at, item.sources);
        if place.path == item.place.path {
            diagnostic["suggestions"] = json!([{"range": range(&place), "text": edit.text}]);
        }
    }
    diagnostic
}
