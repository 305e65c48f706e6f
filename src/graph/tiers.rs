//! Layers, and edges that other edges already imply.
//!
//! Owns longest-path layering and transitive redundancy. Must not know time.

use std::collections::VecDeque;

use super::{Gate, Graph};

impl Graph {
    /// Layers by the longest way down over gating edges: the first needs
    /// nothing, everything in a layer can start in parallel. A service starts
    /// only after the start of each dependency has completed, so edges that
    /// test no more than the start count too. Members of a loop share a layer
    /// as if they were one workload. Each layer is sorted by name.
    pub fn tiers(&self) -> Vec<Vec<usize>> {
        let mut layer = vec![0; self.len()];
        for members in self.components() {
            let below = members.iter().flat_map(|it| self.gating_by_name(*it));
            let below = below.map(|edge| self.edge(edge).to);
            let outside = below.filter(|to| members.binary_search(to).is_err());
            let own = outside.map(|to| layer[to] + 1).max().unwrap_or(0);
            for it in members {
                layer[it] = own;
            }
        }
        let depth = layer.iter().max().map_or(0, |top| top + 1);
        let mut tiers = vec![Vec::new(); depth];
        for (workload, own) in layer.into_iter().enumerate() {
            tiers[own].push(workload);
        }
        for tier in &mut tiers {
            tier.sort_by_key(|it| (&self.names[*it], *it));
        }
        tiers
    }

    /// The shortest other way that already guarantees what an explicit edge
    /// tests, as edge indices from its waiter to what it needs.
    ///
    /// The last hop must imply the edge's own gate. Each earlier hop needs any
    /// gate at all: whichever it is, the workload in between was started, and
    /// it is started only after its own gates were passed. A hop that is not
    /// required guarantees nothing, nor does one over a workload that never
    /// has a container or that lies on a loop. An edge with `restart: true` or
    /// `required: false` says more than order, and is never redundant.
    ///
    /// Redundant edges may be dropped together: on a graph without loops each
    /// way that leans on a dropped edge can lean on that edge's own way.
    pub fn redundant(&self, index: usize) -> Option<Vec<usize>> {
        let edge = self.edge(index);
        let plain = edge.why.is_explicit() && edge.required && !edge.restart;
        if !plain || edge.gate == Gate::None || !self.vouches[edge.to] {
            return None;
        }
        let knotted = &self.knotted;
        if knotted[edge.from] || knotted[edge.to] {
            return None;
        }
        let mut came_by: Vec<Option<usize>> = vec![None; self.len()];
        let mut queue = VecDeque::from([edge.from]);
        while let Some(here) = queue.pop_front() {
            for hop in self.gating_by_name(here) {
                let it = self.edge(hop);
                if hop == index || !it.required {
                    continue;
                }
                if it.to == edge.to {
                    if it.gate.implies(edge.gate) {
                        return Some(self.unwind(edge.from, here, hop, &came_by));
                    }
                    continue;
                }
                let passable = self.vouches[it.to] && !knotted[it.to];
                if passable && came_by[it.to].is_none() {
                    came_by[it.to] = Some(hop);
                    queue.push_back(it.to);
                }
            }
        }
        None
    }
}
