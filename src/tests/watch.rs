//! `--watch`: when it runs again, with a clock that is moved by hand.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::support::{self, Ran};

const WEAK: &str = "\
services:
  web:
    image: example.com/web:1
    depends_on: [db]
    env_file: web.env
  db:
    image: postgres:17
    healthcheck: {test: [CMD, pg_isready, -h, 127.0.0.1], interval: 2s}
";

fn folder() -> TempDir {
    let it = tempfile::tempdir().unwrap();
    fs::create_dir(it.path().join(".git")).unwrap();
    write(it.path(), "compose.yaml", WEAK);
    write(it.path(), "web.env", "A=1\n");
    it
}

/// What is written differs in size from what was there: two writes may have one time.
fn write(dir: &Path, name: &str, text: &str) {
    fs::write(dir.join(name), text).unwrap();
}

/// Runs with `steps` between the looks, one after the other.
fn watch(dir: &Path, more: &[&str], steps: &[&dyn Fn()]) -> Ran {
    let args = [&["check", "--watch", "--format", "concise"], more].concat();
    let mut left = steps.iter();
    support::run_while(dir, &args, b"", &mut || match left.next() {
        Some(step) => {
            step();
            true
        }
        None => false,
    })
}

/// How often it ran again, and why.
fn runs(ran: &Ran) -> Vec<&str> {
    let lines = ran.out.lines();
    let marks = lines.filter_map(|it| it.strip_prefix("── changed: ")?.strip_suffix(" ──"));
    marks.collect()
}

#[test]
fn it_runs_again_when_a_file_changes_and_not_otherwise() {
    let it = folder();
    let dir = it.path();
    let repaired = WEAK.replace("[db]", "{db: {condition: service_healthy}}");
    let ran = watch(
        dir,
        &[],
        &[
            &|| {},
            &|| write(dir, "unrelated.txt", "x"),
            &|| write(dir, "compose.yaml", &repaired),
            &|| {},
        ],
    );
    assert_eq!(runs(&ran), ["compose.yaml"], "{}", ran.out);
    let (first, second) = ran.out.split_once("── changed").unwrap();
    assert!(first.contains("[weak-dependency]"), "{first}");
    assert!(!second.contains("[weak-dependency]"), "{second}");
    assert_eq!(ran.code, 0, "it ends as the last run did");
    assert!(ran.err.contains("note: watching "), "{}", ran.err);
}

#[test]
fn whatever_a_stack_reads_is_watched_there_or_not() {
    let it = folder();
    let dir = it.path();
    let ran = watch(
        dir,
        &[],
        &[
            &|| write(dir, "web.env", "A=1\nB=2\n"),
            &|| write(dir, "compose.override.yaml", "services: {}\n"),
            &|| fs::remove_file(dir.join("compose.override.yaml")).unwrap(),
            &|| write(dir, ".env", "TAG=1\n"),
            &|| write(dir, ".tierlint.yaml", "fail-on: error\n"),
        ],
    );
    let wanted = [
        "web.env",
        "compose.override.yaml, .",
        "compose.override.yaml, .",
        ".env",
        ".tierlint.yaml",
    ];
    assert_eq!(runs(&ran), wanted, "{}", ran.out);
    assert_eq!(ran.code, 0, "the settings count");
}

#[test]
fn trouble_is_said_and_watched_on() {
    let it = folder();
    let dir = it.path();
    let ran = watch(
        dir,
        &[],
        &[
            &|| write(dir, ".tierlint.yaml", "fail-on: nothing\n"),
            &|| {},
            &|| write(dir, ".tierlint.yaml", "fail-on: warning\n# x\n"),
            &|| write(dir, "compose.yaml", "services: {web: \"\n"),
        ],
    );
    let wanted = [".tierlint.yaml", ".tierlint.yaml", "compose.yaml"];
    assert_eq!(runs(&ran), wanted, "{}{}", ran.out, ran.err);
    assert!(
        ran.err.contains("there is no value `nothing`"),
        "{}",
        ran.err
    );
    assert_eq!(ran.code, 2);
}

#[test]
fn a_new_stack_is_seen_and_what_it_writes_is_not() {
    let it = folder();
    let dir = it.path();
    let more = ["--format", "json:out.json"];
    let step = || {
        fs::create_dir(dir.join("more")).unwrap();
        write(dir, "more/compose.yaml", WEAK);
    };
    let ran = watch(dir, &more, &[&|| {}, &step, &|| {}, &|| {}]);
    assert_eq!(runs(&ran), ["."], "{}", ran.out);
    assert!(ran.out.contains("more/compose.yaml:4"), "{}", ran.out);
}

#[test]
fn it_needs_files_and_a_person() {
    let it = folder();
    for (args, wanted) in [
        (["check", "--watch", "-"], "not standard input"),
        (["check", "--watch", "--format=json"], "prints for people"),
        (["check", "--watch", "--fix"], "cannot be used with"),
    ] {
        let ran = support::run(it.path(), &args, b"");
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(ran.err.contains(wanted), "{args:?}: {}", ran.err);
    }
}
