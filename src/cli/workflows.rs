//! Workflows whose jobs have service containers, to reports.
//!
//! Owns that such a file is a stack only if something is said of it: all others
//! are what they were. Must not judge what a workflow starts.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::Io;
use super::asked::{Asked, Trace, Tracing};
use super::gather::{self, For, Gathered};
use crate::check::{self, Request, Workflow};
use crate::discover::{self, Disk, Found};

/// Checks the workflows, adds a report for each of which something is said, and the
/// files that are left out.
///
/// # Errors
/// The settings of a repository cannot be read or understood.
pub(super) fn add(
    found: &Found,
    (io, purpose, tracing): (&Io<'_>, For, Tracing),
    gathered: &mut Gathered,
) -> io::Result<()> {
    gathered.skipped.extend(found.skipped.iter().cloned());
    // Plans and graphs are of what a project starts by itself.
    if purpose == For::Showing {
        return Ok(());
    }
    let trace = Trace::default();
    for path in &found.workflows {
        let top = gathered
            .settings
            .repositories
            .root(path.parent().unwrap_or(Path::new("")));
        let bases = discover::bases(path, &top);
        let request = Workflow {
            path: path.clone(),
            dir: bases.into_iter().next().unwrap_or(top),
        };
        gathered.settings.look(&request.dir)?;
        let disk = Disk::knowing(&request.dir, found.texts.clone());
        let asked = Asked::of(&disk, tracing);
        let config = gathered.settings.of(&request.dir);
        let mut report = check::check_workflow(&request, &asked, &io.dir, config);
        if report.findings.is_empty() && report.suppressed.is_empty() && report.stale.is_empty() {
            continue;
        }
        trace.add(path, asked);
        purpose.shed(&mut report);
        gathered.reports.push(report);
        gathered.mains.push(path.clone());
    }
    gathered.asked.extend(trace.into_inner());
    let told = told(gathered);
    gathered.skipped.retain(|it| !told.contains(&it.path));
    Ok(())
}

/// The workflows that have become stacks: they are not left out.
fn told(gathered: &Gathered) -> BTreeSet<PathBuf> {
    let requests = gathered.reports.iter().map(|it| &it.request);
    let paths = requests.filter_map(|it| match it {
        Request::Workflow(request) => Some(request.path.clone()),
        _ => None,
    });
    paths.collect()
}

/// Lets go of the workflows, for those who change how projects start.
pub(super) fn drop_all(gathered: &mut Gathered) {
    gather::keep_stacks(gathered, |it, _| {
        !matches!(it.request, Request::Workflow(_))
    });
}
