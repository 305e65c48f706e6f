//! Each folder `testdata/rules/<rule>/<case>/`: files as users have them, and
//! beside them what the rule says of them.
//!
//! A case called `ok-…` must stay silent and has no snapshot. A file `args`
//! holds further arguments, one a line.

use std::path::{Path, PathBuf};

use super::support::{self, Ran, folders, name};
use crate::rules::{Fixes, find, unused_suppression};

/// The folders of all cases with their rules.
pub(super) fn all() -> Vec<(String, PathBuf)> {
    let rules = folders(&support::at("testdata/rules"));
    let cases = rules.iter().flat_map(|rule| {
        folders(rule)
            .into_iter()
            .map(|case| (name(rule), case))
            .collect::<Vec<_>>()
    });
    cases.collect()
}

/// Whether a case must stay silent.
pub(super) fn is_silent(case: &Path) -> bool {
    name(case).starts_with("ok-")
}

/// Runs only the rule of a case over its folder. Whether an ignore is used is
/// known only when every rule has spoken, so cases of that rule run them all.
pub(super) fn run(rule: &str, case: &Path, format: &str) -> Ran {
    let mut args: Vec<String> = ["check", "--pedantic", "--format", format]
        .map(str::to_owned)
        .into();
    if rule != unused_suppression::RULE.name {
        args.extend(["--select".to_owned(), rule.to_owned()]);
    }
    if let Ok(more) = std::fs::read_to_string(case.join("args")) {
        args.extend(more.lines().map(str::to_owned));
    }
    support::run(case, &args, b"")
}

/// What is shown, without the last line: predicted times are none of a rule's
/// business.
fn shown(ran: &Ran) -> String {
    let is_summary = |line: &str| line.contains(" in 1 stack") || line.contains(" stacks");
    let lines = ran.out.lines().filter(|line| !is_summary(line));
    let mut text: String = lines.flat_map(|line| [line.trim_end(), "\n"]).collect();
    if !ran.err.is_empty() {
        text = format!("{text}\nand on standard error\n{}", ran.err);
    }
    text
}

/// What `fix --unsafe` makes of a case: the patch, then what it says.
fn fixed(rule: &str, case: &Path) -> String {
    let mut args: Vec<String> = ["fix", "--diff", "--unsafe", "--pedantic", "--only", rule]
        .map(str::to_owned)
        .into();
    if let Ok(more) = std::fs::read_to_string(case.join("args")) {
        args.extend(more.lines().map(str::to_owned));
    }
    let ran = support::run(case, &args, b"");
    let said: Vec<&str> = ran
        .err
        .lines()
        .filter(|line| !line.starts_with("left ") || line.contains(&format!(": {rule}: ")))
        .filter(|line| !line.contains(" left (") && !line.contains("not asked for"))
        .collect();
    // The patch is relative to the repository, if the sources lie in one.
    let out = ran
        .out
        .replace(&format!("/testdata/rules/{rule}/{}/", name(case)), "/");
    format!("{out}\n{}\n", said.join("\n").trim())
}

#[test]
fn every_case_is_repaired_as_its_snapshot_says() {
    let mut failed = Vec::new();
    let mut patches = 0;
    for (rule, case) in all() {
        let can = find(&rule).is_some_and(|it| it.fixes == Fixes::Sometimes);
        if !can || is_silent(&case) {
            continue;
        }
        let text = fixed(&rule, &case);
        patches += usize::from(text.starts_with("--- a/"));
        if !support::matches(&case, "fixed", &text) {
            failed.push(format!("{rule}/{}: differs from fixed.snap", name(&case)));
        }
    }
    assert!(patches > 0, "no case is repaired");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_case_is_reported_as_its_snapshot_says() {
    let cases = all();
    let mut failed = Vec::new();
    for (rule, case) in &cases {
        let label = format!("{rule}/{}", name(case));
        let lines = run(rule, case, "concise").out;
        let raised = lines.contains(&format!("[{rule}]: "));
        if is_silent(case) {
            if raised {
                failed.push(format!("{label}: must be silent, but says\n{lines}"));
            }
        } else if !raised {
            failed.push(format!("{label}: must raise {rule}, but says\n{lines}"));
        } else if !support::matches(case, "findings", &shown(&run(rule, case, "full"))) {
            failed.push(format!("{label}: differs from findings.snap"));
        }
    }
    assert!(!cases.is_empty(), "there are no cases");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
