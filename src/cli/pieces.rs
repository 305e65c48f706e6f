//! Files that are pieces of a project: what to lay them on, or why not.
//!
//! Owns the second look at a file that cannot stand alone. A piece has services
//! without image and build, or waits for services that it does not define and
//! that a neighbour does. Must not read files itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsStr;
use std::path::PathBuf;

use super::settings::Settings;
use crate::check::{self, Report, Standing};
use crate::discover::{self, Candidate};
use crate::rules;

type Checked = (Candidate, Report);

/// Looks again at every piece: on top of its base when exactly one neighbour
/// in the same folder can be that, else as a part that is not seen whole.
pub(super) fn complete(
    checked: &mut [Checked],
    one: &dyn Fn(&Candidate) -> Report,
    settings: &Settings,
) {
    let scattered = scattered(checked);
    let mut folders: HashMap<&OsStr, Vec<usize>> = HashMap::new();
    for (n, (candidate, _)) in checked.iter().enumerate() {
        let folder = folders.entry(candidate.dir.as_os_str());
        folder.or_default().push(n);
    }
    let mut again = Vec::new();
    let mut apart = Vec::new();
    for (n, (candidate, report)) in checked.iter().enumerate() {
        let is_main = candidate.files.is_empty();
        let lacking = lacking(report);
        let undefined = undefined(report);
        if is_main {
            if !undefined.is_empty() && scattered.contains(&candidate.main) {
                apart.push(n);
            }
            continue;
        }
        if lacking.is_empty() && undefined.is_empty() {
            continue;
        }
        match bases(
            checked,
            &folders[candidate.dir.as_os_str()],
            n,
            &lacking,
            &undefined,
        )
        .as_slice()
        {
            [base] => again.push((
                n,
                Candidate {
                    files: vec![base.clone(), candidate.main.clone()],
                    ..candidate.clone()
                },
            )),
            _ if undefined.is_empty() => {}
            _ => apart.push(n),
        }
    }
    let mut pooled: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for (n, candidate) in again {
        let mut report = one(&candidate);
        check::stand(&mut report, Standing::Piece, settings.of(&candidate.dir));
        if let Some(base) = candidate
            .files
            .first()
            .filter(|_| !report.pooled.is_empty())
        {
            let names = pooled.entry(base.clone()).or_default();
            names.extend(report.pooled.iter().cloned());
        }
        checked[n] = (candidate, report);
    }
    leave_the_choice(checked, pooled, one);
    for n in apart {
        let (candidate, report) = &mut checked[n];
        check::stand(report, Standing::Part, settings.of(&candidate.dir));
    }
}

/// Looks again at the bases of pieces that lead clients through a pooler: what can
/// be laid over them makes that a choice.
fn leave_the_choice(
    checked: &mut [Checked],
    mut pooled: BTreeMap<PathBuf, BTreeSet<String>>,
    one: &dyn Fn(&Candidate) -> Report,
) {
    let whole = checked.iter_mut();
    for (base, old) in whole.filter(|it| it.1.standing == Standing::Whole) {
        if let Some(names) = pooled.remove(&base.main) {
            base.pooled = names.into_iter().collect();
            *old = one(base);
        }
    }
}

/// Services that say nothing about where their container comes from.
fn lacking(report: &Report) -> BTreeSet<String> {
    report
        .view
        .resolved
        .pieces()
        .iter()
        .map(|name| name.to_string())
        .collect()
}

/// Names that are needed and not defined, and that no near miss explains.
fn undefined(report: &Report) -> BTreeSet<String> {
    if report.view.graph.dangling.is_empty() {
        return BTreeSet::new();
    }
    let stack = report.stack();
    let dangling = report.view.graph.dangling.iter();
    let far = dangling.filter(|it| {
        let names = stack.workloads.iter().map(|it| it.name.value.as_ref());
        rules::nearest(&it.name, names).is_none()
    });
    far.map(|it| it.name.to_string()).collect()
}

/// Neighbours that define whatever the piece at `n` lacks.
fn bases(
    checked: &[Checked],
    neighbours: &[usize],
    n: usize,
    lacking: &BTreeSet<String>,
    undefined: &BTreeSet<String>,
) -> Vec<PathBuf> {
    let can_be = |other: &&usize| {
        let stack = checked[**other].1.stack();
        let found = |name: &String| stack.find(name).map(|index| &stack.workloads[index]);
        let complete = |name: &String| found(name).is_some_and(|it| it.has_origin());
        **other != n
            && lacking.iter().all(complete)
            && undefined.iter().all(|name| found(name).is_some())
    };
    let found = neighbours.iter().filter(can_be);
    let all: Vec<PathBuf> = found.map(|other| checked[*other].0.main.clone()).collect();
    // The folder's own main file is what the others are laid on.
    let is_main = |path: &&PathBuf| discover::MAIN_NAMES.iter().any(|name| path.ends_with(name));
    match all.iter().find(is_main) {
        Some(main) => vec![main.clone()],
        None => all,
    }
}

/// Main files of a layout in which every folder holds one part of a large
/// project: several folders side by side need names that others define.
fn scattered(checked: &[Checked]) -> BTreeSet<PathBuf> {
    let mains = || {
        checked
            .iter()
            .filter(|(candidate, _)| candidate.files.is_empty())
    };
    let needy: Vec<(&Candidate, BTreeSet<String>)> = mains()
        .map(|(candidate, report)| (candidate, undefined(report)))
        .filter(|(_, undefined)| !undefined.is_empty())
        .collect();
    if needy.len() < 3 {
        return BTreeSet::new();
    }
    let workloads = checked
        .iter()
        .flat_map(|(_, report)| &report.stack().workloads);
    let defined: BTreeSet<&str> = workloads.map(|it| it.name.value.as_ref()).collect();
    let mut groups: BTreeMap<&OsStr, (usize, Vec<&PathBuf>)> = BTreeMap::new();
    for (candidate, _) in mains() {
        let Some(group) = candidate.dir.parent() else {
            continue;
        };
        groups.entry(group.as_os_str()).or_default().0 += 1;
    }
    for (candidate, undefined) in &needy {
        let elsewhere = undefined.iter().all(|name| defined.contains(name.as_str()));
        let group = candidate.dir.parent();
        let group = group.and_then(|it| groups.get_mut(it.as_os_str()));
        if let Some((_, needy)) = group.filter(|_| elsewhere) {
            needy.push(&candidate.main);
        }
    }
    let layout =
        |(count, needy): &(usize, Vec<&PathBuf>)| needy.len() >= 3 && needy.len() * 4 >= *count;
    let found = groups.into_values().filter(layout);
    found
        .flat_map(|(_, needy)| needy.into_iter().cloned())
        .collect()
}
