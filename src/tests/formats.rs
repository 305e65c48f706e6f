//! What holds for every format: no secret, no control character, and places
//! that lead back into the text.

use serde_json::Value;

use super::support::{self, run};

const FORMATS: [&str; 10] = [
    "full",
    "concise",
    "json",
    "sarif",
    "github",
    "markdown",
    "gitlab",
    "junit",
    "checkstyle",
    "rdjson",
];

/// Secrets where people leave them; each is `hunter` and a digit.
const SECRETS: &str = "services:
  web:
    image: example.com/web:1
    depends_on: [db, cache]
    command: app --password=hunter1 --dsn postgres://app:hunter2@db:5432/app
    environment:
      DATABASE_URL: postgres://app:hunter3@db:5432/app
      API_TOKEN: hunter4
  db:
    image: postgres:17
    environment: {POSTGRES_PASSWORD: hunter5}
    healthcheck:
      test: pg_isready -d postgres://app:hunter6@db/app || true
  cache:
    image: redis:8
    command: redis-server --requirepass hunter7
    healthcheck:
      test: [\"CMD\", \"redis-cli\", \"-a\", \"hunter8\", \"ping\"]
";

#[test]
fn no_format_shows_a_secret_or_a_control_character() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("compose.yaml"), SECRETS).unwrap();
    for format in FORMATS {
        let ran = run(
            folder.path(),
            &["check", "--format", format, "--pedantic"],
            b"",
        );
        assert_eq!(ran.code, 1, "{format}: {}", ran.err);
        let all = format!("{}{}", ran.out, ran.err);
        let shown: Vec<_> = all.lines().filter(|it| it.contains("hunter")).collect();
        assert!(shown.is_empty(), "{format}: {shown:#?}");
        let odd = all.chars().find(|it| it.is_control() && *it != '\n');
        assert_eq!(odd, None, "{format}");
    }
    for args in [
        vec!["plan"],
        vec!["plan", "--format", "json"],
        vec!["graph"],
        vec!["graph", "--format", "json"],
    ] {
        let ran = run(folder.path(), &args, b"");
        assert!(!ran.out.contains("hunter"), "{args:?}: {}", ran.out);
    }
}

#[test]
fn sarif_leads_back_to_the_text_and_to_the_page() {
    let dir = support::at("testdata/projects/reconciliation");
    let ran = run(&dir, &["check", "--format", "sarif"], b"");
    let log: Value = serde_json::from_str(&ran.out).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert!(results.len() > 5);
    let text = support::text(&dir.join("docker-compose.yml"));
    let mut prints = std::collections::BTreeSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        let rule = &run["tool"]["driver"]["rules"][index];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(
            rule["help"]["markdown"]
                .as_str()
                .unwrap()
                .contains("## Why")
        );
        let region = &result["locations"][0]["physicalLocation"]["region"];
        let number = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
        let line = text.lines().nth(number("startLine") - 1).unwrap();
        assert!(number("startColumn") <= line.len(), "{result}");
        assert!(
            prints.insert(
                result["partialFingerprints"]["tierlint/v1"]
                    .as_str()
                    .unwrap()
            )
        );
        assert!(!result["relatedLocations"].as_array().unwrap().is_empty());
    }
}

#[test]
fn a_fingerprint_survives_reformatting() {
    let prints = |text: &str| -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("compose.yaml"), text).unwrap();
        let ran = run(folder.path(), &["check", "--format", "gitlab"], b"");
        let issues: Value = serde_json::from_str(&ran.out).unwrap();
        let issues = issues.as_array().unwrap().iter();
        let mut prints: Vec<String> = issues.map(|it| it["fingerprint"].to_string()).collect();
        prints.sort();
        prints
    };
    let before = prints(SECRETS);
    let moved = SECRETS.replace(
        "    depends_on: [db, cache]\n",
        "\n    # why\n    depends_on:\n      - db\n      - cache\n",
    );
    assert!(before.len() > 2);
    assert_eq!(prints(&moved), before);
}

#[test]
fn the_schema_names_every_field_that_json_has() {
    let dir = support::at("testdata/projects/reconciliation");
    let ran = run(&dir, &["check", "--format", "json", "--pedantic"], b"");
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    let ran = run(&dir, &["schema", "findings"], b"");
    let schema: Value = serde_json::from_str(&ran.out).unwrap();
    let mut seen = 0;
    let mut open = vec![(&json, &schema)];
    while let Some((value, shape)) = open.pop() {
        let shape = match shape["$ref"].as_str() {
            Some(to) => schema.pointer(to.trim_start_matches('#')).unwrap(),
            None => shape,
        };
        for (key, value) in value.as_object().into_iter().flatten() {
            let shape = &shape["properties"][key];
            assert!(shape.is_object(), "`{key}` is not in the schema");
            seen += 1;
            open.push((value, shape));
        }
        for value in value.as_array().into_iter().flatten() {
            open.push((value, &shape["items"]));
        }
    }
    assert!(seen > 200, "{seen} fields");
}

#[test]
fn every_verb_has_a_page_and_every_shell_its_completions() {
    let dir = support::at("");
    let help = run(&dir, &["--help"], b"").out;
    let verbs = help.split_once("Commands:\n").unwrap().1.lines();
    let verbs: Vec<&str> = verbs
        .map_while(|line| line.split_whitespace().next())
        .filter(|it| *it != "help")
        .collect();
    assert!(verbs.len() > 8, "{verbs:?}");
    for verb in &verbs {
        let page = run(&dir, &["man", verb], b"").out;
        let title = format!(".TH tierlint-{verb} 1 ");
        assert!(page.contains(&title), "{verb}: {page}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&dir, &["completions", shell], b"").out;
        let missing: Vec<_> = verbs.iter().filter(|it| !script.contains(**it)).collect();
        assert!(missing.is_empty(), "{shell} does not know {missing:?}");
    }
}
