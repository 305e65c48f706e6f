//! Plans as text and JSON.

use std::fmt::Write;

use std::time::Duration;

use super::compare::Comparison;
use super::{redact, seconds};
use crate::check::Report;
use crate::finding::Finding;
use crate::timing::{self, Cause, Change, Edit, Kind, Never, Plan, Reason, Segment, Until};
use crate::words::{difference, written};

/// What is asked of a plan beyond the plan.
#[derive(Default)]
pub struct Asked<'a> {
    /// The time in which everything has to be ready.
    pub budget: Option<Duration>,
    /// The changes that were thought, as typed.
    pub what_if: &'a [String],
    /// The plans without them, by report; empty if nothing was thought.
    pub before: &'a [Plan],
    /// How `up --wait` ends.
    pub wait: bool,
    /// An older plan.
    pub comparison: Option<&'a Comparison>,
}

/// Whether everything is ready in time; a stack that never is is not.
pub fn is_within(report: &Report, budget: Duration) -> bool {
    let plan = report.clock.plan();
    plan.is_complete() && plan.total <= budget
}

/// The chain that decides, slack for the rest, the tiers, and what was asked.
pub fn text(report: &Report, index: usize, asked: &Asked<'_>) -> String {
    let mut out = String::new();
    let stack = report.stack();
    let files: Vec<String> = crate::check::paths(&report.view.resolved)
        .iter()
        .map(|it| redact::message(&it.to_string_lossy()))
        .collect();
    let _ = writeln!(
        out,
        "{} ({})",
        redact::message(&stack.name),
        files.join(", ")
    );
    if active_tiers(report).is_empty() {
        nothing_on(report, &mut out);
        return out;
    }
    chain(report, asked.budget, &mut out);
    never(report, &mut out);
    slack(report, &mut out);
    out.push_str(&super::bounds::text(report));
    tiers(report, &mut out);
    if asked.wait {
        out.push_str(&super::awaited::text(report));
    }
    if let Some(before) = asked.before.get(index) {
        what_if(report, asked.what_if, before, &mut out);
    }
    if let Some(comparison) = asked.comparison {
        out.push_str(&comparison.text(index));
    }
    out
}

pub(super) fn name(report: &Report, workload: usize) -> String {
    redact::message(&report.stack().workloads[workload].name.value)
}

/// From the last workload down to the root, one line per segment.
fn chain(report: &Report, budget: Option<Duration>, out: &mut String) {
    let plan = report.clock.plan();
    let about = if plan.total_at_least() {
        "at least "
    } else {
        ""
    };
    let verdict = budget.map(|it| format!("   {}", verdict(report, it)));
    out.push('\n');
    if plan.critical.is_empty() {
        let ready = seconds(plan.total);
        let _ = writeln!(out, "ready @{ready}{}", verdict.unwrap_or_default());
        return;
    }
    for (depth, segment) in plan.critical.iter().rev().enumerate() {
        let (indent, about) = if depth == 0 {
            (String::new(), about)
        } else {
            (format!("{}└─ ", "   ".repeat(depth - 1)), "")
        };
        let own = segment.at.saturating_sub(waited(segment));
        let fix = quicker(report, segment.workload)
            .map(|it| format!("   fix: {}  −{}", it.text, seconds(it.saves)));
        let _ = writeln!(
            out,
            "{indent}{} {} {about}@{}  +{}  {}{}{}",
            name(report, segment.workload),
            state(report, segment),
            seconds(segment.at),
            seconds(own),
            causes(report, segment),
            fix.unwrap_or_default(),
            verdict
                .as_deref()
                .filter(|_| depth == 0)
                .unwrap_or_default()
        );
    }
}

/// What a workload has got to at the end of its segment.
pub(super) fn state(report: &Report, segment: &Segment) -> &'static str {
    let exits = matches!(report.clock.nodes[segment.workload].kind, Kind::Exits(_));
    match segment.until {
        Until::Ready if exits => "done",
        Until::Ready => "ready",
        Until::Released => "started",
        Until::GivenUp => "given up",
    }
}

/// `budget 30 s FAIL (+17.1 s)`.
fn verdict(report: &Report, budget: Duration) -> String {
    let plan = report.clock.plan();
    let word = if is_within(report, budget) {
        "ok"
    } else {
        "FAIL"
    };
    let by = if plan.is_complete() {
        format!(" ({})", difference(budget, plan.total))
    } else {
        " (it does not start as a whole)".to_owned()
    };
    format!("budget {}  {word}{by}", seconds(budget))
}

