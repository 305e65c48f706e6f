//! What the user may set, merged with the command line and validated.
//!
//! Owns the settings that the engine sees and the text form of the file that
//! sets them. Must not know any rule by type, and does no I/O.

mod file;
pub mod ignores;
pub mod options;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::baseline::Baseline;
use crate::finding::Severity;
use crate::knowledge::Override;
use crate::words::Date;
use ignores::Ignore;
use options::Options;

/// The JSON Schema of the file, which a test holds against the types.
pub const SCHEMA: &str = include_str!("../../schema/config.json");

/// Generations of Docker's probe clock (moby `daemon/health.go`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Engine {
    /// Up to 24: always `interval`.
    V24,
    /// 25 and 26: `start_interval` where it is written.
    V25,
    /// From 27.0.1: `start_interval`, or 5 s.
    #[default]
    V27,
}

impl Engine {
    /// The generation of an engine's major version.
    pub const fn of_major(major: u32) -> Self {
        match major {
            0..=24 => Self::V24,
            25 | 26 => Self::V25,
            _ => Self::V27,
        }
    }

    /// The versions of the generation, in words.
    pub const fn versions(self) -> &'static str {
        match self {
            Self::V24 => "up to 24",
            Self::V25 => "25 and 26",
            Self::V27 => "from 27",
        }
    }
}

/// A version of Docker Compose or Kubernetes: major and minor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Minor(pub u32, pub u32);

impl Minor {
    /// Reads `2.36`, `v2.36.1` or `5`.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next().map_or(Some(0), |it| it.parse().ok())?;
        Some(Self(major, minor))
    }
}

/// How much the user wants to hear.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Persona {
    /// Only what is wrong.
    #[default]
    Regular,
    /// Also what needs taste.
    Pedantic,
}

/// Whether ignores count: those in comments, annotations, settings, baselines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Ignoring {
    /// They do.
    #[default]
    Heeded,
    /// An auditor wants to see everything.
    Disregarded,
}

/// The settings of one run.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Which rules speak.
    pub persona: Persona,
    /// Rules to run; empty for all.
    pub select: Vec<String>,
    /// Rules to run besides.
    pub extend_select: Vec<String>,
    /// Rules not to run.
    pub ignore: Vec<String>,
    /// The least severity that fails a run; `None` for any.
    pub fail_on: Option<Severity>,
    /// What findings of a rule weigh, in place of what the rule says.
    pub severity: BTreeMap<String, Severity>,
    /// What is not reported.
    pub ignores: Vec<Ignore>,
    /// Whether anything is kept back.
    pub ignoring: Ignoring,
    /// What is accepted as it stands.
    pub baseline: Option<Arc<Baseline>>,
    /// The day of the run, if the rim has a clock.
    pub today: Option<Date>,
    /// The folder that shown paths start from, absolute.
    pub dir: PathBuf,
    /// The engine that the files will run on.
    pub engine: Engine,
    /// The Compose that will read them; `None` for a current one.
    pub compose: Option<Minor>,
    /// The Kubernetes that runs them; `None` for a current one.
    pub kubernetes: Option<Minor>,
    /// Whether the files also go to `docker stack deploy`, which takes no long
    /// form of `depends_on` (docker/cli#3880).
    pub swarm: bool,
    /// Whether Podman runs the files. It builds images of the OCI format unless told
    /// otherwise, which has no HEALTHCHECK (Red Hat Enterprise Linux 9, "Building,
    /// running, and managing containers", 21.3), and reads none of an image that was
    /// published in it (containers/podman#18904).
    pub podman: bool,
    /// What the user says about images.
    pub images: Vec<Override>,
    /// How long services or images take to boot, by name.
    pub boot: BTreeMap<String, Duration>,
    /// Limits of single rules.
    pub options: Options,
    /// Profiles named one by one; empty for what the files say.
    pub profiles: Vec<String>,
    /// The keys that a file has set, as it writes them.
    pub written: BTreeSet<&'static str>,
}

/// What a file is read with.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'f> {
    /// How the file is called.
    pub shown: &'f str,
    /// The folder that its paths start from, absolute.
    pub folder: &'f Path,
    /// The names of all rules.
    pub rules: &'f [&'f str],
}

impl Config {
    /// Whether a rule of this name runs.
    pub fn wants(&self, rule: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == rule);
        (self.select.is_empty() || self.names(rule)) && !named(&self.ignore)
    }

    /// Whether a rule is asked for by name.
    pub fn names(&self, rule: &str) -> bool {
        let mut named = self.select.iter().chain(&self.extend_select);
        named.any(|name| name == rule)
    }

    /// The least severity that fails a run.
    pub fn gate(&self) -> Severity {
        self.fail_on.unwrap_or(Severity::Info)
    }

    /// Whether the Compose that will run the files is at least this one.
    pub fn compose_is_at_least(&self, major: u32, minor: u32) -> bool {
        self.compose.is_none_or(|it| it >= Minor(major, minor))
    }

    /// Whether the Kubernetes that will run the files is at least this one.
    pub fn kubernetes_is_at_least(&self, major: u32, minor: u32) -> bool {
        self.kubernetes.is_none_or(|it| it >= Minor(major, minor))
    }

    /// Lays the text of a configuration file below these settings: what is set
    /// already, by flags, stays.
    ///
    /// # Errors
    /// A message that starts with `LINE:COLUMN: ` where the place is known.
    pub fn with_file(self, text: &str, frame: Frame<'_>) -> Result<Self, String> {
        file::lay(self, text, frame)
    }
}

#[cfg(test)]
mod tests;
