//! `init`: a `.tierlint.yaml` to start from, made of what is found.
//!
//! Owns its wording. What it writes changes nothing by itself: whatever hides a
//! finding stands in a comment, for a person to take up.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::adoption::InitArgs;
use super::args::InputArgs;
use super::gather::{For, Gathered, gather};
use super::{Exit, Io, settings};
use crate::baseline::Baseline;
use crate::config::Config;
use crate::discover::{self, CONFIG_NAME};
use crate::finding::{Finding, Severity};
use crate::render::{self, redact};
use crate::write;

/// So many images are listed.
const IMAGES: usize = 10;

pub(super) fn run(args: &InitArgs, io: &mut Io<'_>) -> io::Result<Exit> {
    let folder = args.folder.as_deref().unwrap_or(Path::new(""));
    let folder = discover::clean(&io.dir.join(folder));
    let file = folder.join(CONFIG_NAME);
    let shown = settings::shown(&file, &io.dir);
    if file.exists() {
        writeln!(io.err, "error: {shown} is there already; it stays as it is")?;
        return Ok(Exit::Failure);
    }
    if !folder.is_dir() {
        let shown = redact::message(&settings::shown(&folder, &io.dir));
        writeln!(io.err, "error: {shown}: there is no such folder")?;
        return Ok(Exit::Failure);
    }
    let input = InputArgs {
        paths: vec![folder],
        isolated: true,
        ..InputArgs::default()
    };
    let config = Config {
        baseline: Some(Arc::new(Baseline::default())),
        today: io.today,
        dir: io.dir.clone(),
        ..Config::default()
    };
    let gathered = gather(&input, &config, io, For::Showing)?;
    write::create(&file, &starter(&gathered))
        .map_err(|error| io::Error::other(format!("{shown}: {error}")))?;
    let count = gathered.reports.iter().map(|it| it.findings.len()).sum();
    let stacks = render::count(gathered.reports.len(), "stack");
    writeln!(
        io.out,
        "{shown} is made from {} in {stacks}",
        render::count(count, "finding")
    )?;
    Ok(Exit::Clean)
}

fn starter(gathered: &Gathered) -> String {
    let findings = || gathered.reports.iter().flat_map(|it| &it.findings);
    let mut text = "\
# Settings of tierlint. `tierlint config` shows what is in force, and
# `tierlint schema config` prints a schema of what can be set.

# The least severity that makes the exit code 1: error, warning or info.
"
    .to_owned();
    let number = |severity| findings().filter(|it| it.severity == severity).count();
    text.push_str(&format!(
        "# Now: {}, {}, {} of info.\nfail-on: info\n",
        render::count(number(Severity::Error), "error"),
        render::count(number(Severity::Warning), "warning"),
        number(Severity::Info)
    ));
    text.push_str(&weights(findings()));
    text.push_str(&images(gathered));
    text
}

/// What is found, by rule, as settings that would make it weigh less.
fn weights<'f>(findings: impl Iterator<Item = &'f Finding>) -> String {
    let mut rules: BTreeMap<&str, (Severity, usize)> = BTreeMap::new();
    for finding in findings {
        let (worst, count) = rules.entry(finding.rule).or_insert((finding.severity, 0));
        *worst = finding.severity.max(*worst);
        *count += 1;
    }
    if rules.is_empty() {
        return String::new();
    }
    let mut text = "
# What is found now weighs this much. Take up a line to change that; a rule under
# `ignore` does not run. `tierlint baseline write` accepts all of it as it stands.
# severity:
"
    .to_owned();
    for (rule, (worst, count)) in &rules {
        let (worst, count) = (worst.as_str(), render::count(*count, "finding"));
        text.push_str(&format!("#   {rule}: {worst}  # {count}\n"));
    }
    let rule = rules.keys().next().copied().unwrap_or_default();
    text.push_str(&format!(
        "
# One exception, with its reason and its last day.
# ignores:
#   - path: legacy/
#     rule: {rule}
#     reason: replaced this summer
#     until: 2099-12-31
"
    ));
    text
}

/// Images that nothing is known of, as statements about them.
fn images(gathered: &Gathered) -> String {
    let mut unknown: BTreeSet<String> = BTreeSet::new();
    for report in &gathered.reports {
        let workloads = report.stack().workloads.iter();
        for (workload, fact) in workloads.zip(&report.view.facts) {
            let image = workload.image.as_ref().filter(|_| fact.is_none());
            let image = image.filter(|it| !it.value.unknown && !it.value.text.is_empty());
            unknown.extend(image.map(|it| {
                let name = it.value.text.split('@').next().unwrap_or_default();
                redact::message(name)
            }));
        }
    }
    if unknown.is_empty() {
        return String::new();
    }
    let mut text = "
# Nothing is known of these images. How long do they boot, what are they like?
# images:
"
    .to_owned();
    for image in unknown.iter().take(IMAGES) {
        let image = serde_json::to_string(image).unwrap_or_default();
        text.push_str(&format!("#   - {{pattern: {image}, boot: 5}}\n"));
    }
    if unknown.len() > IMAGES {
        let more = unknown.len() - IMAGES;
        text.push_str(&format!("#   and {more} more\n"));
    }
    text
}
