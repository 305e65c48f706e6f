//! What `docker compose up --wait` ends with.
//!
//! Owns the look at every service once all are started: docker/compose v2
//! `pkg/compose/start.go`, `getDependencyCondition` and `waitDependencies`. A
//! service whose completion some other awaits must exit with 0; every other must
//! be healthy, or run if it has no check. Must not know how that is told.

use std::time::Duration;

use super::model::{Kind, Node, POLL, Plan, Settings, Wait};
use super::probe::first_success;
use crate::graph::Gate;

/// How `up --wait` ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Awaited {
    /// When everything is started and the looking begins; `None` when `up` does
    /// not get that far, for the reasons that the plan names.
    pub begins: Option<Duration>,
    /// When it returns with 0; `None` when it fails or never returns.
    pub returns: Option<Duration>,
    /// When it fails.
    pub fails: Option<Duration>,
    /// What makes it fail or hang, by workload.
    pub troubles: Vec<(usize, Trouble)>,
    /// Jobs that nobody awaits and that still run at the first look, with the
    /// time of their exit: what was started a little earlier would fail it.
    pub close: Vec<(usize, Duration)>,
}

/// Why one workload does not pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// It has exited when it is looked at, and nobody awaits its completion.
    Exited(Duration),
    /// It is called unhealthy when it is looked at.
    Unhealthy(Duration),
    /// Its check is never decided.
    NeverHealthy,
    /// Somebody awaits its completion, and it never exits.
    NeverExits,
}

/// What one workload comes to.
enum Look {
    Passes(Duration),
    Close(Duration, Duration),
    Fails(Trouble),
}

/// How `up --wait` ends for a plan of these nodes and waits.
pub fn wait(settings: Settings, nodes: &[Node], waits: &[Wait], plan: &Plan) -> Awaited {
    let mut awaited = Awaited {
        begins: None,
        returns: None,
        fails: None,
        troubles: Vec::new(),
        close: Vec::new(),
    };
    if !plan.is_complete() || plan.aborted.is_some() {
        return awaited;
    }
    let begins = plan.released.iter().flatten().max().copied();
    let begins = begins.unwrap_or_default();
    awaited.begins = Some(begins);
    let mut last = begins;
    for it in 0..nodes.len() {
        let Some(look) = look(settings, nodes, waits, plan, begins, it) else {
            continue;
        };
        match look {
            Look::Passes(at) => last = last.max(at),
            Look::Close(at, exits) => {
                last = last.max(at);
                awaited.close.push((it, exits));
            }
            Look::Fails(trouble) => awaited.troubles.push((it, trouble)),
        }
    }
    let failures = awaited.troubles.iter().filter_map(|(_, it)| match it {
        Trouble::Exited(at) | Trouble::Unhealthy(at) => Some(*at),
        Trouble::NeverHealthy | Trouble::NeverExits => None,
    });
    awaited.fails = failures.min();
    awaited.returns = awaited.troubles.is_empty().then_some(last);
    awaited
}

/// The first look at or after a time; looks come every half second.
fn tick(begins: Duration, at: Duration) -> Duration {
    let gap = POLL.as_nanos().max(1);
    let count = at.saturating_sub(begins).as_nanos().div_ceil(gap).max(1);
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    begins.saturating_add(POLL.saturating_mul(count))
}

