//! An initial delay that stands for the time a start takes.

use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::config::options::Options;
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::model::kubernetes::pod::Container;
use crate::model::kubernetes::probe::{Probe, ProbeRole};
use crate::repair::pods::{self, STARTUP_PERIOD};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "sleep-as-probe",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/sleep-as-probe.md"),
    check: Check::Cluster(check),
};

/// Whether a probe's delay stands for the time that a start takes. That of a
/// liveness probe costs only when a start hangs.
pub(super) fn is_long(probe: &Probe, options: &Options) -> bool {
    let most = match probe.role {
        ProbeRole::Liveness => options.delay.saturating_mul(2),
        _ => options.delay,
    };
    probe.delay() >= most
}

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for (index, pod, container) in cx.running() {
        if container.startup.is_some() || pod.patched || pod.kind.ends() {
            continue;
        }
        findings.extend(judge(cx, index, container));
    }
}

/// The readiness probe's delay costs time at every start; that of a liveness
/// probe alone only makes a hang last longer.
fn judge(cx: &ClusterContext<'_>, index: usize, container: &Container) -> Option<Finding> {
    let probe = [&container.readiness, &container.liveness];
    let probe = probe
        .into_iter()
        .flatten()
        .find(|it| is_long(it, &cx.config.options))?;
    let delay = probe.initial_delay.as_ref()?;
    let title = cx.title(index, container);
    let seconds = delay.value;
    let (fact, label) = match probe.role {
        ProbeRole::Readiness => (
            format!("{title} is not looked at for {seconds} s, ready or not"),
            "a sleep at every start",
        ),
        _ => (
            format!("{title} may hang for {seconds} s before its liveness is looked at"),
            "a guess at how long a start takes",
        ),
    };
    let mut finding = RULE
        .finding(delay.at, fact)
        .label(label)
        .place(probe.key)
        .help(advice(
            container.liveness.as_ref().unwrap_or(probe),
            seconds,
        ))
        .about(&[cx.name(index), &container.name.value]);
    if probe.role != ProbeRole::Readiness {
        finding.severity = Severity::Info;
    }
    Some(finding.repair(repair(cx, index, container, probe)))
}

/// A startup probe with the same question, and no delay of more than a moment.
fn repair(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    probe: &Probe,
) -> Result<Fix, String> {
    let title = cx.title(index, container);
    let budget = 2 * probe.delay();
    let mut fix = Fix::new(
        format!("ask {title} every {STARTUP_PERIOD} s until it has started"),
        Safety::Unsafe,
        cx.name(index),
    )
    .behaviour(format!(
        "it is ready as soon as it answers, and restarted if it has not within {budget} s"
    ))
    .reveals(&["aggressive-liveness"]);
    let like = container.liveness.as_ref().unwrap_or(probe);
    fix = pods::add_startup(fix, cx.view, container, like, budget)?;
    let delayed = [&container.readiness, &container.liveness];
    for it in delayed
        .into_iter()
        .flatten()
        .filter(|it| it.delay() >= cx.config.options.delay)
    {
        fix = pods::drop_field(fix, cx.view, it, "initialDelaySeconds")?;
    }
    Ok(fix)
}

/// Twice the delay as a budget, looked at every five seconds.
fn advice(probe: &Probe, delay: i64) -> String {
    let failures = (2 * delay + STARTUP_PERIOD - 1) / STARTUP_PERIOD;
    let role = probe.role.as_str();
    format!(
        "a startupProbe with the handler of the {role}, `periodSeconds: {STARTUP_PERIOD}` and `failureThreshold: {failures}` waits no longer than it must"
    )
}
