//! A healthcheck whose first probe comes so late that those who wait pay.

use std::time::Duration;

use super::{Audience, Check, Context, Fixes, Rule, times};
use crate::config::Engine;
use crate::finding::{Finding, Severity};
use crate::graph::Readiness;
use crate::source::At;
use crate::timing::{self, BootSource, Change, Edit, Kind, Node, Timings};
use crate::words::{self, seconds};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "slow-first-probe",
    severity: Severity::Info,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/slow-first-probe.md"),
    check: Check::Project(check),
};

/// A first probe this late is late whatever the boot.
const LATE: Duration = Duration::from_secs(20);

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    let engine = cx.clock.settings.engine;
    let slow: Vec<(usize, &Timings, Node)> = (0..cx.stack.workloads.len())
        .filter_map(|it| {
            let timings = waits_a_whole_interval(cx, it)?;
            Some((it, timings, timing::quicker(engine, &cx.clock.nodes[it])?))
        })
        .collect();
    let starts = |nodes: &[Node]| timing::starts(cx.clock.settings, nodes, &cx.clock.waits);
    // Two slow ones side by side hide each other: what one costs shows once
    // the others are quick.
    let mut nodes = cx.clock.nodes.clone();
    for (it, _, quicker) in &slow {
        nodes[*it] = quicker.clone();
    }
    let mut best = None;
    for (it, timings, quicker) in slow.iter().filter(|it| matters(cx, it.0, it.1.interval)) {
        let best = best.get_or_insert_with(|| starts(&nodes));
        nodes[*it] = cx.clock.nodes[*it].clone();
        let now = starts(&nodes);
        findings.extend(tell(cx, *it, timings, quicker, (&now, best)));
        nodes[*it] = quicker.clone();
    }
}

/// The timings of a check in the files, if its first gap is `interval`.
fn waits_a_whole_interval<'c>(cx: &'c Context<'_>, it: usize) -> Option<&'c Timings> {
    let Kind::Probe(timings) = &cx.clock.nodes[it].kind else {
        return None;
    };
    let declared = cx.view.readiness[it] == Readiness::Declared && !cx.awaiters(it).is_empty();
    let whole = match cx.clock.settings.engine {
        Engine::V24 => true,
        Engine::V25 => timings.start_period.is_zero() || timings.start_interval.is_none(),
        Engine::V27 => timings.start_period.is_zero(),
    };
    (declared && whole).then_some(timings)
}

/// Whether a first gap is what waiters wait for, and not a boot that outlasts it.
fn matters(cx: &Context<'_>, it: usize, gap: Duration) -> bool {
    let node = &cx.clock.nodes[it];
    (node.boot_source != BootSource::Default || gap >= LATE) && gap > node.boot
}

fn tell(
    cx: &Context<'_>,
    it: usize,
    timings: &Timings,
    quicker: &Node,
    (now, best): (&[Option<Duration>], &[Option<Duration>]),
) -> Option<Finding> {
    let node = &cx.clock.nodes[it];
    let guessed = node.boot_source == BootSource::Default;
    let late = |it: usize| Some(now[it]?.saturating_sub(best[it]?));
    let awaiters = cx.awaiters(it);
    let last = awaiters.into_iter();
    let last = last.filter_map(|edge| Some((late(edge.from)?, edge)));
    let (cost, edge) = last.max_by_key(|(late, edge)| (*late, std::cmp::Reverse(edge.from)))?;
    if cost < cx.config.options.worth {
        return None;
    }
    let (name, waiter, first) = (cx.name(it), cx.name(edge.from), seconds(timings.interval));
    let message = if guessed {
        format!(
            "the first probe of `{name}` comes after {first}: `{waiter}` starts up to {} late",
            seconds(cost)
        )
    } else {
        format!(
            "`{name}` boots in about {}, its first probe comes after {first}: `{waiter}` starts {} late",
            seconds(node.boot),
            seconds(cost)
        )
    };
    let (at, label) = place(cx, it)?;
    let mut finding = RULE
        .finding(at, message)
        .label(label)
        .note(
            cx.dependency(edge).condition.at,
            format!("`{waiter}` waits here"),
        )
        .help(advice(cx, it, timings, quicker))
        .about(&[name])
        .repair(times::quicker(cx, it, (timings, quicker)));
    if cost >= LATE && !guessed {
        finding.severity = Severity::Warning;
    }
    Some(finding)
}

fn place(cx: &Context<'_>, it: usize) -> Option<(At, &'static str)> {
    let check = cx.workload(it).healthcheck.as_ref()?;
    let given = "the first probe comes this long after the start";
    let default = "`interval` is 30 s by default, and the first probe waits for it";
    Some(match &check.interval {
        Some(interval) => (interval.at, given),
        None => (check.key, default),
    })
}

fn advice(cx: &Context<'_>, it: usize, timings: &Timings, quicker: &Node) -> String {
    let Kind::Probe(new) = &quicker.kind else {
        return String::new();
    };
    let gain = match cx.clock.cost_of(Edit::Node(it, quicker)) {
        Change::Faster(by) if by >= Duration::from_millis(500) => {
            format!("; the whole stack is then ready {} earlier", seconds(by))
        }
        _ => String::new(),
    };
    let changes: Vec<String> = timing::changes(timings, new)
        .iter()
        .map(|(key, time)| format!("`{key}: {}`", words::written(*time)))
        .collect();
    format!("write {}{gain}", changes.join(" and "))
}
