//! The file against its schema.

#![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn all() -> Vec<Arc<Entry>> {
    let store = Store::get();
    store
        .ids()
        .map(|id| {
            store
                .by_id(id)
                .unwrap_or_else(|| panic!("{id} does not parse"))
                .clone()
        })
        .collect()
}

fn id_of(image: &str) -> Option<String> {
    Knowledge::builtin()
        .lookup(image)
        .map(|fact| fact.entry.id.clone())
}

#[test]
fn a_sliced_entry_is_the_entry_of_the_whole_file() {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        paces: BTreeMap<String, Pace>,
        tests: BTreeMap<String, Vec<String>>,
        notes: BTreeMap<String, Vec<String>>,
        kinds: BTreeMap<String, Kind>,
        patient: BTreeMap<String, Patient>,
        images: Vec<serde_yaml::Mapping>,
    }
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Patient {
        kinds: Vec<String>,
        source: String,
    }
    let file: File = serde_yaml::from_str(store::TEXT).unwrap();
    let sliced = all();
    assert_eq!(file.images.len(), sliced.len());
    assert!(sliced.len() >= 193);
    for (whole, sliced) in file.images.into_iter().zip(&sliced) {
        let is_prose = |key: &serde_yaml::Value| {
            matches!(key.as_str(), Some("alternatives" | "caveats" | "sources"))
        };
        let (prose, facts): (serde_yaml::Mapping, serde_yaml::Mapping) =
            whole.into_iter().partition(|(key, _)| is_prose(key));
        let entry: Entry = serde_yaml::from_value(facts.into()).unwrap();
        let prose: Prose = serde_yaml::from_value(prose.into()).unwrap();
        assert_eq!(&entry, sliced.as_ref());
        assert_eq!(
            Some(prose),
            Knowledge::builtin().prose(&sliced.id),
            "{}",
            sliced.id
        );
    }
    for (name, whole) in &file.paces {
        assert_eq!(store::pace(name), Some(*whole), "{name}");
    }
    for (name, whole) in &file.tests {
        assert_eq!(store::test(name).as_ref(), Some(whole), "{name}");
    }
    for (name, whole) in &file.notes {
        assert_eq!(store::notes(name).as_ref(), Some(whole), "{name}");
    }
    let written: Vec<_> = store::keys("patient").collect();
    assert!(written.is_sorted_by(|a, b| a < b), "{written:?}");
    assert_eq!(written.len(), file.patient.len());
    for (image, whole) in &file.patient {
        assert_eq!(&store::patience(image).collect::<Vec<_>>(), &whole.kinds);
        assert!(whole.source.contains(':'), "{image}");
        for kind in &whole.kinds {
            assert!(file.kinds.contains_key(kind), "{image}: {kind}");
            assert!(Knowledge::builtin().waits(image, kind), "{image}: {kind}");
        }
    }
    let kinds: Vec<_> = Knowledge::builtin().kinds().collect();
    assert_eq!(kinds.len(), file.kinds.len());
    for ((name, sliced), (key, whole)) in kinds.iter().zip(&file.kinds) {
        assert_eq!((*name, *sliced), (key.as_str(), whole));
    }
}

#[test]
fn ids_are_sorted_and_patterns_belong_to_one_entry() {
    let ids: Vec<_> = Knowledge::builtin().ids().collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    let entries = all();
    let written: usize = entries.iter().map(|entry| entry.images.len()).sum();
    let seen: BTreeSet<_> = Knowledge::builtin()
        .patterns()
        .map(|(pattern, _)| pattern)
        .collect();
    assert_eq!(
        written,
        seen.len(),
        "a pattern stands twice, or not on the line behind the id"
    );
    assert!(seen.len() >= 500, "{}", seen.len());
    let commands: Vec<_> = entries
        .iter()
        .flat_map(|entry| entry.commands.clone())
        .collect();
    for command in &commands {
        let program = command.split(' ').next().unwrap();
        let found = Store::get().commands(program).iter();
        let found = found.filter(|(pattern, _)| pattern == command).count();
        assert_eq!(found, 1, "{command}");
    }
    assert_eq!(
        commands.len(),
        commands.iter().collect::<BTreeSet<_>>().len()
    );
}

#[test]
fn every_pattern_leads_to_its_own_entry() {
    for (pattern, id) in Knowledge::builtin().patterns() {
        let image = pattern.replace('*', "0x0");
        assert_eq!(id_of(&image).as_deref(), Some(id), "{pattern}");
        assert_eq!(
            id_of(&format!("{image}:1.2-x@sha256:ab")).as_deref(),
            Some(id),
            "{pattern}"
        );
    }
}

