//! A `start_interval` that is refused, unread or missing where it is needed.

use std::time::Duration;

use super::{Audience, Check, Context, Fixes, Rule, times};
use crate::config::Engine;
use crate::finding::{Finding, Severity};
use crate::model::workload::{Healthcheck, Test};
use crate::source::{At, Spanned};
use crate::timing::START_INTERVAL;
use crate::words::{self, seconds};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "start-interval-misuse",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/start-interval-misuse.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (it, workload) in cx.stack.workloads.iter().enumerate() {
        let Some(check) = &workload.healthcheck else {
            continue;
        };
        let off = check.disable.is_some()
            || workload.is_off()
            || check.test.as_ref().is_some_and(|it| it.value == Test::None);
        if !check.unknown_timing && !off {
            findings.extend(match &check.start_interval {
                Some(written) if !written.value.is_zero() => misused(cx, it, check, written),
                _ => missing(cx, it, check),
            });
        }
    }
}

/// A `start_interval` that does not do what it says.
fn misused(
    cx: &Context<'_>,
    it: usize,
    check: &Healthcheck,
    written: &Spanned<Duration>,
) -> Option<Finding> {
    let name = cx.name(it);
    let found = |at: At, message: String| RULE.finding(at, message).place(check.key).about(&[name]);
    let Some(period) = &check.start_period else {
        let message = format!("`{name}` has a `start_interval` without a `start_period`");
        let finding = found(written.at, message).repair(times::period(cx, it));
        if cx.config.compose_is_at_least(2, 36) {
            let mut finding = finding
                .label("Compose refuses to start this from 2.36 on")
                .help("add the `start_period` in which it counts");
            finding.severity = Severity::Error;
            return Some(finding);
        }
        return Some(
            finding
                .label("nothing reads it")
                .help("add a `start_period`"),
        );
    };
    if cx.config.engine == Engine::V24 {
        let message = format!("engines up to 24 know no `start_interval`, and `{name}` has one");
        let help = "take it out and shorten `interval`, or run it on engine 25 or later";
        let fix = times::without_start_interval(cx, it);
        return Some(found(written.at, message).help(help).repair(fix));
    }
    let (early, period_value) = (written.value, period.value);
    if period_value.is_zero() {
        let message = format!("`{name}` has a `start_interval`, and a `start_period` of 0 s");
        return Some(
            found(written.at, message)
                .label("it counts only in the period")
                .note(period.at, "which is over at once")
                .help("a longer `start_period` costs nothing when the boot is quick")
                .repair(times::period(cx, it)),
        );
    }
    (early > period_value).then(|| {
        let message = format!(
            "`start_interval` of `{name}` is longer than its `start_period`: no probe comes in {}",
            seconds(period_value)
        );
        found(written.at, message)
            .label(format!("the first probe comes after {}", seconds(early)))
            .note(period.at, "the period is over before")
            .help("a short `start_interval` sees early that the container is ready")
            .repair(times::shorter(cx, it))
    })
}

/// A short `interval` that engines from 27 replace by 5 s in the start period.
fn missing(cx: &Context<'_>, it: usize, check: &Healthcheck) -> Option<Finding> {
    let (interval, period) = (check.interval.as_ref()?, check.start_period.as_ref()?);
    let short = !interval.value.is_zero() && interval.value < START_INTERVAL;
    if cx.config.engine != Engine::V27 || !short || period.value.is_zero() {
        return None;
    }
    let edge = *cx.awaiters(it).first()?;
    let (name, waiter, written) = (cx.name(it), cx.name(edge.from), seconds(interval.value));
    let gap = interval.value.min(period.value);
    let behaviour = format!(
        "`{name}` is probed every {} while it starts, not every 5 s",
        seconds(gap)
    );
    let fix = times::set(cx, it, &[("start_interval", gap)]);
    let fix = fix.map(|it| it.behaviour(behaviour));
    let message = format!(
        "`{name}` is probed every 5 s in its `start_period`, not every {written}: `{waiter}` waits up to {} longer",
        seconds(START_INTERVAL.saturating_sub(interval.value))
    );
    Some(
        RULE.finding(period.at, message)
            .label("from engine 27 on the gap in this period is 5 s")
            .note(
                interval.at,
                format!("the gap of {written} counts only afterwards"),
            )
            .place(check.key)
            .help(format!("write `start_interval: {}`", words::written(gap)))
            .about(&[name])
            .repair(fix),
    )
}
