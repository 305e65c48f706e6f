//! Fixes that make a workload wait for more of another.
//!
//! Owns when such a gate is safe. Must not judge which edge deserves one.

use super::Context;
use crate::finding::{Fix, Safety};
use crate::graph::{Edge, Readiness};
use crate::model::workload::{Condition, Dependency, Why};
use crate::repair;
use crate::source::Spanned;
use crate::timing::{self, BootSource};
use crate::yaml::Kind;
use crate::yaml::edit::Plain;

/// What can be said only of a gate that is there.
pub(super) const REVEALED: &[&str] = &[
    "slow-first-probe",
    "readiness-cliff",
    "redundant-dependency",
];

/// The gate that waits for the proof. Safe where the check tells the truth and
/// leaves the known boot enough time: the gate is a hard one.
pub(super) fn healthy(cx: &Context<'_>, edges: &[&Edge]) -> Result<Fix, String> {
    let edge = edges.first().ok_or("nobody waits")?;
    let (from, to) = (cx.name(edge.from), cx.name(edge.to));
    let title = format!("wait for `{to}` to be healthy");
    let safety = in_long_form(cx, cx.dependency(edge), safety(cx, edge.to));
    let mut fix = Fix::new(title, safety, from)
        .behaviour(format!(
            "`{from}` starts once `{to}` is healthy, not before"
        ))
        .reveals(REVEALED);
    let others = edges.iter().skip(1).map(|it| cx.name(it.from).to_owned());
    fix.workloads.extend(others);
    let entry = (cx.workload(edge.from), cx.dependency(edge));
    repair::set_condition(fix, cx.view, entry, Condition::Healthy)
}

/// How safe a fix is that writes an entry in long form: a swarm takes none.
pub(super) fn in_long_form(cx: &Context<'_>, entry: &Dependency, safety: Safety) -> Safety {
    if entry.why == Why::Short && repair::hints_at_swarm(cx.view, entry.name.at.file) {
        Safety::Unsafe
    } else {
        safety
    }
}

/// The gate that waits for the end of a job.
pub(super) fn completed(cx: &Context<'_>, edge: &Edge) -> Result<Fix, String> {
    let (from, to) = (cx.name(edge.from), cx.name(edge.to));
    let fix = Fix::new(format!("wait for `{to}` to end"), Safety::Unsafe, from)
        .behaviour(format!(
            "`{from}` starts once `{to}` has ended, and only if it ended well"
        ))
        .reveals(&["redundant-dependency"]);
    let entry = (cx.workload(edge.from), cx.dependency(edge));
    repair::set_condition(fix, cx.view, entry, Condition::Completed)
}

/// The gate that a base file has and an override resets.
pub(super) fn restored(
    cx: &Context<'_>,
    (index, entry): (usize, &Dependency),
    lost: &Spanned<Condition>,
) -> Result<Fix, String> {
    let (from, to) = (cx.name(index), entry.name.value.as_ref());
    let target = cx.stack.find(to).ok_or("it is not in the stack")?;
    let (proven, gate) = match lost.value {
        Condition::Healthy => {
            let sound = cx.is_sound(target);
            let proof = cx.view.readiness[target];
            (proof == Readiness::Declared && sound, "is healthy")
        }
        _ => (cx.view.jobs[target].is_some(), "has ended"),
    };
    let safety = if proven { Safety::Safe } else { Safety::Unsafe };
    let safety = in_long_form(cx, entry, safety);
    let word = lost.value.as_str();
    let fix = Fix::new(format!("wait for `{to}` with `{word}` again"), safety, from)
        .behaviour(format!("`{from}` starts once `{to}` {gate}, not before"))
        .reveals(REVEALED);
    let mut fields = vec![("condition", Plain::text(word))];
    // The short form has made it required as well.
    let base = repair::place(cx.view, lost.at, Kind::Scalar).and_then(repair::Place::parent);
    let optional = base.and_then(|it| it.node.get("required"));
    if optional.is_some_and(|it| it.text() == "false") {
        fields.push(("required", Plain::Bool(false)));
    }
    repair::complete_entry(fix, cx.view, (cx.workload(index), entry), &fields)
}

/// The Compose that first takes `required` of a dependency (docs.docker.com,
/// Compose file reference, `depends_on`).
const REQUIRED_SINCE: (u32, u32) = (2, 20);

/// An edge that may lead nowhere.
pub(super) fn optional(cx: &Context<'_>, edge: &Edge) -> Result<Fix, String> {
    let (from, to) = (cx.name(edge.from), cx.name(edge.to));
    if !cx
        .config
        .compose_is_at_least(REQUIRED_SINCE.0, REQUIRED_SINCE.1)
    {
        return Err("the Compose that runs the files knows no `required`".to_owned());
    }
    let (waiter, entry) = (cx.workload(edge.from), cx.dependency(edge));
    if let Some(key) = repair::implied_by(cx.view, waiter, to) {
        return Err(format!("`{key}` needs `{to}` whatever `depends_on` says"));
    }
    if entry.required.at != entry.name.at {
        return Err("`required: true` is written, so it may be meant".to_owned());
    }
    let fix = Fix::new(
        format!("let `{from}` start without `{to}`"),
        Safety::Unsafe,
        from,
    )
    .behaviour(format!(
        "`{from}` starts without `{to}` where no profile switches it on"
    ));
    repair::set_flag(fix, cx.view, (waiter, entry), ("required", false))
}

/// Whether a gate on a workload's health is safe.
pub(super) fn safety(cx: &Context<'_>, target: usize) -> Safety {
    let declared = cx.view.readiness[target] == Readiness::Declared;
    if leaves_time(cx, target) && declared && cx.is_sound(target) {
        Safety::Safe
    } else {
        Safety::Unsafe
    }
}

/// Whether a workload's boot is known, and its healthcheck waits long enough for it.
pub(super) fn leaves_time(cx: &Context<'_>, target: usize) -> bool {
    let node = &cx.clock.nodes[target];
    let known = node.boot_source != BootSource::Default;
    let timing::Kind::Probe(timings) = &node.kind else {
        return false;
    };
    known && timing::budget(cx.clock.settings.engine, timings) >= node.boot
}
