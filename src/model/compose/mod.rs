//! Docker Compose: from files to workloads, the way Compose itself reads them.
//!
//! Owns what only Compose means. Must not know Kubernetes, rules or output,
//! and reads files only through the reader it is given.

/// Booleans and integers out of interpolated text.
pub mod cast;

mod build;

mod canonical;

/// What Compose refuses once profiles are chosen.
pub mod consistency;

mod depends;

/// Files of `NAME=value` lines.
pub mod dotenv;

/// Durations such as `1m30s`.
pub mod duration;

mod environment;

mod extends;

mod healthcheck;

mod include;

/// Variables in values: `${NAME:-default}` and its relatives.
pub mod interpolate;

mod load;

/// Which files make a project.
pub mod locate;

mod merge;

mod mounted;
mod own_config;

mod ports;

/// Why Compose would not load a project.
pub mod refusal;

mod reset;
mod scripts;

mod services;

mod shape;

mod variables;

mod volumes;

/// A command string as the words it becomes.
pub mod words;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::workload::{GapKind, Notice, Stack, Text, Workload};
use crate::source::{At, FileId, Reader, Sources};
use crate::yaml::{Tree, Value};
use interpolate::Env;
use load::{Loader, Scope};
pub use locate::{Request, Starter};
use refusal::{Class, Refusal};

/// A project with everything that was read to understand it.
pub struct Resolved {
    /// The merged project.
    pub stack: Stack,
    /// Every file read, environment files included.
    pub sources: Sources,
    /// The variables of the project: `.env` files, without those of includes.
    pub env: Env,
    /// The trees of the YAML files.
    pub trees: BTreeMap<FileId, Arc<Tree>>,
    /// The files that make the project, base first; empty if none was found.
    pub files: Vec<FileId>,
    /// Their paths, absolute; known even where a file could not be read.
    pub paths: Vec<PathBuf>,
    /// Why Compose would not load it.
    pub refusals: Vec<Refusal>,
    /// Files whose text could not be read to its end.
    pub broken: Vec<FileId>,
    /// Files of the project that could not be read at all, and why.
    pub unreadable: Vec<(PathBuf, String)>,
    /// Files of continuous integration that start the project; they are no part
    /// of what it means.
    pub starters: Vec<(FileId, Starter)>,
    /// Services that a file to be laid over these leads through a pooler.
    pub pooled: Vec<String>,
    /// Whether the files were found, and not named.
    pub discovered: bool,
}

impl Resolved {
    /// A stack of which no file has been read yet.
    pub fn of(stack: Stack) -> Self {
        Self {
            stack,
            sources: Sources::default(),
            env: Env::default(),
            trees: BTreeMap::new(),
            files: Vec::new(),
            paths: Vec::new(),
            refusals: Vec::new(),
            broken: Vec::new(),
            unreadable: Vec::new(),
            starters: Vec::new(),
            pooled: Vec::new(),
            discovered: false,
        }
    }

    /// Whether part of the project was out of sight.
    pub fn is_partial(&self) -> bool {
        let unseen = self
            .stack
            .gaps
            .iter()
            .any(|gap| gap.kind == GapKind::Services);
        unseen
            || !self.broken.is_empty()
            || !self.unreadable.is_empty()
            || !self.pieces().is_empty()
    }

    /// Services that say nothing about where their container comes from: in a
    /// file of its own that is a piece to be laid over another file.
    pub fn pieces(&self) -> Vec<Text> {
        let workloads = self.stack.workloads.iter().filter(|it| !it.has_origin());
        workloads.map(|it| it.name.value.clone()).collect()
    }
}

/// Reads a project. Never fails: what is wrong is in the result.
pub fn resolve(request: &Request, reader: &dyn Reader, shown_from: &Path) -> Resolved {
    let mut loader = Loader::new(reader, shown_from);
    let located = locate::locate(&mut loader, request);
    let mut env = located.env;
    let name = project_name(&mut loader, &located.files, &located.dir, &env);
    check_project_name(&mut loader, &env);
    env.set("COMPOSE_PROJECT_NAME", name.as_str());
    let scope = Scope {
        dir: located.dir,
        env,
    };
    let model = loader.model(&located.files, &scope, &[]);
    if model.as_map().is_some_and(Vec::is_empty)
        && loader.refusals.is_empty()
        && !located.files.is_empty()
    {
        let message = "the Compose files hold nothing";
        loader
            .refusals
            .push(Refusal::new(Class::Empty, None, message));
    }
    let workloads = workloads(&mut loader, &model, &scope, &located.profiles);
    depends_on_jobs(&mut loader, &model, &workloads, &located.profiles);
    let notices = notices(&mut loader, &model);
    let starters = starters(&mut loader, request);
    let paths: Vec<PathBuf> = located.files.into_iter().map(|(path, _)| path).collect();
    let files = paths
        .iter()
        .filter_map(|path| loader.sources.find(loader.shown(path)))
        .collect();
    let stack = Stack {
        name,
        dir: scope.dir,
        workloads,
        profiles: located.profiles,
        gaps: std::mem::take(&mut loader.gaps),
        notices,
    };
    let mut refusals = loader.refusals;
    refusals.extend(loader.learned.refusals);
    tidy(&mut refusals, &loader.broken);
    Resolved {
        stack,
        sources: loader.sources,
        env: scope.env,
        trees: loader.trees,
        files,
        paths,
        refusals,
        broken: loader.broken,
        unreadable: loader.unreadable,
        starters,
        pooled: request.pooled.clone(),
        discovered: request.files.is_empty(),
    }
}

