//! `config`: the settings in force and where each comes from.
//!
//! Owns the wording. Must not read or judge a setting.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::adoption::ConfigArgs;
use super::args::InputArgs;
use super::settings::{self, Settings};
use super::{Exit, Io};
use crate::config::{Config, Engine, Persona, ignores::Ignore, options::Options};
use crate::discover;
use crate::render::{self, redact};
use crate::words::written;

pub(super) fn run(args: &ConfigArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    let input = InputArgs {
        config: args.config.clone(),
        ..InputArgs::default()
    };
    let base = Config {
        today: io.today,
        dir: io.dir.clone(),
        ..Config::default()
    };
    let path = args.path.as_deref().unwrap_or(Path::new(""));
    let path = discover::clean(&io.dir.join(path));
    if !path.exists() {
        let shown = settings::shown(&path, &io.dir);
        let shown = redact::message(&shown);
        writeln!(io.err, "error: {shown}: there is no such file")?;
        return Ok(Exit::Failure);
    }
    let folder = if path.is_dir() {
        path.as_path()
    } else {
        path.parent().unwrap_or(&path)
    };
    let mut settings = Settings::new(&input, &base, &io.dir)?;
    settings.look(folder)?;
    let config = settings.of(folder);
    let files = settings.files(folder);
    let file = files
        .iter()
        .find(|it| !it.ends_with(settings::BASELINE_NAME));
    let from = file.map(|it| settings::shown(it, &io.dir));
    let mut text = String::new();
    for (key, value) in lines(config) {
        let origin = match &from {
            Some(file) if config.written.contains(key) => file,
            _ => "default",
        };
        text.push_str(&format!("{key}: {value}  # {origin}\n"));
    }
    text.push_str(&accepted(config, &files, &io.dir));
    io.out.write_all(text.as_bytes())?;
    for (place, day) in settings.ended() {
        writeln!(io.err, "note: {place}: this ignore ended on {day}")?;
    }
    Ok(Exit::Clean)
}

/// The baseline is a file, not a setting.
fn accepted(config: &Config, files: &[&Path], dir: &Path) -> String {
    let file = files
        .iter()
        .find(|it| it.ends_with(settings::BASELINE_NAME));
    let Some((file, baseline)) = file.zip(config.baseline.as_ref()) else {
        return "# no baseline\n".to_owned();
    };
    let shown = settings::shown(file, dir);
    let count = render::count(baseline.len(), "finding");
    format!("# baseline: {shown}, {count} accepted\n")
}

/// Every key with its value as YAML on one line.
fn lines(config: &Config) -> Vec<(&'static str, String)> {
    let severity = config.severity.iter();
    let boot = config.boot.iter();
    let ignores = config.ignores.iter().map(ignore);
    let images = config.images.iter().map(|it| quoted(&it.pattern));
    vec![
        ("select", list(config.select.iter().cloned())),
        ("extend-select", list(config.extend_select.iter().cloned())),
        ("ignore", list(config.ignore.iter().cloned())),
        (
            "pedantic",
            (config.persona == Persona::Pedantic).to_string(),
        ),
        ("fail-on", config.gate().as_str().to_owned()),
        (
            "severity",
            map(severity.map(|(rule, it)| (rule.clone(), it.as_str().to_owned()))),
        ),
        ("ignores", list(ignores)),
        ("rules", options(&config.options)),
        ("target", target(config)),
        (
            "images",
            list(images.map(|it| format!("{{pattern: {it}}}"))),
        ),
        (
            "boot",
            map(boot.map(|(name, it)| (quoted(name), written(*it)))),
        ),
    ]
}

/// The limits of rules, each of which has one.
fn options(options: &Options) -> String {
    let delay = Duration::from_secs(u64::try_from(options.delay).unwrap_or(0));
    let limits = [
        ("slow-first-probe", "worth", written(options.worth)),
        ("sleep-as-probe", "delay", written(delay)),
        (
            "short-readiness-window",
            "margin",
            options.margin.to_string(),
        ),
    ];
    map(limits
        .into_iter()
        .map(|(rule, name, value)| (rule.to_owned(), format!("{{{name}: {value}}}"))))
}

fn target(config: &Config) -> String {
    let engine = match config.engine {
        Engine::V24 => "24",
        Engine::V25 => "25",
        Engine::V27 => "27",
    };
    let mut parts = vec![("engine".to_owned(), engine.to_owned())];
    let compose = config.compose;
    parts.extend(compose.map(|it| ("compose".to_owned(), format!("\"{}.{}\"", it.0, it.1))));
    parts.push(("swarm".to_owned(), config.swarm.to_string()));
    parts.extend(
        config
            .podman
            .then(|| ("podman".to_owned(), "true".to_owned())),
    );
    let kubernetes = config.kubernetes;
    parts.extend(kubernetes.map(|it| ("kubernetes".to_owned(), format!("\"{}.{}\"", it.0, it.1))));
    map(parts.into_iter())
}

fn ignore(it: &Ignore) -> String {
    let path = it.path.as_ref().map(|it| it.pattern.as_str());
    let parts = [
        ("path", path),
        ("workload", it.workload.as_deref()),
        ("rule", it.rule.as_deref()),
        ("reason", Some(it.reason.as_str())),
    ];
    let given = parts.into_iter().filter_map(|(key, value)| {
        let value = quoted(value?);
        Some((key.to_owned(), value))
    });
    let until = it.until.map(|day| ("until".to_owned(), day.to_string()));
    map(given.chain(until))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn map(entries: impl Iterator<Item = (String, String)>) -> String {
    let entries: Vec<String> = entries.map(|(key, it)| format!("{key}: {it}")).collect();
    format!("{{{}}}", entries.join(", "))
}

/// A text as YAML has it: bare where that is safe, else as JSON has it.
fn quoted(text: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_./".contains(it);
    let starts = text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '/');
    let is_word = !matches!(
        text,
        "true" | "false" | "null" | "yes" | "no" | "on" | "off"
    );
    if starts && is_word && text.chars().all(plain) {
        return text.to_owned();
    }
    serde_json::to_string(text).unwrap_or_default()
}
