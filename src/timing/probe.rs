//! One container's probe clock.
//!
//! Owns when the engine probes and what follows from it. Must not know other
//! containers, Compose or the graph. Everything is closed form, so no written
//! duration can make it slow.

use std::time::Duration;

use super::Engine;
use crate::model::workload::Healthcheck;

/// How long one probe takes when nobody measured it: about what it takes the
/// engine to run a small client in a container.
pub const PROBE_TIME: Duration = Duration::from_millis(50);

const INTERVAL: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(30);
const RETRIES: u32 = 3;
/// `defaultStartInterval`, engine 27.0.1.
pub const START_INTERVAL: Duration = Duration::from_secs(5);

/// The timings of a healthcheck. As in the engine, zero means default.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timings {
    /// From the end of one probe to the start of the next; also before the first.
    pub interval: Duration,
    /// A probe that runs longer has failed.
    pub timeout: Duration,
    /// How long failures are forgiven, from the container's start.
    pub start_period: Duration,
    /// The gap inside the start period, if written.
    pub start_interval: Option<Duration>,
    /// Counted failures in a row that make unhealthy.
    pub retries: u32,
    /// How long one probe takes, failed or not.
    pub probe_time: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            interval: INTERVAL,
            timeout: TIMEOUT,
            start_period: Duration::ZERO,
            start_interval: None,
            retries: RETRIES,
            probe_time: PROBE_TIME,
        }
    }
}

impl Timings {
    /// What a `healthcheck:` says, with the engine's defaults for the rest. An
    /// image's own timings are not known here.
    pub fn of(check: &Healthcheck) -> Self {
        let base = Self::default();
        let or = |it: &Option<crate::source::Spanned<Duration>>, other| {
            it.as_ref().map_or(other, |it| it.value)
        };
        Self {
            interval: or(&check.interval, base.interval),
            timeout: or(&check.timeout, base.timeout),
            start_period: or(&check.start_period, base.start_period),
            start_interval: check.start_interval.as_ref().map(|it| it.value),
            retries: check.retries.as_ref().map_or(base.retries, |it| it.value),
            probe_time: base.probe_time,
        }
    }

    /// The time from the container's start after which the engine has decided,
    /// even if every probe runs as long as it may.
    pub fn longest(&self) -> Duration {
        let interval = or_default(self.interval, INTERVAL);
        let round = interval.saturating_add(or_default(self.timeout, TIMEOUT));
        let retries = if self.retries == 0 {
            RETRIES
        } else {
            self.retries
        };
        self.start_period
            .saturating_add(round.saturating_mul(retries))
    }
}

/// What the probe clock makes of a boot; all times from the container's start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// The end of the first probe that succeeds; `None` if every probe times out.
    pub healthy_at: Option<Duration>,
    /// Probes up to and with that one, else up to the one that made unhealthy.
    pub probes: u64,
    /// From the end of the boot to healthy.
    pub wasted: Duration,
    /// The boot outlasted the faster cadence of the start period, so that
    /// healthy came a whole `interval` after some failed probe.
    pub cliff: bool,
    /// When the container was called unhealthy before it ever was healthy.
    /// Whoever looks between the two sees a failure.
    pub unhealthy_at: Option<Duration>,
}

/// When the first probe starts.
pub fn first_probe(engine: Engine, timings: &Timings) -> Duration {
    duration(Clock::new(engine, timings).start(1))
}

/// When a container that serves after `boot` is first called healthy. A probe
/// succeeds if it starts at or after the end of the boot and does not run
/// into its timeout.
pub fn first_success(engine: Engine, timings: &Timings, boot: Duration) -> Outcome {
    let clock = Clock::new(engine, timings);
    let wins = (!clock.times_out).then(|| clock.first_from(nanos(boot)));
    let loses = clock.deciding_failure();
    let unhealthy = wins.is_none_or(|wins| loses < wins);
    let healthy_at = wins.map(|wins| clock.end(wins));
    let last = wins.unwrap_or(loses);
    Outcome {
        healthy_at: healthy_at.map(duration),
        probes: u64::try_from(last).unwrap_or(u64::MAX),
        wasted: duration(healthy_at.map_or(0, |at| at.saturating_sub(nanos(boot)))),
        cliff: wins.is_some_and(|wins| wins > clock.early && clock.slows_down()),
        unhealthy_at: unhealthy.then(|| duration(clock.end(loses))),
    }
}

