//! The one suite: cases, pages, projects, command lines, YAML, house rules.
//!
//! Owns nothing; every module below tests the crate at a boundary that a user
//! sees.

mod edit;
mod golden;
mod oracle;
mod yaml;
