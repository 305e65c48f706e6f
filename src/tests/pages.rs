//! Each page `rules/<rule>.md` is run: Bad must raise the rule, Reported is what
//! is then shown, Good must be silent, and the ignore must ignore.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::page::{DIR, Page, Section};
use super::support::{self, Memory};
use crate::check::{self, Report, Workflow};
use crate::config::{Config, Persona};
use crate::discover;
use crate::finding::Safety;
use crate::fix::{self, Setting, Wanted};
use crate::model::compose::{Request, Starter};
use crate::model::kubernetes;
use crate::render::{Outcome, human};
use crate::rules::{ALL, Audience, Fixes, Rule, find};

/// The sections of every page, in order.
const SECTIONS: [&str; 5] = ["Why", "Bad", "Reported", "Good", "When to ignore it"];

/// Checks one project of a page: its Compose project, else its workflow, else the
/// one stack that its manifests make.
fn checked(project: &Memory, config: &Config) -> Report {
    let is_compose = |path: &&PathBuf| discover::is_compose_path(path);
    if project.0.keys().any(|path| is_compose(&path)) {
        let starts = |path: &&PathBuf| discover::starter_kind(path).is_some();
        let starters = project.0.keys().filter(starts).map(|path| Starter {
            path: path.clone(),
            base: DIR.into(),
        });
        let request = Request {
            dir: DIR.into(),
            starters: starters.collect(),
            ..Request::default()
        };
        return check::check(&request, project, Path::new(DIR), config);
    }
    let starts =
        |(path, text): &(&PathBuf, &String)| discover::starts_services(path, text.as_bytes());
    if let Some((path, _)) = project.0.iter().find(starts) {
        let request = Workflow {
            path: path.clone(),
            dir: DIR.into(),
        };
        return check::check_workflow(&request, project, Path::new(DIR), config);
    }
    let paths: Vec<PathBuf> = project.0.keys().cloned().collect();
    let grouped = kubernetes::group(&paths, Path::new(DIR), project);
    let [stack] = grouped.stacks.as_slice() else {
        panic!("a page's manifests are not one stack: {paths:?}");
    };
    let request = Arc::new(stack.clone());
    check::check_cluster(&request, project, Path::new(DIR), config)
}

/// Checks one project of a page with every rule that such a reader hears.
fn report(rule: &Rule, project: &Memory) -> Report {
    let pedantic = rule.audience == Audience::Pedants;
    let persona = if pedantic {
        Persona::Pedantic
    } else {
        Persona::Regular
    };
    let config = Config {
        persona,
        ..Config::default()
    };
    let mut report = checked(project, &config);
    // Taste in other things is not what the page is about.
    report.findings.retain(|finding| {
        let other = find(finding.rule).filter(|it| it.name != rule.name);
        other.is_none_or(|it| it.audience == Audience::Everyone)
    });
    report
}

/// A project of a page with every fix made, safe or not; `None` if none is.
fn repaired(rule: &Rule, project: &Memory) -> Option<Memory> {
    let persona = match rule.audience {
        Audience::Pedants => Persona::Pedantic,
        Audience::Everyone => Persona::Regular,
    };
    let config = Config {
        persona,
        ..Config::default()
    };
    let report = checked(project, &config);
    let wanted = Wanted {
        safety: Safety::Unsafe,
        rules: Vec::new(),
        workloads: Vec::new(),
        files: BTreeSet::new(),
    };
    let setting = Setting {
        reader: project,
        dir: Path::new(DIR),
        config: &|_| &config,
        wanted: &wanted,
    };
    let outcome = fix::fix(vec![report], setting);
    outcome.made.iter().find(|it| it.rule == rule.name)?;
    let mut after = Memory(project.0.clone());
    let texts = outcome
        .changed
        .into_iter()
        .map(|(path, it)| (path, it.after));
    after.0.extend(texts);
    Some(after)
}

/// Where the rule claims fixes, Bad repaired is Good, byte for byte: each
/// project of Bad that is repaired stands in Good, and at least one is.
fn judge_fix(rule: &Rule, bad: &Section, good: &Section) -> Vec<String> {
    let good = good.projects();
    let fixed: Vec<Memory> = bad
        .projects()
        .iter()
        .filter_map(|it| repaired(rule, it))
        .collect();
    let claims = rule.fixes == Fixes::Sometimes;
    if claims == fixed.is_empty() {
        let word = if claims {
            "no project of Bad is"
        } else {
            "a project of Bad is"
        };
        return vec![format!(
            "its fixes are {:?}, and {word} repaired",
            rule.fixes
        )];
    }
    let strange = fixed
        .iter()
        .filter(|it| !good.iter().any(|good| good.0 == it.0));
    let texts = strange.flat_map(|it| it.0.values());
    texts
        .map(|text| format!("Bad repaired is not Good:\n{text}"))
        .collect()
}

