//! Random stacks for property tests: small, acyclic, in whole milliseconds,
//! mostly round ones so that ties happen.

#![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

use std::time::Duration;

use super::{Engine, Kind, Node, Settings, Starts, Timings, Wait};
use crate::graph::Gate;

/// A xorshift generator: the same numbers on every machine.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    pub(super) fn pick(&mut self, from: &[u64]) -> u64 {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// Milliseconds.
pub(super) fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

pub(super) fn settings(dice: &mut Dice) -> Settings {
    let engine = [Engine::V24, Engine::V25, Engine::V27][dice.below(3) as usize];
    let starts = [Starts::Concurrent, Starts::Serial][dice.below(2) as usize];
    Settings { engine, starts }
}

pub(super) fn timings(dice: &mut Dice) -> Timings {
    let start_interval = match dice.below(3) {
        0 => Some(ms(dice.pick(&[0, 500, 1000, 2000, 7000, 30_000]))),
        _ => None,
    };
    Timings {
        interval: ms(dice.pick(&[0, 200, 1000, 3000, 5000, 10_000, 17_300])),
        timeout: ms(dice.pick(&[0, 100, 1000, 30_000])),
        start_period: ms(dice.pick(&[0, 0, 1000, 5000, 10_050, 20_000, 60_000])),
        start_interval,
        retries: u32::try_from(dice.pick(&[0, 1, 2, 3, 5, 30])).unwrap(),
        probe_time: ms(dice.pick(&[0, 50, 50, 100, 450, 1500])),
    }
}

/// A node that mostly does not fail; `wild` ones may be anything.
pub(super) fn node(dice: &mut Dice, wild: u64) -> Node {
    let kind = match dice.below(10) {
        0..=1 => Kind::Running,
        2..=3 => Kind::Exits(ms(dice.pick(&[0, 300, 500, 2000, 9990]))),
        4 if dice.once_in(wild) => Kind::Unknown,
        5 if dice.once_in(wild) => Kind::Off,
        6 if dice.once_in(wild) => Kind::NoContainer,
        _ => Kind::Probe(timings(dice)),
    };
    Node {
        boot: ms(dice.pick(&[0, 100, 1000, 1000, 4950, 5000, 11_000, 12_345, 31_000])),
        start_cost: ms(dice.pick(&[0, 0, 300, 300, 700])),
        kind,
        pre_start: ms(dice.pick(&[0, 0, 0, 250, 3000])),
        post_start: ms(dice.pick(&[0, 0, 0, 120, 8000])),
        ..Node::default()
    }
}

/// Up to eight nodes in random order of need; gates mostly fit their targets.
pub(super) fn stack(dice: &mut Dice, wild: u64) -> (Vec<Node>, Vec<Wait>) {
    let count = 1 + dice.below(8) as usize;
    let mut nodes: Vec<Node> = Vec::new();
    for _ in 0..count {
        nodes.push(node(dice, wild));
    }
    let mut order: Vec<usize> = (0..count).collect();
    for at in (1..count).rev() {
        order.swap(at, dice.below(at as u64 + 1) as usize);
    }
    let mut waits = Vec::new();
    for later in 1..count {
        for earlier in 0..later {
            if !dice.once_in(3) {
                continue;
            }
            let (from, to) = (order[later], order[earlier]);
            let fitting = match nodes[to].kind {
                Kind::Probe(_) | Kind::Unknown => Gate::Ready,
                Kind::Exits(_) => Gate::Completed,
                _ => Gate::Started,
            };
            let any = [Gate::None, Gate::Started, Gate::Ready, Gate::Completed];
            let gate = if dice.once_in(wild) {
                any[dice.below(4) as usize]
            } else {
                fitting
            };
            let (skip, required) = (dice.once_in(wild * 2), !dice.once_in(wild));
            waits.push(Wait {
                from,
                to,
                gate,
                skip,
                required,
            });
        }
    }
    (nodes, waits)
}
