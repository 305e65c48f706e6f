//! What a workload means, compared with what it meant before.
//!
//! Owns which keys count. Must not know why anything changed.

use crate::model::workload::{Command, EnvVar, Healthcheck, Test, Value, Workload};
use crate::source::Spanned;

/// The keys in which two readings of one workload differ, places left aside.
pub(super) fn differences(before: &Workload, after: &Workload) -> Vec<&'static str> {
    let text = |it: &Workload| it.image.as_ref().map(|it| it.value.clone());
    let plain = |it: &Option<Spanned<crate::model::workload::Text>>| {
        it.as_ref().map(|it| it.value.to_string())
    };
    let all = [
        ("image", text(before) == text(after)),
        ("build", before.build.is_some() == after.build.is_some()),
        (
            "entrypoint",
            words(before.entrypoint.as_ref()) == words(after.entrypoint.as_ref()),
        ),
        (
            "command",
            words(before.command.as_ref()) == words(after.command.as_ref()),
        ),
        (
            "environment",
            pairs(&before.environment) == pairs(&after.environment),
        ),
        ("labels", pairs(&before.labels) == pairs(&after.labels)),
        ("healthcheck", check(before) == check(after)),
        ("depends_on", edges(before) == edges(after)),
        (
            "restart",
            before.restart.as_ref().map(|it| it.value) == after.restart.as_ref().map(|it| it.value),
        ),
        ("ports", ports(before) == ports(after)),
        (
            "profiles",
            names(&before.profiles) == names(&after.profiles),
        ),
        ("expose", names(&before.expose) == names(&after.expose)),
        ("aliases", names(&before.aliases) == names(&after.aliases)),
        (
            "replicas",
            before.replicas.as_ref().map(|it| it.value)
                == after.replicas.as_ref().map(|it| it.value),
        ),
        (
            "network_mode",
            plain(&before.network_mode) == plain(&after.network_mode),
        ),
        ("volumes", volumes(before) == volumes(after)),
        (
            "configuration files",
            texts(&before.config_files) == texts(&after.config_files),
        ),
        (
            "other keys",
            names(&before.other_keys) == names(&after.other_keys),
        ),
    ];
    let changed = all.into_iter().filter(|(_, same)| !same);
    changed.map(|(key, _)| key).collect()
}

fn words(command: Option<&Spanned<Command>>) -> Option<Vec<Value>> {
    let command = &command?.value;
    Some(command.words.iter().map(|it| it.value.clone()).collect())
}

fn pairs(variables: &[EnvVar]) -> Vec<(&str, Option<&Value>)> {
    variables
        .iter()
        .map(|it| {
            (
                it.name.value.as_ref(),
                it.value.as_ref().map(|it| &it.value),
            )
        })
        .collect()
}

fn names(names: &[Spanned<crate::model::workload::Text>]) -> Vec<&str> {
    names.iter().map(|it| it.value.as_ref()).collect()
}

fn texts(files: &[Spanned<Value>]) -> Vec<&str> {
    files.iter().map(|it| it.value.text.as_ref()).collect()
}

fn ports(workload: &Workload) -> Vec<(Option<u16>, Option<u16>)> {
    let ports = workload.ports.iter();
    ports.map(|it| (it.target, it.published)).collect()
}

fn volumes(workload: &Workload) -> Vec<(Option<&str>, &str)> {
    let volumes = workload.volumes.iter();
    volumes
        .map(|it| (it.source.as_deref(), it.target.as_ref()))
        .collect()
}

/// The edges as they gate: whether an entry is short or long means nothing.
fn edges(workload: &Workload) -> Vec<(&str, crate::model::workload::Condition, bool, bool)> {
    let edges = workload.depends_on.iter();
    edges
        .map(|it| {
            (
                it.name.value.as_ref(),
                it.condition.value,
                it.required.value,
                it.restart.value,
            )
        })
        .collect()
}

/// A healthcheck without its places.
fn check(workload: &Workload) -> Option<impl PartialEq> {
    let check: &Healthcheck = workload.healthcheck.as_ref()?;
    let test = check.test.as_ref().map(|it| meaning(&it.value));
    let time = |it: &Option<Spanned<std::time::Duration>>| it.as_ref().map(|it| it.value);
    Some((
        test,
        check.disable.is_some(),
        [
            time(&check.interval),
            time(&check.timeout),
            time(&check.start_period),
            time(&check.start_interval),
        ],
        check.retries.as_ref().map(|it| it.value),
        check.unknown_timing,
    ))
}

fn meaning(test: &Test) -> (u8, Vec<String>) {
    let texts = |words: &[Spanned<Value>]| -> Vec<String> {
        words.iter().map(|it| it.value.text.to_string()).collect()
    };
    match test {
        Test::None => (0, Vec::new()),
        Test::Inherit => (1, Vec::new()),
        Test::Exec(words) => (2, texts(words)),
        Test::Shell { script, .. } => (3, vec![script.value.text.to_string()]),
        Test::Malformed(words) => (4, texts(words)),
    }
}
