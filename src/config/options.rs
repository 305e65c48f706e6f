//! What a user may set of single rules: limits that depend on taste or hardware.
//!
//! Owns their names, defaults and bounds, in the file and for the rules. A limit
//! is here only if no evidence in the files can decide it.

use std::time::Duration;

use serde::Deserialize;
use serde::de::Error as _;

use crate::words::duration;

/// The limits in force.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Options {
    /// `slow-first-probe`: who waits may start this much late without a word.
    pub worth: Duration,
    /// `sleep-as-probe`: from this on, in whole seconds, a readiness probe's
    /// initial delay is a sleep; that of a liveness probe from twice as much.
    pub delay: i64,
    /// `short-readiness-window`: how many boots the window must hold, 1 or more.
    pub margin: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            worth: Duration::from_secs(5),
            delay: 30,
            margin: 1.0,
        }
    }
}

/// Limits of single rules.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Rules"))]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct OptionsText {
    slow_first_probe: SlowFirstProbe,
    sleep_as_probe: SleepAsProbe,
    short_readiness_window: ShortReadinessWindow,
}

/// Limits of `slow-first-probe`.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
struct SlowFirstProbe {
    /// How much later others may start without a word: `5s` if it is not set.
    #[cfg_attr(test, schemars(with = "Option<super::file::Scalar>"))]
    worth: Option<Time>,
}

/// Limits of `sleep-as-probe`.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
struct SleepAsProbe {
    /// From which initial delay on a readiness probe sleeps: `30s` if it is not set.
    /// A liveness probe alone may take twice as much.
    #[cfg_attr(test, schemars(with = "Option<super::file::Scalar>"))]
    delay: Option<Time>,
}

/// Limits of `short-readiness-window`.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
struct ShortReadinessWindow {
    /// How many times the boot must fit into the window: 1 if it is not set.
    #[cfg_attr(test, schemars(range(min = 1, max = 10)))]
    margin: Option<Margin>,
}

/// A time of at least a second.
struct Time(Duration);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = super::file::scalar(input)?;
        let time = duration(&text).filter(|it| *it >= Duration::from_secs(1));
        time.map(Self).ok_or_else(|| {
            D::Error::custom(format!(
                "a limit is in seconds or like `1m30s`, and at least 1 s, not `{text}`"
            ))
        })
    }
}

/// A factor from 1 to 10.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transparent))]
struct Margin(f64);

impl<'de> Deserialize<'de> for Margin {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = super::file::scalar(input)?;
        let factor = text.parse().ok().filter(|it| (1.0..=10.0).contains(it));
        factor.map(Self).ok_or_else(|| {
            D::Error::custom(format!("a margin is a number from 1 to 10, not `{text}`"))
        })
    }
}

impl OptionsText {
    /// Lays what is written over what is in force.
    pub(super) fn over(self, mut options: Options) -> Options {
        if let Some(Time(time)) = self.slow_first_probe.worth {
            options.worth = time;
        }
        if let Some(Time(time)) = self.sleep_as_probe.delay {
            options.delay = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        }
        if let Some(Margin(factor)) = self.short_readiness_window.margin {
            options.margin = factor;
        }
        options
    }
}
