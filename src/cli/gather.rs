//! From arguments to reports: which projects, read how, in which order.
//!
//! Owns standard input, hints (files that stand for their projects) and the
//! second look at files that turn out to be pieces of others.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::args::InputArgs;
use super::settings::Settings;
use super::{Io, clusters, pieces, starters};
use crate::check::{self, Report};
use crate::config::Config;
use crate::discover::{self, Candidate, Disk, Found, SkipKind, Skipped};
use crate::finding::Finding;
use crate::model::compose::Request;
use crate::model::compose::refusal::Class;
use crate::source::{Reader, Sources, Span};

/// Everything a verb works on.
pub(super) struct Gathered {
    /// One report per project, by main file.
    pub(super) reports: Vec<Report>,
    /// The file that each project is known by, absolute; a cluster's folder.
    pub(super) mains: Vec<PathBuf>,
    /// Files left out.
    pub(super) skipped: Vec<Skipped>,
    /// The files that were named one by one, absolute; empty if folders were.
    pub(super) hints: BTreeSet<PathBuf>,
    /// What was read from standard input, and the path that it stands for.
    pub(super) typed: Option<(PathBuf, Vec<u8>)>,
    /// What counts for each project.
    pub(super) settings: Settings,
}

impl Gathered {
    fn new(reports: Vec<Report>, settings: Settings) -> Self {
        Self {
            skipped: reports.iter().flat_map(unreadable).collect(),
            reports,
            mains: Vec::new(),
            hints: BTreeSet::new(),
            typed: None,
            settings,
        }
    }
}

/// The disk with one file's text in place of what is there.
pub(super) struct Typed<'a> {
    pub(super) disk: Disk,
    pub(super) path: &'a Path,
    pub(super) text: &'a [u8],
}

impl Reader for Typed<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == self.path {
            Ok(self.text.to_vec())
        } else {
            self.disk.read(path)
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        path == self.path || self.disk.is_file(path)
    }
}

/// Reads and checks everything that the arguments name, and keeps what is said
/// about the files that were named.
pub(super) fn gather(args: &InputArgs, config: &Config, io: &mut Io<'_>) -> io::Result<Gathered> {
    let mut gathered = read(args, config, io, For::Showing)?;
    if !gathered.hints.is_empty() && gathered.typed.is_none() {
        let hints = gathered.hints.clone();
        keep_hinted(&mut gathered, &hints, &io.dir);
    }
    Ok(gathered)
}

/// Reads and checks everything that the arguments name, and whatever else the
/// same files are part of.
pub(super) fn gather_all(
    args: &InputArgs,
    config: &Config,
    io: &mut Io<'_>,
) -> io::Result<Gathered> {
    read(args, config, io, For::Repairing)
}

/// What the reports are for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// Nobody asks for nodes again: the trees go once a project is checked.
    Showing,
    /// Changes are made to nodes.
    Repairing,
}

fn read(args: &InputArgs, config: &Config, io: &mut Io<'_>, purpose: For) -> io::Result<Gathered> {
    let mut gathered = each(args, config, io, purpose)?;
    drop_repeats(&mut gathered.reports);
    Ok(gathered)
}

/// The same, with what several stacks say of one file said by each of them.
pub(super) fn gather_each(
    args: &InputArgs,
    config: &Config,
    io: &mut Io<'_>,
) -> io::Result<Gathered> {
    each(args, config, io, For::Repairing)
}

