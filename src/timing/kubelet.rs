//! The probe clocks of kubelet.
//!
//! Owns when the containers of one pod are started, ready or killed. Must not
//! know other pods, nor where a boot time comes from.
//!
//! # What was read upstream (kubernetes `pkg/kubelet/prober/worker.go`, `prober_manager.go`)
//!
//! * Each probe has a ticker of its own, whose phase has nothing to do with the
//!   container's start: the first look comes within one period after
//!   `initialDelaySeconds`. On average half a period passes, and that is what is
//!   counted here.
//! * `initialDelaySeconds` counts from the container's start, startup probe or not
//!   (kubernetes/website#42539).
//! * Readiness and liveness wait for the startup probe. Once it has succeeded the
//!   readiness probe is run at once, because each sync of the pod asks for it.
//! * A startup or liveness probe kills after `failureThreshold` looks in a row.
//! * A native sidecar lets the next container start when its startup probe has
//!   succeeded, or at once without one.
//! * With `OrderedReady` the pods of a StatefulSet start one after the other.

use std::time::Duration;

use crate::model::kubernetes::pod::{Container, Pod};
use crate::model::kubernetes::probe::Probe;

/// The times of one probe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pulse {
    /// `initialDelaySeconds`.
    pub delay: Duration,
    /// From one look to the next: the period, or the timeout where that is longer.
    pub period: Duration,
    /// `successThreshold`.
    pub successes: u32,
    /// `failureThreshold`.
    pub failures: u32,
}

impl Pulse {
    /// The longest that it lets a container live without an answer.
    pub fn patience(&self) -> Duration {
        self.delay
            .saturating_add(self.period.saturating_mul(self.failures))
    }

    /// When a look first succeeds on average, if everything before `up` fails.
    fn success(&self, up: Duration) -> Duration {
        up.max(self.delay).saturating_add(self.period / 2)
    }
}

/// One container.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Vessel {
    /// From its start until it serves; `None` for the main container, whose
    /// boot is the pod's.
    pub boot: Option<Duration>,
    /// `startupProbe`.
    pub startup: Option<Pulse>,
    /// `readinessProbe`.
    pub readiness: Option<Pulse>,
    /// `livenessProbe`.
    pub liveness: Option<Pulse>,
}

/// The containers of a pod, and how many pods start one after the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pace {
    /// Native sidecars, in order.
    pub sidecars: Vec<Vessel>,
    /// Ordinary containers.
    pub containers: Vec<Vessel>,
    /// Pods that wait for each other's readiness; 1 where they do not.
    pub in_line: u32,
    /// `minReadySeconds`.
    pub settle: Duration,
}

/// What boots beside the main container takes this long, as nobody says.
const BESIDE: Duration = Duration::from_secs(1);

impl Pace {
    /// The clock of a pod; `ordered` where its replicas start one by one.
    pub fn of(pod: &Pod, ordered: bool) -> Self {
        let sidecars = pod.init.iter().filter(|it| it.is_sidecar());
        let containers = pod.containers.iter().enumerate();
        let count = u32::try_from(pod.count()).unwrap_or(u32::MAX);
        Self {
            sidecars: sidecars.map(|it| vessel_of(it, Some(BESIDE))).collect(),
            containers: containers
                .map(|(n, it)| vessel_of(it, Some(BESIDE).filter(|_| n > 0)))
                .collect(),
            in_line: if ordered { count } else { 1 },
            settle: whole(pod.min_ready.as_ref().map_or(0, |it| it.value)),
        }
    }
}

impl Pace {
    /// The longest that a start can take before a probe ends it; `None` where
    /// some container may hang for ever.
    pub fn bound(&self) -> Option<Duration> {
        let all = self.sidecars.iter().chain(&self.containers);
        let limits = all.map(|it| Some(it.startup.or(it.liveness)?.patience()));
        let limits: Option<Vec<Duration>> = limits.collect();
        limits?.into_iter().max()
    }
}

