//! What a rule is, what it sees, and the list of all rules.
//!
//! A rule about Compose has `check: Check::Project(check)` and takes a `Context`; one
//! about Kubernetes has `Check::Cluster(check)` and takes a `ClusterContext`, which
//! gives pods with their containers, probes and facts; one about both has two
//! functions. What they find has one form, so that ignores, fixes and output
//! need not know where it comes from. `model::kubernetes` says how the objects
//! are read and when absence may be claimed.
//!
//! Owns the shape of a rule and its context. Must not know how findings are
//! shown or where files come from.

mod aggressive_liveness;
mod ambiguous_localhost;
mod ci_sleep;
mod cluster;
mod completed_never_exits;
mod cut_command;
mod dangling_endpoint;
mod dangling_reference;
mod data_path;
mod datastore_readiness_flag;
mod dependency_bound_liveness;
mod dependency_cycle;
mod driver;
mod endless_sidecar_job;
mod evidence;
mod families;
mod gates;
mod hardcoded_endpoint;
mod healthy_without_healthcheck;
mod host_port_endpoint;
mod invalid_compose;
mod invalid_yaml;
pub(crate) mod job_services;
mod loopback_endpoint;
mod lost_restart;
mod malformed_healthcheck;
mod migration_through_pooler;
mod misleading_healthcheck;
mod missing_autoscaler;
mod missing_graceful_stop;
mod missing_healthcheck;
mod missing_probe_tool;
mod missing_readiness_probe;
mod missing_resources;
mod missing_restart_policy;
mod missing_startup_probe;
mod need;
mod ordered_ready_deadlock;
mod override_downgrade;
mod partial_view;
mod pods;
mod pool_exhaustion;
mod pooler_bypass;
mod profile_gap;
mod readiness_cliff;
mod redundant_dependency;
mod remedy;
mod shadowed_merge;
mod shell_words;
mod short_readiness_window;
mod sidecar_race;
mod sleep_as_probe;
mod slow_first_probe;
mod start_interval_misuse;
mod started;
mod startup_sleep;
mod times;
mod unawaited_job;
mod undeclared_dependency;
mod undefined_dependency;
mod unescaped_variable;
mod ungated_pooler;
mod unresolved_probe_port;
pub(crate) mod unused_suppression;
mod vacuous_healthcheck;
mod wait_script;
mod waiters;
mod waits;
mod weak_dependency;
mod weak_init_wait;
mod zero_probe_field;

use std::cell::OnceCell;
use std::collections::BTreeSet;

pub use self::cluster::ClusterContext;
use crate::config::{Config, Persona};
use crate::finding::{Finding, Severity};
use crate::graph::{Edge, Gate, Graph, answering};
use crate::knowledge::{self, By, Confidence, Fact, Fit, Setting};
use crate::launch::{self, Launch};
use crate::model::workload::{Dependency, Stack, Workload};
use crate::probe::Probe;
use crate::source::At;
use crate::view::{Clock, View};
pub use crate::words::nearest;

/// A rule: plain data and one function.
pub struct Rule {
    /// The bad pattern in kebab-case.
    pub name: &'static str,
    /// How bad it is unless a finding says otherwise.
    pub severity: Severity,
    /// Who hears of it.
    pub audience: Audience,
    /// Whether findings of this rule can carry a fix.
    pub fixes: Fixes,
    /// The page: documentation, `explain`, and a test.
    pub page: &'static str,
    /// Looks at one stack.
    pub check: Check,
}

/// A look at a Compose project.
pub type ProjectCheck = fn(&Context<'_>, &mut Vec<Finding>);

/// A look at a Kubernetes stack.
pub type ClusterCheck = fn(&ClusterContext<'_>, &mut Vec<Finding>);

/// Where a rule looks.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// At Compose projects.
    Project(ProjectCheck),
    /// At Kubernetes stacks.
    Cluster(ClusterCheck),
    /// At both.
    Both(ProjectCheck, ClusterCheck),
}

/// Who hears of a rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Audience {
    /// Everybody.
    Everyone,
    /// Those who ask with `--pedantic`.
    Pedants,
}

/// Whether a rule's findings can carry a fix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fixes {
    /// Some do.
    Sometimes,
    /// None does.
    Never,
}

impl Rule {
    /// A finding of this rule with its severity.
    pub fn finding(&self, at: At, message: impl Into<String>) -> Finding {
        Finding::new(self.name, self.severity, at, message)
    }

    /// Whether it runs: it is wanted, and of interest to whoever asks. One that
    /// is named is.
    pub fn is_heard(&self, config: &Config) -> bool {
        let interests = self.audience == Audience::Everyone
            || config.persona == Persona::Pedantic
            || config.names(self.name);
        interests && config.wants(self.name)
    }

