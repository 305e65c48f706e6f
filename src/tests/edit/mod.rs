//! Edits of YAML text: cases with the text before and after, and properties
//! that hold for every operation at every node of all test data.
//!
//! Owns `testdata/yaml/edit`.

mod cases;
mod moves;
mod property;
