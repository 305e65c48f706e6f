//! What was repaired, what is left and why, and what that changes.
//!
//! Owns the text. Must not decide what is repaired.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use super::{count, redact, seconds};
use crate::check::Report;
use crate::finding::{Finding, Safety};
use crate::fix::{Made, Wanted};

/// When a stack is ready.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The stack's files, absolute, base first.
    pub files: Vec<PathBuf>,
    /// Whether every workload becomes ready.
    pub complete: bool,
    at_least: bool,
    /// When the last one is.
    pub total: Duration,
    /// Whether it is a stack that plans are made of: what a workflow starts is
    /// not.
    pub planned: bool,
}

impl Ready {
    /// What the plan of a report says.
    pub fn of(report: &Report) -> Self {
        let plan = report.clock.plan();
        Self {
            files: report.view.resolved.paths.clone(),
            complete: plan.is_complete(),
            planned: report.view.workflow.is_none(),
            at_least: plan.total_at_least(),
            total: plan.total,
        }
    }

    fn text(&self) -> String {
        if !self.complete {
            return "never".to_owned();
        }
        let about = if self.at_least { "at least " } else { "" };
        format!("{about}{}", seconds(self.total))
    }
}

/// Why a finding is left.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Why {
    /// Its fix is not safe.
    Unsafe,
    /// Its rule or workload was not asked for.
    Unwanted,
    /// Something stands in the way.
    Refused,
    /// Nothing repairs it.
    ByHand,
}

/// A finding that is left.
pub struct Left {
    /// Path, line and column.
    pub place: String,
    /// The rule.
    pub rule: &'static str,
    /// The fact.
    pub message: String,
    /// Why it is left.
    pub why: Why,
    /// The same in words.
    pub reason: Option<String>,
}

impl Why {
    /// The word in the JSON form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsafe => "unsafe",
            Self::Unwanted => "unwanted",
            Self::Refused => "refused",
            Self::ByHand => "by-hand",
        }
    }
}

impl Left {
    /// A finding, and why it is left.
    pub fn new(place: String, finding: &Finding, tripped: Option<&str>, wanted: &Wanted) -> Self {
        let refusal = tripped.or(finding.refusal.as_deref());
        let (why, reason) = match (&finding.fix, refusal) {
            (_, Some(reason)) => (Why::Refused, Some(reason.to_owned())),
            (None, None) => (Why::ByHand, None),
            (Some(fix), None) if fix.safety > wanted.safety => {
                (Why::Unsafe, Some(format!("with --unsafe: {}", fix.title)))
            }
            (Some(fix), None) => (Why::Unwanted, Some(format!("not asked for: {}", fix.title))),
        };
        Self {
            place,
            rule: finding.rule,
            message: finding.message.clone(),
            why,
            reason,
        }
    }
}

/// All that is said at the end.
pub struct Summary<'o> {
    /// The fixes, in order.
    pub made: Vec<&'o Made>,
    /// The files that changed.
    pub files: BTreeSet<&'o PathBuf>,
    /// The findings that are left.
    pub left: Vec<Left>,
    /// When each stack was ready.
    pub before: Vec<Ready>,
    /// When each stack is ready now.
    pub after: Vec<Ready>,
    /// What each of them reads differently now, as `services.<name>.<key>`.
    pub named: Vec<&'o BTreeSet<String>>,
}

/// The whole text.
pub fn render(summary: &Summary<'_>) -> String {
    let mut text = String::new();
    let mut by_file: BTreeMap<&PathBuf, Vec<&Made>> = BTreeMap::new();
    for made in &summary.made {
        by_file.entry(&made.path).or_default().push(made);
    }
    for (path, made) in by_file {
        text.push_str(&format!("{}\n", redact::message(&path.to_string_lossy())));
        for it in made {
            let unsafely = match it.safety {
                Safety::Safe => "",
                Safety::Unsafe => " (unsafe)",
            };
            let title = redact::message(&it.title);
            text.push_str(&format!("  fixed {}{unsafely}: {title}\n", it.rule));
            if let Some(behaviour) = &it.behaviour {
                let behaviour = redact::message(behaviour);
                text.push_str(&format!("    changes behaviour: {behaviour}\n"));
            }
        }
    }
    if !summary.made.is_empty() && !summary.left.is_empty() {
        text.push('\n');
    }
    for it in &summary.left {
        let (place, message) = (redact::message(&it.place), redact::message(&it.message));
        text.push_str(&format!("left {place}: {}: {message}\n", it.rule));
        if let Some(reason) = &it.reason {
            let word = if it.why == Why::Refused {
                "not fixed: "
            } else {
                ""
            };
            text.push_str(&format!("    {word}{}\n", redact::message(reason)));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&last_line(summary));
    text
}

/// What was fixed, what is left and why, and the predicted time.
fn last_line(summary: &Summary<'_>) -> String {
    let made = match (summary.made.len(), summary.files.len()) {
        (0, _) => "nothing fixed".to_owned(),
        (fixes, files) => format!("{} in {}", count(fixes, "fix"), count(files, "file")),
    };
    let mut parts = vec![made, left(&summary.left)];
    parts.extend(ready(&summary.before, &summary.after));
    format!("{}\n", parts.join(" · "))
}

fn left(left: &[Left]) -> String {
    if left.is_empty() {
        return "nothing left".to_owned();
    }
    let mut whys: BTreeMap<Why, usize> = BTreeMap::new();
    for it in left {
        *whys.entry(it.why).or_default() += 1;
    }
    let words = whys.into_iter().map(|(why, count)| match why {
        Why::Unsafe => format!("{count} with --unsafe"),
        Why::Unwanted => format!("{count} not asked for"),
        Why::Refused => format!("{count} refused"),
        Why::ByHand => format!("{count} by hand"),
    });
    let words: Vec<String> = words.collect();
    format!(
        "{} left ({})",
        count(left.len(), "finding"),
        words.join(", ")
    )
}

fn planned(all: &[Ready]) -> Vec<&Ready> {
    all.iter().filter(|it| it.planned).collect()
}

/// One stack's time, or how many stacks change theirs.
fn ready(before: &[Ready], after: &[Ready]) -> Option<String> {
    let (before, after) = (planned(before), planned(after));
    if let ([before], [after]) = (before.as_slice(), after.as_slice()) {
        let (was, is) = (before.text(), after.text());
        return Some(if was == is {
            format!("predicted ready {is}")
        } else {
            format!("predicted ready {was} → {is}")
        });
    }
    let find = |files: &[PathBuf]| after.iter().find(|it| it.files == files);
    let pairs: Vec<(&Ready, &Ready)> = before
        .iter()
        .filter_map(|it| Some((*it, *find(&it.files)?)))
        .filter(|(was, is)| was.text() != is.text())
        .collect();
    let faster = pairs
        .iter()
        .filter(|(was, is)| is.total < was.total)
        .count();
    (!pairs.is_empty()).then(|| {
        format!(
            "predicted ready: {} earlier, {} later",
            count(faster, "stack"),
            pairs.len() - faster
        )
    })
}
