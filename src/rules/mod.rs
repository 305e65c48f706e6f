//! What a rule is, what it sees, and the list of all rules.
//!
//! Owns the shape of a rule and its context. Must not know how findings are
//! shown or where files come from.

use crate::config::Config;
use crate::finding::{Finding, Severity};
use crate::graph::{Graph, Readiness};
use crate::knowledge::{Fact, JobEvidence};
use crate::model::compose::Resolved;
use crate::model::workload::{GapKind, Stack, Workload};
use crate::source::At;

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
    pub check: fn(&Context<'_>, &mut Vec<Finding>),
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
    /// The merged project.
    pub stack: &'a Stack,
    /// What was read to get it.
    pub resolved: &'a Resolved,
    /// Who needs whom.
    pub graph: &'a Graph,
    /// What is known of each workload's image, by workload.
    pub facts: &'a [Option<Fact>],
    /// What each workload can prove, by workload.
    pub readiness: &'a [Readiness],
    /// Why a workload is taken for a job, by workload.
    pub jobs: &'a [Option<JobEvidence>],
    /// The settings.
    pub config: &'a Config,
}

impl Context<'_> {
    /// The workload of an index.
    pub fn workload(&self, index: usize) -> &Workload {
        &self.stack.workloads[index]
    }

    /// The name of the workload of an index.
    pub fn name(&self, index: usize) -> &str {
        &self.workload(index).name.value
    }

    /// Whether some services may be out of sight, so that nothing can be said
    /// to be missing.
    pub fn is_partial(&self) -> bool {
        self.stack
            .gaps
            .iter()
            .any(|gap| gap.kind == GapKind::Services)
    }
}

/// Every rule, by name.
pub const ALL: &[&Rule] = &[];

/// The rule of a name.
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.name == name).copied()
}
