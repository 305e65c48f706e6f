//! Where a readiness probe can be taken from.
//!
//! Owns the order of evidence: knowledge, the container's own liveness probe,
//! its port. Never an invented path. Must not judge who needs a probe.

use crate::finding::{Fix, Safety};
use crate::knowledge::ProbeSpec;
use crate::model::kubernetes::pod::Container;
use crate::repair::pods;
use crate::rules::ClusterContext;

/// Where a probe for a container can be taken from.
pub(in crate::rules) enum Evidence {
    /// What is known of its image.
    Known(String, ProbeSpec),
    /// Its own liveness probe.
    Liveness,
    /// The port that others reach it by.
    Port(i64),
    /// Nothing.
    None,
}

/// A probe out of what is known, never an invented path.
pub(in crate::rules) fn evidence(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
) -> Evidence {
    if let Some((name, spec)) = cx.known_readiness(index, container) {
        return Evidence::Known(name, spec);
    }
    if container.liveness.is_some() {
        return Evidence::Liveness;
    }
    match container.ports.iter().find(|it| it.is_tcp) {
        Some(port) => Evidence::Port(port.number.value),
        None => Evidence::None,
    }
}

pub(in crate::rules) fn advice(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Known(name, spec) => {
            let what = match spec {
                ProbeSpec::Http { port, path } => format!("`httpGet` of `{path}` on port {port}"),
                ProbeSpec::Tcp { port } => format!("`tcpSocket` on port {port}"),
                ProbeSpec::Exec(words) => match words.as_slice() {
                    [_, flag, script] if flag == "-c" => format!("`{script}`"),
                    words => format!("`{}`", words.join(" ")),
                },
            };
            format!("{name} is ready when {what} succeeds")
        }
        Evidence::Liveness => "its livenessProbe may ask what a readinessProbe should".to_owned(),
        Evidence::Port(port) => {
            format!("a `tcpSocket` on port {port} shows at least that it listens")
        }
        Evidence::None => "only its author knows what proves it ready".to_owned(),
    }
}

pub(in crate::rules) fn repair(
    cx: &ClusterContext<'_>,
    index: usize,
    container: &Container,
    evidence: &Evidence,
) -> Result<Fix, String> {
    let title = cx.title(index, container);
    let (what, entry) = match evidence {
        Evidence::Known(name, spec) => (format!("what proves {name} ready"), pods::known(spec)),
        Evidence::Liveness => {
            let liveness = container
                .liveness
                .as_ref()
                .ok_or("it has no livenessProbe")?;
            (
                "what its livenessProbe asks".to_owned(),
                pods::handler(&liveness.handler)?,
            )
        }
        Evidence::Port(port) => {
            let number = u16::try_from(*port).map_err(|_| "its port is no number".to_owned())?;
            let spec = ProbeSpec::Tcp { port: number };
            (
                format!("whether port {port} is open, which is the least"),
                pods::known(&spec),
            )
        }
        Evidence::None => return Err("nothing tells what proves it ready".to_owned()),
    };
    let fix = Fix::new(
        format!("ask {title} {what}"),
        Safety::Unsafe,
        cx.name(index),
    )
    .behaviour(format!("{title} gets no traffic before it answers"))
    .reveals(&[
        "aggressive-liveness",
        "misleading-healthcheck",
        "missing-probe-tool",
    ]);
    pods::add_readiness(fix, cx.view, container, entry)
}