fn whole(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

fn vessel_of(it: &Container, boot: Option<Duration>) -> Vessel {
    let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let pulse = |probe: &Probe| Pulse {
        delay: whole(probe.delay()),
        period: whole(probe.period().max(probe.timeout())),
        successes: count(probe.successes()),
        failures: count(probe.failures()),
    };
    Vessel {
        boot,
        startup: it.startup.as_ref().map(pulse),
        readiness: it.readiness.as_ref().map(pulse),
        liveness: it.liveness.as_ref().map(pulse),
    }
}

/// How a pod gets ready; the parts add up to the time from its start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Course {
    /// Native sidecars with startup probes.
    pub sidecars: Duration,
    /// The program's own start.
    pub boot: Duration,
    /// It serves, and an initial delay keeps everybody from looking.
    pub delay: Duration,
    /// It serves, and no probe has seen it yet.
    pub cadence: Duration,
    /// The further pods of a StatefulSet, one by one.
    pub in_line: Duration,
}

impl Course {
    /// From the start of the first pod until the last is ready.
    pub fn total(&self) -> Duration {
        [
            self.sidecars,
            self.boot,
            self.delay,
            self.cadence,
            self.in_line,
        ]
        .iter()
        .fold(Duration::ZERO, |sum, it| sum.saturating_add(*it))
    }
}

/// When a pod is ready whose main container boots for `boot`.
///
/// # Errors
/// The time after its start at which a probe kills it, and will again.
pub fn course(pace: &Pace, boot: Duration) -> Result<Course, Duration> {
    let mut sidecars = Duration::ZERO;
    for it in &pace.sidecars {
        let up = it.boot.unwrap_or(boot);
        killed(it, up)?;
        let started = it.startup.map_or(Duration::ZERO, |probe| probe.success(up));
        sidecars = sidecars.saturating_add(started);
    }
    let mut last = Course::default();
    for it in &pace.containers {
        let own = vessel(it, it.boot.unwrap_or(boot))?;
        if own.total() > last.total() {
            last = own;
        }
    }
    last.sidecars = sidecars;
    let one = last.total();
    let further = pace.in_line.saturating_sub(1);
    last.in_line = one.saturating_add(pace.settle).saturating_mul(further);
    Ok(last)
}

fn killed(it: &Vessel, up: Duration) -> Result<(), Duration> {
    let guard = it.startup.or(it.liveness);
    match guard
        .map(|probe| probe.patience())
        .filter(|limit| up > *limit)
    {
        Some(limit) => Err(limit),
        None => Ok(()),
    }
}

/// Without a probe it counts as ready at once; here it is ready when it serves.
fn vessel(it: &Vessel, up: Duration) -> Result<Course, Duration> {
    killed(it, up)?;
    let started = it.startup.map(|probe| probe.success(up));
    let (seen, waited) = match (it.readiness, started) {
        (None, None) => (up, up),
        (None, Some(started)) => (started, it.startup.map_or(up, |probe| up.max(probe.delay))),
        (Some(probe), started) => {
            let open = started.unwrap_or_default().max(probe.delay);
            let repeats = probe
                .period
                .saturating_mul(probe.successes.saturating_sub(1));
            // What is up when the first look comes is seen by it.
            let first = if up <= open { open } else { probe.success(up) };
            let startup = it.startup.map_or(Duration::ZERO, |probe| probe.delay);
            (
                first.saturating_add(repeats),
                up.max(probe.delay).max(startup),
            )
        }
    };
    Ok(Course {
        boot: up,
        delay: waited.saturating_sub(up),
        cadence: seen.saturating_sub(waited.max(up)),
        ..Course::default()
    })
}

/// When a client that crashes whenever it does not find `ready` comes back
/// after that: the back-off doubles from 10 s up to 300 s (kubernetes
/// `pkg/kubelet/kubelet.go`, `MaxContainerBackOff`).
pub fn comes_back(ready: Duration) -> Duration {
    let (mut at, mut gap) = (Duration::ZERO, Duration::from_secs(10));
    while at < ready {
        let next = at.saturating_add(gap);
        if next == at {
            break;
        }
        at = next;
        gap = (gap * 2).min(Duration::from_secs(300));
        if at > Duration::from_secs(86_400) {
            return ready;
        }
    }
    at
}

