//! An initial delay that stands for the time a start takes.

use super::{Audience, ClusterContext, Fixes, Rule, Scope};
use crate::finding::{Finding, Severity};
use crate::model::kubernetes::pod::Container;
use crate::model::kubernetes::probe::{Probe, ProbeRole};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "sleep-as-probe",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/sleep-as-probe.md"),
    check: Scope::Cluster(check),
};

/// Shorter delays cost too little to speak of, in seconds.
const LONG: i64 = 30;

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
    let long = |it: &&Probe| it.delay() >= LONG;
    let probe = [&container.readiness, &container.liveness];
    let probe = probe.into_iter().flatten().find(long)?;
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
        .help(advice(probe, seconds))
        .about(&[cx.name(index), &container.name.value]);
    if probe.role != ProbeRole::Readiness {
        finding.severity = Severity::Info;
    }
    Some(finding)
}

/// Twice the delay as a budget, looked at every five seconds.
fn advice(probe: &Probe, delay: i64) -> String {
    let failures = startup_failures(delay);
    let role = probe.role.as_str();
    format!(
        "a startupProbe with the handler of the {role}, `periodSeconds: {PERIOD}` and `failureThreshold: {failures}` waits no longer than it must"
    )
}

/// The period of the startup probe that is proposed, in seconds.
const PERIOD: i64 = 5;

const fn startup_failures(delay: i64) -> i64 {
    (2 * delay + PERIOD - 1) / PERIOD
}
