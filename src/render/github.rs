//! GitHub's workflow commands: annotations, most severe first, for the runner
//! shows ten of a kind and drops the rest (docs.github.com, "Workflow commands").

use super::Outcome;
use super::flat::{self, Item};
use crate::finding::Severity;

/// All findings and unread files, one command each.
pub fn render(outcome: &Outcome<'_>) -> String {
    let mut items = flat::items(outcome);
    items.sort_by_key(|it| std::cmp::Reverse(it.severity));
    let unread = flat::unread(outcome);
    let errors = unread.iter().map(|(path, reason)| {
        format!(
            "::error file={},title=unread::{}\n",
            property(path),
            data(reason)
        )
    });
    errors.chain(items.iter().map(command)).collect()
}

fn command(item: &Item<'_>) -> String {
    let word = match item.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let (start, end) = (item.place.start, item.place.end);
    // Columns count only within one line.
    let columns = if start.line == end.line {
        format!(",col={},endColumn={}", start.column, end.column)
    } else {
        String::new()
    };
    let message = match &item.help {
        Some(help) => format!("{}\n{help}", item.message),
        None => item.message.clone(),
    };
    format!(
        "::{word} file={},line={},endLine={}{columns},title={}::{}\n",
        property(&item.place.path),
        start.line,
        end.line,
        property(item.rule),
        data(&message)
    )
}

/// Escapes as the runner undoes it (actions/toolkit, `command.ts`).
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
