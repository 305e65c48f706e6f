//! Comments that silence a finding.
//!
//! Owns where such a comment may stand. Whether it does what it should is for
//! the caller to try: inside a scalar it is no comment. The reason is for the
//! user to write; none is made up.

use crate::check::Report;
use crate::finding::Finding;
use crate::source::{Source, Span, offset};
use crate::yaml::Comment;

/// Lines that would become longer get the comment above them, in characters.
const LONGEST: usize = 100;

/// What stands where the reason belongs, for a client that lets users fill it in.
pub const BLANK: &str = "reason";

/// A comment, or a part of one, that is inserted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    /// The byte before which it goes.
    pub at: u32,
    /// What is written.
    pub text: String,
    /// Whether a reason belongs behind the text: [`BLANK`], else nothing.
    pub blank: &'static str,
    /// What follows: the end of the line.
    pub after: &'static str,
}

impl Proposal {
    /// The text of the file with the comment.
    pub fn apply(&self, text: &str) -> String {
        let (head, tail) = text.split_at(self.at as usize);
        format!("{head}{}{}{tail}", self.text, self.after)
    }
}

/// Comments that may silence a finding, best first: one more name in an ignore
/// that is there, the end of the line, the line above.
pub fn proposals(report: &Report, finding: &Finding) -> Vec<Proposal> {
    let resolved = &report.view.resolved;
    let source = resolved.sources.get(finding.at.file);
    let Some(tree) = resolved.trees.get(&finding.at.file) else {
        return Vec::new();
    };
    let line = source.line_of(finding.at.span.start);
    let comments = tree.comments();
    let on = |number: usize| move |it: &&Comment| source.line_of(it.span.start) == number;
    let mut found = Vec::new();
    let above = line.checked_sub(1).map(on);
    let near = comments.iter().find(on(line));
    let near = near.or_else(|| comments.iter().find(above?).filter(|it| !it.trailing));
    let written = near.and_then(|it| list_end(source, it.span));
    found.extend(written.map(|at| insert(at, format!(", {}", finding.rule), "", "")));
    let end = behind(source, line, finding.rule);
    let over = over(source, line, finding.rule);
    if comments.iter().any(|it| on(line)(&it)) {
        found.push(over);
        return found;
    }
    let length = source.line(line).chars().count() + end.text.chars().count();
    if length <= LONGEST {
        found.extend([end, over]);
    } else {
        found.extend([over, end]);
    }
    found
}

const fn insert(at: u32, text: String, blank: &'static str, after: &'static str) -> Proposal {
    Proposal {
        at,
        text,
        blank,
        after,
    }
}

/// Where the list of rules of an ignore comment ends.
fn list_end(source: &Source, span: Span) -> Option<u32> {
    let text = source.slice(span);
    let directive = text.trim_start_matches('#').trim_start();
    let list = directive.strip_prefix("tierlint:")?.trim_start();
    let list = list.strip_prefix("ignore")?.trim_start();
    list.strip_prefix('[')?;
    Some(span.start + offset(text.find(']')?))
}

/// Behind the code of a line.
fn behind(source: &Source, line: usize, rule: &str) -> Proposal {
    let text = source.line(line);
    let at = source.line_starts()[line] + offset(text.len());
    let gap = if text.ends_with("  ") { "" } else { "  " };
    insert(at, format!("{gap}# tierlint: ignore[{rule}]"), BLANK, "")
}

/// On a line of its own, as deep as the line below.
fn over(source: &Source, line: usize, rule: &str) -> Proposal {
    let text = source.line(line);
    let text = text.trim_start_matches('\u{feff}');
    let indent = &text[..text.len() - text.trim_start_matches(' ').len()];
    let start = source.line_starts()[line];
    let mark = source.text().starts_with('\u{feff}') && line == 0;
    let at = if mark {
        offset('\u{feff}'.len_utf8())
    } else {
        start
    };
    let ending = if source.text().contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    insert(
        at,
        format!("{indent}# tierlint: ignore[{rule}]"),
        BLANK,
        ending,
    )
}
