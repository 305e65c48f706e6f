//! The same stack, event by event: an independent check of the arithmetic.
//!
//! Reads the same inputs as the model and shares nothing else with it: every
//! probe, every look and every grant of the start lock is an event in time.

#![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::time::Duration;

use super::random::{Dice, ms, settings, stack};
use super::{Engine, Kind, Node, Reason, Settings, Starts, Timings, Wait, plan, slack};
use crate::graph::Gate;

/// What happens to one service. The order of the variants is the order within
/// one millisecond: first what becomes true, then who looks, then who starts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Event {
    ProbeEnds { began: u64 },
    ProbeBegins,
    BecomesReady,
    StepsDone,
    Running,
    HooksDone,
    Look,
    Grant,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Status {
    Starting,
    Unhealthy,
    Healthy,
}

#[derive(Debug)]
struct Service {
    visited: bool,
    returned: bool,
    running_since: Option<u64>,
    ready_at: Option<u64>,
    status: Status,
    streak: u64,
    asked: Option<u64>,
    /// The gates not yet passed.
    open: Vec<Wait>,
}

struct Simulation<'a> {
    settings: Settings,
    nodes: &'a [Node],
    waits: &'a [Wait],
    late: Option<(usize, u64)>,
    services: Vec<Service>,
    events: BinaryHeap<Reverse<(u64, Event, usize)>>,
    lock_taken: bool,
    aborted: Option<(u64, usize, usize)>,
    last: u64,
}

/// Far beyond anything the random stacks can do on their own.
const HORIZON: u64 = 3_600_000;

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap()
}

fn or(time: Duration, default: u64) -> u64 {
    if time.is_zero() {
        default
    } else {
        whole_ms(time)
    }
}

impl<'a> Simulation<'a> {
    fn run(
        settings: Settings,
        nodes: &'a [Node],
        waits: &'a [Wait],
        late: Option<(usize, u64)>,
    ) -> Self {
        let fresh = |_: &Node| Service {
            visited: false,
            returned: false,
            running_since: None,
            ready_at: None,
            status: Status::Starting,
            streak: 0,
            asked: None,
            open: Vec::new(),
        };
        let services = nodes.iter().map(fresh).collect();
        let mut it = Self {
            settings,
            nodes,
            waits,
            late,
            services,
            events: BinaryHeap::new(),
            lock_taken: false,
            aborted: None,
            last: 0,
        };
        it.visit_whoever_can(0);
        while let Some(Reverse((now, event, who))) = it.events.pop() {
            if now > HORIZON {
                break;
            }
            it.happen(now, event, who);
        }
        it
    }

    fn at(&mut self, when: u64, event: Event, who: usize) {
        self.events.push(Reverse((when, event, who)));
    }

    fn visit_whoever_can(&mut self, now: u64) {
        if self.aborted.is_some() {
            return;
        }
        for who in 0..self.nodes.len() {
            let mine = |wait: &&Wait| wait.from == who && wait.gate != Gate::None;
            let held = self
                .waits
                .iter()
                .filter(mine)
                .any(|it| !self.services[it.to].returned);
            if self.services[who].visited || held {
                continue;
            }
            self.services[who].visited = true;
            if self.nodes[who].kind == Kind::Off {
                self.come_back(now, who);
                return self.visit_whoever_can(now);
            }
            let looked_at = |wait: &Wait| {
                let has_container =
                    !matches!(self.nodes[wait.to].kind, Kind::Off | Kind::NoContainer);
                !wait.skip && has_container && matches!(wait.gate, Gate::Ready | Gate::Completed)
            };
            let open: Vec<Wait> = self.waits.iter().filter(mine).copied().collect();
            let mut open: Vec<Wait> = open.into_iter().filter(looked_at).collect();
            open.sort_by_key(|wait| wait.to);
            if open.is_empty() {
                self.gates_passed(now, who);
            } else {
                self.services[who].open = open;
                self.at(now + 500, Event::Look, who);
            }
            return self.visit_whoever_can(now);
        }
    }

    fn come_back(&mut self, now: u64, who: usize) {
        self.services[who].returned = true;
        self.last = self.last.max(now);
    }

    fn gates_passed(&mut self, now: u64, who: usize) {
        if self.nodes[who].kind == Kind::NoContainer {
            self.come_back(now, who);
            self.visit_whoever_can(now);
            return;
        }
        let steps = whole_ms(self.nodes[who].pre_start);
        self.at(now + steps, Event::StepsDone, who);
    }

