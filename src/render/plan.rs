//! Plans as text and JSON.

use std::fmt::Write;

use super::{redact, seconds};
use crate::check::Report;
use crate::timing::{self, Cause, Never, Reason, Segment};

/// The chain that decides, slack for the rest, and the tiers.
pub fn text(report: &Report) -> String {
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
    chain(report, &mut out);
    never(report, &mut out);
    slack(report, &mut out);
    tiers(report, &mut out);
    out
}

fn name(report: &Report, workload: usize) -> String {
    redact::message(&report.stack().workloads[workload].name.value)
}

/// From the last workload down to the root, one line per segment.
fn chain(report: &Report, out: &mut String) {
    let plan = &report.clock.plan;
    let about = if plan.total_at_least() {
        "at least "
    } else {
        ""
    };
    let _ = writeln!(out, "\nready {about}@{}", seconds(plan.total));
    for (depth, segment) in plan.critical.iter().rev().enumerate() {
        let indent = if depth == 0 {
            String::new()
        } else {
            format!("{}└─ ", "   ".repeat(depth - 1))
        };
        let waited = waited(segment);
        let own = segment.at.saturating_sub(waited);
        let _ = writeln!(
            out,
            "{indent}{} @{} +{}  {}",
            name(report, segment.workload),
            seconds(segment.at),
            seconds(own),
            causes(report, segment)
        );
    }
}

fn waited(segment: &Segment) -> std::time::Duration {
    segment
        .causes
        .iter()
        .filter(|(cause, _)| matches!(cause, Cause::WaitedFor(_)))
        .map(|(_, time)| *time)
        .sum()
}

/// `boot 5 s (image), probe cadence 2.1 s`.
fn causes(report: &Report, segment: &Segment) -> String {
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
        Cause::Boot => "boot",
        Cause::ProbeCadence => "probe cadence",
        Cause::Failing => "failing probes",
        Cause::Run => "run",
        Cause::PostStart => "post_start",
    }
}

fn never(report: &Report, out: &mut String) {
    if report.clock.plan.never.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nnever starts:");
    for Never { workload, reason } in &report.clock.plan.never {
        let _ = writeln!(
            out,
            "  {}: {}",
            name(report, *workload),
            reason_text(report, *reason)
        );
    }
}

/// Why something never starts, as a phrase.
fn reason_text(report: &Report, reason: Reason) -> String {
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
    }
}

/// What may be late for free.
fn slack(report: &Report, out: &mut String) {
    let on_path: Vec<usize> = report
        .clock
        .plan
        .critical
        .iter()
        .map(|segment| segment.workload)
        .collect();
    let mut rest: Vec<String> = Vec::new();
    for workload in 0..report.stack().workloads.len() {
        if on_path.contains(&workload) || report.clock.plan.ready[workload].is_none() {
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
fn slack_of(report: &Report, workload: usize) -> Option<std::time::Duration> {
    let clock = &report.clock;
    timing::slack(
        clock.settings,
        &clock.nodes,
        &clock.waits,
        &clock.plan,
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
fn active_tiers(report: &Report) -> Vec<Vec<usize>> {
    let stack = report.stack();
    let on = |it: &usize| stack.workloads[*it].is_active(&stack.profiles);
    let tiers = report.view.graph.tiers().into_iter();
    let tiers = tiers.map(|tier| tier.into_iter().filter(on).collect::<Vec<_>>());
    tiers.filter(|tier| !tier.is_empty()).collect()
}

/// All plans as one JSON document.
pub fn json(reports: &[Report]) -> String {
    let stacks: Vec<serde_json::Value> = reports.iter().map(one).collect();
    let envelope = serde_json::json!({
        "version": super::json::VERSION,
        "tool": { "name": "tierlint", "version": env!("CARGO_PKG_VERSION") },
        "plans": stacks,
    });
    let mut text = serde_json::to_string_pretty(&envelope).unwrap_or_default();
    text.push('\n');
    text
}

fn one(report: &Report) -> serde_json::Value {
    let plan = &report.clock.plan;
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
        serde_json::json!({
            "workload": name(report, segment.workload), "at_seconds": segment.at.as_secs_f64(), "causes": causes,
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
                "boot_seconds": report.clock.nodes[it].boot.as_secs_f64(),
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
