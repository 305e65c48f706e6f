//! Findings as diagnostics.
//!
//! Owns what of a finding an editor shows. Secrets are starred out.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gen_lsp_types::{
    Code, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, Message, Range,
};
use serde_json::json;

use super::Frame;
use super::position::Lines;
use crate::check::Report;
use crate::finding::{Finding, Fix, Safety, Severity};
use crate::render::redact;
use crate::source::FileId;

/// The name under which diagnostics are shown.
pub const SOURCE: &str = "tierlint";

/// The findings of a stack by file, in order. The files that it reads are there
/// even if nothing was found in them.
pub fn by_file(report: &Report, frame: Frame<'_>) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
    let sources = &report.view.resolved.sources;
    let paths = sources.iter().map(|(_, source)| frame.path(source));
    let mut found: BTreeMap<PathBuf, Vec<Diagnostic>> =
        paths.map(|path| (path, Vec::new())).collect();
    let mut places = Places {
        report,
        frame,
        lines: BTreeMap::new(),
    };
    for finding in &report.findings {
        let path = frame.path(sources.get(finding.at.file));
        found.entry(path).or_default().push(places.of(finding));
    }
    found
}

/// One finding by itself.
pub fn one(report: &Report, finding: &Finding, frame: Frame<'_>) -> Diagnostic {
    let lines = BTreeMap::new();
    Places {
        report,
        frame,
        lines,
    }
    .of(finding)
}

/// The files that findings point into, each split into lines once.
struct Places<'r> {
    report: &'r Report,
    frame: Frame<'r>,
    lines: BTreeMap<FileId, Lines<'r>>,
}

impl Places<'_> {
    fn range(&mut self, at: crate::source::At) -> Range {
        let (report, frame) = (self.report, self.frame);
        let lines = self.lines.entry(at.file);
        let lines = lines.or_insert_with(|| frame.lines(report.view.resolved.sources.get(at.file)));
        lines.range(at.span)
    }

    fn of(&mut self, finding: &Finding) -> Diagnostic {
        let mut related = Vec::new();
        if self.frame.client.takes.related {
            for note in &finding.notes {
                let source = self.report.view.resolved.sources.get(note.at.file);
                let uri = self.frame.uri(&self.frame.path(source));
                related.push(DiagnosticRelatedInformation {
                    location: Location {
                        uri,
                        range: self.range(note.at),
                    },
                    message: redact::message(&note.text),
                });
            }
        }
        Diagnostic {
            range: self.range(finding.at),
            severity: Some(severity(finding.severity)),
            code: Some(Code::String(finding.rule.to_owned())),
            code_description: None,
            source: Some(SOURCE.to_owned()),
            message: Message::String(message(finding)),
            tags: None,
            related_information: Some(related).filter(|it| !it.is_empty()),
            data: finding.fix.as_ref().map(
                |it| json!({"fix": {"title": redact::message(&it.title), "safety": word(it)}}),
            ),
        }
    }
}

const fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
        Severity::Info => DiagnosticSeverity::Information,
    }
}

const fn word(fix: &Fix) -> &'static str {
    match fix.safety {
        Safety::Safe => "safe",
        Safety::Unsafe => "unsafe",
    }
}

/// The fact, and advice on a line of its own.
pub fn message(finding: &Finding) -> String {
    let fact = redact::message(&finding.message);
    match &finding.help {
        Some(help) => format!("{fact}\nhelp: {}", redact::message(help)),
        None => fact,
    }
}