    /// The page's summary: the first paragraph below its title.
    pub fn summary(&self) -> &'static str {
        let body = self
            .page
            .split_once('\n')
            .map_or("", |(_, body)| body.trim_start());
        body.split("\n\n").next().unwrap_or("").trim()
    }
}

/// Everything a rule may look at.
pub struct Context<'a> {
    /// The stack with everything behind it.
    pub view: &'a View,
    /// The merged project.
    pub stack: &'a Stack,
    /// Who needs whom.
    pub graph: &'a Graph,
    /// What each workload's healthcheck test does.
    pub probes: &'a [Option<Probe>],
    /// What each workload runs; made when the first rule asks.
    pub launches: OnceCell<Vec<Vec<Launch>>>,
    /// When is what ready.
    pub clock: &'a Clock,
    /// The settings.
    pub config: &'a Config,
    /// The workloads whose times of a healthcheck some rule doubts; filled on
    /// need.
    pub doubted: OnceCell<BTreeSet<String>>,
    /// The workloads whose test itself some rule doubts; filled on need.
    pub lying: OnceCell<BTreeSet<String>>,
}

impl Context<'_> {
    /// The workload of an index.
    pub fn workload(&self, index: usize) -> &Workload {
        &self.stack.workloads[index]
    }

    /// What the workload of an index runs, in the order in which it runs.
    pub fn launches(&self, index: usize) -> &[Launch] {
        let workloads = self.stack.workloads.iter();
        let sources = &self.view.resolved.sources;
        let all = || workloads.map(|it| launch::of(it, sources)).collect();
        &self.launches.get_or_init(all)[index]
    }

    /// The name of the workload of an index.
    pub fn name(&self, index: usize) -> &str {
        &self.workload(index).name.value
    }

    /// What is known of the workload of an index.
    pub fn fact(&self, index: usize) -> Option<&Fact> {
        self.view.facts[index].as_ref()
    }

    /// The workloads whose healthcheck runs a test of their own.
    pub fn probes(&self) -> impl Iterator<Item = (usize, &Probe)> {
        let probes = self.probes.iter().enumerate();
        probes.filter_map(|(index, probe)| Some((index, probe.as_ref()?)))
    }

    /// Those who wait until a workload is healthy.
    pub fn awaiters(&self, index: usize) -> Vec<&Edge> {
        let edges = self.graph.needed_by(index).into_iter();
        let edges = edges.map(|it| self.graph.edge(it));
        edges
            .filter(|edge| edge.gate == Gate::Ready && !self.workload(edge.from).is_off())
            .collect()
    }

    /// The one workload that answers to a host name.
    pub fn answering(&self, host: &str) -> Option<usize> {
        answering(self.stack, host)
    }

    /// The entry that an edge stands for in the files.
    pub fn dependency(&self, edge: &Edge) -> &Dependency {
        &self.workload(edge.from).depends_on[edge.dependency]
    }

    /// The healthcheck that knowledge gives for a workload, and what else has
    /// to hold for it.
    ///
    /// # Errors
    /// The fact that speaks against it.
    pub fn known_check(&self, index: usize) -> Result<(knowledge::Check, Vec<String>), String> {
        let fact = self.fact(index).ok_or("nothing is known of its image")?;
        if fact.entry.confidence == Confidence::Low && fact.by != By::Override {
            return Err(format!("no test of `{}` has been tried", fact.entry.name));
        }
        let workload = self.workload(index);
        let words: Vec<&str> = [&workload.entrypoint, &workload.command]
            .into_iter()
            .flatten()
            .flat_map(|it| it.value.texts())
            .collect();
        let env: Vec<(&str, Option<&str>)> = workload
            .environment
            .iter()
            .map(|it| {
                let value = it.value.as_ref().filter(|it| !it.value.unknown);
                (
                    it.name.value.as_ref(),
                    value.map(|it| it.value.text.as_ref()),
                )
            })
            .collect();
        let mounts: Vec<&str> = workload
            .volumes
            .iter()
            .map(|it| it.target.as_ref())
            .collect();
        let setting = Setting {
            words: &words,
            env: &env,
            mounts: &mounts,
        };
        let conditions = match fact.fit(&setting) {
            Fit::Yes => Vec::new(),
            Fit::If(conditions) => conditions,
            Fit::No(reason) => return Err(reason),
        };
        let check = fact.through(&env).or_else(|| fact.check());
        let check = check.ok_or("no test of its image is known")?;
        let targets: Vec<u16> = workload.ports.iter().filter_map(|it| it.target).collect();
        let usual = &fact.entry.ports;
        if let Some(port) = knowledge::elsewhere(&check.test, usual, &setting, &targets) {
            return Err(format!(
                "nothing says that it listens on {port}, which the usual test asks"
            ));
        }
        Ok((check, conditions))
    }

    /// Whether a workload's own healthcheck tells the truth, as far as the rules
    /// about healthchecks can see.
    pub fn is_sound(&self, index: usize) -> bool {
        let doubted = self.doubted.get_or_init(|| self.subjects(&ABOUT_TIMES));
        self.is_true(index) && !doubted.contains(self.name(index))
    }

    /// Whether the test of a workload's own healthcheck tells the truth, at
    /// whatever time it is asked.
    pub fn is_true(&self, index: usize) -> bool {
        let lying = self.lying.get_or_init(|| self.subjects(&ABOUT_TESTS));
        !lying.contains(self.name(index))
    }

    /// The workloads that rules speak of.
    fn subjects(&self, rules: &[&Rule]) -> BTreeSet<String> {
        let mut findings = Vec::new();
        for rule in rules {
            if let Check::Project(check) | Check::Both(check, _) = rule.check {
                check(self, &mut findings);
            }
        }
        let names = findings.iter().filter_map(|it| it.subject.first());
        names.cloned().collect()
    }

    /// Whether some services may be out of sight, so that nothing can be said
    /// to be missing.
    pub fn is_partial(&self) -> bool {
        self.view.resolved.is_partial()
    }
}