/// The files that start the project, as far as they can be read.
fn starters(loader: &mut Loader<'_>, request: &Request) -> Vec<(FileId, Starter)> {
    let read = request.starters.iter();
    read.filter_map(|it| Some((loader.text(&it.path).ok()?, it.clone())))
        .collect()
}

/// Drops what follows from another refusal: a file that several others include
/// is looked at as often, and a file cut short has holes.
fn tidy(refusals: &mut Vec<Refusal>, broken: &[FileId]) {
    let in_broken = |it: &Refusal| it.at.is_some_and(|at| broken.contains(&at.file));
    refusals.retain(|it| it.class != Class::Shape || !in_broken(it));
    let mut seen = HashSet::new();
    refusals.retain(|it| seen.insert((it.class, it.at, it.message.clone())));
}

/// `COMPOSE_PROJECT_NAME`, else the last `name:` of the files, else the
/// folder's name, in the characters that Compose allows.
fn project_name(
    loader: &mut Loader<'_>,
    files: &[(PathBuf, Option<At>)],
    dir: &Path,
    env: &Env,
) -> String {
    if let Some(name) = env
        .get("COMPOSE_PROJECT_NAME")
        .filter(|name| !name.is_empty())
    {
        return name.to_owned();
    }
    let mut written = String::new();
    for (path, _) in files {
        let Ok(loaded) = loader.yaml(path) else {
            continue;
        };
        for root in loaded.tree.roots(loaded.source.text()) {
            let Some(name) = root.get("name").filter(|name| !name.text().is_empty()) else {
                continue;
            };
            written = interpolate::interpolate(name.text(), env).text.into_owned();
        }
    }
    let written = allowed(&written);
    if !written.is_empty() {
        return written;
    }
    allowed(&dir.file_name().unwrap_or_default().to_string_lossy())
}

/// A name out of `COMPOSE_PROJECT_NAME` is not put right, but refused.
fn check_project_name(loader: &mut Loader<'_>, env: &Env) {
    let Some(name) = env
        .get("COMPOSE_PROJECT_NAME")
        .filter(|name| allowed(name) != *name)
    else {
        return;
    };
    let message =
        format!("`{name}` is no project name: lower case letters, digits, `_` and `-` make one");
    loader
        .refusals
        .push(Refusal::new(Class::Invalid, None, message));
}

/// A service cannot wait for a job.
fn depends_on_jobs(
    loader: &mut Loader<'_>,
    model: &Value,
    workloads: &[Workload],
    profiles: &[Text],
) {
    let Some(jobs) = model.get("jobs").filter(|it| it.as_map().is_some()) else {
        return;
    };
    for workload in workloads.iter().filter(|it| it.is_active(profiles)) {
        for edge in &workload.depends_on {
            let name = &edge.name;
            let is_service = workloads.iter().any(|it| it.name.value == name.value);
            if is_service || jobs.get(&name.value).is_none() {
                continue;
            }
            let message = format!(
                "`{}` cannot depend on `{}`, which is a job",
                workload.name.value, name.value
            );
            loader
                .refusals
                .push(Refusal::new(Class::Invalid, Some(name.at), message));
        }
    }
}

/// Lower case letters, digits, `_` and `-`, not starting with the latter two.
fn allowed(name: &str) -> String {
    let kept: String = name
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-'))
        .collect();
    kept.trim_start_matches(['_', '-']).to_owned()
}

fn workloads(
    loader: &mut Loader<'_>,
    model: &Value,
    scope: &Scope,
    profiles: &[Text],
) -> Vec<Workload> {
    let mut layers: BTreeMap<Text, Vec<At>> = BTreeMap::new();
    for (name, at) in std::mem::take(&mut loader.learned.layers) {
        let places = layers.entry(name).or_default();
        if !places.contains(&at) {
            places.push(at);
        }
    }
    let entries = model
        .get("services")
        .and_then(Value::as_map)
        .map_or(&[][..], Vec::as_slice);
    let mut workloads: Vec<Workload> = entries
        .iter()
        .map(|entry| {
            let places = layers.remove(&entry.key).unwrap_or_default();
            services::workload(loader, entry, model, scope, profiles, places)
        })
        .collect();
    workloads.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    workloads
}

/// What the merge saw, and shallow merges directly inside a service.
fn notices(loader: &mut Loader<'_>, model: &Value) -> Vec<Notice> {
    let mut notices = std::mem::take(&mut loader.learned.notices);
    for shadow in std::mem::take(&mut loader.shadows) {
        let key = match shadow.key.as_ref() {
            "healthcheck" => "healthcheck",
            "depends_on" => "depends_on",
            _ => continue,
        };
        let services = model
            .get("services")
            .and_then(Value::as_map)
            .into_iter()
            .flatten();
        let owner = services
            .into_iter()
            .find(|entry| entry.value.at == shadow.owner);
        let Some(owner) = owner else { continue };
        notices.push(Notice::Shadow {
            service: owner.key.clone(),
            key,
            local: shadow.local,
            hidden: shadow.hidden,
            lost: shadow.lost,
        });
    }
    notices
}
