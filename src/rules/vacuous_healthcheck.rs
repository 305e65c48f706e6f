//! A healthcheck that cannot fail, or that takes an error for an answer.

use super::{Audience, Check, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::knowledge::Role;
use crate::probe::Probe;
use crate::script::{ProbeKind, Swallowing};

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "vacuous-healthcheck",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/vacuous-healthcheck.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, probe) in cx.probes() {
        let found = always_true(cx, index, probe).or_else(|| any_answer(cx, index, probe));
        findings.extend(found);
    }
}

/// Its status is 0 whatever happens.
fn always_true(cx: &Context<'_>, index: usize, probe: &Probe) -> Option<Finding> {
    if !probe.facts.always_true {
        return None;
    }
    let name = cx.name(index);
    let message = format!("the healthcheck of `{name}` succeeds whatever happens");
    let swallow = probe.facts.swallows.last();
    let asks = probe.facts.kind != ProbeKind::Nothing;
    let (at, label) = match swallow.filter(|_| asks) {
        Some(swallow) => {
            let label = match &swallow.how {
                Swallowing::PipeHides(tool) => format!("only the status of `{tool}` counts"),
                _ => "this throws the status away".to_owned(),
            };
            (probe.locate(swallow.span), label)
        }
        None if asks => return None,
        None => (probe.at, "this asks nothing".to_owned()),
    };
    let help = if asks {
        "let the status of the test decide"
    } else {
        "ask the server itself, or leave the healthcheck out"
    };
    Some(
        RULE.finding(at, message)
            .label(label)
            .place(probe.at)
            .help(help)
            .about(&[name]),
    )
}

/// `curl` without `-f`, when nothing looks at what it prints. Of the start
/// page any answer may be meant; of another path it is the status.
fn any_answer(cx: &Context<'_>, index: usize, probe: &Probe) -> Option<Finding> {
    let facts = &probe.facts;
    let http = facts.http.as_ref().filter(|it| !it.fails_on_error)?;
    let web = matches!(facts.scheme.as_deref(), Some("http" | "https"));
    let curl = facts.tool.as_deref() == Some("curl") && facts.target.is_some();
    let command = probe.script.commands.get(facts.command?)?;
    let read = facts.checks_output || command.substituted || !command.piped_into.is_empty();
    let others = probe.script.commands.iter().any(|it| {
        !matches!(
            it.name.as_str(),
            "curl" | "exit" | "echo" | "true" | "false"
        )
    });
    let unsure = read || others || probe.script.incomplete || http.method.is_some();
    if !curl || !web || unsure || cx.view.role(index) == Some(Role::Proxy) {
        return None;
    }
    let name = cx.name(index);
    let message = format!("the healthcheck of `{name}` takes any HTTP status for good");
    let mut finding = RULE
        .finding(probe.command_at(), message)
        .label("without `-f`, `curl` succeeds on a 500 too")
        .place(probe.at)
        .help("add `-f`")
        .about(&[name]);
    if facts.path.as_deref().is_none_or(|path| path == "/") {
        finding.severity = Severity::Info;
    }
    Some(finding)
}
