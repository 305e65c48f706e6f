//! Lints Docker Compose projects for startup readiness.
//!
//! A run is a pipeline; every stage is a module, and every module uses only
//! what is declared above it.
//!
//! ```text
//! paths ─discover→ Sources ─yaml→ Trees ─model→ Stack ─graph, timing→ View ─rules→ Findings
//!                                                        ─suppress→ Report ─render→ text
//! ```
//!
//! Vocabulary: [`source`] (text, spans, edits, the reader at the rim),
//! [`finding`] (what the tool says), [`config`] (what the user may set).
//! Reading: [`discover`] finds projects, [`yaml`] turns text into a spanned
//! tree, [`model`] resolves files as Compose does. Understanding: [`knowledge`]
//! tells what an image is, [`script`] what a command does, [`graph`] who waits
//! for whom, [`timing`] when what is ready; [`view`] holds all of it, [`probe`]
//! what each healthcheck test does. Judging: [`suppress`], [`rules`], and
//! [`check`], the pipeline on one page. Showing:
//! [`render`], [`cli`].
//!
//! What does not happen here, each held by a test: no module but [`discover`]
//! and [`cli`] touches files, environment or clock; trouble in a user's file is
//! a finding, never an error or a panic; no output depends on the order of a
//! hash; nothing is run or fetched.

/// Text, positions, edits, and the reader at the rim.
pub mod source;

/// Findings and fixes: the vocabulary.
pub mod finding;

/// What the user may set.
pub mod config;

/// Paths to projects.
pub mod discover;

/// Text to spanned tree.
pub mod yaml;

/// What the files mean.
pub mod model;

/// What is known about images.
pub mod knowledge;

/// Waits, sleeps, tools and targets out of shell commands.
pub mod script;

/// Who waits for whom: edges, cycles, tiers, redundancy.
pub mod graph;

/// When is what ready: probe clocks, the plan, the critical path.
pub mod timing;

/// One stack, understood.
pub mod view;

/// Healthcheck tests, read once.
pub mod probe;

/// Inline ignores.
pub mod suppress;

/// The rules.
pub mod rules;

/// The pipeline.
pub mod check;

/// Reports to text.
pub mod render;

/// Verbs, flags, exit codes.
pub mod cli;

#[cfg(test)]
mod tests;
