//! What a migration changes and why, as the text of a pull request.
//!
//! Owns the Markdown. Must not decide what is changed.

use std::fmt::Write;

use super::migration::{self, Group, Plan};
use super::redact;
use crate::finding::Safety;
use crate::migrate::{Done, State};

/// The whole text.
pub fn render(plan: &Plan) -> String {
    let mut out = "## Start when ready, not when started\n".to_owned();
    let _ = writeln!(out, "\n{}", plain(&migration::summary(plan)));
    for group in &plan.groups {
        one(group, &mut out);
    }
    out
}

fn one(group: &Group, out: &mut String) {
    let way = &group.migration;
    for state in &way.before {
        let _ = writeln!(out, "\n### {}", plain(&migration::title(state)));
    }
    let mut before = &way.before;
    for (number, done) in way.steps.iter().enumerate() {
        step(number + 1, done, before, out);
        before = &done.after;
    }
    for (was, is) in way.before.iter().zip(way.after()) {
        let tiers = migration::tiers(was, is);
        let _ = writeln!(out, "\n```text\n{}```", fenced(tiers.trim_start()));
    }
    let left = migration::left(group);
    if !left.is_empty() {
        let _ = writeln!(out, "\n#### Left for people\n");
    }
    for (line, reason) in left {
        let _ = writeln!(out, "- [ ] {}", plain(&line));
        if let Some(reason) = reason {
            let _ = writeln!(out, "  <br>{}", plain(&reason));
        }
    }
    if let Some(line) = migration::elsewhere(group) {
        let _ = writeln!(out, "\n{}", plain(&line));
    }
    if !group.patch.is_empty() {
        let patch = redact::source(&group.patch);
        let _ = writeln!(
            out,
            "\n<details><summary>The change</summary>\n\n{}\n\n</details>",
            block("diff", &patch)
        );
    }
}

fn step(number: usize, done: &Done, before: &[State], out: &mut String) {
    let again = if done.again { ", once more" } else { "" };
    let (name, aim) = (done.step.name(), done.step.aim());
    let _ = writeln!(out, "\n#### {number}. `{name}`: {aim}{again}\n");
    if done.made.is_empty() {
        let _ = writeln!(out, "Nothing to change.");
        return;
    }
    let _ = writeln!(out, "| file | change | why |\n|---|---|---|");
    for (path, made) in migration::by_file(&done.made) {
        for it in made {
            let mark = match it.safety {
                Safety::Safe => "",
                Safety::Unsafe => " (unsafe)",
            };
            let title = redact::message(&it.title);
            let mut change = format!("{}{mark}", cell(&title));
            for line in migration::details(it) {
                let _ = write!(change, "<br>{}", cell(&line));
            }
            let _ = writeln!(
                out,
                "| {} | {change} | {} (`{}`) |",
                cell(&redact::message(&path.to_string_lossy())),
                cell(&redact::message(&it.message)),
                it.rule
            );
        }
    }
    let times: Vec<String> = before
        .iter()
        .zip(&done.after)
        .map(|(was, is)| migration::times(was, is))
        .collect();
    let _ = writeln!(out, "\nPredicted ready: {}", times.join(", "));
}

/// A block whose fence is longer than any run of back-ticks inside.
fn block(language: &str, text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}")
}

fn fenced(text: &str) -> String {
    text.replace("```", "` ` `")
}

/// A text that opens no element and no line.
fn plain(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace(['\n', '\r'], " ")
}

/// The same inside a table.
fn cell(text: &str) -> String {
    plain(text).replace('|', "\\|")
}
