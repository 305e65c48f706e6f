//! `check`: findings, a summary, an exit code. Never writes files.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::args::{CheckArgs, Colour, FixArgs, FixFormat, Format, Gate};
use super::gather::{For, Gathered};
use super::output::Output;
use super::{Exit, Io, accept, broken, since, watch};
use crate::check::Report;
use crate::config::{Config, Persona};
use crate::discover::SkipKind;
use crate::finding::{Safety, Severity};
use crate::render::{self, Outcome, human::Look, redact};
use crate::rules;
use crate::suppress::By;
use crate::write;

pub(super) fn run(args: &CheckArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    let lists = [&args.select, &args.extend_select, &args.ignore];
    for name in lists.into_iter().flatten() {
        if rules::find(name).is_none() {
            writeln!(io.err, "error: {}", rules::unknown(name))?;
            return Ok(Exit::Failure);
        }
    }
    if args.fix {
        return super::fix::run(&as_fix(args), io);
    }
    let outputs = match outputs(args) {
        Ok(outputs) => outputs,
        Err(problem) => {
            writeln!(io.err, "error: {problem}")?;
            return Ok(Exit::Failure);
        }
    };
    if args.watch {
        return watch::run(args, &outputs, io);
    }
    let (exit, gathered) = once(args, &outputs, io)?;
    // The process ends here; taking every model apart first would only cost time.
    std::mem::forget(gathered);
    Ok(exit)
}

/// One run, and what it worked on.
///
/// # Errors
/// It could not be made, or its output not be written.
pub(super) fn once(
    args: &CheckArgs,
    outputs: &[Output],
    io: &mut Io<'_>,
) -> io::Result<(Exit, Gathered)> {
    let config = accept::with(config(args), &args.accept, io)?;
    let gathered = since::gather(&args.input, &args.since, &config, (io, For::Listing))?;
    if gathered.reports.is_empty()
        && args.since.changed_since.is_none()
        && gathered
            .skipped
            .iter()
            .all(|it| it.kind == SkipKind::Foreign)
    {
        let exit = nothing_found(args, outputs, &gathered, io)?;
        return Ok((exit, gathered));
    }
    let outcome = Outcome {
        reports: &gathered.reports,
        skipped: &gathered.skipped,
    };
    put(args, outputs, &outcome, io)?;
    if is_for_people(outputs) {
        notes(args, &gathered, io)?;
        accept::notes(&gathered, io)?;
        summary(&gathered, io)?;
    }
    Ok((exit(args, &gathered), gathered))
}

/// Where each format goes; at most one goes to standard output.
///
/// # Errors
/// What is wrong with the flags.
fn outputs(args: &CheckArgs) -> Result<Vec<Output>, String> {
    let mut outputs = args.format.clone();
    let mut open = outputs.iter_mut().filter(|it| it.file.is_none());
    let first = open.next();
    if open.next().is_some() {
        let problem = "only one format can go to standard output";
        return Err(format!("{problem}: name files as in `--format sarif:FILE`"));
    }
    if let Some(file) = &args.output_file {
        let Some(first) = first else {
            return Err("every format has a file already: `--output-file` has none".to_owned());
        };
        first.file = Some(file.clone());
    }
    let mut files = outputs.iter().filter_map(|it| it.file.as_ref());
    let mut seen = BTreeSet::new();
    if let Some(twice) = files.find(|it| !seen.insert(*it)) {
        return Err(format!("two formats go to {}", twice.display()));
    }
    Ok(outputs)
}

/// Whether a person reads standard output.
pub(super) fn is_for_people(outputs: &[Output]) -> bool {
    let mut machines = outputs.iter().filter(|it| !it.format.is_for_people());
    machines.all(|it| it.file.is_some())
}

