//! A command of which Compose drops the end.

use super::{Audience, Check, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::model::workload::Command;
use crate::source::{At, Sources, Span, Spanned, offset};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "cut-command",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/cut-command.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for workload in &cx.stack.workloads {
        let keys = [
            ("entrypoint", &workload.entrypoint),
            ("command", &workload.command),
        ];
        for (key, command) in keys {
            let Some(command) = command else { continue };
            let sources = &cx.view.resolved.sources;
            findings.extend(cut(sources, &workload.name.value, key, command));
        }
    }
}

fn cut(
    sources: &Sources,
    name: &str,
    key: &'static str,
    command: &Spanned<Command>,
) -> Option<Finding> {
    let cut = command.value.cut?;
    let (operator, at) = lost(sources, command.at, cut)?;
    let kept = command.value.texts().join(" ");
    let ran = match kept.as_str() {
        "" => "nothing".to_owned(),
        kept => format!("only `{kept}`"),
    };
    let place = match operator.as_str() {
        "" => "a bare operator".to_owned(),
        operator => format!("`{operator}`"),
    };
    let message = format!("`{name}` runs {ran}: Compose cuts its `{key}` at {place}");
    let mut finding = RULE
        .finding(at, message)
        .label("nothing reads this")
        .help(format!(
            "no shell reads `{key}`: name one, as in `[\"sh\", \"-c\", \"…\"]`"
        ))
        .place(command.at)
        .about(&[name]);
    // Of a redirection, the program that is meant runs all the same.
    if operator.starts_with(['<', '>']) {
        finding.severity = Severity::Warning;
    }
    Some(finding)
}

/// The operator and the part that is dropped; `None` where that is nothing but
/// the operator. Of a block of lines only the whole can be shown.
fn lost(sources: &Sources, whole: At, cut: At) -> Option<(String, At)> {
    if cut.span.start == whole.span.start {
        return Some((String::new(), whole));
    }
    let inside = whole.file == cut.file && cut.span.start < whole.span.end;
    let rest = inside.then(|| Span::new(cut.span.start, whole.span.end))?;
    let text = sources.slice(At::new(cut.file, rest));
    let text = text.trim_end().trim_end_matches(['"', '\'']).trim_end();
    let first = text.chars().next()?;
    let length = text.len() - text.trim_start_matches(first).len();
    let operator = text.get(..length)?;
    let says = !text[length..].trim().is_empty();
    let span = Span::new(rest.start, rest.start + offset(text.len()));
    says.then(|| (operator.to_owned(), At::new(cut.file, span)))
}
