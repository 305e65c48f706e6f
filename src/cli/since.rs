//! `--changed-since`: the stacks of which something has changed.
//!
//! Owns what counts as a change of a stack: any file that it asked for, there or
//! not, and the settings that count for it. Must not know how git is read.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::Io;
use super::args::{InputArgs, SinceArgs};
use super::asked::Tracing;
use super::gather::{self, For, Gathered};
use super::history::History;
use crate::check::{Report, Request};
use crate::config::Config;
use crate::discover;
use crate::render::{self, redact};

/// What the arguments name, of it the stacks that have changed.
///
/// # Errors
/// The revision cannot be held against the disk.
pub(super) fn gather(
    args: &InputArgs,
    since: &SinceArgs,
    config: &Config,
    (io, purpose): (&mut Io<'_>, For),
) -> io::Result<Gathered> {
    let Some(revision) = &since.changed_since else {
        return gather::gather(args, config, io, purpose);
    };
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        let problem = "--changed-since needs files, not standard input";
        return Err(io::Error::other(problem));
    }
    let args = InputArgs {
        tracing: Tracing::On,
        ..args.clone()
    };
    let mut gathered = gather::gather(&args, config, io, purpose)?;
    keep(revision, &mut gathered, io)?;
    Ok(gathered)
}

/// Keeps the stacks that have changed, with all their findings: a change in one
/// file makes findings in another. Says how many have not.
///
/// # Errors
/// The revision cannot be held against the disk.
fn keep(revision: &str, gathered: &mut Gathered, io: &mut Io<'_>) -> io::Result<()> {
    let told = |error: io::Error| io::Error::other(format!("--changed-since: {error}"));
    let mut history = History::since(revision, &io.dir).map_err(told)?;
    let folders: BTreeSet<PathBuf> = gathered.mains.iter().cloned().collect();
    gathered.searched.clear();
    let mut wanted = Vec::new();
    for (report, main) in gathered.reports.iter().zip(&gathered.mains) {
        let files = files(report, main, gathered);
        let changed = is_changed(&files, main, &mut history).map_err(told)?
            || lost(report, main, &folders, &mut history).map_err(told)?;
        wanted.push(changed);
    }
    let same = wanted.iter().filter(|it| !**it).count();
    let mut each = wanted.into_iter();
    gather::keep_stacks(gathered, |_, _| each.next().unwrap_or(true));
    if same > 0 {
        writeln!(
            io.err,
            "note: {} as at `{}`: not reported",
            render::count(same, "stack"),
            redact::message(revision)
        )?;
    }
    Ok(())
}

/// The files that decide what a stack is and what is said of it.
fn files(report: &Report, main: &Path, gathered: &Gathered) -> BTreeSet<PathBuf> {
    let asked = gathered.asked.get(main).into_iter().flatten().cloned();
    let mut files: BTreeSet<PathBuf> = asked.collect();
    let settings = gathered.settings.files(report.request.dir());
    files.extend(settings.into_iter().map(Path::to_owned));
    if let Request::Cluster(request) = &report.request {
        files.extend(request.kustomizations.iter().cloned());
    }
    files
}

/// A stack outside the repository is not held back: nobody can know.
fn is_changed(files: &BTreeSet<PathBuf>, main: &Path, history: &mut History) -> io::Result<bool> {
    if !history.holds(main) {
        return Ok(true);
    }
    for file in files {
        if history.has_changed(file)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a manifest has gone that was nearer to this cluster than to others:
/// nothing asks for it any more.
fn lost(
    report: &Report,
    main: &Path,
    mains: &BTreeSet<PathBuf>,
    history: &mut History,
) -> io::Result<bool> {
    let Request::Cluster(request) = &report.request else {
        return Ok(false);
    };
    let bases = request.kustomizations.iter().filter_map(|it| it.parent());
    let own: BTreeSet<&Path> = bases.chain([main]).collect();
    for folder in &own {
        let gone = history.gone(folder)?;
        let ours = |path: &PathBuf| {
            let mut above = path.ancestors().skip(1);
            let nearest = above.find(|it| own.contains(it) || mains.contains(*it));
            discover::is_candidate(path) && nearest.is_some_and(|it| own.contains(it))
        };
        if gone.iter().any(ours) {
            return Ok(true);
        }
    }
    Ok(false)
}
