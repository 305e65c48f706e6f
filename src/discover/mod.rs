//! Paths to projects: which files there are, what they are, which start together.
//!
//! Owns the walk and the sniffing of files. One of the few modules that touch the
//! disk. Must not know what is in a project.

mod disk;
mod looks;
mod manifests;
mod starters;
mod walk;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::source::clean;
pub use disk::{Disk, Seen, Texts};
use disk::{list, read_in_words};
use looks::{Looks, has_root_key};
use manifests::{Charts, is_manifest};
pub use starters::{StarterKind, bases, concerns, starter_kind, starts_services};
use walk::walk;

/// Names of a Compose project's main file, best first (compose-go
/// `cli/options.go` v2.16.2, `DefaultFileNames`).
pub const MAIN_NAMES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];

/// Names of the override beside it (`DefaultOverrideFileNames`).
pub const OVERRIDE_NAMES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// The name of the file in which a user sets things for a folder and all below.
pub const CONFIG_NAME: &str = ".tierlint.yaml";

/// The largest file that is read: 16 MiB.
pub const MAX_BYTES: u64 = 16 << 20;
/// How many bytes of manifests are kept from the walk, 8 MiB: the others are
/// read again, so that what a run holds does not grow with the tree.
const MAX_KEPT_BYTES: usize = 8 << 20;

/// A file that was seen and not checked, and why.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// The reason, in the form of a message.
    pub reason: String,
    /// Whether something may be wrong behind it that nobody saw.
    pub kind: SkipKind,
}

/// Whether skipping a file hides something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SkipKind {
    /// Not ours to read.
    Foreign,
    /// Ours, but it could not be read: the run has not seen everything.
    Unreadable,
}

/// One project to resolve: a folder to discover in, or files in order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Candidate {
    /// The folder it is started from.
    pub dir: PathBuf,
    /// The files, base first; empty to let Compose's own discovery decide.
    pub files: Vec<PathBuf>,
    /// The file that the candidate is known by.
    pub main: PathBuf,
    /// Services that a file to be laid over these leads through a pooler, where
    /// that is known.
    pub pooled: Vec<String>,
}

/// What a walk found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Projects, by main file.
    pub candidates: Vec<Candidate>,
    /// Files that others name by `include` or `extends`: no projects of their
    /// own unless nobody turns out to use them.
    pub referred: Vec<Candidate>,
    /// Kubernetes manifests and kustomizations, sorted.
    pub manifests: Vec<PathBuf>,
    /// Files whose commands may start projects, sorted; only where there are any.
    pub starters: Vec<PathBuf>,
    /// Workflows that may start containers for their jobs, sorted; each is one of
    /// `starters` or left out as well.
    pub workflows: Vec<PathBuf>,
    /// Files left out.
    pub skipped: Vec<Skipped>,
    /// The texts of the files that were taken, so that they are read once.
    pub texts: Texts,
}

/// Texts that stand in place of what the disk holds, by absolute path: those
/// that are open in an editor.
pub type Open = BTreeMap<PathBuf, Vec<u8>>;

/// What earlier looks have seen of the disk, for those who look again and again.
#[derive(Clone, Debug, Default)]
pub struct Walked {
    /// The manifests below a repository's root.
    manifests: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// What was read.
    texts: Texts,
}

/// Walks folders and takes files as they are named. Paths are absolute.
pub fn discover(roots: &[PathBuf]) -> Found {
    over(roots, &Open::new(), &Texts::default())
}

/// The same, with open texts in place of what the disk holds, and with what
/// was read of it before.
fn over(roots: &[PathBuf], open: &Open, before: &Texts) -> Found {
    let mut files = Vec::new();
    let mut found = Found::default();
    for root in roots {
        if root.is_dir() {
            walk(root, &mut files, &mut found.skipped);
        } else {
            files.push(root.clone());
        }
    }
    files.sort_by(|a, b| in_order(a, b));
    files.dedup();
    let mut sorted = Sorted::default();
    let (starters, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|it| is_script(it));
    for path in files {
        let known = open.get(&path);
        let known = known.or_else(|| before.texts.get(path.as_os_str()));
        match known.map_or_else(|| read_in_words(&path), |it| Ok(it.clone())) {
            Ok(text) => sort_in(path, text, &mut sorted, &mut found),
            Err(error) => found.skipped.push(skipped(
                &path,
                format!("cannot be read: {error}"),
                SkipKind::Unreadable,
            )),
        }
    }
    let Sorted {
        by_dir,
        referred,
        mut seen,
        ..
    } = sorted;
    for (path, text) in open {
        let texts = seen.texts.entry(path.clone().into_os_string());
        texts.or_insert_with(|| text.clone());
    }
    for dir in by_dir.keys() {
        if let Some(names) = list(dir) {
            seen.folders.insert(dir.into(), names);
        }
    }
    for (dir, files) in by_dir {
        group(&dir, files, &referred, &seen, &mut found);
    }
    starters::keep(starters, &mut found, &mut seen);
    found.texts = Arc::new(seen);
    found.candidates.sort();
    found.skipped.sort();
    found
}

