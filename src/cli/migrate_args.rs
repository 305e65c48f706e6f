//! What can be typed after `migrate`. Owns names and help texts; validation only.

use clap::{Args, ValueEnum};

use super::args::InputArgs;
use crate::migrate::{Product, Step};

/// Arguments of `migrate`.
#[derive(Args, Debug, Clone, Default)]
pub struct MigrateArgs {
    /// Which projects.
    #[command(flatten)]
    pub input: InputArgs,
    /// Only these steps; they are done in the order in which they are listed below
    #[arg(long, value_enum, value_delimiter = ',', value_name = "STEP")]
    pub steps: Vec<StepArg>,
    /// Add a pooler to a Compose project that has one PostgreSQL and no pooler, and lead its clients through it
    #[arg(long, value_enum, value_name = "POOLER")]
    pub add_pooler: Option<AddPoolerArg>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: MigrateFormat,
    /// Write the changes: all files of a stack or none. Each file must be in a git checkout, its
    /// content as committed or staged, so that `git diff` shows what changed and git can give it back
    #[arg(long)]
    pub apply: bool,
    /// With --apply: also change files with content that git does not have
    #[arg(long, requires = "apply")]
    pub allow_dirty: bool,
    /// With --apply: also change files that are in no git checkout
    #[arg(long, requires = "apply")]
    pub allow_no_vcs: bool,
    /// A partial view of a project is no failure
    #[arg(long)]
    pub allow_partial: bool,
}

/// A pooler that `migrate` can add.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddPoolerArg {
    /// PgBouncer, with transaction pooling
    Pgbouncer,
}

impl AddPoolerArg {
    /// The pooler that it stands for.
    pub(super) const fn product(self) -> Product {
        match self {
            Self::Pgbouncer => Product::Pgbouncer,
        }
    }
}

/// A step of `migrate`.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepArg {
    /// Give services the healthcheck of their image, and repair those that lie or stall
    Healthchecks,
    /// Wait for readiness, not for the start; declare what is only implied
    Conditions,
    /// Lead clients through the pooler that stands before their database
    Pooler,
    /// Put gates in place of sleeps and waiting loops
    Sleeps,
}

impl StepArg {
    /// The step that it stands for.
    pub(super) const fn step(self) -> Step {
        match self {
            Self::Healthchecks => Step::Healthchecks,
            Self::Conditions => Step::Conditions,
            Self::Pooler => Step::Pooler,
            Self::Sleeps => Step::Sleeps,
        }
    }
}

/// How `migrate` prints.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MigrateFormat {
    /// For people at a terminal
    #[default]
    Text,
    /// For a pull request
    Markdown,
    /// For programs
    Json,
}
