//! An edge to a service that does not exist.

use super::{Audience, Check, Context, Fixes, Rule, nearest};
use crate::finding::{Finding, Severity};
use crate::graph::Dangling;
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "undefined-dependency",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Never,
    page: include_str!("../../rules/undefined-dependency.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    // Another file may define it: nothing is said to be missing then.
    if cx.is_partial() {
        return;
    }
    findings.extend(
        cx.graph
            .dangling
            .iter()
            .map(|dangling| undefined(cx, dangling)),
    );
}

fn undefined(cx: &Context<'_>, dangling: &Dangling) -> Finding {
    let from = cx.name(dangling.from);
    let name = dangling.name.as_ref();
    let key = dangling.why.as_str();
    let message = if dangling.why.is_explicit() {
        format!("`{from}` depends on `{name}`, which no file of the project defines")
    } else {
        format!(
            "`{key}` of `{from}` names the service `{name}`, which no file of the project defines"
        )
    };
    let mut finding = RULE.finding(dangling.at, message).about(&[from, name]);
    let names = cx
        .stack
        .workloads
        .iter()
        .map(|it| it.name.value.as_ref())
        .filter(|other| *other != from);
    if let Some(near) = nearest(name, names) {
        let at = cx.stack.find(near).map(|index| cx.workload(index).name.at);
        finding = finding.help(format!("did you mean `{near}`?"));
        if let Some(at) = at {
            finding = finding.note(at, "a service of nearly that name");
        }
    } else if is_only_extended(cx, dangling.at) {
        finding = finding.help(format!(
            "`extends` takes over one service, not those that it needs; define `{name}` in the project"
        ));
    } else if !dangling.required {
        finding = finding.help(
            "`required: false` excuses a service that is switched off, not one that does not exist",
        );
    }
    finding
}

/// Whether the place lies in a file that gives no service of its own.
fn is_only_extended(cx: &Context<'_>, at: At) -> bool {
    let workloads = &cx.stack.workloads;
    let own = workloads.iter().any(|it| it.name.at.file == at.file);
    !own && !cx.view.resolved.files.contains(&at.file)
}
