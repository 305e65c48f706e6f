//! A healthcheck that can say "healthy" while the server is not ready.
//!
//! Owns what the families have in common: who is asked, how a lie is told.

mod poolers;
mod sql;
mod stores;

use super::{Audience, Context, Fixes, Rule};
use crate::finding::{Finding, Severity};
use crate::knowledge::{By, Fact, Listens};
use crate::model::workload::Workload;
use crate::probe::Probe;
use crate::source::At;

/// The rule.
pub(super) const RULE: Rule = Rule {
    name: "misleading-healthcheck",
    severity: Severity::Warning,
    audience: Audience::Everyone,
    fixes: Fixes::Sometimes,
    page: include_str!("../../../rules/misleading-healthcheck.md"),
    check,
};

/// One test beside what is known of the image it runs in.
struct Case<'c> {
    cx: &'c Context<'c>,
    index: usize,
    workload: &'c Workload,
    probe: &'c Probe,
    fact: &'c Fact,
}

/// When the test lies.
struct Lie {
    severity: Severity,
    /// What follows "the healthcheck of `x`".
    message: String,
    /// What is wrong with the command.
    label: &'static str,
    /// What is known of the image.
    evidence: Option<(At, String)>,
    help: String,
}

const FAMILIES: [fn(&Case<'_>) -> Option<Lie>; 7] = [
    sql::postgres,
    sql::mysql,
    stores::redis,
    stores::loopback,
    stores::rabbitmq,
    stores::tcp,
    poolers::shallow,
];

fn check(cx: &Context<'_>, findings: &mut Vec<Finding>) {
    for (index, probe) in cx.probes() {
        let Some(fact) = cx.fact(index) else { continue };
        let case = Case {
            cx,
            index,
            workload: cx.workload(index),
            probe,
            fact,
        };
        if probe.facts.always_true || probe.script.incomplete {
            continue;
        }
        let lie = FAMILIES.iter().find_map(|family| family(&case));
        findings.extend(lie.map(|lie| tell(&case, lie)));
    }
}

fn tell(case: &Case<'_>, lie: Lie) -> Finding {
    let name = case.cx.name(case.index);
    let message = format!("the healthcheck of `{name}` {}", lie.message);
    let mut finding = RULE
        .finding(case.probe.command_at(), message)
        .label(lie.label)
        .place(case.probe.at)
        .help(lie.help)
        .about(&[name]);
    finding.severity = lie.severity;
    if let Some((at, text)) = lie.evidence {
        finding = finding.note(at, text);
    }
    if let Some(edge) = case.cx.awaiters(case.index).first() {
        let text = format!("`{}` starts on its word", case.cx.name(edge.from));
        finding = finding.note(case.cx.dependency(edge).condition.at, text);
    }
    finding
}

impl Case<'_> {
    /// A lie that somebody believes is a race; others only read it.
    fn severity(&self) -> Severity {
        if self.cx.awaiters(self.index).is_empty() {
            Severity::Info
        } else {
            Severity::Warning
        }
    }

    /// Where the image is named, with what is known of it.
    fn image(&self, text: String) -> Option<(At, String)> {
        let image = self.workload.image.as_ref().map(|it| it.at);
        let at = image.or(self.workload.build.as_ref().map(|it| it.at))?;
        Some((at, text))
    }

    /// Whether the image's own entrypoint runs a temporary server there on a
    /// first start.
    fn starts_on(&self, listens: Listens) -> bool {
        let init = self.fact.entry.init.as_ref();
        let own = self.workload.entrypoint.is_none() && self.fact.by != By::Command;
        own && init.is_some_and(|it| it.listens == listens)
    }

    fn is_kind(&self, kind: &str) -> bool {
        self.fact.entry.kind.as_deref() == Some(kind)
    }

    fn has_env(&self, name: &str) -> bool {
        self.workload.env(name).is_some()
    }

    fn mounts(&self, folder: &str) -> bool {
        let volumes = self.workload.volumes.iter();
        volumes
            .map(|it| it.target.as_ref())
            .any(|it| it.starts_with(folder))
    }

    /// The words of entrypoint and command.
    fn command(&self) -> impl Iterator<Item = &str> {
        let parts = [&self.workload.entrypoint, &self.workload.command];
        let words = parts.into_iter().flatten().flat_map(|it| it.value.texts());
        words.flat_map(str::split_ascii_whitespace)
    }
}
