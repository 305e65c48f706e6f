//! A variable in a test that Compose fills in, although the container's own is meant.

use super::{Audience, Check, Context, Fixes, Rule, remedy};
use crate::finding::{Finding, Severity};
use crate::model::compose::interpolate::{Use, interpolate};
use crate::model::workload::{Test, Value, Workload};
use crate::probe::{self, assigns, mentions};
use crate::source::{At, Span, Spanned, offset};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "unescaped-variable",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/unescaped-variable.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, workload) in cx.stack.workloads.iter().enumerate() {
        let check = workload.healthcheck.as_ref();
        let test = check.filter(|it| it.disable.is_none());
        match test.and_then(|it| it.test.as_ref()).map(|it| &it.value) {
            Some(Test::Shell { script, .. }) => word(cx, index, script, true, findings),
            Some(Test::Exec(words)) => {
                for it in words {
                    word(cx, index, it, false, findings);
                }
            }
            _ => {}
        }
    }
}

fn word(
    cx: &Context<'_>,
    index: usize,
    word: &Spanned<Value>,
    shell: bool,
    findings: &mut Vec<Finding>,
) {
    if !word.value.interpolated {
        return;
    }
    let Some((raw, verbatim)) = probe::raw(word.at, &cx.view.resolved.sources) else {
        return;
    };
    let workload = cx.workload(index);
    let mut told: Vec<&str> = Vec::new();
    let uses = interpolate(&raw, &cx.view.resolved.env).uses;
    for used in &uses {
        let Some(found) = judge(cx, workload, &raw, used) else {
            continue;
        };
        if told.contains(&used.name) {
            continue;
        }
        told.push(used.name);
        let at = verbatim.map_or(word.at, |span| {
            let start = word.at.span.start + span.start;
            let (from, to) = (offset(used.range.start), offset(used.range.end));
            At::new(word.at.file, Span::new(start + from, start + to))
        });
        let same = uses.iter().filter(|it| it.name == used.name);
        let ranges: Vec<_> = same.map(|it| it.range.clone()).collect();
        let empty = found.gets == EMPTY;
        let fix = remedy::variables::escape(cx, index, word, (used.name, &ranges), empty);
        let finding = tell(workload, used.name, at, found, shell);
        findings.push(finding.place(word.at).repair(fix));
    }
}

const EMPTY: &str = "is empty";

/// What is wrong with a use.
struct Wrong {
    severity: Severity,
    gets: &'static str,
    own: Option<(At, &'static str)>,
}

fn judge(cx: &Context<'_>, workload: &Workload, raw: &str, used: &Use<'_>) -> Option<Wrong> {
    let missing = !used.set && !used.had_default;
    let gets = EMPTY;
    let Some(var) = workload.env(used.name) else {
        let own = used.name == "HOSTNAME" || assigns(raw, used.name);
        return (missing && own).then_some(Wrong {
            severity: Severity::Warning,
            gets,
            own: None,
        });
    };
    let value = var.value.as_ref().filter(|it| it.at != var.name.at)?;
    let sources = &cx.view.resolved.sources;
    if value.value.unknown || mentions(sources.slice(value.at), used.name) {
        return None;
    }
    let own = Some((var.name.at, "the container gets its value here"));
    let by_file = !cx.view.resolved.trees.contains_key(&var.name.at.file);
    if missing {
        let severity = if by_file {
            Severity::Info
        } else {
            Severity::Warning
        };
        return (!remedy::variables::used_elsewhere(cx, used.name)).then_some(Wrong {
            severity,
            gets,
            own,
        });
    }
    let filled = interpolate(&raw[used.range.clone()], &cx.view.resolved.env);
    let differs = !filled.unknown && filled.text != value.value.text.as_ref();
    differs.then_some(Wrong {
        severity: Severity::Info,
        gets: "has another value",
        own,
    })
}

fn tell(workload: &Workload, name: &str, at: At, wrong: Wrong, shell: bool) -> Finding {
    let service = workload.name.value.as_ref();
    let message = format!(
        "`{name}` in the test of `{service}` is filled in by Compose, where it {}",
        wrong.gets
    );
    let help = if shell {
        format!("`$${name}` is the container's own")
    } else {
        format!("only a shell sees the container's own: `CMD-SHELL` with `$${name}`")
    };
    let mut finding = RULE.finding(at, message).help(help).about(&[service, name]);
    finding.severity = wrong.severity;
    match wrong.own {
        Some((at, text)) => finding.note(at, text),
        None => finding,
    }
}