/// What a walk has sorted so far.
#[derive(Default)]
struct Sorted {
    /// Compose files by folder.
    by_dir: BTreeMap<PathBuf, Vec<PathBuf>>,
    /// Files that Compose files name.
    referred: BTreeSet<PathBuf>,
    charts: Charts,
    seen: Seen,
    /// How many bytes of manifests were met.
    manifests: usize,
}

/// Puts a file where it belongs, by a look at its name and lines.
fn sort_in(path: PathBuf, text: Vec<u8>, sorted: &mut Sorted, found: &mut Found) {
    if starter_kind(&path).is_some() {
        let (services, starts) = (starts_services(&path, &text), concerns(&text));
        if services {
            found.workflows.push(path.clone());
        }
        if starts {
            found.starters.push(path.clone());
        } else {
            found.skipped.push(foreign(&path, Looks::Other));
        }
        if services || starts {
            sorted.seen.texts.insert(path.into(), text);
        }
        return;
    }
    match looks::looks(&path, &text) {
        Looks::Compose => {
            references(&path, &text, &mut sorted.referred);
            let dir = path.parent().unwrap_or(Path::new("")).to_owned();
            sorted.seen.texts.insert(path.clone().into(), text);
            sorted.by_dir.entry(dir).or_default().push(path);
        }
        Looks::Kubernetes | Looks::Kustomization if sorted.charts.hold(&path) => {
            found.skipped.push(foreign(&path, Looks::Helm));
        }
        Looks::Kubernetes | Looks::Kustomization => {
            found.manifests.push(path.clone());
            sorted.manifests += text.len();
            if sorted.manifests <= MAX_KEPT_BYTES {
                sorted.seen.texts.insert(path.into(), text);
            }
        }
        other => found.skipped.push(foreign(&path, other)),
    }
}

fn foreign(path: &Path, looks: Looks) -> Skipped {
    skipped(path, looks.reason().to_owned(), SkipKind::Foreign)
}

/// The order of paths, part by part, for absolute ones without `.` and `..`:
/// bytes decide, and the end of a part comes before all of them.
fn in_order(a: &Path, b: &Path) -> Ordering {
    let (a, b) = (
        a.as_os_str().as_encoded_bytes(),
        b.as_os_str().as_encoded_bytes(),
    );
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let rank = |bytes: &[u8]| match bytes.get(same) {
        None => 0,
        Some(b'/') => 1,
        Some(byte) => 2 + u16::from(*byte),
    };
    rank(a).cmp(&rank(b))
}

fn skipped(path: &Path, reason: String, kind: SkipKind) -> Skipped {
    Skipped {
        path: path.to_owned(),
        reason,
        kind,
    }
}

/// Whether the name is one that a manifest, or a template of one, may have.
pub fn is_candidate(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    let name = name.to_ascii_lowercase();
    if name == CONFIG_NAME {
        return false;
    }
    let yaml = [".yml", ".yaml"]
        .iter()
        .any(|ending| name.ends_with(ending));
    yaml || (is_compose_name(&name) && name.contains(".y")) || name == "kustomization"
}

/// Whether commands stand in the file, and no manifest can.
fn is_script(path: &Path) -> bool {
    starter_kind(path).is_some() && !is_candidate(path)
}

/// `compose…`, `docker-compose…` or `…compose….yml`.
fn is_compose_name(name: &str) -> bool {
    name.starts_with("compose")
        || name.starts_with("docker-compose")
        || name.starts_with("docker_compose")
}

/// Adds the files that a text names in `include` or `extends`, by looking at
/// lines only: a wrong guess costs a second look, not a finding.
fn references(path: &Path, text: &[u8], referred: &mut BTreeSet<PathBuf>) {
    let includes = has_root_key(text, b"include");
    if !includes && memchr::memmem::find(text, b"file:").is_none() {
        return;
    }
    let dir = path.parent().unwrap_or(Path::new(""));
    for line in text.split(|byte| *byte == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else {
            continue;
        };
        let line = line.split(" #").next().unwrap_or("").trim();
        // Lists and mappings in brackets hold several on one line.
        for item in line.split([',', '[', ']', '{', '}']) {
            let item = item.trim().trim_start_matches("- ");
            let value = match item.split_once(':') {
                Some((key, value)) if matches!(key.trim(), "file" | "path" | "include") => value,
                None if includes => item,
                _ => continue,
            };
            let value = value.trim().trim_matches(['"', '\'']);
            if value.ends_with(".yml") || value.ends_with(".yaml") {
                referred.insert(clean(&dir.join(value)));
            }
        }
    }
}

