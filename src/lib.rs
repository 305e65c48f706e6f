//! tierlint reads Docker Compose files and Kubernetes manifests, builds one graph of
//! who waits for whom, and says where a stack starts before what it needs is ready.
//! This page is the architecture; there is no other document.
//!
//! ```text
//! paths ─discover→ requests ─model→ Resolved ─view→ View ─rules→ findings ─suppress→ Report ─render→ text
//!                             │ │               │ │
//!                          source yaml  knowledge graph timing
//! ```
//!
//! # The modules, in order
//!
//! A module may use what stands above it, never what stands below.
//!
//! * [`source`]: texts, byte spans, line indices, and the [`source::Reader`] through which
//!   the pure inside asks for files. Every value of the model keeps an [`source::At`].
//! * [`words`]: times and dates as people read and write them; near misses of names.
//! * [`discover`]: walks folders, tells Compose files and manifests from everything else,
//!   groups Compose files into projects, accounts for each file that is left out. Also
//!   the disk as a reader.
//! * [`yaml`]: text to a flat arena of spanned nodes. Knows YAML, not Compose. Parsing
//!   never fails: it gives what could be read, and notes on the rest.
//! * [`finding`]: what is said to the user: rule, severity, place, message, help, fix.
//! * [`baseline`]: findings that are accepted as they stand, as a text.
//! * [`model`]: what the files mean. [`model::compose`] resolves a project in the steps
//!   that Docker Compose takes (variables, `include`, `extends`, merge) and ends in
//!   [`model::workload::Stack`], the vocabulary of everything below. [`model::kubernetes`]
//!   groups manifests into stacks and reads their objects; its pods are workloads too,
//!   and what has no word there stays in [`model::kubernetes::Cluster`].
//! * [`knowledge`]: `rules/images.yaml` as facts about images: role, boot time,
//!   HEALTHCHECK, tools. The only reader of that file.
//! * [`config`]: what the user may set, in `.tierlint.yaml` or by flags; the text of that
//!   file, not its place.
//! * [`endpoint`]: hosts and ports out of variables, arguments and configuration, with
//!   the bytes at which each stands; what a variable's name says; who migrates or dumps.
//! * [`script`]: waits, sleeps, tools and targets out of shell commands.
//! * [`probe`]: every healthcheck test, read once: script, program, places in the file.
//! * [`launch`]: commands, entrypoints, hooks and the scripts of the project that they run.
//! * [`ci`]: workflows, pipelines, Makefiles and scripts: where they start a stack, and the
//!   sleeps and loops behind it; the service containers of a workflow's jobs, which are a
//!   stack too.
//! * [`graph`]: edges with reason, gate and strength; cycles, tiers, redundancy.
//!   [`graph::cluster`] finds those of pods: names that DNS answers to, places that wait.
//! * [`timing`]: Docker's probe clocks, kubelet's, and Compose's polling, as predicted
//!   times, the critical path, and slack.
//! * [`view`]: one stack with knowledge, graph and clock brought together.
//! * [`whatif`]: plans for a stack that is a little different.
//! * [`reach`]: addresses that lead to another workload; poolers and what is behind them.
//! * [`repair`]: what rules build fixes from, and how a fix's changes become edits.
//! * [`suppress`]: inline ignores, and which of them ignore nothing; what the settings and
//!   the baseline take out.
//! * [`rules`]: the list of rules, and one file for each.
//! * [`check`]: the pipeline on one page: request in, report out.
//! * [`fix`]: passes of fixes until nothing is left to do, each held against the guards.
//! * [`migrate`](mod@migrate): the steps from waiting for starts to waiting for readiness, each
//!   a set of rules whose fixes are made on the result of the step before.
//! * [`render`]: reports, plans and graphs as text, JSON and pictures.
//! * [`write`](mod@write): changed texts to the disk, atomically, and as patches.
//! * [`lsp`]: findings, fixes and plans as an editor wants them.
//! * [`cli`]: verbs, flags, exit codes. Takes its streams and its folder as values.
//!
//! # What never happens
//!
//! * No module uses one that is declared below it.
//! * Nothing but `discover`, `write` and `cli` touches files, environment or the process.
//! * [`yaml`] does not know Compose; rules do not know output or flags.
//! * Trouble in a user's file is never an `Err` of the pipeline and never a panic: it
//!   is a finding, a gap in the view, or a file named as unread.
//! * No output depends on the order of a hash table.
//! * No process is started, nothing is fetched; files are written only through [`write`](mod@write), and
//!   only for `fix`, `migrate --apply`, `baseline`, `init` and outputs that name a file.
//! * What is not known is not guessed: an image without an entry may have a
//!   HEALTHCHECK, and a variable without a value may be anything.
//!
//! # Where to start reading
//!
//! [`check::check`] is the whole way in thirty lines. Then [`model::workload`] for the
//! words, and one rule, such as `rules/lost_restart.rs`.
//!
//! # Adding a rule
//!
//! Three artefacts and two lines: `src/rules/<rule>.rs` with a `RULE` and one function;
//! `rules/<rule>.md`, its page; `testdata/rules/<rule>/<case>/`, files that raise it and
//! files that do not; a `mod` line and an entry of `ALL` in `src/rules/mod.rs`. A rule is
//! named after the bad pattern, and returns early on any doubt.

/// Text, positions, edits, and the reader at the rim.
pub mod source;

/// Times, dates, and names as people type them.
pub mod words;

/// Paths to projects.
pub mod discover;

/// Text to spanned tree.
pub mod yaml;

/// Findings and fixes: the vocabulary.
pub mod finding;

/// Findings that are accepted as they stand.
pub mod baseline;

/// What the files mean.
pub mod model;

/// What is known about images.
pub mod knowledge;

/// What the user may set.
pub mod config;

/// Hosts and ports out of values and arguments.
pub mod endpoint;

/// Waits, sleeps, tools and targets out of shell commands.
pub mod script;

/// Healthcheck tests, read once.
pub mod probe;

/// What workloads run: scripts of commands and hooks, with their places.
pub mod launch;

/// Where files of continuous integration start a stack, and what pauses then.
pub mod ci;

/// Who waits for whom: edges, cycles, tiers, redundancy.
pub mod graph;

/// When is what ready: probe clocks, the plan, the critical path.
pub mod timing;

/// One stack, understood.
pub mod view;

/// Plans for a stack that is a little different.
pub mod whatif;

/// Who reaches whom, and through which pooler.
pub mod reach;

/// What fixes are built from.
pub mod repair;

/// Inline ignores.
pub mod suppress;

/// The rules.
pub mod rules;

/// The pipeline.
pub mod check;

/// Findings to repaired texts.
pub mod fix;

/// Steps of fixes, one on the result of the other.
pub mod migrate;

/// Reports to text.
pub mod render;

/// Changed texts to the disk, and as patches.
pub mod write;

/// The words of the Language Server Protocol.
pub mod lsp;

/// Verbs, flags, exit codes.
pub mod cli;

#[cfg(test)]
mod tests;
