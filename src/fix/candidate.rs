//! Fixes that may be made: whose, where, and which of them go together.
//!
//! Owns identity and order. Must not apply anything.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Made, Setting};
use crate::check::Report;
use crate::finding::Finding;
use crate::yaml::edit::{Change, TextEdit};

/// What identifies a finding from pass to pass: lines and messages move.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Key {
    pub(super) path: PathBuf,
    pub(super) rule: &'static str,
    pub(super) subject: Vec<String>,
    /// What stands at the place, for findings that say no more.
    words: String,
}

impl Key {
    pub(super) fn of(report: &Report, finding: &Finding) -> Self {
        let source = report.view.resolved.sources.get(finding.at.file);
        Self {
            path: source.path().to_owned(),
            rule: finding.rule,
            subject: finding.subject.clone(),
            words: source.slice(finding.at.span).to_owned(),
        }
    }
}

/// What happens to one text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Part {
    pub(super) edits: Vec<TextEdit>,
    pub(super) changes: Vec<Change>,
}

/// A fix that may be made.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) key: Key,
    /// The number of the report.
    pub(super) report: usize,
    pub(super) made: Made,
    /// By absolute path.
    pub(super) parts: BTreeMap<PathBuf, Part>,
    pub(super) workloads: Vec<String>,
    pub(super) adds: Option<String>,
    pub(super) reveals: &'static [&'static str],
    /// Where the finding stands.
    offset: u32,
}

/// All fixes that are wanted and have tripped nothing, in order of file,
/// offset and rule; what several stacks want is there once.
pub(super) fn all(
    reports: &[Report],
    setting: Setting<'_, '_>,
    tripped: &BTreeMap<Key, String>,
) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for (number, report) in reports.iter().enumerate() {
        let wanted = report.findings.iter().filter(|it| setting.wanted.takes(it));
        for finding in wanted {
            let Some(candidate) = of(number, report, finding, setting) else {
                continue;
            };
            let inside = |path: &PathBuf| {
                setting.wanted.files.is_empty() || setting.wanted.files.contains(path)
            };
            let known = |it: &Candidate| it.parts == candidate.parts;
            let skip = tripped.contains_key(&candidate.key)
                || !candidate.parts.keys().all(inside)
                || found.iter().any(known);
            if !skip {
                found.push(candidate);
            }
        }
    }
    found.sort_by(|a, b| {
        (&a.key.path, a.offset, a.key.rule).cmp(&(&b.key.path, b.offset, b.key.rule))
    });
    found
}

/// The fix of one finding.
pub(super) fn of(
    number: usize,
    report: &Report,
    finding: &Finding,
    setting: Setting<'_, '_>,
) -> Option<Candidate> {
    let fix = finding.fix.as_ref()?;
    let sources = &report.view.resolved.sources;
    let absolute = |file| setting.dir.join(sources.get(file).path());
    let mut parts: BTreeMap<PathBuf, Part> = BTreeMap::new();
    for (file, change) in &fix.changes {
        let part = parts.entry(absolute(*file)).or_default();
        part.changes.push(change.clone());
    }
    for edit in &fix.edits {
        let part = parts.entry(absolute(edit.at.file)).or_default();
        part.edits.push(TextEdit {
            span: edit.at.span,
            text: edit.text.clone(),
        });
    }
    let key = Key::of(report, finding);
    let touched = fix.edits.iter().map(|it| it.at.file);
    let files = touched.map(|it| sources.get(it).path().to_owned());
    Some(Candidate {
        report: number,
        made: Made {
            path: key.path.clone(),
            rule: finding.rule,
            files: files.collect(),
            message: finding.message.clone(),
            title: fix.title.clone(),
            behaviour: fix.behaviour.clone(),
            safety: fix.safety,
        },
        key,
        parts,
        workloads: fix.workloads.clone(),
        adds: fix.adds.clone(),
        reveals: fix.reveals,
        offset: finding.at.span.start,
    })
}

/// Those that neither overlap nor touch one that comes before them.
pub(super) fn apart(found: Vec<Candidate>) -> Vec<Candidate> {
    let mut chosen: Vec<Candidate> = Vec::new();
    for candidate in found {
        if !chosen.iter().any(|other| meet(other, &candidate)) {
            chosen.push(candidate);
        }
    }
    chosen
}

fn meet(a: &Candidate, b: &Candidate) -> bool {
    let touch =
        |x: &TextEdit, y: &TextEdit| x.span.start <= y.span.end && y.span.start <= x.span.end;
    a.parts.iter().any(|(path, part)| {
        let other = b.parts.get(path).map_or(&[][..], |it| it.edits.as_slice());
        let mut pairs = part
            .edits
            .iter()
            .flat_map(|x| other.iter().map(move |y| (x, y)));
        pairs.any(|(x, y)| touch(x, y))
    })
}
