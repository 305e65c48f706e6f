//! When is what ready.
//!
//! Owns the probe clocks of the Docker engines, Compose's way of starting a
//! stack, the critical path and slack. Pure arithmetic over plain inputs:
//! indices instead of workloads, durations instead of files. Must not know
//! where a boot time comes from, nor what is a finding.
//!
//! # What was read upstream
//!
//! Engine, `daemon/health.go` (`monitor`, `handleProbeResult`):
//!
//! * v24.0.9: the timer is always `interval`; `start_interval` does not exist.
//! * v25.0.0, v26.1.5: inside the start period, while starting, the gap is
//!   `start_interval`, which defaults to `interval`.
//! * v27.0.1, v27.5.1, v28.0.0, v28.5.2, docker-v29.7.2: the same, but
//!   `start_interval` defaults to 5 s. `getInterval` has not changed since v25.
//! * All: zero means default (30 s, 30 s, 0, 3). The gap is chosen when the
//!   previous probe has ended and runs from there; it is not cut where the
//!   start period ends. A failure is forgiven when its probe *started* before
//!   the end of the start period; `retries` counted failures in a row make
//!   unhealthy, and a later success makes healthy again.
//! * The cut at the end of the start period that moby/moby#52317 describes is
//!   in none of these, nor in b985e2313a (after docker-v29.7.2).
//!
//! Compose, v5.5.0 and f7297942 (`pkg/compose/convergence.go`, `start.go`,
//! `dependencies.go`):
//!
//! * `up` creates all containers, then walks the graph. The visitor of a
//!   service runs when those of all its dependencies have returned.
//! * `waitDependencies` looks at all gates at once, each with its own ticker of
//!   500 ms made when the wait begins: no look before +0.5 s.
//!   `service_started`, scale 0 and providers are not looked at.
//! * Unhealthy at a look, exited, or no check at all ends the wait with an
//!   error, which cancels the whole `up`; `required: false` makes it a warning.
//! * Then `pre_start` steps, the start itself, `post_start` steps, in sequence.
//!   With `deploy.replicas: 0` the visitor returns at once.
//! * Every released version up to v5.5.0 starts containers of different
//!   services at the same time: `startMx` (since v2.36.2) is held only where
//!   `up` hardly ever comes. f7297942 (docker/compose#14106, not yet in a
//!   release) takes it around every start. Hence `Starts`.

pub use crate::config::Engine;

/// The clocks of kubelet.
pub mod kubelet;

mod model;
mod path;
mod probe;
mod quicker;
mod wait;
mod walk;

#[cfg(test)]
mod random;
#[cfg(test)]
mod simulator;
#[cfg(test)]
mod tests;

pub use self::model::{
    BootSource, Kind, Never, Node, POLL, Plan, Reason, START_COST, Settings, Starts, Wait, plan,
    starts, waits,
};
pub use self::path::{Base, Cause, Change, Edit, Segment, Until, cost_of, slack};
pub use self::probe::{
    Outcome, PROBE_TIME, START_INTERVAL, Timings, budget, first_probe, first_success,
};
pub use self::quicker::{changes, quicker};
pub use self::wait::{Awaited, Trouble, wait};
