//! The one-off way from waiting for starts to waiting for readiness: steps of
//! fixes, each on the result of the one before.
//!
//! Owns the steps, their order and which rules belong to each. Pure: texts stay
//! in memory. Must not know how a plan is shown or where results go.

mod addition;
mod pooler;

pub use pooler::{NAME as ADD_POOLER, Product};

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use crate::check::{self, Report};
use crate::finding::{Finding, Safety};
use crate::fix::{self, Changed, Made, Outcome, Overlay, Setting, Wanted};
use crate::graph::{Gate, Readiness};
use crate::view::View;

/// How often all steps are gone through: a later step can make room for an
/// earlier one. The last time nothing is left to do.
const ROUNDS: usize = 4;

/// One step of a migration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Step {
    /// Every service can prove that it is ready.
    Healthchecks,
    /// Every service waits for that proof.
    Conditions,
    /// A pooler stands before the database; only where one is asked for.
    Addition,
    /// Clients reach the database through the pooler that stands before it.
    Pooler,
    /// Sleeps and loops give way to gates.
    Sleeps,
}

impl Step {
    /// All steps that are done unasked, in their order.
    pub const ALL: [Self; 4] = [
        Self::Healthchecks,
        Self::Conditions,
        Self::Pooler,
        Self::Sleeps,
    ];

    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthchecks => "healthchecks",
            Self::Conditions => "conditions",
            Self::Addition => ADD_POOLER,
            Self::Pooler => "pooler",
            Self::Sleeps => "sleeps",
        }
    }

    /// What is so when it is done, as a phrase.
    pub const fn aim(self) -> &'static str {
        match self {
            Self::Healthchecks => "services prove that they are ready",
            Self::Conditions => "services wait for that proof",
            Self::Addition => "a pooler stands before the database",
            Self::Pooler => "clients go through the pooler",
            Self::Sleeps => "gates take the place of sleeps and loops",
        }
    }

    /// The rules whose fixes it makes.
    pub const fn rules(self) -> &'static [&'static str] {
        match self {
            Self::Healthchecks => &[
                "aggressive-liveness",
                "ambiguous-localhost",
                "healthy-without-healthcheck",
                "malformed-healthcheck",
                "misleading-healthcheck",
                "missing-healthcheck",
                "missing-probe-tool",
                "missing-readiness-probe",
                "missing-startup-probe",
                "readiness-cliff",
                "short-readiness-window",
                "sleep-as-probe",
                "slow-first-probe",
                "start-interval-misuse",
                "unescaped-variable",
                "unresolved-probe-port",
                "vacuous-healthcheck",
                "zero-probe-field",
            ],
            Self::Conditions => &[
                "completed-never-exits",
                "lost-restart",
                "override-downgrade",
                "profile-gap",
                "shadowed-merge",
                "unawaited-job",
                "undeclared-dependency",
                "weak-dependency",
            ],
            Self::Addition => &[ADD_POOLER],
            Self::Pooler => &["pooler-bypass", "ungated-pooler"],
            Self::Sleeps => &["ci-sleep", "startup-sleep", "wait-script"],
        }
    }

    /// The step that makes the fixes of a rule.
    pub fn of(rule: &str) -> Option<Self> {
        let mut steps = Self::ALL.into_iter().chain([Self::Addition]);
        steps.find(|it| it.rules().contains(&rule))
    }
}

/// A service that proves nothing although others wait for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Silent {
    /// Its name.
    pub name: String,
    /// Who waits for its start, in order.
    pub waiters: Vec<String>,
    /// Why no healthcheck is written for it.
    pub reason: &'static str,
}

/// What is predicted of a stack at one point of the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    /// The stack's name.
    pub name: String,
    /// Its files, as shown, base first.
    pub files: Vec<PathBuf>,
    /// When the last workload is ready; `None` if the stack does not start as a
    /// whole.
    pub ready: Option<Duration>,
    /// Whether that time is only a lower bound.
    pub at_least: bool,
    /// The names of the workloads that are on, by tier.
    pub tiers: Vec<Vec<String>>,
    /// Services of which readiness is not known, and that others wait for.
    pub silent: Vec<Silent>,
}

impl State {
    /// What a report says.
    pub fn of(report: &Report) -> Self {
        let plan = report.clock.plan();
        let stack = report.stack();
        let on = |it: &usize| stack.workloads[*it].is_active(&stack.profiles);
        let name = |it: usize| stack.workloads[it].name.value.to_string();
        let tiers = report.view.graph.tiers().into_iter();
        let tiers = tiers.map(|tier| tier.into_iter().filter(on).map(name).collect());
        Self {
            name: stack.name.clone(),
            files: check::paths(&report.view.resolved),
            ready: plan.is_complete().then_some(plan.total),
            at_least: plan.total_at_least(),
            tiers: tiers.filter(|it: &Vec<String>| !it.is_empty()).collect(),
            silent: silent(report),
        }
    }
}

