//! Workflows with service containers beside a project: when they are stacks, and
//! what is kept of them in a baseline.

use std::path::Path;

use super::support;

const SILENT: &str = "jobs:\n  test:\n    services:\n      db:\n        image: example.com/db:1\n        ports: [1000]\n    steps:\n      - run: make test\n";

const LOUD: &str = "jobs:\n  test:\n    services:\n      db:\n        image: mysql:8.4\n        ports: [3306]\n    steps:\n      - run: make test\n";

/// A folder with a project of one service, and a workflow.
fn folder(workflow: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let workflows = folder.path().join(".github/workflows");
    std::fs::create_dir_all(&workflows).unwrap();
    std::fs::create_dir_all(folder.path().join(".git")).unwrap();
    std::fs::write(workflows.join("ci.yaml"), workflow).unwrap();
    let project = "services:\n  web:\n    image: example.com/web:1\n";
    std::fs::write(folder.path().join("compose.yaml"), project).unwrap();
    folder
}

fn said(folder: &Path, args: &[&str]) -> (u8, String) {
    let ran = support::run(folder, args, b"");
    (ran.code, format!("{}{}", ran.out, ran.err))
}

#[test]
fn a_workflow_is_a_stack_only_if_something_is_said_of_it() {
    let quiet = folder(SILENT);
    let (code, text) = said(quiet.path(), &["check"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("in 1 stack"), "{text}");
    assert!(text.contains("1 file skipped"), "{text}");
    let loud = folder(LOUD);
    let (code, text) = said(loud.path(), &["check"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("1 finding in 2 stacks"), "{text}");
    assert!(!text.contains("skipped"), "{text}");
    for verb in ["plan", "graph", "migrate"] {
        let (_, text) = said(loud.path(), &[verb]);
        assert!(!text.contains("db"), "{verb}: {text}");
    }
}

#[test]
fn a_workflow_that_is_named_is_checked_alone() {
    let loud = folder(LOUD);
    let (code, text) = said(loud.path(), &["check", ".github/workflows/ci.yaml"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("1 finding in 1 stack"), "{text}");
    assert!(!text.contains("predicted ready"), "{text}");
}

#[test]
fn what_is_accepted_is_known_by_job_and_service() {
    let loud = folder(LOUD);
    let (_, text) = said(loud.path(), &["baseline", "write"]);
    let written = std::fs::read_to_string(loud.path().join(".tierlint-baseline.json"));
    assert!(written.unwrap().contains("\"test/db\""), "{text}");
    let moved = format!("# Longer than it was.\n\n{LOUD}");
    let workflow = loud.path().join(".github/workflows/ci.yaml");
    std::fs::write(&workflow, moved).unwrap();
    assert_eq!(said(loud.path(), &["check"]).0, 0);
    std::fs::write(&workflow, SILENT).unwrap();
    let (_, text) = said(loud.path(), &["check"]);
    assert!(text.contains("stale in the baseline"), "{text}");
}
