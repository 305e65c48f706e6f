//! Loops, and one readable loop for each knot of them.
//!
//! Owns strongly connected components. Must not know layers or time.

use std::collections::VecDeque;

use petgraph::algo::kosaraju_scc;

use super::Graph;

/// One knot of workloads that wait for each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cycle {
    /// All workloads in the knot, ascending.
    pub members: Vec<usize>,
    /// The edges of its shortest loop through the member that comes first by
    /// name, starting there.
    pub edges: Vec<usize>,
}

impl Graph {
    /// Every knot, in the order of the first member's name. Edges of every
    /// kind and of every profile count, but not those without a gate.
    pub fn cycles(&self) -> Vec<Cycle> {
        if !self.knotted.contains(&true) {
            return Vec::new();
        }
        let mut found: Vec<(usize, Cycle)> = Vec::new();
        for members in self.components() {
            let first = members
                .iter()
                .copied()
                .min_by_key(|it| (&self.names[*it], *it));
            let Some(first) = first else { continue };
            let Some(edges) = self.shortest_loop(first, &members) else {
                continue;
            };
            found.push((first, Cycle { members, edges }));
        }
        found.sort_by_key(|(first, _)| (&self.names[*first], *first));
        found.into_iter().map(|(_, cycle)| cycle).collect()
    }

    /// Strongly connected components over gating edges, members ascending,
    /// needed ones before their waiters. The library's walk for this is not
    /// recursive, so a chain of any length is safe.
    pub(super) fn components(&self) -> Vec<Vec<usize>> {
        let gating = self.inner.filter_map(
            |_, workload| Some(*workload),
            |_, edge| (edge.gate != super::Gate::None).then_some(()),
        );
        let mut components: Vec<Vec<usize>> = Vec::new();
        for component in kosaraju_scc(&gating) {
            let mut members: Vec<usize> = component.iter().map(|it| it.index()).collect();
            members.sort_unstable();
            components.push(members);
        }
        components
    }

    /// Which workloads lie on a loop.
    pub(super) fn knotted(&self) -> Vec<bool> {
        let mut knotted = vec![false; self.len()];
        for members in self.components() {
            let several = members.len() > 1;
            for it in members {
                let own = self.between(it, it).map(|edge| self.edge(edge).gate);
                knotted[it] = several || own.is_some_and(|gate| gate != super::Gate::None);
            }
        }
        knotted
    }

    /// Breadth first from `start` back to it, within its component; edges are
    /// tried in the order of the needed ones' names.
    fn shortest_loop(&self, start: usize, members: &[usize]) -> Option<Vec<usize>> {
        let mut came_by: Vec<Option<usize>> = vec![None; self.len()];
        let mut queue = VecDeque::from([start]);
        while let Some(here) = queue.pop_front() {
            for edge in self.gating_by_name(here) {
                let to = self.edge(edge).to;
                if to == start {
                    return Some(self.unwind(start, here, edge, &came_by));
                }
                if came_by[to].is_none() && members.binary_search(&to).is_ok() {
                    came_by[to] = Some(edge);
                    queue.push_back(to);
                }
            }
        }
        None
    }

    /// The gating edges on which `workload` waits, by the name they lead to.
    pub(super) fn gating_by_name(&self, workload: usize) -> Vec<usize> {
        let mut edges = self.needs(workload);
        edges.retain(|edge| self.edge(*edge).gate != super::Gate::None);
        edges.sort_by_key(|edge| (&self.names[self.edge(*edge).to], *edge));
        edges
    }

    /// The edges from `start` to `here`, then `last`.
    pub(super) fn unwind(
        &self,
        start: usize,
        here: usize,
        last: usize,
        came_by: &[Option<usize>],
    ) -> Vec<usize> {
        let mut path = vec![last];
        let mut at = here;
        while at != start {
            let Some(edge) = came_by[at] else { break };
            path.push(edge);
            at = self.edge(edge).from;
        }
        path.reverse();
        path
    }
}
