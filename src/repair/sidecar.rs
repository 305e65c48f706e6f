//! Ordinary containers become native sidecars.
//!
//! Owns which keys such a container gets. Must not judge which one may move.

use super::node::place;
use super::pods::handler;
use crate::finding::Fix;
use crate::model::kubernetes::pod::{Container, Pod};
use crate::model::kubernetes::probe::Probe;
use crate::view::View;
use crate::yaml::Kind;
use crate::yaml::edit::{Op, Plain, Relocation};

/// The seconds between two looks of a startup probe that others wait for.
const PERIOD: i64 = 1;

/// A proxy that is not up after this many seconds does not come up.
const LEAST: i64 = 60;

/// Moves a container to the end of the init containers and lets it run on; with
/// `gate`, its readiness probe, the others wait until that has succeeded.
///
/// # Errors
/// The pod is not written with a line for each key, or the probe cannot be
/// copied.
pub fn to_sidecar(
    fix: Fix,
    view: &View,
    pod: &Pod,
    container: &Container,
    gate: Option<&Probe>,
) -> Result<Fix, String> {
    let odd = || "the pod is not written here as one piece".to_owned();
    let spec = place(view, pod.at, Kind::Mapping).ok_or_else(odd)?;
    let mut containers = pod.containers.iter();
    let item = containers
        .position(|it| it.at == container.at)
        .ok_or("it is no ordinary container")?;
    let own = place(view, container.at, Kind::Mapping).ok_or_else(odd)?;
    let has_image = own.node.get("image").is_some();
    let always = Plain::text("Always");
    let behind = has_image.then(|| "image".to_owned());
    let mut gets = vec![("restartPolicy".to_owned(), always, behind)];
    if let Some(probe) = gate {
        gets.push(("startupProbe".to_owned(), startup(probe)?, None));
    }
    let it = Relocation {
        from: "containers".to_owned(),
        item,
        to: "initContainers".to_owned(),
        gets,
    };
    let (file, change) = spec.change(Op::Relocate(Box::new(it)));
    Ok(fix.change(file, change))
}

/// A startup probe for a native sidecar that has none, out of its readiness probe.
///
/// # Errors
/// The probe cannot be copied.
pub fn gate(fix: Fix, view: &View, container: &Container, probe: &Probe) -> Result<Fix, String> {
    let odd = || "the container is not written here as one piece".to_owned();
    let own = place(view, container.at, Kind::Mapping).ok_or_else(odd)?;
    let (file, change) = own.change(Op::Insert {
        key: "startupProbe".to_owned(),
        value: startup(probe)?,
        after: None,
    });
    Ok(fix.change(file, change))
}

/// The question of a probe, asked every second until the answer is yes.
fn startup(probe: &Probe) -> Result<Plain, String> {
    let mut entries = vec![handler(&probe.handler)?];
    if let Some(timeout) = &probe.timeout {
        entries.push(("timeoutSeconds", Plain::Int(timeout.value)));
    }
    entries.push(("periodSeconds", Plain::Int(PERIOD)));
    let failures = probe.budget().max(LEAST) / PERIOD;
    entries.push(("failureThreshold", Plain::Int(failures)));
    Ok(Plain::map(entries))
}
