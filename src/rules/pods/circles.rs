//! Pods that wait for each other, or for themselves.
//!
//! Owns what makes a circle of waits certain. Must not know Compose.

use crate::finding::Finding;
use crate::graph::cluster::{Aim, behind};
use crate::graph::{Cycle, Edge};
use crate::rules::ClusterContext;
use crate::rules::dependency_cycle::RULE;
use crate::script::Proves;

/// `dependency-cycle` in pods.
pub(in crate::rules) fn check(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    findings.extend(cx.graph.cycles().iter().filter_map(|it| circle(cx, it)));
    for waiting in &cx.links.waits {
        let space = cx.object(&cx.cluster.pods[waiting.pod]).space();
        for aim in &waiting.aims {
            let Aim::Host(host, _) = aim else { continue };
            let found = cx.names.find(host, space).map(|it| behind(cx.cluster, it));
            let unready = |it: usize| cx.cluster.services[it].unready;
            let open = cx
                .names
                .find(host, space)
                .is_some_and(|it| unready(it.service));
            if waiting.proves == Proves::Dns || open || found != Some(vec![waiting.pod]) {
                continue;
            }
            let name = cx.name(waiting.pod);
            let message = format!("`{name}` waits for `{host}`, which is itself");
            findings.push(
                RULE.finding(waiting.at, message)
                    .label("its endpoints are there only after this has ended")
                    .about(&[name]),
            );
        }
    }
}

/// Pods that wait for each other; where several pods answer to one name, one
/// of the others may be ready.
fn circle(cx: &ClusterContext<'_>, cycle: &Cycle) -> Option<Finding> {
    let edges: Vec<&Edge> = cycle.edges.iter().map(|it| cx.graph.edge(*it)).collect();
    let alone = |edge: &&Edge| {
        let link = &cx.links.links[edge.dependency];
        link.service
            .is_none_or(|it| cx.cluster.selected(&cx.cluster.services[it]).len() == 1)
    };
    let (first, rest) = edges.split_first().filter(|_| edges.iter().all(alone))?;
    let names: Vec<&str> = edges.iter().map(|edge| cx.name(edge.from)).collect();
    let round: Vec<String> = names
        .iter()
        .chain(names.first())
        .map(|name| format!("`{name}`"))
        .collect();
    let told = |edge: &Edge| format!("`{}` waits for `{}`", cx.name(edge.from), cx.name(edge.to));
    let message = format!(
        "{} wait for each other: none of them starts",
        round.join(" → ")
    );
    let mut finding = RULE
        .finding(first.at, message)
        .label(told(first))
        .about(&names);
    for edge in rest {
        finding = finding.note(edge.at, told(edge));
    }
    Some(finding)
}
