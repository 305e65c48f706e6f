//! What must hold before a fix is taken: the contract.
//!
//! Owns the guards and their reasons. Must not choose fixes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::candidate::Candidate;
use super::{Overlay, Setting, again, meaning};
use crate::check::Report;
use crate::model::kubernetes::pod::Pod;
use crate::model::workload::Workload;
use crate::rules::{self, Audience};
use crate::yaml::edit::{Change, TextEdit, apply};
use crate::yaml::{self, shape};

/// Predictions that differ by less are the same.
const SAME: Duration = Duration::from_millis(50);

/// What a set of fixes leads to.
pub(super) struct Next {
    /// Texts before and after, by absolute path.
    pub(super) texts: BTreeMap<PathBuf, (String, String)>,
    /// The stacks that read them, by number.
    pub(super) reports: Vec<(usize, Report)>,
}

/// Makes fixes together and holds the result against every guard.
///
/// # Errors
/// The first guard that says no, in the form of a message.
pub(super) fn attempt(
    reports: &[Report],
    chosen: &[Candidate],
    overlay: &Overlay<'_>,
    setting: Setting<'_, '_>,
) -> Result<Next, String> {
    let texts = texts(reports, chosen, setting)?;
    let mut tried = Overlay::new(overlay.below, overlay.texts.clone());
    let after = texts
        .iter()
        .map(|(path, (_, after))| (path.clone(), after.clone()));
    tried.texts.extend(after);
    let mut next = Vec::new();
    for (number, report) in reports.iter().enumerate() {
        let sources = report.view.resolved.sources.iter();
        let paths = sources.map(|(_, source)| setting.dir.join(source.path()));
        if !paths.into_iter().any(|path| texts.contains_key(&path)) {
            continue;
        }
        let new = again(report, &tried, setting);
        // What a list of many stacks says once is left out of a report.
        let whole = || again(report, overlay, setting);
        compare((number, report), &new, chosen, &whole)?;
        next.push((number, new));
    }
    Ok(Next {
        texts,
        reports: next,
    })
}

/// The new texts, each of which reads as the old one with the changes made.
fn texts(
    reports: &[Report],
    chosen: &[Candidate],
    setting: Setting<'_, '_>,
) -> Result<BTreeMap<PathBuf, (String, String)>, String> {
    let mut by_path: BTreeMap<&PathBuf, (usize, Vec<TextEdit>, Vec<&Change>)> = BTreeMap::new();
    for candidate in chosen {
        for (path, part) in &candidate.parts {
            let found = by_path
                .entry(path)
                .or_insert((candidate.report, Vec::new(), Vec::new()));
            found.1.extend(part.edits.iter().cloned());
            found.2.extend(&part.changes);
        }
    }
    let mut texts = BTreeMap::new();
    for (path, (report, edits, changes)) in by_path {
        let resolved = &reports[report].view.resolved;
        let mut files = resolved.sources.iter();
        let file = files.find(|(_, source)| setting.dir.join(source.path()) == *path);
        let (file, source) = file.ok_or("the file is not read")?;
        let before = source.text();
        if resolved.starters.iter().any(|(it, _)| *it == file) {
            texts.insert(path.clone(), script(path, before, &edits)?);
            continue;
        }
        let after = apply(before, &edits).ok_or("the changes overlap")?;
        let Some(tree) = resolved.trees.get(&file) else {
            // A file of variables: what it means shows in the workloads.
            texts.insert(path.clone(), (before.to_owned(), after));
            continue;
        };
        let meant = shape::intended(before, tree, &changes).ok_or("a change lost its place")?;
        let (new, troubles) = yaml::parse(&after);
        if !troubles.is_empty() && troubles.len() > yaml::parse(before).1.len() {
            return Err("the file would no longer parse".to_owned());
        }
        if shape::shapes(&after, &new) != meant {
            return Err("more would change than is meant to".to_owned());
        }
        texts.insert(path.clone(), (before.to_owned(), after));
    }
    Ok(texts)
}

/// The text of a file that is no part of the stack, before and after. Where it
/// is YAML, texts in it may change and items of lists may go, and nothing else.
fn script(path: &Path, before: &str, edits: &[TextEdit]) -> Result<(String, String), String> {
    let after = apply(before, edits).ok_or("the changes overlap")?;
    let ending = path.extension().and_then(|it| it.to_str());
    if matches!(ending, Some("yml" | "yaml" | "json")) {
        let (new, troubles) = yaml::parse(&after);
        if !troubles.is_empty() {
            return Err("the file would no longer parse".to_owned());
        }
        let (old, _) = yaml::parse(before);
        if !shape::differ_in_texts(&shape::shapes(before, &old), &shape::shapes(&after, &new)) {
            return Err("more would change than is meant to".to_owned());
        }
    }
    Ok((before.to_owned(), after))
}

/// Holds a stack against what it was.
fn compare(
    (number, old): (usize, &Report),
    new: &Report,
    chosen: &[Candidate],
    whole: &dyn Fn() -> Report,
) -> Result<(), String> {
    let own = || chosen.iter().filter(|it| it.report == number);
    gone(old, new, own())?;
    if nothing_new(old, new, chosen).is_err() {
        nothing_new(&whole(), new, chosen)?;
    }
    nobody_else(old, new, chosen)?;
    in_time(old, new, chosen)
}

/// How often each finding is there, by rule and subject.
pub(super) type Counted<'r> = BTreeMap<(&'static str, &'r [String]), usize>;

