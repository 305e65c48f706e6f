//! A job that cannot end, because something beside its work runs on.

use super::pods::sidecars;
use super::{Audience, Check, ClusterContext, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::knowledge::Role;
use crate::model::kubernetes::pod::{Container, Pod};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "endless-sidecar-job",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/endless-sidecar-job.md"),
    check: Check::Cluster(check),
};

/// Words by which one container tells another to end.
const TELLS: [&str; 6] = [
    "quitquitquit",
    "pkill",
    "kill ",
    "killall",
    "/shutdown",
    "terminate",
];

fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for (index, pod) in cx.pods() {
        if !pod.kind.ends() || pod.active_deadline.is_some() || pod.patched || is_told(pod) {
            continue;
        }
        let [_, _, ..] = pod.containers.as_slice() else {
            continue;
        };
        let servers: Vec<&Container> = pod.containers.iter().filter(|it| serves(cx, it)).collect();
        // Where all of them serve, the work is not understood.
        if servers.len() < pod.containers.len() {
            findings.extend(servers.iter().map(|it| tell(cx, index, it)));
        }
    }
}

/// Whether some container ends the others. Where they see each other's
/// processes, that is what it is for, and a script elsewhere may do it.
fn is_told(pod: &Pod) -> bool {
    if pod.one_namespace.as_ref().is_some_and(|it| it.value) {
        return true;
    }
    let words = pod.containers.iter().flat_map(Container::words);
    words
        .into_iter()
        .any(|word| TELLS.iter().any(|it| word.value.contains(it)))
}

/// Whether a container is known to run on: a server's image, with its own
/// program and no other.
fn serves(cx: &ClusterContext<'_>, container: &Container) -> bool {
    let Some(image) = &container.image else {
        return false;
    };
    if is_tunnel(&image.value) {
        return true;
    }
    let own = container.command.is_none();
    let role = cx.fact(container).map(|fact| fact.entry.role);
    own && role.is_some_and(|role| !matches!(role, Role::Job | Role::App))
        && container.args.is_none()
}

/// Tunnels and agents that are nothing but sidecars.
pub(super) fn is_tunnel(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split([':', '@']).next().unwrap_or(name);
    matches!(
        name,
        "cloud-sql-proxy"
            | "gce-proxy"
            | "alloydb-auth-proxy"
            | "proxyv2"
            | "istio-proxy"
            | "linkerd-proxy"
            | "daprd"
            | "consul-dataplane"
            | "vault-agent"
            | "envoy"
            | "fluent-bit"
            | "cloudsql-proxy"
    )
}

fn tell(cx: &ClusterContext<'_>, index: usize, container: &Container) -> Finding {
    let (name, own) = (cx.name(index), container.name.value.as_ref());
    RULE.finding(
        container.name.at,
        format!("`{name}` never completes: `{own}` runs on when its work is done"),
    )
    .label("an ordinary container that serves")
    .help(if cx.config.kubernetes_is_at_least(1, 29) {
        format!(
            "make `{own}` a native sidecar: an init container with `restartPolicy: Always` ends with the others"
        )
    } else {
        format!("let the work end `{own}` when it is done: native sidecars are on by default from Kubernetes 1.29")
    })
    .about(&[name, own])
    .repair(sidecars::aside(cx, index, container))
}
