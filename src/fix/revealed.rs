//! What repairs have brought to light and nothing has repaired.
//!
//! Owns which fixes are to be taken back for that. Must not make any.

use std::collections::BTreeMap;

use super::candidate::{Candidate, Key};
use super::{Outcome, Wanted, guard};
use crate::check::Report;
use crate::finding::{Finding, Severity};
use crate::rules::{self, Audience};

/// How often each finding was there, by rule and subject.
pub(super) type Known = BTreeMap<(&'static str, Vec<String>), usize>;

pub(super) fn known(report: &Report) -> Known {
    let counted = guard::counted(report).into_iter();
    let owned = counted.map(|((rule, subject), count)| ((rule, subject.to_vec()), count));
    owned.collect()
}

/// The fixes that led to findings which were not there and are no milder than
/// what was repaired, with the reason. Findings that need taste, and those of
/// rules that are not to be repaired, take back nothing.
pub(super) fn regretted(
    before: &[Known],
    outcome: &Outcome,
    wanted: &Wanted,
) -> Vec<(Key, String)> {
    let mut back = Vec::new();
    for (number, (was, report)) in before.iter().zip(&outcome.reports).enumerate() {
        let is = known(report);
        for finding in report.findings.iter().filter(|it| counts(it, wanted)) {
            let key = (finding.rule, finding.subject.clone());
            if is.get(&key) <= was.get(&key) {
                continue;
            }
            let of_stack = outcome.taken.iter().filter(|it| it.report == number);
            let guilty = of_stack.filter(|it| reveals(it, finding));
            let reason = format!("it would raise {}: {}", finding.rule, finding.message);
            back.extend(guilty.map(|it| (it.key.clone(), reason.clone())));
        }
    }
    back
}

fn counts(finding: &Finding, wanted: &Wanted) -> bool {
    let everyone = rules::find(finding.rule).is_some_and(|it| it.audience == Audience::Everyone);
    let asked = wanted.rules.is_empty() || wanted.rules.iter().any(|it| it == finding.rule);
    everyone && asked && finding.severity > Severity::Info
}

fn reveals(candidate: &Candidate, finding: &Finding) -> bool {
    let mut names = candidate.key.subject.iter().chain(&candidate.workloads);
    candidate.reveals.contains(&finding.rule) && names.any(|it| finding.subject.contains(it))
}
