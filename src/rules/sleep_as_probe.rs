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

/// Shorter ones are never spoken of.
const SHORT: i64 = 10;

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

/// A shorter delay of a readiness probe counts where the file itself says that it
/// is no matter of the boot: liveness asks something else before, and the
/// readiness probe skips two of its own looks and more.
fn is_second_guess(container: &Container, probe: &Probe) -> bool {
    let Some(liveness) = &container.liveness else {
        return false;
    };
    let earlier = (1..probe.delay()).contains(&liveness.delay());
    probe.role == ProbeRole::Readiness
        && earlier
        && probe.delay() >= SHORT.max(2 * probe.period())
        && !liveness.handler.same_as(&probe.handler)
}

/// The readiness probe's delay costs time at every start; that of a liveness
/// probe alone only makes a hang last longer.
fn judge(cx: &ClusterContext<'_>, index: usize, container: &Container) -> Option<Finding> {
    let probe = [&container.readiness, &container.liveness];
    let counts = |it: &&Probe| is_long(it, &cx.config.options) || is_second_guess(container, it);
    let probe = probe.into_iter().flatten().find(counts)?;
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
            budget(container, probe),
        ))
        .about(&[cx.name(index), &container.name.value]);
    let liveness = container.liveness.as_ref();
    let long = is_long(probe, &cx.config.options);
    if !long {
        let before = liveness.and_then(|it| it.initial_delay.as_ref());
        finding = finding.note(before?.at, "by its own account it answers after this time");
    }
    if probe.role != ProbeRole::Readiness || !long {
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
    let budget = budget(container, probe);
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
    for it in delayed.into_iter().flatten().filter(|it| {
        let least = cx.config.options.delay;
        it.delay() >= least || (!is_long(probe, &cx.config.options) && it.delay() > 0)
    }) {
        fix = pods::drop_field(fix, cx.view, it, "initialDelaySeconds")?;
    }
    Ok(fix)
}

/// Twice the delay, and no less than the liveness probe has given so far.
fn budget(container: &Container, probe: &Probe) -> i64 {
    let given = container.liveness.as_ref().map_or(0, Probe::budget);
    given.max(2 * probe.delay())
}

/// The budget, looked at every five seconds.
fn advice(probe: &Probe, budget: i64) -> String {
    let failures = (budget + STARTUP_PERIOD - 1) / STARTUP_PERIOD;
    let role = probe.role.as_str();
    format!(
        "a startupProbe with the handler of the {role}, `periodSeconds: {STARTUP_PERIOD}` and `failureThreshold: {failures}` waits no longer than it must"
    )
}
