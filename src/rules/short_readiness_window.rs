//! A healthcheck that gives up before its image can have booted.

use std::time::Duration;

use super::{Audience, Check, Context, Fixes, Rule, times};
use crate::config::Engine;
use crate::finding::{Finding, Fix, Severity};
use crate::timing::{self, BootSource, Kind, Timings};
use crate::words::seconds;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "short-readiness-window",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/short-readiness-window.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for it in 0..cx.stack.workloads.len() {
        findings.extend(short(cx, it));
    }
}

fn short(cx: &Context<'_>, it: usize) -> Option<Finding> {
    let (node, timings) = times::known(cx, it)?;
    let budget = timing::budget(cx.clock.settings.engine, timings);
    // A probe that always runs into its timeout is another fault.
    if budget.is_zero() || budget >= node.boot.mul_f64(cx.config.options.margin) {
        return None;
    }
    let awaiters = cx.awaiters(it);
    let edge = awaiters.iter().find(|edge| edge.required)?;
    let check = cx.workload(it).healthcheck.as_ref()?;
    let name = cx.name(it);
    let who = match node.boot_source {
        BootSource::Image => cx.fact(it)?.entry.name.clone(),
        _ => "it".to_owned(),
    };
    let (given, taken) = (seconds(budget), seconds(node.boot));
    let margin = cx.config.options.margin;
    let wanted = if margin > 1.0 {
        format!("; the settings want room for {margin} times that")
    } else {
        String::new()
    };
    let message = format!(
        "`{name}` has {given} to become healthy, and {who} takes about {taken} to boot{wanted}"
    );
    let at = [&check.start_period, &check.interval];
    let at = at
        .into_iter()
        .flatten()
        .next()
        .map_or(check.key, |it| it.at);
    Some(
        RULE.finding(at, message)
            .label(format!(
                "the {} counted failure comes {given} after the start",
                ordinal(timings.retries)
            ))
            .note(
                cx.dependency(edge).condition.at,
                format!(
                    "`{}` fails at the first `unhealthy`, and `up` with it",
                    cx.name(edge.from)
                ),
            )
            .place(check.key)
            .help("a longer `start_period` forgives early failures and delays nobody")
            .about(&[name])
            .repair(longer(cx, it, timings)),
    )
}

/// The start period in which the boot ends, and early probes that come no
/// later than they did.
fn longer(cx: &Context<'_>, it: usize, timings: &Timings) -> Result<Fix, String> {
    let (engine, node) = (cx.clock.settings.engine, &cx.clock.nodes[it]);
    let quicker = timing::quicker(engine, node).ok_or("nothing probes it")?;
    let Kind::Probe(new) = &quicker.kind else {
        return Err("nothing probes it".to_owned());
    };
    let wanted = node.boot.mul_f64(cx.config.options.margin).as_secs();
    let period = Duration::from_secs(wanted.next_multiple_of(10)).max(new.start_period);
    let mut times = vec![("start_period", period)];
    // From 27 on the period alone would set a gap of 5 s.
    let slows = engine == Engine::V27
        && timings.start_interval.is_none()
        && (timings.start_period.is_zero() || timings.interval < Duration::from_secs(5));
    if let Some(gap) = new.start_interval.filter(|_| slows) {
        times.push(("start_interval", gap));
    }
    let (name, given) = (cx.name(it), timing::budget(engine, timings));
    let wider = Timings {
        start_period: period,
        ..timings.clone()
    };
    let gets = timing::budget(engine, &wider);
    let behaviour = format!(
        "`{name}` counts as unhealthy after {} of failed probes, not after {}",
        seconds(gets),
        seconds(given)
    );
    Ok(times::set(cx, it, &times)?.behaviour(behaviour))
}

fn ordinal(n: u32) -> String {
    let ending = match (n % 10, n % 100) {
        (1, teen) if teen != 11 => "st",
        (2, teen) if teen != 12 => "nd",
        (3, teen) if teen != 13 => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}
