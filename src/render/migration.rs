//! What a migration changes and why, and what it leaves for people, as text.
//!
//! Owns the words. Must not decide what is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use super::repairs::Left;
use super::{count, redact, seconds};
use crate::finding::Safety;
use crate::fix::Made;
use crate::migrate::{Done, Migration, State, Step};

/// Stacks that share files, and what becomes of them.
pub struct Group {
    /// The way and its end.
    pub migration: Migration,
    /// What is left for people.
    pub left: Vec<Left>,
    /// How much the steps that were not asked for could still repair.
    pub elsewhere: BTreeMap<Step, usize>,
    /// The whole change as a patch.
    pub patch: String,
}

/// Everything that a run has to show.
pub struct Plan {
    /// Groups in order of their files.
    pub groups: Vec<Group>,
    /// Whether the changes are written.
    pub applied: bool,
}

impl Plan {
    /// How many fixes there are.
    pub fn fixes(&self) -> usize {
        let groups = self.groups.iter();
        let steps = groups.flat_map(|it| &it.migration.steps);
        steps.map(|it| it.made.len()).sum()
    }

    /// How many files change.
    pub fn files(&self) -> usize {
        let groups = self.groups.iter();
        groups.map(|it| it.migration.changed.len()).sum()
    }

    /// How much is left for people.
    pub fn left(&self) -> usize {
        let silent = |it: &State| it.silent.len();
        let of =
            |it: &Group| it.left.len() + it.migration.after().iter().map(silent).sum::<usize>();
        self.groups.iter().map(of).sum()
    }
}

/// The whole text.
pub fn render(plan: &Plan) -> String {
    let mut out = String::new();
    for group in &plan.groups {
        one(group, &mut out);
        out.push('\n');
    }
    let _ = writeln!(out, "{}", last_line(plan));
    out
}

/// One group: its stacks, its steps, tiers, what is left.
fn one(group: &Group, out: &mut String) {
    let migration = &group.migration;
    for state in &migration.before {
        let _ = writeln!(out, "{}", title(state));
    }
    let mut before = &migration.before;
    for (number, done) in migration.steps.iter().enumerate() {
        step(number + 1, done, before, out);
        before = &done.after;
    }
    for (was, is) in migration.before.iter().zip(migration.after()) {
        out.push_str(&tiers(was, is));
    }
    let left = left(group);
    if !left.is_empty() {
        let _ = writeln!(out, "\nleft for people");
    }
    for (line, reason) in left {
        let _ = writeln!(out, "  {line}");
        if let Some(reason) = reason {
            let _ = writeln!(out, "    {reason}");
        }
    }
    if let Some(line) = elsewhere(group) {
        let _ = writeln!(out, "\n{line}");
    }
}

/// What the steps that were not asked for could still repair.
pub(super) fn elsewhere(group: &Group) -> Option<String> {
    let counts = group.elsewhere.iter();
    let counts: Vec<String> = counts
        .map(|(step, n)| format!("{} by `{}`", count(*n, "finding"), step.name()))
        .collect();
    (!counts.is_empty()).then(|| format!("not asked for: {}", counts.join(", ")))
}

/// A stack's name and files.
pub(super) fn title(state: &State) -> String {
    let files = state.files.iter();
    let files: Vec<String> = files
        .map(|it| redact::message(&it.to_string_lossy()))
        .collect();
    format!("{} ({})", redact::message(&state.name), files.join(", "))
}

fn step(number: usize, done: &Done, before: &[State], out: &mut String) {
    let _ = write!(out, "\n{number}  {}: {}", done.step.name(), done.step.aim());
    let again = if done.again { ", once more" } else { "" };
    if done.made.is_empty() {
        let _ = writeln!(out, ": nothing to change");
        return;
    }
    let _ = writeln!(out, "{again}");
    for (path, made) in by_file(&done.made) {
        let _ = writeln!(out, "   {}", redact::message(&path.to_string_lossy()));
        for it in made {
            let _ = writeln!(out, "     {}{}", redact::message(&it.title), mark(it));
            let _ = writeln!(
                out,
                "       why: {} [{}]",
                redact::message(&it.message),
                it.rule
            );
            for line in details(it) {
                let _ = writeln!(out, "       {line}");
            }
        }
    }
    for (was, is) in before.iter().zip(&done.after) {
        let named = match before.len() {
            1 => String::new(),
            _ => format!("{}: ", redact::message(&is.name)),
        };
        let _ = writeln!(out, "   {named}predicted ready {}", times(was, is));
    }
}

