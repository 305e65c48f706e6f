//! Ports of a pod's own loopback in what a container is told.
//!
//! Owns the forms in which such a port is written. Must not judge anything.

use crate::model::kubernetes::environment;
use crate::model::kubernetes::pod::{Container, Pod};
use crate::rules::ClusterContext;
use crate::source::At;

/// Ports on this pod's own loopback that a container is told of.
pub(in crate::rules) fn local_ports(
    cx: &ClusterContext<'_>,
    pod: &Pod,
    container: &Container,
) -> Vec<(u16, At)> {
    let mut found = Vec::new();
    let variables = environment::of(cx.cluster, pod, container);
    let host = |name: &str| name.ends_with("HOST") || name.ends_with("ADDR");
    for it in &variables {
        let Some(text) = &it.text else { continue };
        found.extend(
            ports_in(&text.value)
                .into_iter()
                .map(|port| (port, text.at)),
        );
        // `DB_HOST=127.0.0.1` beside `DB_PORT=5432`.
        let local = matches!(text.value.as_ref(), "127.0.0.1" | "localhost");
        if local && host(&it.name.value) {
            let stem = it
                .name
                .value
                .trim_end_matches("HOST")
                .trim_end_matches("ADDR");
            let partner = format!("{stem}PORT");
            let port = variables
                .iter()
                .find(|it| it.name.value.as_ref() == partner);
            let port = port.and_then(|it| it.text.as_ref()?.value.parse().ok());
            found.extend(port.map(|port| (port, text.at)));
        }
    }
    for word in container.words() {
        found.extend(
            ports_in(&word.value)
                .into_iter()
                .map(|port| (port, word.at)),
        );
    }
    found
}

/// The ports behind `localhost:` and `127.0.0.1:`.
fn ports_in(text: &str) -> Vec<u16> {
    let mut found = Vec::new();
    for host in ["localhost:", "127.0.0.1:"] {
        for (at, _) in text.match_indices(host) {
            let rest = &text[at + host.len()..];
            let end = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            found.extend(rest[..end].parse::<u16>());
        }
    }
    found
}
