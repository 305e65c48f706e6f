//! What is there several times: findings that several stacks make in one file,
//! and projects that are one.
//!
//! Owns what makes two of them the same. Must not know where stacks come from.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::gather::absolute_sources;
use crate::check::Report;
use crate::discover::{self, Candidate};
use crate::finding::Finding;
use crate::model::compose::refusal::Class;
use crate::source::{Sources, Span};

/// The same finding in the same file, seen through several projects, is said once.
pub(super) fn drop_repeats(reports: &mut [Report]) {
    let mut readers: HashMap<OsString, usize> = HashMap::new();
    for report in &*reports {
        for (_, source) in report.view.resolved.sources.iter() {
            *readers.entry(source.path().into()).or_default() += 1;
        }
    }
    let (mut seen, mut kept) = (HashSet::new(), HashSet::new());
    for report in reports {
        let sources = &report.view.resolved.sources;
        // They stand in order: in a file of one project only neighbours repeat.
        report.findings.dedup_by(|b, a| {
            (a.at, a.rule, &a.message, &a.subject) == (b.at, b.rule, &b.message, &b.subject)
        });
        let is_shared = |finding: &Finding| {
            let path = sources.get(finding.at.file).path().as_os_str();
            readers.get(path).is_some_and(|count| *count > 1)
        };
        let fresh = |seen: &mut HashSet<_>, finding: &Finding| {
            !is_shared(finding) || seen.insert(identity(finding, sources))
        };
        report.findings.retain(|it| fresh(&mut seen, it));
        report.suppressed.retain(|it| fresh(&mut kept, &it.finding));
    }
}

/// What makes a finding the same through whichever stack it is seen.
fn identity(
    finding: &Finding,
    sources: &Sources,
) -> (OsString, Span, &'static str, Vec<String>, String) {
    (
        sources.get(finding.at.file).path().into(),
        finding.at.span,
        finding.rule,
        finding.subject.clone(),
        finding.message.clone(),
    )
}

/// Files that include each other in a ring are one project, whichever of them
/// is started: the main file stands for all, else the first.
pub(super) fn one_of_each_ring(
    mut checked: Vec<(Candidate, Report)>,
    dir: &Path,
) -> Vec<(Candidate, Report)> {
    let ring = |report: &Report| {
        let mut refusals = report.view.resolved.refusals.iter();
        refusals.any(|it| it.class == Class::IncludeCycle)
    };
    let is_main = |path: &Path| discover::MAIN_NAMES.iter().any(|name| path.ends_with(name));
    checked.sort_by_cached_key(|(it, _)| (!is_main(&it.main), it.main.clone()));
    let mut read: HashSet<PathBuf> = HashSet::new();
    checked.retain(|(candidate, report)| {
        if !ring(report) {
            return true;
        }
        let kept = !read.contains(&candidate.main);
        read.extend(absolute_sources(report, dir));
        kept
    });
    checked
}