/// What the fix of a finding about time would save.
struct Quicker {
    rule: &'static str,
    text: String,
    saves: Duration,
}

/// Rules that speak of the time in which a ready container is seen.
const ABOUT_TIME: [&str; 3] = [
    "slow-first-probe",
    "start-interval-misuse",
    "readiness-cliff",
];

/// What early probes of a workload save, where a rule has found that they lack.
fn quicker(report: &Report, workload: usize) -> Option<Quicker> {
    let own = report.stack().workloads[workload].name.value.as_ref();
    let about = |it: &&Finding| {
        ABOUT_TIME.contains(&it.rule) && it.subject.first().is_some_and(|it| it == own)
    };
    let rule = report.findings.iter().find(about)?.rule;
    let clock = &report.clock;
    let node = timing::quicker(clock.settings.engine, &clock.nodes[workload])?;
    let edit = Edit::Node(workload, &node);
    let change = clock.cost_of(edit);
    let (Change::Faster(saves), Kind::Probe(new), Kind::Probe(old)) =
        (change, &node.kind, &clock.nodes[workload].kind)
    else {
        return None;
    };
    let parts = timing::changes(old, new);
    let parts: Vec<String> = parts
        .iter()
        .map(|(key, time)| format!("{key} {}", written(*time)))
        .collect();
    Some(Quicker {
        rule,
        text: parts.join(", "),
        saves,
    })
}

/// `39.2 s → 14.2 s (−25 s)`; a stack that does not start as a whole has no time.
fn step(before: &Plan, after: &Plan) -> String {
    let total = |plan: &Plan| match plan.is_complete() {
        true => seconds(plan.total),
        false => "never as a whole".to_owned(),
    };
    let by = match before.is_complete() && after.is_complete() {
        true => format!(" ({})", difference(before.total, after.total)),
        false => String::new(),
    };
    format!("{} → {}{by}", total(before), total(after))
}

/// The plan without the changes beside the one with them.
fn what_if(report: &Report, texts: &[String], before: &Plan, out: &mut String) {
    let after = report.clock.plan();
    let texts: Vec<String> = texts.iter().map(|it| redact::message(it)).collect();
    let _ = writeln!(
        out,
        "\nwhat if {}: ready {}",
        texts.join(", "),
        step(before, after)
    );
    for (workload, (old, new)) in before.ready.iter().zip(&after.ready).enumerate() {
        let at = |it: &Option<Duration>| it.map_or("never".to_owned(), seconds);
        let by = match (old, new) {
            (Some(old), Some(new)) => format!("  ({})", difference(*old, *new)),
            _ => String::new(),
        };
        if old != new {
            let name = name(report, workload);
            let _ = writeln!(out, "  {name}  {} → {}{by}", at(old), at(new));
        }
    }
}

fn waited(segment: &Segment) -> Duration {
    segment
        .causes
        .iter()
        .filter(|(cause, _)| matches!(cause, Cause::WaitedFor(_)))
        .map(|(_, time)| *time)
        .sum()
}

/// `boot 5 s (image), probe cadence 2.1 s`.
pub(super) fn causes(report: &Report, segment: &Segment) -> String {
    let own = segment
        .causes
        .iter()
        .filter(|(cause, _)| !matches!(cause, Cause::WaitedFor(_)));
    let mut parts: Vec<String> = Vec::new();
    for (cause, time) in own {
        let source = match cause {
            Cause::Boot | Cause::Run => {
                format!(
                    " ({})",
                    report.clock.nodes[segment.workload].boot_source.as_str()
                )
            }
            _ => String::new(),
        };
        parts.push(format!("{} {}{source}", cause_text(*cause), seconds(*time)));
    }
    parts.join(", ")
}

/// What a cause is called.
pub const fn cause_text(cause: Cause) -> &'static str {
    match cause {
        Cause::WaitedFor(_) => "waited",
        Cause::PollTick => "poll tick",
        Cause::PreStart => "pre_start",
        Cause::QueuedStart => "queued start",
        Cause::StartCost => "start",
        Cause::StartupSleep => "startup sleep",
        Cause::Boot => "boot",
        Cause::ProbeCadence => "probe cadence",
        Cause::Failing => "failing probes",
        Cause::Run => "run",
        Cause::PostStart => "post_start",
        Cause::Sidecars => "sidecars",
        Cause::InitialDelay => "initial delay",
        Cause::InLine => "one by one",
    }
}

