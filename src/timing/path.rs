//! What a plan means: causes, the deciding chain, slack, and what a change costs.
//!
//! Owns the explanation of a walk. Must not decide any time itself.

use std::borrow::Cow;
use std::time::Duration;

use super::kubelet::course;
use super::model::{Kind, Node, Plan, Settings, Wait};
use super::walk::{Track, Walk, tick, walk};
use crate::graph::Gate;

/// Why a stretch of time passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// Another workload had to get somewhere first; the time is from zero.
    WaitedFor(usize),
    /// It was there, but nobody looked: Compose looks every half second.
    PollTick,
    /// `pre_start` steps ran.
    PreStart,
    /// Other containers were being started.
    QueuedStart,
    /// The container was being started.
    StartCost,
    /// It slept before its program.
    StartupSleep,
    /// The program booted.
    Boot,
    /// It served, but the engine had not probed it yet.
    ProbeCadence,
    /// Its probes failed until it was called unhealthy.
    Failing,
    /// The job ran.
    Run,
    /// `post_start` steps ran.
    PostStart,
    /// Native sidecars started before.
    Sidecars,
    /// It served, and an initial delay kept everybody from looking.
    InitialDelay,
    /// The further pods of a StatefulSet, one after the other.
    InLine,
}

/// Up to which of its times a workload is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
    /// Ready.
    Ready,
    /// Its visitor has returned: those that wait for its start may go on.
    Released,
    /// It was called unhealthy, and the waiter does not require it.
    GivenUp,
}

/// How one time of one workload comes about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// The workload.
    pub workload: usize,
    /// Which of its times.
    pub until: Until,
    /// That time.
    pub at: Duration,
    /// In order of time, adding up to `at`; what takes no time is left out.
    pub causes: Vec<(Cause, Duration)>,
}

/// How a workload gets ready.
pub(super) fn segment(nodes: &[Node], tracks: &[Track], workload: usize) -> Option<Segment> {
    let at = tracks.get(workload)?.ready?;
    Some(told(nodes, tracks, workload, Until::Ready, at))
}

/// The chain that decides the end, from its root.
pub(super) fn critical(nodes: &[Node], tracks: &[Track]) -> Vec<Segment> {
    let mut last: Option<(usize, Until, Duration)> = None;
    for (workload, track) in tracks.iter().enumerate() {
        for (until, at) in [
            (Until::Ready, track.ready),
            (Until::Released, track.released),
        ] {
            let Some(at) = at else { continue };
            if last.is_none_or(|(_, _, old)| at > old) {
                last = Some((workload, until, at));
            }
        }
    }
    let mut chain = Vec::new();
    while let Some((workload, until, at)) = last {
        chain.push(told(nodes, tracks, workload, until, at));
        last = tracks[workload]
            .lead
            .map(|lead| (lead.to, lead.until, lead.at));
    }
    chain.reverse();
    chain
}

fn told(nodes: &[Node], tracks: &[Track], it: usize, until: Until, at: Duration) -> Segment {
    let (node, track) = (&nodes[it], &tracks[it]);
    let mut causes = Vec::new();
    let from = track.lead.map_or(Duration::ZERO, |lead| lead.at);
    if let Some(lead) = track.lead {
        causes.push((Cause::WaitedFor(lead.to), from));
    }
    causes.push((Cause::PollTick, track.passed.saturating_sub(from)));
    if let Some(started) = track.started {
        causes.push((Cause::PreStart, track.asked.saturating_sub(track.passed)));
        causes.push((
            Cause::QueuedStart,
            track.granted.saturating_sub(track.asked),
        ));
        causes.push((Cause::StartCost, started.saturating_sub(track.granted)));
        let rest = at.saturating_sub(started);
        match (until, &node.kind) {
            (Until::Released, _) => causes.push((Cause::PostStart, rest)),
            (Until::GivenUp, _) => causes.push((Cause::Failing, rest)),
            (Until::Ready, Kind::Pod(pace)) => {
                let course = course(pace, node.boot).unwrap_or_default();
                causes.extend([
                    (Cause::Sidecars, course.sidecars),
                    (Cause::Boot, course.boot),
                    (Cause::InitialDelay, course.delay),
                    (Cause::ProbeCadence, course.cadence),
                    (Cause::InLine, course.in_line),
                ]);
            }
            (Until::Ready, Kind::Exits(_)) => {
                let sleep = node.sleep.min(rest);
                causes.push((Cause::StartupSleep, sleep));
                causes.push((Cause::Run, rest - sleep));
            }
            (Until::Ready, _) => {
                let boot = node.boot.min(rest);
                let sleep = node.sleep.min(boot);
                causes.push((Cause::StartupSleep, sleep));
                causes.push((Cause::Boot, boot - sleep));
                causes.push((Cause::ProbeCadence, rest - boot));
            }
        }
    }
    causes.retain(|(cause, time)| matches!(cause, Cause::WaitedFor(_)) || !time.is_zero());
    Segment {
        workload: it,
        until,
        at,
        causes,
    }
}

/// Plans for one workload's slack; more would make a long chain dear.
const STEPS: usize = 400;

