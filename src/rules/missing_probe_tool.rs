//! A healthcheck that runs a program which its image does not have.

use super::{Audience, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::knowledge::{Confidence, Fact, Presence};
use crate::model::workload::Workload;
use crate::probe::Probe;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "missing-probe-tool",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/missing-probe-tool.md"),
    check,
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, probe) in cx.probes() {
        let Some(fact) = cx.fact(index) else { continue };
        findings.extend(missing(cx, index, probe, fact));
    }
}

fn missing(cx: &Context<'_>, index: usize, probe: &Probe, fact: &Fact) -> Option<Finding> {
    let workload = cx.workload(index);
    let lacks = |tool: &str| fact.tool(tool) == Presence::No;
    let tool = if probe.shell && lacks("sh") {
        "sh"
    } else if is_certain(probe) {
        let tools = probe.script.tools.iter().map(String::as_str);
        tools
            .into_iter()
            .find(|it| lacks(it) && by_path(probe, it))?
    } else {
        return None;
    };
    if brings(workload, tool) {
        return None;
    }
    let inside = fact.image.as_ref().unwrap_or(&fact.entry);
    let (service, name) = (cx.name(index), &inside.name);
    let message = if tool == "sh" {
        format!("the healthcheck of `{service}` needs a shell, and {name} has none")
    } else {
        format!("the healthcheck of `{service}` runs `{tool}`, which {name} does not have")
    };
    let origin = workload.image.as_ref().map(|it| it.at);
    let origin = origin.or(workload.build.as_ref().map(|it| it.at))?;
    let mut finding = RULE
        .finding(probe.command_at(), message)
        .note(origin, "the image is named here")
        .place(probe.at)
        .about(&[service, tool]);
    if inside.confidence < Confidence::High {
        finding.severity = Severity::Warning;
    }
    let known = fact.check().filter(|_| fact.image.is_none());
    Some(
        match known.filter(|it| !it.test.iter().any(|word| word == tool)) {
            Some(check) => {
                let words: Vec<String> =
                    check.test.iter().map(|word| format!("{word:?}")).collect();
                finding.help(format!("for {name}: `test: [{}]`", words.join(", ")))
            }
            None => finding,
        },
    )
}

/// Whether every program of the test is needed: no other takes over when one
/// is not there, and nothing asks whether it is.
fn is_certain(probe: &Probe) -> bool {
    let script = &probe.script;
    let ends = |name: &str| {
        matches!(
            name,
            "" | "exit" | "echo" | "true" | "false" | "kill" | "[" | "grep"
        )
    };
    let first = script.commands.first().map(|it| it.name.as_str());
    let turns = script.commands.iter().any(|it| {
        let other = it.conditional && !ends(&it.name) && Some(it.name.as_str()) != first;
        let asks = matches!(it.name.as_str(), "command" | "which" | "type" | "hash");
        other || asks || it.condition.is_some()
    });
    !turns && !script.incomplete
}

/// Whether a program is looked for on the usual path.
fn by_path(probe: &Probe, tool: &str) -> bool {
    let words = probe.script.commands.iter().filter(|it| it.name == tool);
    let usual = [
        "/bin/",
        "/usr/bin/",
        "/usr/local/bin/",
        "/sbin/",
        "/usr/sbin/",
    ];
    words
        .filter_map(|it| it.words.first())
        .filter(|word| word.text.contains('/'))
        .all(|word| usual.iter().any(|dir| word.text == format!("{dir}{tool}")))
}

/// Whether the service brings the program itself: a mount, or a command that
/// installs it.
fn brings(workload: &Workload, tool: &str) -> bool {
    let mounts = workload.volumes.iter().any(|it| {
        let target = it.target.trim_end_matches('/');
        let bin = matches!(
            target,
            "/bin" | "/usr" | "/usr/bin" | "/usr/local/bin" | "/usr/local"
        );
        bin || target.rsplit('/').next() == Some(tool)
    });
    let commands = [&workload.entrypoint, &workload.command];
    let mut words = commands
        .into_iter()
        .flatten()
        .flat_map(|it| it.value.texts());
    let install = |word: &str| {
        [
            "apk add",
            "apt-get install",
            "apt install",
            "dnf install",
            "yum install",
        ]
        .iter()
        .any(|it| word.contains(it))
    };
    mounts || words.any(install)
}