/// Fixes by the file of their finding, in order.
pub(super) fn by_file(made: &[Made]) -> BTreeMap<&PathBuf, Vec<&Made>> {
    let mut by_file: BTreeMap<&PathBuf, Vec<&Made>> = BTreeMap::new();
    for it in made {
        by_file.entry(&it.path).or_default().push(it);
    }
    by_file
}

fn mark(made: &Made) -> &'static str {
    match made.safety {
        Safety::Safe => "",
        Safety::Unsafe => " (unsafe)",
    }
}

/// How run time changes, and which other files change.
pub(super) fn details(made: &Made) -> Vec<String> {
    let behaviour = made.behaviour.iter();
    let mut lines: Vec<String> = behaviour
        .map(|it| format!("changes behaviour: {}", redact::message(it)))
        .collect();
    let others = made.files.iter().filter(|it| **it != made.path);
    let others: Vec<String> = others
        .map(|it| redact::message(&it.to_string_lossy()))
        .collect();
    if !others.is_empty() {
        lines.push(format!("also changes {}", others.join(", ")));
    }
    lines
}

fn time(state: &State) -> String {
    let about = if state.at_least { "at least " } else { "" };
    state.ready.map_or("never as a whole".to_owned(), |it| {
        format!("{about}{}", seconds(it))
    })
}

/// `81.5 s → 60 s`, or one time if it stays.
pub(super) fn times(was: &State, is: &State) -> String {
    let (was, is) = (time(was), time(is));
    if was == is {
        is
    } else {
        format!("{was} → {is}")
    }
}

/// What can start in parallel, before and after.
pub(super) fn tiers(was: &State, is: &State) -> String {
    let mut out = String::new();
    let list = |head: &str, state: &State, out: &mut String| {
        let _ = writeln!(out, "\n{head}");
        for (n, tier) in state.tiers.iter().enumerate() {
            let names: Vec<String> = tier.iter().map(|it| redact::message(it)).collect();
            let _ = writeln!(out, "  {}  {}", n + 1, names.join(", "));
        }
    };
    if was.tiers == is.tiers {
        list("tiers, before and after", is, &mut out);
    } else {
        list("tiers before", was, &mut out);
        list("tiers after", is, &mut out);
    }
    out
}

/// What is left for people: the fact, and the reason if there is one.
pub(super) fn left(group: &Group) -> Vec<(String, Option<String>)> {
    let findings = group.left.iter().map(|it| {
        let (place, message) = (redact::message(&it.place), redact::message(&it.message));
        let reason = it.reason.as_deref().map(redact::message);
        (format!("{place}: {message} [{}]", it.rule), reason)
    });
    let states = group.migration.after().iter();
    let silent = states.flat_map(|state| &state.silent).map(|it| {
        let waiters: Vec<String> = it.waiters.iter().map(|it| format!("`{it}`")).collect();
        let verb = if waiters.len() == 1 { "waits" } else { "wait" };
        let line = format!(
            "nothing says when `{}` is ready, and {} {verb} for its start",
            it.name,
            waiters.join(", ")
        );
        (redact::message(&line), Some(it.reason.to_owned()))
    });
    let mut seen = BTreeSet::new();
    let all = findings.chain(silent);
    all.filter(|it| seen.insert(it.clone())).collect()
}

/// The summary, and what comes next.
fn last_line(plan: &Plan) -> String {
    let next = match (plan.files(), plan.applied) {
        (0, _) => "nothing is written",
        (_, true) => "written",
        (_, false) => "nothing is written, `--apply` writes it",
    };
    format!("{} · {next}", summary(plan))
}

/// What changes, what is left, when all is ready.
pub(super) fn summary(plan: &Plan) -> String {
    let mut parts = Vec::new();
    parts.push(match (plan.fixes(), plan.files()) {
        (0, _) | (_, 0) => "nothing to change".to_owned(),
        (fixes, files) => format!("{} in {}", count(fixes, "change"), count(files, "file")),
    });
    parts.push(match plan.left() {
        0 => "nothing left for people".to_owned(),
        n => format!("{n} left for people"),
    });
    let pairs = plan.groups.iter().flat_map(|it| {
        let after = it.migration.after();
        it.migration.before.iter().zip(after)
    });
    if let [(was, is)] = pairs.collect::<Vec<_>>()[..] {
        parts.push(format!("predicted ready {}", times(was, is)));
    }
    parts.join(" · ")
}
