//! From a merged service to a workload.
//!
//! Owns how each key becomes a typed value with its position. Must not know
//! how the model was merged.

use std::path::Path;
use std::sync::Arc;

use super::healthcheck::{self, word};
use super::interpolate::Env;
use super::load::{Loader, Scope, join};
use super::locate::note_bad_env_file;
use super::refusal::{Class, Refusal};
use super::{build, cast, depends, dotenv, ports, volumes, words};
use crate::model::workload::{
    Command, EnvVar, Form, Gap, GapKind, Hook, Restart, Text, Value as TextValue, Workload,
};
use crate::source::{At, Span, Spanned, offset};
use crate::yaml::{Data, Entry, Flags, Value};

/// Builds the workload of one entry under `services`.
pub(super) fn workload(
    loader: &mut Loader<'_>,
    entry: &Entry,
    scope: &Scope,
    profiles: &[Text],
    layers: Vec<At>,
) -> Workload {
    let service = &entry.value;
    let before = loader.refusals.len();
    let environment = environment(loader, service, scope);
    replica_refusals(service, &mut loader.refusals);
    let found = loader.refusals.split_off(before);
    let mut workload = build_workload(entry, &scope.dir, layers, &mut loader.refusals);
    workload.environment = environment;
    if let Some(build) = &mut workload.build {
        build::read_dockerfile(loader, build, service.get("build"));
    }
    // Only of a service that starts does the loader look at these.
    if workload.is_active(profiles) {
        loader.refusals.extend(found);
    }
    workload
}

/// Everything but the environment, which needs files.
fn build_workload(
    entry: &Entry,
    dir: &Path,
    layers: Vec<At>,
    refusals: &mut Vec<Refusal>,
) -> Workload {
    let service = &entry.value;
    let text = |key: &str| service.get(key).and_then(spanned_text);
    Workload {
        name: Spanned::new(
            entry.key.clone(),
            layers.first().copied().unwrap_or(entry.key_at),
        ),
        image: service.get("image").filter(|it| !it.is_null()).map(word),
        build: service
            .entry("build")
            .filter(|it| !it.value.is_null())
            .map(|entry| build::build(entry, dir)),
        entrypoint: service
            .get("entrypoint")
            .and_then(|it| command(it, refusals)),
        command: service.get("command").and_then(|it| command(it, refusals)),
        environment: Vec::new(),
        healthcheck: service
            .entry("healthcheck")
            .filter(|it| it.value.as_map().is_some())
            .map(|entry| healthcheck::read(entry, refusals)),
        depends_on: depends::read(service, refusals),
        restart: restart(service),
        ports: ports::read(slice(service, "ports"), refusals),
        expose: texts_once(service, "expose"),
        profiles: texts_once(service, "profiles"),
        replicas: replicas(service),
        network_mode: text("network_mode"),
        aliases: aliases(service),
        volumes: volumes::read(slice(service, "volumes"), dir, refusals),
        provider: service
            .get("provider")
            .and_then(|it| it.get("type"))
            .and_then(spanned_text),
        pre_start: hooks(service, "pre_start", refusals),
        post_start: hooks(service, "post_start", refusals),
        labels: labels(service),
        layers,
        other_keys: other_keys(service),
    }
}

/// The list under a key; nothing if there is none.
fn slice<'v>(service: &'v Value, key: &str) -> &'v [Value] {
    service
        .get(key)
        .and_then(Value::as_seq)
        .map_or(&[], Vec::as_slice)
}

/// The texts of a list; the last of several equal ones stands for all, at the
/// place of the first.
fn texts_once(service: &Value, key: &str) -> Vec<Spanned<Text>> {
    let mut texts: Vec<Spanned<Text>> = Vec::new();
    for text in items(service, key).filter_map(spanned_text) {
        match texts.iter_mut().find(|other| other.value == text.value) {
            Some(other) => *other = text,
            None => texts.push(text),
        }
    }
    texts
}