pub(super) fn counted(report: &Report) -> Counted<'_> {
    let mut counted = Counted::new();
    for finding in &report.findings {
        *counted
            .entry((finding.rule, finding.subject.as_slice()))
            .or_default() += 1;
    }
    counted
}

/// Each finding that was to go has gone.
fn gone<'c>(
    old: &Report,
    new: &Report,
    chosen: impl Iterator<Item = &'c Candidate>,
) -> Result<(), String> {
    let (before, after) = (counted(old), counted(new));
    let mut expected: Counted<'_> = Counted::new();
    for candidate in chosen {
        let key = (candidate.key.rule, candidate.key.subject.as_slice());
        *expected.entry(key).or_default() += 1;
    }
    for (key, count) in expected {
        let had = before.get(&key).copied().unwrap_or(0);
        let has = after.get(&key).copied().unwrap_or(0);
        if has + count > had {
            return Err("the finding would stay".to_owned());
        }
    }
    Ok(())
}

/// Nothing is found that was not there, but for what a fix brings to light.
fn nothing_new(old: &Report, new: &Report, chosen: &[Candidate]) -> Result<(), String> {
    let before = counted(old);
    for ((rule, subject), count) in counted(new) {
        let had = before.get(&(rule, subject)).copied().unwrap_or(0);
        let revealed = chosen.iter().any(|it| it.reveals.contains(&rule));
        // What needs taste says nothing against a repair of what does not.
        let taste = is_taste(rule) && !chosen.iter().any(|it| is_taste(it.key.rule));
        if count > had && !revealed && !taste {
            let mut found = new.findings.iter();
            let found = found.find(|it| it.rule == rule && it.subject == subject);
            let message = found.map_or("", |it| it.message.as_str());
            return Err(format!("it would raise {rule}: {message}"));
        }
    }
    let partial = new.is_partial() && !old.is_partial();
    if partial {
        return Err("part of the stack would be out of sight".to_owned());
    }
    Ok(())
}

/// Whether only the pedantic ask for a rule.
fn is_taste(rule: &str) -> bool {
    rules::find(rule).is_some_and(|it| it.audience == Audience::Pedants)
}

/// Only workloads that a fix names change, or those that had the same finding
/// and lose it.
fn nobody_else(old: &Report, new: &Report, chosen: &[Candidate]) -> Result<(), String> {
    let named: BTreeSet<&str> = chosen
        .iter()
        .flat_map(|it| &it.workloads)
        .map(String::as_str)
        .collect();
    let about = |report: &Report, rule: &str, name: &str| {
        let same = report.findings.iter().filter(|it| it.rule == rule);
        same.filter(|it| it.subject.iter().any(|it| it == name))
            .count()
    };
    let stay = staying(old, new, chosen)?;
    for (was, is) in old.stack().workloads.iter().zip(stay) {
        let name = is.name.value.as_ref();
        if was.name.value != is.name.value {
            return Err(format!("`{name}` would take the place of another workload"));
        }
        if named.contains(name) {
            continue;
        }
        let probes = |report: &Report| report.stack().find(name).map(|it| probes(report, it));
        let probes = probes(old) != probes(new);
        let changed = meaning::differences(was, is).first().copied();
        let Some(key) = changed.or(probes.then_some("probes")) else {
            continue;
        };
        let wants = |it: &Candidate| about(new, it.key.rule, name) < about(old, it.key.rule, name);
        if !chosen.iter().any(wants) {
            return Err(format!(
                "it is shared: `{key}` of `{name}` would change too"
            ));
        }
    }
    Ok(())
}

/// The workloads of the new stack without those that are to come: each of these
/// is there now and was not before, and nothing else comes or goes.
fn staying<'r>(
    old: &Report,
    new: &'r Report,
    chosen: &[Candidate],
) -> Result<Vec<&'r Workload>, String> {
    let coming: BTreeSet<&str> = chosen.iter().filter_map(|it| it.adds.as_deref()).collect();
    let came = |name: &&str| old.stack().find(name).is_none() && new.stack().find(name).is_some();
    let stay = new.stack().workloads.iter();
    let stay = stay.filter(|it| !coming.contains(it.name.value.as_ref()));
    let stay: Vec<&Workload> = stay.collect();
    if stay.len() != old.stack().workloads.len() || !coming.iter().all(came) {
        return Err("a workload would come or go".to_owned());
    }
    Ok(stay)
}

/// The probes of a pod without their places; nothing for a service.
fn probes(report: &Report, index: usize) -> Vec<String> {
    let cluster = report.view.cluster.as_ref();
    let pod = cluster.and_then(|it| it.pods.get(index));
    let containers = pod.into_iter().flat_map(Pod::all);
    let probes = containers.flat_map(|it| it.probes());
    probes.map(|it| it.meaning()).collect()
}

/// The stack is ready no later, unless a fix says so, and still starts.
fn in_time(old: &Report, new: &Report, chosen: &[Candidate]) -> Result<(), String> {
    let (before, after) = (old.clock.plan(), new.clock.plan());
    if before.is_complete() && !after.is_complete() {
        return Err("the stack would not start".to_owned());
    }
    let said = chosen.iter().any(|it| it.made.behaviour.is_some());
    if !said && before.is_complete() && after.total > before.total + SAME {
        let seconds = crate::words::seconds;
        return Err(format!(
            "the stack would be ready after {}, now it takes {}",
            seconds(after.total),
            seconds(before.total)
        ));
    }
    Ok(())
}
