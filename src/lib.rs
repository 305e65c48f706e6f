//! tierlint

/// Text, positions, edits, and the reader at the rim.
pub mod source;

/// Findings and fixes: the vocabulary.
pub mod finding;

/// Paths to projects.
pub mod discover;

/// Text to spanned tree.
pub mod yaml;

/// What the files mean.
pub mod model;

/// What is known about images.
pub mod knowledge;

/// What the user may set.
pub mod config;

/// Waits, sleeps, tools and targets out of shell commands.
pub mod script;

/// Who waits for whom: edges, cycles, tiers, redundancy.
pub mod graph;

/// When is what ready: probe clocks, the plan, the critical path.
pub mod timing;

/// One stack, understood.
pub mod view;

/// What workloads run: scripts of commands and hooks, with their places.
pub mod launch;

/// The rules.
pub mod rules;

/// Inline ignores.
pub mod suppress;

/// The pipeline.
pub mod check;

/// Reports to text.
pub mod render;

/// Verbs, flags, exit codes.
pub mod cli;

#[cfg(test)]
mod tests;
