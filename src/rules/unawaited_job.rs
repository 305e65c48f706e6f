//! A job whose end nobody waits for.

use super::{Audience, Check, Context, Fixes, Rule, gates};
use crate::finding::{Finding, Severity};
use crate::graph::{Edge, Gate};
use crate::knowledge::{By, Fact, JobEvidence, Role, Strength};
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "unawaited-job",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../rules/unawaited-job.md"),
    check: Check::Project(check),
};

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, evidence) in cx.view.jobs.iter().enumerate() {
        let Some(evidence) = evidence
            .as_ref()
            .filter(|it| it.strength == Strength::Strong)
        else {
            continue;
        };
        if cx.workload(index).is_off() {
            continue;
        }
        let waits: Vec<&Edge> = cx
            .graph
            .needed_by(index)
            .into_iter()
            .map(|it| cx.graph.edge(it))
            .collect();
        let weak = waits
            .iter()
            .filter(|edge| edge.gate == Gate::Started && edge.why.is_explicit());
        findings.extend(weak.map(|edge| early(cx, edge, evidence)));
        if waits.is_empty() && !cx.is_partial() {
            findings.extend(alone(cx, index, evidence));
        }
    }
}

/// Somebody goes on while the job still runs.
fn early(cx: &Context<'_>, edge: &Edge, evidence: &JobEvidence) -> Finding {
    let (from, to) = (cx.name(edge.from), cx.name(edge.to));
    let job = cx.workload(edge.to);
    let at = shown_by(cx, edge.to).unwrap_or(job.name.at);
    let entry = cx.dependency(edge);
    RULE.finding(
        entry.condition.at,
        format!("`{from}` does not wait for the job `{to}` to end"),
    )
    .label("only until it has started")
    .note(at, format!("a job: {}", evidence.reason))
    .place(entry.name.at)
    .help(format!(
        "wait for `{to}` with `condition: service_completed_successfully`"
    ))
    .about(&[from, to])
    .repair(gates::completed(cx, edge))
}

/// What shows that it is a job: its image, else its command.
fn shown_by(cx: &Context<'_>, index: usize) -> Option<At> {
    let job = cx.workload(index);
    let told = |fact: &&Fact| fact.by == By::Image && fact.entry.role == Role::Job;
    let image = cx.fact(index).filter(told).and(job.image.as_ref());
    let words = job.command.as_ref().or(job.entrypoint.as_ref());
    image.map(|it| it.at).or(words.map(|it| it.at))
}

/// Nobody waits at all: `up --wait` takes its exit for a failure. A job behind
/// a profile is run by hand.
fn alone(cx: &Context<'_>, index: usize, evidence: &JobEvidence) -> Option<Finding> {
    let job = cx.workload(index);
    if !job.profiles.is_empty() {
        return None;
    }
    let name = cx.name(index);
    let message = format!(
        "nobody waits for the job `{name}`, so `docker compose up --wait` fails when it ends"
    );
    let mut finding = RULE.finding(job.name.at, message);
    finding.severity = Severity::Info;
    if let Some(at) = shown_by(cx, index) {
        finding = finding.note(at, format!("a job: {}", evidence.reason));
    }
    let help = "let a service that needs its result wait for it with `condition: service_completed_successfully`";
    let unknown = Err("nothing says who needs its result".to_owned());
    Some(finding.help(help).about(&[name]).repair(unknown))
}