fn never(report: &Report, out: &mut String) {
    if report.clock.plan().never.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nnever starts:");
    for Never { workload, reason } in &report.clock.plan().never {
        let _ = writeln!(
            out,
            "  {}: {}",
            name(report, *workload),
            reason_text(report, *reason)
        );
    }
}

/// Why something never starts, as a phrase.
pub(super) fn reason_text(report: &Report, reason: Reason) -> String {
    match reason {
        Reason::Cycle => "it waits for itself through others".to_owned(),
        Reason::Behind(other) => format!("`{}` never starts either", name(report, other)),
        Reason::NeverExits(other) => format!("`{}` never exits", name(report, other)),
        Reason::Unhealthy(other, at) => format!(
            "`{}` is called unhealthy @{}",
            name(report, other),
            seconds(at)
        ),
        Reason::NoCheck(other, _) => format!("`{}` has no healthcheck", name(report, other)),
        Reason::Exited(other, _) => format!("`{}` has exited", name(report, other)),
        Reason::Aborted => "a failed gate ends `up` first".to_owned(),
        Reason::Killed(at) => format!("its own probe kills it {} after each start", seconds(at)),
    }
}

/// What may be late for free.
fn slack(report: &Report, out: &mut String) {
    let on_path: Vec<usize> = report
        .clock
        .plan()
        .critical
        .iter()
        .map(|segment| segment.workload)
        .collect();
    let mut rest: Vec<String> = Vec::new();
    for workload in 0..report.stack().workloads.len() {
        if on_path.contains(&workload) || report.clock.plan().ready[workload].is_none() {
            continue;
        }
        if let Some(slack) = slack_of(report, workload) {
            rest.push(format!(
                "{} (slack {})",
                name(report, workload),
                seconds(slack)
            ));
        }
    }
    if !rest.is_empty() {
        let _ = writeln!(out, "\nnot critical: {}", rest.join(", "));
    }
}

/// How much later a workload may be ready for free.
pub(super) fn slack_of(report: &Report, workload: usize) -> Option<Duration> {
    let clock = &report.clock;
    timing::slack(
        clock.settings,
        &clock.nodes,
        &clock.waits,
        clock.plan(),
        workload,
    )
}

/// The tiers of what is on, and what a profile would switch on.
fn tiers(report: &Report, out: &mut String) {
    let _ = writeln!(out, "\ntiers: what can start in parallel");
    for (n, tier) in active_tiers(report).iter().enumerate() {
        let names: Vec<String> = tier.iter().map(|it| name(report, *it)).collect();
        let _ = writeln!(out, "  {}  {}", n + 1, names.join(", "));
    }
    let stack = report.stack();
    let off = stack
        .workloads
        .iter()
        .filter(|it| !it.is_active(&stack.profiles));
    let off: Vec<String> = off.map(|it| redact::message(&it.name.value)).collect();
    if !off.is_empty() {
        let _ = writeln!(out, "\noff without their profile: {}", off.join(", "));
    }
}

/// Every service waits for a profile to be named.
fn nothing_on(report: &Report, out: &mut String) {
    let workloads = report.stack().workloads.iter();
    let profiles: std::collections::BTreeSet<&str> = workloads
        .flat_map(|it| &it.profiles)
        .map(|profile| profile.value.as_ref())
        .collect();
    let names: Vec<String> = profiles.into_iter().map(redact::message).collect();
    let _ = writeln!(
        out,
        "\nnothing starts without a profile: name one with --profile"
    );
    let _ = writeln!(out, "profiles: {}", names.join(", "));
}

/// The tiers without what the profiles switch off.
pub(super) fn active_tiers(report: &Report) -> Vec<Vec<usize>> {
    let stack = report.stack();
    let on = |it: &usize| stack.workloads[*it].is_active(&stack.profiles);
    let tiers = report.view.graph.tiers().into_iter();
    let tiers = tiers.map(|tier| tier.into_iter().filter(on).collect::<Vec<_>>());
    tiers.filter(|tier| !tier.is_empty()).collect()
}

