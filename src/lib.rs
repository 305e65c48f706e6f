//! tierlint

/// Text, positions, edits, and the reader at the rim.
pub mod source;

/// Findings and fixes: the vocabulary.
pub mod finding;

/// What the files mean.
pub mod model;

/// Waits, sleeps, tools and targets out of shell commands.
pub mod script;
