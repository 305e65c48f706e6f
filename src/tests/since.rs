//! `--changed-since` in real repositories: what counts as a change of a stack.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::support::{self, Ran, WEAK};

/// Objects of which one has a finding, whatever else stands beside them.
const POD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
spec:
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      containers:
        - name: NAME
          image: example.com/NAME:1
          readinessProbe: {httpGet: {path: /, port: named}}
";

fn git(dir: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]);
    command.args(["-c", "init.defaultBranch=main", "-c", "core.autocrlf=false"]);
    command.args(["-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]);
    let ran = command.args(args).current_dir(dir).output();
    let ran = ran.expect("git is there, as in every clone");
    assert!(ran.status.success(), "git {args:?}: {ran:?}");
}

fn write(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn commit(dir: &Path) {
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "-q", "--allow-empty", "-m", "it"]);
}

/// A repository with two stacks, `a` and `b`, each with one finding.
fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    git(dir, &["init", "-q"]);
    write(dir, "a/compose.yaml", WEAK);
    write(dir, "b/compose.yaml", WEAK);
    commit(dir);
    folder
}

fn since(dir: &Path, revision: &str) -> Ran {
    let args = ["check", "--format", "concise", "--changed-since", revision];
    support::run(dir, &args, b"")
}

/// The stacks that are reported; there must be no trouble.
fn reported(dir: &Path, revision: &str) -> Vec<String> {
    let ran = since(dir, revision);
    assert!(ran.code < 2, "{}{}", ran.out, ran.err);
    let findings = ran
        .out
        .lines()
        .filter(|it| it.contains("[weak-dependency]"));
    let stacks = findings.filter_map(|it| Some(it.split_once('/')?.0.to_owned()));
    stacks.collect()
}

#[test]
fn nothing_is_reported_where_nothing_has_changed() {
    let it = repository();
    let ran = since(it.path(), "HEAD");
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (0, "0 findings in 0 stacks\n")
    );
    assert_eq!(ran.err, "note: 2 stacks as at `HEAD`: not reported\n");
    assert_eq!(support::run(it.path(), &["check"], b"").code, 1);
}

#[test]
fn edited_staged_committed_and_new_files_are_changes() {
    let it = repository();
    let dir = it.path();
    write(dir, "a/compose.yaml", &format!("# edited\n{WEAK}"));
    assert_eq!(reported(dir, "HEAD"), ["a"]);
    git(dir, &["add", "-A"]);
    assert_eq!(reported(dir, "HEAD"), ["a"]);
    commit(dir);
    assert!(reported(dir, "HEAD").is_empty());
    assert_eq!(reported(dir, "HEAD~1"), ["a"]);
    write(dir, "new/compose.yaml", WEAK);
    assert_eq!(reported(dir, "HEAD"), ["new"]);
    assert_eq!(reported(dir, "HEAD~1"), ["a", "new"]);
}

#[test]
fn what_a_stack_reads_is_part_of_it() {
    let read = [
        ("a/.env", "TAG=2\n"),
        ("a/db.env", "POSTGRES_DB=x\n"),
        ("a/Dockerfile", "FROM scratch\nLABEL x=1\n"),
        ("a/entry.sh", "#!/bin/sh\nexec api\n"),
        ("a/base.yaml", "services: {cache: {image: \"redis:7\"}}\n"),
        (
            "a/compose.override.yaml",
            "services: {db: {restart: always}}\n",
        ),
        ("a/.tierlint.yaml", "fail-on: info\n"),
        (".tierlint.yaml", "fail-on: info\n"),
    ];
    let main = format!(
        "include: [base.yaml]\n{WEAK}    env_file: db.env\n  api:\n    build: .\n    entrypoint: /entry.sh\n    volumes: [\"./entry.sh:/entry.sh\"]\n"
    );
    for (name, text) in read {
        let it = repository();
        let dir = it.path();
        write(dir, "a/compose.yaml", &main);
        for (name, _) in &read[..5] {
            let first = if name.ends_with("Dockerfile") {
                "FROM scratch\n"
            } else if name.ends_with(".yaml") {
                "services: {}\n"
            } else {
                "#!/bin/sh\n"
            };
            write(dir, name, first);
        }
        commit(dir);
        assert!(reported(dir, "HEAD").is_empty(), "{name}");
        write(dir, name, text);
        let wanted: &[&str] = if name.starts_with("a/") {
            &["a"]
        } else {
            &["a", "b"]
        };
        assert_eq!(reported(dir, "HEAD"), wanted, "{name}");
        if name.starts_with("a/.env") {
            write(dir, ".gitignore", ".env\n");
            fs::remove_file(dir.join("a/.env")).unwrap();
            commit(dir);
            write(dir, name, text);
            let ran = reported(dir, "HEAD");
            assert!(ran.is_empty(), "git was told to ignore it: {ran:?}");
        }
    }
}

