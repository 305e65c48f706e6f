//! What can be typed. Owns names and help texts; validation only.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::adoption::{AcceptArgs, BaselineArgs, ConfigArgs, InitArgs};
use super::asked::Tracing;
use super::migrate_args::MigrateArgs;
use super::output::{Output, OutputParser};
use crate::finding::Severity;

/// Lints Docker Compose files and Kubernetes manifests for startup readiness.
#[derive(Parser, Debug)]
#[command(
    name = "tierlint",
    version,
    args_conflicts_with_subcommands = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do; `check` if nothing is named.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Arguments of the bare form.
    #[command(flatten)]
    pub check: CheckArgs,
}

/// The verbs.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Report what is wrong; writes nothing
    Check(CheckArgs),
    /// Repair what can be repaired, and change nothing else
    Fix(FixArgs),
    /// Plan, and with --apply make, all that it takes to wait for readiness
    Migrate(MigrateArgs),
    /// Show what starts when, and why
    Plan(PlanArgs),
    /// Draw who waits for whom
    Graph(GraphArgs),
    /// Explain a rule
    Explain(ExplainArgs),
    /// List all rules
    Rules(RulesArgs),
    /// Accept findings as they stand, so that only new ones are reported
    Baseline(BaselineArgs),
    /// Show the settings in force, and where each comes from
    Config(ConfigArgs),
    /// Write a `.tierlint.yaml` to start from
    Init(InitArgs),
    /// Speak with an editor over standard input and output: the Language Server Protocol
    Lsp(LspArgs),
    /// Print a JSON Schema
    Schema(SchemaArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print a manual page
    Man(ManArgs),
}

/// Which projects to look at; the same for every verb that reads files.
#[derive(Args, Debug, Clone, Default)]
pub struct InputArgs {
    /// Folders to search, or files that stand for their projects; `-` reads standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// A Compose file; several override each other in order, as with docker compose
    #[arg(short, long = "file", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A file of variables in place of `.env`
    #[arg(long = "env-file", value_name = "FILE")]
    pub env_files: Vec<PathBuf>,
    /// A profile to switch on, in place of `COMPOSE_PROFILES`
    #[arg(long = "profile", value_name = "NAME")]
    pub profiles: Vec<String>,
    /// The path that standard input stands for
    #[arg(long, value_name = "PATH")]
    pub stdin_filename: Option<PathBuf>,
    /// Settings to use in place of the nearest `.tierlint.yaml`
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Use no settings but the flags
    #[arg(long)]
    pub isolated: bool,
    /// Whether the files that are asked for are noted; no flag.
    #[arg(skip)]
    pub tracing: Tracing,
}

/// Which stacks of those that were named.
#[derive(Args, Debug, Clone, Default)]
pub struct SinceArgs {
    /// Only stacks of which a file has changed since this git revision parted from HEAD
    #[arg(long, value_name = "REV")]
    pub changed_since: Option<String>,
}

/// Arguments of `check`.
#[derive(Args, Debug, Clone, Default)]
pub struct CheckArgs {
    /// Which projects.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which of them.
    #[command(flatten)]
    pub since: SinceArgs,
    /// What is not reported.
    #[command(flatten)]
    pub accept: AcceptArgs,
    /// How to print, and to which file, else to standard output; may be given several times
    #[arg(long, value_name = "FORMAT[:FILE]", value_parser = OutputParser, default_value = "full")]
    pub format: Vec<Output>,
    /// Where to print instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,
    /// The least severity that makes the exit code 1 [default: info]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<Gate>,
    /// Let so many findings pass that are no errors
    #[arg(long, value_name = "N", conflicts_with = "fix")]
    pub max_warnings: Option<usize>,
    /// Findings are no failure: the exit code is 0 or 2
    #[arg(long)]
    pub exit_zero: bool,
    /// Also report what needs taste
    #[arg(long)]
    pub pedantic: bool,
    /// Run only this rule; may be given several times
    #[arg(long, value_name = "RULE")]
    pub select: Vec<String>,
    /// Also run this rule, even if it needs taste; may be given several times
    #[arg(long, value_name = "RULE")]
    pub extend_select: Vec<String>,
    /// Do not run this rule; may be given several times
    #[arg(long, value_name = "RULE")]
    pub ignore: Vec<String>,
    /// A partial view of a project is no failure
    #[arg(long)]
    pub allow_partial: bool,
    /// Repair what can be repaired: the same as `fix`
    #[arg(long, conflicts_with = "changed_since")]
    pub fix: bool,
    /// With --fix: print a patch and write nothing
    #[arg(long, requires = "fix")]
    pub diff: bool,
    /// With --fix: also make fixes that a person should look at
    #[arg(long = "unsafe", requires = "fix")]
    pub unsafe_fixes: bool,
    /// Run again whenever a file changes that the findings rest on, until Ctrl-C
    #[arg(long, conflicts_with = "fix")]
    pub watch: bool,
    /// Name every file that was checked or skipped
    #[arg(long)]
    pub show_files: bool,
    /// Count findings by rule
    #[arg(long)]
    pub statistics: bool,
    /// When to colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,
}

