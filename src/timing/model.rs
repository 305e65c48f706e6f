//! How `docker compose up` starts a stack, as arithmetic.
//!
//! Owns what a plan is made of and made from. The walk itself is in `walk`;
//! causes, chains and slack are in `path`. Must not know files or findings.
//!
//! What is left out, because nothing in the files tells it: pulling, building
//! and creating (all of it is over before the first start), the time a look
//! takes, replicas beyond the first, restarts, and jobs that fail.

use std::time::Duration;

use super::kubelet::Pace;
use super::path::{self, Segment};
use super::walk::{self, Walk};
use super::{Engine, Timings};
use crate::graph::{Gate, Graph};

/// The gap between two looks at a gate (docker/compose v5.5.0
/// `pkg/compose/convergence.go`, `waitDependencies`).
pub const POLL: Duration = Duration::from_millis(500);

/// What one `ContainerStart` costs when nobody measured it. Reports of a
/// whole `docker run` on Linux, which also creates the container, range from
/// 0.2 s (docker/for-mac#1183) to 0.5 s (moby/moby#38077,
/// microsoft/aspire#8670); this lies between.
pub const START_COST: Duration = Duration::from_millis(300);

/// Whether starts of different services queue behind each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Starts {
    /// At the same time: every released Compose up to v5.5.0.
    #[default]
    Concurrent,
    /// One at a time, in the order of asking: Compose after docker/compose#14106.
    Serial,
}

/// What the plan is made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// The probe clock.
    pub engine: Engine,
    /// How containers are started.
    pub starts: Starts,
}

/// Where a boot time comes from, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum BootSource {
    /// The user's configuration.
    Config,
    /// A run that was measured.
    Measured,
    /// What the image is known to need.
    Image,
    /// Nothing is known.
    Default,
}

impl BootSource {
    /// The word to print.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Measured => "measured",
            Self::Image => "image",
            Self::Default => "default",
        }
    }
}

/// What makes a workload ready.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Kind {
    /// It runs, and nothing ever says that it is ready. It counts as ready
    /// after its boot, but no gate can see that.
    #[default]
    Running,
    /// A healthcheck with these timings; it can succeed once the boot is over.
    Probe(Timings),
    /// A job: it exits with 0 after this run time, and the boot counts for nothing.
    Exits(Duration),
    /// A pod, by the clocks of its probes. Without a probe it is ready when it serves.
    Pod(Pace),
    /// It may prove readiness, nobody knows how. Its boot is a lower bound.
    Unknown,
    /// `deploy.replicas: 0`: returns at once, is never looked at.
    Off,
    /// A provider, or `scale: 0`: waits on its own gates, then returns; is
    /// never looked at.
    NoContainer,
}

/// One workload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// From the container's start until it serves.
    pub boot: Duration,
    /// Who says so.
    pub boot_source: BootSource,
    /// How much of the boot is a sleep before the program.
    pub sleep: Duration,
    /// What starting the container costs.
    pub start_cost: Duration,
    /// What makes it ready.
    pub kind: Kind,
    /// All `pre_start` steps together.
    pub pre_start: Duration,
    /// All `post_start` steps together.
    pub post_start: Duration,
}

impl Default for Node {
    /// A running container about which nothing is known: it boots in 1 s.
    fn default() -> Self {
        Self {
            boot: Duration::from_secs(1),
            boot_source: BootSource::Default,
            sleep: Duration::ZERO,
            start_cost: START_COST,
            kind: Kind::Running,
            pre_start: Duration::ZERO,
            post_start: Duration::ZERO,
        }
    }
}

/// One gate: `from` waits for `to`. Both are indices into the nodes; a gate
/// that points outside them is ignored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait {
    /// The waiter.
    pub from: usize,
    /// What it waits for.
    pub to: usize,
    /// What it tests; [`Gate::None`] waits for nothing at all.
    pub gate: Gate,
    /// Nobody looks at the gate; only the order of the starts remains.
    pub skip: bool,
    /// False when failure is only a warning.
    pub required: bool,
}

