//! From a stack to edges: one small function per source.
//!
//! Owns which facts make an edge and what an edge is worth. Must not know
//! what the finished graph is asked.

use std::collections::BTreeMap;

use petgraph::graph::DiGraph;

use super::cluster::Link;
use super::{Dangling, Edge, Gate, Graph, Readiness, Strength, is_skipped, names, node};
use crate::model::workload::{Condition, Dependency, Stack, Text};

/// The graph of a stack. `proofs` says, by workload index, what each can
/// prove; a missing entry is [`Readiness::Unknown`]. All profiles are on.
pub fn build(stack: &Stack, proofs: &[Readiness]) -> Graph {
    let mut graph = empty(stack);
    let mut edges = BTreeMap::new();
    declared(stack, proofs, &mut graph, &mut edges);
    finish(graph, edges)
}

/// The graph of a cluster: of several links between the same two pods the one
/// that tests the most stays.
pub fn of_cluster(stack: &Stack, links: &[Link]) -> Graph {
    let mut edges: Pairs = BTreeMap::new();
    for (dependency, link) in links.iter().enumerate() {
        let edge = Edge {
            from: link.from,
            to: link.to,
            why: link.why,
            gate: link.gate,
            strength: link.strength,
            at: link.at,
            dependency,
            required: true,
            restart: false,
        };
        let worth = |it: &Edge| (it.gate != Gate::None, it.strength.rank());
        let better = edges
            .get(&(link.from, link.to))
            .is_none_or(|old| worth(&edge) > worth(old));
        if better {
            edges.insert((link.from, link.to), edge);
        }
    }
    finish(empty(stack), edges)
}

/// Only the workloads.
fn empty(stack: &Stack) -> Graph {
    let names = names(stack);
    let mut graph = Graph {
        inner: DiGraph::with_capacity(names.len(), names.len()),
        vouches: stack.workloads.iter().map(|it| !is_skipped(it)).collect(),
        knotted: Vec::new(),
        names,
        dangling: Vec::new(),
        unresolved: Vec::new(),
        logical: Vec::new(),
    };
    for index in 0..graph.names.len() {
        graph.inner.add_node(index);
    }
    graph
}

fn finish(mut graph: Graph, edges: Pairs) -> Graph {
    let mut ordered: Vec<Edge> = edges.into_values().collect();
    ordered.sort_by_key(|edge| (edge.from, edge.dependency));
    for edge in ordered {
        graph.inner.add_edge(node(edge.from), node(edge.to), edge);
    }
    graph.knotted = graph.knotted();
    graph
}

/// Edges by their two ends: one for each pair.
type Pairs = BTreeMap<(usize, usize), Edge>;

/// What Compose itself obeys: `depends_on` and the keys that imply it.
fn declared(stack: &Stack, proofs: &[Readiness], graph: &mut Graph, edges: &mut Pairs) {
    let by_name: BTreeMap<Text, usize> = graph
        .names
        .iter()
        .cloned()
        .enumerate()
        .map(|(n, name)| (name, n))
        .collect();
    for (from, workload) in stack.workloads.iter().enumerate() {
        for (dependency, it) in workload.depends_on.iter().enumerate() {
            if it.unknown_name {
                graph.unresolved.push(dangling(from, it));
                continue;
            }
            let Some(&to) = by_name.get(&it.name.value) else {
                graph.dangling.push(dangling(from, it));
                continue;
            };
            let proof = proofs.get(to).copied().unwrap_or(Readiness::Unknown);
            let gate = gate(it.condition.value);
            let strength = if graph.vouches[to] {
                strength(gate, proof)
            } else {
                Strength::None
            };
            let edge = Edge {
                from,
                to,
                why: it.why,
                gate,
                strength,
                at: it.name.at,
                dependency,
                required: it.required.value,
                restart: it.restart.value,
            };
            put(edges, edge);
        }
    }
}

/// Of two edges between the same ends the written one stays: the loader adds
/// an implicit edge only where `depends_on` has none (compose-go
/// `loader/normalize.go`).
fn put(edges: &mut Pairs, edge: Edge) {
    let key = (edge.from, edge.to);
    let keep = edges
        .get(&key)
        .is_some_and(|old| old.why.is_explicit() || !edge.why.is_explicit());
    if !keep {
        edges.insert(key, edge);
    }
}

fn dangling(from: usize, it: &Dependency) -> Dangling {
    Dangling {
        from,
        name: it.name.value.clone(),
        at: it.name.at,
        why: it.why,
        required: it.required.value,
    }
}

const fn gate(condition: Condition) -> Gate {
    match condition {
        Condition::Started => Gate::Started,
        Condition::Healthy => Gate::Ready,
        Condition::Completed => Gate::Completed,
    }
}

/// The lesser of the test and the proof. An exit is its own proof.
const fn strength(gate: Gate, proof: Readiness) -> Strength {
    match (gate, proof) {
        (Gate::None, _) => Strength::None,
        (Gate::Started, _) | (Gate::Ready, Readiness::Disabled | Readiness::None) => Strength::Weak,
        (Gate::Ready, Readiness::Unknown) => Strength::Unknown,
        (Gate::Ready, Readiness::Declared | Readiness::FromImage) | (Gate::Completed, _) => {
            Strength::Strong
        }
    }
}
