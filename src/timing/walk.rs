//! The walk over a stack in the order in which containers ask to be started.
//!
//! Owns the times of every step of every workload. Must not know how they are
//! told to anyone.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use petgraph::graph::{DiGraph, NodeIndex};

use super::kubelet::course;
use super::model::{Kind, Node, POLL, Reason, Settings, Starts, Wait};
use super::path::Until;
use super::probe::{Outcome, first_success};
use crate::graph::Gate;

/// The times of one workload, each `None` until (or unless) it comes.
#[derive(Clone, Default, Debug)]
pub(super) struct Track {
    /// The visitor begins: all dependencies' visitors have returned.
    pub(super) begins: Option<Duration>,
    /// All gates are passed.
    pub(super) passed: Duration,
    /// The start is asked for, after `pre_start`.
    pub(super) asked: Duration,
    /// The start begins.
    pub(super) granted: Duration,
    /// The container runs.
    pub(super) started: Option<Duration>,
    /// It is ready.
    pub(super) ready: Option<Duration>,
    /// Its visitor has returned.
    pub(super) released: Option<Duration>,
    /// The probe's verdicts, from the container's start.
    pub(super) outcome: Option<Outcome>,
    /// The dependency that decided `passed`, and by what.
    pub(super) lead: Option<Lead>,
    /// Its start rests on a lower bound.
    pub(super) at_least: bool,
    /// Why it never starts.
    pub(super) never: Option<Reason>,
}

/// What a workload waited for last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lead {
    /// The dependency.
    pub(super) to: usize,
    /// Which of its times counted.
    pub(super) until: Until,
    /// That time.
    pub(super) at: Duration,
}

/// All tracks, and when `up` was ended.
pub(super) struct Walk {
    pub(super) tracks: Vec<Track>,
    pub(super) aborted: Option<Duration>,
}

impl Walk {
    /// The last ready time or return of a visitor.
    pub(super) fn total(&self) -> Duration {
        let times = self.tracks.iter().flat_map(|it| [it.ready, it.released]);
        times.flatten().max().unwrap_or_default()
    }
}

/// A readiness that comes later than it would: by index, and by how much.
pub(super) type Delay = Option<(usize, Duration)>;

/// Everything that stays the same during a walk.
struct Input<'a> {
    nodes: &'a [Node],
    settings: Settings,
    delay: Delay,
    needs: Needs,
}

/// The waits of each workload, one for each target, by target.
struct Needs {
    waits: Vec<Wait>,
    /// Where each workload's begin, and the end of the last.
    starts: Vec<usize>,
}

impl Needs {
    /// The waits that count; of several to one target the first.
    fn of(count: usize, waits: &[Wait]) -> Self {
        let counts = |it: &&Wait| it.gate != Gate::None && it.from < count && it.to < count;
        let mut waits: Vec<Wait> = waits.iter().filter(counts).copied().collect();
        // Equal targets stay in their order, so that the first one is kept.
        waits.sort_by_key(|it| (it.from, it.to));
        waits.dedup_by_key(|it| (it.from, it.to));
        let starts = starts(count, waits.iter().map(|it| it.from));
        Self { waits, starts }
    }

    fn of_waiter(&self, it: usize) -> &[Wait] {
        &self.waits[self.starts[it]..self.starts[it + 1]]
    }
}

