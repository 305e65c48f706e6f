//! `migrate --add-pooler` on the folders of `testdata/add-pooler`: what is
//! written, and why nothing is.

use std::fs;
use std::path::{Path, PathBuf};

use super::support::{self, Ran, folders, matches, name};

const FILE: &str = "compose.yaml";
const APPLY: [&str; 2] = ["--apply", "--allow-no-vcs"];

fn cases() -> Vec<PathBuf> {
    folders(&support::at("testdata/add-pooler"))
}

/// The files of a case in a folder of the same name.
fn copied(case: &Path) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join(name(case));
    fs::create_dir(&dir).unwrap();
    for file in support::files(case) {
        if file.extension().is_none_or(|it| it != "snap") {
            fs::copy(&file, dir.join(name(&file))).unwrap();
        }
    }
    (folder, dir)
}

fn migrate(dir: &Path, more: &[&str]) -> Ran {
    let args = ["migrate", "--add-pooler", "pgbouncer"];
    support::run(dir, &[&args, more].concat(), b"")
}

fn text(dir: &Path) -> String {
    support::text(&dir.join(FILE))
}

#[test]
fn every_case_ends_as_its_snapshot_says() {
    let mut failed = Vec::new();
    for case in cases() {
        let (_folder, dir) = copied(&case);
        let plan = migrate(&dir, &["--steps", "healthchecks,conditions,pooler"]);
        migrate(&dir, &APPLY);
        let after = text(&dir);
        let again = migrate(&dir, &APPLY);
        assert_eq!(text(&dir), after, "{}: a second run", name(&case));
        assert_eq!(again.code, 0, "{}: {}", name(&case), again.err);
        let shown = format!("{}\n{after}", plan.out);
        if !matches(&case, "migrated", &shown) {
            failed.push(name(&case));
        }
    }
    assert!(!cases().is_empty(), "there are no cases");
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn a_secret_never_comes_to_stand_in_a_new_place() {
    for case in cases() {
        let (_folder, dir) = copied(&case);
        let secrets = ["hunter2", "{DB_PASSWORD:-", "=x"];
        let before = text(&dir);
        migrate(&dir, &APPLY);
        let after = text(&dir);
        for secret in secrets {
            let count = |text: &str| text.matches(secret).count();
            assert_eq!(count(&before), count(&after), "{}: {secret}", name(&case));
        }
    }
}

#[test]
fn without_the_flag_no_service_comes() {
    let case = support::at("testdata/add-pooler/references");
    let (_folder, dir) = copied(&case);
    support::run(&dir, &["migrate", "--apply", "--allow-no-vcs"], b"");
    assert!(!text(&dir).contains("pgbouncer"));
    support::run(&dir, &["fix", "--unsafe"], b"");
    assert!(!text(&dir).contains("pgbouncer"));
}

#[test]
fn line_breaks_and_comments_stay_as_they_are() {
    let case = support::at("testdata/add-pooler/references");
    let (_folder, unix) = copied(&case);
    let (_other, dos) = copied(&case);
    fs::write(dos.join(FILE), text(&dos).replace('\n', "\r\n")).unwrap();
    migrate(&unix, &APPLY);
    migrate(&dos, &APPLY);
    assert_eq!(text(&unix).replace('\n', "\r\n"), text(&dos));
    assert!(text(&unix).contains("\n\n  pgbouncer:\n"));
    assert!(text(&unix).contains("\n\n  # takes orders\n  web:\n"));
}

#[test]
fn every_format_says_it() {
    let case = support::at("testdata/add-pooler/references");
    let (_folder, dir) = copied(&case);
    for format in ["text", "markdown", "json"] {
        let ran = migrate(&dir, &["--format", format]);
        assert_eq!(ran.code, 1, "{format}: {}", ran.err);
        let title = "add `pgbouncer` (edoburu/pgbouncer:v1.25.2-p0) before `db`";
        assert!(ran.out.contains(title), "{format}: {}", ran.out);
        assert!(
            ran.out.contains("do not outlast a transaction"),
            "{format}: {}",
            ran.out
        );
    }
}

/// The reference loader's answer to it is beside it: `testdata/oracle`.
#[test]
fn what_is_written_is_a_project_of_the_oracle() {
    for (case, project) in [
        ("references", "pooler-added"),
        ("list-and-profile", "pooler-added-to-a-list"),
    ] {
        let (_folder, dir) = copied(&support::at("testdata/add-pooler").join(case));
        migrate(&dir, &APPLY);
        let known = support::at("testdata/oracle/projects").join(project);
        if support::update() {
            fs::create_dir_all(&known).unwrap();
            fs::copy(dir.join(FILE), known.join(FILE)).unwrap();
            fs::copy(dir.join(".env"), known.join(".env")).unwrap();
        }
        assert_eq!(text(&known), text(&dir), "{case}");
    }
}