/// Prints every format to where it goes.
fn put(
    args: &CheckArgs,
    outputs: &[Output],
    outcome: &Outcome<'_>,
    io: &mut Io<'_>,
) -> io::Result<()> {
    for output in outputs {
        let Some(file) = &output.file else {
            let text = text(output.format, outcome, look(args.color, io), io.width);
            io.out.write_all(text.as_bytes())?;
            continue;
        };
        let text = text(output.format, outcome, Look::Plain, io.width);
        write::put(&io.dir.join(file), &text)
            .map_err(|error| io::Error::other(format!("{}: {error}", file.display())))?;
    }
    Ok(())
}

/// The findings in a format.
fn text(format: Format, outcome: &Outcome<'_>, look: Look, width: usize) -> String {
    match format {
        Format::Full => render::human::render(outcome, look, width),
        Format::Concise => render::concise::render(outcome),
        Format::Json => render::json::render(outcome),
        Format::Sarif => render::sarif::render(outcome),
        Format::Github => render::github::render(outcome),
        Format::Markdown => render::markdown::render(outcome),
        Format::Gitlab => render::gitlab::render(outcome),
        Format::Junit => render::xml::junit(outcome),
        Format::Checkstyle => render::xml::checkstyle(outcome),
        Format::Rdjson => render::rdjson::render(outcome),
    }
}

/// The arguments of `fix` that mean the same.
fn as_fix(args: &CheckArgs) -> FixArgs {
    FixArgs {
        input: args.input.clone(),
        diff: args.diff,
        format: if args.format.iter().any(|it| it.format == Format::Json) {
            FixFormat::Json
        } else {
            FixFormat::Text
        },
        accept: args.accept.clone(),
        exit_zero: args.exit_zero,
        unsafe_fixes: args.unsafe_fixes,
        only: args.select.clone(),
        workload: Vec::new(),
        fail_on: args.fail_on,
        pedantic: args.pedantic,
        ignore: args.ignore.clone(),
        allow_partial: args.allow_partial,
    }
}

/// The settings that the flags make.
fn config(args: &CheckArgs) -> Config {
    Config {
        persona: if args.pedantic {
            Persona::Pedantic
        } else {
            Persona::Regular
        },
        select: args.select.clone(),
        extend_select: args.extend_select.clone(),
        ignore: args.ignore.clone(),
        fail_on: args.fail_on.map(Gate::severity),
        profiles: args.input.profiles.clone(),
        ..Config::default()
    }
}

/// Whether to colour.
pub(super) fn look(colour: Colour, io: &Io<'_>) -> Look {
    let on = match colour {
        Colour::Auto => io.colour,
        Colour::Always => true,
        Colour::Never => false,
    };
    if on { Look::Coloured } else { Look::Plain }
}

fn nothing_found(
    args: &CheckArgs,
    outputs: &[Output],
    gathered: &Gathered,
    io: &mut Io<'_>,
) -> io::Result<Exit> {
    let outcome = Outcome {
        reports: &[],
        skipped: &gathered.skipped,
    };
    put(args, outputs, &outcome, io)?;
    if is_for_people(outputs) {
        notes(args, gathered, io)?;
        accept::notes(gathered, io)?;
        writeln!(
            io.err,
            "nothing to check: no Compose project and no Kubernetes manifest found"
        )?;
    }
    Ok(Exit::Clean)
}

/// Files that were not checked: counted always, named where something may hide.
fn notes(args: &CheckArgs, gathered: &Gathered, io: &mut Io<'_>) -> io::Result<()> {
    if args.show_files {
        for report in &gathered.reports {
            let idle: Vec<_> = idle(report, &io.dir);
            for (_, source) in report.view.resolved.sources.iter() {
                if idle.iter().any(|it| *it == source.path()) {
                    continue;
                }
                writeln!(
                    io.out,
                    "checked: {}",
                    redact::message(&source.path().to_string_lossy())
                )?;
            }
        }
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for skipped in &gathered.skipped {
        let path = skipped.path.strip_prefix(&io.dir).unwrap_or(&skipped.path);
        let line = format!(
            "{}: {}",
            redact::message(&path.to_string_lossy()),
            redact::message(&skipped.reason)
        );
        match skipped.kind {
            SkipKind::Unreadable => writeln!(io.err, "error: {line}")?,
            SkipKind::Foreign if args.show_files => writeln!(io.out, "skipped: {line}")?,
            SkipKind::Foreign => *counts.entry(skipped.reason.as_str()).or_default() += 1,
        }
    }
    for (reason, count) in counts {
        writeln!(
            io.err,
            "note: {} skipped: {reason}",
            render::count(count, "file")
        )?;
    }
    if args.statistics {
        statistics(gathered, io)?;
    }
    Ok(())
}

/// Files that were read and say nothing by themselves; they count as skipped.
fn idle<'r>(report: &'r Report, dir: &std::path::Path) -> Vec<&'r std::path::Path> {
    let cluster = report.view.cluster.iter().flat_map(|it| &it.idle);
    cluster
        .map(|(path, _)| path.strip_prefix(dir).unwrap_or(path))
        .collect()
}

