//! The pipeline on one page: a request becomes a report.
//!
//! Owns the order of the stages. Must not know how a report is shown or where
//! files come from.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::baseline::{Accepted, Baseline};
use crate::ci::services;
use crate::config::{Config, Ignoring};
use crate::finding::{Finding, Severity};
use crate::graph::Dangling;
use crate::graph::cluster::Links;
use crate::model::compose::{self, Resolved};
use crate::model::kubernetes;
use crate::model::workload::{Gap, GapKind, Stack};
use crate::probe;
use crate::repair;
use crate::rules::{self, Check, ClusterContext, Context, Rule};
use crate::source::Reader;
use crate::suppress::{self, Suppressed};
use crate::view::{self, Clock, View};

/// How much of a project a set of files is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Standing {
    /// All of it, as far as the files say.
    #[default]
    Whole,
    /// The last file is a piece, laid on a base that has a report of its own.
    Piece,
    /// A part of a project whose other parts were not found.
    Part,
}

/// What to read.
#[derive(Clone, Debug)]
pub enum Request {
    /// A Compose project.
    Project(compose::Request),
    /// A Kubernetes stack.
    Cluster(Arc<kubernetes::Request>),
    /// The service containers of a workflow's jobs.
    Workflow(Workflow),
}

/// A workflow to read.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// The file, absolute.
    pub path: PathBuf,
    /// The repository that it is for.
    pub dir: PathBuf,
}

impl Request {
    /// The folder of the stack.
    pub fn dir(&self) -> &Path {
        match self {
            Self::Project(request) => &request.dir,
            Self::Cluster(request) => &request.dir,
            Self::Workflow(request) => &request.dir,
        }
    }
}

/// What a run says about one stack.
pub struct Report {
    /// What was asked for.
    pub request: Request,
    /// How much of a project it is.
    pub standing: Standing,
    /// The stack with everything behind it.
    pub view: View,
    /// Findings in order of file, offset, rule.
    pub findings: Vec<Finding>,
    /// When is what ready, as the files stand.
    pub clock: Clock,
    /// The workloads that reach a database through a pooler, where somebody asks.
    pub pooled: Vec<String>,
    /// What an ignore or the baseline took out, in the same order.
    pub suppressed: Vec<Suppressed>,
    /// What the baseline accepts here and nothing raises, as far as is known.
    pub stale: Accepted,
}

impl Report {
    /// The stack.
    pub fn stack(&self) -> &Stack {
        &self.view.resolved.stack
    }

    /// Keeps the findings that a test holds for, the suppressed ones too.
    pub fn retain(&mut self, mut keep: impl FnMut(&Finding) -> bool) {
        self.findings.retain(&mut keep);
        self.suppressed.retain(|it| keep(&it.finding));
    }

    /// Lets go of what only rules and repairs ask for: trees, objects, addresses,
    /// and, where nothing was found, the texts.
    pub fn shed(&mut self) {
        let view = &mut self.view;
        view.resolved.trees.clear();
        view.mentions.clear();
        view.links = Links::default();
        if let Some(cluster) = &mut view.cluster {
            *cluster = kubernetes::Cluster {
                idle: std::mem::take(&mut cluster.idle),
                ..kubernetes::Cluster::default()
            };
        }
        if self.findings.is_empty() && self.suppressed.is_empty() {
            view.resolved.sources.forget_texts();
        }
    }

    /// The name of the stack in a baseline; `dir` is where shown paths start.
    pub fn name_in(&self, baseline: &Baseline, dir: &Path) -> String {
        name_in(baseline, &self.request, &self.view.resolved, dir)
    }

    /// Whether part of the stack was out of sight.
    pub fn is_partial(&self) -> bool {
        self.view.resolved.is_partial()
    }
}

/// One project from request to report.
pub fn check(
    request: &compose::Request,
    reader: &dyn Reader,
    shown_from: &Path,
    config: &Config,
) -> Report {
    let view = view::view(request, reader, shown_from, config);
    report(Request::Project(request.clone()), view, config)
}