/// What is shown of the rule's own findings.
fn shown(rule: &Rule, mut reports: Vec<Report>) -> String {
    for report in &mut reports {
        report.findings.retain(|finding| finding.rule == rule.name);
    }
    let outcome = Outcome {
        reports: &reports,
        skipped: &[],
    };
    let text = human::render(&outcome, human::Look::Plain, 100);
    let lines = text.trim_matches('\n').lines();
    lines.flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// What is wrong with a page, a line each.
fn judge(rule: &Rule, page: &Page) -> Vec<String> {
    let mut wrong = Vec::new();
    let names: Vec<&str> = page.sections.iter().map(|it| it.name.as_str()).collect();
    if page.title != rule.name || names != SECTIONS {
        wrong.push(format!(
            "its title is `{}`, its sections are {names:?}",
            page.title
        ));
        return wrong;
    }
    let one_line = !page.summary.is_empty() && !page.summary.contains('\n');
    if !one_line || !page.summary.ends_with('.') {
        wrong.push("its summary is not one sentence on one line".to_owned());
    }
    let [_, bad, _, good, ignore] =
        SECTIONS.map(|name| page.section(name).expect("compared above"));
    wrong.extend(judge_bad(rule, bad));
    wrong.extend(judge_good(rule, good));
    wrong.extend(judge_fix(rule, bad, good));
    wrong.extend(judge_ignore(rule, ignore));
    wrong
}

fn judge_bad(rule: &Rule, section: &Section) -> Vec<String> {
    let also = section.also();
    let mut wrong = Vec::new();
    for project in section.projects() {
        let findings = report(rule, &project).findings;
        if findings.iter().all(|it| it.rule != rule.name) {
            wrong.push("Bad does not raise the rule".to_owned());
        }
        let others = findings
            .iter()
            .filter(|it| it.rule != rule.name && !also.contains(&it.rule));
        wrong.extend(others.map(|it| format!("Bad also raises {}: {}", it.rule, it.message)));
    }
    if section.projects().is_empty() {
        wrong.push("Bad has no files".to_owned());
    }
    wrong
}

fn judge_good(rule: &Rule, section: &Section) -> Vec<String> {
    let also = section.also();
    let projects = section.projects();
    let mut wrong = Vec::new();
    for project in &projects {
        let findings = report(rule, project).findings;
        let loud = findings.iter().filter(|it| !also.contains(&it.rule));
        wrong.extend(loud.map(|it| format!("Good raises {}: {}", it.rule, it.message)));
    }
    if projects.is_empty() {
        wrong.push("Good has no files".to_owned());
    }
    wrong
}

/// A whole file in this section must hold an ignore that works.
fn judge_ignore(rule: &Rule, section: &Section) -> Vec<String> {
    let mut wrong = Vec::new();
    let flag = format!("--ignore {}", rule.name);
    let mut comments = section.text.split("tierlint: ignore[").skip(1);
    let named = comments.any(|rest| rest.split(']').next().unwrap_or("").contains(rule.name));
    if !named && !section.text.contains(&flag) {
        wrong.push(format!("it says neither an ignore comment nor `{flag}`"));
    }
    for project in section.projects() {
        let report = report(rule, &project);
        let raised = report.findings.iter().any(|it| it.rule == rule.name);
        if raised || report.suppressed.is_empty() {
            wrong.push("the ignore does not ignore".to_owned());
        }
    }
    wrong
}

/// The page's text with what is now reported in its Reported section.
fn with_reported(text: &str, reported: &str) -> String {
    let Some((head, rest)) = text.split_once("\n## Reported\n") else {
        return text.to_owned();
    };
    let tail = rest.split_once("\n## ").map_or("", |(_, tail)| tail);
    format!("{head}\n## Reported\n\n```text\n{reported}```\n\n## {tail}")
}

/// The text of a page whose one Good file is what the one Bad file becomes.
fn with_good(rule: &Rule, page: &Page, text: &str) -> String {
    let one = |name: &str| match page.section(name).map(|it| it.blocks.as_slice()) {
        Some([block]) if block.file.is_some() => Some(block.text.clone()),
        _ => None,
    };
    let (Some(_), Some(good)) = (one("Bad"), one("Good")) else {
        return text.to_owned();
    };
    let bad = page
        .section("Bad")
        .map(Section::projects)
        .unwrap_or_default();
    let fixed = bad.first().and_then(|it| repaired(rule, it));
    let Some(new) = fixed.and_then(|it| it.0.into_values().next()) else {
        return text.to_owned();
    };
    let (head, rest) = text
        .split_once("\n## Good\n")
        .expect("the section is there");
    format!("{head}\n## Good\n{}", rest.replacen(&good, &new, 1))
}

#[test]
fn every_page_is_true() {
    let mut wrong = Vec::new();
    for rule in ALL {
        let path = support::at(&format!("rules/{}.md", rule.name));
        let text = support::text(&path);
        let page = Page::parse(&text);
        let lines = judge(rule, &page);
        if let Some(bad) = page.section("Bad") {
            let reports = bad.projects().iter().map(|it| report(rule, it)).collect();
            let now = with_reported(&text, &shown(rule, reports));
            if support::update() {
                std::fs::write(&path, with_good(rule, &page, &now)).unwrap();
            } else if now != text {
                wrong.push(format!("{}: Reported is out of date:\n{now}", rule.name));
            }
        }
        wrong.extend(lines.iter().map(|line| format!("{}: {line}", rule.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_page_falls_into_sections_blocks_and_projects() {
    let page = Page::parse(
        "# name\n\nSummary.\n\n## Bad\n\n<!-- also: other -->\n\n```yaml compose.yaml\na: 1\n```\n\n```dotenv .env\nB=2\n```\n\n```yaml compose.yaml\nc: 3\n```\n",
    );
    let bad = page.section("Bad").unwrap();
    assert_eq!(
        (page.title.as_str(), page.summary.as_str()),
        ("name", "Summary.")
    );
    assert_eq!(bad.also(), ["other"]);
    let texts = |project: &Memory| project.0.values().cloned().collect::<Vec<_>>();
    let projects: Vec<_> = bad.projects().iter().map(texts).collect();
    assert_eq!(projects, [vec!["B=2\n", "a: 1\n"], vec!["c: 3\n"]]);
    assert_eq!(bad.blocks[1].kind, "dotenv");
}