fn items<'v>(service: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    service
        .get(key)
        .and_then(Value::as_seq)
        .into_iter()
        .flatten()
}

pub(super) fn spanned_text(value: &Value) -> Option<Spanned<Text>> {
    Some(Spanned::new(value.to_text()?, word(value).at))
}

/// A string is split the way the loader splits it; a list is taken as it is.
pub(super) fn command(value: &Value, refusals: &mut Vec<Refusal>) -> Option<Spanned<Command>> {
    let command = match &value.data {
        Data::Str(text) => split(value, text, refusals),
        Data::Seq(items) => Command {
            words: items.iter().map(word).collect(),
            form: Form::List,
            cut: None,
        },
        _ => return None,
    };
    Some(Spanned::new(command, value.at))
}

fn split(value: &Value, text: &str, refusals: &mut Vec<Refusal>) -> Command {
    let at = |range: std::ops::Range<usize>| match value.content {
        u32::MAX => value.at,
        start => At::new(
            value.at.file,
            Span::new(start + offset(range.start), start + offset(range.end)),
        ),
    };
    let make = |text: &str, range: std::ops::Range<usize>| {
        let text = TextValue {
            text: text.into(),
            interpolated: value.flags.has(Flags::INTERPOLATED),
            unknown: value.flags.has(Flags::UNKNOWN),
        };
        Spanned::new(text, at(range))
    };
    // The loader refuses what cannot be split; the text as one word keeps what
    // evidence there is.
    let split = match words::split_all(text) {
        Ok(split) => split,
        Err(error) => {
            if !value.flags.has(Flags::UNKNOWN) {
                let place = at(error.offset..error.offset + 1);
                let message = "this command cannot be split into words";
                refusals.push(Refusal::new(Class::Shape, Some(place), message));
            }
            return Command {
                words: vec![make(text, 0..text.len())],
                form: Form::String,
                cut: None,
            };
        }
    };
    let words = split.words.into_iter();
    Command {
        words: words.map(|(text, range)| make(&text, range)).collect(),
        form: Form::String,
        cut: split.cut.map(|cut| at(cut..cut + 1)),
    }
}

/// `env_file`s in order, then `environment` over them; sorted by name. A name
/// without a value is looked up in the project's variables.
fn environment(loader: &mut Loader<'_>, service: &Value, scope: &Scope) -> Vec<EnvVar> {
    let mut vars: Vec<EnvVar> = Vec::new();
    let own = plain_pairs(service.get("environment"));
    for item in env_files(service) {
        read_env_file(loader, item, scope, &own, &mut vars);
    }
    for mut var in own {
        if var.value.is_none()
            && let Some(value) = scope.env.get(&var.name.value)
        {
            let value = TextValue {
                text: value.into(),
                interpolated: true,
                unknown: false,
            };
            var.value = Some(Spanned::new(value, var.name.at));
        }
        put(&mut vars, var);
    }
    vars.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    vars
}

/// The items of `env_file`; the last of several with one path stands for all,
/// at the place of the first.
fn env_files(service: &Value) -> Vec<&Value> {
    let path = |item: &Value| item.get("path").and_then(Value::as_str).cloned();
    let mut files: Vec<&Value> = Vec::new();
    for item in items(service, "env_file") {
        match files.iter_mut().find(|other| path(other) == path(item)) {
            Some(other) => *other = item,
            None => files.push(item),
        }
    }
    files
}

fn put(vars: &mut Vec<EnvVar>, var: EnvVar) {
    match vars
        .iter_mut()
        .find(|other| other.name.value == var.name.value)
    {
        Some(other) => *other = var,
        None => vars.push(var),
    }
}

