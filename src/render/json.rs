//! Findings for programs: a versioned envelope.
//!
//! Owns the names of its fields, which are a promise: within version 1 fields
//! are added, never renamed or removed. Lines and columns count from 1, bytes
//! from 0.

use serde::Serialize;

use super::{Outcome, redact};
use crate::check::{self, Report};
use crate::discover::SkipKind;
use crate::finding::{Finding, Fix, Safety};
use crate::source::{At, Sources};

/// The version of the envelope.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Envelope<'r> {
    version: u32,
    tool: Tool,
    stacks: Vec<StackOut>,
    findings: Vec<FindingOut<'r>>,
    errors: Vec<ErrorOut>,
    skipped: Vec<ErrorOut>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct StackOut {
    name: String,
    files: Vec<String>,
    workloads: Vec<String>,
    tiers: Vec<Vec<String>>,
    predicted_ready_seconds: f64,
    predicted_is_lower_bound: bool,
    partial: bool,
    suppressed: usize,
}

#[derive(Serialize)]
struct FindingOut<'r> {
    rule: &'r str,
    severity: &'static str,
    stack: usize,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    subject: Vec<String>,
    location: Place,
    related: Vec<Related>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixOut>,
}

#[derive(Serialize)]
struct Related {
    message: String,
    location: Place,
}

#[derive(Serialize)]
struct Place {
    path: String,
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    byte: u32,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct FixOut {
    title: String,
    safety: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    behaviour: Option<String>,
    edits: Vec<EditOut>,
}

#[derive(Serialize)]
struct EditOut {
    location: Place,
    text: String,
}

#[derive(Serialize)]
struct ErrorOut {
    path: String,
    message: String,
}

/// The whole run as one JSON document, indented, with a final line break.
pub fn render(outcome: &Outcome<'_>) -> String {
    let notes = |kind: SkipKind| {
        let of_kind = outcome.skipped.iter().filter(move |it| it.kind == kind);
        of_kind
            .map(|it| ErrorOut {
                path: path(&it.path),
                message: redact::message(&it.reason),
            })
            .collect()
    };
    let findings = outcome
        .reports
        .iter()
        .enumerate()
        .flat_map(|(stack, report)| {
            report
                .findings
                .iter()
                .map(move |finding| finding_out(finding, stack, &report.view.resolved.sources))
        });
    let envelope = Envelope {
        version: VERSION,
        tool: Tool {
            name: "tierlint",
            version: env!("CARGO_PKG_VERSION"),
        },
        stacks: outcome.reports.iter().map(stack).collect(),
        findings: findings.collect(),
        errors: notes(SkipKind::Unreadable),
        skipped: notes(SkipKind::Foreign),
    };
    let mut text = serde_json::to_string_pretty(&envelope).unwrap_or_default();
    text.push('\n');
    text
}

fn path(path: &std::path::Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn stack(report: &Report) -> StackOut {
    let stack = report.stack();
    let name = |index: &usize| stack.workloads[*index].name.value.to_string();
    StackOut {
        name: stack.name.clone(),
        files: check::paths(&report.view.resolved)
            .iter()
            .map(|it| path(it))
            .collect(),
        workloads: stack
            .workloads
            .iter()
            .map(|it| it.name.value.to_string())
            .collect(),
        tiers: report
            .view
            .graph
            .tiers()
            .iter()
            .map(|tier| tier.iter().map(name).collect())
            .collect(),
        predicted_ready_seconds: report.clock.plan().total.as_secs_f64(),
        predicted_is_lower_bound: report.clock.plan().total_at_least(),
        partial: report.is_partial(),
        suppressed: report.suppressed.len(),
    }
}

fn finding_out<'r>(finding: &'r Finding, stack: usize, sources: &Sources) -> FindingOut<'r> {
    FindingOut {
        rule: finding.rule,
        severity: finding.severity.as_str(),
        stack,
        message: redact::message(&finding.message),
        label: finding.label.as_deref().map(redact::message),
        help: finding.help.as_deref().map(redact::message),
        subject: finding.subject.clone(),
        location: place(finding.at, sources),
        related: finding
            .notes
            .iter()
            .map(|note| Related {
                message: redact::message(&note.text),
                location: place(note.at, sources),
            })
            .collect(),
        fix: finding.fix.as_ref().map(|fix| fix_out(fix, sources)),
    }
}

fn fix_out(fix: &Fix, sources: &Sources) -> FixOut {
    FixOut {
        title: redact::message(&fix.title),
        safety: match fix.safety {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        },
        behaviour: fix.behaviour.as_deref().map(redact::message),
        edits: redact::edits(fix)
            .iter()
            .map(|edit| EditOut {
                location: place(edit.at, sources),
                text: edit.text.clone(),
            })
            .collect(),
    }
}

fn place(at: At, sources: &Sources) -> Place {
    let source = sources.get(at.file);
    let point = |byte: u32| {
        let position = source.position(byte);
        Point {
            byte,
            line: position.line,
            column: position.column,
        }
    };
    Place {
        path: path(source.path()),
        start: point(at.span.start),
        end: point(at.span.end),
    }
}
