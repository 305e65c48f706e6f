//! The step that adds a pooler, and takes it back where nobody would use it.
//!
//! Owns that trial. Must not know what is written for a pooler.

use super::pooler::{Product, proposal};
use super::{Step, wanted};
use crate::check::{self, Report};
use crate::finding::Finding;
use crate::fix::{self, Outcome, Overlay, Setting};
use crate::repair;

/// Adds a pooler to each stack that allows it, and says of every other one why
/// it gets none.
pub(super) fn add(
    mut reports: Vec<Report>,
    setting: Setting<'_, '_>,
    product: Product,
) -> (Outcome, Vec<Option<Finding>>) {
    let mut left: Vec<Option<Finding>> = Vec::new();
    for report in &mut reports {
        let config = (setting.config)(report.request.dir());
        let mut proposed: Vec<Finding> = proposal(report, config, product).into_iter().collect();
        let resolved = &report.view.resolved;
        let (sources, trees) = (&resolved.sources, &resolved.trees);
        repair::build(&mut proposed, sources, trees, &resolved.broken, config);
        report.findings.extend(proposed.iter().cloned());
        left.push(proposed.pop());
    }
    let outcome = fix::fix(reports, setting);
    if outcome.made.is_empty() {
        for (report, finding) in outcome.reports.iter().zip(&mut left) {
            refuse(&outcome, report, finding);
        }
        return (outcome, left);
    }
    let Err(reason) = used(&outcome, setting) else {
        left.iter_mut().for_each(|it| {
            it.take_if(|it| it.fix.is_some());
        });
        return (outcome, left);
    };
    // Nobody would go through it: all is as it was.
    for finding in left.iter_mut().flatten().filter(|it| it.fix.is_some()) {
        finding.fix = None;
        finding.refusal = Some(reason.clone());
    }
    let old = outcome
        .reports
        .iter()
        .map(|it| again(it, setting, setting.reader));
    (fix::fix(old.collect(), setting), left)
}

/// Gives a finding the reason why its fix was not made.
fn refuse(outcome: &Outcome, report: &Report, finding: &mut Option<Finding>) {
    let Some(finding) = finding.as_mut().filter(|it| it.fix.is_some()) else {
        return;
    };
    let tripped = outcome.tripped(report, finding);
    let reason = tripped
        .unwrap_or("its file is not to be changed")
        .to_owned();
    finding.fix = None;
    finding.refusal = Some(reason);
}

/// Checks a stack again with what a reader gives.
fn again(report: &Report, setting: Setting<'_, '_>, reader: &dyn crate::source::Reader) -> Report {
    let config = (setting.config)(report.request.dir());
    check::recheck(report, reader, setting.dir, config)
}

/// Whether some client would be led through what has been added.
///
/// # Errors
/// Why none would, in the form of a message.
fn used(outcome: &Outcome, setting: Setting<'_, '_>) -> Result<(), String> {
    let texts = outcome.changed.iter();
    let texts = texts.map(|(path, it)| (path.clone(), it.after.clone()));
    let reader = Overlay::new(setting.reader, texts.collect());
    let wanted = wanted(&[Step::Pooler], &setting.wanted.files);
    let reports = outcome.reports.iter();
    let trial = fix::fix(
        reports.map(|it| again(it, setting, &reader)).collect(),
        Setting {
            reader: &reader,
            wanted: &wanted,
            ..setting
        },
    );
    if trial.made.iter().any(|it| it.rule == BYPASS) {
        return Ok(());
    }
    let mut found = trial.reports.iter().flat_map(|report| {
        let findings = report.findings.iter().filter(|it| it.rule == BYPASS);
        findings.map(|it| (it, trial.tripped(report, it).or(it.refusal.as_deref())))
    });
    Err(match found.next() {
        Some((finding, reason)) => format!(
            "no client can be led through it: {}: {}",
            finding.message,
            reason.unwrap_or("nothing repairs that")
        ),
        None => "no service names the database as a plain client".to_owned(),
    })
}

/// The rule whose fixes lead clients through a pooler.
const BYPASS: &str = "pooler-bypass";