/// Walks the whole stack.
pub(super) fn walk(settings: Settings, nodes: &[Node], waits: &[Wait], delay: Delay) -> Walk {
    let input = Input {
        nodes,
        settings,
        delay,
        needs: Needs::of(nodes.len(), waits),
    };
    let users = Users::of(nodes.len(), &input.needs.waits);
    let all = 0..nodes.len();
    let mut open: Vec<usize> = all.map(|it| input.needs.of_waiter(it).len()).collect();
    let mut tracks = vec![Track::default(); nodes.len()];
    let mut ready_to_begin: Vec<usize> = (0..nodes.len()).filter(|it| open[*it] == 0).collect();
    let mut queue = BinaryHeap::new();
    let mut free = Duration::ZERO;
    loop {
        // A visitor is looked at when its last dependency has been: every
        // time it depends on is then known, and it asks no earlier than now.
        while let Some(it) = ready_to_begin.pop() {
            match visit(&input, &mut tracks, it) {
                Step::Asks(at) => queue.push(Reverse((at, it))),
                Step::Returns => release(users.of_target(it), &mut open, &mut ready_to_begin),
                Step::Stays => {}
            }
        }
        let Some(Reverse((asked, it))) = queue.pop() else {
            break;
        };
        let granted = match settings.starts {
            Starts::Concurrent => asked,
            Starts::Serial => asked.max(free),
        };
        free = start(&input, &mut tracks[it], it, granted);
        release(users.of_target(it), &mut open, &mut ready_to_begin);
    }
    let aborted = abort(&mut tracks);
    name_the_blocked(&input, &mut tracks);
    Walk { tracks, aborted }
}

/// Where each workload's part of a list begins that is in the order of workloads,
/// and the end of the last; `each` names the workload of every item.
fn starts(count: usize, each: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut starts = vec![0; count + 1];
    for it in each {
        starts[it + 1] += 1;
    }
    for it in 0..count {
        starts[it + 1] += starts[it];
    }
    starts
}

/// Who waits for each workload, ascending.
struct Users {
    users: Vec<usize>,
    /// Where each workload's begin, and the end of the last.
    starts: Vec<usize>,
}

impl Users {
    fn of(count: usize, waits: &[Wait]) -> Self {
        let starts = starts(count, waits.iter().map(|it| it.to));
        let mut next = starts.clone();
        let mut users = vec![0; waits.len()];
        for wait in waits {
            users[next[wait.to]] = wait.from;
            next[wait.to] += 1;
        }
        Self { users, starts }
    }

    fn of_target(&self, it: usize) -> &[usize] {
        &self.users[self.starts[it]..self.starts[it + 1]]
    }
}

fn release(users: &[usize], open: &mut [usize], ready_to_begin: &mut Vec<usize>) {
    for user in users {
        open[*user] -= 1;
        if open[*user] == 0 {
            ready_to_begin.push(*user);
        }
    }
}

/// What a visitor comes to.
enum Step {
    /// It asks for its start at this time.
    Asks(Duration),
    /// It has nothing to start.
    Returns,
    /// It never gets through its gates.
    Stays,
}

fn visit(input: &Input<'_>, tracks: &mut [Track], it: usize) -> Step {
    let node = &input.nodes[it];
    let (begins, by) = begin(input.needs.of_waiter(it), tracks);
    tracks[it].begins = Some(begins);
    tracks[it].passed = begins;
    tracks[it].lead = by;
    let mut needs = input.needs.of_waiter(it).iter();
    tracks[it].at_least = needs.any(|need| tracks[need.to].at_least);
    if node.kind == Kind::Off {
        tracks[it].released = Some(begins);
        return Step::Returns;
    }
    if let Err(reason) = pass_gates(input, tracks, it, begins) {
        tracks[it].never = Some(reason);
        return Step::Stays;
    }
    let track = &mut tracks[it];
    if node.kind == Kind::NoContainer {
        track.released = Some(track.passed);
        return Step::Returns;
    }
    track.asked = track.passed.saturating_add(node.pre_start);
    Step::Asks(track.asked)
}

/// When the visitor begins, and which dependency returned last.
fn begin(needs: &[Wait], tracks: &[Track]) -> (Duration, Option<Lead>) {
    let mut lead: Option<Lead> = None;
    for need in needs {
        let at = tracks[need.to].released.unwrap_or_default();
        if lead.is_none_or(|old| at > old.at) {
            lead = Some(Lead {
                to: need.to,
                until: Until::Released,
                at,
            });
        }
    }
    (lead.map_or(Duration::ZERO, |lead| lead.at), lead)
}

