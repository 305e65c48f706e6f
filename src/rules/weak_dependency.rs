//! A service that waits for another's start although the other can prove more.

use super::{Audience, Check, Context, Fixes, Rule, gates};
use crate::finding::{Finding, Severity};
use crate::graph::{Edge, Gate, Readiness};
use crate::knowledge::Role;
use crate::model::workload::{Command, Workload};
use crate::source::{At, Spanned};
use crate::view::{View, known_image};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "weak-dependency",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/weak-dependency.md"),
    check: Check::Project(check),
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

/// Whether the waiter gains from waiting: not a proxy, which needs only the
/// name, nor a dashboard or an admin page, unless it keeps its own data there;
/// not one that never runs; not for a job, whose end is what counts; not for a
/// member of its own cluster, which may need it to become ready.
fn matters(cx: &Context<'_>, edge: &Edge) -> bool {
    let (waiter, target) = (cx.workload(edge.from), cx.workload(edge.to));
    let off = waiter.is_off() || target.is_off();
    let foreign = waiter.provider.is_some() || target.provider.is_some();
    if off || foreign || cx.view.jobs[edge.to].is_some() || are_peers(cx, edge) {
        return false;
    }
    let keeps_data = cx.view.role(edge.to).is_some_and(Role::is_datastore);
    match cx.view.role(edge.from) {
        // A build on a web server's image is somebody's own front end.
        Some(Role::Proxy) => waiter.build.is_some(),
        Some(Role::Admin) => false,
        Some(Role::Observability) => {
            (keeps_data || is_kibana(cx, edge.to)) && !is_exporter(cx, edge.from)
        }
        _ => !runs_proxy(waiter),
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

/// Whether the command itself is a web server that only needs the name.
fn runs_proxy(workload: &Workload) -> bool {
    let first = |command: &Option<Spanned<Command>>| {
        let words = command
            .as_ref()
            .map(|it| it.value.texts())
            .unwrap_or_default();
        words
            .first()
            .is_some_and(|word| word.rsplit('/').next().unwrap_or("").starts_with("nginx"))
    };
    first(&workload.command) || first(&workload.entrypoint)
}

/// Two servers of one kind that find a quorum together: each may need the
/// other to become ready.
fn are_peers(cx: &Context<'_>, edge: &Edge) -> bool {
    let (Some(a), Some(b)) = (cx.fact(edge.from), cx.fact(edge.to)) else {
        return false;
    };
    let led = matches!(
        a.entry.kind.as_deref(),
        Some("postgres" | "mysql" | "redis")
    );
    a.entry.id == b.entry.id && a.entry.role.is_datastore() && !led
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
    let mild = cx.view.role(edge.to) == Some(Role::Observability)
        || cx.view.role(edge.from) == Some(Role::Proxy);
    if mild {
        finding.severity = Severity::Info;
    }
    Some(finding.repair(gates::healthy(cx, edges)))
}
