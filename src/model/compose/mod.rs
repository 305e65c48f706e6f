//! Docker Compose: from text to workloads.
//!
//! Owns what only Compose means. Must not know Kubernetes, rules or output.

/// Booleans and integers out of interpolated text.
pub mod cast;

/// Files of `NAME=value` lines.
pub mod dotenv;

/// Durations such as `1m30s`.
pub mod duration;

/// Variables in values: `${NAME:-default}` and its relatives.
pub mod interpolate;

/// A command string as the words it becomes.
pub mod words;
