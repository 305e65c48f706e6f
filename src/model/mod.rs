//! What the files mean: stacks and their workloads, a position on every value.
//!
//! Owns the vocabulary and the front ends that fill it. Built once, then only
//! borrowed. Must not know rules, graphs or output.

/// Docker Compose.
pub mod compose;

/// Kubernetes.
pub mod kubernetes;

/// What a Dockerfile makes.
pub mod dockerfile;

/// What was not seen.
pub mod gap;

/// The vocabulary of both front ends.
pub mod workload;
