//! `fix`: repairs in place, as a patch, or from standard input to standard output.
//!
//! Owns which stacks are repaired with which reader, and the order of writing.
//! Must not decide what is repaired.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::args::{FixArgs, FixFormat, Gate};
use super::gather::{Gathered, gather_all, root_of};
use super::typed::Typed;
use super::{Exit, Io, accept};
use crate::check::{Report, Request};
use crate::config::{Config, Persona};
use crate::discover::{self, Disk, SkipKind};
use crate::finding::{Finding, Safety};
use crate::fix::{self, Changed, Outcome, Setting, Wanted};
use crate::render::repairs::{self, Left, Ready, Summary};
use crate::render::{redact, repairs_json};
use crate::rules;
use crate::source::Reader;
use crate::write::{self, Change};

pub(super) fn run(args: &FixArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    for name in args.only.iter().chain(&args.ignore) {
        if rules::find(name).is_none() {
            writeln!(io.err, "error: {}", rules::unknown(name))?;
            return Ok(Exit::Failure);
        }
    }
    let mut gathered = gather_all(
        &args.input,
        &accept::with(config(args), &args.accept, io)?,
        io,
    )?;
    unreadable(&gathered, io)?;
    if gathered.reports.is_empty() {
        writeln!(
            io.err,
            "nothing to fix: no Compose project and no Kubernetes manifest found"
        )?;
        return Ok(if is_unreadable(&gathered) {
            Exit::Failure
        } else {
            Exit::Clean
        });
    }
    let missing = unknown_workload(args, &gathered.reports);
    if let Some(name) = missing {
        writeln!(io.err, "error: no stack has a workload `{name}`")?;
        return Ok(Exit::Failure);
    }
    accept::notes(&gathered, io)?;
    let before: Vec<Ready> = gathered.reports.iter().map(Ready::of).collect();
    let reports = std::mem::take(&mut gathered.reports);
    let wanted = Wanted {
        safety: if args.unsafe_fixes {
            Safety::Unsafe
        } else {
            Safety::Safe
        },
        rules: args.only.clone(),
        workloads: args.workload.clone(),
        files: gathered.hints.clone(),
    };
    let outcomes = repair(reports, &gathered, &wanted, &io.dir);
    let failed = put(args, &gathered, &outcomes, io)?;
    tell(args, &gathered, &outcomes, (&before, &wanted), io)?;
    let shown = args.diff && outcomes.iter().any(|it| !it.changed.is_empty());
    let exit = exit(args, &gathered, &outcomes, &io.dir);
    // Taking every model apart would only cost time.
    std::mem::forget(outcomes);
    Ok(match exit {
        _ if failed => Exit::Failure,
        Exit::Failure => Exit::Failure,
        // What a patch is asked for is whether there is one.
        _ if args.diff && shown => Exit::Findings,
        _ if args.diff => Exit::Clean,
        exit => exit,
    })
}

fn config(args: &FixArgs) -> Config {
    Config {
        persona: if args.pedantic {
            Persona::Pedantic
        } else {
            Persona::Regular
        },
        extend_select: args.only.clone(),
        ignore: args.ignore.clone(),
        fail_on: args.fail_on.map(Gate::severity),
        profiles: args.input.profiles.clone(),
        ..Config::default()
    }
}

pub(super) fn is_unreadable(gathered: &Gathered) -> bool {
    let mut skipped = gathered.skipped.iter();
    skipped.any(|it| it.kind == SkipKind::Unreadable)
}

fn unreadable(gathered: &Gathered, io: &mut Io<'_>) -> io::Result<()> {
    let skipped = gathered.skipped.iter();
    for it in skipped.filter(|it| it.kind == SkipKind::Unreadable) {
        let path = redact::message(&it.path.to_string_lossy());
        writeln!(io.err, "error: {path}: {}", redact::message(&it.reason))?;
    }
    Ok(())
}

/// A name given with `--workload` that no stack has.
fn unknown_workload<'a>(args: &'a FixArgs, reports: &[Report]) -> Option<&'a String> {
    let known = |name: &&String| {
        reports
            .iter()
            .any(|report| report.stack().find(name).is_some())
    };
    args.workload.iter().find(|name| !known(name))
}

/// Repairs each set of stacks that share files, several at once.
pub(super) fn repair(
    reports: Vec<Report>,
    gathered: &Gathered,
    wanted: &Wanted,
    dir: &Path,
) -> Vec<Outcome> {
    let config = |project: &Path| gathered.settings.of(project);
    let here = discover::repository_root(dir);
    let one = |group: Vec<Report>| {
        let root = root(&group[0].request, &here);
        let disk = Disk::knowing(&root, gathered.open.clone());
        let typed = gathered.typed.as_ref().map(|(path, text)| Typed {
            disk: disk.clone(),
            path,
            text,
        });
        let reader: &dyn Reader = typed.as_ref().map_or(&disk as &dyn Reader, |it| it);
        let setting = Setting {
            reader,
            dir,
            config: &config,
            wanted,
        };
        fix::fix(group, setting)
    };
    let groups = fix::groups(reports);
    if groups.len() < 8 {
        return groups.into_iter().map(one).collect();
    }
    groups.into_par_iter().map(one).collect()
}

/// The folder that a stack's files must stay below; `here` is the repository of
/// the working folder.
pub(super) fn root(request: &Request, here: &Path) -> PathBuf {
    match request {
        Request::Project(request) => root_of(here, request),
        Request::Cluster(request) => request.root.clone(),
        Request::Workflow(request) => request.dir.clone(),
    }
}

