//! A sleep or a loop behind `docker compose up -d`, where `up --wait` would do.

use std::time::Duration;

use super::started::{self, Ending};
use super::{Audience, Check, Context, Fixes, Rule};
use crate::ci::{self, PauseKind, Start};
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::repair;
use crate::source::{At, FileId};
use crate::words::seconds;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "ci-sleep",
    severity: Severity::Info,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/ci-sleep.md"),
    check: Check::Project(check),
};

/// A sleep of more seconds waits for something else, such as the next minute of
/// a clock, unless something that is started is known to take its time.
const LONGEST_START: f64 = 60.0;

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    let resolved = &cx.view.resolved;
    if cx.is_partial() {
        return;
    }
    for (file, starter) in &resolved.starters {
        let text = resolved.sources.get(*file).text();
        for start in ci::starts(&starter.path, &starter.base, text) {
            if !started::is_of(cx, &start) {
                continue;
            }
            let Some(ending) = started::ending(cx, &start) else {
                continue;
            };
            let finding = match start.pause.kind {
                PauseKind::Sleep(time) => sleep(cx, *file, &start, &ending, time),
                _ => hand_rolled(cx, *file, &start, &ending),
            };
            findings.extend(finding.map(|it| place(it, *file, &start)));
        }
    }
}

/// Shows where the stack is started, and lets a comment at the step count.
fn place(finding: Finding, file: FileId, start: &Start) -> Finding {
    let finding = finding.note(At::new(file, start.at), "the stack is started here");
    match start.pause.key {
        Some(key) => finding.place(At::new(file, key)),
        None => finding,
    }
}

fn sleep(
    cx: &Context<'_>,
    file: FileId,
    start: &Start,
    ending: &Ending,
    time: f64,
) -> Option<Finding> {
    let slept = Duration::try_from_secs_f64(time)
        .ok()
        .filter(|_| time >= 1.0)?;
    let message = format!("sleeps {} after `up -d`", seconds(slept));
    let mut finding = RULE
        .finding(At::new(file, start.pause.at), message)
        .label("too short on a slow machine, too long on all others");
    if time > LONGEST_START && started::is_quick(cx, ending) {
        return None;
    }
    let end = started::end(cx, ending);
    if let Some(lack) = started::lack(cx, ending).filter(|_| end.is_none()) {
        return Some(finding.help(lack));
    }
    if let Some(trouble) = end.or_else(|| started::trouble(cx, ending)) {
        return Some(finding.help(format!("`up -d --wait` is not yet possible: {trouble}")));
    }
    let awaited = &ending.awaited;
    let (begins, returns) = (awaited.begins?, awaited.returns?);
    let until = begins.saturating_add(slept);
    if until < returns {
        finding.severity = Severity::Warning;
    }
    let until = seconds(until);
    let ready = seconds(returns);
    let times = format!("after {ready} by its own healthchecks, the sleep ends after {until}");
    if start.legacy {
        let help =
            format!("with Compose v2, `docker compose up -d --wait`: the stack is ready {times}");
        return Some(finding.help(help));
    }
    let fix = Fix::new(
        format!(
            "wait with `up -d --wait` instead of the sleep of {}",
            seconds(slept)
        ),
        Safety::Unsafe,
        "",
    );
    let behaviour =
        format!("what comes next starts after {ready} instead of {until}, as predicted");
    let fix = fix.behaviour(behaviour);
    let sources = &cx.view.resolved.sources;
    let fix = repair::wait_in_up(fix, sources, file, start, ending.limit);
    let help = format!("`up -d --wait` waits for it: the stack is ready {times}");
    Some(finding.help(help).repair(fix))
}

/// A loop is told of only where the healthcheck of what it asks does the same.
fn hand_rolled(cx: &Context<'_>, file: FileId, start: &Start, ending: &Ending) -> Option<Finding> {
    let publishes = |port: u16| {
        let all = cx.stack.workloads.iter().enumerate();
        let mut found = all.filter(|(_, it)| it.ports.iter().any(|it| it.published == Some(port)));
        let (first, _) = found.next()?;
        found.next().is_none().then_some(first)
    };
    let asked = match &start.pause.kind {
        PauseKind::AskLoop(name) => Some(cx.stack.find(name)?),
        PauseKind::PortLoop(port) => Some(publishes(*port)?),
        _ => None,
    };
    if ending.proven.is_empty() || asked.is_some_and(|it| !ending.proven.contains(&it)) {
        return None;
    }
    if started::trouble(cx, ending).is_some() {
        return None;
    }
    let ready = seconds(ending.awaited.returns?);
    let what = match asked {
        Some(it) => format!("`{}`", cx.name(it)),
        None => "the healthchecks".to_owned(),
    };
    let message = format!("a loop asks for {what} after `up -d`, which `--wait` does");
    let help = match start.legacy {
        true => "with Compose v2, `docker compose up -d --wait`",
        false => "`up -d --wait` in its place",
    };
    let finding = RULE.finding(At::new(file, start.pause.at), message);
    Some(finding.help(format!("{help}: all are ready after {ready}, predicted")))
}
