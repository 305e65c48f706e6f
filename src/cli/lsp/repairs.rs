//! Edits through the engine of `fix`, under its guards.
//!
//! Owns which stacks are read for a repair: those of `fix FILE`. Everything is
//! read once more, so that an edit fits the texts as they are now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gen_lsp_types::WorkspaceEdit;

use super::session::Session;
use crate::check::Report;
use crate::cli::fix::{repair, root};
use crate::cli::gather::Gathered;
use crate::cli::repeats::drop_repeats;
use crate::discover::{self, Disk};
use crate::finding::{Finding, Safety};
use crate::fix::{self, Changed, Setting, Wanted};
use crate::lsp::action::{Act, Named};
use crate::lsp::ignore::{self, Proposal};
use crate::lsp::{Frame, edit, place};
use crate::render::redact;

/// What an action changes.
///
/// # Errors
/// Why it cannot be done, in the form of a message.
pub(super) fn edit(path: &Path, act: &Act, session: &Session) -> Result<WorkspaceEdit, String> {
    let dir = session.dir(path).ok_or("the file is in no open folder")?;
    let files = BTreeSet::from([path.to_owned()]);
    let gathered = session.gather(&dir, &files, &[]);
    let mut gathered = gathered.map_err(|it| redact::message(&it.to_string()))?;
    let frame = session.frame(&dir);
    match act {
        Act::Fix(named) => alone(path, named, &gathered, frame),
        Act::Ignore(named) => silence(path, named, &gathered, session, &dir),
        Act::FixAll => Ok(all(path, &mut gathered, files, frame)),
        Act::FixStack => Ok(all(path, &mut gathered, BTreeSet::new(), frame)),
    }
}

/// The finding that is meant, with the number of its report.
fn find<'g>(
    path: &Path,
    named: &Named,
    reports: &'g [Report],
    frame: Frame<'_>,
) -> Result<(usize, &'g Finding), String> {
    for (number, report) in reports.iter().enumerate() {
        let file = place::file(report, path, frame);
        let mut here = report.findings.iter();
        let found = here.find(|it| Some(it.at.file) == file && named.is(it));
        if let Some(found) = found {
            return Ok((number, found));
        }
    }
    Err("the finding is no longer there".to_owned())
}

/// The fix of one finding, if `fix` would make it.
fn alone(
    path: &Path,
    named: &Named,
    gathered: &Gathered,
    frame: Frame<'_>,
) -> Result<WorkspaceEdit, String> {
    let reports = &gathered.reports;
    let (number, finding) = find(path, named, reports, frame)?;
    let fix = finding.fix.as_ref().ok_or("there is nothing to change")?;
    let here = discover::repository_root(frame.dir);
    let root = root(&reports[number].request, &here);
    let disk = Disk::knowing(&root, gathered.open.clone());
    let wanted = wanted(BTreeSet::new());
    let setting = Setting {
        reader: &disk,
        dir: frame.dir,
        config: &|project| gathered.settings.of(project),
        wanted: &wanted,
    };
    let held = fix::alone(reports, (number, finding), setting);
    held.map_err(|reason| format!("not changed: {}", redact::message(&reason)))?;
    Ok(edit::of_fix(&reports[number], fix, frame))
}

const fn wanted(files: BTreeSet<PathBuf>) -> Wanted {
    Wanted {
        safety: Safety::Safe,
        rules: Vec::new(),
        workloads: Vec::new(),
        files,
    }
}

/// What `fix` makes of the stacks that read a file; only `files` change, or all
/// if there are none.
fn all(
    path: &Path,
    gathered: &mut Gathered,
    files: BTreeSet<PathBuf>,
    frame: Frame<'_>,
) -> WorkspaceEdit {
    let mut reports = std::mem::take(&mut gathered.reports);
    drop_repeats(&mut reports);
    let mut groups = fix::groups(reports);
    groups.retain(|it| it.iter().any(|it| place::file(it, path, frame).is_some()));
    let reports = groups.into_iter().flatten().collect();
    let outcomes = repair(reports, gathered, &wanted(files), frame.dir);
    let changed: BTreeMap<PathBuf, Changed> =
        outcomes.into_iter().flat_map(|it| it.changed).collect();
    edit::of_texts(changed.iter(), frame)
}

/// The first comment that silences the finding and nothing else.
fn silence(
    path: &Path,
    named: &Named,
    gathered: &Gathered,
    session: &Session,
    dir: &Path,
) -> Result<WorkspaceEdit, String> {
    let frame = session.frame(dir);
    let (number, finding) = find(path, named, &gathered.reports, frame)?;
    let report = &gathered.reports[number];
    let source = report.view.resolved.sources.get(finding.at.file);
    let json = path.extension().is_some_and(|it| it == "json");
    let proposals = match json {
        true => Vec::new(),
        false => ignore::proposals(report, finding),
    };
    for proposal in proposals {
        let text = proposal.apply(source.text());
        let files = BTreeSet::from([path.to_owned()]);
        let tried = session.gather(dir, &files, &[(path.to_owned(), text)]);
        let Ok(tried) = tried else { continue };
        if silences(finding, gathered, &tried) {
            let Proposal {
                at,
                text,
                blank,
                after,
                ..
            } = &proposal;
            let lines = frame.lines(source);
            return Ok(edit::insertion(
                path,
                &lines,
                *at,
                (text, blank, after),
                frame,
            ));
        }
    }
    Err("a comment has no place there; `ignores` in `.tierlint.yaml` has one".to_owned())
}

/// Whether the finding is gone, and nothing is found that was not there.
fn silences(finding: &Finding, before: &Gathered, after: &Gathered) -> bool {
    let counted = |gathered: &Gathered| {
        let mut counted: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
        for finding in gathered.reports.iter().flat_map(|it| &it.findings) {
            let key = (finding.rule, finding.message.clone());
            *counted.entry(key).or_default() += 1;
        }
        counted
    };
    let (was, is) = (counted(before), counted(after));
    let key = (finding.rule, finding.message.clone());
    let fewer = is.get(&key) < was.get(&key);
    let none_new = is.iter().all(|(key, count)| was.get(key) >= Some(count));
    fewer && none_new
}