/// The waits of a graph, in the order of its edges.
pub fn waits(graph: &Graph) -> Vec<Wait> {
    let wait = |edge: &crate::graph::Edge| Wait {
        from: edge.from,
        to: edge.to,
        gate: edge.gate,
        skip: false,
        required: edge.required,
    };
    graph.edges().map(wait).collect()
}

/// Why a workload never starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It lies on a loop; Compose refuses the whole project.
    Cycle,
    /// What it needs never starts either.
    Behind(usize),
    /// What it needs never exits, and its exit is awaited.
    NeverExits(usize),
    /// What it needs was called unhealthy; this ends `up` at that time.
    Unhealthy(usize, Duration),
    /// What it needs has no check, and health is awaited; this ends `up`.
    NoCheck(usize, Duration),
    /// What it needs has exited, and health is awaited; this ends `up`.
    Exited(usize, Duration),
    /// `up` was ended before its turn.
    Aborted,
    /// A pod's own probe kills it this long after each start.
    Killed(Duration),
}

/// A workload that never starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Never {
    /// The workload.
    pub workload: usize,
    /// Why.
    pub reason: Reason,
}

/// What happens when; all times from the first start of the stack, all lists
/// by workload index unless they say otherwise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// When the container runs.
    pub started: Vec<Option<Duration>>,
    /// When it is ready: healthy, exited, or booted, by its kind.
    pub ready: Vec<Option<Duration>>,
    /// When those that wait for its start may go on: after `post_start`.
    pub released: Vec<Option<Duration>>,
    /// Whether the ready time is only a lower bound, because something it
    /// rests on is unknown.
    pub at_least: Vec<bool>,
    /// How each ready time comes about, for those that have one.
    pub segments: Vec<Option<Segment>>,
    /// The chain that decides `total`, from the root to the last. The times of
    /// its causes other than `WaitedFor` add up to `total`.
    pub critical: Vec<Segment>,
    /// When the last workload is ready and the last step has run, among those
    /// that get there.
    pub total: Duration,
    /// Those that never start, by index.
    pub never: Vec<Never>,
    /// When a failed gate ended `up`.
    pub aborted: Option<Duration>,
}

impl Plan {
    /// Whether everything that has a container is started.
    pub const fn is_complete(&self) -> bool {
        self.never.is_empty()
    }

    /// Whether `total` is only a lower bound.
    pub fn total_at_least(&self) -> bool {
        self.at_least.contains(&true)
    }
}

/// When is what ready. A pure function: to ask "what if", change the nodes or
/// the waits and plan again, or use [`cost_of`](super::cost_of).
///
/// With [`Starts::Serial`] and equal times of asking, the lower index goes first; real
/// Compose leaves that to chance.
pub fn plan(settings: Settings, nodes: &[Node], waits: &[Wait]) -> Plan {
    from_walk(nodes, &walk::walk(settings, nodes, waits, None))
}

/// When each workload's container runs: [`Plan::started`] alone, for less.
pub fn starts(settings: Settings, nodes: &[Node], waits: &[Wait]) -> Vec<Option<Duration>> {
    let walked = walk::walk(settings, nodes, waits, None);
    walked.tracks.iter().map(|it| it.started).collect()
}

/// The readable form of a walk.
pub(super) fn from_walk(nodes: &[Node], walk: &Walk) -> Plan {
    let tracks = &walk.tracks;
    let never = tracks.iter().enumerate().filter_map(|(workload, track)| {
        let reason = track.never?;
        Some(Never { workload, reason })
    });
    let at_least = tracks.iter().zip(nodes).map(|(track, node)| {
        track.ready.is_some() && (track.at_least || node.kind == Kind::Unknown)
    });
    Plan {
        started: tracks.iter().map(|it| it.started).collect(),
        ready: tracks.iter().map(|it| it.ready).collect(),
        released: tracks.iter().map(|it| it.released).collect(),
        at_least: at_least.collect(),
        segments: (0..tracks.len())
            .map(|it| path::segment(nodes, tracks, it))
            .collect(),
        critical: path::critical(nodes, tracks),
        total: walk.total(),
        never: never.collect(),
        aborted: walk.aborted,
    }
}
