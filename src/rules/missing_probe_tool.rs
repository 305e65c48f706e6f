//! A healthcheck that runs a program which its image does not have.

use super::{Audience, Check, ClusterContext, Context, Fixes, Rule, remedy};
use crate::finding::{Finding, Severity};
use crate::knowledge::{Confidence, Fact, Presence};
use crate::model::kubernetes::workloads::stand_in;
use crate::model::workload::Workload;
use crate::probe::{self, Probe};
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "missing-probe-tool",
    severity: Severity::Error,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/missing-probe-tool.md"),
    check: Check::Both(check, check_cluster),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, probe) in cx.probes() {
        let inside = match &cx.workload(index).build {
            Some(_) => cx.view.bases[index].as_ref(),
            None => cx.fact(index),
        };
        let (name, workload) = (cx.name(index), cx.workload(index));
        let what = format!("the healthcheck of `{name}`");
        let found = inside.and_then(|fact| {
            let found = missing(&what, name, workload, probe, fact)?;
            let tool = found.subject.get(1).cloned().unwrap_or_default();
            Some(found.repair(remedy::tools::other(cx, index, probe, (&tool, fact))))
        });
        findings.extend(found);
    }
}

fn check_cluster(cx: &ClusterContext<'_>, findings: &mut Vec<Finding>) {
    for it in cx.exec() {
        let pod = &cx.cluster.pods[it.index];
        let Some(fact) = cx.fact(it.container).filter(|_| !pod.patched) else {
            continue;
        };
        let what = format!(
            "the {} of {}",
            it.probe.role.as_str(),
            cx.title(it.index, it.container)
        );
        let workload = stand_in(cx.cluster, pod, Some(it.container));
        let found = missing(&what, cx.name(it.index), &workload, &it.test, &fact);
        findings.extend(found.map(|mut found| {
            // The words of a Compose healthcheck are no help here.
            found.help = None;
            found.place(it.probe.key)
        }));
    }
}

fn missing(
    what: &str,
    service: &str,
    workload: &Workload,
    probe: &Probe,
    fact: &Fact,
) -> Option<Finding> {
    let lacks = |tool: &str| fact.tool(tool) == Presence::No;
    let tool = if probe.shell && lacks("sh") {
        "sh"
    } else if probe.needs_all() {
        let mut tools = probe.script.tools.iter().map(String::as_str);
        tools.find(|it| lacks(it) && probe.is_on_path(it))?
    } else {
        return None;
    };
    if probe::may_bring(workload, tool) {
        return None;
    }
    let entry = fact.image.as_ref().unwrap_or(&fact.entry);
    let (origin, image, from) = origin(workload)?;
    let message = if tool == "sh" {
        format!("{what} needs a shell, and `{image}` has none")
    } else {
        format!("{what} runs `{tool}`, which `{image}` does not have")
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
