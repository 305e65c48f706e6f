//! What the user may set, merged with the command line and validated.
//!
//! Owns the settings that the engine sees and the text form of the file that
//! sets them. Must not know any rule by type, and does no I/O.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::Error as _;

use crate::finding::Severity;
use crate::knowledge::Override;
use crate::words::duration;

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

/// A version of Docker Compose: major and minor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ComposeVersion(pub u32, pub u32);

impl ComposeVersion {
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
    /// The Compose that will read them; `None` for a current one.
    pub compose: Option<ComposeVersion>,
    /// Whether the files also go to `docker stack deploy`, which takes no long
    /// form of `depends_on` (docker/cli#3880).
    pub swarm: bool,
    /// What the user says about images.
    pub images: Vec<Override>,
    /// How long services or images take to boot, by name.
    pub boot: BTreeMap<String, Duration>,
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
            compose: None,
            swarm: false,
            images: Vec::new(),
            boot: BTreeMap::new(),
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

    /// Whether the Compose that will run the files is at least this one.
    pub fn compose_is_at_least(&self, major: u32, minor: u32) -> bool {
        self.compose
            .is_none_or(|it| it >= ComposeVersion(major, minor))
    }

    /// Lays the text of a configuration file over these settings.
    ///
    /// # Errors
    /// A message that starts with `LINE:COLUMN: ` where the place is known.
    pub fn with_file(mut self, text: &str) -> Result<Self, String> {
        let file: File = match serde_yaml::from_str::<Option<File>>(text) {
            Ok(file) => file.unwrap_or_default(),
            Err(error) => return Err(told(&error)),
        };
        if let Some(problem) = file.images.iter().find_map(Override::problem) {
            return Err(problem);
        }
        if let Some(engine) = file.target.engine {
            self.engine = engine.0;
        }
        self.compose = file.target.compose.map(|it| it.0).or(self.compose);
        self.swarm |= file.target.swarm;
        self.images.extend(file.images);
        for (name, Seconds(time)) in file.boot {
            self.boot.insert(name, time);
        }
        Ok(self)
    }
}

/// The file as it is written.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    target: Target,
    images: Vec<Override>,
    boot: BTreeMap<String, Seconds>,
}

/// What the files will run on.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Target {
    engine: Option<EngineText>,
    compose: Option<ComposeText>,
    swarm: bool,
}

struct EngineText(Engine);

impl<'de> Deserialize<'de> for EngineText {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = scalar(input)?;
        let major = text.split('.').next().and_then(|it| it.parse().ok());
        let wanted = "an engine is a version such as 27";
        let major = major.ok_or_else(|| D::Error::custom(format!("{wanted}, not `{text}`")))?;
        Ok(Self(Engine::of_major(major)))
    }
}

struct ComposeText(ComposeVersion);

impl<'de> Deserialize<'de> for ComposeText {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        // A bare 2.40 is the number 2.4.
        let wanted = "a Compose version is a text in quotes such as \"2.36\"";
        let text = match serde_yaml::Value::deserialize(input)? {
            serde_yaml::Value::String(text) => text,
            serde_yaml::Value::Number(number) if number.is_u64() => number.to_string(),
            _ => return Err(D::Error::custom(wanted)),
        };
        let version = ComposeVersion::parse(&text);
        version
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("{wanted}, not `{text}`")))
    }
}

struct Seconds(Duration);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = scalar(input)?;
        duration(&text).map(Self).ok_or_else(|| {
            D::Error::custom(format!(
                "a boot time is in seconds or like `1m30s`, not `{text}`"
            ))
        })
    }
}

/// A scalar as a text.
fn scalar<'de, D: serde::Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    match serde_yaml::Value::deserialize(input)? {
        serde_yaml::Value::String(text) => Ok(text),
        serde_yaml::Value::Number(number) => Ok(number.to_string()),
        _ => Err(D::Error::custom("a number or a text is expected here")),
    }
}

/// A reader's error as `LINE:COLUMN: what is wrong`.
fn told(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let Some(place) = error.location() else {
        return text;
    };
    let (line, column) = (place.line(), place.column());
    let tail = format!(" at line {line} column {column}");
    let text = text.strip_suffix(&tail).unwrap_or(&text);
    format!("{line}:{column}: {text}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        Config::default().with_file(text)
    }

    #[test]
    fn a_file_sets_target_images_and_boot_times() {
        let text = "target: {engine: 26, compose: \"2.35\", swarm: true}\nimages:\n  - {pattern: acme/pg, like: postgres}\nboot:\n  api: 20\n  acme/web: 1m30s\n";
        let it = read(text).unwrap();
        assert_eq!(it.engine, Engine::V25);
        assert!(!it.compose_is_at_least(2, 36));
        assert!(it.compose_is_at_least(2, 35));
        assert!(it.swarm);
        assert_eq!(it.images.len(), 1);
        assert_eq!(it.boot["api"], Duration::from_secs(20));
        assert_eq!(it.boot["acme/web"], Duration::from_secs(90));
    }

    #[test]
    fn an_empty_file_sets_nothing() {
        let it = read("# nothing\n").unwrap();
        assert_eq!((it.engine, it.compose), (Engine::V27, None));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let wrong = |text| read(text).unwrap_err();
        let unknown = wrong("target:\n  engin: 27\n");
        assert!(unknown.starts_with("2:3: "), "{unknown}");
        assert!(unknown.contains("`engin`"), "{unknown}");
        let float = wrong("target:\n  compose: 2.40\n");
        assert!(float.contains("in quotes"), "{float}");
        let boot = wrong("boot:\n  db: soon\n");
        assert!(boot.contains("`soon`") && boot.contains("2:"), "{boot}");
        let image = wrong("images: [{pattern: a, like: postgras}]");
        assert!(image.contains("`postgras`"), "{image}");
    }
}
