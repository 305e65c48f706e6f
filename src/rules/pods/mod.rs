//! What rules about pods share.
//!
//! Owns questions that take more than a few lines to answer. Must not hold rules.

pub(super) mod account;
pub(super) mod beside;
pub(super) mod cycle;
pub(super) mod names;
pub(super) mod selectors;
pub(super) mod sleep;
pub(super) mod users;