/// Splits one folder's Compose files into projects.
fn group(
    dir: &Path,
    files: Vec<PathBuf>,
    referred: &BTreeSet<PathBuf>,
    seen: &Seen,
    found: &mut Found,
) {
    let first = |names: &[&str]| {
        names
            .iter()
            .map(|name| dir.join(name))
            .find(|path| files.contains(path))
    };
    let named_by_env = env_compose_file(dir, seen);
    let main = first(&MAIN_NAMES).filter(|path| named_by_env || !referred.contains(path));
    let partner = first(&OVERRIDE_NAMES);
    for path in &files {
        let is_main = Some(path) == main.as_ref();
        if Some(path) == partner.as_ref() && main.is_some() && !named_by_env {
            continue;
        }
        let candidate = Candidate {
            dir: dir.to_owned(),
            files: if is_main {
                Vec::new()
            } else {
                vec![path.clone()]
            },
            main: path.clone(),
            pooled: Vec::new(),
        };
        if !is_main && referred.contains(path) {
            found.referred.push(candidate);
        } else {
            found.candidates.push(candidate);
        }
    }
}

/// Whether the folder's `.env` names the project's files.
fn env_compose_file(dir: &Path, seen: &Seen) -> bool {
    let path = dir.join(".env");
    let open = seen.texts.get(path.as_os_str());
    if open.is_none() && seen.lacks(&path) {
        return false;
    }
    let text = match open {
        Some(text) => String::from_utf8(text.clone()).ok(),
        None => fs::read_to_string(path).ok(),
    };
    text.unwrap_or_default().lines().any(|line| {
        line.trim_start()
            .trim_start_matches("export ")
            .starts_with("COMPOSE_FILE=")
    })
}

/// Files that stand for their projects: what lies beside them, and main files
/// in the folders above, may be part of the same stack. What is `open` is read
/// from there; of the rest, what was `walked` before is not looked at again.
pub fn with_neighbours(
    roots: &[PathBuf],
    hints: &BTreeSet<PathBuf>,
    open: &Open,
    walked: &mut Walked,
) -> Found {
    let mut all: BTreeSet<PathBuf> = roots.iter().cloned().collect();
    for hint in hints {
        let Some(dir) = hint.parent() else { continue };
        let top = repository_root(dir);
        let beside = fs::read_dir(dir)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.is_file());
        let new = open.keys().filter(|it| it.parent() == Some(dir)).cloned();
        let named = |path: &PathBuf| is_compose_path(path) && is_candidate(path);
        all.extend(beside.chain(new).filter(named));
        for above in dir
            .ancestors()
            .skip(1)
            .take_while(|above| above.starts_with(&top))
        {
            all.extend(
                MAIN_NAMES
                    .iter()
                    .map(|name| above.join(name))
                    .filter(|path| open.contains_key(path) || path.is_file()),
            );
        }
    }
    let tops: BTreeSet<PathBuf> = hints
        .iter()
        .filter(|it| is_manifest(it, open))
        .filter_map(|it| Some(repository_root(it.parent()?)))
        .collect();
    for top in tops {
        let opened = open.keys().filter(|it| it.starts_with(&top));
        all.extend(opened.filter(|it| is_manifest(it, open)).cloned());
        let below = walked.manifests.entry(top);
        let below = below.or_insert_with_key(|top| {
            let mut below = Vec::new();
            walk(top, &mut below, &mut Vec::new());
            below.retain(|it| is_manifest(it, &Open::new()));
            below
        });
        let closed = below.iter().filter(|it| !open.contains_key(*it));
        all.extend(closed.cloned());
    }
    let all: Vec<PathBuf> = all.into_iter().collect();
    let found = over(&all, open, &walked.texts);
    walked.texts = found.texts.clone();
    found
}

/// Whether a text that stands for a file belongs to a Kubernetes stack.
pub fn is_manifest_text(path: &Path, text: &[u8]) -> bool {
    !is_compose_path(path) && looks::looks(path, text) == Looks::Kubernetes
}

/// Whether a file's name says Compose.
pub fn is_compose_path(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase());
    name.is_some_and(|name| is_compose_name(&name))
}

/// [`repository_root`] for many folders: each one on the way up is asked once.
#[derive(Default)]
pub struct Repositories {
    marked: HashMap<OsString, bool>,
}

impl Repositories {
    /// The nearest folder at or above `dir` that holds `.git`, else `dir`.
    pub fn root(&mut self, dir: &Path) -> PathBuf {
        let marked = dir.ancestors().find(|folder| self.is_marked(folder));
        marked.unwrap_or(dir).to_owned()
    }

    /// Whether `.git` is in this folder.
    pub fn is_marked(&mut self, folder: &Path) -> bool {
        if let Some(marked) = self.marked.get(folder.as_os_str()) {
            return *marked;
        }
        let marked = folder.join(".git").exists();
        self.marked.insert(folder.into(), marked);
        marked
    }
}

/// The nearest folder at or above `dir` that holds `.git`, else `dir`.
pub fn repository_root(dir: &Path) -> PathBuf {
    Repositories::default().root(dir)
}