    fn happen(&mut self, now: u64, event: Event, who: usize) {
        match event {
            Event::ProbeBegins => {
                let Kind::Probe(timings) = &self.nodes[who].kind else {
                    unreachable!()
                };
                let run = whole_ms(timings.probe_time).min(or(timings.timeout, 30_000));
                self.at(now + run, Event::ProbeEnds { began: now }, who);
            }
            Event::ProbeEnds { began } => self.probe_ends(now, began, who),
            Event::BecomesReady => {
                self.services[who].status = Status::Healthy;
                self.services[who].ready_at = Some(now);
                self.last = self.last.max(now);
            }
            Event::StepsDone => {
                self.services[who].asked = Some(now);
                self.at(now, Event::Grant, who);
            }
            Event::Running => self.running(now, who),
            Event::HooksDone => {
                if self.aborted.is_none() {
                    self.come_back(now, who);
                    self.visit_whoever_can(now);
                }
            }
            Event::Look => self.look(now, who),
            Event::Grant => self.grant(now),
        }
    }

    /// The lock goes to whoever has asked for longest.
    fn grant(&mut self, now: u64) {
        if self.aborted.is_some() || self.lock_taken {
            return;
        }
        let asking = self.services.iter().enumerate();
        let next = asking.filter_map(|(who, it)| Some((it.asked?, who))).min();
        let Some((_, who)) = next else { return };
        self.services[who].asked = None;
        self.lock_taken = self.settings.starts == Starts::Serial;
        self.at(
            now + whole_ms(self.nodes[who].start_cost),
            Event::Running,
            who,
        );
    }

    fn running(&mut self, now: u64, who: usize) {
        let node = &self.nodes[who];
        let late = self
            .late
            .map_or(0, |(it, by)| if it == who { by } else { 0 });
        self.services[who].running_since = Some(now);
        self.lock_taken = false;
        self.at(now, Event::Grant, who);
        self.at(now + whole_ms(node.post_start), Event::HooksDone, who);
        match &node.kind {
            Kind::Probe(timings) => {
                let gap = self.gap(timings, 0);
                self.at(now + gap, Event::ProbeBegins, who);
            }
            Kind::Exits(run) => self.at(now + whole_ms(*run) + late, Event::BecomesReady, who),
            _ => self.at(now + whole_ms(node.boot) + late, Event::BecomesReady, who),
        }
    }

    /// The gap that the engine chooses at this age of the container.
    fn gap(&self, timings: &Timings, age: u64) -> u64 {
        let interval = or(timings.interval, 30_000);
        if age >= whole_ms(timings.start_period) {
            return interval;
        }
        let written = timings
            .start_interval
            .filter(|it| !it.is_zero())
            .map(whole_ms);
        match self.settings.engine {
            Engine::V24 => interval,
            Engine::V25 => written.unwrap_or(interval),
            Engine::V27 => written.unwrap_or(5000),
        }
    }

    fn probe_ends(&mut self, now: u64, began: u64, who: usize) {
        let node = &self.nodes[who];
        let Kind::Probe(timings) = &node.kind else {
            unreachable!()
        };
        let since = self.services[who].running_since.unwrap();
        let in_time = whole_ms(timings.probe_time) <= or(timings.timeout, 30_000);
        if in_time && began - since >= whole_ms(node.boot) {
            let late = self
                .late
                .map_or(0, |(it, by)| if it == who { by } else { 0 });
            self.at(now + late, Event::BecomesReady, who);
            return;
        }
        if began - since >= whole_ms(timings.start_period) {
            self.services[who].streak += 1;
        }
        let retries = if timings.retries == 0 {
            3
        } else {
            u64::from(timings.retries)
        };
        if self.services[who].streak >= retries {
            self.services[who].status = Status::Unhealthy;
        }
        let gap = self.gap(timings, now - since);
        self.at(now + gap, Event::ProbeBegins, who);
    }

    fn look(&mut self, now: u64, who: usize) {
        if self.aborted.is_some() {
            return;
        }
        for wait in self.services[who].open.clone() {
            match self.verdict(wait) {
                Some(true) => self.services[who].open.retain(|it| it != &wait),
                Some(false) if !wait.required => {
                    self.services[who].open.retain(|it| it != &wait);
                }
                Some(false) => {
                    self.aborted = Some((now, who, wait.to));
                    return;
                }
                None => {}
            }
        }
        if self.services[who].open.is_empty() {
            self.gates_passed(now, who);
        } else {
            self.at(now + 500, Event::Look, who);
        }
    }