/// Services that others wait for, that prove nothing, and that no rule may
/// speak of: what is inside the image is not known.
fn silent(report: &Report) -> Vec<Silent> {
    let view = &report.view;
    let stack = report.stack();
    let spoken: BTreeSet<&str> = report
        .findings
        .iter()
        .filter(|it| it.rule == "missing-healthcheck")
        .filter_map(|it| it.subject.first().map(String::as_str))
        .collect();
    let mut silent = Vec::new();
    if view.cluster.is_some() {
        return silent;
    }
    for (index, workload) in stack.workloads.iter().enumerate() {
        let reason = match view.readiness[index] {
            Readiness::Unknown => "its image is not known, so it may bring a healthcheck or none",
            Readiness::None => "no test of its image is known to be right",
            Readiness::Disabled => "its healthcheck is switched off",
            Readiness::Declared | Readiness::FromImage => continue,
        };
        let name = workload.name.value.as_ref();
        if workload.is_off() || view.jobs[index].is_some() || spoken.contains(name) {
            continue;
        }
        let edges = view.graph.needed_by(index).into_iter();
        let edges = edges.map(|it| view.graph.edge(it));
        let weak = edges.filter(|it| it.gate == Gate::Started && View::can_wait(it.why));
        let waiters: Vec<String> = weak
            .map(|it| stack.workloads[it.from].name.value.to_string())
            .collect();
        if !waiters.is_empty() {
            silent.push(Silent {
                name: name.to_owned(),
                waiters,
                reason,
            });
        }
    }
    silent
}

/// What a step has done.
pub struct Done {
    /// Which.
    pub step: Step,
    /// Whether it had been done before, and a later step made room for more.
    pub again: bool,
    /// Its fixes, in order.
    pub made: Vec<Made>,
    /// The stacks after it.
    pub after: Vec<State>,
}

/// What becomes of stacks that share files.
pub struct Migration {
    /// The stacks as they stand.
    pub before: Vec<State>,
    /// The steps in the order in which they were done.
    pub steps: Vec<Done>,
    /// The stacks as they are to be.
    pub reports: Vec<Report>,
    /// The texts that change, by absolute path.
    pub changed: BTreeMap<PathBuf, Changed>,
    tried: Vec<(Step, Outcome)>,
}

impl Migration {
    /// Why the fix of a finding that is left was not made, if a guard said so.
    pub fn tripped(&self, report: &Report, finding: &Finding) -> Option<&str> {
        let step = Step::of(finding.rule)?;
        let mut tried = self.tried.iter().rev().filter(|it| it.0 == step);
        tried.find_map(|(_, outcome)| outcome.tripped(report, finding))
    }

    /// The stacks after the last step.
    pub fn after(&self) -> &[State] {
        self.steps.last().map_or(&self.before, |it| &it.after)
    }
}

/// What is wanted of the whole: all fixes of the steps, safe or not.
pub fn wanted(steps: &[Step], files: &BTreeSet<PathBuf>) -> Wanted {
    let rules = steps.iter().flat_map(|it| it.rules());
    Wanted {
        safety: Safety::Unsafe,
        rules: rules.map(|it| (*it).to_owned()).collect(),
        workloads: Vec::new(),
        files: files.clone(),
    }
}

/// What a migration is to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Task {
    /// The steps.
    pub steps: BTreeSet<Step>,
    /// The pooler to add, if that is one of them.
    pub add: Option<Product>,
}

/// Takes stacks that share files through the steps, each on the result of the
/// one before, until all of them together have nothing left to do.
pub fn migrate(mut reports: Vec<Report>, setting: Setting<'_, '_>, task: &Task) -> Migration {
    let before = reports.iter().map(State::of).collect();
    let mut done: Vec<Done> = Vec::new();
    let mut changed: BTreeMap<PathBuf, Changed> = BTreeMap::new();
    let (mut refused, mut tried) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut quiet = true;
        for step in &task.steps {
            let texts = changed.iter();
            let texts = texts.map(|(path, it)| (path.clone(), it.after.clone()));
            let reader = Overlay::new(setting.reader, texts.collect());
            let wanted = wanted(&[*step], &setting.wanted.files);
            let setting = Setting {
                reader: &reader,
                wanted: &wanted,
                ..setting
            };
            let mut outcome = match (*step, task.add) {
                (Step::Addition, Some(product)) if round == 0 => {
                    let (outcome, left) = addition::add(reports, setting, product);
                    refused = left;
                    outcome
                }
                _ => fix::fix(reports, setting),
            };
            reports = std::mem::take(&mut outcome.reports);
            join(&mut changed, &outcome.changed);
            let made = std::mem::take(&mut outcome.made);
            quiet &= made.is_empty();
            if round == 0 || !made.is_empty() {
                done.push(Done {
                    step: *step,
                    again: round > 0,
                    made,
                    after: reports.iter().map(State::of).collect(),
                });
            }
            tried.push((*step, outcome));
        }
        if quiet {
            break;
        }
    }
    changed.retain(|_, it| it.before != it.after);
    for (report, finding) in reports.iter_mut().zip(refused) {
        report.findings.retain(|it| it.rule != ADD_POOLER);
        report.findings.extend(finding);
    }
    Migration {
        before,
        steps: done,
        reports,
        changed,
        tried,
    }
}

/// Lays the changes of a step on those of the steps before.
fn join(all: &mut BTreeMap<PathBuf, Changed>, more: &BTreeMap<PathBuf, Changed>) {
    for (path, it) in more {
        let known = all.entry(path.clone());
        known
            .and_modify(|old| old.after.clone_from(&it.after))
            .or_insert_with(|| it.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::Step;
    use crate::rules::{self, Fixes};

    #[test]
    fn a_rule_that_repairs_belongs_to_one_step_at_most() {
        let mut seen = Vec::new();
        for step in Step::ALL {
            for name in step.rules() {
                let rule = rules::find(name).expect("a step names rules that exist");
                assert_eq!(rule.fixes, Fixes::Sometimes, "{name}");
                assert!(!seen.contains(name), "{name} is in two steps");
                assert_eq!(Step::of(name), Some(step));
                seen.push(name);
            }
        }
        assert_eq!(Step::of("redundant-dependency"), None);
    }
}
