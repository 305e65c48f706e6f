//! Inline ignores: `# tierlint: ignore[rule] reason`, and annotations of objects;
//! ignores of the settings; the baseline.
//!
//! Owns the grammar of the comments and which finding is silenced by what. A
//! comment counts on any line of a finding's places, or right above. Must not
//! know rules beyond their names.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::baseline::{Accepted, Key};
use crate::config::Config;
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

/// The ignores in files that are no part of a stack, by their lines: a comment
/// starts with `#` in all of them. They silence, and nobody counts whether they do:
/// the next stack may need them.
pub fn in_texts(sources: &Sources, files: impl Iterator<Item = FileId>) -> Vec<Ignore> {
    let mut ignores = Vec::new();
    for file in files {
        let source = sources.get(file);
        let text = source.text();
        for at in memchr::memmem::find_iter(text.as_bytes(), b"tierlint:") {
            let line = source.line_of(offset(at));
            let start = source.line_starts()[line] as usize;
            let Some(mark) = text[start..at].rfind('#') else {
                continue;
            };
            let mark = start + mark;
            let trailing = !text[start..mark].trim().is_empty();
            let end = text[at..]
                .find(['\r', '\n'])
                .map_or(text.len(), |it| at + it);
            let span = Span::new(offset(mark), offset(end));
            ignores.extend(parse(source, file, span, trailing));
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

/// Who took a finding out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum By {
    /// A comment or an annotation.
    Comment,
    /// An ignore in the settings.
    Settings,
    /// The baseline.
    Baseline,
}

/// A finding that is not reported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// Who took it out.
    pub by: By,
    /// Why, in the author's words; empty if they gave none.
    pub reason: String,
}

/// Takes out the findings that a comment silences and marks it used.
pub fn apply(
    findings: &mut Vec<Finding>,
    ignores: &mut [Ignore],
    sources: &Sources,
) -> Vec<Suppressed> {
    if ignores.is_empty() {
        return Vec::new();
    }
    take(findings, By::Comment, |it| silenced(it, ignores, sources))
}

/// Takes out the findings that an ignore of the settings speaks for.
pub fn settings(
    findings: &mut Vec<Finding>,
    config: &Config,
    sources: &Sources,
) -> Vec<Suppressed> {
    let ignores = config.ignores.iter();
    let live: Vec<_> = ignores.filter(|it| !it.has_ended(config.today)).collect();
    if live.is_empty() {
        return Vec::new();
    }
    take(findings, By::Settings, |finding| {
        let mut live = live.iter();
        let found = live.find(|it| it.takes(finding, sources, &config.dir))?;
        Some(found.reason.clone())
    })
}

/// Takes out the findings that are accepted, each as often as it is; leaves in
/// `accepted` what nothing was taken out for.
pub fn baseline(findings: &mut Vec<Finding>, accepted: &mut Accepted) -> Vec<Suppressed> {
    take(findings, By::Baseline, |finding| {
        let left = accepted.get_mut(&Key::of(finding))?;
        *left = left.checked_sub(1)?;
        Some("accepted in the baseline".to_owned())
    })
}

/// Takes out the findings for which there is a reason.
fn take(
    findings: &mut Vec<Finding>,
    by: By,
    mut reason: impl FnMut(&Finding) -> Option<String>,
) -> Vec<Suppressed> {
    let mut taken = Vec::new();
    let mut kept = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        match reason(&finding) {
            Some(reason) => taken.push(Suppressed {
                finding,
                by,
                reason,
            }),
            None => kept.push(finding),
        }
    }
    *findings = kept;
    taken
}

/// Every ignore that speaks for a finding is used; the first one's reason.
fn silenced(finding: &Finding, ignores: &mut [Ignore], sources: &Sources) -> Option<String> {
    let mut reason = None;
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
            reason.get_or_insert_with(|| ignore.reason.clone());
        }
    }
    reason
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