/// `None` for what is never looked at.
fn look(
    settings: Settings,
    nodes: &[Node],
    waits: &[Wait],
    plan: &Plan,
    begins: Duration,
    it: usize,
) -> Option<Look> {
    let first = tick(begins, begins);
    let started = plan.started[it].filter(|_| !is_absent(&nodes[it]))?;
    let completes = waits.iter().any(|wait| {
        let asks = nodes.get(wait.from).is_some_and(|it| it.kind != Kind::Off);
        wait.to == it && wait.gate == Gate::Completed && asks
    });
    Some(match &nodes[it].kind {
        Kind::Exits(run) if completes => Look::Passes(tick(begins, started.saturating_add(*run))),
        _ if completes => Look::Fails(Trouble::NeverExits),
        Kind::Exits(run) => match started.saturating_add(*run) {
            exits if exits <= first => Look::Fails(Trouble::Exited(first)),
            exits => Look::Close(first, exits),
        },
        Kind::Probe(timings) => {
            let outcome = first_success(settings.engine, timings, nodes[it].boot);
            let from_start = |at: Duration| started.saturating_add(at);
            let healthy = outcome.healthy_at.map(from_start);
            let unhealthy = outcome.unhealthy_at.map(from_start);
            let Some(decided) = healthy.into_iter().chain(unhealthy).min() else {
                return Some(Look::Fails(Trouble::NeverHealthy));
            };
            let at = tick(begins, decided);
            match healthy {
                Some(healthy) if healthy <= at => Look::Passes(at),
                _ => Look::Fails(Trouble::Unhealthy(at)),
            }
        }
        _ => Look::Passes(first),
    })
}

/// What has no container is not looked at.
const fn is_absent(node: &Node) -> bool {
    matches!(node.kind, Kind::Off | Kind::NoContainer)
}

#[cfg(test)]
mod tests {
    use super::super::{Timings, plan};
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn node(kind: Kind) -> Node {
        Node {
            kind,
            start_cost: ms(300),
            ..Node::default()
        }
    }

    fn probe(interval: u64) -> Kind {
        Kind::Probe(Timings {
            interval: ms(interval),
            ..Timings::default()
        })
    }

    fn gate(from: usize, to: usize, gate: Gate) -> Wait {
        Wait {
            from,
            to,
            gate,
            skip: false,
            required: true,
        }
    }

    fn ends(nodes: &[Node], waits: &[Wait]) -> Awaited {
        let settings = Settings::default();
        wait(settings, nodes, waits, &plan(settings, nodes, waits))
    }

    #[test]
    fn it_looks_every_half_second_once_all_are_started() {
        let nodes = [node(Kind::Running), node(probe(3000))];
        let end = ends(&nodes, &[]);
        assert_eq!(end.begins, Some(ms(300)));
        // The first probe succeeds a little after 3.3 s; looks come at 0.8 s, 1.3 s, …
        assert_eq!(end.returns, Some(ms(3800)));
        assert_eq!((end.fails, end.troubles), (None, Vec::new()));
    }

    #[test]
    fn a_job_passes_only_if_its_completion_is_awaited_or_by_luck() {
        let job = |run| node(Kind::Exits(ms(run)));
        let alone = ends(&[job(200), node(Kind::Running)], &[]);
        assert_eq!(alone.fails, Some(ms(800)));
        assert_eq!(alone.troubles, [(0, Trouble::Exited(ms(800)))]);
        let slow = ends(&[job(5000), node(Kind::Running)], &[]);
        assert_eq!(slow.returns, Some(ms(800)));
        assert_eq!(slow.close, [(0, ms(5300))]);
        let gated = [job(5000), node(Kind::Running)];
        let gated = ends(&gated, &[gate(1, 0, Gate::Completed)]);
        assert!(gated.returns.is_some_and(|it| it > ms(5300)));
        assert!(gated.close.is_empty());
    }

    #[test]
    fn what_is_unhealthy_fails_it_and_what_never_starts_keeps_it_away() {
        let slow = Node {
            boot: ms(60_000),
            ..node(probe(1000))
        };
        let end = ends(&[slow], &[]);
        assert!(matches!(end.troubles[..], [(0, Trouble::Unhealthy(_))]));
        let server = [node(Kind::Running), node(Kind::Running)];
        let end = ends(&server, &[gate(0, 1, Gate::Completed)]);
        assert_eq!((end.begins, end.returns), (None, None));
        let off = [node(Kind::Off)];
        assert_eq!(ends(&off, &[]).returns, Some(Duration::ZERO));
    }
}
