//! Which probe timings would say sooner that a workload is ready.
//!
//! Owns the timings that are recommended. Must not know how they are written.

use std::time::Duration;

use super::{Engine, Kind, Node, Timings, budget};

/// How long early failures are forgiven at least: it costs nothing where the
/// boot is quick.
const START_PERIOD: Duration = Duration::from_secs(30);

/// Times that differ by less are the same: the part of a probe.
const SAME: Duration = Duration::from_secs(1);

/// The same node with probe timings under which a ready container is seen
/// soon; `None` where nothing probes it. Only what happens before the first
/// success changes, except on engines that know nothing but `interval`.
pub fn quicker(engine: Engine, node: &Node) -> Option<Node> {
    let Kind::Probe(old) = &node.kind else {
        return None;
    };
    let gap = early_gap(engine, node).min(old.interval);
    let mut timings = Timings {
        start_period: old.start_period.max(START_PERIOD).max(node.boot * 2),
        ..old.clone()
    };
    match engine {
        Engine::V24 => timings.interval = gap,
        _ => timings.start_interval = Some(old.start_interval.map_or(gap, |it| it.min(gap))),
    }
    // Whoever boots slowly gets no less time than before.
    let missing = budget(engine, old).saturating_sub(budget(engine, &timings));
    if missing > SAME {
        let whole = missing.as_secs().next_multiple_of(10);
        timings.start_period += Duration::from_secs(whole);
    }
    Some(Node {
        kind: Kind::Probe(timings),
        ..node.clone()
    })
}

/// The keys of a healthcheck that differ, with their new values.
pub fn changes(old: &Timings, new: &Timings) -> Vec<(&'static str, Duration)> {
    let keys = [
        ("interval", Some(old.interval), Some(new.interval)),
        (
            "start_period",
            Some(old.start_period),
            Some(new.start_period),
        ),
        ("start_interval", old.start_interval, new.start_interval),
    ];
    let changed = keys.into_iter().filter(|(_, old, new)| old != new);
    changed
        .filter_map(|(key, _, new)| Some((key, new?)))
        .collect()
}

/// A slow boot needs no probe every second, and where the gap stays the same
/// for the whole life of the container nobody needs one.
fn early_gap(engine: Engine, node: &Node) -> Duration {
    let slow = node.boot >= Duration::from_secs(15);
    Duration::from_secs(match engine {
        Engine::V24 => 5,
        _ if slow => 2,
        _ => 1,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

    use super::super::first_success;
    use super::*;

    #[test]
    fn healthy_comes_within_a_gap_of_the_boot() {
        for engine in [Engine::V24, Engine::V25, Engine::V27] {
            for boot in [1, 5, 15, 40, 90] {
                for (interval, start_period) in
                    [(30, 0), (30, 10), (10, 0), (2, 30), (60, 60), (90, 0)]
                {
                    let timings = Timings {
                        interval: Duration::from_secs(interval),
                        start_period: Duration::from_secs(start_period),
                        ..Timings::default()
                    };
                    let old = Node {
                        boot: Duration::from_secs(boot),
                        kind: Kind::Probe(timings.clone()),
                        ..Node::default()
                    };
                    let Kind::Probe(new) = quicker(engine, &old).unwrap().kind else {
                        panic!("no probe any more");
                    };
                    let outcome = first_success(engine, &new, old.boot);
                    assert_eq!(outcome.unhealthy_at, None);
                    let (had, has) = (budget(engine, &timings), budget(engine, &new));
                    assert!(has + SAME >= had, "{engine:?} {boot} {interval}");
                    let room =
                        Duration::from_millis(if engine == Engine::V24 { 5200 } else { 2200 });
                    assert!(
                        outcome.healthy_at.unwrap() <= old.boot + room,
                        "{engine:?} {boot} {interval}"
                    );
                }
            }
        }
    }

    #[test]
    fn without_a_probe_there_is_nothing_to_quicken() {
        assert_eq!(quicker(Engine::V27, &Node::default()), None);
    }
}
