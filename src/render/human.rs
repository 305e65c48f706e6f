//! Findings for people at a terminal, through miette.
//!
//! Owns what is shown around a place. Snippets are redacted byte for byte.

use std::collections::BTreeMap;
use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
};

use super::{Outcome, redact};
use crate::check::Report;
use crate::finding::{Finding, Safety, Severity};
use crate::source::{At, FileId, Span};

/// Whether and how to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// Colours and links.
    Coloured,
    /// Plain text.
    Plain,
}

/// All findings, stack by stack.
pub fn render(outcome: &Outcome<'_>, look: Look, width: usize) -> String {
    let theme = match look {
        Look::Coloured => GraphicalTheme::unicode(),
        Look::Plain => GraphicalTheme::unicode_nocolor(),
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(width.max(60))
        .with_links(false)
        .with_wrap_lines(false);
    let mut out = String::new();
    for report in outcome.reports {
        let mut texts = Texts {
            report,
            files: BTreeMap::new(),
        };
        for finding in &report.findings {
            texts.load(finding);
            let _ = handler.render_report(&mut out, &shown(finding, &texts));
            out.push('\n');
        }
    }
    out
}

/// Redacted texts of the files that findings point into.
struct Texts<'r> {
    report: &'r Report,
    files: BTreeMap<FileId, NamedSource<String>>,
}

impl Texts<'_> {
    fn load(&mut self, finding: &Finding) {
        for at in finding.notes.iter().map(|note| note.at).chain([finding.at]) {
            let report = self.report;
            self.files.entry(at.file).or_insert_with(|| {
                let source = report.view.resolved.sources.get(at.file);
                let text = redact::terminal(&redact::source(source.text()));
                NamedSource::new(redact::message(&source.path().to_string_lossy()), text)
                    .with_language("YAML")
            });
        }
    }
}

/// A finding in the shape that miette draws.
struct Shown<'t> {
    rule: String,
    severity: miette::Severity,
    message: String,
    help: Option<String>,
    source: Option<&'t NamedSource<String>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Shown<'t>>,
}

fn shown<'t>(finding: &Finding, texts: &'t Texts<'_>) -> Shown<'t> {
    let mut labels = vec![LabeledSpan::new_primary_with_span(
        finding.label.as_deref().map(redact::message),
        range(finding.at.span),
    )];
    let mut related = Vec::new();
    for note in &finding.notes {
        let text = redact::message(&note.text);
        if note.at.file == finding.at.file {
            labels.push(LabeledSpan::new_with_span(Some(text), range(note.at.span)));
        } else {
            related.push(elsewhere(note.at, text, texts));
        }
    }
    Shown {
        rule: finding.rule.to_owned(),
        severity: match finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        },
        message: redact::message(&finding.message),
        help: help(finding),
        source: texts.files.get(&finding.at.file),
        labels,
        related,
    }
}

fn elsewhere<'t>(at: At, text: String, texts: &'t Texts<'_>) -> Shown<'t> {
    Shown {
        rule: String::new(),
        severity: miette::Severity::Advice,
        message: text.clone(),
        help: None,
        source: texts.files.get(&at.file),
        labels: vec![LabeledSpan::new_primary_with_span(None, range(at.span))],
        related: Vec::new(),
    }
}

fn help(finding: &Finding) -> Option<String> {
    let mut lines: Vec<String> = finding
        .help
        .iter()
        .map(|text| redact::message(text))
        .collect();
    if let Some(fix) = &finding.fix {
        let safety = match fix.safety {
            Safety::Safe => "safe fix",
            Safety::Unsafe => "fix, with --unsafe",
        };
        lines.push(format!("{safety}: {}", redact::message(&fix.title)));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Never empty: a mark under nothing cannot be seen.
fn range(span: Span) -> miette::SourceSpan {
    (span.start as usize, span.len().max(1) as usize).into()
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.rule.is_empty()).then(|| Box::new(&self.rule) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|text| Box::new(text) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(
            self.related.iter().map(|shown| shown as &dyn Diagnostic),
        ))
    }
}
