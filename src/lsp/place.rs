//! What is said at a place: hovers and inlay hints.
//!
//! Owns which name in a text is whose. The words are those of the plan.

use std::path::Path;

use gen_lsp_types::{
    Contents, Hover, InlayHint, Label, MarkupContent, MarkupKind, Position, Range,
};

use super::Frame;
use crate::check::Report;
use crate::render::workload;
use crate::source::{At, FileId, Span};

/// What the plans say of the workload that is named at a position, of each
/// stack that says something else.
pub fn hover(
    reports: &[&Report],
    path: &Path,
    position: Position,
    frame: Frame<'_>,
) -> Option<Hover> {
    let mut range: Option<Range> = None;
    let mut texts: Vec<String> = Vec::new();
    for report in reports {
        let Some(file) = file(report, path, frame) else {
            continue;
        };
        let lines = frame.lines(report.view.resolved.sources.get(file));
        let at = lines.offset(position);
        let holds = |it: &Span| it.start <= at && at <= it.end;
        let mut places = names(report, file).into_iter().chain(ends(report, file));
        let Some((span, index)) = places.find(|(span, _)| holds(span)) else {
            continue;
        };
        let Some(text) = workload::markdown(report, index) else {
            continue;
        };
        range.get_or_insert_with(|| lines.range(span));
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    range.map(|range| Hover {
        contents: Contents::MarkupContent(MarkupContent {
            kind: MarkupKind::Markdown,
            value: texts.join("\n---\n\n"),
        }),
        range: Some(range),
    })
}

/// When each workload that has its name in a range is ready. Where several
/// stacks read the file, the first that knows the workload speaks.
pub fn hints(reports: &[&Report], path: &Path, range: Range, frame: Frame<'_>) -> Vec<InlayHint> {
    let mut found: Vec<(Position, String)> = Vec::new();
    for report in reports {
        let Some(file) = file(report, path, frame) else {
            continue;
        };
        let lines = frame.lines(report.view.resolved.sources.get(file));
        for (span, index) in names(report, file) {
            // Behind the colon of a key.
            let text = report.view.resolved.sources.get(file).text();
            let colon = text
                .get(span.end as usize..)
                .is_some_and(|it| it.starts_with(':'));
            let position = lines.position(span.end + u32::from(colon));
            let inside = range.start <= position && position <= range.end;
            if !inside || found.iter().any(|(at, _)| *at == position) {
                continue;
            }
            if let Some(text) = workload::short(report, index) {
                found.push((position, text));
            }
        }
    }
    found.sort();
    let hint = |(position, text)| InlayHint {
        position,
        label: Label::String(text),
        kind: None,
        text_edits: None,
        tooltip: None,
        padding_left: Some(true),
        padding_right: None,
        data: None,
    };
    found.into_iter().map(hint).collect()
}

/// The file of a stack that stands at a path.
pub fn file(report: &Report, path: &Path, frame: Frame<'_>) -> Option<FileId> {
    let mut sources = report.view.resolved.sources.iter();
    let found = sources.find(|(_, source)| frame.path(source) == path)?;
    Some(found.0)
}

/// Where workloads get their names in a file: every key that adds to a
/// service, the name of an object.
fn names(report: &Report, file: FileId) -> Vec<(Span, usize)> {
    let cluster = report.view.cluster.is_some();
    let mut found = Vec::new();
    for (index, workload) in report.stack().workloads.iter().enumerate() {
        // The layers of an object are the object.
        let layers = workload.layers.iter().filter(|_| !cluster);
        let places = std::iter::once(&workload.name.at).chain(layers);
        let own = places.filter(|it| it.file == file);
        found.extend(own.map(|it| (it.span, index)));
    }
    found
}

/// Where workloads are named by those that need them.
fn ends(report: &Report, file: FileId) -> Vec<(Span, usize)> {
    let edges = report.view.graph.edges();
    let here = edges.filter(|it| it.at.file == file);
    let mut found: Vec<(Span, usize)> = here.map(|it| (it.at.span, it.to)).collect();
    // The shortest place says most exactly what is meant.
    found.sort_by_key(|(span, index)| (span.len(), span.start, *index));
    found
}

/// The places of a finding that an editor may point at.
pub fn touches(at: At, file: FileId, span: Span) -> bool {
    at.file == file && at.span.start <= span.end && span.start <= at.span.end
}
