//! `plan`: what starts when, and why.

use std::io;

use super::args::{PlanArgs, PlanFormat};
use super::gather::gather;
use super::{Exit, Io};
use crate::check::Report;
use crate::config::Config;
use crate::render;

pub(super) fn run(args: &PlanArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    let config = Config {
        profiles: args.input.profiles.clone(),
        ..Config::default()
    };
    let gathered = gather(&args.input, &config, io)?;
    let text = match args.format {
        PlanFormat::Json => render::plan::json(&gathered.reports),
        PlanFormat::Text => {
            let plans: Vec<String> = gathered.reports.iter().map(render::plan::text).collect();
            plans.join("\n")
        }
    };
    io.out.write_all(text.as_bytes())?;
    exit(&gathered.reports, io)
}

/// A plan needs a project, and one that was seen whole.
pub(super) fn exit(reports: &[Report], io: &mut Io<'_>) -> io::Result<Exit> {
    if reports.is_empty() {
        writeln!(io.err, "error: no Compose project found")?;
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
