//! Inline ignores: `# tierlint: ignore[rule] reason`, and annotations of objects.
//!
//! Owns the grammar of the comments and which finding each one silences. An
//! ignore counts on any line of a finding's places, or on a comment line right
//! above. Must not know rules beyond their names.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::Finding;
use crate::model::kubernetes::object::Object;
use crate::source::{At, FileId, Source, Sources, Span, offset};
use crate::yaml::Tree;

/// One ignore comment.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// The comment.
    pub at: At,
    /// Where each rule name is written.
    pub rules: Vec<(String, Span)>,
    /// Lines (0-based, inclusive) that it speaks for; the whole file if `None`.
    pub lines: Option<(usize, usize)>,
    /// Which of `rules` silenced something, by index.
    pub used: Vec<bool>,
    /// Why, in the author's words.
    pub reason: String,
}

/// All ignores of the files of a stack, in order.
pub fn collect(sources: &Sources, trees: &BTreeMap<FileId, Arc<Tree>>) -> Vec<Ignore> {
    let mut ignores = Vec::new();
    for (file, tree) in trees {
        let source = sources.get(*file);
        if memchr::memmem::find(source.text().as_bytes(), b"tierlint:").is_none() {
            continue;
        }
        for comment in tree.comments() {
            ignores.extend(parse(source, *file, comment.span, comment.trailing));
        }
    }
    ignores
}

fn parse(source: &Source, file: FileId, span: Span, trailing: bool) -> Option<Ignore> {
    let text = source.slice(span);
    let directive = text
        .trim_start_matches('#')
        .trim_start()
        .strip_prefix("tierlint:")?
        .trim_start();
    let (whole_file, rest) = match directive.strip_prefix("ignore-file") {
        Some(rest) => (true, rest),
        None => (false, directive.strip_prefix("ignore")?),
    };
    let (names, reason) = match rest.trim_start().strip_prefix('[') {
        Some(list) => list.split_once(']').unwrap_or((list, "")),
        // A slice of the comment, so that its place can be told.
        None => rest.split_at(0),
    };
    let base = names.as_ptr() as usize - text.as_ptr() as usize;
    let rules = words(names)
        .map(|(start, name)| {
            let start = span.start + offset(base + start);
            (
                name.to_owned(),
                Span::new(start, start + offset(name.len())),
            )
        })
        .collect::<Vec<_>>();
    let line = source.line_of(span.start);
    let last = if trailing {
        line
    } else {
        next_code_line(source, line)
    };
    Some(Ignore {
        at: At::new(file, span),
        used: vec![false; rules.len()],
        rules,
        lines: (!whole_file).then_some((line, last)),
        reason: reason.trim().to_owned(),
    })
}

/// The annotation by which an object silences rules about itself.
pub const ANNOTATION: &str = "tierlint.dev/ignore";

/// The ignores that annotations of objects make: `tierlint.dev/ignore: rule, rule`
/// speaks for the whole object.
pub fn annotations(objects: &[Object], sources: &Sources) -> Vec<Ignore> {
    let mut ignores = Vec::new();
    for object in objects {
        let Some(value) = object.annotation(ANNOTATION) else {
            continue;
        };
        let source = sources.get(value.at.file);
        let written = source.slice(value.at.span);
        let named = words(written.trim_matches(['"', '\'']));
        let base = written.find(|c| !matches!(c, '"' | '\'')).unwrap_or(0);
        let rules: Vec<(String, Span)> = named
            .map(|(start, name)| {
                let start = value.at.span.start + offset(base + start);
                let span = Span::new(start, start + offset(name.len()));
                (name.to_owned(), span)
            })
            .collect();
        let last = object
            .at
            .span
            .end
            .saturating_sub(1)
            .max(object.at.span.start);
        ignores.push(Ignore {
            at: value.at,
            used: vec![false; rules.len()],
            rules,
            lines: Some((source.line_of(object.at.span.start), source.line_of(last))),
            reason: String::new(),
        });
    }
    ignores
}

/// The names in a comma-separated list with their offsets.
fn words(list: &str) -> impl Iterator<Item = (usize, &str)> {
    list.split(',').filter_map(move |part| {
        let name = part.trim();
        let start = name.as_ptr() as usize - list.as_ptr() as usize;
        (!name.is_empty()).then_some((start, name))
    })
}

/// The first line below `line` that is not a comment.
fn next_code_line(source: &Source, line: usize) -> usize {
    let mut next = line + 1;
    while source.line(next).trim_start().starts_with('#') {
        next += 1;
    }
    next
}

/// Takes out the findings that an ignore silences and marks it used.
pub fn apply(findings: Vec<Finding>, ignores: &mut [Ignore], sources: &Sources) -> Vec<Finding> {
    if ignores.is_empty() {
        return findings;
    }
    findings
        .into_iter()
        .filter(|finding| !silenced(finding, ignores, sources))
        .collect()
}

fn silenced(finding: &Finding, ignores: &mut [Ignore], sources: &Sources) -> bool {
    let mut silenced = false;
    for ignore in ignores {
        let Some(named) = ignore
            .rules
            .iter()
            .position(|(name, _)| name == finding.rule)
        else {
            continue;
        };
        let places = std::iter::once(&finding.at).chain(&finding.places);
        if places
            .into_iter()
            .any(|at| speaks_for(ignore, *at, sources))
        {
            ignore.used[named] = true;
            silenced = true;
        }
    }
    silenced
}

fn speaks_for(ignore: &Ignore, at: At, sources: &Sources) -> bool {
    if ignore.at.file != at.file {
        return false;
    }
    let Some((first, last)) = ignore.lines else {
        return true;
    };
    let source = sources.get(at.file);
    let from = source.line_of(at.span.start);
    let to = source.line_of(at.span.end.saturating_sub(1).max(at.span.start));
    first <= to && from <= last
}
