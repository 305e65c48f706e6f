//! From arguments to reports: which projects, read how, in which order.
//!
//! Owns hints (files that stand for their projects) and the
//! second look at files that turn out to be pieces of others.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::args::InputArgs;
use super::asked::{Asked, Trace};
use super::repeats::{drop_repeats, one_of_each_ring};
use super::settings::Settings;
use super::typed::standard_input;
use super::{Io, clusters, pieces, starters, workflows};
use crate::check::{self, Report};
use crate::config::Config;
use crate::discover::{self, Candidate, Disk, Found, Open, Seen, SkipKind, Skipped, Texts, Walked};
use crate::finding::Finding;
use crate::model::compose::Request;
use crate::reach;

/// Everything a verb works on.
pub(super) struct Gathered {
    /// One report per project, by main file.
    pub(super) reports: Vec<Report>,
    /// The file that each project is known by, absolute; a cluster's folder.
    pub(super) mains: Vec<PathBuf>,
    /// The files that each stack asked for, by `mains`; empty if nobody traces.
    pub(super) asked: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// Files left out.
    pub(super) skipped: Vec<Skipped>,
    /// The files that were named one by one, absolute; empty if folders were.
    pub(super) hints: BTreeSet<PathBuf>,
    /// The folders that were searched to the end, absolute.
    pub(super) searched: Vec<PathBuf>,
    /// What was read from standard input, and the path that it stands for.
    pub(super) typed: Option<(PathBuf, Vec<u8>)>,
    /// What counts for each project.
    pub(super) settings: Settings,
    /// What stands in place of the disk, for those who read once more.
    pub(super) open: Texts,
}

impl Gathered {
    pub(super) fn new(reports: Vec<Report>, settings: Settings) -> Self {
        Self {
            skipped: reports.iter().flat_map(unreadable).collect(),
            reports,
            mains: Vec::new(),
            asked: BTreeMap::new(),
            hints: BTreeSet::new(),
            searched: Vec::new(),
            typed: None,
            settings,
            open: Texts::default(),
        }
    }
}

/// Reads and checks everything that the arguments name, and keeps what is said
/// about the files that were named.
pub(super) fn gather(
    args: &InputArgs,
    config: &Config,
    io: &mut Io<'_>,
    purpose: For,
) -> io::Result<Gathered> {
    let mut gathered = read(args, config, io, purpose)?;
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

/// What the reports are for: what a run holds is then a matter of what it says,
/// not of what it has read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// Findings are listed: texts that none points into go too.
    Listing,
    /// Nobody asks for nodes again: the trees go once a project is checked.
    Showing,
    /// Changes are made to nodes.
    Repairing,
}

impl For {
    /// Lets go of what nobody asks of a report again.
    pub(super) fn shed(self, report: &mut Report) {
        match self {
            Self::Listing => report.shed(),
            Self::Showing => report.view.resolved.trees.clear(),
            Self::Repairing => {}
        }
    }

    /// From the disk, with nothing known of it.
    const fn once<'o>(self, open: &'o Open, walked: &'o mut Walked) -> How<'o> {
        How {
            purpose: self,
            scope: Scope::Neighbours,
            open,
            walked,
        }
    }
}

/// Which stacks of a repository are checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// All that stand beside those that were asked for.
    Neighbours,
    /// Of manifests only those that read a file that was asked for.
    Readers,
}

/// Texts that are open, and what is known of the disk.
pub(super) struct Opened<'o> {
    pub(super) texts: &'o Open,
    pub(super) walked: &'o mut Walked,
    pub(super) scope: Scope,
}

/// How files are read.
struct How<'o> {
    purpose: For,
    scope: Scope,
    open: &'o Open,
    walked: &'o mut Walked,
}

fn read(args: &InputArgs, config: &Config, io: &mut Io<'_>, purpose: For) -> io::Result<Gathered> {
    let mut gathered = each(
        args,
        config,
        io,
        purpose.once(&Open::new(), &mut Walked::default()),
    )?;
    drop_repeats(&mut gathered.reports);
    Ok(gathered)
}

/// The same, with what several stacks say of one file said by each of them.
pub(super) fn gather_each(
    args: &InputArgs,
    config: &Config,
    io: &mut Io<'_>,
) -> io::Result<Gathered> {
    each(
        args,
        config,
        io,
        For::Repairing.once(&Open::new(), &mut Walked::default()),
    )
}

/// The stacks that files, which are absolute, are part of, and their neighbours,
/// with open texts in place of what the disk holds. What several of them say is
/// said by each.
pub(super) fn gather_open(
    files: &BTreeSet<PathBuf>,
    open: Opened<'_>,
    config: &Config,
    io: &mut Io<'_>,
) -> io::Result<Gathered> {
    let args = InputArgs {
        paths: files.iter().cloned().collect(),
        ..InputArgs::default()
    };
    let how = How {
        purpose: For::Repairing,
        scope: open.scope,
        open: open.texts,
        walked: open.walked,
    };
    let texts = how.open;
    let mut gathered = each(&args, config, io, how)?;
    gathered.open = Arc::new(Seen::of(texts));
    Ok(gathered)
}

