//! Places that wait, as rules look at them.
//!
//! Owns the way from a wait back to its container and its script. Must not judge
//! what a wait is worth.

use crate::graph::cluster::Waiting;
use crate::launch::{self, Launch, Moment};
use crate::model::kubernetes::pod::Container;
use crate::model::kubernetes::workloads::values;
use crate::rules::ClusterContext;

/// The container that waits.
pub(in crate::rules) fn container<'a>(
    cx: &ClusterContext<'a>,
    waiting: &Waiting,
) -> Option<&'a Container> {
    let pod = &cx.cluster.pods[waiting.pod];
    match waiting.init {
        Some(init) => pod.init.get(init),
        None => pod.main(),
    }
}

/// What it runs.
pub(in crate::rules) fn launch(cx: &ClusterContext<'_>, container: &Container) -> Option<Launch> {
    let words: Vec<_> = container.words().cloned().collect();
    let words = values(&words);
    launch::of_words(Moment::PreStart, words.iter(), cx.sources())
}
