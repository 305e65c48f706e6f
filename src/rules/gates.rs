//! Fixes that make a workload wait for more of another.
//!
//! Owns when such a gate is safe. Must not judge which edge deserves one.

use super::Context;
use crate::finding::{Fix, Safety};
use crate::graph::{Edge, Readiness};
use crate::model::workload::{Condition, Why};
use crate::repair;
use crate::timing::{self, BootSource, Kind};

/// The gate that waits for the proof. Safe where the check tells the truth and
/// leaves the known boot enough time: the gate is a hard one.
pub(super) fn healthy(cx: &Context<'_>, edges: &[&Edge]) -> Result<Fix, String> {
    let edge = edges.first().ok_or("nobody waits")?;
    let (from, to) = (cx.name(edge.from), cx.name(edge.to));
    let title = format!("wait for `{to}` to be healthy");
    let at = cx.dependency(edge).name.at;
    let swarm = edge.why == Why::Short && repair::hints_at_swarm(cx.view, at.file);
    let safety = if swarm {
        Safety::Unsafe
    } else {
        safety(cx, edge.to)
    };
    let mut fix = Fix::new(title, safety, from)
        .behaviour(format!(
            "`{from}` starts once `{to}` is healthy, not before"
        ))
        .reveals(&[
            "slow-first-probe",
            "readiness-cliff",
            "redundant-dependency",
        ]);
    let others = edges.iter().skip(1).map(|it| cx.name(it.from).to_owned());
    fix.workloads.extend(others);
    let entry = (cx.workload(edge.from), cx.dependency(edge));
    repair::set_condition(fix, cx.view, entry, Condition::Healthy)
}

/// Whether a gate on a workload's health is safe.
pub(super) fn safety(cx: &Context<'_>, target: usize) -> Safety {
    let node = &cx.clock.nodes[target];
    let known = node.boot_source != BootSource::Default;
    let Kind::Probe(timings) = &node.kind else {
        return Safety::Unsafe;
    };
    let enough = timing::budget(cx.clock.settings.engine, timings) >= node.boot;
    let declared = cx.view.readiness[target] == Readiness::Declared;
    if known && enough && declared && cx.is_sound(target) {
        Safety::Safe
    } else {
        Safety::Unsafe
    }
}