/// Looks at all gates of a workload, which began to wait at `begins`.
fn pass_gates(
    input: &Input<'_>,
    tracks: &mut [Track],
    it: usize,
    begins: Duration,
) -> Result<(), Reason> {
    let mut last: Option<(Duration, Lead)> = None;
    let mut stuck = None;
    let mut failed: Option<(Duration, Reason)> = None;
    let mut at_least = tracks[it].at_least;
    for need in input.needs.of_waiter(it) {
        let target = &tracks[need.to];
        let kind = &input.nodes[need.to].kind;
        if need.skip || need.gate == Gate::Started || matches!(kind, Kind::Off | Kind::NoContainer)
        {
            continue;
        }
        at_least |= *kind == Kind::Unknown;
        match look(need, kind, target, begins) {
            Look::Passes { tick, until, at } => {
                let lead = Lead {
                    to: need.to,
                    until,
                    at,
                };
                if last.is_none_or(|(old, by)| (tick, at) > (old, by.at)) {
                    last = Some((tick, lead));
                }
            }
            Look::Fails { tick, reason } => {
                if failed.is_none_or(|(old, _)| tick < old) {
                    failed = Some((tick, reason));
                }
            }
            Look::Never(reason) => stuck = stuck.or(Some(reason)),
        }
    }
    tracks[it].at_least = at_least;
    if let Some((_, reason)) = failed {
        return Err(reason);
    }
    if let Some(reason) = stuck {
        return Err(reason);
    }
    let Some((tick, lead)) = last else {
        return Ok(());
    };
    tracks[it].passed = tick;
    // A gate seen at the very first look did not delay anything: what did is
    // whoever let the wait begin so late.
    if tick > begins.saturating_add(POLL) {
        tracks[it].lead = Some(lead);
    }
    Ok(())
}

/// What comes of looking at one gate every half second.
enum Look {
    Passes {
        tick: Duration,
        until: Until,
        at: Duration,
    },
    Fails {
        tick: Duration,
        reason: Reason,
    },
    Never(Reason),
}

fn look(need: &Wait, kind: &Kind, target: &Track, begins: Duration) -> Look {
    let to = need.to;
    let started = target.started.unwrap_or_default();
    let first = tick(begins, begins);
    let when_ready = || {
        let at = target.ready.unwrap_or(Duration::MAX);
        Look::Passes {
            tick: tick(begins, at),
            until: Until::Ready,
            at,
        }
    };
    let failed = match (need.gate, kind) {
        (Gate::Ready, Kind::Pod(_)) if target.ready.is_none() => {
            return Look::Never(Reason::Behind(to));
        }
        (Gate::Completed, Kind::Running | Kind::Probe(_) | Kind::Pod(_)) => {
            return Look::Never(Reason::NeverExits(to));
        }
        (Gate::Ready, Kind::Probe(_)) => {
            let unhealthy = target.outcome.as_ref().and_then(|it| it.unhealthy_at);
            let Some(unhealthy) = unhealthy else {
                return when_ready();
            };
            let unhealthy = started.saturating_add(unhealthy);
            let seen = tick(begins, unhealthy);
            if target.ready.is_some_and(|ready| ready <= seen) {
                return when_ready();
            }
            (seen, unhealthy, Reason::Unhealthy(to, seen))
        }
        (Gate::Ready, Kind::Running) => (first, begins, Reason::NoCheck(to, first)),
        (Gate::Ready, Kind::Exits(_)) => {
            let gone = target.ready.is_some_and(|ready| ready <= first);
            let reason = if gone {
                Reason::Exited(to, first)
            } else {
                Reason::NoCheck(to, first)
            };
            (first, begins, reason)
        }
        _ => return when_ready(),
    };
    let (seen, at, reason) = failed;
    if need.required {
        Look::Fails { tick: seen, reason }
    } else {
        Look::Passes {
            tick: seen,
            until: Until::GivenUp,
            at,
        }
    }
}

/// [`POLL`] in nanoseconds.
const HALF_SECOND: u64 = POLL.subsec_nanos() as u64;

