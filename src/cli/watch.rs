//! `--watch`: the same run again whenever a file that it rests on changes.
//!
//! Owns what is looked at and how runs are told apart. It looks at times and
//! sizes twice a second, which takes no library, works on every disk, those of
//! containers and networks included, and costs less than a millisecond for a
//! hundred files. Must not know what a run says.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::args::{CheckArgs, InputArgs};
use super::asked::Tracing;
use super::gather::Gathered;
use super::output::Output;
use super::{Exit, Io, check};
use crate::discover;
use crate::render::{self, redact};

/// So many changed files are named.
const NAMED: usize = 3;

/// What stands at a path.
#[derive(Clone, PartialEq, Eq, Debug)]
enum State {
    Absent,
    File(Option<SystemTime>, u64),
    /// The names in a folder that may be manifests, and its folders.
    Folder(BTreeSet<OsString>),
}

type Seen = BTreeMap<PathBuf, State>;

/// Runs until the process is ended, or until nobody waits any more.
///
/// # Errors
/// The first run could not be made, or its output not be written.
pub(super) fn run(args: &CheckArgs, outputs: &[Output], io: &mut Io<'_>) -> io::Result<Exit> {
    if args.input.paths.iter().any(|it| it.as_os_str() == "-") {
        writeln!(io.err, "error: --watch needs files, not standard input")?;
        return Ok(Exit::Failure);
    }
    if !check::is_for_people(outputs) {
        let advice = "name a file as in `--format sarif:FILE`";
        writeln!(io.err, "error: --watch prints for people: {advice}")?;
        return Ok(Exit::Failure);
    }
    let args = CheckArgs {
        input: InputArgs {
            tracing: Tracing::On,
            ..args.input.clone()
        },
        ..args.clone()
    };
    let (mut exit, gathered) = check::once(&args, outputs, io)?;
    let mut seen = look(watched(&args, outputs, &gathered, io));
    drop(gathered);
    let count = seen.values().filter(|it| matches!(it, State::File(..)));
    let files = render::count(count.count(), "file");
    writeln!(io.err, "note: watching {files}; Ctrl-C ends it")?;
    io.out.flush()?;
    while (io.pause)() {
        let now = look(seen.keys().cloned());
        let changed: Vec<&PathBuf> = now
            .iter()
            .filter(|(path, it)| seen.get(*path) != Some(it))
            .map(|(path, _)| path)
            .collect();
        if changed.is_empty() {
            continue;
        }
        let dir = io.dir.clone();
        writeln!(io.out, "\n── {} ──\n", told(&changed, &dir))?;
        match check::once(&args, outputs, io) {
            Ok((ended, gathered)) => {
                exit = ended;
                // What changes while it runs has changed since.
                let mut next = look(watched(&args, outputs, &gathered, io));
                next.extend(now.into_iter().filter(|(path, _)| seen.contains_key(path)));
                seen = next;
            }
            Err(error) => {
                writeln!(io.err, "error: {error}")?;
                exit = Exit::Failure;
                seen = now;
            }
        }
        io.out.flush()?;
    }
    Ok(exit)
}

/// What a run rests on: what it read and asked for, and the folders of that.
fn watched(
    args: &CheckArgs,
    outputs: &[Output],
    gathered: &Gathered,
    io: &Io<'_>,
) -> BTreeSet<PathBuf> {
    let mut files: BTreeSet<PathBuf> = gathered.asked.values().flatten().cloned().collect();
    files.extend(gathered.skipped.iter().map(|it| io.dir.join(&it.path)));
    files.extend(gathered.settings.looked_for());
    files.extend(args.accept.baseline.iter().map(|it| io.dir.join(it)));
    for output in outputs.iter().filter_map(|it| it.file.as_ref()) {
        files.remove(&discover::clean(&io.dir.join(output)));
    }
    let named = args.input.paths.iter().map(|it| io.dir.join(it));
    let mut folders: BTreeSet<PathBuf> = named.filter(|it| it.is_dir()).collect();
    if args.input.paths.is_empty() && args.input.files.is_empty() {
        folders.insert(io.dir.clone());
    }
    let parents = files.iter().filter_map(|it| it.parent());
    let inside = parents.filter(|it| it.starts_with(&io.dir));
    folders.extend(inside.map(Path::to_owned));
    files.extend(folders);
    files
}

fn look(paths: impl IntoIterator<Item = PathBuf>) -> Seen {
    let paths = paths.into_iter();
    paths.map(|path| (path.clone(), state(&path))).collect()
}

fn state(path: &Path) -> State {
    let Ok(facts) = fs::metadata(path) else {
        return State::Absent;
    };
    if !facts.is_dir() {
        return State::File(facts.modified().ok(), facts.len());
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let counts = entries.filter(|it| {
        let is_folder = it.file_type().is_ok_and(|it| it.is_dir());
        discover::is_candidate(&it.path()) || (is_folder && it.file_name() != ".git")
    });
    State::Folder(counts.map(|it| it.file_name()).collect())
}

/// Which files have changed, in words: single files before folders.
fn told(changed: &[&PathBuf], dir: &Path) -> String {
    let mut paths: Vec<&PathBuf> = changed.to_vec();
    paths.sort_by_key(|it| (it.is_dir(), *it));
    let shown = |path: &&PathBuf| {
        let short = path.strip_prefix(dir).unwrap_or(path);
        let short = if short.as_os_str().is_empty() {
            Path::new(".")
        } else {
            short
        };
        redact::message(&short.to_string_lossy())
    };
    let mut names: Vec<String> = paths.iter().take(NAMED).map(shown).collect();
    if paths.len() > NAMED {
        names.push(format!("{} more", paths.len() - NAMED));
    }
    format!("changed: {}", names.join(", "))
}
