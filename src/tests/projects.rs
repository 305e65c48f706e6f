//! Each folder `testdata/projects/<stack>/`: a whole stack, every rule on, its
//! plan and its graph, with what is said of it beside it.

use super::support::{self, folders, name};

/// The snapshots beside a stack and the command lines that make them.
const VIEWS: [(&str, &[&str]); 4] = [
    ("findings", &["check", "--pedantic"]),
    ("plan", &["plan"]),
    ("graph", &["graph"]),
    ("migrate", &["migrate"]),
];

#[test]
fn every_project_is_shown_as_its_snapshots_say() {
    let mut failed = Vec::new();
    for project in folders(&support::at("testdata/projects")) {
        for (view, args) in VIEWS {
            let ran = support::run(&project, args, b"");
            let lines = ran.out.lines();
            let mut text: String = lines.flat_map(|line| [line.trim_end(), "\n"]).collect();
            if !ran.err.is_empty() {
                text = format!("{text}\nand on standard error\n{}", ran.err);
            }
            if !support::matches(&project, view, &text) {
                failed.push(format!("{}: differs from {view}.snap", name(&project)));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