/// When the last try of a job begins that fails at once each time: it is
/// tried again `limit` times, with a back-off of 10 s that doubles up to 6 min
/// (kubernetes `pkg/controller/job/job_controller.go`, `MaxJobPodFailureBackOff`
/// and `DefaultJobPodFailureBackOff`).
pub fn last_try(limit: u32) -> Duration {
    let (mut at, mut gap) = (Duration::ZERO, Duration::from_secs(10));
    for _ in 0..limit.min(10_000) {
        at = at.saturating_add(gap);
        gap = (gap * 2).min(Duration::from_secs(360));
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const fn pulse(delay: u64, period: u64, failures: u32) -> Pulse {
        Pulse {
            delay: s(delay),
            period: s(period),
            successes: 1,
            failures,
        }
    }

    fn pod(vessel: Vessel) -> Pace {
        Pace {
            sidecars: Vec::new(),
            containers: vec![vessel],
            in_line: 1,
            settle: Duration::ZERO,
        }
    }

    fn total(pace: &Pace, boot: u64) -> Option<u64> {
        course(pace, s(boot)).ok().map(|it| it.total().as_secs())
    }

    #[test]
    fn a_delay_is_waited_out_and_a_startup_probe_is_not() {
        let sleep = pod(Vessel {
            readiness: Some(pulse(60, 10, 3)),
            ..Vessel::default()
        });
        assert_eq!(total(&sleep, 8), Some(60));
        let probe = pod(Vessel {
            startup: Some(pulse(0, 4, 30)),
            readiness: Some(pulse(0, 10, 3)),
            ..Vessel::default()
        });
        assert_eq!(total(&probe, 8), Some(10));
        let parts = course(&sleep, s(8)).ok();
        assert_eq!(parts.map(|it| (it.boot, it.delay)), Some((s(8), s(52))));
    }

    #[test]
    fn a_boot_beyond_a_probe_s_patience_never_ends() {
        let startup = Vessel {
            startup: Some(pulse(10, 5, 4)),
            liveness: Some(pulse(0, 1, 1)),
            ..Vessel::default()
        };
        assert_eq!(course(&pod(startup.clone()), s(31)), Err(s(30)));
        assert!(course(&pod(startup), s(30)).is_ok());
        let liveness = Vessel {
            liveness: Some(pulse(0, 10, 3)),
            ..Vessel::default()
        };
        assert_eq!(course(&pod(liveness), s(40)), Err(s(30)));
    }

    #[test]
    fn a_start_has_a_bound_only_where_every_container_is_watched() {
        let watched = Vessel {
            liveness: Some(pulse(5, 10, 3)),
            ..Vessel::default()
        };
        let mut pace = pod(watched.clone());
        assert_eq!(pace.bound(), Some(s(35)));
        pace.containers[0].startup = Some(pulse(0, 5, 24));
        assert_eq!(pace.bound(), Some(s(120)));
        pace.containers.push(Vessel {
            readiness: Some(pulse(0, 10, 3)),
            ..Vessel::default()
        });
        assert_eq!(pace.bound(), None);
    }

    #[test]
    fn sidecars_and_ordered_pods_add_up() {
        let mut pace = pod(Vessel {
            readiness: Some(pulse(0, 10, 3)),
            ..Vessel::default()
        });
        pace.in_line = 3;
        assert_eq!(total(&pace, 5), Some(30));
        pace.settle = s(5);
        assert_eq!(total(&pace, 5), Some(40));
        pace.in_line = 1;
        pace.sidecars.push(Vessel {
            boot: Some(s(1)),
            startup: Some(pulse(0, 2, 3)),
            ..Vessel::default()
        });
        assert_eq!(total(&pace, 5), Some(12));
    }

    #[test]
    fn a_job_has_so_many_tries() {
        assert_eq!([0, 1, 2, 6].map(last_try), [s(0), s(10), s(30), s(630)]);
    }

    #[test]
    fn a_crashing_client_comes_back_late() {
        let rows = [(0, 0), (5, 10), (10, 10), (11, 30), (75, 150), (311, 610)];
        for (ready, back) in rows {
            assert_eq!(comes_back(s(ready)), s(back), "ready at {ready} s");
        }
    }
}
