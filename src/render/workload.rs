//! What a plan says of one workload, in the words of the plan.
//!
//! Owns what is told beside a name in an editor. Names and texts are fit to be
//! shown. Must not know how an editor asks.

use std::fmt::Write;

use super::plan::{active_tiers, causes, name, reason_text, slack_of};
use super::{redact, seconds};
use crate::check::Report;
use crate::graph::{Edge, Gate};
use crate::timing::Kind;

/// When it is ready, as in `ready @40.7 s`; `None` for what a profile or a
/// count of zero switches off, and where the stack was not read to its end.
pub fn short(report: &Report, workload: usize) -> Option<String> {
    if is_unknown(report) || is_off(report, workload) {
        return None;
    }
    let plan = report.clock.plan();
    if plan.never.iter().any(|it| it.workload == workload) {
        return Some("never starts".to_owned());
    }
    let at = seconds(plan.ready[workload]?);
    let about = if plan.at_least[workload] {
        "at least "
    } else {
        ""
    };
    Some(format!("{} {about}@{at}", state(report, workload)))
}

/// Tier, times, slack and both ends of its edges, as Markdown; `None` where the
/// stack was not read to its end, for half a plan would pass for a whole one.
pub fn markdown(report: &Report, workload: usize) -> Option<String> {
    if is_unknown(report) {
        return None;
    }
    let mut out = format!("**{}**", code(&name(report, workload)));
    if let Some(tier) = tier(report, workload) {
        let _ = write!(out, " · {tier}");
    }
    let _ = writeln!(out, "\n\n{}", times(report, workload));
    let graph = &report.view.graph;
    let waits = graph.needs(workload).into_iter().map(|it| graph.edge(it));
    let waits: Vec<String> = waits.map(|it| line(report, it, it.to)).collect();
    list("waits for", waits, &mut out);
    let needed = graph.needed_by(workload).into_iter();
    let needed = needed.map(|it| graph.edge(it));
    let needed: Vec<String> = needed.map(|it| line(report, it, it.from)).collect();
    list("is waited for by", needed, &mut out);
    let _ = writeln!(out, "\n{}", stack(report));
    Some(out)
}

/// Whether a file of the stack could not be read to its end.
fn is_unknown(report: &Report) -> bool {
    let resolved = &report.view.resolved;
    !resolved.broken.is_empty() || !resolved.unreadable.is_empty()
}

fn is_off(report: &Report, workload: usize) -> bool {
    matches!(report.clock.nodes[workload].kind, Kind::Off)
}

fn state(report: &Report, workload: usize) -> &'static str {
    match report.clock.nodes[workload].kind {
        Kind::Exits(_) => "done",
        _ => "ready",
    }
}

/// Text between back-ticks, whatever is in it.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

/// `tier 2 of 5`.
fn tier(report: &Report, workload: usize) -> Option<String> {
    let tiers = active_tiers(report);
    let own = tiers.iter().position(|it| it.contains(&workload))?;
    Some(format!("tier {} of {}", own + 1, tiers.len()))
}

/// Start, readiness and slack on one line, what they are made of on the next.
fn times(report: &Report, workload: usize) -> String {
    let plan = report.clock.plan();
    if !report.stack().workloads[workload].is_active(&report.stack().profiles) {
        return "off without its profile".to_owned();
    }
    if let Some(never) = plan.never.iter().find(|it| it.workload == workload) {
        return format!("never starts: {}", reason_text(report, never.reason));
    }
    if is_off(report, workload) {
        return "nothing of it is started".to_owned();
    }
    let started = plan.started[workload].map(|at| format!("started @{}", seconds(at)));
    let on_path = plan.critical.iter().any(|it| it.workload == workload);
    let slack = match slack_of(report, workload) {
        _ if on_path => Some("on the critical path".to_owned()),
        slack => slack.map(|it| format!("slack {}", seconds(it))),
    };
    let parts = [started, short(report, workload), slack];
    let line: Vec<String> = parts.into_iter().flatten().collect();
    let mut text = line.join(" · ");
    let segment = plan.segments[workload].as_ref();
    let made_of = segment.map(|it| causes(report, it));
    if let Some(made_of) = made_of.filter(|it| !it.is_empty()) {
        let _ = write!(text, "\n\n{made_of}");
    }
    text
}

/// The other end of an edge, and what is awaited there.
fn line(report: &Report, edge: &Edge, other: usize) -> String {
    let awaited = match edge.gate {
        Gate::None => "not awaited",
        Gate::Started => "to be started",
        Gate::Ready => "to be ready",
        Gate::Completed => "to be done",
    };
    let at = short(report, other).map(|it| format!(", {it}"));
    let other = code(&name(report, other));
    format!("{other}: {awaited}{}", at.unwrap_or_default())
}

fn list(title: &str, mut lines: Vec<String>, out: &mut String) {
    if lines.is_empty() {
        return;
    }
    // A pod may need another for several reasons.
    lines.sort();
    lines.dedup();
    let _ = writeln!(out, "\n{title}\n");
    for line in lines {
        let _ = writeln!(out, "- {line}");
    }
}

/// The stack that all this is about.
fn stack(report: &Report) -> String {
    let plan = report.clock.plan();
    let name = code(&redact::message(&report.stack().name));
    let about = if plan.total_at_least() {
        "at least "
    } else {
        ""
    };
    let mut text = match plan.is_complete() {
        true => format!("{name}: predicted ready {about}{}", seconds(plan.total)),
        false => format!("{name}: the stack does not start as it stands"),
    };
    if report.is_partial() {
        text.push_str("; part of it is out of sight");
    }
    text
}
