//! Adoption in a folder that is written to: `init`, `baseline`, files of formats.

use std::path::Path;

use super::support::{self, Ran, WEAK};
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    write(&folder, "compose.yaml", WEAK);
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    std::fs::write(folder.path().join(name), text).unwrap();
}

fn read(folder: &TempDir, name: &str) -> String {
    support::text(&folder.path().join(name))
}

fn run(folder: &TempDir, args: &str) -> Ran {
    let args: Vec<&str> = args.split_whitespace().collect();
    support::run(folder.path(), &args, b"")
}

fn ok(folder: &TempDir, args: &str) -> Ran {
    let ran = run(folder, args);
    assert_eq!(ran.code, 0, "{args}: {}{}", ran.out, ran.err);
    ran
}

#[test]
fn a_baseline_keeps_old_findings_quiet_and_lets_new_ones_speak() {
    let it = folder();
    let before = run(&it, "check --format concise");
    assert_eq!(before.code, 1);
    assert!(before.out.contains("[weak-dependency]"), "{}", before.out);

    let wrote = ok(&it, "baseline write");
    assert_eq!(
        wrote.out,
        "1 accepted finding in 1 stack: 1 added, 0 taken out · .tierlint-baseline.json\n"
    );
    let quiet = ok(&it, "check");
    assert!(
        quiet
            .out
            .contains("0 findings in 1 stack · 1 in the baseline"),
        "{}",
        quiet.out
    );
    ok(&it, "fix");
    assert_eq!(
        read(&it, "compose.yaml"),
        WEAK,
        "what is accepted is not repaired"
    );

    let audit = run(&it, "check --no-ignores --format concise");
    assert_eq!(audit.code, 1, "{}", audit.out);

    // Neither lines nor names in other places count.
    let moved = WEAK.replace("services:", "# a\n# b\n\nservices:");
    write(&it, "compose.yaml", &moved.replace("web:1", "web:2"));
    ok(&it, "check");

    let more = format!("{moved}  api:\n    image: example.com/api:1\n    depends_on: [db]\n");
    write(&it, "compose.yaml", &more);
    let new = run(&it, "check --format concise");
    assert_eq!(new.code, 1);
    assert!(new.out.contains("`api` waits"), "{}", new.out);
    assert!(!new.out.contains("`web` waits"), "{}", new.out);
}

#[test]
fn stale_entries_are_said_and_pruned_and_prune_adds_nothing() {
    let it = folder();
    ok(&it, "baseline write");
    let repaired = WEAK
        .replace("[db]", "{db: {condition: service_healthy}}")
        .replace(
            "  db:\n",
            "  api:\n    image: example.com/api:1\n    depends_on: [db]\n  db:\n",
        );
    write(&it, "compose.yaml", &repaired);
    let stale = run(&it, "check --format concise");
    let wanted = "note: stale in the baseline: compose.yaml: weak-dependency of `web` and `db`";
    assert!(stale.err.contains(wanted), "{}", stale.err);

    let pruned = ok(&it, "baseline prune");
    assert!(
        pruned.out.starts_with("0 accepted findings"),
        "{}",
        pruned.out
    );
    assert_eq!(run(&it, "check").code, 1, "the new one was never accepted");

    let updated = ok(&it, "baseline update");
    assert!(
        updated.out.contains("1 added, 0 taken out"),
        "{}",
        updated.out
    );
    ok(&it, "check");

    std::fs::remove_file(it.path().join("compose.yaml")).unwrap();
    write(
        &it,
        "docker-compose.yml",
        "services: {a: {image: \"postgres:17\"}}\n",
    );
    let gone = run(&it, "check");
    assert!(gone.err.contains("there is no such stack"), "{}", gone.err);
}

#[test]
fn a_baseline_is_made_once_and_found_from_below() {
    let it = folder();
    assert_eq!(run(&it, "baseline update").code, 2);
    assert_eq!(run(&it, "baseline prune").code, 2);
    ok(&it, "baseline write");
    let text = read(&it, ".tierlint-baseline.json");
    assert_eq!(run(&it, "baseline write").code, 2);
    assert_eq!(read(&it, ".tierlint-baseline.json"), text);

    let inner = it.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(inner.join("compose.yaml"), WEAK).unwrap();
    let ran = |args: &[&str]| support::run(&inner, args, b"");
    assert_eq!(ran(&["check"]).code, 1);
    assert_eq!(ran(&["baseline", "update"]).code, 0);
    assert!(!inner.join(".tierlint-baseline.json").exists());
    assert!(read(&it, ".tierlint-baseline.json").contains("\"inner/compose.yaml\""));
    assert_eq!(ran(&["check"]).code, 0);
    ok(&it, "check");
}

#[test]
fn what_is_shared_by_stacks_is_accepted_for_each() {
    let it = folder();
    for name in ["a", "b"] {
        std::fs::create_dir(it.path().join(name)).unwrap();
        let text = "include: [../compose.yaml]\nservices: {own: {image: \"postgres:17\"}}\n";
        write(&it, &format!("{name}/compose.yaml"), text);
    }
    let before = run(&it, "check --format concise");
    assert_eq!(before.code, 1);
    let found = before.out.matches("[weak-dependency]").count();
    assert_eq!(found, 1, "a shared finding is said once: {}", before.out);
    ok(&it, "baseline write");
    let text = read(&it, ".tierlint-baseline.json");
    // What both include is no project of its own.
    assert_eq!(text.matches("weak-dependency").count(), 2, "{text}");
    let quiet = ok(&it, "check");
    assert!(quiet.out.contains("1 in the baseline"), "{}", quiet.out);
    ok(&it, "check b");
    ok(&it, "check -f b/compose.yaml");
}