/// The first look at or after `time` of a wait that began at `begins`.
pub(super) fn tick(begins: Duration, time: Duration) -> Duration {
    let wait = time.saturating_sub(begins);
    // Two rounds to a second, and one or two for what is left of it.
    let left = u64::from(wait.subsec_nanos()).div_ceil(HALF_SECOND);
    let Some(rounds) = wait
        .as_secs()
        .checked_mul(2)
        .and_then(|it| it.checked_add(left))
    else {
        return Duration::MAX;
    };
    let rounds = rounds.max(1);
    let half = u32::from(rounds % 2 == 1) * POLL.subsec_nanos();
    begins.saturating_add(Duration::new(rounds / 2, half))
}

/// Starts the container; says when the next may be started.
fn start(input: &Input<'_>, track: &mut Track, it: usize, granted: Duration) -> Duration {
    let node = &input.nodes[it];
    let started = granted.saturating_add(node.start_cost);
    let late = input.delay.map_or(
        Duration::ZERO,
        |(who, by)| {
            if who == it { by } else { Duration::ZERO }
        },
    );
    let after = match &node.kind {
        Kind::Probe(timings) => {
            let outcome = first_success(input.settings.engine, timings, node.boot);
            let healthy = outcome.healthy_at;
            track.outcome = Some(outcome);
            healthy
        }
        Kind::Exits(run) => Some(*run),
        Kind::Pod(pace) => match course(pace, node.boot) {
            Ok(course) => Some(course.total()),
            Err(at) => {
                track.never = Some(Reason::Killed(at));
                None
            }
        },
        _ => Some(node.boot),
    };
    track.granted = granted;
    track.started = Some(started);
    track.ready = after.map(|after| started.saturating_add(after).saturating_add(late));
    track.released = Some(started.saturating_add(node.post_start));
    started
}

/// The earliest failed gate ends `up`: what had not begun to start by then
/// never does.
fn abort(tracks: &mut [Track]) -> Option<Duration> {
    let failures = tracks.iter().filter_map(|it| it.never.and_then(failed_at));
    let end = failures.min()?;
    for track in tracks {
        let begins_late = track.begins.is_some_and(|begins| begins >= end);
        let starts_late = track.started.is_some() && track.granted >= end;
        let fails_late = track.never.and_then(failed_at).is_some_and(|at| at > end);
        let waits_on = track.started.is_none() && track.released.is_some_and(|at| at >= end);
        if begins_late || starts_late || fails_late || waits_on {
            let begins = track.begins;
            *track = Track {
                begins,
                never: Some(Reason::Aborted),
                ..Track::default()
            };
        }
        // The container runs on, but its `post_start` steps were cut short.
        track.released = track.released.filter(|at| *at <= end);
    }
    Some(end)
}

const fn failed_at(reason: Reason) -> Option<Duration> {
    match reason {
        Reason::Unhealthy(_, at) | Reason::NoCheck(_, at) | Reason::Exited(_, at) => Some(at),
        _ => None,
    }
}

/// Gives a reason to those whose visitor never began.
fn name_the_blocked(input: &Input<'_>, tracks: &mut [Track]) {
    let waiting = |it: usize| tracks[it].begins.is_none();
    if !(0..tracks.len()).any(waiting) {
        return;
    }
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    for _ in input.nodes {
        graph.add_node(());
    }
    for need in input
        .needs
        .waits
        .iter()
        .filter(|it| waiting(it.from) && waiting(it.to))
    {
        graph.add_edge(NodeIndex::new(need.from), NodeIndex::new(need.to), ());
    }
    let mut reasons = Vec::new();
    for component in petgraph::algo::kosaraju_scc(&graph) {
        for member in &component {
            let it = member.index();
            if !waiting(it) {
                continue;
            }
            let looped = component.len() > 1 || graph.find_edge(*member, *member).is_some();
            let behind = input
                .needs
                .of_waiter(it)
                .iter()
                .find(|need| tracks[need.to].released.is_none());
            let behind = behind.map_or(Reason::Aborted, |need| Reason::Behind(need.to));
            reasons.push((it, if looped { Reason::Cycle } else { behind }));
        }
    }
    for (it, reason) in reasons {
        tracks[it].never = Some(reason);
    }
}
