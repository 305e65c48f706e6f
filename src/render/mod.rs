//! Reports to text, one file per format.
//!
//! Owns how things look. Must not find, judge or change anything.

/// A plan beside an older one.
pub mod compare;

/// One finding per line.
pub mod concise;

/// Graphs as mermaid, dot and JSON.
pub mod graph;

/// For people at a terminal.
pub mod human;

/// For programs.
pub mod json;

/// Plans as text and JSON.
pub mod plan;

/// What must not be shown.
pub mod redact;

/// What was repaired.
pub mod repairs;

/// The same for programs.
pub mod repairs_json;

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