#[test]
fn what_has_gone_or_moved_is_a_change() {
    let it = repository();
    let dir = it.path();
    write(
        dir,
        "a/compose.override.yaml",
        "services: {db: {restart: always}}\n",
    );
    commit(dir);
    fs::remove_file(dir.join("a/compose.override.yaml")).unwrap();
    assert_eq!(reported(dir, "HEAD"), ["a"]);
    commit(dir);
    fs::rename(dir.join("b"), dir.join("c")).unwrap();
    assert_eq!(reported(dir, "HEAD"), ["c"]);
    // A stack that has gone has nothing left to say.
    fs::remove_dir_all(dir.join("c")).unwrap();
    assert!(reported(dir, "HEAD").is_empty());
}

#[test]
fn a_manifest_that_has_gone_is_a_change_of_its_cluster() {
    let it = tempfile::tempdir().unwrap();
    let dir = it.path();
    git(dir, &["init", "-q"]);
    for folder in ["x", "y"] {
        for name in ["one", "two", "three"] {
            let text = POD.replace("NAME", name);
            write(dir, &format!("{folder}/{name}.yaml"), &text);
        }
    }
    commit(dir);
    let all = support::run(dir, &["check", "--format", "concise"], b"");
    assert!(
        all.out.contains("x/one.yaml") && all.out.contains("y/one.yaml"),
        "{}",
        all.out
    );
    assert_eq!(since(dir, "HEAD").code, 0);
    fs::remove_file(dir.join("x/two.yaml")).unwrap();
    let ran = since(dir, "HEAD");
    assert!(ran.out.contains("x/one.yaml"), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("y/one.yaml"), "{}", ran.out);
}

#[test]
fn what_a_kustomization_takes_in_is_part_of_its_cluster() {
    let it = tempfile::tempdir().unwrap();
    let dir = it.path();
    git(dir, &["init", "-q"]);
    for leaf in ["dev", "prod"] {
        let text = format!("resources: [../base-{leaf}]\npatches: [{{path: more.yaml}}]\n");
        write(dir, &format!("{leaf}/kustomization.yaml"), &text);
        let patch =
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: two}\nspec: {replicas: 2}\n";
        write(dir, &format!("{leaf}/more.yaml"), patch);
        let base = format!("base-{leaf}");
        write(
            dir,
            &format!("{base}/kustomization.yaml"),
            "resources: [one.yaml, two.yaml]\n",
        );
        for name in ["one", "two"] {
            write(
                dir,
                &format!("{base}/{name}.yaml"),
                &POD.replace("NAME", name),
            );
        }
    }
    commit(dir);
    let reported = || {
        let ran = since(dir, "HEAD");
        let has = |name: &str| ran.out.contains(&format!("{name}/one.yaml"));
        (has("base-dev"), has("base-prod"))
    };
    assert_eq!(reported(), (false, false));
    write(
        dir,
        "dev/more.yaml",
        "# edited\nkind: Deployment\nmetadata: {name: two}\n",
    );
    assert_eq!(reported(), (true, false));
    git(dir, &["checkout", "-q", "."]);
    fs::remove_file(dir.join("base-prod/two.yaml")).unwrap();
    assert_eq!(reported(), (false, true));
}

