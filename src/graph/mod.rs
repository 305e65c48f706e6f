//! Who waits for whom.
//!
//! Owns the dependency graph of one stack: its edges, the strength of each,
//! cycles, tiers and what other edges already imply. Must not know how long
//! anything takes, nor what is a finding.

/// Edges of Kubernetes.
pub mod cluster;

mod cycles;
mod edges;
mod logical;
mod tiers;

#[cfg(test)]
mod tests;

use petgraph::graph::DiGraph;
use petgraph::visit::EdgeRef as _;

use crate::model::workload::{Stack, Text, Why, Workload};
use crate::source::At;

pub use self::cycles::Cycle;
pub use self::edges::{build, of_cluster};
pub use self::logical::{Logical, answering, logical};

/// What a workload can prove about its own readiness.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Readiness {
    /// A check stands in the files.
    Declared,
    /// The image is known to bring one.
    FromImage,
    /// A check is switched off in the files.
    Disabled,
    /// The image is known to bring none, and the files add none.
    None,
    /// Nobody knows.
    Unknown,
}

/// What the waiter tests before it starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gate {
    /// Nothing: it uses the other without waiting.
    None,
    /// The other's start has completed.
    Started,
    /// The other's readiness signal is green.
    Ready,
    /// The other has exited with 0.
    Completed,
}

impl Gate {
    /// Whether a workload that passed `self` has also passed `other`. Ready
    /// and completed say nothing about each other.
    pub const fn implies(self, other: Self) -> bool {
        match other {
            Self::None => true,
            Self::Started => !matches!(self, Self::None),
            Self::Ready => matches!(self, Self::Ready),
            Self::Completed => matches!(self, Self::Completed),
        }
    }
}

/// What an edge is worth: the lesser of what the waiter tests and what the
/// needed one proves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Strength {
    /// Nothing is awaited, or the needed one never has a container.
    None,
    /// Start order only: the test is weak, or there is nothing to test.
    Weak,
    /// Readiness is tested, but whether it can be proven is not known.
    Unknown,
    /// Readiness or completion is tested and proven.
    Strong,
}

impl Strength {
    /// The word in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Weak => "weak",
            Self::Unknown => "unknown",
            Self::Strong => "strong",
        }
    }

    /// From the least to the most.
    const fn rank(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Weak => 1,
            Self::Unknown => 2,
            Self::Strong => 3,
        }
    }
}

/// One edge; all indices but `dependency` are those of `Stack::workloads`.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The waiter.
    pub from: usize,
    /// What it needs.
    pub to: usize,
    /// Where the edge comes from.
    pub why: Why,
    /// What the waiter tests.
    pub gate: Gate,
    /// What that is worth.
    pub strength: Strength,
    /// Where the name is written.
    pub at: At,
    /// The place in the waiter's `depends_on`; in a cluster, in the links.
    pub dependency: usize,
    /// False when failure is only a warning.
    pub required: bool,
    /// The waiter is restarted with the needed one.
    pub restart: bool,
}

/// A name that no workload of the stack has.
#[derive(Clone, Debug)]
pub struct Dangling {
    /// The waiter.
    pub from: usize,
    /// The name it needs.
    pub name: Text,
    /// Where the name is written.
    pub at: At,
    /// Where the edge comes from.
    pub why: Why,
    /// False when absence is only a warning.
    pub required: bool,
}

/// The graph of one stack. Edge indices are positions in the order of
/// [`Graph::edges`], which is that of the waiters, then of their dependencies.
#[derive(Debug)]
pub struct Graph {
    inner: DiGraph<usize, Edge>,
    names: Vec<Text>,
    /// Whether a start of the workload proves that its own gates were passed.
    vouches: Vec<bool>,
    /// Whether the workload lies on a loop.
    knotted: Vec<bool>,
    /// Names that do not exist in the stack.
    pub dangling: Vec<Dangling>,
    /// Dependencies whose name came through a variable without value.
    pub unresolved: Vec<Dangling>,
    /// Who names whom in an address. Nothing waits on these.
    pub logical: Vec<Logical>,
}

impl Graph {
    /// All edges; the position is the edge's index.
    pub fn edges(&self) -> impl ExactSizeIterator<Item = &Edge> {
        self.inner.raw_edges().iter().map(|edge| &edge.weight)
    }

    /// The edge of an index that this graph gave out.
    pub fn edge(&self, index: usize) -> &Edge {
        &self.inner.raw_edges()[index].weight
    }

    /// The number of workloads.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether the stack has no workload.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The indices of the edges on which `workload` waits, ascending.
    pub fn needs(&self, workload: usize) -> Vec<usize> {
        self.directed(workload, petgraph::Direction::Outgoing)
    }

    /// The indices of the edges that wait for `workload`, ascending.
    pub fn needed_by(&self, workload: usize) -> Vec<usize> {
        self.directed(workload, petgraph::Direction::Incoming)
    }

    /// The index of the edge between two workloads.
    pub fn between(&self, from: usize, to: usize) -> Option<usize> {
        if from >= self.len() || to >= self.len() {
            return None;
        }
        let found = self.inner.find_edge(node(from), node(to))?;
        Some(found.index())
    }

    /// Whether `from` needs `to`, itself or through others, so that an edge the
    /// other way round would close a loop. Everything reaches itself.
    pub fn reaches(&self, from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.len()];
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            if !std::mem::replace(&mut seen[at], true) {
                open.extend(self.needs(at).into_iter().map(|it| self.edge(it).to));
            }
        }
        false
    }

    fn directed(&self, workload: usize, direction: petgraph::Direction) -> Vec<usize> {
        if workload >= self.len() {
            return Vec::new();
        }
        let edges = self.inner.edges_directed(node(workload), direction);
        let mut found: Vec<usize> = edges.map(|edge| edge.id().index()).collect();
        found.sort_unstable();
        found
    }
}

/// Whether the workload never has a container of its own, so that an edge to
/// it is passed without a look (docker/compose v5.5.0
/// `pkg/compose/convergence.go`, `shouldWaitForDependency`).
pub const fn is_skipped(workload: &Workload) -> bool {
    let off = match &workload.replicas {
        Some(replicas) => replicas.value == 0,
        None => false,
    };
    off || workload.provider.is_some()
}

/// The library's node index of a workload.
fn node(workload: usize) -> petgraph::graph::NodeIndex {
    petgraph::graph::NodeIndex::new(workload)
}

/// Only so that the builder has one place that knows the stack.
fn names(stack: &Stack) -> Vec<Text> {
    stack
        .workloads
        .iter()
        .map(|it| it.name.value.clone())
        .collect()
}
