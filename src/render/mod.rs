//! Reports to text, one file per format.
//!
//! Owns how things look. Must not find, judge or change anything.

/// How `up --wait` ends.
pub mod awaited;
mod bounds;

/// A plan beside an older one.
pub mod compare;

/// One finding per line.
pub mod concise;

/// What the formats of other tools share.
pub mod flat;

/// GitHub annotations.
pub mod github;

/// GitLab code quality.
pub mod gitlab;

/// Graphs as mermaid, dot and JSON.
pub mod graph;

/// For people at a terminal.
pub mod human;

/// For programs.
pub mod json;

/// A summary for people in a browser.
pub mod markdown;

/// Migrations as text.
pub mod migration;

/// Migrations for a pull request.
pub mod migration_markdown;

/// Migrations for programs.
pub mod migration_json;

/// Plans as text and JSON.
pub mod plan;

/// reviewdog's format.
pub mod rdjson;

/// What must not be shown.
pub mod redact;

/// What was repaired.
pub mod repairs;

/// The same for programs.
pub mod repairs_json;

/// SARIF 2.1.0.
pub mod sarif;

/// Pictures.
pub mod svg;

/// What a plan says of one workload.
pub mod workload;

/// JUnit and Checkstyle.
pub mod xml;

pub use crate::words::seconds;

use crate::check::Report;
use crate::discover::Skipped;

/// Everything a run has to show.
pub struct Outcome<'a> {
    /// One report per stack, in order.
    pub reports: &'a [Report],
    /// Files left out.
    pub skipped: &'a [Skipped],
}

/// A word with its number: `1 finding`, `2 findings`.
pub fn count(n: usize, word: &str) -> String {
    if n == 1 {
        return format!("1 {word}");
    }
    if word.ends_with('x') {
        format!("{n} {word}es")
    } else {
        format!("{n} {word}s")
    }
}
