//! Containers that would do better as native sidecars, and how they become ones.
//!
//! Owns which may move: what is known to be nothing but a sidecar. A job or a
//! program that only looks like one stays where it is. Must not judge who needs it.

use crate::finding::{Fix, Safety};
use crate::knowledge::Role;
use crate::model::kubernetes::pod::Container;
use crate::repair;
use crate::rules::ClusterContext;
use crate::rules::endless_sidecar_job::is_tunnel;

/// The release in which kubelet runs native sidecars by default (kubernetes
/// KEP-753, feature gate `SidecarContainers`).
const SINCE: (u32, u32) = (1, 29);

/// Refuses where the target is older than that.
fn is_recent(cx: &ClusterContext<'_>) -> Result<(), String> {
    let (major, minor) = SINCE;
    if cx.config.kubernetes_is_at_least(major, minor) {
        return Ok(());
    }
    Err(format!("native sidecars need Kubernetes {major}.{minor}"))
}

/// Whether a container is there for the others of its pod alone.
fn is_sidecar(cx: &ClusterContext<'_>, container: &Container) -> bool {
    let image = container.image.as_ref().map_or("", |it| it.value.as_ref());
    let pooler = || {
        cx.fact(container)
            .is_some_and(|it| it.entry.role == Role::Pooler)
    };
    is_tunnel(image) || pooler()
}

/// The others start once a container's own probe says that it is ready.
///
/// # Errors
/// It is not known to be a sidecar, or nothing shows when it is ready.
pub(in crate::rules) fn first(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
) -> Result<Fix, String> {
    let own = container.name.value.as_ref();
    let pod = &cx.cluster.pods[index];
    if !is_sidecar(cx, container) {
        return Err(format!("`{own}` may be more than a sidecar"));
    }
    let gate = container.readiness.as_ref();
    if gate.is_none() && container.startup.is_none() {
        return Err(format!("no probe of `{own}` shows when it is ready"));
    }
    if container.is_sidecar() {
        let gate = gate.ok_or("it has a startupProbe already")?;
        let fix = Fix::new(
            format!("hold the others back until `{own}` is ready"),
            Safety::Unsafe,
            cx.name(index),
        )
        .behaviour(format!("the others start once `{own}` is ready"));
        return repair::gate(fix, cx.view, container, gate);
    }
    is_recent(cx)?;
    let fix = Fix::new(
        format!("start `{own}` first, as a native sidecar"),
        Safety::Unsafe,
        cx.name(index),
    )
    .behaviour(format!(
        "the others start once `{own}` is ready; needs Kubernetes {}.{} or newer",
        SINCE.0, SINCE.1
    ))
    .reveals(REVEALED);
    let gate = gate.filter(|_| container.startup.is_none());
    repair::to_sidecar(fix, cx.view, pod, container, gate)
}

/// A job ends although a container of it runs on.
///
/// # Errors
/// It is not known to be a sidecar.
pub(in crate::rules) fn aside(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
) -> Result<Fix, String> {
    let own = container.name.value.as_ref();
    if !is_sidecar(cx, container) {
        return Err(format!("`{own}` may be more than a sidecar"));
    }
    is_recent(cx)?;
    let name = cx.name(index);
    let fix = Fix::new(
        format!("end `{own}` with the others, as a native sidecar"),
        Safety::Unsafe,
        name,
    )
    .behaviour(format!(
        "`{name}` completes when its work is done; needs Kubernetes {}.{} or newer",
        SINCE.0, SINCE.1
    ))
    .reveals(REVEALED);
    let gate = container.readiness.as_ref();
    let gate = gate.filter(|_| container.startup.is_none());
    repair::to_sidecar(fix, cx.view, &cx.cluster.pods[index], container, gate)
}

/// What can be said only of a container in its new place.
const REVEALED: &[&str] = &[
    "sidecar-race",
    "missing-probe-tool",
    "misleading-healthcheck",
];