/// The same project once more, after its files have changed.
pub fn recheck(old: &Report, reader: &dyn Reader, shown_from: &Path, config: &Config) -> Report {
    let mut new = match &old.request {
        Request::Project(request) => check(request, reader, shown_from, config),
        Request::Cluster(request) => check_cluster(request, reader, shown_from, config),
        Request::Workflow(request) => check_workflow(request, reader, shown_from, config),
    };
    stand(&mut new, old.standing, config);
    new
}

/// Says how much of a project the report is about, and takes back what was
/// said on the ground that it is all there is.
pub fn stand(report: &mut Report, standing: Standing, config: &Config) {
    report.standing = standing;
    match standing {
        Standing::Whole => {}
        Standing::Piece => {
            // The base has a report of its own; what a piece does to it is no
            // finding in it.
            let base = report.view.resolved.files.first().copied();
            report.retain(|it| Some(it.at.file) != base);
        }
        Standing::Part => {
            let gaps = elsewhere(&report.view);
            report.view.resolved.stack.gaps.extend(gaps);
            again(report, config);
        }
    }
}

/// What the services of a part need and do not define.
fn elsewhere(view: &View) -> Vec<Gap> {
    let gap = |it: &Dangling| {
        let from = &view.resolved.stack.workloads[it.from].name.value;
        let reason = format!(
            "`{from}` needs `{}`, which is not in this file: it is a piece of another",
            it.name
        );
        Gap {
            at: Some(it.at),
            reason,
            kind: GapKind::Services,
        }
    };
    view.graph.dangling.iter().map(gap).collect()
}

/// One cluster's stack from request to report.
pub fn check_cluster(
    request: &Arc<kubernetes::Request>,
    reader: &dyn Reader,
    shown_from: &Path,
    config: &Config,
) -> Report {
    let (resolved, cluster) = kubernetes::resolve(request, reader, shown_from);
    let view = view::understand_cluster(resolved, cluster, config);
    report(Request::Cluster(request.clone()), view, config)
}

/// The service containers of a workflow from request to report.
pub fn check_workflow(
    request: &Workflow,
    reader: &dyn Reader,
    shown_from: &Path,
    config: &Config,
) -> Report {
    let (resolved, workflow) = services::resolve(&request.path, reader, shown_from);
    let view = View {
        workflow: Some(workflow),
        ..view::understand(resolved, config)
    };
    report(Request::Workflow(request.clone()), view, config)
}

/// Runs the rules over a view and takes out what is suppressed.
pub fn report(request: Request, view: View, config: &Config) -> Report {
    let clock = view::clock(&view, config);
    let mut report = Report {
        request,
        standing: Standing::Whole,
        pooled: Vec::new(),
        view,
        findings: Vec::new(),
        clock,
        suppressed: Vec::new(),
        stale: Accepted::new(),
    };
    again(&mut report, config);
    report
}

/// Runs the rules once more, after more has become known about the stack.
pub fn again(report: &mut Report, config: &Config) {
    let resolved = &report.view.resolved;
    let mut findings = run(&report.view, &report.clock, config);
    let mut suppressed = Vec::new();
    let heeded = config.ignoring == Ignoring::Heeded;
    if heeded {
        suppressed.extend(comments(&mut findings, &report.view, config));
    }
    for finding in &mut findings {
        if let Some(severity) = config.severity.get(finding.rule) {
            finding.severity = *severity;
        }
    }
    findings.sort_by(|a, b| (a.at, a.rule, &a.message).cmp(&(b.at, b.rule, &b.message)));
    findings.dedup();
    if heeded {
        suppressed.extend(suppress::settings(&mut findings, config, &resolved.sources));
    }
    report.stale = Accepted::new();
    if let Some(baseline) = config.baseline.as_ref().filter(|_| heeded) {
        let name = name_in(baseline, &report.request, resolved, &config.dir);
        if let Some(mut accepted) = baseline.stacks.get(&name).cloned() {
            suppressed.extend(suppress::baseline(&mut findings, &mut accepted));
            let ran = |name: &str| rules::find(name).is_none_or(|it| it.is_heard(config));
            accepted.retain(|key, left| *left > 0 && ran(&key.rule) && resolved.broken.is_empty());
            report.stale = accepted;
        }
    }
    suppressed.sort_by(|a, b| {
        let key = |it: &Suppressed| (it.finding.at, it.finding.rule, it.by);
        key(a).cmp(&key(b))
    });
    repair::build(
        &mut findings,
        &resolved.sources,
        &resolved.trees,
        &resolved.broken,
        config,
    );
    report.findings = findings;
    report.suppressed = suppressed;
}

