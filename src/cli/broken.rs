//! Projects of which a file could not be read to its end.
//!
//! Owns what a verb that shows whole stacks says of them: half a plan would
//! pass for a whole one. Must not judge what is in a file.

use std::io;
use std::path::Path;

use super::Io;
use super::gather::Gathered;
use crate::check::Report;
use crate::discover::SkipKind;
use crate::model::compose::refusal::Class;
use crate::render::redact;

/// Takes such projects out and says why, each on a line, and names the files of
/// no project that could not be read; gives the number of both.
pub(super) fn set_aside(gathered: &mut Gathered, io: &mut Io<'_>) -> io::Result<usize> {
    let mut lines = Vec::new();
    let skipped = gathered.skipped.iter();
    for it in skipped.filter(|it| it.kind == SkipKind::Unreadable) {
        let told = |report: &Report| {
            let mut files = report.view.resolved.unreadable.iter();
            files.any(|(path, _)| *path == it.path)
        };
        if !gathered.reports.iter().any(told) {
            lines.push(format!("{}: {}", it.path.display(), it.reason));
        }
    }
    gathered.reports.retain(|report| {
        let reason = reason(report);
        lines.extend(reason.clone());
        reason.is_none()
    });
    let here = format!("{}/", io.dir.display());
    for line in &lines {
        let line = line.strip_prefix(&here).unwrap_or(line);
        writeln!(io.err, "error: {}", redact::message(line))?;
    }
    Ok(lines.len())
}

/// The file for which a project was not read whole.
pub(super) fn file(report: &Report) -> Option<&Path> {
    let resolved = &report.view.resolved;
    let unreadable = resolved.unreadable.first().map(|(path, _)| path.as_path());
    let breaks_off = || Some(resolved.sources.get(*resolved.broken.first()?).path());
    unreadable.or_else(breaks_off)
}

/// Why a project was not read whole: the first place where a text breaks off,
/// else the first file that could not be read.
fn reason(report: &Report) -> Option<String> {
    let resolved = &report.view.resolved;
    if let Some((path, reason)) = resolved.unreadable.first() {
        return Some(format!("{}: {reason}", path.display()));
    }
    let file = *resolved.broken.first()?;
    let source = resolved.sources.get(file);
    let breaks = |class: Class| matches!(class, Class::Yaml | Class::Limit);
    let mut refusals = resolved.refusals.iter().filter(|it| breaks(it.class));
    let found = refusals.find_map(|it| Some((it.at.filter(|at| at.file == file)?, &it.message)));
    let shown = source.path().display();
    Some(match found {
        Some((at, message)) => {
            let place = source.position(at.span.start);
            format!("{shown}:{}:{}: {message}", place.line, place.column)
        }
        None => format!("{shown}: it was not read to its end"),
    })
}