#[test]
fn every_name_an_entry_uses_exists() {
    for entry in all() {
        let id = &entry.id;
        let prose = Knowledge::builtin().prose(id).unwrap();
        let mut tests: Vec<_> = entry
            .test
            .iter()
            .chain(prose.alternatives.iter().map(|it| &it.test))
            .collect();
        tests.extend(entry.variants.iter().filter_map(|it| it.test.as_ref()));
        tests.extend(
            entry
                .embedded_check
                .iter()
                .filter_map(|it| it.test.as_ref()),
        );
        for test in tests {
            let words = fact::words(test).unwrap_or_else(|| panic!("{id}: {test:?}"));
            assert!(
                matches!(words[0].as_str(), "CMD" | "CMD-SHELL"),
                "{id}: {words:?}"
            );
            assert!(
                words.len() > 1 && (words[0] == "CMD" || words.len() == 2),
                "{id}: {words:?}"
            );
            let text = words.join(" ");
            assert!(
                !text.contains("{1}") && !text.contains("{2}"),
                "{id}: {text}"
            );
            assert!(
                !text.replace("$$", "").contains('$'),
                "{id}: `$` must be doubled: {text}"
            );
        }
        let paces = entry
            .pace
            .iter()
            .chain(entry.variants.iter().filter_map(|it| it.pace.as_ref()));
        for pace in paces.chain(prose.alternatives.iter().filter_map(|it| it.pace.as_ref())) {
            assert!(store::pace(pace).is_some(), "{id}: {pace}");
        }
        assert!(
            entry
                .kind
                .as_deref()
                .is_none_or(|kind| store::kind(kind).is_some()),
            "{id}"
        );
        assert!(
            entry.notes.iter().all(|name| store::notes(name).is_some()),
            "{id}"
        );
        let fronts = entry.pooler.iter().flat_map(|pooler| &pooler.fronts);
        assert!(
            fronts.clone().all(|kind| store::kind(kind).is_some()),
            "{id}"
        );
        let bounds = entry.variants.iter().filter_map(|it| it.version.as_deref());
        assert!(bounds.clone().all(|it| within(None, it).is_some()), "{id}");
    }
}

#[test]
fn entries_do_not_contradict_themselves() {
    for entry in all() {
        let id = &entry.id;
        let prose = Knowledge::builtin().prose(id).unwrap();
        assert!(
            !prose.sources.is_empty() && prose.sources.iter().all(|it| it.len() >= 8),
            "{id}: sources"
        );
        assert!(
            entry.boot.is_none_or(|it| [1, 5, 15, 40, 90].contains(&it)),
            "{id}: boot class"
        );
        assert!(
            entry.has.iter().all(|tool| !entry.lacks.contains(tool)),
            "{id}: has and lacks"
        );
        assert_eq!(
            entry.test.is_some(),
            entry.pace.is_some(),
            "{id}: test and pace"
        );
        assert_eq!(
            entry.role == Role::Job,
            entry.one_shot.is_some(),
            "{id}: who tells it is a job"
        );
        assert_eq!(
            entry.role == Role::Job,
            entry.probe == Probe::Job,
            "{id}: probe of a job"
        );
        assert_eq!(
            entry.role == Role::Pooler,
            entry.pooler.is_some() && id != "haproxy",
            "{id}: pooler"
        );
        if entry.probe == Probe::Exec {
            assert!(entry.test.is_some(), "{id}: exec without a test");
        }
        if entry.probe == Probe::None {
            assert!(
                entry.why.is_some() && entry.test.is_none(),
                "{id}: none says why"
            );
        }
        if entry.probe == Probe::Embedded {
            assert!(
                matches!(entry.embedded, Presence::Yes | Presence::Some),
                "{id}: embedded"
            );
        }
        if entry.autofix == Autofix::Yes {
            let recalled = prose.sources.iter().all(|it| it.contains("recalled"));
            assert!(
                entry.confidence > Confidence::Low && !recalled,
                "{id}: recalled facts drive no fix"
            );
            assert!(
                entry.conditions.is_empty() && entry.probe == Probe::Exec,
                "{id}: autofix"
            );
        }
    }
}

#[test]
fn a_test_uses_only_programs_that_are_inside() {
    let clients = [
        "curl",
        "wget",
        "bash",
        "nc",
        "php",
        "node",
        "pg_isready",
        "mongosh",
        "redis-cli",
        "etcdctl",
    ];
    for entry in all().iter().filter(|entry| entry.probe == Probe::Exec) {
        let words = fact::words(entry.test.as_ref().unwrap()).unwrap();
        let shell = words[0] == "CMD-SHELL";
        assert!(
            !shell || !entry.lacks.contains(&"sh".to_owned()),
            "{}: no shell",
            entry.id
        );
        let program = words[1].split(' ').next().unwrap();
        let missing = clients.contains(&program) && entry.lacks.iter().any(|it| it == program);
        assert!(!missing, "{}: {program} is not inside", entry.id);
    }
}
