//! Workflows of GitHub, Gitea and Forgejo, and composite actions.
//!
//! Owns which steps run one after the other, and where. After GitHub's "Workflow
//! syntax for GitHub Actions": each `run` has a shell of its own.

use std::path::Path;

use super::yaml_text::{read, text};
use super::{Chunk, Dir, Lane, Removal, Step};
use crate::source::Span;
use crate::yaml::{self, Kind, NodeRef};

/// The lanes of a workflow: a job each, or the steps of an action.
pub(super) fn lanes(file: &str, base: &Path) -> Vec<Lane> {
    let (tree, troubles) = yaml::parse(file);
    let Some(root) = tree.roots(file).next().filter(|_| troubles.is_empty()) else {
        return Vec::new();
    };
    let jobs = root.get("jobs").into_iter().flat_map(NodeRef::entries);
    let jobs = jobs.map(|(_, job)| job).chain(root.get("runs"));
    jobs.filter_map(|job| {
        let steps = job.get("steps")?;
        let said = [Some(job), Some(root)].into_iter().flatten();
        let run: Vec<NodeRef<'_>> = said
            .filter_map(|it| it.get("defaults")?.get("run"))
            .collect();
        Some(lane(file, steps, &run, base))
    })
    .collect()
}

fn lane(file: &str, steps: NodeRef<'_>, defaults: &[NodeRef<'_>], base: &Path) -> Lane {
    let mut lane = Lane::default();
    for (at, step) in steps.items().enumerate() {
        let said = |key: &str| {
            let own = text(step, key);
            own.or_else(|| defaults.iter().find_map(|it| text(*it, key)))
        };
        let Some((key, run)) = step.entries().find(|(key, _)| key.text() == "run") else {
            // What only sets the machine up starts nothing.
            let sets_up = |it: &str| it.starts_with("actions/") && !it.contains("script");
            let known = text(step, "uses").is_some_and(sets_up);
            if !known {
                lane.steps.push(Step::Foreign);
            }
            continue;
        };
        let shell = said("shell").unwrap_or("bash");
        if run.kind() != Kind::Scalar || !is_shell(shell) {
            lane.steps.push(Step::Foreign);
            continue;
        }
        let mut script = read(run, file);
        script.hide("${{", "}}");
        let whole = removal(step, steps.span(), at);
        let dir = match said("working-directory") {
            None => Dir::At(base.to_owned()),
            Some(dir) if dir.contains("${{") => Dir::Unknown,
            Some(dir) => Dir::At(crate::source::clean(&base.join(dir))),
        };
        lane.steps.push(Step::Run(Chunk {
            text: script,
            dir,
            condition: text(step, "if").map(str::to_owned),
            key: Some(key.span()),
            whole,
        }));
    }
    lane
}

fn is_shell(shell: &str) -> bool {
    let name = shell.split_whitespace().next().unwrap_or("");
    matches!(name.rsplit('/').next(), Some("bash" | "sh" | "dash"))
}

/// How a step can go that nobody refers to.
fn removal(step: NodeRef<'_>, steps: Span, at: usize) -> Removal {
    let plain = |key: &str| matches!(key, "name" | "run" | "shell" | "timeout-minutes" | "if");
    if step.entries().all(|(key, _)| plain(key.text())) {
        Removal::Item(steps, at)
    } else {
        Removal::Refused("the step says more than what it runs")
    }
}
