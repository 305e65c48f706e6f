//! Service containers of jobs: what a workflow of GitHub starts before its steps.
//!
//! Owns how `jobs.<job>.services` becomes workloads. GitHub's runner hands
//! `options` to `docker create`. Once all are started it asks each that has a
//! healthcheck until it is healthy, at once and then after pauses that double from
//! 2 to 32 s, and the others not at all (actions/runner at 258d6c8,
//! `ContainerOperationProvider.cs`). Other forges' runners are not known to, so
//! their workflows have none. Must not judge any of it.

use std::path::Path;
use std::sync::Arc;

use super::options::{self, Flags};
use super::yaml_text::text;
use crate::model::compose::Resolved;
use crate::model::workload::{EnvVar, Port, Stack, Text, Value, Volume, Workload};
use crate::source::{At, FileId, Reader, Source, Spanned};
use crate::yaml::{self, Kind, NodeRef};

/// What a workflow says of its service containers.
#[derive(Default)]
pub struct Workflow {
    /// The jobs that have any, in the order of the file.
    pub jobs: Vec<Job>,
    /// What is told of each workload of the stack, by its index.
    pub services: Vec<Service>,
}

/// A job with service containers.
pub struct Job {
    /// Its key.
    pub name: Text,
    /// The `run` of its first step that has one.
    pub first: At,
    /// Something in its steps looks like a wait of its own.
    pub waits: bool,
    /// Its steps run in a container, which reaches the others by their names.
    pub container: bool,
}

/// A service container, beside its workload.
pub struct Service {
    /// The index of its job.
    pub job: usize,
    /// Its key; the workload is called after the job too.
    pub name: Text,
    /// The value of `options`.
    pub options: Option<At>,
}

/// Reads a workflow. Never fails: what cannot be read starts nothing.
pub fn resolve(path: &Path, reader: &dyn Reader, shown_from: &Path) -> (Resolved, Workflow) {
    let name = path.file_stem().unwrap_or_default();
    let mut resolved = Resolved::of(Stack {
        name: name.to_string_lossy().into_owned(),
        dir: path.parent().unwrap_or(Path::new("")).to_owned(),
        ..Stack::default()
    });
    let mut workflow = Workflow::default();
    let bytes = reader.read(path).unwrap_or_default();
    let Ok(text) = String::from_utf8(bytes) else {
        return (resolved, workflow);
    };
    let (tree, troubles) = yaml::parse(&text);
    let shown = path.strip_prefix(shown_from).unwrap_or(path);
    let source = Arc::new(Source::new(shown.to_owned(), text));
    let file = resolved.sources.add(source.clone());
    if let Some(root) = tree
        .roots(source.text())
        .next()
        .filter(|_| troubles.is_empty())
    {
        (resolved.stack.workloads, workflow) = read(file, source.text(), root);
    }
    resolved.trees.insert(file, Arc::new(tree));
    resolved.files.push(file);
    resolved.paths.push(shown.to_owned());
    (resolved, workflow)
}

/// The service containers by job and name, and what is told of them.
fn read(file: FileId, text: &str, root: NodeRef<'_>) -> (Vec<Workload>, Workflow) {
    let mut jobs = Vec::new();
    let mut all: Vec<(Workload, Service)> = Vec::new();
    let entries = root.get("jobs").into_iter().flat_map(NodeRef::entries);
    for (key, node) in entries {
        let Some(services) = node.get("services").filter(|it| it.kind() == Kind::Mapping) else {
            continue;
        };
        let Some(job) = job(file, key, node) else {
            continue;
        };
        let of_job = services.entries();
        all.extend(of_job.filter_map(|(name, service)| {
            let job = (jobs.len(), key.text());
            container(file, text, job, (name, service))
        }));
        jobs.push(job);
    }
    all.sort_by(|a, b| a.0.name.value.cmp(&b.0.name.value));
    let (workloads, services) = all.into_iter().unzip();
    (workloads, Workflow { jobs, services })
}

fn job(file: FileId, key: NodeRef<'_>, node: NodeRef<'_>) -> Option<Job> {
    let steps = node.get("steps")?;
    let runs = |step: NodeRef<'_>| {
        let mut entries = step.entries();
        let (key, _) = entries.find(|(key, _)| key.text() == "run")?;
        Some(At::new(file, key.span()))
    };
    let said = ["name", "run", "uses"];
    let mut texts = steps
        .items()
        .flat_map(|step| said.map(|key| text(step, key)));
    let waits = texts.any(|it| it.is_some_and(waits));
    Some(Job {
        name: key.text().into(),
        first: steps.items().find_map(runs)?,
        waits,
        container: node.get("container").is_some(),
    })
}

