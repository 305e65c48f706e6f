//! Plans for a stack that is a little different.
//!
//! Owns the changes that can be thought and what they do to a clock. Must not
//! know how a change is typed, and changes no file.

use std::time::Duration;

use crate::graph::Gate;
use crate::timing::{self, Kind, Node, Timings, Wait};
use crate::view::Clock;

/// One change. Workloads are indices into the stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// Another value in a workload's times.
    Set(usize, Field),
    /// Another gate between waiter and needed one; `None` takes it away.
    Gate {
        /// The waiter.
        from: usize,
        /// What it needs.
        to: usize,
        /// What it waits for.
        gate: Option<Gate>,
    },
}

/// What can be set, with its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// `interval`
    Interval(Duration),
    /// `timeout`
    Timeout(Duration),
    /// `start_period`
    StartPeriod(Duration),
    /// `start_interval`
    StartInterval(Duration),
    /// `retries`
    Retries(u32),
    /// From the start until it serves; the run time of a job.
    Boot(Duration),
}

impl Field {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Interval(_) => "interval",
            Self::Timeout(_) => "timeout",
            Self::StartPeriod(_) => "start_period",
            Self::StartInterval(_) => "start_interval",
            Self::Retries(_) => "retries",
            Self::Boot(_) => "boot",
        }
    }
}

/// The clock after all changes, in their order.
///
/// # Errors
/// The workload of a change that makes no sense: its healthcheck's times are to
/// change, and it has none.
pub fn clock(clock: &Clock, changes: &[Change]) -> Result<Clock, usize> {
    let mut changed = clock.clone();
    for change in changes {
        match *change {
            Change::Set(workload, field) => {
                set(&mut changed.nodes[workload], field).ok_or(workload)?;
            }
            Change::Gate { from, to, gate } => set_gate(&mut changed.waits, from, to, gate),
        }
    }
    // The plan that was made for the old times is not kept.
    Ok(Clock::new(changed.settings, changed.nodes, changed.waits))
}

fn set(node: &mut Node, field: Field) -> Option<()> {
    if let Field::Boot(boot) = field {
        node.boot = boot;
        node.sleep = std::time::Duration::ZERO;
        node.boot_source = timing::BootSource::Config;
        if let Kind::Exits(run) = &mut node.kind {
            *run = boot;
        }
        return Some(());
    }
    let Kind::Probe(timings) = &mut node.kind else {
        return None;
    };
    *timings = with(timings, field);
    Some(())
}

fn with(old: &Timings, field: Field) -> Timings {
    let mut new = old.clone();
    match field {
        Field::Interval(time) => new.interval = time,
        Field::Timeout(time) => new.timeout = time,
        Field::StartPeriod(time) => new.start_period = time,
        Field::StartInterval(time) => new.start_interval = Some(time),
        Field::Retries(count) => new.retries = count,
        Field::Boot(_) => {}
    }
    new
}

fn set_gate(waits: &mut Vec<Wait>, from: usize, to: usize, gate: Option<Gate>) {
    let is_this = |it: &Wait| it.from == from && it.to == to;
    match (gate, waits.iter_mut().find(|it| is_this(it))) {
        (Some(gate), Some(wait)) => wait.gate = gate,
        (Some(gate), None) => waits.push(Wait {
            from,
            to,
            gate,
            skip: false,
            required: true,
        }),
        (None, _) => waits.retain(|it| !is_this(it)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

    use super::*;
    use crate::timing::Settings;

    /// A web server (0) behind a database (1) that is probed every 30 s.
    fn stack() -> Clock {
        let database = Node {
            boot: Duration::from_secs(5),
            kind: Kind::Probe(Timings::default()),
            ..Node::default()
        };
        let nodes = vec![Node::default(), database];
        let waits = vec![Wait {
            from: 0,
            to: 1,
            gate: Gate::Ready,
            skip: false,
            required: true,
        }];
        let settings = Settings::default();
        Clock::new(settings, nodes, waits)
    }

    #[test]
    fn a_shorter_interval_and_a_weaker_gate_are_earlier() {
        let before = stack();
        let ready = |changes: &[Change]| clock(&before, changes).unwrap().plan().total;
        assert_eq!(ready(&[]), before.plan().total);
        let quick = Change::Set(1, Field::Interval(Duration::from_secs(1)));
        assert!(ready(&[quick]) < Duration::from_secs(8));
        let gate = |gate| Change::Gate {
            from: 0,
            to: 1,
            gate,
        };
        let started = clock(&before, &[gate(Some(Gate::Started))]).unwrap();
        assert!(started.plan().ready[0] < before.plan().ready[0]);
        assert!(clock(&before, &[gate(None)]).unwrap().waits.is_empty());
        let again = ready(&[gate(None), gate(Some(Gate::Ready))]);
        assert_eq!(again, before.plan().total);
    }

    #[test]
    fn what_has_no_check_has_no_interval() {
        let odd = Change::Set(0, Field::Retries(1));
        assert_eq!(clock(&stack(), &[odd]).err(), Some(0));
        let boot = Change::Set(0, Field::Boot(Duration::from_secs(50)));
        assert!(clock(&stack(), &[boot]).unwrap().plan().total > Duration::from_secs(80));
    }
}
