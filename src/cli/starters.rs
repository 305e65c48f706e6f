//! Which files of continuous integration start which projects.
//!
//! Owns the meeting of the two. Must not judge what such a file does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::ci::{self, Start};
use crate::discover::{self, Candidate, Disk, Found, Repositories, SkipKind, Skipped, StarterKind};
use crate::model::compose::Starter;
use crate::source::Reader;

/// Starters, by the folder that a project is found in or by its first file.
#[derive(Default)]
pub(super) struct Starters {
    by: BTreeMap<PathBuf, BTreeSet<Starter>>,
}

impl Starters {
    /// What starts a project.
    pub(super) fn of(&self, candidate: &Candidate) -> Vec<Starter> {
        let first = candidate.files.first().unwrap_or(&candidate.main);
        let dir = Some(&candidate.dir).filter(|_| candidate.files.is_empty());
        let keys = dir.into_iter().chain([first]);
        let all: BTreeSet<&Starter> = keys.filter_map(|it| self.by.get(it)).flatten().collect();
        all.into_iter().cloned().collect()
    }
}

/// Reads the files that may start projects, once. A script may be run from
/// several folders: where that would make a difference nothing is said.
pub(super) fn meet(found: &Found, repositories: &mut Repositories) -> Starters {
    let candidates = || found.candidates.iter().chain(&found.referred);
    let found_in = candidates().filter(|it| it.files.is_empty());
    let mut known: BTreeSet<&Path> = found_in.map(|it| it.dir.as_path()).collect();
    known.extend(candidates().map(|it| it.main.as_path()));
    let mut starters = Starters::default();
    for path in &found.starters {
        let Some(text) = found.texts.texts.get(path.as_os_str()) else {
            continue;
        };
        let Ok(text) = std::str::from_utf8(text) else {
            continue;
        };
        let top = repositories.root(path.parent().unwrap_or(Path::new("")));
        let mut hits: Vec<(PathBuf, BTreeSet<PathBuf>)> = Vec::new();
        for base in discover::bases(path, &top) {
            let starts = ci::starts(path, &base, text);
            let keys: BTreeSet<PathBuf> = starts.iter().map(key).cloned().collect();
            let keys: BTreeSet<PathBuf> = keys
                .into_iter()
                .filter(|it| known.contains(it.as_path()))
                .collect();
            if !keys.is_empty() && hits.iter().all(|it| it.1 != keys) {
                hits.push((base, keys));
            }
        }
        if let [(base, keys)] = hits.as_slice() {
            for key in keys {
                let all = starters.by.entry(key.clone()).or_default();
                all.insert(Starter {
                    path: path.clone(),
                    base: base.clone(),
                });
            }
        }
    }
    starters
}

/// The Compose files that named files start, so that these can be read too.
pub(super) fn named(hints: &BTreeSet<PathBuf>, repositories: &mut Repositories) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for path in hints
        .iter()
        .filter(|it| discover::starter_kind(it).is_some())
    {
        let top = repositories.root(path.parent().unwrap_or(Path::new("")));
        let disk = Disk::below(&top);
        let Ok(text) = disk.read(path) else { continue };
        let text = String::from_utf8_lossy(&text);
        for base in discover::bases(path, &top) {
            for start in ci::starts(path, &base, &text) {
                let found_in = |dir: &Path| discover::MAIN_NAMES.map(|it| dir.join(it)).to_vec();
                let files = match start.files.is_empty() {
                    true => found_in(&start.dir),
                    false => start.files,
                };
                all.extend(files.into_iter().filter(|it| disk.is_file(it)));
            }
        }
    }
    all
}

/// The folder that Compose looks in, else the first file that is named.
fn key(start: &Start) -> &PathBuf {
    start.files.first().unwrap_or(&start.dir)
}

/// YAML files that look like pipelines and start nothing here.
pub(super) fn idle(found: &Found, starters: &Starters) -> Vec<Skipped> {
    let used: BTreeSet<&PathBuf> = starters.by.values().flatten().map(|it| &it.path).collect();
    let is_yaml = |path: &&PathBuf| {
        let kind = discover::starter_kind(path);
        matches!(kind, Some(StarterKind::Workflow | StarterKind::Gitlab))
    };
    let idle = found.starters.iter().filter(is_yaml);
    idle.filter(|it| !used.contains(it))
        .map(|path| Skipped {
            path: path.clone(),
            reason: "neither a Compose file nor a Kubernetes manifest".to_owned(),
            kind: SkipKind::Foreign,
        })
        .collect()
}
