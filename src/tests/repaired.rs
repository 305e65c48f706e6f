//! Whole trees repaired: all of the test data, and real files where there are
//! some (`CORPUS=folder cargo test --lib repaired`).
//!
//! What is repaired still parses, has no finding that was not there, keeps
//! every comment that no fix takes out, and is not repaired again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::support;
use crate::yaml;

type Texts = BTreeMap<PathBuf, String>;
type Findings = BTreeMap<String, usize>;

/// The YAML texts below a folder.
fn texts(dir: &Path) -> Texts {
    let files = walkdir::WalkDir::new(dir)
        .into_iter()
        .filter_map(Result::ok);
    let yaml = files.filter(|it| {
        let ending = it.path().extension().and_then(|it| it.to_str());
        matches!(ending, Some("yml" | "yaml"))
    });
    yaml.filter_map(|it| {
        let text = fs::read_to_string(it.path()).ok()?;
        Some((it.path().strip_prefix(dir).ok()?.to_owned(), text))
    })
    .collect()
}

/// Copies the files of a tree, links and special files left out.
fn copy(from: &Path, to: &Path) {
    let files = walkdir::WalkDir::new(from)
        .into_iter()
        .filter_map(Result::ok);
    for file in files.filter(|it| it.file_type().is_file()) {
        let target = to.join(file.path().strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file.path(), target).unwrap();
    }
}

/// How often each finding is there, by rule, file and subject.
fn findings(dir: &Path) -> Findings {
    let ran = support::run(dir, &["check", "--format", "json"], b"");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let mut counts = Findings::new();
    for it in report["findings"].as_array().unwrap() {
        // What a gate costs shows only once it is there.
        if it["severity"] == "info" {
            continue;
        }
        let key = format!(
            "{} {} {}",
            it["rule"], it["location"]["path"], it["subject"]
        );
        *counts.entry(key).or_default() += 1;
    }
    counts
}

fn comments(text: &str) -> Vec<String> {
    let (tree, _) = yaml::parse(text);
    let comments = tree.comments().iter();
    comments
        .map(|it| text[it.span.range()].to_owned())
        .collect()
}

/// Comments of `before` that are not in `after`, in order; in any order where
/// lines may move.
fn lost(before: &str, after: &str, moves: Moves) -> Vec<String> {
    let (mut had, mut has) = (comments(before), comments(after));
    if moves == Moves::May {
        had.sort();
        has.sort();
    }
    let mut kept = has.into_iter().peekable();
    let mut lost = Vec::new();
    for comment in had {
        if kept.next_if_eq(&comment).is_none() {
            lost.push(comment);
        }
    }
    lost
}

/// Whether a repair may put lines in another place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moves {
    May,
    Never,
}

/// Repairs a tree and says what is wrong with the result.
fn judge(tree: &Path, more: &[&str]) -> (usize, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().canonicalize().unwrap();
    copy(tree, &dir);
    let (before, had) = (texts(&dir), findings(&dir));
    let args: Vec<&str> = ["fix", "--format", "json"]
        .into_iter()
        .chain(more.iter().copied())
        .collect();
    let fixes = |ran: &support::Ran| -> Vec<Value> {
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        report["fixes"].as_array().unwrap().clone()
    };
    let made = fixes(&support::run(&dir, &args, b""));
    let after = texts(&dir);
    let mut wrong = Vec::new();
    let moving = |it: &Value| it["rule"] == "sidecar-race" || it["rule"] == "endless-sidecar-job";
    let moves = match made.iter().any(moving) {
        true => Moves::May,
        false => Moves::Never,
    };
    for (path, text) in &after {
        let was = &before[path];
        let worse = yaml::parse(text).1.len() > yaml::parse(was).1.len();
        if worse {
            wrong.push(format!("{}: parses worse", path.display()));
        }
        let takes_out = ["unused-suppression", "redundant-dependency", "wait-script"];
        let may_lose = made
            .iter()
            .any(|it| takes_out.iter().any(|rule| it["rule"] == *rule));
        let lost = lost(was, text, moves);
        if !lost.is_empty() && !may_lose {
            wrong.push(format!("{}: lost {lost:?}", path.display()));
        }
    }
    for (key, count) in findings(&dir) {
        if count > had.get(&key).copied().unwrap_or(0) {
            wrong.push(format!("new: {key}"));
        }
    }
    let again = fixes(&support::run(&dir, &args, b""));
    wrong.extend(again.iter().map(|it| format!("repaired again: {it}")));
    if texts(&dir) != after {
        wrong.push("a second run changes something".to_owned());
    }
    (made.len(), wrong)
}

fn judge_all(more: &[&str]) {
    let mut trees = vec![
        support::at("testdata/oracle/projects"),
        support::at("testdata/projects"),
    ];
    trees.extend(support::folders(&support::at("testdata/rules")));
    trees.extend(std::env::var_os("CORPUS").map(PathBuf::from));
    let (mut made, mut wrong) = (0, Vec::new());
    for tree in &trees {
        let (fixes, faults) = judge(tree, more);
        made += fixes;
        wrong.extend(faults.iter().map(|it| format!("{}: {it}", tree.display())));
    }
    assert!(made > 0, "nothing is repaired");
    assert!(
        wrong.is_empty(),
        "{} faults\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn safe_repairs_leave_no_trace_but_themselves() {
    judge_all(&[]);
}

#[test]
fn unsafe_repairs_leave_no_trace_but_themselves() {
    judge_all(&["--unsafe"]);
}

/// The stack of the project, in a folder of its own.
fn reconciliation() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(
        &support::at("testdata/projects/reconciliation"),
        folder.path(),
    );
    folder
}

/// Rules that speak in a folder, with what they say.
fn said(dir: &Path) -> Vec<String> {
    let ran = support::run(dir, &["check", "--format", "concise"], b"");
    let lines = ran.out.lines().filter(|it| it.contains('['));
    lines.map(str::to_owned).collect()
}

#[test]
fn replacing_one_word_by_another_breaks_the_stack_and_the_repair_does_not() {
    // sed 's/condition: service_started/condition: service_healthy/g'
    let naive = reconciliation();
    let file = naive.path().join("docker-compose.yml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(
        &file,
        text.replace("condition: service_started", "condition: service_healthy"),
    )
    .unwrap();
    let broken = said(naive.path());
    let gates =
        "error[healthy-without-healthcheck]: `grafana` waits for `prometheus` to be healthy";
    assert!(broken.iter().any(|it| it.contains(gates)), "{broken:#?}");
    let plan = support::run(naive.path(), &["plan"], b"");
    assert!(plan.out.contains("never starts:"), "{}", plan.out);

    let ours = reconciliation();
    let ran = support::run(ours.path(), &["fix", "--unsafe"], b"");
    assert_eq!(ran.code, 0, "{}", ran.out);
    let left = said(ours.path());
    for rule in [
        "weak-dependency",
        "missing-healthcheck",
        "healthy-without-healthcheck",
    ] {
        let loud: Vec<_> = left
            .iter()
            .filter(|it| it.contains(&format!("[{rule}]")))
            .collect();
        assert!(loud.is_empty(), "{loud:#?}");
    }
    let plan = support::run(ours.path(), &["plan"], b"");
    assert!(!plan.out.contains("never starts:"), "{}", plan.out);
}
