//! `migrate`: from waiting for starts to waiting for readiness, once.
//!
//! Owns the guard before anything is written: git can give back what is there.
//! Must not decide what is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fix::{is_asked, is_unreadable, patches, root, write_all};
use super::gather::{Gathered, gather_all};
use super::migrate_args::{AddPoolerArg, MigrateArgs, MigrateFormat};
use super::saved::{Checkouts, Doubt};
use super::{Exit, Io, broken, workflows};
use crate::baseline::Baseline;
use crate::check::Report;
use crate::config::{Config, Persona};
use crate::discover::{self, Disk};
use crate::finding::Finding;
use crate::fix::{self, Setting, Wanted};
use crate::migrate::{self, Migration, Step, Task};
use crate::render::migration::{self, Group, Plan};
use crate::render::repairs::{Left, Why};
use crate::render::{migration_json, migration_markdown, redact};
use crate::rules::{self, Audience};
use crate::write;

pub(super) fn run(args: &MigrateArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    if args.input.paths.iter().any(|it| it.as_os_str() == "-") {
        writeln!(io.err, "error: `migrate` needs files, not standard input")?;
        return Ok(Exit::Failure);
    }
    let config = Config {
        // Healthchecks that only the pedantic ask for are part of the first step.
        persona: Persona::Pedantic,
        // What is accepted is what a migration is for.
        baseline: Some(Arc::new(Baseline::default())),
        today: io.today,
        profiles: args.input.profiles.clone(),
        ..Config::default()
    };
    let mut gathered = gather_all(&args.input, &config, io)?;
    workflows::drop_all(&mut gathered);
    let broken = broken::set_aside(&mut gathered, io)?;
    if gathered.reports.is_empty() {
        writeln!(
            io.err,
            "nothing to migrate: no Compose project and no Kubernetes manifest found"
        )?;
        return Ok(Exit::Failure);
    }
    let partial = gathered.reports.iter().any(Report::is_partial) && !args.allow_partial;
    let unseen = partial || broken > 0 || is_unreadable(&gathered);
    let mut plan = planned(args, &mut gathered, &io.dir);
    if partial {
        writeln!(
            io.err,
            "note: part of a stack was out of sight; `tierlint check` says what"
        )?;
    }
    if args.apply {
        if unseen {
            let line = "a stack was not seen as a whole";
            writeln!(io.err, "error: nothing is written: {line}")?;
        }
        let doubts = doubts(args, &plan, &io.dir)?;
        for line in &doubts {
            writeln!(
                io.err,
                "error: nothing is written: {}",
                redact::message(line)
            )?;
        }
        if unseen || !doubts.is_empty() {
            return Ok(Exit::Failure);
        }
        if apply(&plan, io)? {
            return Ok(Exit::Failure);
        }
        plan.applied = true;
    }
    let text = match args.format {
        MigrateFormat::Text => migration::render(&plan),
        MigrateFormat::Markdown => migration_markdown::render(&plan),
        MigrateFormat::Json => migration_json::render(&plan),
    };
    io.out.write_all(text.as_bytes())?;
    Ok(match (unseen, plan.files() > 0 && !plan.applied) {
        (true, _) => Exit::Failure,
        (false, true) => Exit::Findings,
        (false, false) => Exit::Clean,
    })
}

/// The steps that were asked for, in their order. A pooler that is added is
/// there to be used.
fn task(args: &MigrateArgs) -> Task {
    let mut steps: BTreeSet<Step> = match args.steps.as_slice() {
        [] => Step::ALL.into_iter().collect(),
        some => some.iter().map(|it| it.step()).collect(),
    };
    if args.add_pooler.is_some() {
        steps.extend([Step::Addition, Step::Pooler]);
    }
    Task {
        steps,
        add: args.add_pooler.map(AddPoolerArg::product),
    }
}

fn planned(args: &MigrateArgs, gathered: &mut Gathered, dir: &Path) -> Plan {
    let task = task(args);
    let steps = &task.steps;
    let listed: Vec<Step> = steps.iter().copied().collect();
    let wanted = migrate::wanted(&listed, &gathered.hints);
    let reports = std::mem::take(&mut gathered.reports);
    let config = |project: &Path| gathered.settings.of(project);
    let here = discover::repository_root(dir);
    let one = |reports: Vec<Report>| {
        let disk = Disk::below(&root(&reports[0].request, &here));
        let setting = Setting {
            reader: &disk,
            dir,
            config: &config,
            wanted: &wanted,
        };
        let migration = migrate::migrate(reports, setting, &task);
        Group {
            left: left(args, gathered, &migration, &wanted, dir),
            elsewhere: elsewhere(&migration, steps),
            patch: patches(&migration.changed, dir),
            migration,
        }
    };
    Plan {
        groups: fix::groups(reports).into_iter().map(one).collect(),
        applied: false,
    }
}

