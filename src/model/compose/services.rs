//! From a merged service to a workload.
//!
//! Owns how each key becomes a typed value with its position. Must not know
//! how the model was merged.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::environment::{self, plain_pairs};
use super::healthcheck::{self, word};
use super::load::{Loader, Scope};
use super::refusal::{Class, Refusal};
use super::{build, cast, depends, mounted, own_config, ports, scripts, volumes, words};
use crate::model::workload::{
    Command, EnvVar, Form, Hook, Restart, Text, Value as TextValue, Workload,
};
use crate::source::{At, Span, Spanned, offset};
use crate::yaml::{Data, Entry, Flags, Value};

/// Builds the workload of one entry under `services`.
pub(super) fn workload(
    loader: &mut Loader<'_>,
    entry: &Entry,
    model: &Value,
    scope: &Scope,
    profiles: &[Text],
    layers: Vec<At>,
) -> Workload {
    let service = &entry.value;
    let before = loader.refusals.len();
    let environment = environment::read(loader, service, scope);
    replica_refusals(service, &mut loader.refusals);
    let found = loader.refusals.split_off(before);
    let mut workload = build_workload(entry, &scope.dir, layers, &mut loader.refusals);
    workload.environment = environment;
    if let Some(build) = &mut workload.build {
        build::read_dockerfile(loader, build, service.get("build"));
    }
    mounted::read(loader, &mut workload, service, model, scope);
    workload.config_files = own_config::read(loader, &workload, service, model, scope);
    workload.scripts = scripts::read(loader, &workload, service, scope);
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
            layers.last().copied().unwrap_or(entry.key_at),
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
        mounted: Vec::new(),
        config_files: Vec::new(),
        scripts: Vec::new(),
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
    let texts = items(service, key).filter_map(spanned_text);
    let once: IndexMap<Text, Spanned<Text>> =
        texts.map(|text| (text.value.clone(), text)).collect();
    once.into_values().collect()
}

pub(super) fn items<'v>(service: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
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

/// `restart`; where only `deploy.restart_policy` stands, nothing is claimed.
fn restart(service: &Value) -> Option<Spanned<Restart>> {
    let Some(value) = service.get("restart") else {
        let policy = service.get("deploy")?.get("restart_policy")?;
        return Some(Spanned::new(Restart::Unknown, policy.at));
    };
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
    names.retain(|name| !name.value.is_empty());
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
    const KEPT: [&str; 15] = [
        "container_name",
        "deploy",
        "hostname",
        "init",
        "mem_limit",
        "mem_reservation",
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
    // Further down, under a name of its own: memory, not devices.
    let deploy = service.get("deploy");
    let resources = deploy.and_then(|it| it.entry("resources"));
    let bounds = |kind: &str| resources.and_then(|it| it.value.get(kind)?.get("memory"));
    if let Some(entry) = resources.filter(|_| bounds("limits").or(bounds("reservations")).is_some())
    {
        keys.push(Spanned::new("deploy.resources".into(), entry.key_at));
    }
    keys.sort_by(|a, b| a.value.cmp(&b.value));
    keys
}
