//! `plan`: what starts when, and why.

use std::io;
use std::path::Path;

use super::args::{PlanArgs, PlanFormat};
use super::gather::For;
use super::{Exit, Io, broken, since, whatif};
use crate::check::Report;
use crate::config::Config;
use crate::render::awaited;
use crate::render::compare::{self, Comparison};
use crate::render::plan::{self, Asked};
use crate::render::svg;

pub(super) fn run(args: &PlanArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    let config = Config {
        profiles: args.input.profiles.clone(),
        ..Config::default()
    };
    let mut gathered = since::gather(&args.input, &args.since, &config, (io, For::Showing))?;
    let broken = broken::set_aside(&mut gathered, io)?;
    let before = whatif::apply(&args.what_if, &mut gathered.reports).map_err(io::Error::other)?;
    let reports = &gathered.reports;
    let comparison = match &args.compare {
        Some(path) => Some(compared(&io.dir.join(path), path, reports)?),
        None => None,
    };
    let asked = Asked {
        budget: args.budget,
        what_if: &args.what_if,
        before: if args.what_if.is_empty() {
            &[]
        } else {
            &before
        },
        wait: args.wait,
        comparison: comparison.as_ref(),
    };
    let text = match args.format {
        PlanFormat::Json => plan::json(reports, &asked),
        PlanFormat::Svg => svg::plan::picture(reports),
        PlanFormat::Text => {
            let plans = reports.iter().enumerate();
            let plans: Vec<String> = plans.map(|(n, it)| plan::text(it, n, &asked)).collect();
            plans.join("\n")
        }
    };
    io.out.write_all(text.as_bytes())?;
    let exit = exit(reports, broken, io)?;
    let over = |budget| reports.iter().any(|it| !plan::is_within(it, budget));
    let stuck = |it: &Report| awaited::ends(it).returns.is_none();
    let failed = args.budget.is_some_and(over)
        || comparison.is_some_and(|it| it.is_later())
        || (args.wait && reports.iter().any(stuck));
    Ok(match exit {
        Exit::Clean if failed => Exit::Findings,
        exit => exit,
    })
}

fn compared(path: &Path, shown: &Path, reports: &[Report]) -> io::Result<Comparison> {
    let told = |problem: String| io::Error::other(format!("{}: {problem}", shown.display()));
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| told(format!("cannot be read: {error}")))?;
    compare::against(&text, reports).map_err(told)
}

/// A plan needs a project, and one that was seen whole.
pub(super) fn exit(reports: &[Report], broken: usize, io: &mut Io<'_>) -> io::Result<Exit> {
    if broken > 0 {
        return Ok(Exit::Failure);
    }
    if reports.is_empty() {
        writeln!(
            io.err,
            "error: no Compose project and no Kubernetes manifest found"
        )?;
        return Ok(Exit::Failure);
    }
    if reports.iter().any(Report::is_partial) {
        writeln!(
            io.err,
            "note: part of a project was out of sight; `tierlint check` says what"
        )?;
        return Ok(Exit::Failure);
    }
    Ok(Exit::Clean)
}
