//! A slow starter whose liveness probe is all that gives it time.

use super::sleep_as_probe::is_long;
use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::model::kubernetes::pod::Container;
use crate::model::kubernetes::probe::Probe;
use crate::repair::pods;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "missing-startup-probe",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/missing-startup-probe.md"),
    check: Check::Cluster(check),
};

/// Images that start faster need no probe for it, in seconds.
const SLOW: i64 = 30;

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for (index, pod, container) in cx.running() {
        if container.startup.is_none() && !pod.patched && !pod.kind.ends() {
            findings.extend(judge(cx, index, container));
        }
    }
}

/// Less patience than the boot is `aggressive-liveness`; a long delay is
/// `sleep-as-probe`. What is left has time for an ordinary start, and none
/// for a slow disk.
fn judge(cx: &ClusterContext<'_>, index: usize, container: &Container) -> Option<Finding> {
    let liveness = container.liveness.as_ref()?;
    let fact = cx.fact(container)?;
    let boot = i64::from(fact.entry.boot?);
    let earliest = liveness.delay() + (liveness.failures() - 1) * liveness.period();
    let delayed = |it: &Option<Probe>| {
        it.as_ref()
            .is_some_and(|it| is_long(it, &cx.config.options))
    };
    let elsewhere = delayed(&container.readiness) || delayed(&container.liveness);
    if boot < SLOW || earliest < boot || earliest >= 2 * boot || elsewhere {
        return None;
    }
    let title = cx.title(index, container);
    let name = &fact.entry.name;
    let message = format!(
        "{title} has {earliest} s to start, and {name} takes about {boot} s without a startupProbe"
    );
    let role = liveness.role.as_str();
    Some(
        RULE.finding(liveness.key, message)
            .label(format!("restarts after {earliest} s"))
            .help(format!(
                "a startupProbe with the handler of the {role} and a budget of {} s gives a slow start time",
                2 * boot
            ))
            .about(&[cx.name(index), &container.name.value])
            .repair(startup(cx, index, container, 2 * boot)),
    )
}

/// A startup probe that asks what liveness, else readiness, asks: what fails it
/// restarts, and what readiness asks need not.
pub(super) fn startup(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    budget: i64,
) -> Result<Fix, String> {
    let like = container.liveness.as_ref().or(container.readiness.as_ref());
    let like = like.ok_or("there is no probe to take the question from")?;
    let title = cx.title(index, container);
    let fix = Fix::new(
        format!("give {title} {budget} s to start"),
        Safety::Unsafe,
        cx.name(index),
    )
    .behaviour(format!(
        "it is not restarted within {budget} s of its start"
    ))
    .reveals(&["aggressive-liveness"]);
    pods::add_startup(fix, cx.view, container, like, budget)
}
