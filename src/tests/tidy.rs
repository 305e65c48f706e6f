//! House rules about what users read: rules, pages, cases, messages, tables.

use std::collections::BTreeSet;

use super::cases::{self, is_silent};
use super::support::{self, files, folders, name};
use crate::rules::{ALL, Audience};

/// Messages are longer than this only by mistake.
const LONGEST_MESSAGE: usize = 160;

fn rule_names() -> Vec<&'static str> {
    ALL.iter().map(|rule| rule.name).collect()
}

#[test]
fn rules_have_unique_kebab_case_names_in_order() {
    let names = rule_names();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(names, sorted);
    let is_kebab = |name: &&str| {
        let letters = name.bytes().all(|it| it.is_ascii_lowercase() || it == b'-');
        letters && !name.starts_with('-') && !name.ends_with('-') && !name.contains("--")
    };
    assert_eq!(names.iter().filter(|name| !is_kebab(name)).count(), 0);
}

#[test]
fn every_rule_has_a_page_a_file_and_cases_and_nothing_is_left_over() {
    let rules: BTreeSet<String> = rule_names().into_iter().map(str::to_owned).collect();
    let stems = |folder: &str, ending: &str| -> BTreeSet<String> {
        let names = files(&support::at(folder))
            .iter()
            .map(|it| name(it))
            .collect::<Vec<_>>();
        let stems = names.iter().filter_map(|it| it.strip_suffix(ending));
        stems.map(str::to_owned).collect()
    };
    assert_eq!(stems("rules", ".md"), rules, "pages and rules");
    let sources: BTreeSet<String> = stems("src/rules", ".rs")
        .into_iter()
        .filter(|it| {
            support::text(&support::at(&format!("src/rules/{it}.rs"))).contains("RULE: Rule")
        })
        .map(|it| it.replace('_', "-"))
        .collect();
    assert_eq!(sources, rules, "files and rules");
    let cased: BTreeSet<String> = folders(&support::at("testdata/rules"))
        .iter()
        .map(|it| name(it))
        .collect();
    assert_eq!(cased, rules, "case folders and rules");
}

#[test]
fn every_rule_has_two_bad_cases_and_a_silent_one() {
    let cases = cases::all();
    let mut short = Vec::new();
    for rule in rule_names() {
        let (silent, bad): (Vec<_>, Vec<_>) = cases
            .iter()
            .filter(|(of, _)| of == rule)
            .partition(|(_, case)| is_silent(case));
        if bad.len() < 2 || silent.is_empty() {
            short.push(format!(
                "{rule}: {} bad, {} silent",
                bad.len(),
                silent.len()
            ));
        }
    }
    let stale = cases
        .iter()
        .filter(|(_, case)| is_silent(case) && case.join("findings.snap").exists());
    short.extend(stale.map(|(_, case)| format!("{}: silent, with a snapshot", case.display())));
    assert!(short.is_empty(), "{}", short.join("\n"));
}

#[test]
fn messages_state_a_fact_in_lower_case_without_a_full_stop() {
    let mut lines: Vec<String> = Vec::new();
    for (rule, case) in cases::all() {
        lines.extend(
            cases::run(&rule, &case, "concise")
                .out
                .lines()
                .map(str::to_owned),
        );
    }
    for project in folders(&support::at("testdata/projects")) {
        let ran = support::run(
            &project,
            &["check", "--pedantic", "--format", "concise"],
            b"",
        );
        lines.extend(ran.out.lines().map(str::to_owned));
    }
    let messages: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split_once("]: "))
        .map(|(_, message)| message)
        .collect();
    assert!(
        messages.len() > ALL.len(),
        "only {} messages",
        messages.len()
    );
    let is_fine = |message: &&&str| {
        let first = message.chars().next().unwrap_or('.');
        let starts = first.is_lowercase() || first == '`';
        starts && !message.ends_with('.') && message.chars().count() <= LONGEST_MESSAGE
    };
    let wrong: Vec<_> = messages.iter().filter(|it| !is_fine(it)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The README's table of rules.
fn table() -> String {
    let mut rows = "| rule | severity | what |\n|---|---|---|\n".to_owned();
    for rule in ALL {
        let pedantic = match rule.audience {
            Audience::Everyone => "",
            Audience::Pedants => ", `--pedantic`",
        };
        let (name, severity) = (rule.name, rule.severity.as_str());
        let summary = rule.summary();
        rows.push_str(&format!(
            "| [{name}](rules/{name}.md) | {severity}{pedantic} | {summary} |\n"
        ));
    }
    rows
}

#[test]
fn the_readme_lists_the_rules() {
    let _alone = support::README.lock();
    let path = support::at("README.md");
    let text = support::text(&path);
    let (open, close) = ("<!-- rules -->\n", "<!-- /rules -->");
    let (head, rest) = text.split_once(open).expect("README.md marks its table");
    let (_, tail) = rest.split_once(close).expect("README.md marks its end");
    let now = format!("{head}{open}{}{close}{tail}", table());
    if support::update() {
        std::fs::write(&path, now).unwrap();
    } else {
        assert!(now == text, "README.md should list\n{}", table());
    }
}
