//! One finding per line: `path:line:column: severity[rule]: message`.

use std::fmt::Write;

use super::{Outcome, redact};

/// All findings, one line each.
pub fn render(outcome: &Outcome<'_>) -> String {
    let mut out = String::new();
    for report in outcome.reports {
        for finding in &report.findings {
            let source = report.view.resolved.sources.get(finding.at.file);
            let position = source.position(finding.at.span.start);
            let path = redact::message(&source.path().to_string_lossy());
            let message = redact::message(&finding.message);
            let (line, column) = (position.line, position.column);
            let severity = finding.severity.as_str();
            let _ = writeln!(
                out,
                "{path}:{line}:{column}: {severity}[{}]: {message}",
                finding.rule
            );
        }
    }
    out
}
