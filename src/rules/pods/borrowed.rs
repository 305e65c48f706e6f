//! Waits that another pod of the tree has already.
//!
//! Owns when such a wait can be taken over as it is: it waits for the same
//! Service, holds, and needs nothing of its pod. Must not judge who has to wait.

use crate::finding::{Fix, Safety};
use crate::graph::cluster::{Aim, Link, Waiting};
use crate::graph::{Gate, Strength};
use crate::model::kubernetes::pod::Container;
use crate::repair::{self, pods};
use crate::rules::ClusterContext;
use crate::yaml::Kind;

/// The keys that make a container what it is wherever it stands.
const ITS_OWN: [&str; 7] = [
    "name",
    "image",
    "imagePullPolicy",
    "command",
    "args",
    "resources",
    "securityContext",
];

/// Gives a pod the init container by which another waits for the same Service.
///
/// # Errors
/// Nobody has such a wait, or it cannot be taken over.
pub(in crate::rules) fn wait(cx: &ClusterContext<'_>, link: &Link) -> Result<Fix, String> {
    let nobody = "no other pod waits for it in a way that could be taken over";
    let model = cx.links.links.iter().find_map(|it| like(cx, link, it));
    let (owner, container) = model.ok_or(nobody)?;
    let pod = &cx.cluster.pods[link.from];
    if pod.all().any(|it| it.name.value == container.name.value) {
        return Err(format!(
            "it has a container `{}` already",
            container.name.value
        ));
    }
    let (name, other) = (cx.name(link.from), cx.name(link.to));
    let fix = Fix::new(
        format!(
            "let `{name}` wait for `{other}` as `{}` does",
            cx.name(owner)
        ),
        Safety::Unsafe,
        name,
    )
    .behaviour(format!(
        "`{name}` starts once `{other}` is there, not before"
    ))
    .reveals(&["missing-readiness-probe"]);
    pods::add_init(fix, cx.view, pod, container)
}

/// The container of another pod that waits for what a link leads to.
fn like<'a>(cx: &ClusterContext<'a>, link: &Link, other: &Link) -> Option<(usize, &'a Container)> {
    let waiting: &Waiting = &cx.links.waits[other.wait?];
    let holds = other.gate == Gate::Ready && other.strength == Strength::Strong;
    let same = other.service == link.service && other.to == link.to && other.from != link.from;
    let [Aim::Host(host, _)] = waiting.aims.as_slice() else {
        return None;
    };
    let pods = &cx.cluster.pods;
    let (here, there) = (cx.object(&pods[link.from]), cx.object(&pods[other.from]));
    let found = cx.names.find(host, here.space())?;
    if !holds || !same || Some(found.service) != link.service || here.space() != there.space() {
        return None;
    }
    let container = pods[other.from].init.get(waiting.init?)?;
    let mapping = repair::place(cx.view, container.at, Kind::Mapping)?;
    let mut keys = mapping.node.entries().map(|(key, _)| key.text());
    let alone = keys.all(|it| ITS_OWN.contains(&it));
    let filled = container.words().any(|it| it.value.contains("$("));
    (alone && !filled).then_some((other.from, container))
}
