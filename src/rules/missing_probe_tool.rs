//! A healthcheck that runs a program which its image does not have.

use super::{Audience, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::knowledge::{Confidence, Fact, Presence};
use crate::model::workload::Workload;
use crate::probe::Probe;
use crate::source::At;

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
        let inside = match &cx.workload(index).build {
            Some(_) => cx.view.bases[index].as_ref(),
            None => cx.fact(index),
        };
        findings.extend(inside.and_then(|inside| missing(cx, index, probe, inside)));
    }
}

fn missing(cx: &Context<'_>, index: usize, probe: &Probe, fact: &Fact) -> Option<Finding> {
    let workload = cx.workload(index);
    let lacks = |tool: &str| fact.tool(tool) == Presence::No;
    let tool = if probe.shell && lacks("sh") {
        "sh"
    } else if is_certain(probe) {
        let mut tools = probe.script.tools.iter().map(String::as_str);
        tools.find(|it| lacks(it) && by_path(probe, it))?
    } else {
        return None;
    };
    if brings(workload, tool) || adds(workload, tool) {
        return None;
    }
    let (service, entry) = (cx.name(index), fact.image.as_ref().unwrap_or(&fact.entry));
    let (origin, image, from) = origin(workload)?;
    let message = if tool == "sh" {
        format!("the healthcheck of `{service}` needs a shell, and `{image}` has none")
    } else {
        format!("the healthcheck of `{service}` runs `{tool}`, which `{image}` does not have")
    };
    let mut finding = RULE
        .finding(probe.command_at(), message)
        .note(origin, from)
        .place(probe.at)
        .about(&[service, tool]);
    if entry.confidence < Confidence::High || workload.build.is_some() {
        finding.severity = Severity::Warning;
    }
    let known = fact.check().filter(|_| fact.image.is_none());
    let other = known.filter(|it| !it.test.iter().any(|word| word == tool));
    Some(match other {
        Some(check) => {
            let words: Vec<String> = check.test.iter().map(|word| format!("{word:?}")).collect();
            finding.help(format!(
                "for {}: `test: [{}]`",
                entry.name,
                words.join(", ")
            ))
        }
        None => finding,
    })
}

/// Where the image or its base is named.
fn origin(workload: &Workload) -> Option<(At, &str, &'static str)> {
    match &workload.build {
        Some(build) => {
            let base = build.made.as_ref()?.base.as_deref()?;
            Some((
                build.at,
                base,
                "the Dockerfile starts from it and adds no such program",
            ))
        }
        None => {
            let image = workload.image.as_ref()?;
            Some((image.at, &image.value.text, "it is named here"))
        }
    }
}

/// Whether a Dockerfile may add the program: it names it, or runs or copies
/// what cannot be seen.
fn adds(workload: &Workload, tool: &str) -> bool {
    let Some(build) = &workload.build else {
        return false;
    };
    let Some(made) = &build.made else { return true };
    made.instructions.iter().any(|line| {
        let copies = line.starts_with("COPY --from") || line.starts_with("ADD ");
        let runs = [
            ".sh",
            "| sh",
            "| bash",
            "playwright",
            "with-deps",
            "chrome",
            "requirements.apt",
        ];
        copies || line.contains(tool) || runs.iter().any(|it| line.contains(it))
    })
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