/// Every rule, by name.
pub const ALL: &[&Rule] = &[
    &aggressive_liveness::RULE,
    &ambiguous_localhost::RULE,
    &ci_sleep::RULE,
    &completed_never_exits::RULE,
    &cut_command::RULE,
    &dangling_endpoint::RULE,
    &dangling_reference::RULE,
    &datastore_readiness_flag::RULE,
    &dependency_bound_liveness::RULE,
    &dependency_cycle::RULE,
    &endless_sidecar_job::RULE,
    &hardcoded_endpoint::RULE,
    &healthy_without_healthcheck::RULE,
    &host_port_endpoint::RULE,
    &invalid_compose::RULE,
    &invalid_yaml::RULE,
    &loopback_endpoint::RULE,
    &lost_restart::RULE,
    &malformed_healthcheck::RULE,
    &migration_through_pooler::RULE,
    &misleading_healthcheck::RULE,
    &missing_autoscaler::RULE,
    &missing_graceful_stop::RULE,
    &missing_healthcheck::RULE,
    &missing_probe_tool::RULE,
    &missing_readiness_probe::RULE,
    &missing_resources::RULE,
    &missing_restart_policy::RULE,
    &missing_startup_probe::RULE,
    &ordered_ready_deadlock::RULE,
    &override_downgrade::RULE,
    &partial_view::RULE,
    &pool_exhaustion::RULE,
    &pooler_bypass::RULE,
    &profile_gap::RULE,
    &readiness_cliff::RULE,
    &redundant_dependency::RULE,
    &shadowed_merge::RULE,
    &short_readiness_window::RULE,
    &sidecar_race::RULE,
    &sleep_as_probe::RULE,
    &slow_first_probe::RULE,
    &start_interval_misuse::RULE,
    &startup_sleep::RULE,
    &unawaited_job::RULE,
    &undeclared_dependency::RULE,
    &undefined_dependency::RULE,
    &unescaped_variable::RULE,
    &ungated_pooler::RULE,
    &unresolved_probe_port::RULE,
    &unused_suppression::RULE,
    &vacuous_healthcheck::RULE,
    &wait_script::RULE,
    &weak_dependency::RULE,
    &weak_init_wait::RULE,
    &zero_probe_field::RULE,
];

/// Rules under which a healthcheck is not to be relied upon.
const ABOUT_TESTS: [&Rule; 7] = [
    &ambiguous_localhost::RULE,
    &datastore_readiness_flag::RULE,
    &malformed_healthcheck::RULE,
    &misleading_healthcheck::RULE,
    &missing_probe_tool::RULE,
    &unescaped_variable::RULE,
    &vacuous_healthcheck::RULE,
];

/// Rules under which its times are not.
const ABOUT_TIMES: [&Rule; 2] = [&short_readiness_window::RULE, &start_interval_misuse::RULE];

/// Rules that speak of what could not be read; they run whatever else is wrong.
pub const ABOUT_READING: [&str; 3] = [
    invalid_compose::RULE.name,
    invalid_yaml::RULE.name,
    partial_view::RULE.name,
];

/// The rule of a name.
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.name == name).copied()
}

/// That there is no rule of a name, and which one may be meant.
pub fn unknown(name: &str) -> String {
    let near = nearest(name, ALL.iter().map(|rule| rule.name));
    let hint = near
        .map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default();
    format!("there is no rule `{name}`{hint}")
}