/// What the steps leave for people, and why.
fn left(
    args: &MigrateArgs,
    gathered: &Gathered,
    way: &Migration,
    wanted: &Wanted,
    dir: &Path,
) -> Vec<Left> {
    let mut left = Vec::new();
    for report in &way.reports {
        for finding in &report.findings {
            let rule = rules::find(finding.rule);
            let taste = rule.is_some_and(|it| it.audience == Audience::Pedants);
            if taste || !is_asked(gathered, (report, finding), dir) {
                continue;
            }
            let place = place(args, way, (report, finding), dir);
            let mut it = Left::new(place, finding, way.tripped(report, finding), wanted);
            if it.why == Why::Unwanted && Step::of(finding.rule).is_some() {
                continue;
            }
            it.reason = reason(&it, finding);
            left.push(it);
        }
    }
    left
}

/// Where a finding stands: in the file as it is now, written or not.
fn place(
    args: &MigrateArgs,
    way: &Migration,
    (report, finding): (&Report, &Finding),
    dir: &Path,
) -> String {
    let source = report.view.resolved.sources.get(finding.at.file);
    let at = source.position(finding.at.span.start);
    let (mut line, path) = (at.line as usize, source.path());
    if let (Some(it), false) = (way.changed.get(&dir.join(path)), args.apply) {
        line = write::line_before(&it.before, &it.after, line);
    }
    format!("{}:{line}:{}", path.display(), at.column)
}

/// How much the steps that were not asked for could still repair.
fn elsewhere(way: &Migration, steps: &BTreeSet<Step>) -> BTreeMap<Step, usize> {
    let mut counts = BTreeMap::new();
    let findings = way.reports.iter().flat_map(|it| &it.findings);
    for finding in findings.filter(|it| it.fix.is_some()) {
        let step = Step::of(finding.rule).filter(|it| !steps.contains(it));
        step.into_iter()
            .for_each(|step| *counts.entry(step).or_default() += 1);
    }
    counts
}

/// Why a finding is left: what stands in the way, where else it is repaired,
/// else what a person can do.
fn reason(left: &Left, finding: &Finding) -> Option<String> {
    let title = finding.fix.as_ref().map(|it| it.title.as_str());
    match (left.why, title) {
        (Why::Refused, _) => left.reason.as_ref().map(|it| format!("not changed: {it}")),
        (Why::ByHand, _) => finding.help.clone(),
        (_, None) => left.reason.clone(),
        (_, Some(title)) => Some(format!("with `tierlint fix`: {title}")),
    }
}

/// Why the files may not be changed: git could not give them back.
fn doubts(args: &MigrateArgs, plan: &Plan, dir: &Path) -> io::Result<Vec<String>> {
    let mut checkouts = Checkouts::default();
    let mut lines: BTreeMap<PathBuf, String> = BTreeMap::new();
    for (path, it) in plan.groups.iter().flat_map(|it| &it.migration.changed) {
        let shown = path.strip_prefix(dir).unwrap_or(path).display();
        let line = match checkouts.doubt(path, it.before.as_bytes())? {
            Some(Doubt::Outside) if !args.allow_no_vcs => {
                format!(
                    "{shown} is in no git checkout, which would give it back; --allow-no-vcs writes all the same"
                )
            }
            Some(Doubt::Unsaved(reason)) if !args.allow_dirty => {
                format!("{shown}: {reason}; commit it, or --allow-dirty writes all the same")
            }
            _ => continue,
        };
        lines.insert(path.clone(), line);
    }
    Ok(lines.into_values().collect())
}

/// Writes each group whole or not at all; `true` if one could not be written.
fn apply(plan: &Plan, io: &mut Io<'_>) -> io::Result<bool> {
    let here = discover::repository_root(&io.dir);
    let mut failed = false;
    for group in &plan.groups {
        if let Some(report) = group.migration.reports.first() {
            let root = root(&report.request, &here);
            failed |= !write_all(&group.migration.changed, &root, io)?;
        }
    }
    Ok(failed)
}
