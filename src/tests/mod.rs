//! The one suite: cases, pages, projects, command lines, YAML, house rules.
//!
//! Owns nothing; every module below tests the crate at a boundary that a user
//! sees. `UPDATE=1 INSTA_UPDATE=always cargo test --lib` writes every expected
//! text anew; the difference is then read like code.

mod add_pooler;
mod adoption;
mod cases;
mod cli;
mod corpus;
mod docs;
mod edit;
mod fix;
mod formats;
mod golden;
mod hostile;
mod job_services;
mod migrate;
mod oracle;
mod page;
mod pages;
mod pictures;
mod projects;
mod readme;
mod repaired;
mod since;
pub(crate) mod support;
mod tidy;
mod tidy_source;
mod watch;
mod yaml;