fn each(args: &InputArgs, config: &Config, io: &mut Io<'_>, how: How<'_>) -> io::Result<Gathered> {
    let root = discover::repository_root(&io.dir);
    let mut settings = Settings::new(args, config, &io.dir)?;
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return standard_input(args, settings, io, &root);
    }
    if !args.files.is_empty() {
        let files = all_absolute(&io.dir, &args.files);
        let request = request(args, &io.dir, io.dir.clone(), files);
        let first = request.files.first().and_then(|it| it.parent());
        let project = first.unwrap_or(&io.dir).to_owned();
        settings.look(&project)?;
        settings.stand_for(&io.dir, &project);
        let disk = Disk::below(&root_of(&root, &request));
        let asked = Asked::of(&disk, args.tracing);
        let report = check::check(&request, &asked, &io.dir, settings.of(&project));
        let main = request.files.first().cloned().unwrap_or(project);
        return Ok(named(report, settings, main, asked));
    }
    let mut roots = all_absolute(&io.dir, &args.paths);
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
        discover::with_neighbours(&roots, &hints, how.open, how.walked)
    };
    for candidate in found.candidates.iter().chain(&found.referred) {
        settings.look(&candidate.dir)?;
    }
    for path in &found.manifests {
        settings.look(path.parent().unwrap_or(&io.dir))?;
    }
    let mut gathered = projects(args, &found, settings, (io, how.purpose));
    let wanted = match how.scope {
        Scope::Neighbours => BTreeSet::new(),
        Scope::Readers => hints.clone(),
    };
    clusters::add(
        &found,
        (&roots, &wanted),
        (io, how.purpose, args.tracing),
        &mut gathered,
    )?;
    workflows::add(&found, (io, how.purpose, args.tracing), &mut gathered)?;
    if args.profiles.is_empty() && args.env_files.is_empty() {
        gathered.searched = roots.into_iter().filter(|it| it.is_dir()).collect();
    }
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

/// One stack of files that were named with `-f`.
fn named(report: Report, settings: Settings, main: PathBuf, asked: Asked<'_>) -> Gathered {
    let trace = Trace::default();
    trace.add(&main, asked);
    Gathered {
        mains: vec![main],
        asked: trace.into_inner(),
        ..Gathered::new(vec![report], settings)
    }
}

pub(super) fn request(args: &InputArgs, cwd: &Path, dir: PathBuf, files: Vec<PathBuf>) -> Request {
    Request {
        dir,
        files,
        env_files: all_absolute(cwd, &args.env_files),
        profiles: args.profiles.clone(),
        starters: Vec::new(),
        pooled: Vec::new(),
    }
}

fn all_absolute(dir: &Path, paths: &[PathBuf]) -> Vec<PathBuf> {
    paths.iter().map(|path| absolute(dir, path)).collect()
}

pub(super) fn absolute(dir: &Path, path: &Path) -> PathBuf {
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
    let trace = Trace::default();
    let one = |candidate: &Candidate| {
        let mut request = request(args, dir, candidate.dir.clone(), candidate.files.clone());
        request.starters = starting.of(candidate);
        request.pooled.clone_from(&candidate.pooled);
        let config = settings.of(&candidate.dir);
        let disk = disk_of[candidate.dir.as_os_str()].as_ref();
        let asked = Asked::of(disk, args.tracing);
        let mut report = check::check(&request, &asked, dir, config);
        trace.add(&candidate.main, asked);
        // Of a piece that is laid over a base, the base wants to know.
        if candidate.files.len() > 1 {
            report.pooled = reach::pooled(&report.view);
        }
        // A part of something is looked at once more.
        if report.view.graph.dangling.is_empty() {
            purpose.shed(&mut report);
        }
        report
    };
    let mut checked = check_all(&found.candidates, &one);
    let left = unused(&found.referred, &checked, &io.dir);
    checked.extend(one_of_each_ring(check_all(&left, &one), &io.dir));
    pieces::complete(&mut checked, &one, &settings);
    checked.sort_by(|a, b| a.0.main.cmp(&b.0.main));
    let mut gathered = Gathered::new(Vec::new(), settings);
    gathered.asked = trace.into_inner();
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

pub(super) fn absolute_sources(report: &Report, dir: &Path) -> Vec<PathBuf> {
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
    keep_stacks(gathered, |report, main| own.contains(main) || reads(report));
    for report in &mut gathered.reports {
        let sources = &report.view.resolved.sources;
        let hinted = |it: &Finding| hints.contains(&dir.join(sources.get(it.at.file).path()));
        report.findings.retain(hinted);
        report.suppressed.retain(|it| hinted(&it.finding));
    }
    gathered
        .skipped
        .retain(|it| hints.contains(&dir.join(&it.path)));
}

/// Keeps the stacks that a test holds for, with the files they are known by.
pub(super) fn keep_stacks(
    gathered: &mut Gathered,
    mut keep: impl FnMut(&Report, &PathBuf) -> bool,
) {
    let reports = std::mem::take(&mut gathered.reports);
    let mains = std::mem::take(&mut gathered.mains);
    let both = reports.into_iter().zip(mains);
    let kept = both.filter(|(report, main)| keep(report, main));
    (gathered.reports, gathered.mains) = kept.unzip();
}
