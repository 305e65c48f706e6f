//! What a file sets, what is refused, and that the schema is in step.

#![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

use super::*;

const RULES: [&str; 2] = ["slow-first-probe", "weak-dependency"];

fn lay(base: Config, text: &str) -> Result<Config, String> {
    let frame = Frame {
        shown: "it.yaml",
        folder: Path::new("/repo"),
        rules: &RULES,
    };
    base.with_file(text, frame)
}

fn read(text: &str) -> Result<Config, String> {
    lay(Config::default(), text)
}

#[test]
fn a_file_sets_target_images_and_boot_times() {
    let text = "target: {engine: 26, compose: \"2.35\", swarm: true, kubernetes: v1.28.3}\nimages:\n  - {pattern: acme/pg, like: postgres}\nboot:\n  api: 20\n  acme/web: 1m30s\n";
    let it = read(text).unwrap();
    assert_eq!(it.engine, Engine::V25);
    assert!(!it.compose_is_at_least(2, 36));
    assert!(it.compose_is_at_least(2, 35));
    assert!(!it.kubernetes_is_at_least(1, 29));
    assert!(it.kubernetes_is_at_least(1, 28));
    assert!(it.swarm);
    assert_eq!(it.images.len(), 1);
    assert_eq!(it.boot["api"], Duration::from_secs(20));
    assert_eq!(it.boot["acme/web"], Duration::from_secs(90));
}

#[test]
fn an_empty_file_sets_nothing() {
    let it = read("# nothing\n").unwrap();
    assert_eq!((it.engine, it.compose), (Engine::V27, None));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let wrong = |text| read(text).unwrap_err();
    let unknown = wrong("target:\n  engin: 27\n");
    assert!(unknown.starts_with("2:3: "), "{unknown}");
    assert!(unknown.contains("`engin`"), "{unknown}");
    let float = wrong("target:\n  compose: 2.40\n");
    assert!(float.contains("in quotes"), "{float}");
    let boot = wrong("boot:\n  db: soon\n");
    assert!(boot.contains("`soon`") && boot.contains("2:"), "{boot}");
    let image = wrong("images: [{pattern: a, like: postgras}]");
    assert!(image.contains("`postgras`"), "{image}");
}

#[test]
fn a_file_says_which_rules_run_and_what_they_weigh() {
    let text = "select: [weak-dependency]\nextend-select: [slow-first-probe]\npedantic: true\nfail-on: warning\nseverity: {weak-dependency: info}\n";
    let it = read(text).unwrap();
    assert!(it.wants("weak-dependency") && it.wants("slow-first-probe"));
    assert!(!it.wants("lost-restart"));
    assert_eq!(it.persona, Persona::Pedantic);
    assert_eq!(it.gate(), Severity::Warning);
    assert_eq!(it.severity["weak-dependency"], Severity::Info);
    let written: Vec<_> = it.written.into_iter().collect();
    assert_eq!(
        written,
        ["extend-select", "fail-on", "pedantic", "select", "severity"]
    );
}

#[test]
fn flags_win_over_a_file() {
    let flags = Config {
        select: vec!["weak-dependency".to_owned()],
        fail_on: Some(Severity::Error),
        ..Config::default()
    };
    let text =
        "select: [slow-first-probe]\nignore: [weak-dependency, slow-first-probe]\nfail-on: info\n";
    let it = lay(flags, text).unwrap();
    assert!(it.wants("weak-dependency") && !it.wants("slow-first-probe"));
    assert_eq!(it.gate(), Severity::Error);
}

#[test]
fn an_ignore_needs_a_reason_and_something_to_speak_for() {
    let wrong = |text| read(text).unwrap_err();
    let first = "ignores:\n  - path: legacy/\n";
    let missing = wrong(first);
    assert!(
        missing.starts_with("2:5: ") && missing.contains("`reason`"),
        "{missing}"
    );
    let blank = wrong("ignores:\n  - path: legacy/\n    reason: ' '\n");
    assert_eq!(blank, "3:13: an ignore needs a reason");
    let bare = wrong("ignores:\n  - reason: it is old\n");
    assert_eq!(
        bare,
        "2:5: an ignore needs a `path`, a `workload` or a `rule`"
    );
    let day = wrong("ignores:\n  - {rule: weak-dependency, reason: old, until: 2026-02-30}\n");
    assert_eq!(day, "2:49: `2026-02-30` is no day such as 2026-12-31");
    let path = wrong("ignores: [{path: '!a', reason: x}]\n");
    assert_eq!(path, "1:18: `!a` is no pattern for paths");
}

