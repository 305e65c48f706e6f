//! A healthcheck that gives up before its image can have booted.

use super::{Audience, Check, Context, Fixes, Rule};
use crate::finding::Finding;
use crate::finding::Severity;
use crate::graph::Readiness;
use crate::timing::{self, BootSource, Kind};
use crate::words::seconds;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "short-readiness-window",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/short-readiness-window.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for it in 0..cx.stack.workloads.len() {
        findings.extend(short(cx, it));
    }
}

fn short(cx: &Context<'_>, it: usize) -> Option<Finding> {
    let node = &cx.clock.nodes[it];
    let Kind::Probe(timings) = &node.kind else {
        return None;
    };
    let known = node.boot_source != BootSource::Default;
    if !known || cx.view.readiness[it] != Readiness::Declared {
        return None;
    }
    let budget = timing::budget(cx.clock.settings.engine, timings);
    // A probe that always runs into its timeout is another fault.
    if budget.is_zero() || budget >= node.boot {
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
    let message =
        format!("`{name}` has {given} to become healthy, and {who} takes about {taken} to boot");
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
            .about(&[name]),
    )
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
