//! A healthcheck test that does not say what its author meant.

use super::shell_words::{is_literal, is_operator, is_shell};
use super::{Audience, Check, Context, Fixes, Rule, remedy};
use crate::finding::{Finding, Severity};
use crate::model::workload::{Form, Test, Value};
use crate::source::Spanned;
use remedy::malformed as mend;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "malformed-healthcheck",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/malformed-healthcheck.md"),
    check: Check::Project(check),
};

type Word = Spanned<Value>;

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, workload) in cx.stack.workloads.iter().enumerate() {
        let check = workload.healthcheck.as_ref();
        let test = check.filter(|it| it.disable.is_none());
        let Some(test) = test.and_then(|it| it.test.as_ref()) else {
            continue;
        };
        let name = workload.name.value.as_ref();
        let found = match &test.value {
            Test::None | Test::Inherit => None,
            Test::Malformed(words) => words
                .first()
                .map(|it| headless(it, name).repair(mend::headless(cx, index))),
            Test::Exec(words) => exec(cx, words, name).map(|it| it.repair(mend::exec(cx, index))),
            Test::Shell { script, rest, form } => string(cx, index, script, *form)
                .or_else(|| extra(script, rest, name).map(|it| it.repair(mend::extra(cx, index)))),
        };
        findings.extend(found.map(|it| it.place(test.at).about(&[name])));
    }
}

fn headless(first: &Word, name: &str) -> Finding {
    let message = format!("the test of `{name}` starts with none of `CMD`, `CMD-SHELL` and `NONE`");
    RULE.finding(first.at, message)
        .help("Compose refuses the whole project; begin the list with `CMD`")
}

/// A string that is meant to be something else.
fn string(cx: &Context<'_>, index: usize, script: &Word, form: Form) -> Option<Finding> {
    let name = cx.name(index);
    let text = script.value.text.trim();
    let head = text
        .split([' ', ',', '"', '\''])
        .find(|it| !it.is_empty() && *it != "[")?;
    let list = text.starts_with('[') && matches!(head, "CMD" | "CMD-SHELL" | "NONE");
    let help = match head {
        "NONE" if text == "NONE" => "write `test: [\"NONE\"]` or `disable: true`",
        "CMD" | "CMD-SHELL" if list => "take the quotes off the list",
        "CMD" | "CMD-SHELL" if text.starts_with(head) && text != head => {
            "a string goes to the shell as it is: leave this word out"
        }
        _ => return None,
    };
    let program = if list { "[" } else { head };
    let message = format!("the test of `{name}` makes the shell run a program called `{program}`");
    let finding = RULE.finding(script.at, message).help(help);
    let finding = finding.repair(mend::string(cx, index, head));
    (form == Form::String || text != "NONE").then_some(finding)
}

/// Items behind the script of a `CMD-SHELL` list.
fn extra(script: &Word, rest: &[Word], name: &str) -> Option<Finding> {
    let (first, last) = (rest.first()?, rest.last()?);
    let mut at = first.at;
    if last.at.file == at.file {
        at.span = at.span.join(last.at.span);
    }
    let ran = script.value.text.as_ref();
    let message = format!("the shell runs only `{ran}` as the test of `{name}`");
    let mut finding = RULE
        .finding(at, message)
        .label("nothing reads this")
        .help("write the whole command as one item, or use `CMD`");
    if ran.trim().contains(char::is_whitespace) {
        finding.severity = Severity::Warning;
    }
    Some(finding)
}

/// No shell reads a `CMD` list.
fn exec(cx: &Context<'_>, words: &[Word], name: &str) -> Option<Finding> {
    let program = words.first()?;
    let text = program.value.text.as_ref();
    if text.trim().contains(char::is_whitespace) && !program.value.unknown {
        let message = format!(
            "the test of `{name}` runs a program called `{}`",
            text.trim()
        );
        let help = "write `CMD-SHELL`, or each word as an item of its own";
        return Some(RULE.finding(program.at, message).help(help));
    }
    let base = text.rsplit('/').next().unwrap_or(text);
    if let Some(word) = words
        .iter()
        .skip(1)
        .find(|it| is_operator(&it.value.text, base))
    {
        let operator = word.value.text.as_ref();
        let message = format!("`{operator}` is an argument of `{base}` in the test of `{name}`");
        let mut finding = RULE
            .finding(word.at, message)
            .label("no shell reads this")
            .help("write one `CMD-SHELL` command");
        if is_shell(base) {
            finding.severity = Severity::Warning;
        }
        return Some(finding);
    }
    let word = words
        .iter()
        .skip(1)
        .find(|it| is_literal(cx.view.resolved.sources.slice(it.at), base))?;
    let mut finding = RULE
        .finding(
            word.at,
            format!(
                "the test of `{name}` passes `{}` as it stands",
                word.value.text
            ),
        )
        .label("no shell expands this")
        .help("write one `CMD-SHELL` command");
    finding.severity = Severity::Warning;
    Some(finding)
}