#[test]
fn a_starter_changes_nothing_and_never_overwrites() {
    let it = folder();
    let before = run(&it, "check").out;
    let made = ok(&it, "init");
    assert_eq!(
        made.out,
        ".tierlint.yaml is made from 1 finding in 1 stack\n"
    );
    let text = read(&it, ".tierlint.yaml");
    assert!(
        text.contains("#   weak-dependency: warning  # 1 finding"),
        "{text}"
    );
    assert!(text.contains("example.com/web:1"), "{text}");
    assert_eq!(run(&it, "check").out, before);
    assert_eq!(run(&it, "init").code, 2);
    assert_eq!(read(&it, ".tierlint.yaml"), text);

    // Every line of it can be taken up.
    let live = text
        .replace("# ignores:", "ignores:")
        .replace("# severity:", "severity:");
    let live = live.replace("# images:", "images:").replace("#   ", "  ");
    write(&it, ".tierlint.yaml", &live);
    let ran = run(&it, "check");
    assert_eq!(ran.code, 1, "{}\n{live}", ran.err);
}

#[test]
fn formats_go_to_files_and_one_to_standard_output() {
    let it = folder();
    let ran = run(
        &it,
        "check --format sarif:out.sarif --format concise --format json:out.json",
    );
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("[weak-dependency]"), "{}", ran.out);
    let sarif: serde_json::Value = serde_json::from_str(&read(&it, "out.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 1);
    let json: serde_json::Value = serde_json::from_str(&read(&it, "out.json")).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1);

    let ran = run(&it, "check --format junit --output-file out.xml");
    assert!(!ran.out.contains("<testsuite"), "{}", ran.out);
    assert!(read(&it, "out.xml").contains("<testsuite"));

    let nowhere = run(&it, "check --format json:no/such/folder.json");
    assert_eq!(nowhere.code, 2);
    assert!(
        nowhere.err.contains("no/such/folder.json"),
        "{}",
        nowhere.err
    );
    for wrong in [
        "check --format json --format sarif",
        "check --format json:a --output-file b",
        "check --format json:a --format sarif:a",
    ] {
        assert_eq!(run(&it, wrong).code, 2, "{wrong}");
    }
    assert!(!Path::new(&it.path().join("a")).exists());
}

#[test]
fn sarif_lists_what_is_suppressed_with_its_justification() {
    let it = folder();
    let commented = WEAK.replace(
        "[db]",
        "[db] # tierlint: ignore[weak-dependency] it retries",
    );
    let results = |it: &TempDir| {
        let ran = ok(it, "check --format sarif");
        let log: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results
            .iter()
            .map(|it| it["suppressions"].clone())
            .collect::<Vec<_>>()
    };
    write(&it, "compose.yaml", &commented);
    let inline = serde_json::json!([{"kind": "inSource", "status": "accepted", "justification": "it retries"}]);
    assert_eq!(results(&it), [inline]);

    write(&it, "compose.yaml", WEAK);
    let text = "ignores: [{rule: weak-dependency, workload: web, reason: it reconnects}]\n";
    write(&it, ".tierlint.yaml", text);
    let settings = serde_json::json!([{"kind": "external", "status": "accepted", "justification": "it reconnects"}]);
    assert_eq!(results(&it), [settings]);

    std::fs::remove_file(it.path().join(".tierlint.yaml")).unwrap();
    ok(&it, "baseline write --baseline accepted.json");
    let ran = ok(&it, "check --baseline accepted.json --format sarif");
    assert!(
        ran.out.contains("\"accepted in the baseline\""),
        "{}",
        ran.out
    );
    assert_eq!(
        run(&it, "check").code,
        1,
        "a named baseline is not found by itself"
    );
}

#[test]
fn an_ignore_of_the_settings_that_ignores_nothing_is_said_where_all_was_seen() {
    let it = folder();
    let settings = "\
ignores:
  - {rule: weak-dependency, workload: web, reason: it reconnects}
  - {rule: weak-dependency, workload: api, reason: it reconnects}
  - {path: gone/, reason: old}
  - {rule: pool-exhaustion, reason: for the strict run}
  - {rule: lost-restart, reason: soon, until: 2026-06-30}
";
    write(&it, ".tierlint.yaml", settings);
    let said = |args: &str| {
        let ran = run(&it, args);
        let notes = ran.err.lines();
        let notes = notes.filter_map(|it| it.strip_suffix(": this ignore ignores nothing"));
        let notes = notes.map(|it| it.trim_start_matches("note: ").to_owned());
        notes.collect::<Vec<_>>()
    };
    let both = [".tierlint.yaml:3:5", ".tierlint.yaml:4:5"];
    assert_eq!(said("check"), both);
    assert_eq!(said("fix --diff"), both);
    let strict = said("check --pedantic");
    assert_eq!(strict, [both[0], both[1], ".tierlint.yaml:5:5"]);
    // Never from a part of what the file rules.
    for args in [
        "check compose.yaml",
        "check -f compose.yaml",
        "check --no-ignores",
        "check --profile x",
    ] {
        assert!(said(args).is_empty(), "{args}: {:?}", said(args));
    }
    assert_eq!(said("check --ignore startup-sleep"), both[..1]);
    assert!(said("check --ignore weak-dependency").is_empty());
    std::fs::create_dir(it.path().join("part")).unwrap();
    write(&it, "part/compose.yaml", WEAK);
    assert!(said("check part").is_empty());
    write(&it, "part/compose.yaml", "include: [oci://example.com/x]\n");
    assert!(said("check").is_empty(), "something is out of sight");
}