/// How much later `workload` may be ready, with every lesser delay allowed
/// too, so that the stack's total does not grow. `None` when it never is ready,
/// or when the plan is not complete.
///
/// By definition, not by a backward pass: Compose looks every half second from
/// the moment each wait begins, so lateness is often free up to the next look,
/// and a later wait can even see something earlier. The exact points at which
/// the walk changes are known, and each is walked again. After 400 of
/// them the answer is what has been proven so far.
pub fn slack(
    settings: Settings,
    nodes: &[Node],
    waits: &[Wait],
    plan: &Plan,
    workload: usize,
) -> Option<Duration> {
    let ready = plan.ready.get(workload).copied().flatten()?;
    if !plan.is_complete() {
        return None;
    }
    let room = plan.total.saturating_sub(ready);
    let mut proven = Duration::ZERO;
    let mut tried = Duration::ZERO;
    for _ in 0..STEPS {
        let walked = walk(settings, nodes, waits, Some((workload, tried)));
        let broken = walked.tracks.iter().any(|it| it.never.is_some());
        if broken || walked.total() > plan.total {
            return Some(proven);
        }
        let until = unchanged_until(&walked, nodes, waits, workload, ready, tried);
        proven = until.map_or(room, |until| until.min(room));
        if proven == room {
            return Some(room);
        }
        tried = proven + Duration::from_nanos(1);
    }
    Some(proven)
}

/// Up to which delay nothing else in this walk moves: until the first waiter
/// that reads the workload's readiness would miss the look that lets it go on.
fn unchanged_until(
    walked: &Walk,
    nodes: &[Node],
    waits: &[Wait],
    workload: usize,
    ready: Duration,
    tried: Duration,
) -> Option<Duration> {
    let late = ready.saturating_add(tried);
    let reads = |it: &&Wait| {
        let job = matches!(it.gate, Gate::Ready | Gate::Completed);
        it.to == workload && job && !it.skip && nodes.get(it.from).is_some()
    };
    // While the readiness is late, a workload that was called unhealthy before
    // still is: then the first look that sees it counts, not the last of all.
    let outcome = walked.tracks[workload].outcome.as_ref();
    let was_unhealthy = outcome.is_some_and(|it| it.unhealthy_at.is_some());
    let looks = waits.iter().filter(reads).filter_map(|it| {
        let waiter = &walked.tracks[it.from];
        if was_unhealthy {
            Some(tick(waiter.begins?, late))
        } else {
            Some(waiter.passed)
        }
    });
    // A waiter that went on before has given up on it and does not care.
    looks
        .filter(|look| *look >= late)
        .map(|look| look - ready)
        .min()
}

/// A change to try.
#[derive(Clone, Copy, Debug)]
pub enum Edit<'a> {
    /// Another node in place of this one.
    Node(usize, &'a Node),
    /// Another gate on this wait.
    Gate(usize, Gate),
    /// This wait is gone.
    Drop(usize),
}

/// What a change does to the total.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Nothing.
    Same,
    /// The stack is ready earlier by this much.
    Faster(Duration),
    /// The stack is ready later by this much.
    Slower(Duration),
    /// Fewer workloads never start than before.
    Repairs,
    /// More workloads never start than before, or others.
    Breaks,
}

impl Change {
    /// The step from one plan to another over the same workloads.
    pub fn between(before: &Plan, after: &Plan) -> Self {
        let gone = |plan: &Plan| plan.never.iter().map(|it| it.workload).collect::<Vec<_>>();
        Self::of((&gone(before), before.total), (&gone(after), after.total))
    }

    /// The step between who never starts and when all is ready.
    fn of((old, before): (&Vec<usize>, Duration), (new, after): (&Vec<usize>, Duration)) -> Self {
        if new.iter().any(|it| !old.contains(it)) {
            return Self::Breaks;
        }
        if new.len() < old.len() {
            return Self::Repairs;
        }
        if after < before {
            return Self::Faster(before - after);
        }
        if after > before {
            return Self::Slower(after - before);
        }
        Self::Same
    }
}

/// How a stack comes up before anything is changed.
#[derive(Clone, Debug)]
pub struct Base {
    /// When all is ready.
    total: Duration,
    /// Who never starts.
    gone: Vec<usize>,
}

impl Base {
    /// What comes of these times and waits.
    pub fn of(settings: Settings, nodes: &[Node], waits: &[Wait]) -> Self {
        let walk = walk(settings, nodes, waits, None);
        let tracks = walk.tracks.iter().enumerate();
        let gone = tracks.filter(|(_, it)| it.never.is_some());
        Self {
            gone: gone.map(|(it, _)| it).collect(),
            total: walk.total(),
        }
    }
}

/// What an edit would do to a stack that comes up as `base` without it. An index
/// outside the lists changes nothing.
pub fn cost_of(
    base: &Base,
    settings: Settings,
    (nodes, waits): (&[Node], &[Wait]),
    edit: Edit<'_>,
) -> Change {
    let (mut nodes, mut waits) = (Cow::Borrowed(nodes), Cow::Borrowed(waits));
    match edit {
        Edit::Node(index, node) => {
            if let Some(place) = nodes.to_mut().get_mut(index) {
                node.clone_into(place);
            }
        }
        Edit::Gate(index, gate) => {
            if let Some(place) = waits.to_mut().get_mut(index) {
                place.gate = gate;
            }
        }
        Edit::Drop(index) => {
            if index < waits.len() {
                waits.to_mut().remove(index);
            }
        }
    }
    let after = Base::of(settings, &nodes, &waits);
    Change::of((&base.gone, base.total), (&after.gone, after.total))
}