fn statistics(gathered: &Gathered, io: &mut Io<'_>) -> io::Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in gathered.reports.iter().flat_map(|report| &report.findings) {
        *counts.entry(finding.rule).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    for (name, count) in counts {
        writeln!(io.out, "{count:6}  {name}")?;
    }
    Ok(())
}

/// The last line: what was found, what can be fixed, what it costs.
fn summary(gathered: &Gathered, io: &mut Io<'_>) -> io::Result<()> {
    let findings = || gathered.reports.iter().flat_map(|report| &report.findings);
    let stacks = render::count(gathered.reports.len(), "stack");
    let mut parts = vec![format!(
        "{} in {stacks}",
        render::count(findings().count(), "finding")
    )];
    let fixable = findings().filter_map(|finding| finding.fix.as_ref());
    let (safe, all) = fixable.fold((0, 0), |(safe, all), fix| {
        (safe + usize::from(fix.safety == Safety::Safe), all + 1)
    });
    if all > 0 {
        parts.push(format!("{all} fixable ({safe} safe)"));
    }
    let suppressed = || gathered.reports.iter().flat_map(|it| &it.suppressed);
    let accepted = suppressed().filter(|it| it.by == By::Baseline).count();
    let ignored = suppressed().count() - accepted;
    if ignored > 0 {
        parts.push(format!("{ignored} ignored"));
    }
    if accepted > 0 {
        parts.push(format!("{accepted} in the baseline"));
    }
    if let [report] = gathered.reports.as_slice()
        && !report.stack().workloads.is_empty()
        && report.view.workflow.is_none()
    {
        parts.push(ready(report));
    }
    if safe > 0 {
        parts.push("run `tierlint fix`".to_owned());
    }
    writeln!(io.out, "{}", parts.join(" · "))
}

fn ready(report: &Report) -> String {
    if let Some(file) = broken::file(report) {
        let file = redact::message(&file.to_string_lossy());
        return format!("not planned: `{file}` could not be read");
    }
    if report.clock.plan().is_complete() {
        let about = if report.clock.plan().total_at_least() {
            "at least "
        } else {
            ""
        };
        return format!(
            "predicted ready {about}{}",
            render::seconds(report.clock.plan().total)
        );
    }
    "the stack does not start as it stands".to_owned()
}

fn exit(args: &CheckArgs, gathered: &Gathered) -> Exit {
    let unreadable = gathered
        .skipped
        .iter()
        .any(|it| it.kind == SkipKind::Unreadable);
    let partial = gathered.reports.iter().any(Report::is_partial);
    if unreadable || (partial && !args.allow_partial) {
        return Exit::Failure;
    }
    let (mut errors, mut others) = (0, 0);
    for report in &gathered.reports {
        let gate = gathered.settings.of(report.request.dir()).gate();
        for finding in report.findings.iter().filter(|it| it.severity >= gate) {
            match finding.severity {
                Severity::Error => errors += 1,
                Severity::Warning | Severity::Info => others += 1,
            }
        }
    }
    let fails = errors > 0 || others > args.max_warnings.unwrap_or(0);
    if fails && !args.exit_zero {
        Exit::Findings
    } else {
        Exit::Clean
    }
}
