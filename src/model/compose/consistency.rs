//! What Compose refuses once a project is loaded and profiles are chosen.
//!
//! Owns the part of compose-go's `checkConsistency` and `CheckCycle`
//! (`loader/validate.go`, `graph/cycle.go`, v2.16.2) that the model can answer:
//! everything but networks, volumes, secrets, configs and resources, whose
//! top-level sections are not read. Must not know how the stack was made.

use std::collections::{BTreeSet, VecDeque};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::model::workload::{Dependency, Stack, Test, Text, Workload};
use crate::source::At;

/// One reason why Compose would not start the project with these profiles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inconsistency {
    /// The kind.
    pub class: Class,
    /// The service that has it; of a loop, the first by name.
    pub service: Text,
    /// Where it is written; of a loop, the first edge.
    pub at: At,
    /// The services it is about: the one that is missing, or a whole loop in
    /// order, its first name not repeated. Empty where the class says it all.
    pub names: Vec<Text>,
    /// It rests on a variable without a value in the files, which the loader
    /// takes for empty and another machine may set.
    pub unknown: bool,
}

/// The kinds, in the order in which the loader looks for them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// Neither `image` nor `build` nor `provider`.
    NoImage,
    /// `dockerfile` beside `dockerfile_inline`.
    TwoDockerfiles,
    /// `network_mode` beside `networks`.
    NetworkMode,
    /// A `healthcheck.test` list that starts with no known word.
    HealthcheckTest,
    /// A service that does not exist, or that the profiles switch off while
    /// the edge requires it.
    Undefined,
    /// `container_name` on a service with several replicas.
    ContainerName,
    /// One mount path twice.
    MountTwice,
    /// Services that wait for each other.
    Cycle,
}

/// Everything that Compose would refuse with the profiles `active`, by service
/// and class; loops come last. The loader stops at the first.
pub fn refusals(stack: &Stack, active: &[Text]) -> Vec<Inconsistency> {
    let on: Vec<&Workload> = stack
        .workloads
        .iter()
        .filter(|it| it.is_active(active))
        .collect();
    let mut found = Vec::new();
    for workload in &on {
        image(workload, &mut found);
        networks(workload, &mut found);
        test(workload, &mut found);
        for edge in &workload.depends_on {
            undefined(stack, active, workload, edge, &mut found);
        }
        replicas(workload, &mut found);
        mounts(workload, &mut found);
    }
    cycles(&on, &mut found);
    found
}

fn note(workload: &Workload, class: Class, at: At) -> Inconsistency {
    Inconsistency {
        class,
        service: workload.name.value.clone(),
        at,
        names: Vec::new(),
        unknown: false,
    }
}

fn image(workload: &Workload, found: &mut Vec<Inconsistency>) {
    if let Some(build) = &workload.build {
        let both = build.dockerfile.as_ref().zip(build.inline.as_ref());
        if let Some((file, inline)) = both
            && !file.value.is_empty()
            && !inline.value.is_empty()
        {
            found.push(note(workload, Class::TwoDockerfiles, file.at));
        }
        return;
    }
    let image = workload.image.as_ref();
    if workload.provider.is_some() || image.is_some_and(|it| !it.value.text.is_empty()) {
        return;
    }
    let at = image.map_or(workload.name.at, |it| it.at);
    found.push(Inconsistency {
        unknown: image.is_some_and(|it| it.value.unknown),
        ..note(workload, Class::NoImage, at)
    });
}

fn networks(workload: &Workload, found: &mut Vec<Inconsistency>) {
    let Some(mode) = workload
        .network_mode
        .as_ref()
        .filter(|it| !it.value.is_empty())
    else {
        return;
    };
    if workload.other_key("networks").is_some() {
        found.push(note(workload, Class::NetworkMode, mode.at));
    }
}

