//! What is kept back in a run, and what is said about it.
//!
//! Owns the flags about ignores and baselines, and the notes on those that have
//! become useless. Must not decide which finding is kept back.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::Io;
use super::adoption::AcceptArgs;
use super::gather::Gathered;
use super::settings;
use crate::baseline::{Baseline, Key};
use crate::check::{self, Report};
use crate::config::ignores::Ignore;
use crate::config::{Config, Ignoring};
use crate::discover::SkipKind;
use crate::render::redact;
use crate::rules;
use crate::suppress::By;

/// So many stale entries are named one by one.
const NAMED: usize = 5;

/// Adds what the flags say about ignores, the day, and the working folder.
///
/// # Errors
/// The file named by `--baseline` cannot be read or understood.
pub(super) fn with(config: Config, args: &AcceptArgs, io: &Io<'_>) -> io::Result<Config> {
    let file = args.baseline.as_ref().map(|it| io.dir.join(it));
    let baseline = file.map(|it| settings::baseline(&it, &io.dir, &io.dir));
    Ok(Config {
        ignoring: if args.no_ignores {
            Ignoring::Disregarded
        } else {
            Ignoring::Heeded
        },
        baseline: baseline.transpose()?.map(Arc::new),
        today: io.today,
        dir: io.dir.clone(),
        ..config
    })
}

/// Says which ignores have ended and which accepted findings have gone.
pub(super) fn notes(gathered: &Gathered, io: &mut Io<'_>) -> io::Result<()> {
    for (place, day) in gathered.settings.ended() {
        let place = redact::message(&place);
        writeln!(
            io.err,
            "note: {place}: this ignore ended on {day}, so it ignores nothing"
        )?;
    }
    for place in idle(gathered) {
        let place = redact::message(&place);
        writeln!(io.err, "note: {place}: this ignore ignores nothing")?;
    }
    let stale = stale(gathered, io);
    for line in stale.iter().take(NAMED) {
        writeln!(
            io.err,
            "note: stale in the baseline: {}",
            redact::message(line)
        )?;
    }
    if stale.len() > NAMED {
        let more = stale.len() - NAMED;
        writeln!(io.err, "note: stale in the baseline: {more} more")?;
    }
    if !stale.is_empty() {
        writeln!(
            io.err,
            "note: `tierlint baseline prune` takes out what is stale"
        )?;
    }
    Ok(())
}

/// Where ignores of the settings stand that nothing was kept back for, although
/// all was looked at that they rule.
fn idle(gathered: &Gathered) -> BTreeSet<String> {
    let mut idle = BTreeSet::new();
    for (folder, config) in gathered.settings.ruling() {
        if config.ignoring == Ignoring::Disregarded || !is_whole(gathered, folder) {
            continue;
        }
        let ran = |rule: &Option<String>| match rule {
            Some(name) => rules::find(name).is_some_and(|it| it.is_heard(config)),
            None => !gathered.settings.is_narrowed() && config.select.is_empty(),
        };
        let live = config.ignores.iter();
        let live = live.filter(|it| !it.has_ended(config.today) && ran(&it.rule));
        let used = |it: &Ignore| {
            gathered
                .reports
                .iter()
                .any(|report| uses(it, report, config))
        };
        idle.extend(live.filter(|it| !used(it)).map(|it| it.place.clone()));
    }
    idle
}

/// Whether an ignore speaks for something that the settings kept back.
fn uses(ignore: &Ignore, report: &Report, config: &Config) -> bool {
    let sources = &report.view.resolved.sources;
    let mut suppressed = report.suppressed.iter();
    suppressed.any(|it| it.by == By::Settings && ignore.takes(&it.finding, sources, &config.dir))
}

/// Whether everything in a folder was read and understood.
fn is_whole(gathered: &Gathered, folder: &Path) -> bool {
    let searched = gathered.searched.iter().any(|it| folder.starts_with(it));
    let skipped = gathered.skipped.iter();
    let mut unread = skipped.filter(|it| it.kind == SkipKind::Unreadable);
    let reports = gathered.reports.iter();
    let mut inside = reports.filter(|it| it.request.dir().starts_with(folder));
    searched
        && unread.next().is_none()
        && inside.all(|it| {
            !it.is_partial() && it.view.resolved.broken.is_empty() && check::is_seen(&it.view)
        })
}

/// The entries that nothing raises any more, in words.
fn stale(gathered: &Gathered, io: &Io<'_>) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for report in &gathered.reports {
        let config = gathered.settings.of(report.request.dir());
        let Some(baseline) = &config.baseline else {
            continue;
        };
        let name = report.name_in(baseline, &io.dir);
        lines.extend(report.stale.keys().map(|key| entry(&name, key)));
    }
    for baseline in gathered.settings.baselines() {
        let gone = baseline.stacks.keys().filter(|it| is_gone(baseline, it));
        lines.extend(gone.map(|name| format!("{name}: there is no such stack")));
    }
    lines
}

/// Whether the first file of a stack is no longer there.
pub(super) fn is_gone(baseline: &Baseline, name: &str) -> bool {
    let first = name.split(" + ").next().unwrap_or(name);
    !baseline.folder.join(first).exists()
}

fn entry(stack: &str, key: &Key) -> String {
    let Key { rule, subject } = key;
    match subject.split_first() {
        None => format!("{stack}: {rule}"),
        Some((workload, [])) => format!("{stack}: {rule} of `{workload}`"),
        Some((workload, rest)) => {
            let rest = rest.join("`, `");
            format!("{stack}: {rule} of `{workload}` and `{rest}`")
        }
    }
}
