//! `migrate` on real folders: what it reaches, and when it writes nothing.

use std::fs;
use std::path::Path;

use super::support::{self, Ran, files, matches};

const FILE: &str = "docker-compose.yml";

/// The stack of the project in a folder of its own, below which nothing else is.
fn reconciliation() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let project = support::at("testdata/projects/reconciliation");
    let tree = walkdir::WalkDir::new(&project).into_iter();
    for entry in tree.filter_map(Result::ok) {
        if entry.file_type().is_file() {
            let to = folder
                .path()
                .join(entry.path().strip_prefix(&project).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(entry.path(), to).unwrap();
        }
    }
    folder
}

fn migrate(dir: &Path, more: &[&str]) -> Ran {
    let args: Vec<&str> = ["migrate"].iter().chain(more).copied().collect();
    support::run(dir, &args, b"")
}

fn text(dir: &Path) -> String {
    support::text(&dir.join(FILE))
}

#[test]
fn the_reconciliation_stack_reaches_its_target() {
    let folder = reconciliation();
    let dir = folder.path();
    let ran = migrate(dir, &["--apply", "--allow-no-vcs"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let after = text(dir);
    assert!(!after.contains("service_started"), "{after}");
    assert_eq!(after.matches("service_healthy").count(), 14, "{after}");
    assert!(after.contains("@pgbouncer:5432/"), "{after}");
    assert!(!after.contains("@postgres:5432/"), "{after}");
    // Eleven services, and each has one.
    assert_eq!(after.matches("    healthcheck:\n").count(), 11, "{after}");
    let check = support::run(dir, &["check"], b"");
    assert_eq!(check.code, 0, "{}", check.out);
    let plan = support::run(dir, &["plan"], b"");
    let tiers = [
        "  1  elasticsearch, postgres, prometheus, redis\n",
        "  2  grafana, kibana, logstash, pgbouncer\n",
        "  3  apm-server\n",
        "  4  backend\n",
        "  5  frontend\n",
    ];
    assert!(plan.out.ends_with(&tiers.concat()), "{}", plan.out);
    assert!(!plan.out.contains("never starts:"), "{}", plan.out);
}

#[test]
fn a_second_run_changes_nothing() {
    let folder = reconciliation();
    let dir = folder.path();
    migrate(dir, &["--apply", "--allow-no-vcs"]);
    let once = text(dir);
    let again = migrate(dir, &["--apply", "--allow-no-vcs"]);
    assert_eq!(again.code, 0, "{}", again.out);
    assert!(
        again.out.contains("\nnothing to change · "),
        "{}",
        again.out
    );
    assert!(again.out.ends_with(" · nothing is written\n"));
    assert_eq!(text(dir), once);
}

#[test]
fn the_plan_writes_nothing_and_says_that_there_is_something_to_do() {
    let folder = reconciliation();
    let dir = folder.path();
    let before = text(dir);
    for format in ["text", "markdown", "json"] {
        let ran = migrate(dir, &["--format", format]);
        assert_eq!(ran.code, 1, "{format}: {}", ran.err);
        assert_eq!(text(dir), before);
    }
    assert!(files(dir).iter().all(|it| !it.ends_with(".tierlint")));
}

#[test]
fn a_step_changes_what_it_is_about() {
    let folder = reconciliation();
    let dir = folder.path();
    let step = |name: &str| migrate(dir, &["--apply", "--allow-no-vcs", "--steps", name]);
    step("healthchecks");
    assert!(text(dir).contains("http://127.0.0.1:9090/-/ready"));
    assert!(text(dir).contains("service_started"));
    step("conditions");
    assert!(!text(dir).contains("service_started"));
    assert!(text(dir).contains("@postgres:5432/"));
    step("sleeps");
    step("pooler");
    let apart = text(dir);
    let together = reconciliation();
    migrate(together.path(), &["--apply", "--allow-no-vcs"]);
    assert_eq!(apart, text(together.path()));
}

#[test]
fn a_pull_request_is_described_as_the_snapshot_says() {
    let folder = reconciliation();
    let ran = migrate(folder.path(), &["--format", "markdown"]);
    let lines = ran.out.lines();
    let text: String = lines.flat_map(|line| [line.trim_end(), "\n"]).collect();
    let beside = support::at("testdata/projects/reconciliation");
    assert!(matches(&beside, "pull-request", &text), "it differs");
    // A secret has no place in a comment that many read.
    assert!(!ran.out.contains("POSTGRES_PASSWORD=") && ran.out.contains("```diff\n"));
}

/// An index of git with one file, as `gitformat-index` describes version 2.
fn index(path: &str, content: &[u8]) -> Vec<u8> {
    let mut bytes = b"DIRC\0\0\0\x02\0\0\0\x01".to_vec();
    let start = bytes.len();
    bytes.extend([0; 24]);
    bytes.extend(0o100_644_u32.to_be_bytes());
    bytes.extend([0; 12]);
    let name = gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, content);
    bytes.extend(name.unwrap().as_slice());
    bytes.extend(u16::try_from(path.len()).unwrap().to_be_bytes());
    bytes.extend(path.as_bytes());
    let filled = (bytes.len() - start + 1).next_multiple_of(8);
    bytes.resize(start + filled, 0);
    bytes.extend([0; 20]);
    bytes
}

/// Runs `--apply`, which must refuse for a reason and write nothing.
fn refused(dir: &Path, reason: &str) {
    let before = text(dir);
    let ran = migrate(dir, &["--apply"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains(reason), "{}", ran.err);
    assert_eq!(ran.out, "");
    assert_eq!(text(dir), before);
}

#[test]
fn nothing_is_written_that_git_could_not_give_back() {
    let folder = reconciliation();
    let dir = folder.path();
    refused(dir, "is in no git checkout");
    fs::create_dir(dir.join(".git")).unwrap();
    refused(dir, "git does not know it");
    let before = text(dir);
    fs::write(dir.join(".git/index"), index(FILE, b"older")).unwrap();
    refused(dir, "changes that are not committed");
    let mut unknown = index(FILE, b"older");
    unknown[7] = 9;
    fs::write(dir.join(".git/index"), &unknown).unwrap();
    refused(dir, "git's index cannot be read: ");
    fs::write(dir.join(".git/index"), &unknown[..30]).unwrap();
    refused(dir, "git's index cannot be read: ");
    fs::write(dir.join(".git/index"), index(FILE, before.as_bytes())).unwrap();
    let ran = migrate(dir, &["--apply"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.ends_with(" · written\n"), "{}", ran.out);
    assert_ne!(text(dir), before);
}

#[test]
fn a_checkout_that_keeps_its_index_elsewhere_is_found() {
    let folder = reconciliation();
    let dir = folder.path();
    let other = tempfile::tempdir().unwrap();
    let place = format!("gitdir: {}\n", other.path().display());
    fs::write(dir.join(".git"), place).unwrap();
    refused(dir, "git does not know it");
    let saved = index(FILE, text(dir).as_bytes());
    fs::write(other.path().join("index"), saved).unwrap();
    assert_eq!(migrate(dir, &["--apply"]).code, 0);
}

/// Runs git, which must succeed.
fn git(dir: &Path, args: &[&str]) {
    let ran = std::process::Command::new("git")
        .args(args)
        .current_dir(dir)
        .output()
        .expect("git is there, as in every clone");
    assert!(ran.status.success(), "git {args:?}: {ran:?}");
}

#[test]
fn every_form_of_index_that_git_writes_is_read() {
    let forms: [&[&str]; 4] = [
        &["update-index", "--index-version", "2"],
        &["update-index", "--index-version", "4"],
        &["update-index", "--split-index"],
        &["update-index", "--no-split-index"],
    ];
    for format in ["sha1", "sha256"] {
        for form in forms {
            let folder = reconciliation();
            let dir = folder.path();
            git(dir, &["init", "-q", "--object-format", format]);
            git(dir, &["add", "-A"]);
            git(dir, form);
            let ran = migrate(dir, &["--apply"]);
            assert_eq!(ran.code, 0, "{format} {form:?}: {}", ran.err);
            refused_again(dir);
        }
    }
}

/// What has been written is no longer what git holds.
fn refused_again(dir: &Path) {
    let text = text(dir).replace("service_healthy", "service_started");
    fs::write(dir.join(FILE), text).unwrap();
    refused(dir, "changes that are not committed");
}

#[test]
fn content_that_git_keeps_with_other_line_ends_is_saved() {
    let folder = reconciliation();
    let dir = folder.path();
    let unix = text(dir);
    fs::write(dir.join(FILE), unix.replace('\n', "\r\n")).unwrap();
    fs::create_dir(dir.join(".git")).unwrap();
    fs::write(dir.join(".git/index"), index(FILE, unix.as_bytes())).unwrap();
    let ran = migrate(dir, &["--apply"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let after = text(dir);
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
}

#[test]
fn what_git_does_not_have_is_changed_if_that_is_allowed() {
    let folder = reconciliation();
    let dir = folder.path();
    fs::create_dir(dir.join(".git")).unwrap();
    let ran = migrate(dir, &["--apply", "--allow-dirty"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(!text(dir).contains("service_started"));
}