/// Puts the results where they belong; `true` if something could not be written.
fn put(
    args: &FixArgs,
    gathered: &Gathered,
    outcomes: &[Outcome],
    io: &mut Io<'_>,
) -> io::Result<bool> {
    if let (Some((path, text)), false) = (&gathered.typed, args.diff) {
        let changed = outcomes.iter().find_map(|it| it.changed.get(path));
        let text = changed.map_or(text.as_slice(), |it| it.after.as_bytes());
        io.out.write_all(text)?;
        return Ok(false);
    }
    let here = discover::repository_root(&io.dir);
    let mut failed = false;
    for outcome in outcomes {
        let Some(report) = outcome.reports.first() else {
            continue;
        };
        if args.diff {
            let patch = patches(&outcome.changed, &io.dir);
            io.out.write_all(patch.as_bytes())?;
        } else {
            failed |= !write_all(&outcome.changed, &root(&report.request, &here), io)?;
        }
    }
    Ok(failed)
}

/// Writes the files of stacks that share them, all or none; `false` if they
/// could not be written, which is said.
pub(super) fn write_all(
    changed: &BTreeMap<PathBuf, Changed>,
    root: &Path,
    io: &mut Io<'_>,
) -> io::Result<bool> {
    let changes: Vec<Change<'_>> = changed
        .iter()
        .map(|(path, it)| Change {
            path,
            before: &it.before,
            after: &it.after,
        })
        .collect();
    if changes.is_empty() {
        return Ok(true);
    }
    let Err(error) = write::all(&changes, root) else {
        return Ok(true);
    };
    let message = redact::message(&error.to_string());
    writeln!(io.err, "error: {message}: nothing in this stack is changed")?;
    Ok(false)
}

/// The changes as one patch.
pub(super) fn patches(changed: &BTreeMap<PathBuf, Changed>, dir: &Path) -> String {
    let patches = changed.iter().map(|(path, it)| {
        let base = base(path, dir);
        let shown = path.strip_prefix(&base).unwrap_or(path);
        write::patch(shown, &it.before, &it.after)
    });
    patches.collect()
}

/// The folder that a patch is applied in: the repository, else the working folder.
fn base(path: &Path, dir: &Path) -> PathBuf {
    let root = discover::repository_root(path.parent().unwrap_or(dir));
    if root.join(".git").exists() || !path.starts_with(dir) {
        root
    } else {
        dir.to_owned()
    }
}

/// Says what was done, what is left and why, and what it changes.
fn tell(
    args: &FixArgs,
    gathered: &Gathered,
    outcomes: &[Outcome],
    (before, wanted): (&[Ready], &Wanted),
    io: &mut Io<'_>,
) -> io::Result<()> {
    let after: Vec<Ready> = outcomes
        .iter()
        .flat_map(|it| &it.reports)
        .map(Ready::of)
        .collect();
    let mut summary = Summary {
        named: outcomes.iter().flat_map(|it| &it.named).collect(),
        made: Vec::new(),
        files: BTreeSet::new(),
        left: Vec::new(),
        before: before.to_vec(),
        after,
    };
    let mut seen = BTreeSet::new();
    for outcome in outcomes {
        summary.made.extend(&outcome.made);
        summary.files.extend(outcome.changed.keys());
        for report in &outcome.reports {
            for finding in &report.findings {
                let left = left(gathered, outcome, (report, finding), wanted, &io.dir);
                // What several stacks say of one file is said once.
                let told = left.filter(|it| {
                    seen.insert((it.place.clone(), finding.rule, finding.message.clone()))
                });
                summary.left.extend(told);
            }
        }
    }
    let apart = args.diff || gathered.typed.is_some();
    let out = if apart { &mut *io.err } else { &mut *io.out };
    let text = match args.format {
        FixFormat::Text => repairs::render(&summary),
        FixFormat::Json => repairs_json::render(&summary),
    };
    out.write_all(text.as_bytes())
}

/// A finding that is left, and why; `None` if it is in a file nobody asked about.
fn left(
    gathered: &Gathered,
    outcome: &Outcome,
    (report, finding): (&Report, &Finding),
    wanted: &Wanted,
    dir: &Path,
) -> Option<Left> {
    if !is_asked(gathered, (report, finding), dir) {
        return None;
    }
    let source = report.view.resolved.sources.get(finding.at.file);
    let at = source.position(finding.at.span.start);
    let place = format!("{}:{}:{}", source.path().display(), at.line, at.column);
    Some(Left::new(
        place,
        finding,
        outcome.tripped(report, finding),
        wanted,
    ))
}

fn exit(args: &FixArgs, gathered: &Gathered, outcomes: &[Outcome], dir: &Path) -> Exit {
    let reports = || outcomes.iter().flat_map(|it| &it.reports);
    let partial = reports().any(Report::is_partial);
    if is_unreadable(gathered) || (partial && !args.allow_partial) {
        return Exit::Failure;
    }
    let bad = |report: &Report| {
        let gate = gathered.settings.of(report.request.dir()).gate();
        let mut findings = report.findings.iter();
        findings.any(|it| it.severity >= gate && is_asked(gathered, (report, it), dir))
    };
    if !args.exit_zero && reports().any(bad) {
        Exit::Findings
    } else {
        Exit::Clean
    }
}

/// Whether a finding stands in a file that was named, if files were.
pub(super) fn is_asked(
    gathered: &Gathered,
    (report, finding): (&Report, &Finding),
    dir: &Path,
) -> bool {
    let source = report.view.resolved.sources.get(finding.at.file);
    gathered.hints.is_empty() || gathered.hints.contains(&dir.join(source.path()))
}
