//! Kubernetes manifests to reports.
//!
//! Owns which part of the disk a stack may reach, and that each manifest is
//! accounted for. Must not know what is in an object.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::Io;
use super::asked::{Asked, Trace, Tracing};
use super::gather::{For, Gathered, unreadable};
use crate::check::{self, Report};
use crate::config::Config;
use crate::discover::{self, Disk, Found, Repositories, SkipKind, Skipped};
use crate::model::kubernetes::{self, Grouped, Member, Request};
use crate::source::Reader;

/// Checks the stacks that the manifests make, and adds their reports; only those
/// that read a wanted file, if any is wanted.
///
/// # Errors
/// The settings of a stack's folder cannot be read or understood.
pub(super) fn add(
    found: &Found,
    (roots, wanted): (&[PathBuf], &BTreeSet<PathBuf>),
    (io, purpose, tracing): (&Io<'_>, For, Tracing),
    gathered: &mut Gathered,
) -> io::Result<()> {
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let mut left: BTreeSet<Skipped> = BTreeSet::new();
    let dir = io.dir.as_path();
    let trace = Trace::default();
    for (root, files) in by_root(found, roots) {
        let disk = Disk::knowing(&root, found.texts.clone());
        let grouping = Asked::of(&disk, tracing);
        let grouped = kubernetes::group(&files, &root, &grouping);
        taken_in(&grouped, &files, &grouping, &trace);
        for request in &grouped.stacks {
            gathered.settings.look(&request.dir)?;
        }
        let settings = &gathered.settings;
        let one = |request: &Arc<Request>| {
            let config = settings.of(&request.dir);
            let asked = Asked::of(&disk, tracing);
            let report = check::check_cluster(request, &asked, dir, config);
            trace.add(&request.dir, asked);
            Checked::of(report, purpose)
        };
        let readers = readers(&grouped, wanted);
        let requests: Vec<Arc<Request>> = readers.cloned().map(Arc::new).collect();
        let all = check_all(&requests, &one);
        for (request, checked) in requests.iter().zip(all) {
            keep(request, checked, gathered, &mut seen, &mut left);
        }
        left.extend(unseen(&files, &grouped, &seen));
    }
    gathered.skipped.extend(left);
    gathered.asked.extend(trace.into_inner());
    Ok(())
}

/// Notes what kustomizations were made from, as far as no stack reads it by
/// itself.
fn taken_in(grouped: &Grouped, files: &[PathBuf], grouping: &Asked<'_>, trace: &Trace) {
    for path in grouping.paths() {
        if files.binary_search(&path).is_ok() && !grouped.patches.contains(&path) {
            continue;
        }
        for request in &grouped.stacks {
            let folders = request.kustomizations.iter().filter_map(|it| it.parent());
            if folders.into_iter().any(|it| path.starts_with(it)) {
                trace.note(&request.dir, path.clone());
            }
        }
    }
}

/// One manifest by itself, as from standard input: what it lacks may stand in
/// others.
pub(super) fn alone(path: &Path, reader: &dyn Reader, dir: &Path, config: &Config) -> Report {
    let own = path.parent().unwrap_or(Path::new("")).to_owned();
    let request = Request {
        root: discover::repository_root(&own),
        dir: own,
        files: vec![Member {
            path: path.to_owned(),
            namespace: None,
        }],
        hides: vec!["only one file was given".to_owned()],
        ..Request::default()
    };
    check::check_cluster(&Arc::new(request), reader, dir, config)
}

/// A report that has let go of what nobody asks for again.
struct Checked {
    report: Report,
    /// Whether something in it starts, or leads to what does.
    runs: bool,
}

impl Checked {
    fn of(mut report: Report, purpose: For) -> Self {
        let runs = report
            .view
            .cluster
            .as_ref()
            .is_some_and(|it| !it.is_empty());
        purpose.shed(&mut report);
        Self { report, runs }
    }
}

/// The stacks that read a wanted file; all of them where nothing is wanted, or
/// something of which it is not plain whose it is, such as a patch.
fn readers<'g>(
    grouped: &'g Grouped,
    wanted: &'g BTreeSet<PathBuf>,
) -> impl Iterator<Item = &'g Request> {
    let reads = |request: &Request, path: &PathBuf| {
        request.files.iter().any(|it| it.path == *path) || request.kustomizations.contains(path)
    };
    let plain = |path: &PathBuf| grouped.stacks.iter().any(|it| reads(it, path));
    let all = wanted.is_empty() || !wanted.iter().all(plain);
    let stacks = grouped.stacks.iter();
    stacks.filter(move |it| all || wanted.iter().any(|path| reads(it, path)))
}

fn check_all(
    requests: &[Arc<Request>],
    one: &(dyn Fn(&Arc<Request>) -> Checked + Sync),
) -> Vec<Checked> {
    // Threads cost more than a handful of stacks.
    if requests.len() < 8 || rayon::current_num_threads() == 1 {
        return requests.iter().map(one).collect();
    }
    requests.par_iter().map(one).collect()
}

/// The manifests by the repository that holds them, else by the folder that
/// was named.
fn by_root(found: &Found, roots: &[PathBuf]) -> BTreeMap<PathBuf, Vec<PathBuf>> {
    let mut repositories = Repositories::default();
    let mut by_root: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for path in &found.manifests {
        let dir = path.parent().unwrap_or(Path::new(""));
        let mut root = repositories.root(dir);
        if root == dir && !root.join(".git").exists() {
            let named = roots.iter().filter(|it| path.starts_with(it));
            let folder = named.map(|it| if it == path { dir } else { it.as_path() });
            root = folder.min().unwrap_or(dir).to_owned();
        }
        by_root.entry(root).or_default().push(path.clone());
    }
    by_root
}

/// Adds a report, unless nothing in it starts and nothing is wrong.
fn keep(
    request: &Request,
    Checked { report, runs }: Checked,
    gathered: &mut Gathered,
    seen: &mut BTreeSet<PathBuf>,
    left: &mut BTreeSet<Skipped>,
) {
    gathered.skipped.extend(unreadable(&report));
    seen.extend(request.files.iter().map(|it| it.path.clone()));
    let Some(cluster) = &report.view.cluster else {
        return;
    };
    left.extend(
        cluster
            .idle
            .iter()
            .map(|(path, reason)| foreign(path, reason)),
    );
    if !runs && report.findings.is_empty() {
        let idle: BTreeSet<&PathBuf> = cluster.idle.iter().map(|(path, _)| path).collect();
        let rest = report
            .view
            .resolved
            .paths
            .iter()
            .filter(|it| !idle.contains(it));
        left.extend(rest.map(|path| foreign(path, "Kubernetes objects that run nothing")));
        return;
    }
    seen.extend(request.kustomizations.iter().cloned());
    gathered.mains.push(request.dir.clone());
    gathered.reports.push(report);
}

fn foreign(path: &Path, reason: &str) -> Skipped {
    Skipped {
        path: path.to_owned(),
        reason: reason.to_owned(),
        kind: SkipKind::Foreign,
    }
}

/// Manifests that no stack has read.
fn unseen(files: &[PathBuf], grouped: &Grouped, seen: &BTreeSet<PathBuf>) -> Vec<Skipped> {
    let unseen = files.iter().filter(|it| !seen.contains(*it));
    unseen
        .map(|path| {
            let reason = if grouped.patches.contains(path) {
                "a patch of a kustomization: not analysed by itself"
            } else if kubernetes::kustomize::is_kustomization(path) {
                "a kustomization of nothing that runs"
            } else {
                "Kubernetes objects that run nothing"
            };
            foreign(path, reason)
        })
        .collect()
}
