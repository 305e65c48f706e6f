//! What the user may set, merged with the command line and validated.
//!
//! Owns the settings that the engine sees. Must not know any rule by type, and
//! does no I/O.

use crate::finding::Severity;

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

/// How much the user wants to hear.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Persona {
    /// Only what is wrong.
    #[default]
    Regular,
    /// Also what needs taste.
    Pedantic,
}

/// The settings of one run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which rules speak.
    pub persona: Persona,
    /// Rules to run; empty for all.
    pub select: Vec<String>,
    /// Rules not to run.
    pub ignore: Vec<String>,
    /// The least severity that fails a run.
    pub fail_on: Severity,
    /// The engine that the files will run on.
    pub engine: Engine,
    /// Profiles named one by one; empty for what the files say.
    pub profiles: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            persona: Persona::default(),
            select: Vec::new(),
            ignore: Vec::new(),
            fail_on: Severity::Info,
            engine: Engine::default(),
            profiles: Vec::new(),
        }
    }
}

impl Config {
    /// Whether a rule of this name runs.
    pub fn wants(&self, rule: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == rule);
        (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }
}