fn each(args: &InputArgs, config: &Config, io: &mut Io<'_>, purpose: For) -> io::Result<Gathered> {
    let root = discover::repository_root(&io.dir);
    let mut settings = Settings::new(args, config, &io.dir)?;
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return standard_input(args, settings, io, &root);
    }
    if !args.files.is_empty() {
        let files: Vec<PathBuf> = args
            .files
            .iter()
            .map(|path| absolute(&io.dir, path))
            .collect();
        let request = request(args, &io.dir, io.dir.clone(), files);
        let first = request.files.first().and_then(|it| it.parent());
        let project = first.unwrap_or(&io.dir).to_owned();
        settings.look(&project)?;
        settings.stand_for(&io.dir, &project);
        let report = check::check(
            &request,
            &Disk::below(&root_of(&root, &request)),
            &io.dir,
            settings.of(&project),
        );
        return Ok(Gathered::new(vec![report], settings));
    }
    let mut roots: Vec<PathBuf> = args
        .paths
        .iter()
        .map(|path| absolute(&io.dir, path))
        .collect();
    if roots.is_empty() {
        roots.push(io.dir.clone());
    }
    let hints: BTreeSet<PathBuf> = roots
        .iter()
        .filter(|path| !path.is_dir())
        .cloned()
        .collect();
    let only_hints = hints.len() == roots.len();
    let found = if hints.is_empty() {
        discover::discover(&roots)
    } else {
        let started = starters::named(&hints, &mut settings.repositories);
        let roots: Vec<PathBuf> = roots.iter().cloned().chain(started).collect();
        discover::with_neighbours(&roots, &hints)
    };
    for candidate in found.candidates.iter().chain(&found.referred) {
        settings.look(&candidate.dir)?;
    }
    for path in &found.manifests {
        settings.look(path.parent().unwrap_or(&io.dir))?;
    }
    let mut gathered = projects(args, &found, settings, (io, purpose));
    clusters::add(&found, &roots, io, &mut gathered)?;
    gathered.skipped.extend(found.skipped);
    if only_hints {
        gathered.hints = hints;
    }
    for skipped in &mut gathered.skipped {
        if let Ok(shown) = skipped.path.strip_prefix(&io.dir) {
            skipped.path = shown.to_owned();
        }
    }
    Ok(gathered)
}

/// What is read from standard input stands for a file that may not exist.
fn standard_input(
    args: &InputArgs,
    mut settings: Settings,
    io: &mut Io<'_>,
    root: &Path,
) -> io::Result<Gathered> {
    let mut text = Vec::new();
    io.input.read_to_end(&mut text)?;
    let name = args.stdin_filename.clone().unwrap_or_else(|| {
        let manifest = Path::new("manifest.yaml");
        let is_manifest = discover::is_manifest_text(manifest, &text);
        PathBuf::from(if is_manifest {
            "manifest.yaml"
        } else {
            "compose.yaml"
        })
    });
    let path = absolute(&io.dir, &name);
    let dir = path.parent().unwrap_or(Path::new("")).to_owned();
    let overlay = Typed {
        disk: Disk::below(root),
        path: &path,
        text: &text,
    };
    if discover::is_manifest_text(&path, &text) {
        settings.look(&dir)?;
        let report = clusters::alone(&path, &overlay, &io.dir, settings.of(&dir));
        let mut gathered = Gathered::new(vec![report], settings);
        gathered.hints = BTreeSet::from([path.clone()]);
        gathered.typed = Some((path, text));
        return Ok(gathered);
    }
    let is_override = discover::OVERRIDE_NAMES
        .iter()
        .any(|name| path.ends_with(name));
    let is_main = discover::MAIN_NAMES.iter().any(|name| path.ends_with(name));
    let files = if is_override || is_main {
        Vec::new()
    } else {
        vec![path.clone()]
    };
    settings.look(&dir)?;
    let request = request(args, &io.dir, dir.clone(), files);
    let report = check::check(&request, &overlay, &io.dir, settings.of(&dir));
    let mut gathered = Gathered::new(vec![report], settings);
    gathered.hints = BTreeSet::from([path.clone()]);
    gathered.typed = Some((path, text));
    Ok(gathered)
}

fn request(args: &InputArgs, cwd: &Path, dir: PathBuf, files: Vec<PathBuf>) -> Request {
    Request {
        dir,
        files,
        env_files: args
            .env_files
            .iter()
            .map(|path| absolute(cwd, path))
            .collect(),
        profiles: args.profiles.clone(),
        starters: Vec::new(),
    }
}

fn absolute(dir: &Path, path: &Path) -> PathBuf {
    discover::clean(&dir.join(path))
}

/// The repository of the project itself where it is not the working folder's.
pub(super) fn root_of(root: &Path, request: &Request) -> PathBuf {
    let first = request
        .files
        .first()
        .and_then(|path| path.parent())
        .unwrap_or(&request.dir);
    if first.starts_with(root) {
        root.to_owned()
    } else {
        discover::repository_root(first)
    }
}