/// All plans as one JSON document.
pub fn json(reports: &[Report], asked: &Asked<'_>) -> String {
    let stacks = reports.iter().enumerate();
    let stacks: Vec<serde_json::Value> = stacks
        .map(|(index, report)| {
            let mut stack = one(report);
            super::bounds::json(report, &mut stack);
            answers(report, index, asked, &mut stack);
            stack
        })
        .collect();
    let envelope = serde_json::json!({
        "version": super::json::VERSION,
        "tool": { "name": "tierlint", "version": env!("CARGO_PKG_VERSION") },
        "plans": stacks,
    });
    let mut text = serde_json::to_string_pretty(&envelope).unwrap_or_default();
    text.push('\n');
    text
}

/// Adds what was asked beyond the plan.
fn answers(report: &Report, index: usize, asked: &Asked<'_>, stack: &mut serde_json::Value) {
    let after = report.clock.plan();
    let time = |it: Option<Duration>| it.map(|it| it.as_secs_f64());
    if let Some(budget) = asked.budget {
        stack["budget"] = serde_json::json!({
            "seconds": budget.as_secs_f64(),
            "over_seconds": after.total.saturating_sub(budget).as_secs_f64(),
            "ok": is_within(report, budget),
        });
    }
    if let Some(before) = asked.before.get(index) {
        let rows = before.ready.iter().zip(&after.ready).enumerate();
        let rows = rows.filter(|(_, (old, new))| old != new).map(|(it, (old, new))| {
            serde_json::json!({ "name": name(report, it), "before_seconds": time(*old), "after_seconds": time(*new) })
        });
        stack["what_if"] = serde_json::json!({
            "changes": asked.what_if,
            "before_seconds": before.total.as_secs_f64(),
            "after_seconds": after.total.as_secs_f64(),
            "workloads": rows.collect::<Vec<_>>(),
        });
    }
    if asked.wait {
        stack["wait"] = super::awaited::json(report);
    }
    if let Some(comparison) = asked.comparison {
        stack["comparison"] = comparison.json(index);
    }
}

fn one(report: &Report) -> serde_json::Value {
    let plan = report.clock.plan();
    let names = |list: &[usize]| list.iter().map(|it| name(report, *it)).collect::<Vec<_>>();
    let segment = |segment: &Segment| {
        let causes: Vec<serde_json::Value> = segment
            .causes
            .iter()
            .map(|(cause, time)| {
                let on = if let Cause::WaitedFor(other) = cause { Some(name(report, *other)) } else { None };
                serde_json::json!({ "cause": cause_text(*cause), "on": on, "seconds": time.as_secs_f64() })
            })
            .collect();
        let fix = quicker(report, segment.workload).map(|it| {
            serde_json::json!({ "rule": it.rule, "text": it.text, "saves_seconds": it.saves.as_secs_f64() })
        });
        serde_json::json!({
            "workload": name(report, segment.workload), "state": state(report, segment),
            "at_seconds": segment.at.as_secs_f64(), "causes": causes, "fix": fix,
        })
    };
    let workloads: Vec<serde_json::Value> = (0..report.stack().workloads.len())
        .map(|it| {
            serde_json::json!({
                "name": name(report, it),
                "started_seconds": plan.started[it].map(|at| at.as_secs_f64()),
                "ready_seconds": plan.ready[it].map(|at| at.as_secs_f64()),
                "at_least": plan.at_least[it],
                "slack_seconds": slack_of(report, it).map(|it| it.as_secs_f64()),
                "boot_seconds": (report.clock.nodes[it].boot - report.clock.nodes[it].sleep).as_secs_f64(),
                "startup_sleep_seconds": report.clock.nodes[it].sleep.as_secs_f64(),
                "boot_source": report.clock.nodes[it].boot_source.as_str(),
            })
        })
        .collect();
    let never: Vec<serde_json::Value> = plan
        .never
        .iter()
        .map(|it| serde_json::json!({ "name": name(report, it.workload), "reason": reason_text(report, it.reason) }))
        .collect();
    serde_json::json!({
        "name": report.stack().name,
        "files": crate::check::paths(&report.view.resolved).iter().map(|it| it.to_string_lossy().into_owned()).collect::<Vec<_>>(),
        "ready_seconds": plan.total.as_secs_f64(),
        "at_least": plan.total_at_least(),
        "complete": plan.is_complete(),
        "tiers": active_tiers(report).iter().map(|tier| names(tier)).collect::<Vec<_>>(),
        "critical_path": plan.critical.iter().map(segment).collect::<Vec<_>>(),
        "workloads": workloads,
        "never": never,
    })
}