/// Takes out what comments and annotations silence, and adds what is wrong
/// with them.
fn comments(findings: &mut Vec<Finding>, view: &View, config: &Config) -> Vec<Suppressed> {
    let resolved = &view.resolved;
    if view.workflow.is_some() {
        // What ignores nothing here may speak of a project that is started.
        let files = resolved.files.iter().copied();
        let mut ignores = suppress::in_texts(&resolved.sources, files);
        return suppress::apply(findings, &mut ignores, &resolved.sources);
    }
    let mut ignores = suppress::collect(&resolved.sources, &resolved.trees);
    if let Some(cluster) = &view.cluster {
        ignores.extend(suppress::annotations(&cluster.objects, &resolved.sources));
    }
    let mut taken = suppress::apply(findings, &mut ignores, &resolved.sources);
    let starters = resolved.starters.iter().map(|(file, _)| *file);
    let mut others = suppress::in_texts(&resolved.sources, starters);
    taken.extend(suppress::apply(findings, &mut others, &resolved.sources));
    let all_rules_ran = config.select.is_empty() && resolved.broken.is_empty() && is_seen(view);
    if all_rules_ran && config.wants(rules::unused_suppression::RULE.name) {
        findings.extend(rules::unused_suppression::unused(&ignores, config));
    }
    taken
}

/// A project is known by the files that were named, else by its main file; a
/// cluster by its folder.
fn name_in(baseline: &Baseline, request: &Request, resolved: &Resolved, dir: &Path) -> String {
    let files = match request {
        Request::Project(request) if !request.files.is_empty() => request.files.clone(),
        Request::Project(request) => match resolved.files.first() {
            Some(file) => vec![dir.join(resolved.sources.get(*file).path())],
            None => vec![request.dir.clone()],
        },
        Request::Cluster(request) => vec![request.dir.clone()],
        Request::Workflow(request) => vec![request.path.clone()],
    };
    baseline.name(&files)
}

/// Whether nothing was withheld because a patch or something unseen may say more.
pub fn is_seen(view: &View) -> bool {
    let whole =
        |it: &kubernetes::Cluster| it.unseen.is_empty() && it.pods.iter().all(|pod| !pod.patched);
    view.cluster.as_ref().is_none_or(whole)
}

/// All findings of the rules that are wanted.
fn run(view: &View, clock: &Clock, config: &Config) -> Vec<Finding> {
    let heard = rules::ALL.iter().filter(|rule| rule.is_heard(config));
    let mut findings = Vec::new();
    match &view.cluster {
        None => {
            let rules: Vec<_> = heard.collect();
            run_project(view, clock, config, &rules, &mut findings);
        }
        Some(cluster) => {
            let context = ClusterContext::new(view, cluster, clock, config);
            for rule in heard {
                if let Check::Cluster(check) | Check::Both(_, check) = rule.check {
                    check(&context, &mut findings);
                }
            }
        }
    }
    findings
}

/// The rules about Compose. Where a text could not be read to its end, only
/// the rules about reading speak.
fn run_project(
    view: &View,
    clock: &Clock,
    config: &Config,
    rules: &[&&'static Rule],
    findings: &mut Vec<Finding>,
) {
    let workloads = &view.resolved.stack.workloads;
    let probes: Vec<_> = workloads
        .iter()
        .map(|it| probe::of(it, &view.resolved.sources))
        .collect();
    let context = Context {
        view,
        probes: &probes,
        launches: OnceCell::new(),
        stack: &view.resolved.stack,
        graph: &view.graph,
        clock,
        config,
        doubted: OnceCell::new(),
        lying: OnceCell::new(),
    };
    let broken = !view.resolved.broken.is_empty();
    if let Some(workflow) = &view.workflow {
        rules::job_services::check(&context, workflow, findings);
        return;
    }
    for rule in rules {
        let about_reading = rules::ABOUT_READING.contains(&rule.name);
        if let Check::Project(check) | Check::Both(check, _) = rule.check
            && (about_reading || !broken)
        {
            check(&context, findings);
        }
    }
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
