//! The pipeline on one page: a request becomes a report.
//!
//! Owns the order of the stages. Must not know how a report is shown or where
//! files come from.

use std::path::{Path, PathBuf};

use crate::config::{Config, Persona};
use crate::finding::{Finding, Severity};
use crate::graph::{self, Graph, Readiness};
use crate::knowledge::{self, Embedded, Fact, JobEvidence, Knowledge};
use crate::model::compose::{self, Resolved};
use crate::model::workload::{Stack, Test, Workload};
use crate::rules::{self, Audience, Context};
use crate::source::Reader;
use crate::suppress;
use crate::timing::{self, Plan};

/// One stack, understood: what rules, plans and graphs are made from.
pub struct View {
    /// What was read.
    pub resolved: Resolved,
    /// Who needs whom.
    pub graph: Graph,
    /// What is known of each workload's image.
    pub facts: Vec<Option<Fact>>,
    /// What each workload can prove.
    pub readiness: Vec<Readiness>,
    /// Why a workload is taken for a job.
    pub jobs: Vec<Option<JobEvidence>>,
}

/// What a run says about one stack.
pub struct Report {
    /// The stack with everything behind it.
    pub view: View,
    /// Findings in order of file, offset, rule.
    pub findings: Vec<Finding>,
    /// When is what ready, as the files stand.
    pub plan: Plan,
    /// The number of findings that an ignore took out.
    pub suppressed: usize,
}

impl Report {
    /// The stack.
    pub fn stack(&self) -> &Stack {
        &self.view.resolved.stack
    }

    /// Whether part of the stack was out of sight.
    pub fn is_partial(&self) -> bool {
        self.view.context(&Config::default()).is_partial() || !self.view.resolved.broken.is_empty()
    }
}

impl View {
    /// The view as rules see it.
    pub fn context<'a>(&'a self, config: &'a Config) -> Context<'a> {
        Context {
            stack: &self.resolved.stack,
            resolved: &self.resolved,
            graph: &self.graph,
            facts: &self.facts,
            readiness: &self.readiness,
            jobs: &self.jobs,
            config,
        }
    }
}

/// Reads and understands one project.
pub fn view(request: &compose::Request, reader: &dyn Reader, shown_from: &Path) -> View {
    let resolved = compose::resolve(request, reader, shown_from);
    understand(resolved)
}

/// Adds knowledge and the graph to a project.
pub fn understand(resolved: Resolved) -> View {
    let knowledge = Knowledge::builtin();
    let workloads = &resolved.stack.workloads;
    let facts: Vec<Option<Fact>> = workloads.iter().map(|it| fact(knowledge, it)).collect();
    let readiness: Vec<Readiness> = workloads
        .iter()
        .zip(&facts)
        .map(|(it, fact)| readiness(it, fact.as_ref()))
        .collect();
    let jobs = workloads.iter().map(knowledge::job::recognise).collect();
    let graph = graph::build(&resolved.stack, &readiness);
    View {
        resolved,
        graph,
        facts,
        readiness,
        jobs,
    }
}

/// Runs the rules over a view and takes out what is suppressed.
pub fn report(view: View, config: &Config) -> Report {
    let mut findings = Vec::new();
    let context = view.context(config);
    let broken = !view.resolved.broken.is_empty();
    for rule in rules::ALL {
        let heard = rule.audience == Audience::Everyone || config.persona == Persona::Pedantic;
        let reader = rules::READER.contains(&rule.name);
        if heard && config.wants(rule.name) && (reader || !broken) {
            (rule.check)(&context, &mut findings);
        }
    }
    let mut ignores = suppress::collect(&view.resolved.sources, &view.resolved.trees);
    let before = findings.len();
    let mut findings = suppress::apply(findings, &mut ignores, &view.resolved.sources);
    let suppressed = before - findings.len();
    if config.wants(rules::unused_suppression::RULE.name) && config.select.is_empty() && !broken {
        findings.extend(rules::unused_suppression::unused(&ignores, config));
    }
    findings.sort_by(|a, b| (a.at, a.rule, &a.message).cmp(&(b.at, b.rule, &b.message)));
    findings.dedup();
    let plan = plan(&view, config);
    Report {
        view,
        findings,
        plan,
        suppressed,
    }
}

/// One project from request to report.
pub fn check(
    request: &compose::Request,
    reader: &dyn Reader,
    shown_from: &Path,
    config: &Config,
) -> Report {
    report(view(request, reader, shown_from), config)
}

/// The files that make the project, base first, as shown.
pub fn paths(resolved: &Resolved) -> Vec<PathBuf> {
    resolved
        .files
        .iter()
        .map(|file| resolved.sources.get(*file).path().to_owned())
        .collect()
}

/// The worst severity among findings.
pub fn worst(findings: &[Finding]) -> Option<Severity> {
    findings.iter().map(|finding| finding.severity).max()
}
