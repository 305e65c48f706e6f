//! Findings to repaired texts: choose, apply, check again, until quiet.
//!
//! Owns the passes and which fixes go together. A fix that trips a guard is
//! dropped and the reason kept. Pure: texts come from a reader and stay in
//! memory. Must not know where results go or how they are shown.

mod candidate;
mod guard;
mod meaning;
mod revealed;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use crate::check::{self, Report};
use crate::config::Config;
use crate::finding::{Finding, Safety};
use crate::source::{FileId, Reader};
use candidate::{Candidate, Key};

/// More passes than any file has needed; a list of dependencies takes two.
const PASSES: usize = 10;

/// How often all is done again without fixes that are taken back.
const ROUNDS: usize = 4;

/// Which fixes are wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The least safety: safe ones only, or all.
    pub safety: Safety,
    /// Rules, by name; all if empty.
    pub rules: Vec<String>,
    /// Workloads that a finding must be about; all if empty.
    pub workloads: Vec<String>,
    /// Files that may change, absolute; all if empty.
    pub files: BTreeSet<PathBuf>,
}

impl Wanted {
    /// Whether the fix of a finding may be made at all.
    pub fn takes(&self, finding: &Finding) -> bool {
        let named =
            |list: &[String], name: &str| list.is_empty() || list.iter().any(|it| it == name);
        let about =
            |list: &[String]| list.is_empty() || finding.subject.iter().any(|it| list.contains(it));
        let safe = finding
            .fix
            .as_ref()
            .is_some_and(|fix| self.safety == Safety::Unsafe || fix.safety == Safety::Safe);
        safe && named(&self.rules, finding.rule) && about(&self.workloads)
    }
}

/// A fix that was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Made {
    /// The file of the finding, as shown.
    pub path: PathBuf,
    /// The rule.
    pub rule: &'static str,
    /// The files that it changed, as shown.
    pub files: BTreeSet<PathBuf>,
    /// What was found there.
    pub message: String,
    /// What was done.
    pub title: String,
    /// How run time changes.
    pub behaviour: Option<String>,
    /// Whether it is safe.
    pub safety: Safety,
}

/// A text before and after.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changed {
    /// What it was.
    pub before: String,
    /// What it is to be.
    pub after: String,
}

/// What became of stacks that share files.
pub struct Outcome {
    /// The stacks as they are to be.
    pub reports: Vec<Report>,
    /// The fixes that were made, in order.
    pub made: Vec<Made>,
    /// The texts that changed, by absolute path.
    pub changed: BTreeMap<PathBuf, Changed>,
    /// What each stack reads differently now, as `services.<name>.<key>`.
    pub named: Vec<BTreeSet<String>>,
    tripped: BTreeMap<Key, String>,
    taken: Vec<Candidate>,
}

impl Outcome {
    /// Why the fix of a finding that is left was not made, if a guard said so.
    pub fn tripped(&self, report: &Report, finding: &Finding) -> Option<&str> {
        let key = Key::of(report, finding);
        self.tripped.get(&key).map(String::as_str)
    }
}

/// A reader with changed texts in place of what is there.
pub struct Overlay<'r> {
    below: &'r dyn Reader,
    texts: BTreeMap<PathBuf, String>,
}

impl<'r> Overlay<'r> {
    /// Texts, by absolute path, laid over what a reader gives.
    pub fn new(below: &'r dyn Reader, texts: BTreeMap<PathBuf, String>) -> Self {
        Self { below, texts }
    }
}

impl Reader for Overlay<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.texts.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => self.below.read(path),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        self.texts.contains_key(path) || self.below.is_file(path)
    }
}

/// Where the stacks come from, and what is wanted of them.
#[derive(Clone, Copy)]
pub struct Setting<'r, 'c> {
    /// What gives the files.
    pub reader: &'r dyn Reader,
    /// The folder that paths are shown from.
    pub dir: &'r Path,
    /// What counts for the stack of a folder.
    pub config: &'r (dyn Fn(&Path) -> &'c Config + Sync),
    /// Which fixes.
    pub wanted: &'r Wanted,
}

