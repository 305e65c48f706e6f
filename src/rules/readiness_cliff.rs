//! A boot that ends just after `start_period`, when probes have become rare.

use std::time::Duration;

use super::{Audience, Check, Context, Fixes, Rule, times};
use crate::finding::{Finding, Severity};
use crate::timing::{self, START_INTERVAL};
use crate::words::{self, seconds};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "readiness-cliff",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/readiness-cliff.md"),
    check: Check::Project(check),
};

/// Less than this is not worth a word.
const WORTH: Duration = Duration::from_secs(5);
/// Less than this may be an error of the estimate.
const HURTS: Duration = Duration::from_secs(10);

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for it in 0..cx.stack.workloads.len() {
        findings.extend(cliff(cx, it));
    }
}

fn cliff(cx: &Context<'_>, it: usize) -> Option<Finding> {
    let (node, timings) = times::known(cx, it)?;
    let outcome = timing::first_success(cx.clock.settings.engine, timings, node.boot);
    if !outcome.cliff || outcome.wasted < WORTH || outcome.unhealthy_at.is_some() {
        return None;
    }
    let edge = *cx.awaiters(it).first()?;
    let check = cx.workload(it).healthcheck.as_ref()?;
    let (name, healthy) = (cx.name(it), seconds(outcome.healthy_at?));
    let message = format!(
        "`{name}` boots in about {}, after its `start_period`, and is found healthy at {healthy}",
        seconds(node.boot)
    );
    let longer = node.boot * 2;
    let period = words::written(longer);
    let gap = timings.start_interval.unwrap_or(START_INTERVAL);
    let period_at = check.start_period.as_ref()?.at;
    let mut finding = RULE.finding(period_at, message);
    if outcome.wasted < HURTS {
        finding.severity = Severity::Info;
    }
    Some(
        finding
            .label(format!(
                "probes come every {} up to here only",
                seconds(gap)
            ))
            .note(
                check.interval.as_ref().map_or(check.key, |it| it.at),
                format!("then every {}", seconds(timings.interval)),
            )
            .note(
                cx.dependency(edge).condition.at,
                format!("`{}` waits here", cx.name(edge.from)),
            )
            .place(check.key)
            .help(format!(
                "a `start_period` of {period} costs nothing when the boot is quick"
            ))
            .about(&[name])
            .repair(times::set(cx, it, &[("start_period", longer)])),
    )
}
