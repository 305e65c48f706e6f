//! A service that waits for another's start although the other can prove more.

use super::{Audience, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::graph::{Edge, Gate, Readiness};
use crate::knowledge::Role;
use crate::source::At;
use crate::view::{View, known_image};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "weak-dependency",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/weak-dependency.md"),
    check,
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for edge in cx.graph.edges() {
        if edge.gate == Gate::Started && View::can_wait(edge.why) && matters(cx, edge) {
            findings.extend(weak(cx, edge));
        }
    }
}

/// Whether the waiter gains from waiting: not a proxy, which needs only the
/// name, nor a dashboard or an admin page, unless it keeps its own data there;
/// not one that never runs; not for a job, whose end is what counts.
fn matters(cx: &Context<'_>, edge: &Edge) -> bool {
    let (waiter, target) = (cx.workload(edge.from), cx.workload(edge.to));
    let off = waiter.is_off()
        || target.is_off()
        || waiter.provider.is_some()
        || target.provider.is_some();
    if off || cx.view.jobs[edge.to].is_some() {
        return false;
    }
    let keeps_data = cx.view.role(edge.to).is_some_and(Role::is_datastore);
    match cx.view.role(edge.from) {
        Some(Role::Proxy | Role::Admin) => false,
        Some(Role::Observability) => {
            (keeps_data || is_kibana(cx, edge.to)) && !is_exporter(cx, edge.from)
        }
        _ => true,
    }
}

/// What ships data to Elasticsearch asks Kibana for its set-up when it starts
/// (`setup.kibana` of Beats, `apm-server.kibana` of APM Server).
fn is_kibana(cx: &Context<'_>, index: usize) -> bool {
    cx.fact(index).is_some_and(|fact| fact.entry.id == "kibana")
}

/// Exporters report that their target is down; that is their work.
fn is_exporter(cx: &Context<'_>, index: usize) -> bool {
    known_image(cx.workload(index)).is_some_and(|image| image.contains("exporter"))
}

fn weak(cx: &Context<'_>, edge: &Edge) -> Option<Finding> {
    let (from, to) = (cx.name(edge.from), cx.name(edge.to));
    let target = cx.workload(edge.to);
    let (proof, text): (At, String) = match cx.view.readiness[edge.to] {
        Readiness::Declared => (
            target.healthcheck.as_ref()?.key,
            format!("`{to}` proves here that it is ready"),
        ),
        Readiness::FromImage => (
            target.image.as_ref()?.at,
            format!("the image of `{to}` has a HEALTHCHECK"),
        ),
        Readiness::Disabled | Readiness::None | Readiness::Unknown => return None,
    };
    let entry = cx.dependency(edge);
    let label = if edge.why.is_explicit() {
        "waits only for its start"
    } else {
        "implies only its start"
    };
    Some(
        RULE.finding(
            entry.condition.at,
            format!("`{from}` waits for `{to}` to start, not to be ready"),
        )
        .label(label)
        .note(proof, text)
        .place(entry.name.at)
        .help(format!("wait for `{to}` with `condition: service_healthy`"))
        .about(&[from, to]),
    )
}
