//! What an editor can do about findings.
//!
//! Owns which actions there are, how they are called, and what each of them is
//! remembered by until its edit is asked for. Must not make edits: whether a
//! fix may be made is for the guards to say.

use std::path::Path;

use gen_lsp_types::{CodeAction, CodeActionContext, CodeActionKind, Position, Range};
use serde::{Deserialize, Serialize};

use super::{Frame, diagnostic, place};
use crate::check::Report;
use crate::finding::{Finding, Fix, Safety};
use crate::render::redact;
use crate::source::Span;

/// The repair of one finding.
const QUICK: &str = "quickfix";

/// All safe repairs in a file: what `fix FILE` does.
pub const ALL: &str = "source.fixAll.tierlint";

/// All safe repairs in every file of the stack. No kind of `source.fixAll`:
/// what runs on saving one file must not change others.
pub const STACK: &str = "source.tierlint.fixStack";

/// The kinds of all actions.
pub const KINDS: [&str; 3] = [QUICK, ALL, STACK];

/// What an action is about, handed to the client and back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wish {
    /// The file that the client asked about.
    pub uri: String,
    /// What to do.
    pub act: Act,
}

/// What to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Act {
    /// Make the fix of a finding.
    Fix(Named),
    /// Silence a finding by a comment.
    Ignore(Named),
    /// Make all safe fixes in the file.
    FixAll,
    /// Make all safe fixes in the stack.
    FixStack,
}

/// A finding, as long as its file stays the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Named {
    rule: String,
    start: u32,
    end: u32,
    /// As shown; secrets are starred out.
    message: String,
}

impl Named {
    fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.to_owned(),
            start: finding.at.span.start,
            end: finding.at.span.end,
            message: redact::message(&finding.message),
        }
    }

    /// Whether a finding of the file is meant.
    pub fn is(&self, finding: &Finding) -> bool {
        *self == Self::of(finding)
    }
}

/// The actions on the lines of a range of a file, without their edits: fixes, then ignores,
/// then what concerns all.
pub fn actions(
    reports: &[&Report],
    path: &Path,
    range: Range,
    context: &CodeActionContext,
    frame: Frame<'_>,
) -> Vec<CodeAction> {
    let mut fixes: Vec<CodeAction> = Vec::new();
    let mut ignores: Vec<CodeAction> = Vec::new();
    let mut seen: Vec<Named> = Vec::new();
    let uri = frame.uri(path).0;
    for report in reports {
        let Some(file) = place::file(report, path, frame) else {
            continue;
        };
        let lines = frame.lines(report.view.resolved.sources.get(file));
        let span: Span = lines.span(whole_lines(range));
        let here = report.findings.iter();
        for finding in here.filter(|it| place::touches(it.at, file, span)) {
            let named = Named::of(finding);
            if seen.contains(&named) {
                continue;
            }
            seen.push(named.clone());
            let shown = diagnostic::one(report, finding, frame);
            let make = |title: String, act: Act| {
                let mut action = action(title, QUICK, &uri, act);
                action.diagnostics = Some(vec![shown.clone()]);
                action
            };
            if let Some(fix) = finding.fix.as_ref().filter(|it| !it.edits.is_empty()) {
                let mut action = make(title(fix), Act::Fix(named.clone()));
                action.is_preferred = (fix.safety == Safety::Safe).then_some(true);
                fixes.push(action);
            }
            ignores.push(make(silence(finding, frame), Act::Ignore(named)));
        }
    }
    let mut found = fixes;
    found.extend(ignores);
    found.extend(all(reports, path, &uri, frame));
    let only = context.only.as_deref();
    found.retain(|it| is_asked(only, it.kind.as_ref()));
    found
}

/// A cursor anywhere on a line asks about the line.
const fn whole_lines(range: Range) -> Range {
    let (start, end) = (range.start.line, range.end.line);
    Range {
        start: Position {
            line: start,
            character: 0,
        },
        end: Position {
            line: end,
            character: u32::MAX,
        },
    }
}

fn action(title: String, kind: &'static str, uri: &str, act: Act) -> CodeAction {
    let wish = Wish {
        uri: uri.to_owned(),
        act,
    };
    CodeAction {
        title,
        kind: Some(CodeActionKind::from(kind)),
        data: serde_json::to_value(wish).ok(),
        ..CodeAction::default()
    }
}

/// What a fix does, and, where it is unsafe, why.
fn title(fix: &Fix) -> String {
    let title = redact::message(&fix.title);
    match (fix.safety, &fix.behaviour) {
        (Safety::Safe, _) => title,
        (Safety::Unsafe, Some(why)) => format!("{title} (unsafe: {})", redact::message(why)),
        (Safety::Unsafe, None) => format!("{title} (unsafe: a person has to look at it)"),
    }
}

fn silence(finding: &Finding, frame: Frame<'_>) -> String {
    let how = match frame.client.takes.snippets {
        true => "with a reason",
        false => "write the reason behind it",
    };
    format!("ignore `{}` here ({how})", finding.rule)
}

/// What concerns all findings, if there is anything to repair.
fn all(reports: &[&Report], path: &Path, uri: &str, frame: Frame<'_>) -> Vec<CodeAction> {
    let safe = |report: &&&Report| {
        let fixes = report.findings.iter().filter_map(|it| it.fix.as_ref());
        fixes.filter(|it| it.safety == Safety::Safe).count() > 0
    };
    let inside = |report: &&Report| {
        let file = place::file(report, path, frame);
        let fixes = report.findings.iter().filter_map(|it| it.fix.as_ref());
        let mut safe = fixes.filter(|it| it.safety == Safety::Safe);
        safe.any(|it| it.edits.iter().any(|edit| Some(edit.at.file) == file))
    };
    let mut found = Vec::new();
    if reports.iter().any(inside) {
        let title = "tierlint: make all safe fixes in this file".to_owned();
        found.push(action(title, ALL, uri, Act::FixAll));
    }
    let several = |report: &&&Report| report.view.resolved.trees.len() > 1;
    if reports.iter().filter(several).any(|it| safe(&it)) {
        let title = "tierlint: make all safe fixes in the stack".to_owned();
        found.push(action(title, STACK, uri, Act::FixStack));
    }
    found
}

/// Whether a client asks for a kind: by its name, or by one that it is under.
fn is_asked(only: Option<&[CodeActionKind]>, kind: Option<&CodeActionKind>) -> bool {
    let (Some(only), Some(kind)) = (only, kind) else {
        return true;
    };
    let kind = kind.as_str();
    only.iter().any(|it| {
        let rest = kind.strip_prefix(it.as_str());
        it.as_str().is_empty() || rest.is_some_and(|it| it.is_empty() || it.starts_with('.'))
    })
}