/// Arguments of `fix`.
#[derive(Args, Debug, Clone, Default)]
pub struct FixArgs {
    /// Which projects.
    #[command(flatten)]
    pub input: InputArgs,
    /// What is not reported.
    #[command(flatten)]
    pub accept: AcceptArgs,
    /// Print a patch for `git apply` and write nothing; exit with 1 if there is one
    #[arg(long)]
    pub diff: bool,
    /// How to say what was done
    #[arg(long, value_enum, default_value_t)]
    pub format: FixFormat,
    /// Also make fixes that a person should look at
    #[arg(long = "unsafe")]
    pub unsafe_fixes: bool,
    /// Make only the fixes of this rule; may be given several times
    #[arg(long, value_name = "RULE")]
    pub only: Vec<String>,
    /// Make only fixes that are about this workload; may be given several times
    #[arg(long, value_name = "NAME")]
    pub workload: Vec<String>,
    /// The least severity of what is left that makes the exit code 1 [default: info]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<Gate>,
    /// Findings that are left are no failure: the exit code is 0 or 2
    #[arg(long)]
    pub exit_zero: bool,
    /// Also repair what needs taste
    #[arg(long)]
    pub pedantic: bool,
    /// Do not run this rule; may be given several times
    #[arg(long, value_name = "RULE")]
    pub ignore: Vec<String>,
    /// A partial view of a project is no failure
    #[arg(long)]
    pub allow_partial: bool,
}

/// Arguments of `plan`.
#[derive(Args, Debug, Clone, Default)]
pub struct PlanArgs {
    /// Which projects.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which of them.
    #[command(flatten)]
    pub since: SinceArgs,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: PlanFormat,
    /// Exit with 1 if a stack takes longer: 30s, 1m30s, 45
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub budget: Option<std::time::Duration>,
    /// Also say how `docker compose up --wait` ends; exit with 1 if it fails or never returns
    #[arg(long)]
    pub wait: bool,
    /// A change to think: db.interval=1s, or api->db=service_started; may be given several times
    #[arg(long, value_name = "CHANGE")]
    pub what_if: Vec<String>,
    /// A plan of before, as JSON: exit with 1 if a stack is ready later by more than half a second
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
}

fn time(text: &str) -> Result<std::time::Duration, String> {
    let time = crate::words::duration(text);
    time.ok_or_else(|| format!("`{text}` is no time such as 45, 30s or 1m30s"))
}

/// Arguments of `graph`.
#[derive(Args, Debug, Clone, Default)]
pub struct GraphArgs {
    /// Which projects.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which of them.
    #[command(flatten)]
    pub since: SinceArgs,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: GraphFormat,
}

/// Arguments of `explain`.
#[derive(Args, Debug, Clone)]
pub struct ExplainArgs {
    /// The rule's name
    #[arg(required_unless_present = "image")]
    pub rule: Option<String>,
    /// Say what is known about an image instead, as JSON
    #[arg(long, value_name = "IMAGE", conflicts_with = "rule")]
    pub image: Option<String>,
}

/// Arguments of `rules`.
#[derive(Args, Debug, Clone)]
pub struct RulesArgs {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: RulesFormat,
}

/// Arguments of `schema`.
#[derive(Args, Debug, Clone)]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    pub of: Schema,
}

/// What has a schema.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// What `check --format json` prints
    Findings,
    /// `.tierlint.yaml`
    Config,
}

/// Arguments of `lsp`.
#[derive(Args, Debug, Clone, Default)]
pub struct LspArgs {
    /// Changes nothing; some clients add it
    #[arg(long)]
    pub stdio: bool,
}

/// Arguments of `completions`.
#[derive(Args, Debug, Clone)]
pub struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Args, Debug, Clone)]
pub struct ManArgs {
    /// The verb whose page is wanted; the tool's own page if nothing is named
    pub verb: Option<String>,
}

/// How `check` prints.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Snippets with labels
    #[default]
    Full,
    /// One line per finding
    Concise,
    /// For programs
    Json,
    /// SARIF 2.1.0: code scanning, editors
    Sarif,
    /// GitHub annotations
    Github,
    /// A summary in Markdown: a job's page, a pull request
    Markdown,
    /// GitLab code quality
    Gitlab,
    /// JUnit XML
    Junit,
    /// Checkstyle XML
    Checkstyle,
    /// reviewdog
    Rdjson,
}

impl Format {
    /// Whether notes and a summary belong to it.
    pub(super) const fn is_for_people(self) -> bool {
        matches!(self, Self::Full | Self::Concise)
    }
}

/// How `fix` says what was done.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FixFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// How `plan` prints.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlanFormat {
    /// The chain that decides, slack, tiers
    #[default]
    Text,
    /// For programs
    Json,
    /// A picture: bars over time
    Svg,
}

/// How `graph` prints.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GraphFormat {
    /// For Markdown pages
    #[default]
    Mermaid,
    /// For Graphviz
    Dot,
    /// For programs
    Json,
    /// A picture: boxes by tier
    Svg,
}

/// How `rules` prints.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RulesFormat {
    /// One line per rule
    #[default]
    Text,
    /// For programs
    Json,
}

/// The least severity that fails a run.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    /// Anything
    #[default]
    Info,
    /// Races, lies and worse
    Warning,
    /// What cannot start or work
    Error,
}

impl Gate {
    /// The severity that it stands for.
    pub(super) const fn severity(self) -> Severity {
        match self {
            Self::Info => Severity::Info,
            Self::Warning => Severity::Warning,
            Self::Error => Severity::Error,
        }
    }
}

/// When to colour.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// On a terminal
    #[default]
    Auto,
    /// Yes
    Always,
    /// No
    Never,
}
