//! `baseline`: findings that are accepted as they stand.
//!
//! Owns which file is written and what becomes of entries of stacks that were
//! not looked at. Must not know the text form.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::adoption::{BaselineAct, BaselineArgs};
use super::gather::{Gathered, gather_each};
use super::settings::{self, BASELINE_NAME};
use super::{Exit, Io, accept};
use crate::baseline::{self, Accepted, Baseline};
use crate::check::Report;
use crate::config::Config;
use crate::discover::{self, SkipKind};
use crate::render::{self, redact};
use crate::write;

pub(super) fn run(args: &BaselineArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    if args.input.paths.iter().any(|path| path.as_os_str() == "-") {
        writeln!(io.err, "error: standard input has no baseline")?;
        return Ok(Exit::Failure);
    }
    let mut named = args.input.paths.iter().chain(&args.input.files);
    if let Some(absent) = named.find(|it| !io.dir.join(it).exists()) {
        let absent = redact::message(&absent.to_string_lossy());
        writeln!(io.err, "error: {absent}: there is no such file")?;
        return Ok(Exit::Failure);
    }
    let (file, folder) = place(args, &io.dir);
    let shown = settings::shown(&file, &io.dir);
    let old = match (args.act, file.is_file()) {
        (BaselineAct::Write, true) => {
            let advice = "`tierlint baseline update` brings it up to date";
            writeln!(io.err, "error: {shown} is there already; {advice}")?;
            return Ok(Exit::Failure);
        }
        (BaselineAct::Update | BaselineAct::Prune, false) => {
            let advice = "`tierlint baseline write` makes one";
            writeln!(io.err, "error: there is no {shown}; {advice}")?;
            return Ok(Exit::Failure);
        }
        (_, true) => settings::baseline(&file, &folder, &io.dir)?,
        (_, false) => Baseline {
            folder,
            stacks: BTreeMap::new(),
        },
    };
    let config = Config {
        // Nothing is accepted while it is asked what there is.
        baseline: Some(Arc::new(Baseline::default())),
        profiles: args.input.profiles.clone(),
        today: io.today,
        dir: io.dir.clone(),
        ..Config::default()
    };
    let gathered = gather_each(&args.input, &config, io)?;
    let new = changed(args.act, &old, &gathered, (&file, &io.dir));
    write::put(&file, &new.render())?;
    tell(&old, &new, &shown, io)?;
    unread(&gathered, io)
}

/// The file, and the folder that the names of its stacks start from: its own,
/// or the working folder where the file is named.
fn place(args: &BaselineArgs, dir: &Path) -> (PathBuf, PathBuf) {
    if let Some(file) = &args.baseline {
        return (discover::clean(&dir.join(file)), dir.to_owned());
    }
    let folder = nearest(dir).unwrap_or_else(|| dir.to_owned());
    (folder.join(BASELINE_NAME), folder)
}

/// The nearest folder with a baseline, up to the repository.
fn nearest(dir: &Path) -> Option<PathBuf> {
    let root = discover::repository_root(dir);
    let mut inside = dir.ancestors().take_while(|it| it.starts_with(&root));
    let found = inside.find(|it| it.join(BASELINE_NAME).is_file());
    found.map(Path::to_owned)
}

/// What is to be written. Stacks that were not looked at, or not to the end,
/// keep their entries unless they are gone.
fn changed(
    act: BaselineAct,
    old: &Baseline,
    gathered: &Gathered,
    (file, dir): (&Path, &Path),
) -> Baseline {
    let mut stacks: BTreeMap<String, Accepted> = old
        .stacks
        .iter()
        .filter(|(name, _)| !accept::is_gone(old, name))
        .map(|(name, it)| (name.clone(), it.clone()))
        .collect();
    for report in gathered.reports.iter().filter(|it| is_ours(it, file)) {
        let name = report.name_in(old, dir);
        let now = baseline::count(&report.findings);
        let before = old.stacks.get(&name).cloned().unwrap_or_default();
        let kept = match act {
            _ if !report.view.resolved.broken.is_empty() => before,
            BaselineAct::Write | BaselineAct::Update => now,
            BaselineAct::Prune => less(&before, &now),
        };
        stacks.insert(name, kept);
    }
    Baseline {
        folder: old.folder.clone(),
        stacks,
    }
}

/// Whether a stack has no baseline that is nearer to it.
fn is_ours(report: &Report, file: &Path) -> bool {
    let Some(folder) = file.parent().filter(|_| file.ends_with(BASELINE_NAME)) else {
        return true;
    };
    let dir = report.request.dir();
    let mut between = dir
        .ancestors()
        .take_while(|it| it.starts_with(folder) && *it != folder);
    !between.any(|it| it.join(BASELINE_NAME).is_file())
}

/// What was accepted and is still found.
fn less(before: &Accepted, now: &Accepted) -> Accepted {
    let both = before.iter().filter_map(|(key, count)| {
        let count = now.get(key)?.min(count);
        Some((key.clone(), *count))
    });
    both.collect()
}

/// One line: how many findings are accepted, and what changed.
fn tell(old: &Baseline, new: &Baseline, shown: &str, io: &mut Io<'_>) -> io::Result<()> {
    let (mut more, mut fewer) = (0, 0);
    let none = Accepted::new();
    let names = old.stacks.keys().chain(new.stacks.keys());
    for name in names.collect::<std::collections::BTreeSet<_>>() {
        let was = old.stacks.get(name).unwrap_or(&none);
        let is = new.stacks.get(name).unwrap_or(&none);
        let count = |accepted: &Accepted, key| accepted.get(key).copied().unwrap_or(0);
        more += is
            .iter()
            .map(|(key, n)| n.saturating_sub(count(was, key)))
            .sum::<usize>();
        fewer += was
            .iter()
            .map(|(key, n)| n.saturating_sub(count(is, key)))
            .sum::<usize>();
    }
    let stacks = new.stacks.values().filter(|it| !it.is_empty()).count();
    writeln!(
        io.out,
        "{} in {}: {} added, {} taken out · {shown}",
        render::count(new.len(), "accepted finding"),
        render::count(stacks, "stack"),
        more,
        fewer
    )
}

/// Names what could not be read: its entries are those of before.
fn unread(gathered: &Gathered, io: &mut Io<'_>) -> io::Result<Exit> {
    let skipped = gathered.skipped.iter();
    let mut exit = Exit::Clean;
    for it in skipped.filter(|it| it.kind == SkipKind::Unreadable) {
        let path = redact::message(&it.path.to_string_lossy());
        writeln!(io.err, "error: {path}: {}", redact::message(&it.reason))?;
        exit = Exit::Failure;
    }
    Ok(exit)
}