/// Checks all candidates at once, then looks again at pieces and leftovers.
fn projects(
    args: &InputArgs,
    found: &Found,
    mut settings: Settings,
    (io, purpose): (&Io<'_>, For),
) -> Gathered {
    let mut disks: HashMap<OsString, Arc<Disk>> = HashMap::new();
    let mut disk_of: HashMap<&OsStr, Arc<Disk>> = HashMap::new();
    for candidate in found.candidates.iter().chain(&found.referred) {
        let root = settings.repositories.root(&candidate.dir).into_os_string();
        let disk = disks.entry(root).or_insert_with_key(|root| {
            Arc::new(Disk::knowing(Path::new(root), found.texts.clone()))
        });
        disk_of.insert(candidate.dir.as_os_str(), disk.clone());
    }
    let starting = starters::meet(found, &mut settings.repositories);
    let dir = io.dir.as_path();
    let one = |candidate: &Candidate| {
        let mut request = request(args, dir, candidate.dir.clone(), candidate.files.clone());
        request.starters = starting.of(candidate);
        let config = settings.of(&candidate.dir);
        let disk = disk_of[candidate.dir.as_os_str()].as_ref();
        let mut report = check::check(&request, disk, dir, config);
        // A part of something is looked at once more.
        if purpose == For::Showing && report.view.graph.dangling.is_empty() {
            report.view.resolved.trees.clear();
        }
        report
    };
    let mut checked = check_all(&found.candidates, &one);
    let left = unused(&found.referred, &checked, &io.dir);
    checked.extend(one_of_each_ring(check_all(&left, &one), &io.dir));
    pieces::complete(&mut checked, &one, &settings);
    checked.sort_by(|a, b| a.0.main.cmp(&b.0.main));
    let mut gathered = Gathered::new(Vec::new(), settings);
    gathered.skipped.extend(starters::idle(found, &starting));
    for (candidate, report) in checked {
        keep(candidate, report, &mut gathered);
    }
    gathered
}

/// The candidates whose main file no project has read.
fn unused(candidates: &[Candidate], checked: &[(Candidate, Report)], dir: &Path) -> Vec<Candidate> {
    let mains = candidates.iter().map(|it| it.main.as_os_str());
    let mut left: HashSet<&OsStr> = mains.collect();
    if !left.is_empty() {
        let sources = checked.iter().flat_map(|(_, it)| absolute_sources(it, dir));
        sources.for_each(|path| {
            left.remove(path.as_os_str());
        });
    }
    let unused = candidates
        .iter()
        .filter(|it| left.contains(it.main.as_os_str()));
    unused.cloned().collect()
}

/// Files that include each other in a ring are one project, whichever of them
/// is started: the main file stands for all, else the first.
fn one_of_each_ring(mut checked: Vec<(Candidate, Report)>, dir: &Path) -> Vec<(Candidate, Report)> {
    let ring = |report: &Report| {
        let mut refusals = report.view.resolved.refusals.iter();
        refusals.any(|it| it.class == Class::IncludeCycle)
    };
    let is_main = |path: &Path| discover::MAIN_NAMES.iter().any(|name| path.ends_with(name));
    checked.sort_by_cached_key(|(it, _)| (!is_main(&it.main), it.main.clone()));
    let mut read: HashSet<PathBuf> = HashSet::new();
    checked.retain(|(candidate, report)| {
        if !ring(report) {
            return true;
        }
        let kept = !read.contains(&candidate.main);
        read.extend(absolute_sources(report, dir));
        kept
    });
    checked
}

fn check_all(
    candidates: &[Candidate],
    one: &(dyn Fn(&Candidate) -> Report + Sync),
) -> Vec<(Candidate, Report)> {
    // Threads cost more than a handful of projects.
    if candidates.len() < 8 || rayon::current_num_threads() == 1 {
        return candidates.iter().map(|it| (it.clone(), one(it))).collect();
    }
    candidates
        .par_iter()
        .map(|it| (it.clone(), one(it)))
        .collect()
}

fn absolute_sources(report: &Report, dir: &Path) -> Vec<PathBuf> {
    report
        .view
        .resolved
        .sources
        .iter()
        .map(|(_, source)| dir.join(source.path()))
        .collect()
}

/// The files of a project that could not be read at all. The reason names the
/// file, which is said before it anyway.
pub(super) fn unreadable(report: &Report) -> Vec<Skipped> {
    let fact = |reason: &str| {
        let rest = reason.strip_prefix('`').and_then(|it| it.split_once("` "));
        rest.map_or(reason, |(_, rest)| rest).to_owned()
    };
    let files = report.view.resolved.unreadable.iter();
    let skipped = files.map(|(path, reason)| Skipped {
        path: path.clone(),
        reason: fact(reason),
        kind: SkipKind::Unreadable,
    });
    skipped.collect()
}

/// Sorts what was read into reports and files that turn out not to be ours.
fn keep(candidate: Candidate, report: Report, gathered: &mut Gathered) {
    let resolved = &report.view.resolved;
    gathered.skipped.extend(unreadable(&report));
    let named = discover::is_compose_path(&candidate.main);
    if resolved.stack.workloads.iter().all(|it| !it.has_origin())
        && !named
        && resolved.broken.is_empty()
    {
        let reason = "neither a Compose file nor a Kubernetes manifest".to_owned();
        gathered.skipped.push(Skipped {
            path: candidate.main,
            reason,
            kind: SkipKind::Foreign,
        });
        return;
    }
    if !resolved.files.is_empty() {
        gathered.reports.push(report);
        gathered.mains.push(candidate.main);
    }
}

/// The same finding in the same file, seen through several projects, is said once.
fn drop_repeats(reports: &mut [Report]) {
    let mut readers: HashMap<OsString, usize> = HashMap::new();
    for report in &*reports {
        for (_, source) in report.view.resolved.sources.iter() {
            *readers.entry(source.path().into()).or_default() += 1;
        }
    }
    let (mut seen, mut kept) = (HashSet::new(), HashSet::new());
    for report in reports {
        let sources = &report.view.resolved.sources;
        // They stand in order: in a file of one project only neighbours repeat.
        report.findings.dedup_by(|b, a| {
            (a.at, a.rule, &a.message, &a.subject) == (b.at, b.rule, &b.message, &b.subject)
        });
        let is_shared = |finding: &Finding| {
            let path = sources.get(finding.at.file).path().as_os_str();
            readers.get(path).is_some_and(|count| *count > 1)
        };
        let fresh = |seen: &mut HashSet<_>, finding: &Finding| {
            !is_shared(finding) || seen.insert(identity(finding, sources))
        };
        report.findings.retain(|it| fresh(&mut seen, it));
        report.suppressed.retain(|it| fresh(&mut kept, &it.finding));
    }
}

/// What makes a finding the same through whichever stack it is seen.
fn identity(
    finding: &Finding,
    sources: &Sources,
) -> (OsString, Span, &'static str, Vec<String>, String) {
    (
        sources.get(finding.at.file).path().into(),
        finding.at.span,
        finding.rule,
        finding.subject.clone(),
        finding.message.clone(),
    )
}

/// Keeps the projects that read a hinted file, and their findings in such files.
/// A file that has a project of its own stands for that one only.
fn keep_hinted(gathered: &mut Gathered, hints: &BTreeSet<PathBuf>, dir: &Path) {
    let own: BTreeSet<&PathBuf> = hints
        .iter()
        .filter(|it| gathered.mains.contains(it))
        .collect();
    let reads = |report: &Report| {
        let read = absolute_sources(report, dir);
        let part_of = |hint: &PathBuf| !own.contains(hint) && read.contains(hint);
        hints.iter().any(part_of)
    };
    let wanted: Vec<bool> = gathered
        .reports
        .iter()
        .zip(&gathered.mains)
        .map(|(report, main)| own.contains(main) || reads(report))
        .collect();
    let mut wanted = wanted.into_iter();
    gathered.reports.retain(|_| wanted.next().unwrap_or(false));
    for report in &mut gathered.reports {
        let sources = &report.view.resolved.sources;
        let hinted = |it: &Finding| hints.contains(&dir.join(sources.get(it.at.file).path()));
        report.findings.retain(hinted);
        report.suppressed.retain(|it| hinted(&it.finding));
    }
    gathered.skipped.retain(|it| hints.contains(&it.path));
}
