//! What rules about pods share.
//!
//! Owns questions that take more than a few lines to answer. Must not hold rules.

pub(super) mod access;
mod borrowed;
pub(super) mod circles;
pub(super) mod eager;
pub(super) mod evidence;
pub(super) mod loopback;
pub(super) mod names;
pub(super) mod selectors;
pub(super) mod sidecars;
pub(super) mod sleep;
pub(super) mod status;
pub(super) mod stronger;
pub(super) mod undeclared;
pub(super) mod users;
pub(super) mod waits;
pub(super) mod weak;