fn test(workload: &Workload, found: &mut Vec<Inconsistency>) {
    let Some(test) = workload
        .healthcheck
        .as_ref()
        .and_then(|it| it.test.as_ref())
    else {
        return;
    };
    let Test::Malformed(words) = &test.value else {
        return;
    };
    let Some(first) = words.first() else { return };
    if first.value.text.as_ref() == "CMD-SHELL" {
        return;
    }
    found.push(Inconsistency {
        unknown: first.value.unknown,
        ..note(workload, Class::HealthcheckTest, first.at)
    });
}

fn undefined(
    stack: &Stack,
    active: &[Text],
    workload: &Workload,
    edge: &Dependency,
    found: &mut Vec<Inconsistency>,
) {
    let name = &edge.name.value;
    let target = stack.find(name).map(|index| &stack.workloads[index]);
    if target.is_some_and(|it| it.is_active(active)) {
        return;
    }
    // An edge that may stay open is fine towards a service that is only
    // switched off, but a borrowed network cannot do without it.
    let borrowed = workload
        .network_mode
        .as_ref()
        .and_then(|it| it.value.strip_prefix("service:"))
        .is_some_and(|it| it == name.as_ref());
    if target.is_some() && !edge.required.value && !borrowed {
        return;
    }
    found.push(Inconsistency {
        names: vec![name.clone()],
        unknown: edge.unknown_name,
        ..note(workload, Class::Undefined, edge.name.at)
    });
}

fn replicas(workload: &Workload, found: &mut Vec<Inconsistency>) {
    let several = workload.replicas.as_ref().is_some_and(|it| it.value > 1);
    if let Some(at) = workload.other_key("container_name").filter(|_| several) {
        found.push(note(workload, Class::ContainerName, at));
    }
}

fn mounts(workload: &Workload, found: &mut Vec<Inconsistency>) {
    let mut seen = BTreeSet::new();
    for volume in &workload.volumes {
        if !seen.insert(volume.target.as_ref()) {
            found.push(note(workload, Class::MountTwice, volume.at));
        }
    }
}

/// One shortest loop through the first service of each knot of services.
fn cycles(on: &[&Workload], found: &mut Vec<Inconsistency>) {
    let mut graph = DiGraph::<(), ()>::new();
    let nodes: Vec<NodeIndex> = on.iter().map(|_| graph.add_node(())).collect();
    for (from, workload) in on.iter().enumerate() {
        for edge in &workload.depends_on {
            let name = &edge.name.value;
            if let Ok(to) = on.binary_search_by(|it| it.name.value.cmp(name)) {
                graph.add_edge(nodes[from], nodes[to], ());
            }
        }
    }
    let mut knots: Vec<Vec<NodeIndex>> = tarjan_scc(&graph);
    knots.iter_mut().for_each(|knot| knot.sort());
    knots.sort();
    for knot in knots {
        let Some(path) = shortest_loop(&graph, knot[0]) else {
            continue;
        };
        let names: Vec<Text> = path
            .iter()
            .map(|node| on[node.index()].name.value.clone())
            .collect();
        let first = on[knot[0].index()];
        let next = names.get(1).unwrap_or(&names[0]);
        let at = first
            .dependency(next)
            .map_or(first.name.at, |it| it.name.at);
        found.push(Inconsistency {
            names,
            ..note(first, Class::Cycle, at)
        });
    }
}

/// The nodes of a shortest way from `start` back to itself.
fn shortest_loop(graph: &DiGraph<(), ()>, start: NodeIndex) -> Option<Vec<NodeIndex>> {
    let mut came_from = vec![None; graph.node_count()];
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for next in graph.neighbors(node) {
            if next == start {
                let mut path = vec![node];
                while let Some(before) = came_from[path[path.len() - 1].index()] {
                    path.push(before);
                }
                path.reverse();
                return Some(path);
            }
            if came_from[next.index()].is_none() {
                came_from[next.index()] = Some(node);
                queue.push_back(next);
            }
        }
    }
    None
}
