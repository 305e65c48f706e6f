//! A liveness probe that kills what is only slow.

use super::missing_startup_probe::startup;
use super::pods::eager::as_eager;
use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::model::kubernetes::pod::Container;
use crate::model::kubernetes::probe::Probe;
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "aggressive-liveness",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/aggressive-liveness.md"),
    check: Check::Cluster(check),
};

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for (index, pod, container) in cx.running() {
        let Some(liveness) = container.liveness.as_ref().filter(|_| !pod.patched) else {
            continue;
        };
        let found = if container.startup.is_none() {
            before_boot(cx, index, container, liveness)
                .or_else(|| before_readiness(cx, index, container, liveness))
        } else {
            None
        };
        findings.extend(found.or_else(|| as_eager(cx, index, container, liveness)));
    }
}

/// When the restart can come at the earliest, in seconds from the container's
/// start: the first look may come right after the delay.
fn earliest_kill(probe: &Probe) -> i64 {
    probe.delay() + (probe.failures() - 1) * probe.period()
}

/// `15 s + 2 × 10 s = 35 s`.
fn sum(probe: &Probe) -> String {
    let (delay, period, times) = (probe.delay(), probe.period(), probe.failures() - 1);
    format!(
        "{delay} s + {times} × {period} s = {} s",
        earliest_kill(probe)
    )
}

pub(super) fn finding(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    at: At,
    fact: String,
) -> Finding {
    RULE.finding(at, fact)
        .about(&[cx.name(index), &container.name.value])
}

/// Its image is known to take longer than the probe has patience.
fn before_boot(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    liveness: &Probe,
) -> Option<Finding> {
    let fact = cx.fact(container)?;
    let boot = i64::from(fact.entry.boot?);
    let kill = earliest_kill(liveness);
    if kill >= boot {
        return None;
    }
    let title = cx.title(index, container);
    let name = &fact.entry.name;
    let message =
        format!("{title} can be killed after {kill} s, and {name} takes about {boot} s to start");
    Some(
        finding(cx, index, container, liveness.key, message)
            .label(sum(liveness))
            .help("a startupProbe keeps the livenessProbe quiet until the start is over")
            .repair(startup(cx, index, container, 2 * boot)),
    )
}

/// The file itself says that it is not ready before a time at which it may be
/// killed already.
fn before_readiness(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    liveness: &Probe,
) -> Option<Finding> {
    let readiness = container.readiness.as_ref()?;
    let delay = readiness.initial_delay.as_ref()?;
    // Another question may have an answer at once.
    if !liveness.handler.same_as(&readiness.handler) {
        return None;
    }
    let kill = earliest_kill(liveness);
    if kill >= delay.value || liveness.failures() < 1 {
        return None;
    }
    let title = cx.title(index, container);
    let message = format!(
        "{title} can be killed after {kill} s, before its readiness is looked at after {} s",
        delay.value
    );
    Some(
        finding(cx, index, container, liveness.key, message)
            .label(sum(liveness))
            .note(delay.at, "not ready before, by its own account")
            .help("a startupProbe keeps the livenessProbe quiet until the start is over")
            .repair(startup(cx, index, container, 2 * delay.value)),
    )
}
