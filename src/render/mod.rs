//! Reports to text, one file per format.
//!
//! Owns how things look. Must not find, judge or change anything.

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

use crate::check::Report;
use crate::discover::Skipped;

/// Everything a run has to show.
pub struct Outcome<'a> {
    /// One report per stack, in order.
    pub reports: &'a [Report],
    /// Files left out.
    pub skipped: &'a [Skipped],
}

/// Seconds as people read them: `0.5 s`, `12 s`, `3 m 20 s`.
pub fn seconds(duration: std::time::Duration) -> String {
    let tenths = (duration.as_millis() + 50) / 100;
    let (whole, tenth) = (tenths / 10, tenths % 10);
    if whole >= 120 {
        return match whole % 60 {
            0 => format!("{} min", whole / 60),
            rest => format!("{} min {rest} s", whole / 60),
        };
    }
    if tenth == 0 {
        format!("{whole} s")
    } else {
        format!("{whole}.{tenth} s")
    }
}

/// A word with its number: `1 finding`, `2 findings`.
pub fn count(n: usize, word: &str) -> String {
    if n == 1 {
        format!("1 {word}")
    } else {
        format!("{n} {word}s")
    }
}