fn read_env_file(
    loader: &mut Loader<'_>,
    item: &Value,
    scope: &Scope,
    own: &[EnvVar],
    vars: &mut Vec<EnvVar>,
) {
    let Some(path) = item.get("path") else { return };
    let Some(text) = path.as_str() else { return };
    if path.flags.has(Flags::UNKNOWN) {
        let reason =
            "the path of an environment file depends on a variable without a value".to_owned();
        return loader.gaps.push(Gap {
            at: Some(path.at),
            reason,
            kind: GapKind::Values,
        });
    }
    let (env, target) = (&scope.env, join(&scope.dir, text));
    if !loader.reader.is_file(&target) {
        let reason = format!("`{}` is not there", loader.shown(&target).display());
        let required = item.get("required").and_then(Value::to_text);
        if required.is_none_or(|it| cast::to_bool(&it) != Some(false)) {
            let refusal = Refusal::new(Class::NotFound, Some(path.at), reason.as_str());
            loader.refusals.push(refusal);
        }
        return loader.gaps.push(Gap {
            at: Some(path.at),
            reason,
            kind: GapKind::Values,
        });
    }
    let file = match loader.text(&target) {
        Ok(file) => file,
        Err(reason) => {
            return loader.gaps.push(Gap {
                at: Some(path.at),
                reason,
                kind: GapKind::Values,
            });
        }
    };
    let source = loader.sources.shared(file);
    let lookup = |name: &str| {
        let own = || {
            own.iter()
                .find(|var| var.name.value.as_ref() == name)?
                .value
                .as_ref()
        };
        env.get(name)
            .map(str::to_owned)
            .or_else(|| own().map(|it| it.value.text.to_string()))
    };
    let before: Env = vars
        .iter()
        .filter_map(|var| {
            Some((
                var.name.value.to_string(),
                var.value.as_ref()?.value.text.to_string(),
            ))
        })
        .collect();
    let parsed = match item
        .get("format")
        .and_then(Value::as_str)
        .map(|it| it.as_ref())
    {
        Some("raw") => raw_lines(source.text()),
        _ => dotenv::parse_after(source.text(), &lookup, &before),
    };
    if let Some(error) = &parsed.error {
        note_bad_env_file(loader, file, error);
    }
    for (name, var) in parsed.vars {
        let place = |range: &std::ops::Range<usize>| {
            At::new(file, Span::new(offset(range.start), offset(range.end)))
        };
        let written = source.text().get(var.written.clone()).unwrap_or("");
        let value = TextValue {
            text: var.value.as_str().into(),
            interpolated: written.contains('$'),
            unknown: false,
        };
        put(
            vars,
            EnvVar {
                name: Spanned::new(name.into(), place(&var.key)),
                value: Some(Spanned::new(value, place(&var.written))),
            },
        );
    }
}

/// `format: raw`: every line is taken as it stands.
fn raw_lines(text: &str) -> dotenv::Dotenv {
    let mut parsed = dotenv::Dotenv::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let from = start;
        start += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        let Some(equals) = line
            .find('=')
            .filter(|_| !line.trim_start().starts_with('#'))
        else {
            continue;
        };
        let var = dotenv::Var {
            value: line[equals + 1..].to_owned(),
            key: from..from + equals,
            written: from + equals + 1..from + line.len(),
        };
        parsed.vars.insert(line[..equals].to_owned(), var);
    }
    parsed
}

pub(super) fn plain_pairs(value: Option<&Value>) -> Vec<EnvVar> {
    let entries = value.and_then(Value::as_map).into_iter().flatten();
    let var = |entry: &Entry| EnvVar {
        name: Spanned::new(entry.key.clone(), entry.key_at),
        value: (!entry.value.is_null()).then(|| word(&entry.value)),
    };
    entries.map(var).collect()
}

/// A label without a value has an empty one.
fn labels(service: &Value) -> Vec<EnvVar> {
    let mut labels = plain_pairs(service.get("labels"));
    for label in &mut labels {
        let empty = || {
            let value = TextValue {
                text: "".into(),
                interpolated: false,
                unknown: false,
            };
            Spanned::new(value, label.name.at)
        };
        label.value.get_or_insert_with(empty);
    }
    labels.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    labels
}