#[test]
fn an_ignore_counts_to_the_end_of_its_last_day() {
    let text = "ignores:\n  - {rule: weak-dependency, reason: soon, until: 2026-06-30}\n";
    let config = read(text).unwrap();
    let ended = |day| config.ignores[0].has_ended(Date::parse(day));
    assert!(!ended("2026-06-30"));
    assert!(ended("2026-07-01"));
    assert!(!config.ignores[0].has_ended(None));
    assert_eq!(config.ignores[0].place, "it.yaml:2:5");
}

#[test]
fn names_that_do_not_exist_are_told_with_the_nearest() {
    let wrong = |text| read(text).unwrap_err();
    assert_eq!(
        wrong("selct: []\n"),
        "1:1: there is no key `selct`; did you mean `select`?"
    );
    assert_eq!(
        wrong("fail-on: warn1ng\n"),
        "1:10: fail-on: there is no value `warn1ng`; did you mean `warning`?"
    );
    assert_eq!(
        wrong("select:\n  - weak-dependancy\n"),
        "2:5: there is no rule `weak-dependancy`; did you mean `weak-dependency`?"
    );
    assert_eq!(
        wrong("severity:\n  nothing-like-it: info\n"),
        "2:3: there is no rule `nothing-like-it`"
    );
}

#[test]
fn the_schema_is_that_of_the_types() {
    let mut schema = serde_json::to_value(schemars::schema_for!(file::File)).unwrap();
    let names: Vec<&str> = crate::rules::ALL.iter().map(|it| it.name).collect();
    schema["$defs"]["RuleName"]["enum"] = serde_json::json!(names);
    let key = serde_json::json!({"$ref": "#/$defs/RuleName"});
    schema["properties"]["severity"]["propertyNames"] = key;
    let mut text = serde_json::to_string_pretty(&schema).unwrap();
    text.push('\n');
    if std::env::var_os("UPDATE").is_some_and(|it| !it.is_empty()) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/config.json");
        std::fs::write(path, &text).unwrap();
    } else {
        assert!(text == SCHEMA, "schema/config.json should be\n{text}");
    }
}

#[test]
fn limits_of_rules_have_bounds_and_places() {
    let text = "rules:\n  slow-first-probe: {worth: 15s}\n  sleep-as-probe: {delay: 90}\n  short-readiness-window: {margin: 1.5}\n";
    let it = read(text).unwrap();
    let options = options::Options {
        worth: Duration::from_secs(15),
        delay: 90,
        margin: 1.5,
    };
    assert_eq!(it.options, options);
    assert!(it.written.contains("rules"));
    let none = read("rules: {sleep-as-probe: {}}\n").unwrap().options;
    assert_eq!(none, options::Options::default());
    let wrong = |text| read(text).unwrap_err();
    assert_eq!(
        wrong("rules:\n  slow-first-prob: {}\n"),
        "2:3: rules: there is no key `slow-first-prob`; did you mean `slow-first-probe`?"
    );
    assert_eq!(
        wrong("rules:\n  sleep-as-probe:\n    dealy: 30\n"),
        "3:5: rules.sleep-as-probe: there is no key `dealy`; did you mean `delay`?"
    );
    for (text, word) in [
        ("rules: {slow-first-probe: {worth: soon}}", "`soon`"),
        ("rules: {slow-first-probe: {worth: 0}}", "at least 1 s"),
        (
            "rules: {sleep-as-probe: {delay: [1]}}",
            "a number or a text",
        ),
        (
            "rules: {short-readiness-window: {margin: 0.5}}",
            "from 1 to 10",
        ),
        (
            "rules: {short-readiness-window: {margin: .nan}}",
            "from 1 to 10",
        ),
    ] {
        let told = wrong(text);
        assert!(told.starts_with("1:") && told.contains(word), "{told}");
    }
}

#[test]
fn a_version_of_kubernetes_is_a_text() {
    let it = read("target: {kubernetes: \"1.28\"}\n").unwrap();
    assert!(it.kubernetes_is_at_least(1, 28) && !it.kubernetes_is_at_least(1, 29));
    assert!(read("").unwrap().kubernetes_is_at_least(1, 99));
    assert_eq!(
        read("target: {kubernetes: v1.31.2}\n").unwrap().kubernetes,
        Some(Minor(1, 31))
    );
    for text in ["1.30", "latest", "[1]"] {
        let told = read(&format!("target: {{kubernetes: {text}}}\n")).unwrap_err();
        assert!(told.contains("in quotes such as \"1.31\""), "{told}");
    }
}