/// Puts stacks that read a common file together, in order.
pub fn groups(reports: Vec<Report>) -> Vec<Vec<Report>> {
    let mut group_of: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<Report>> = Vec::new();
    for report in reports {
        let resolved = &report.view.resolved;
        let starters = resolved.starters.iter().map(|(file, _)| *file);
        let files = resolved.trees.keys().chain(&resolved.files).copied();
        let files = files.chain(starters).chain(variables(&report));
        let paths: BTreeSet<PathBuf> = files
            .map(|file| resolved.sources.get(file).path().to_owned())
            .collect();
        let mut met: BTreeSet<usize> = paths
            .iter()
            .filter_map(|it| group_of.get(it).copied())
            .collect();
        let Some(first) = met.pop_first() else {
            group_of.extend(paths.into_iter().map(|it| (it, groups.len())));
            groups.push(vec![report]);
            continue;
        };
        for other in met {
            let moved = std::mem::take(&mut groups[other]);
            groups[first].extend(moved);
            for group in group_of.values_mut().filter(|it| **it == other) {
                *group = first;
            }
        }
        group_of.extend(paths.into_iter().map(|it| (it, first)));
        groups[first].push(report);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// The files that values of variables stand in, and mounted configuration.
fn variables(report: &Report) -> impl Iterator<Item = FileId> + '_ {
    let workloads = report.stack().workloads.iter();
    workloads.flat_map(|it| {
        let values = it.environment.iter();
        let values = values.filter_map(|it| Some(it.value.as_ref()?.at.file));
        values.chain(it.config_files.iter().map(|it| it.at.file))
    })
}

/// Repairs stacks that share files. Fixes that bring to light what nothing
/// repairs are taken back, and all is done again without them.
pub fn fix(mut reports: Vec<Report>, setting: Setting<'_, '_>) -> Outcome {
    let before: Vec<revealed::Known> = reports.iter().map(revealed::known).collect();
    let mut tripped = BTreeMap::new();
    let mut round = 1;
    loop {
        let outcome = passes(reports, tripped, setting);
        let back = revealed::regretted(&before, &outcome, setting.wanted);
        if back.is_empty() || round == ROUNDS {
            return outcome;
        }
        let untouched = overlay(setting);
        let old = outcome.reports.iter();
        reports = old.map(|it| again(it, &untouched, setting)).collect();
        tripped = outcome.tripped;
        tripped.extend(back);
        round += 1;
    }
}

/// Whether the fix of one finding may be made by itself.
///
/// # Errors
/// What stands in the way: the first guard that says no, in the form of a message.
pub fn alone(
    reports: &[Report],
    (number, finding): (usize, &Finding),
    setting: Setting<'_, '_>,
) -> Result<(), String> {
    let found = candidate::of(number, &reports[number], finding, setting);
    let found = found.ok_or("there is nothing to change")?;
    guard::attempt(reports, &[found], &overlay(setting), setting).map(drop)
}

fn overlay<'r>(setting: Setting<'r, '_>) -> Overlay<'r> {
    Overlay::new(setting.reader, BTreeMap::new())
}

/// Pass after pass until there is nothing more to do.
fn passes(
    reports: Vec<Report>,
    tripped: BTreeMap<Key, String>,
    setting: Setting<'_, '_>,
) -> Outcome {
    let mut overlay = overlay(setting);
    let mut outcome = Outcome {
        named: vec![BTreeSet::new(); reports.len()],
        reports,
        made: Vec::new(),
        changed: BTreeMap::new(),
        tripped,
        taken: Vec::new(),
    };
    for _ in 0..PASSES {
        let found = candidate::all(&outcome.reports, setting, &outcome.tripped);
        let chosen = candidate::apart(found);
        if chosen.is_empty() {
            break;
        }
        pass(chosen, &mut outcome, &mut overlay, setting);
    }
    outcome
}

/// Makes all of the chosen fixes together, or, if that trips a guard, one
/// after the other without those that do.
fn pass(
    chosen: Vec<Candidate>,
    outcome: &mut Outcome,
    overlay: &mut Overlay<'_>,
    setting: Setting<'_, '_>,
) {
    let mut taken: Vec<Candidate> = Vec::new();
    let mut result = guard::attempt(&outcome.reports, &chosen, overlay, setting);
    if result.is_ok() {
        taken = chosen;
    } else {
        let alone = chosen.len() == 1;
        let mut best = None;
        for candidate in chosen {
            let key = candidate.key.clone();
            let mut trial = taken.clone();
            trial.push(candidate);
            let tried = match (alone, result) {
                (true, Err(reason)) => Err(reason),
                _ => guard::attempt(&outcome.reports, &trial, overlay, setting),
            };
            result = Err(String::new());
            match tried {
                Ok(next) => {
                    best = Some(next);
                    taken = trial;
                }
                Err(reason) => drop(outcome.tripped.insert(key, reason)),
            }
        }
        let Some(best) = best else { return };
        result = Ok(best);
    }
    if let Ok(next) = result {
        accept(taken, next, outcome, overlay);
    }
}

/// Takes what was tried for what is.
fn accept(
    taken: Vec<Candidate>,
    next: guard::Next,
    outcome: &mut Outcome,
    overlay: &mut Overlay<'_>,
) {
    for (path, (before, after)) in next.texts {
        overlay.texts.insert(path.clone(), after.clone());
        let changed = outcome.changed.entry(path);
        changed
            .and_modify(|it| it.after.clone_from(&after))
            .or_insert(Changed { before, after });
    }
    for (at, report) in next.reports {
        let old = &outcome.reports[at].stack().workloads;
        for (was, is) in old.iter().zip(&report.stack().workloads) {
            let keys = meaning::differences(was, is).into_iter();
            outcome.named[at].extend(keys.map(|key| format!("services.{}.{key}", is.name.value)));
        }
        outcome.reports[at] = report;
    }
    outcome.made.extend(taken.iter().map(|it| it.made.clone()));
    outcome.taken.extend(taken);
}

/// Checks a stack again as it is now.
fn again(report: &Report, overlay: &Overlay<'_>, setting: Setting<'_, '_>) -> Report {
    let config = (setting.config)(report.request.dir());
    check::recheck(report, overlay, setting.dir, config)
}
