//! The text form of the settings: `.tierlint.yaml`.
//!
//! Owns its keys, how they are laid below the flags, and how what is wrong with
//! them is told. Must not know what the settings are used for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::de::Error as _;

use super::ignores::{Ignore, Paths};
use super::options::OptionsText;
use super::{Config, Engine, Frame, Minor, Persona};
use crate::finding::Severity;
use crate::knowledge::Override;
use crate::source::{Source, Span};
use crate::words::{Date, duration, nearest};
use crate::yaml::{self, NodeRef};

/// Settings of tierlint: `.tierlint.yaml`.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Settings"))]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(super) struct File {
    /// The rules to run; all if it is empty.
    select: Vec<RuleName>,
    /// Rules to run besides, such as one that only `pedantic` would switch on.
    extend_select: Vec<RuleName>,
    /// Rules not to run.
    ignore: Vec<RuleName>,
    /// Whether rules that need taste run too.
    pedantic: bool,
    /// The least severity that makes the exit code 1.
    fail_on: Option<Level>,
    /// What findings of a rule weigh, in place of what the rule says.
    severity: BTreeMap<RuleName, Level>,
    /// Findings that are not reported, and why.
    ignores: Vec<IgnoreText>,
    /// Limits of single rules.
    rules: OptionsText,
    /// What the files will run on.
    target: Target,
    /// What is true of images that are not widely known.
    images: Vec<Override>,
    /// How long services, or images, take to boot.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Scalar>"))]
    boot: BTreeMap<String, Seconds>,
}

/// The name of a rule.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord, Clone)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
struct RuleName(String);

/// How bad a finding is.
#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Level {
    /// It cannot start, or cannot work.
    Error,
    /// A race or a lie.
    Warning,
    /// A cost.
    Info,
}

impl Level {
    const fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
        }
    }
}

/// Findings that are not reported: those that all given parts speak for.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Ignore"))]
#[serde(deny_unknown_fields)]
struct IgnoreText {
    /// Files, by a pattern as in `.gitignore`, from the folder of these settings.
    path: Option<String>,
    /// The workload that the finding is about.
    workload: Option<String>,
    /// The rule.
    rule: Option<RuleName>,
    /// Why.
    #[cfg_attr(test, schemars(length(min = 1)))]
    reason: String,
    /// The last day on which it counts: `YYYY-MM-DD`.
    #[cfg_attr(test, schemars(regex(pattern = r"^\d{4}-\d{2}-\d{2}$")))]
    until: Option<String>,
}

/// What the files will run on.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
struct Target {
    /// The version of Docker, such as 27.
    #[cfg_attr(test, schemars(with = "Option<Scalar>"))]
    engine: Option<EngineText>,
    /// The version of Docker Compose, such as "2.36", in quotes.
    #[cfg_attr(test, schemars(with = "Option<Version>"))]
    compose: Option<ComposeText>,
    /// Whether the files also go to `docker stack deploy`.
    swarm: bool,
    /// Whether Podman runs them, which may not see the HEALTHCHECK of an image.
    podman: bool,
    /// The version of Kubernetes, such as "1.31", in quotes.
    #[cfg_attr(test, schemars(with = "Option<Version>"))]
    kubernetes: Option<KubernetesText>,
}

/// A number, or a text that holds one.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "it is there for the schema")]
pub(super) enum Scalar {
    Number(f64),
    Text(String),
}

/// A text, or a whole number.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "it is there for the schema")]
enum Version {
    Number(u32),
    Text(String),
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

struct ComposeText(Minor);

impl<'de> Deserialize<'de> for ComposeText {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let wanted = "a Compose version is a text in quotes such as \"2.36\"";
        version(input, wanted).map(Self)
    }
}

struct KubernetesText(Minor);

impl<'de> Deserialize<'de> for KubernetesText {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let wanted = "a Kubernetes version is a text in quotes such as \"1.31\"";
        version(input, wanted).map(Self)
    }
}