    /// Passed, failed, or nothing yet.
    fn verdict(&self, wait: Wait) -> Option<bool> {
        let target = &self.services[wait.to];
        let is_ready = target.ready_at.is_some();
        match (wait.gate, &self.nodes[wait.to].kind) {
            (Gate::Completed, Kind::Running | Kind::Probe(_)) => None,
            (Gate::Ready, Kind::Running | Kind::Exits(_)) => Some(false),
            (Gate::Ready, Kind::Probe(_)) => match target.status {
                Status::Starting => None,
                Status::Unhealthy => Some(false),
                Status::Healthy => Some(true),
            },
            _ => is_ready.then_some(true),
        }
    }
}

fn as_ms(times: &[Option<Duration>]) -> Vec<Option<u64>> {
    times.iter().map(|it| it.map(whole_ms)).collect()
}

/// Probes that never succeed go on until the horizon; keep those stacks few.
fn endless(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| {
        let Kind::Probe(timings) = &node.kind else {
            return false;
        };
        timings.probe_time > Duration::from_millis(or(timings.timeout, 30_000))
    })
}

#[test]
fn model_and_events_agree() {
    let (mut complete, mut failed, mut stuck, mut gone_red) = (0, 0, 0, 0);
    for seed in 0..6000 {
        let mut dice = Dice::new(seed);
        let settings = settings(&mut dice);
        let wild = if seed % 3 == 0 { 3 } else { 40 };
        let (nodes, waits) = stack(&mut dice, wild);
        if endless(&nodes) && seed % 8 != 0 {
            continue;
        }
        let told = plan(settings, &nodes, &waits);
        let seen = Simulation::run(settings, &nodes, &waits, None);
        let started: Vec<_> = seen.services.iter().map(|it| it.running_since).collect();
        let ready: Vec<_> = seen.services.iter().map(|it| it.ready_at).collect();
        let context = || format!("seed {seed}\n{settings:?}\n{nodes:#?}\n{waits:#?}\n{told:#?}");
        assert_eq!(as_ms(&told.started), started, "started: {}", context());
        assert_eq!(as_ms(&told.ready), ready, "ready: {}", context());
        assert_eq!(
            told.aborted.map(whole_ms),
            seen.aborted.map(|it| it.0),
            "{}",
            context()
        );
        match seen.aborted {
            None => assert_eq!(whole_ms(told.total), seen.last, "total: {}", context()),
            Some((_, who, to)) => {
                failed += 1;
                let named = told.never.iter().any(|it| {
                    let reason = it.reason;
                    gone_red += usize::from(matches!(reason, Reason::Unhealthy(..)));
                    it.workload == who && blames(reason, to)
                });
                assert!(named, "who failed: {}", context());
            }
        }
        complete += usize::from(told.is_complete());
        stuck += usize::from(
            told.never
                .iter()
                .any(|it| matches!(it.reason, Reason::NeverExits(_))),
        );
    }
    assert!(
        complete > 1500 && failed > 500 && stuck > 50 && gone_red > 200,
        "{complete} {failed} {stuck} {gone_red}"
    );
}

fn blames(reason: Reason, target: usize) -> bool {
    match reason {
        Reason::Unhealthy(to, _) | Reason::NoCheck(to, _) | Reason::Exited(to, _) => to == target,
        _ => false,
    }
}

/// Slack is held against the events: up to it the total never grows, one
/// millisecond later it does.
#[test]
fn slack_is_exact() {
    let (mut checked, mut free) = (0, 0);
    for seed in 0..1500 {
        let mut dice = Dice::new(seed + 1_000_000);
        let settings = settings(&mut dice);
        let (nodes, waits) = stack(&mut dice, 60);
        let told = plan(settings, &nodes, &waits);
        let total = whole_ms(told.total);
        for who in 0..nodes.len() {
            let Some(slack) = slack(settings, &nodes, &waits, &told, who) else {
                continue;
            };
            assert_eq!(
                slack,
                ms(whole_ms(slack)),
                "whole milliseconds in, whole ones out"
            );
            let slack = whole_ms(slack);
            let with = |by: u64| {
                let seen = Simulation::run(settings, &nodes, &waits, Some((who, by)));
                if seen.aborted.is_some() {
                    u64::MAX
                } else {
                    seen.last
                }
            };
            let context = || format!("seed {seed} workload {who} slack {slack}");
            let lesser = (0..4)
                .map(|_| dice.below(slack + 1))
                .collect::<BTreeSet<_>>();
            for by in lesser.into_iter().chain([slack]) {
                assert!(with(by) <= total, "{} by {by}", context());
            }
            assert!(with(slack + 1) > total, "{}", context());
            checked += 1;
            free += usize::from(slack > 0);
        }
    }
    assert!(checked > 3000 && free > 1000, "{checked} {free}");
}
