//! Projects of which a file could not be read to its end.
//!
//! Owns what a verb that shows whole stacks says of them: half a plan would
//! pass for a whole one. Must not judge what is in a file.

use std::io;
use std::path::Path;

use super::Io;
use crate::check::Report;
use crate::model::compose::refusal::Class;
use crate::render::redact;

/// Takes such projects out and says why, each on a line; gives their number.
pub(super) fn set_aside(reports: &mut Vec<Report>, io: &mut Io<'_>) -> io::Result<usize> {
    let before = reports.len();
    let mut lines = Vec::new();
    reports.retain(|report| {
        let reason = reason(report);
        lines.extend(reason.clone());
        reason.is_none()
    });
    for line in &lines {
        writeln!(io.err, "error: {}", redact::message(line))?;
    }
    Ok(before - reports.len())
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