/// `restart`, else what `deploy.restart_policy` says (only Swarm reads that).
fn restart(service: &Value) -> Option<Spanned<Restart>> {
    let value = service.get("restart")?;
    let text = value.to_text()?;
    let restart = match text.as_ref() {
        _ if value.flags.has(Flags::UNKNOWN) => Restart::Unknown,
        // A bare `no` is a boolean to older readers and text to this one.
        "no" | "false" | "" => Restart::No,
        "always" => Restart::Always,
        "unless-stopped" => Restart::UnlessStopped,
        "on-failure" => Restart::OnFailure(None),
        other => match other
            .strip_prefix("on-failure:")
            .and_then(|limit| limit.parse().ok())
        {
            Some(limit) => Restart::OnFailure(Some(limit)),
            None => Restart::Unknown,
        },
    };
    Some(Spanned::new(restart, value.at))
}

fn replicas(service: &Value) -> Option<Spanned<u32>> {
    let value = service
        .get("scale")
        .or_else(|| service.get("deploy")?.get("replicas"))?;
    let count = cast::to_int(&value.to_text()?)?;
    Some(Spanned::new(u32::try_from(count).ok()?, value.at))
}

/// `scale` and `deploy.replicas` must agree, and neither may be negative.
fn replica_refusals(service: &Value, refusals: &mut Vec<Refusal>) {
    let scale = service.get("scale");
    let replicas = service.get("deploy").and_then(|it| it.get("replicas"));
    let count = |value: &Value| cast::to_int(&value.to_text()?);
    if let (Some(scale), Some(replicas)) = (scale, replicas)
        && let (Some(one), Some(other)) = (count(scale), count(replicas))
        && one != other
    {
        let message = format!("`scale` says {one} and `deploy.replicas` says {other}");
        let mut refusal = Refusal::new(Class::Invalid, Some(scale.at), message);
        refusal.related = Some((replicas.at, "the other number".to_owned()));
        refusals.push(refusal);
    }
    for value in [scale, replicas].into_iter().flatten() {
        if count(value).is_some_and(|it| it < 0) {
            let message = "a number of replicas cannot be negative";
            refusals.push(Refusal::new(Class::Invalid, Some(value.at), message));
        }
    }
}

fn aliases(service: &Value) -> Vec<Spanned<Text>> {
    let mut names: Vec<_> = ["hostname", "container_name"]
        .iter()
        .filter_map(|key| service.get(key).and_then(spanned_text))
        .collect();
    for network in service
        .get("networks")
        .and_then(Value::as_map)
        .into_iter()
        .flatten()
    {
        names.extend(items(&network.value, "aliases").filter_map(spanned_text));
    }
    names
}

fn hooks(service: &Value, key: &str, refusals: &mut Vec<Refusal>) -> Vec<Hook> {
    let hook = |value: &Value| Hook {
        at: value.at,
        command: value
            .get("command")
            .and_then(|it| command(it, refusals))
            .map(|it| it.value),
    };
    items(service, key).map(hook).collect()
}

/// Keys that only count by being there, sorted.
fn other_keys(service: &Value) -> Vec<Spanned<Arc<str>>> {
    const KEPT: [&str; 13] = [
        "container_name",
        "deploy",
        "hostname",
        "init",
        "networks",
        "pid",
        "privileged",
        "read_only",
        "stdin_open",
        "stop_grace_period",
        "tty",
        "user",
        "working_dir",
    ];
    let entries = service.as_map().into_iter().flatten();
    let mut keys: Vec<_> = entries
        .filter(|entry| KEPT.contains(&entry.key.as_ref()))
        .map(|entry| Spanned::new(entry.key.clone(), entry.key_at))
        .collect();
    keys.sort_by(|a, b| a.value.cmp(&b.value));
    keys
}
