//! Findings that several stacks make in one file.
//!
//! Owns what makes two of them the same. Must not know where stacks come from.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;

use crate::check::Report;
use crate::finding::Finding;
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