/// A version in quotes: a bare 2.40 is the number 2.4.
fn version<'de, D: serde::Deserializer<'de>>(input: D, wanted: &str) -> Result<Minor, D::Error> {
    let text = match serde_yaml::Value::deserialize(input)? {
        serde_yaml::Value::String(text) => text,
        serde_yaml::Value::Number(number) if number.is_u64() => number.to_string(),
        _ => return Err(D::Error::custom(wanted)),
    };
    let version = Minor::parse(&text);
    version.ok_or_else(|| D::Error::custom(format!("{wanted}, not `{text}`")))
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
pub(super) fn scalar<'de, D: serde::Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    match serde_yaml::Value::deserialize(input)? {
        serde_yaml::Value::String(text) => Ok(text),
        serde_yaml::Value::Number(number) => Ok(number.to_string()),
        _ => Err(D::Error::custom("a number or a text is expected here")),
    }
}

/// Lays a text below settings.
pub(super) fn lay(config: Config, text: &str, frame: Frame<'_>) -> Result<Config, String> {
    let file: File = match serde_yaml::from_str::<Option<File>>(text) {
        Ok(file) => file.unwrap_or_default(),
        Err(error) => return Err(told(&error)),
    };
    let checker = Checker { text, frame };
    checker.names(&file)?;
    let ignores = checker.ignores(&file.ignores)?;
    checker.images(&file.images)?;
    Ok(merged(config, file, ignores, checker.keys()))
}

/// What is set already stays; lists of what is not wanted add up.
fn merged(
    mut config: Config,
    file: File,
    ignores: Vec<Ignore>,
    written: Vec<&'static str>,
) -> Config {
    let names = |list: Vec<RuleName>| list.into_iter().map(|it| it.0);
    let asked = config.select.clone();
    if config.select.is_empty() {
        config.select.extend(names(file.select));
    }
    config.extend_select.extend(names(file.extend_select));
    let ignored = names(file.ignore).filter(|it| !asked.contains(it));
    config.ignore.extend(ignored);
    if file.pedantic {
        config.persona = Persona::Pedantic;
    }
    config.fail_on = config.fail_on.or(file.fail_on.map(Level::severity));
    let severity = file.severity.into_iter();
    config
        .severity
        .extend(severity.map(|(rule, it)| (rule.0, it.severity())));
    config.ignores.extend(ignores);
    if let Some(engine) = file.target.engine {
        config.engine = engine.0;
    }
    config.compose = file.target.compose.map(|it| it.0).or(config.compose);
    let kubernetes = file.target.kubernetes.map(|it| it.0);
    config.kubernetes = kubernetes.or(config.kubernetes);
    config.options = file.rules.over(config.options);
    config.swarm |= file.target.swarm;
    config.podman |= file.target.podman;
    config.images.extend(file.images);
    for (name, Seconds(time)) in file.boot {
        config.boot.insert(name, time);
    }
    config.written.extend(written);
    config
}

/// The keys at the top, in the order in which they are shown.
const KEYS: [&str; 11] = [
    "select",
    "extend-select",
    "ignore",
    "pedantic",
    "fail-on",
    "severity",
    "ignores",
    "rules",
    "target",
    "images",
    "boot",
];

/// One step into a text.
#[derive(Clone, Copy)]
enum Step<'s> {
    /// The value of a key.
    Value(&'s str),
    /// The key itself.
    Key(&'s str),
    /// An item.
    Item(usize),
}

/// Looks at what the types cannot say, with places.
struct Checker<'c> {
    text: &'c str,
    frame: Frame<'c>,
}

