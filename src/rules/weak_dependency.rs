//! A service that waits for another's start although the other can prove more.

use super::{Audience, Check, Context, Fixes, Rule, gates, pods, waiters};
use crate::config::Persona;
use crate::finding::{Finding, Severity};
use crate::graph::{Edge, Gate, Readiness};
use crate::knowledge::Role;
use crate::source::At;
use crate::view::View;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "weak-dependency",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/weak-dependency.md"),
    check: Check::Both(check, pods::weak::check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    // One anchor may give the same edge to many services: it is said once.
    let mut places: Vec<(At, usize, Vec<&Edge>)> = Vec::new();
    for edge in cx.graph.edges() {
        if edge.gate != Gate::Started || !View::can_wait(edge.why) || !matters(cx, edge) {
            continue;
        }
        let at = cx.dependency(edge).condition.at;
        match places
            .iter_mut()
            .find(|(place, to, _)| *place == at && *to == edge.to)
        {
            Some((_, _, edges)) => edges.push(edge),
            None => places.push((at, edge.to, vec![edge])),
        }
    }
    findings.extend(places.iter().filter_map(|(_, _, edges)| weak(cx, edges)));
}

/// Whether there is something to gain: both run, and the target is no job,
/// whose end is what counts.
fn matters(cx: &Context<'_>, edge: &Edge) -> bool {
    let (waiter, target) = (cx.workload(edge.from), cx.workload(edge.to));
    let off = waiter.is_off() || target.is_off();
    let foreign = waiter.provider.is_some() || target.provider.is_some();
    !off && !foreign
        && cx.view.jobs[edge.to].is_none()
        && (waiters::gains(cx, edge) || shows(cx, edge))
}

/// For the pedantic: a dashboard shows nothing until its source answers.
fn shows(cx: &Context<'_>, edge: &Edge) -> bool {
    let roles = (cx.view.role(edge.from), cx.view.role(edge.to));
    cx.config.persona == Persona::Pedantic
        && roles == (Some(Role::Observability), Some(Role::Observability))
        && !waiters::is_exporter(cx, edge.from)
}

fn weak(cx: &Context<'_>, edges: &[&Edge]) -> Option<Finding> {
    let edge = edges.first()?;
    let (from, to) = (cx.name(edge.from), cx.name(edge.to));
    let target = cx.workload(edge.to);
    let (proof, text): (At, String) = match cx.view.readiness[edge.to] {
        Readiness::Declared => {
            let key = target.healthcheck.as_ref()?.key;
            (key, format!("`{to}` proves here that it is ready"))
        }
        Readiness::FromImage => cx.view.embedded(edge.to)?,
        Readiness::Disabled | Readiness::None | Readiness::Unknown => return None,
    };
    let entry = cx.dependency(edge);
    let (who, verb) = match edges.len() {
        1 => (format!("`{from}`"), "waits"),
        more => (format!("`{from}` and {} more", more - 1), "wait"),
    };
    let explicit = edge.why.is_explicit();
    let label = if explicit {
        "only until it has started"
    } else {
        "implies only its start"
    };
    let mut finding = RULE
        .finding(
            entry.condition.at,
            format!("{who} {verb} for `{to}` to start, not to be ready"),
        )
        .label(label)
        .note(proof, text)
        .place(entry.name.at)
        .help(format!("wait for `{to}` with `condition: service_healthy`"))
        .about(&[from, to]);
    let base = cx.view.bases[edge.from].as_ref().map(|it| it.entry.role);
    let mild = cx.view.role(edge.to) == Some(Role::Observability)
        || cx.view.role(edge.from) == Some(Role::Proxy)
        || base == Some(Role::Proxy);
    if mild {
        finding.severity = Severity::Info;
    }
    Some(finding.repair(gates::healthy(cx, edges)))
}
