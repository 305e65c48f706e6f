//! tierlint

/// Text, positions, edits, and the reader at the rim.
pub mod source;

/// Findings and fixes: the vocabulary.
pub mod finding;

/// What the files mean.
pub mod model;

/// Who waits for whom: edges, cycles, tiers, redundancy.
pub mod graph;

/// When is what ready: probe clocks, the plan, the critical path.
pub mod timing;