/// Whether a step may wait for a server. A text that only looks like it is taken
/// for one: whoever knows of the race has seen to it.
fn waits(step: &str) -> bool {
    const SIGNS: [&str; 11] = [
        "wait",
        "until ",
        "sleep",
        "retry",
        "retries",
        "ready",
        "health",
        "ping",
        "nc -",
        "dockerize",
        "timeout ",
    ];
    let lower = step.to_ascii_lowercase();
    SIGNS.iter().any(|it| lower.contains(it))
}

fn container(
    file: FileId,
    text: &str,
    (job, job_name): (usize, &str),
    (key, node): (NodeRef<'_>, NodeRef<'_>),
) -> Option<(Workload, Service)> {
    let image = node.get("image").filter(|it| it.kind() == Kind::Scalar)?;
    // An empty image switches the service off.
    if node.kind() != Kind::Mapping || image.text().trim().is_empty() {
        return None;
    }
    let options = node.get("options");
    let flags = match options {
        None => Some(Flags::default()),
        Some(it) => options::read(file, text, it),
    };
    let other = ["command", "entrypoint"]
        .iter()
        .any(|it| node.get(it).is_some());
    let told = !other && flags.as_ref().is_some_and(|it| !it.replaces_command);
    let flags = flags.unwrap_or_default();
    let mut image = value(file, image);
    image.value.unknown |= !told;
    let name: Text = format!("{job_name}/{}", key.text()).into();
    let at = At::new(file, key.span());
    let mut workload = Workload::named(Spanned::new(name, at));
    workload.layers = vec![at];
    workload.image = Some(image);
    workload.environment = flags.environment;
    let env = node.get("env").into_iter().flat_map(NodeRef::entries);
    // The runner writes `env` behind `options`.
    for (key, node) in env {
        let name: Text = key.text().into();
        workload.environment.retain(|it| it.name.value != name);
        workload.environment.push(EnvVar {
            name: Spanned::new(name, At::new(file, key.span())),
            value: (node.kind() == Kind::Scalar).then(|| value(file, node)),
        });
    }
    let by_name = |a: &EnvVar, b: &EnvVar| a.name.value.cmp(&b.name.value);
    workload.environment.sort_by(by_name);
    let items = |key: &str| node.get(key).into_iter().flat_map(NodeRef::items);
    workload.ports = items("ports").map(|it| port(file, it)).collect();
    workload.volumes = flags.volumes;
    let mounts = items("volumes").filter_map(|it| volume(it.text(), At::new(file, it.span())));
    workload.volumes.extend(mounts);
    workload.healthcheck = flags.healthcheck;
    let service = Service {
        job,
        name: key.text().into(),
        options: options.map(|it| At::new(file, it.span())),
    };
    Some((workload, service))
}

/// A scalar; an expression of GitHub's is not known.
fn value(file: FileId, node: NodeRef<'_>) -> Spanned<Value> {
    let value = Value {
        text: node.text().into(),
        interpolated: false,
        unknown: node.text().contains("${{"),
    };
    Spanned::new(value, At::new(file, node.span()))
}

/// `5432`, `5432:5432`, `5432/tcp`.
fn port(file: FileId, node: NodeRef<'_>) -> Port {
    let text = node.text().split('/').next().unwrap_or("");
    let (published, target) = match text.rsplit_once(':') {
        Some((host, inside)) => (
            host.rsplit(':').next().and_then(|it| it.parse().ok()),
            inside,
        ),
        None => (None, text),
    };
    Port {
        at: At::new(file, node.span()),
        target: target.parse().ok(),
        published,
    }
}

/// `source:target`, or only a target.
pub(super) fn volume(text: &str, at: At) -> Option<Volume> {
    let mut parts = text.split(':');
    let (source, target) = match (parts.next(), parts.next()) {
        (Some(source), Some(target)) => (Some(source.into()), target),
        (Some(target), None) => (None, target),
        _ => return None,
    };
    Some(Volume {
        at,
        source,
        target: target.into(),
    })
}
