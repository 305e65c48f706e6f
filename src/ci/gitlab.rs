//! Pipelines of GitLab.
//!
//! Owns which lists of a job one shell reads: `before_script`, then `script`
//! (GitLab's "CI/CD YAML syntax reference").

use std::path::Path;

use super::yaml_text::read;
use super::{Chunk, Dir, Lane, Removal, Step};
use crate::yaml::{self, Kind, NodeRef};

/// The lanes of a pipeline: a job each.
pub(super) fn lanes(file: &str, base: &Path) -> Vec<Lane> {
    let (tree, troubles) = yaml::parse(file);
    let Some(root) = tree.roots(file).next().filter(|_| troubles.is_empty()) else {
        return Vec::new();
    };
    let shared = root.get("default").and_then(|it| it.get("before_script"));
    let shared = shared.or_else(|| root.get("before_script"));
    let jobs = root
        .entries()
        .filter_map(|(_, job)| Some((job, job.get("script")?)));
    jobs.map(|(job, script)| {
        let before = job.get("before_script").or(shared);
        let mut lane = Lane::default();
        for list in before.into_iter().chain([script]) {
            add(&mut lane, list.resolved(), file, base);
        }
        lane
    })
    .collect()
}

fn add(lane: &mut Lane, list: NodeRef<'_>, file: &str, base: &Path) {
    let items: Vec<NodeRef<'_>> = match list.kind() {
        Kind::Scalar => vec![list],
        _ => list.items().collect(),
    };
    let single = items.len() < 2;
    for (at, item) in items.into_iter().enumerate() {
        let plain = item.kind() == Kind::Scalar && item.tag().is_none();
        if !plain {
            lane.steps.push(Step::Foreign);
            continue;
        }
        let dir = if lane.steps.is_empty() {
            Dir::At(base.to_owned())
        } else {
            Dir::Kept
        };
        lane.steps.push(Step::Run(Chunk {
            text: read(item, file),
            dir,
            condition: None,
            key: None,
            whole: match single {
                true => Removal::Refused("the job would run nothing"),
                false => Removal::Item(list.span(), at),
            },
        }));
    }
}
