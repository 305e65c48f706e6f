//! A program that needs another container of its own pod, which starts beside it.

use super::endless_sidecar_job::is_tunnel;
use super::pods::loopback::local_ports;
use super::pods::sidecars;
use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::knowledge::Role;
use crate::model::kubernetes::pod::{Container, Pod};
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "sidecar-race",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/sidecar-race.md"),
    check: Check::Cluster(check),
};

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for (index, pod, container) in cx.running() {
        if container.is_sidecar() || pod.patched || watches(cx, container) {
            continue;
        }
        let mut told: Vec<&Container> = Vec::new();
        for (port, at) in local_ports(cx, pod, container) {
            let Some(other) = listening(cx, pod, container, port) else {
                continue;
            };
            let seen = told.iter().any(|it| it.at == other.at);
            if !seen && !waits_itself(cx, container) {
                told.push(other);
                findings.push(tell(cx, index, (container, other), port, at));
            }
        }
    }
}

/// Front ends, exporters and collectors come behind the program they look at.
fn watches(cx: &ClusterContext<'_>, container: &Container) -> bool {
    let role = cx.fact(container).map(|fact| fact.entry.role);
    let image = container.image.as_ref().map_or("", |it| it.value.as_ref());
    role.is_some_and(Role::needs_no_gate) || is_tunnel(image) || image.contains("exporter")
}

/// The container beside it that is there for that port: a tunnel, a pooler or a
/// store. Native sidecars with a startup probe are ready before.
fn listening<'p>(
    cx: &ClusterContext<'_>,
    pod: &'p Pod,
    container: &Container,
    port: u16,
) -> Option<&'p Container> {
    let declares = |it: &Container| it.ports.iter().any(|it| it.number.value == i64::from(port));
    let others = pod.running().filter(|it| it.at != container.at);
    let serves = |it: &&Container| {
        let image = it.image.as_ref().map_or("", |it| it.value.as_ref());
        let fact = cx.fact(it);
        let role = fact.as_ref().map(|it| it.entry.role);
        let known = role.is_some_and(|it| it.is_datastore() || it == Role::Pooler);
        let usual = fact.is_some_and(|it| it.entry.ports.contains(&port));
        let words = it
            .words()
            .any(|word| word.value.contains(&port.to_string()));
        let by_default = is_tunnel(image) && it.ports.is_empty();
        (known && (usual || declares(it)))
            || (is_tunnel(image) && (declares(it) || words || by_default))
    };
    others
        .filter(|it| it.startup.is_none() || !it.is_sidecar())
        .find(serves)
}

/// Whether the container's own command waits before it goes on.
fn waits_itself(cx: &ClusterContext<'_>, container: &Container) -> bool {
    cx.launches(container)
        .iter()
        .any(|it| !it.script.waits.is_empty())
}

fn tell(
    cx: &ClusterContext<'_>,
    index: usize,
    (container, other): (&Container, &Container),
    port: u16,
    at: At,
) -> Finding {
    let (own, beside) = (container.name.value.as_ref(), other.name.value.as_ref());
    let name = cx.name(index);
    let (message, label, help) = if other.is_sidecar() {
        (
            format!(
                "`{own}` needs `{beside}` on port {port}, and starts as soon as that has started"
            ),
            "a native sidecar without a startupProbe",
            format!("a startupProbe on `{beside}` holds the others back until it succeeds"),
        )
    } else {
        (
            format!("`{own}` needs `{beside}` on port {port}, and both start at the same time"),
            "an ordinary container of the same pod",
            if cx.config.kubernetes_is_at_least(1, 29) {
                format!(
                    "make `{beside}` a native sidecar, an init container with `restartPolicy: Always`, and give it a startupProbe"
                )
            } else {
                format!(
                    "let the command of `{own}` wait for port {port}: native sidecars are on by default from Kubernetes 1.29"
                )
            },
        )
    };
    RULE.finding(at, message)
        .repair(sidecars::first(cx, index, other))
        .note(other.name.at, label)
        .help(help)
        .place(container.name.at)
        .place(other.name.at)
        .about(&[name, own, beside])
}
