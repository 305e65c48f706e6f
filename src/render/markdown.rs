//! A summary in Markdown, for a job's page or a pull request: what is found, who
//! waits for whom, what decides when all is ready.

use std::fmt::Write;

use super::flat::{self, Item};
use super::{Outcome, count, graph, plan};
use crate::check;

/// More rows than this are not read by anybody.
const ROWS: usize = 100;

/// The whole run.
pub fn render(outcome: &Outcome<'_>) -> String {
    let items = flat::items(outcome);
    let found = count(items.len(), "finding");
    let stacks = count(outcome.reports.len(), "stack");
    let mut out = format!("## tierlint: {found} in {stacks}\n");
    table(&items, &mut out);
    for (path, reason) in flat::unread(outcome) {
        let _ = writeln!(out, "\nNot read: {}: {}", cell(&path), cell(&reason));
    }
    let asked = plan::Asked::default();
    for (number, report) in outcome.reports.iter().enumerate() {
        let files = check::paths(&report.view.resolved);
        let main = files
            .first()
            .map(|it| it.to_string_lossy().replace('\\', "/"));
        let name = main.unwrap_or_else(|| report.stack().name.clone());
        let _ = write!(
            out,
            "\n<details><summary>{}</summary>\n\n```mermaid\n{}```\n\n```text\n{}```\n\n</details>\n",
            cell(&name),
            graph::mermaid(report),
            plan::text(report, number, &asked).replace("```", "` ` `"),
        );
    }
    out
}

fn table(items: &[Item<'_>], out: &mut String) {
    if items.is_empty() {
        return;
    }
    out.push_str("\n| where | severity | rule | what |\n|---|---|---|---|\n");
    for item in items.iter().take(ROWS) {
        let _ = writeln!(
            out,
            "| {}:{} | {} | `{}` | {} |",
            cell(&item.place.path),
            item.place.start.line,
            item.severity.as_str(),
            item.rule,
            cell(&item.message)
        );
    }
    if items.len() > ROWS {
        let _ = writeln!(out, "\n{} more are not listed.", items.len() - ROWS);
    }
}

/// A text that stays in its cell and opens no element.
fn cell(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
