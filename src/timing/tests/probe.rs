//! One probe clock: by hand, and against a loop that probes one by one.

use std::time::Duration;

use super::super::random::{Dice, ms, timings};
use super::super::{Engine, Kind, Outcome, Timings, budget, first_success, plan};
use super::{check, node, on, sec, wait};
use crate::graph::Gate;

const ENGINES: [Engine; 3] = [Engine::V24, Engine::V25, Engine::V27];

fn healthy(engine: Engine, timings: &Timings, boot: f64) -> f64 {
    first_success(engine, timings, sec(boot))
        .healthy_at
        .unwrap()
        .as_secs_f64()
}

#[test]
fn first_probe_by_generation() {
    let plain = check(30.0, 0.0, None);
    let period = check(30.0, 60.0, None);
    let written = check(30.0, 60.0, Some(1.0));
    assert_eq!(
        ENGINES.map(|it| healthy(it, &plain, 1.0)),
        [30.05, 30.05, 30.05]
    );
    assert_eq!(
        ENGINES.map(|it| healthy(it, &period, 1.0)),
        [30.05, 30.05, 5.05]
    );
    assert_eq!(
        ENGINES.map(|it| healthy(it, &written, 1.0)),
        [30.05, 1.05, 1.05]
    );
}

/// A start period without `start_interval` slows a quick check down from 27 on.
#[test]
fn start_period_slows_a_quick_check() {
    let quick = check(1.0, 30.0, None);
    assert_eq!(
        ENGINES.map(|it| healthy(it, &quick, 0.5)),
        [1.05, 1.05, 5.05]
    );
}

#[test]
fn cliff_costs_an_interval() {
    let timings = check(30.0, 10.0, None);
    let before = first_success(Engine::V27, &timings, sec(10.05));
    assert_eq!(before.healthy_at, Some(sec(10.10)));
    assert!(
        !before.cliff,
        "the second probe starts at 10.05 s, inside or not"
    );
    let after = first_success(Engine::V27, &timings, sec(10.06));
    assert_eq!(
        (after.healthy_at, after.wasted),
        (Some(sec(40.15)), sec(30.09))
    );
    assert!(after.cliff);
    assert_eq!(after.probes, 3);
    assert!(
        !first_success(Engine::V25, &timings, sec(10.06)).cliff,
        "one cadence throughout"
    );
}

#[test]
fn failures_count_from_the_start_of_the_probe() {
    // Probes start at 3, 6, 9 s; those at 6 and 9 count, so the second ends it.
    let timings = Timings {
        probe_time: Duration::ZERO,
        retries: 2,
        ..check(3.0, 5.0, Some(3.0))
    };
    let late = first_success(Engine::V25, &timings, sec(9.5));
    assert_eq!(late.unhealthy_at, Some(sec(9.0)));
    assert_eq!(late.healthy_at, Some(sec(12.0)));
    assert_eq!(budget(Engine::V25, &timings), sec(9.0));
    assert_eq!(
        first_success(Engine::V25, &timings, sec(9.0)).unhealthy_at,
        None
    );
}

#[test]
fn zero_means_default() {
    let zero = Timings {
        interval: Duration::ZERO,
        timeout: Duration::ZERO,
        start_interval: Some(Duration::ZERO),
        retries: 0,
        ..Timings::default()
    };
    for engine in ENGINES {
        for boot in [0, 29_000, 31_000, 95_000] {
            let spelled = first_success(engine, &Timings::default(), ms(boot));
            assert_eq!(first_success(engine, &zero, ms(boot)), spelled);
        }
    }
}

#[test]
fn a_probe_over_its_timeout_never_succeeds() {
    let timings = Timings {
        timeout: ms(40),
        ..Timings::default()
    };
    let outcome = first_success(Engine::V27, &timings, Duration::ZERO);
    assert_eq!(
        (outcome.healthy_at, outcome.unhealthy_at),
        (None, Some(ms(90_120)))
    );
    assert_eq!(budget(Engine::V27, &timings), Duration::ZERO);
}

#[test]
fn absurd_durations_neither_panic_nor_hang() {
    for big in [
        Duration::MAX,
        Duration::from_secs(u64::MAX / 2),
        Duration::from_nanos(1),
    ] {
        let timings = Timings {
            interval: big,
            timeout: big,
            start_period: big,
            start_interval: Some(Duration::from_nanos(1)),
            retries: u32::MAX,
            probe_time: Duration::ZERO,
        };
        for engine in ENGINES {
            let outcome = first_success(engine, &timings, Duration::MAX);
            assert!(outcome.healthy_at.is_some());
            let nodes = [
                node(1e9, Kind::Probe(timings.clone())),
                node(1.0, Kind::Running),
            ];
            let told = plan(on(engine), &nodes, &[wait(1, 0, Gate::Ready)]);
            assert!(told.total >= sec(1.0));
        }
    }
}

/// Probe by probe, as the engine does it.
fn slow_first_success(engine: Engine, timings: &Timings, boot: Duration) -> Outcome {
    let or = |it: Duration, other: u64| if it.is_zero() { ms(other) } else { it };
    let interval = or(timings.interval, 30_000);
    let timeout = or(timings.timeout, 30_000);
    let run = timings.probe_time.min(timeout);
    let written = timings.start_interval.filter(|it| !it.is_zero());
    let early = match engine {
        Engine::V24 => interval,
        Engine::V25 => written.unwrap_or(interval),
        Engine::V27 => written.unwrap_or(ms(5000)),
    };
    let gap = |now| {
        if now < timings.start_period {
            early
        } else {
            interval
        }
    };
    let retries = if timings.retries == 0 {
        3
    } else {
        timings.retries
    };
    let (mut now, mut probes, mut streak) = (Duration::ZERO, 0, 0);
    let (mut unhealthy_at, mut waited) = (None, early);
    loop {
        let next = gap(now);
        let slower = next > waited && timings.start_period > Duration::ZERO;
        waited = waited.min(next);
        let begins = now + next;
        now = begins + run;
        probes += 1;
        if begins >= boot && timings.probe_time <= timeout {
            let wasted = now - boot;
            return Outcome {
                healthy_at: Some(now),
                probes,
                wasted,
                cliff: slower,
                unhealthy_at,
            };
        }
        streak += u32::from(begins >= timings.start_period);
        if streak == retries && unhealthy_at.is_none() {
            unhealthy_at = Some(now);
            if timings.probe_time > timeout {
                let wasted = Duration::ZERO;
                return Outcome {
                    healthy_at: None,
                    probes,
                    wasted,
                    cliff: false,
                    unhealthy_at,
                };
            }
        }
    }
}

#[test]
fn closed_form_equals_probe_by_probe() {
    let mut cliffs = 0;
    for seed in 0..4000 {
        let mut dice = Dice::new(seed);
        let timings = timings(&mut dice);
        for engine in ENGINES {
            let boot = ms(dice.below(70_000));
            let outcome = first_success(engine, &timings, boot);
            let slow = slow_first_success(engine, &timings, boot);
            assert_eq!(outcome, slow, "{engine:?} {timings:?} {boot:?}");
            cliffs += usize::from(outcome.cliff);
            let limit = budget(engine, &timings);
            if outcome.healthy_at.is_some() {
                assert_eq!(
                    outcome.unhealthy_at.is_none(),
                    boot <= limit,
                    "{timings:?} {boot:?}"
                );
            }
        }
    }
    assert!(cliffs > 300, "{cliffs}");
}