#[test]
fn the_work_of_others_on_the_revision_is_no_change_of_this_branch() {
    let it = repository();
    let dir = it.path();
    git(dir, &["tag", "-a", "v1", "-m", "it"]);
    git(dir, &["checkout", "-q", "-b", "topic"]);
    write(dir, "a/compose.yaml", &format!("# mine\n{WEAK}"));
    commit(dir);
    git(dir, &["checkout", "-q", "main"]);
    write(dir, "b/compose.yaml", &format!("# theirs\n{WEAK}"));
    commit(dir);
    git(dir, &["update-ref", "refs/remotes/origin/main", "main"]);
    git(dir, &["checkout", "-q", "topic"]);
    for revision in ["main", "origin/main", "v1", "HEAD~1", "HEAD^"] {
        assert_eq!(reported(dir, revision), ["a"], "{revision}");
    }
    // From below the top, and out of packs.
    git(dir, &["gc", "-q"]);
    let ran = since(&dir.join("a"), "origin/main");
    assert!(
        ran.out.contains("[weak-dependency]"),
        "{}{}",
        ran.out,
        ran.err
    );
    let ran = since(&dir.join("b"), "origin/main");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn contents_may_be_named_by_sha_256() {
    let it = tempfile::tempdir().unwrap();
    let dir = it.path();
    git(dir, &["init", "-q", "--object-format", "sha256"]);
    write(dir, "a/compose.yaml", WEAK);
    write(dir, "b/compose.yaml", WEAK);
    commit(dir);
    assert!(reported(dir, "HEAD").is_empty());
    write(dir, "b/compose.yaml", &format!("# edited\n{WEAK}"));
    assert_eq!(reported(dir, "main"), ["b"]);
}

#[test]
fn line_ends_that_git_changes_are_no_change() {
    let it = repository();
    let dir = it.path();
    write(dir, "a/compose.yaml", &WEAK.replace('\n', "\r\n"));
    assert!(reported(dir, "HEAD").is_empty());
}

#[cfg(unix)]
#[test]
fn a_link_is_followed() {
    let it = repository();
    let dir = it.path();
    write(dir, "shared/db.env", "A=1\n");
    write(
        dir,
        "a/compose.yaml",
        &format!("{WEAK}    env_file: db.env\n"),
    );
    std::os::unix::fs::symlink("../shared/db.env", dir.join("a/db.env")).unwrap();
    commit(dir);
    assert!(reported(dir, "HEAD").is_empty());
    write(dir, "shared/db.env", "A=2\n");
    assert_eq!(reported(dir, "HEAD"), ["a"]);
}

#[test]
fn what_cannot_be_compared_is_an_error() {
    let it = repository();
    let dir = it.path();
    let wrong = |dir: &Path, revision: &str, wanted: &str| {
        let ran = since(dir, revision);
        assert_eq!(ran.code, 2, "{revision}: {}", ran.out);
        assert!(ran.err.contains(wanted), "{revision}: {}", ran.err);
    };
    wrong(
        dir,
        "nowhere",
        "`nowhere` is no revision of this repository",
    );
    wrong(dir, "HEAD~9", "`HEAD~9` is no revision of this repository");
    wrong(dir, "main..HEAD", "is no revision");
    git(dir, &["checkout", "-q", "--orphan", "apart"]);
    git(dir, &["commit", "-q", "-m", "another"]);
    wrong(dir, "main", "have no commit in common");
    let bare = tempfile::tempdir().unwrap();
    write(bare.path(), "compose.yaml", WEAK);
    wrong(bare.path(), "HEAD", "no git repository holds this folder");
    git(bare.path(), &["init", "-q"]);
    wrong(bare.path(), "HEAD", "git's repository has no commit yet");
}

#[test]
fn hints_plans_and_graphs_are_narrowed_too() {
    let it = repository();
    let dir = it.path();
    write(dir, "a/compose.yaml", &format!("# edited\n{WEAK}"));
    let ran = |args: &[&str]| {
        let ran = support::run(dir, args, b"");
        assert!(ran.code < 2, "{args:?}: {}", ran.err);
        ran.out
    };
    let plan = ran(&["plan", "--changed-since", "HEAD"]);
    assert!(
        plan.contains("a/compose.yaml") && !plan.contains("b/compose.yaml"),
        "{plan}"
    );
    let graph = ran(&["graph", "--format", "json", "--changed-since", "HEAD"]);
    assert_eq!(graph.matches("\"edges\"").count(), 1, "{graph}");
    let hinted = ran(&["check", "--changed-since", "HEAD", "b/compose.yaml"]);
    assert!(hinted.starts_with("0 findings"), "{hinted}");
    let named = ran(&["check", "--changed-since", "HEAD", "-f", "a/compose.yaml"]);
    assert!(named.contains("weak-dependency"), "{named}");
    let named = ran(&["check", "--changed-since", "HEAD", "-f", "b/compose.yaml"]);
    assert!(named.starts_with("0 findings"), "{named}");
}