impl Checker<'_> {
    /// Every rule that is named exists.
    fn names(&self, file: &File) -> Result<(), String> {
        let lists = [
            ("select", &file.select),
            ("extend-select", &file.extend_select),
            ("ignore", &file.ignore),
        ];
        for (key, list) in lists {
            for (n, name) in list.iter().enumerate() {
                self.rule(name, &[Step::Value(key), Step::Item(n)])?;
            }
        }
        for name in file.severity.keys() {
            self.rule(name, &[Step::Value("severity"), Step::Key(&name.0)])?;
        }
        Ok(())
    }

    fn rule(&self, name: &RuleName, steps: &[Step<'_>]) -> Result<(), String> {
        if self.frame.rules.contains(&name.0.as_str()) {
            return Ok(());
        }
        let near = nearest(&name.0, self.frame.rules.iter().copied());
        let hint = near.map(|it| format!("; did you mean `{it}`?"));
        let hint = hint.unwrap_or_default();
        Err(self.at(steps, &format!("there is no rule `{}`{hint}", name.0)))
    }

    fn ignores(&self, list: &[IgnoreText]) -> Result<Vec<Ignore>, String> {
        let ignores = list.iter().enumerate();
        ignores.map(|(n, it)| self.ignore(n, it)).collect()
    }

    fn ignore(&self, n: usize, it: &IgnoreText) -> Result<Ignore, String> {
        let whole = [Step::Value("ignores"), Step::Item(n)];
        let part = |key| [whole[0], whole[1], Step::Value(key)];
        if let Some(rule) = &it.rule {
            self.rule(rule, &part("rule"))?;
        }
        if it.reason.trim().is_empty() {
            return Err(self.at(&part("reason"), "an ignore needs a reason"));
        }
        if it.path.is_none() && it.workload.is_none() && it.rule.is_none() {
            let problem = "an ignore needs a `path`, a `workload` or a `rule`";
            return Err(self.at(&whole, problem));
        }
        let until = it.until.as_deref().map(|text| {
            let problem = || format!("`{text}` is no day such as 2026-12-31");
            Date::parse(text).ok_or_else(|| self.at(&part("until"), &problem()))
        });
        let path = it.path.as_deref().map(|text| {
            let paths = Paths::parse(text, self.frame.folder);
            paths.map_err(|problem| self.at(&part("path"), &problem))
        });
        let place = self
            .place(&whole)
            .map_or_else(String::new, |it| format!(":{it}"));
        Ok(Ignore {
            path: path.transpose()?,
            workload: it.workload.clone(),
            rule: it.rule.as_ref().map(|it| it.0.clone()),
            reason: it.reason.trim().to_owned(),
            until: until.transpose()?,
            place: format!("{}{place}", self.frame.shown),
        })
    }

    fn images(&self, images: &[Override]) -> Result<(), String> {
        for (n, it) in images.iter().enumerate() {
            if let Some(problem) = it.problem() {
                return Err(self.at(&[Step::Value("images"), Step::Item(n)], &problem));
            }
        }
        Ok(())
    }

    /// The keys that are written.
    fn keys(&self) -> Vec<&'static str> {
        let (tree, _) = yaml::parse(self.text);
        let root = tree.roots(self.text).next();
        let is_there = |key: &&str| root.is_some_and(|it| it.get(key).is_some());
        KEYS.into_iter().filter(is_there).collect()
    }

    /// A problem with its place before it.
    fn at(&self, steps: &[Step<'_>], problem: &str) -> String {
        match self.place(steps) {
            Some(place) => format!("{place}: {problem}"),
            None => problem.to_owned(),
        }
    }

    /// `LINE:COLUMN` of the last step that leads anywhere.
    fn place(&self, steps: &[Step<'_>]) -> Option<String> {
        let (tree, _) = yaml::parse(self.text);
        let mut node = tree.roots(self.text).next()?;
        for step in steps {
            let Some(next) = follow(node.resolved(), *step) else {
                break;
            };
            node = next;
        }
        let Span { start, .. } = node.span();
        let at = Source::new(PathBuf::new(), self.text).position(start);
        Some(format!("{}:{}", at.line, at.column))
    }
}

fn follow<'t>(node: NodeRef<'t>, step: Step<'_>) -> Option<NodeRef<'t>> {
    match step {
        Step::Value(key) => node.get(key),
        Step::Key(key) => {
            let mut entries = node.entries();
            entries.find_map(|(it, _)| (it.text() == key).then_some(it))
        }
        Step::Item(n) => node.items().nth(n),
    }
}

/// A reader's error as `LINE:COLUMN: what is wrong`.
fn told(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let Some(place) = error.location() else {
        return reworded(&text);
    };
    let (line, column) = (place.line(), place.column());
    let tail = format!(" at line {line} column {column}");
    let text = text.strip_suffix(&tail).unwrap_or(&text);
    format!("{line}:{column}: {}", reworded(text))
}

/// What serde says of an unknown key or word, with the one that may be meant.
fn reworded(text: &str) -> String {
    let kinds = [
        ("unknown field `", "there is no key"),
        ("unknown variant `", "there is no value"),
    ];
    for (start, fact) in kinds {
        let Some((before, rest)) = text.split_once(start) else {
            continue;
        };
        let Some((name, expected)) = rest.split_once("`, expected ") else {
            continue;
        };
        let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("; did you mean `{near}`?"),
            None if known.is_empty() => String::new(),
            None => format!("; there are: {}", known.join(", ")),
        };
        return format!("{before}{fact} `{name}`{hint}");
    }
    text.to_owned()
}
