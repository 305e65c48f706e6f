//! A service that others wait for and that proves nothing.

use super::{Audience, Check, Context, Fixes, Rule, waiters};
use crate::config::Persona;
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::graph::{Edge, Gate, Readiness};
use crate::knowledge::{self, Fact, Probe, Role};
use crate::repair;
use crate::source::At;
use crate::view::View;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "missing-healthcheck",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/missing-healthcheck.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for index in 0..cx.stack.workloads.len() {
        if cx.view.readiness[index] == Readiness::None {
            findings.extend(missing(cx, index));
        }
    }
}

fn missing(cx: &Context<'_>, index: usize) -> Option<Finding> {
    let workload = cx.workload(index);
    let fact = cx.fact(index)?;
    let unneeded =
        workload.healthcheck.is_some() || workload.is_off() || cx.view.jobs[index].is_some();
    if unneeded || !can_be_asked(fact) {
        return None;
    }
    let waiters = waiters(cx, index);
    let (message, near, fact_there) = match waiters.first() {
        Some(first) => (
            needed(cx, index, &waiters),
            first.at,
            format!("`{}` can only wait for its start", cx.name(first.from)),
        ),
        None => published(cx, index)?,
    };
    let name = cx.name(index);
    let (at, why) = cx.view.absence(index)?;
    let mut finding = RULE
        .finding(workload.name.at, message)
        .label("no `healthcheck` below")
        .note(at, why)
        .note(near, fact_there)
        .help(advice(cx, index, fact))
        .about(&[name]);
    if waiters.is_empty() {
        finding.severity = Severity::Info;
    }
    // Whoever sends traces or metrics starts without the one that takes them.
    if fact.entry.role == Role::Observability {
        finding.severity = Severity::Info;
    }
    Some(finding.repair(repair(cx, index)))
}

/// Who needs it, in words.
fn needed(cx: &Context<'_>, index: usize, waiters: &[&Edge]) -> String {
    let listed = waiters.iter().take(3);
    let names: Vec<String> = listed.map(|it| format!("`{}`", cx.name(it.from))).collect();
    let more = match waiters.len() {
        0..=3 => String::new(),
        all => format!(" and {} more", all - 3),
    };
    let verb = if waiters.len() == 1 { "needs" } else { "need" };
    let (name, names) = (cx.name(index), names.join(", "));
    format!("`{name}` has no healthcheck, and {names}{more} {verb} it")
}

/// For the pedantic: whoever comes from outside, and `up --wait`, cannot tell
/// when it is ready.
fn published(cx: &Context<'_>, index: usize) -> Option<(String, At, String)> {
    if cx.config.persona != Persona::Pedantic || !cx.graph.needed_by(index).is_empty() {
        return None;
    }
    let port = cx.workload(index).ports.first()?;
    let message = format!(
        "`{}` has no healthcheck, and it is published",
        cx.name(index)
    );
    let fact = "nobody outside can tell when it answers".to_owned();
    Some((message, port.at, fact))
}

/// The known test of the image, with times for its boot.
pub(super) fn repair(cx: &Context<'_>, index: usize) -> Result<Fix, String> {
    let (fix, check) = given(cx, index)?;
    repair::add_check(fix, cx.view, cx.config, cx.workload(index), &check)
}

/// A fix that is to give a workload the known test of its image, and that test.
pub(super) fn given(cx: &Context<'_>, index: usize) -> Result<(Fix, knowledge::Check), String> {
    let (check, conditions) = cx.known_check(index)?;
    let name = cx.name(index);
    let image = cx.fact(index).map_or("its image", |it| &it.entry.name);
    let title = format!("give `{name}` the healthcheck of {image}");
    let mut behaviour = format!("`{name}` is tested every {} s", check.pace.interval);
    if !conditions.is_empty() {
        behaviour = format!("{behaviour}; holds only if: {}", conditions.join("; "));
    }
    let fix = Fix::new(title, Safety::Unsafe, name)
        .behaviour(behaviour)
        .reveals(&["weak-dependency", "override-downgrade"]);
    Ok((fix, check))
}

/// Whether something inside the image can answer, and somebody gains from it.
pub(super) fn can_be_asked(fact: &Fact) -> bool {
    fact.entry.probe == Probe::Exec
        && !matches!(fact.entry.role, Role::Proxy | Role::Admin | Role::Job)
}

/// Those whose wait is as weak as it is for want of a healthcheck.
fn waiters<'c>(cx: &'c Context<'_>, index: usize) -> Vec<&'c Edge> {
    let edges = cx
        .graph
        .needed_by(index)
        .into_iter()
        .map(|it| cx.graph.edge(it));
    let weak = edges.filter(|edge| edge.gate == Gate::Started && View::can_wait(edge.why));
    let gains = weak.filter(|edge| {
        let roles = (cx.view.role(edge.from), cx.view.role(edge.to));
        // A dashboard shows nothing until its source answers; that is a cost.
        let shows = roles == (Some(Role::Observability), Some(Role::Observability));
        let proxy = roles.0 == Some(Role::Proxy);
        !cx.workload(edge.from).is_off() && !proxy && (shows || waiters::gains(cx, edge))
    });
    gains.collect()
}

/// The test to write, where one is known to be right; else what speaks
/// against the usual one.
fn advice(cx: &Context<'_>, index: usize, fact: &Fact) -> String {
    match cx.known_check(index) {
        Ok((check, _)) => {
            let words: Vec<String> = check.test.iter().map(|word| format!("{word:?}")).collect();
            format!("for {}: `test: [{}]`", fact.entry.name, words.join(", "))
        }
        Err(reason) => format!("give it a `healthcheck`; {reason}"),
    }
}
