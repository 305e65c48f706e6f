//! What a container finds on its own pod's loopback.
//!
//! Owns which ports it is told of and who is there for them. Must not judge
//! anything.

use crate::knowledge::Role;
use crate::model::kubernetes::environment;
use crate::model::kubernetes::pod::{Container, Pod};
use crate::rules::ClusterContext;
use crate::rules::endless_sidecar_job::is_tunnel;
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

/// The container beside it that is there for that port: a tunnel, a pooler or a
/// store. Native sidecars with a startup probe are ready before.
pub(in crate::rules) fn listening<'p>(
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
