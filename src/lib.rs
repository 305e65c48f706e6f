//! tierlint

/// Text, positions, edits, and the reader at the rim.
pub mod source;

/// Findings and fixes: the vocabulary.
pub mod finding;

/// Text to spanned tree.
pub mod yaml;

/// What the files mean.
pub mod model;

#[cfg(test)]
mod tests;