/// The longest boot that does not become unhealthy first; zero if every probe
/// runs into its timeout.
pub fn budget(engine: Engine, timings: &Timings) -> Duration {
    let clock = Clock::new(engine, timings);
    if clock.times_out {
        return Duration::ZERO;
    }
    duration(clock.start(clock.deciding_failure()))
}

/// Probe `k` (from 1) of a check that keeps failing, in nanoseconds.
struct Clock {
    /// The gap inside the start period.
    early_gap: u128,
    /// The gap after it.
    late_gap: u128,
    /// How long a probe runs.
    run: u128,
    start_period: u128,
    retries: u128,
    /// The last probe before which the gap was the early one.
    early: u128,
    times_out: bool,
}

impl Clock {
    fn new(engine: Engine, timings: &Timings) -> Self {
        let interval = nanos(or_default(timings.interval, INTERVAL));
        let written = timings.start_interval.filter(|it| !it.is_zero()).map(nanos);
        let start_interval = match engine {
            Engine::V24 => interval,
            Engine::V25 => written.unwrap_or(interval),
            Engine::V27 => written.unwrap_or_else(|| nanos(START_INTERVAL)),
        };
        let start_period = nanos(timings.start_period);
        let early_gap = if start_period == 0 {
            interval
        } else {
            start_interval
        };
        let timeout = or_default(timings.timeout, TIMEOUT);
        let run = nanos(timings.probe_time.min(timeout));
        let retries = if timings.retries == 0 {
            RETRIES
        } else {
            timings.retries
        };
        Self {
            early_gap,
            late_gap: interval,
            run,
            start_period,
            retries: u128::from(retries),
            // The gap after probe k is the early one while that probe has
            // ended inside the start period, and k probes end at k rounds.
            early: start_period.div_ceil(early_gap + run).max(1),
            times_out: timings.probe_time > timeout,
        }
    }

    /// When probe `k` starts.
    fn start(&self, k: u128) -> u128 {
        let early = k.min(self.early);
        let late = k - early;
        self.early_gap
            + (early - 1) * (self.early_gap + self.run)
            + late.saturating_mul(self.late_gap + self.run)
    }

    /// When probe `k` ends.
    fn end(&self, k: u128) -> u128 {
        self.start(k).saturating_add(self.run)
    }

    /// The first probe that starts at or after `time`.
    fn first_from(&self, time: u128) -> u128 {
        if time <= self.start(self.early) {
            return 1 + time
                .saturating_sub(self.early_gap)
                .div_ceil(self.early_gap + self.run);
        }
        let rest = time - self.start(self.early);
        self.early + rest.div_ceil(self.late_gap + self.run)
    }

    /// The probe whose failure makes unhealthy if none before it succeeds.
    fn deciding_failure(&self) -> u128 {
        self.first_from(self.start_period) + self.retries - 1
    }

    fn slows_down(&self) -> bool {
        self.start_period > 0 && self.late_gap > self.early_gap
    }
}

fn or_default(written: Duration, default: Duration) -> Duration {
    if written.is_zero() { default } else { written }
}

/// Nanoseconds; 64-bit seconds times 10⁹ leave 34 bits to spare.
const fn nanos(time: Duration) -> u128 {
    time.as_nanos()
}

/// Back again; what does not fit becomes the longest duration there is.
pub(super) fn duration(nanos: u128) -> Duration {
    const SECOND: u128 = 1_000_000_000;
    let part = u32::try_from(nanos % SECOND).unwrap_or(0);
    u64::try_from(nanos / SECOND).map_or(Duration::MAX, |whole| Duration::new(whole, part))
}
