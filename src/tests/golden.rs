//! Resolved projects in the words of a golden file, ours and the reference's.
//!
//! Owns what is compared and how it is written down. Must not compare.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::model::compose::{Resolved, duration};
use crate::model::workload::{
    Build, Command, Dependency, EnvVar, Form, Healthcheck, Restart, Stack, Test, Text, Value,
    Workload,
};
use crate::source::Spanned;

/// Our project in the words of a golden file.
pub(super) fn project(resolved: &Resolved, dir: &Path) -> Json {
    let stack: &Stack = &resolved.stack;
    let (on, off): (Vec<_>, Vec<_>) = stack
        .workloads
        .iter()
        .partition(|it| it.is_active(&stack.profiles));
    let services: BTreeMap<_, _> = on
        .iter()
        .map(|it| (it.name.value.to_string(), service(it, dir)))
        .collect();
    json!({
        "name": stack.name,
        "files": resolved.paths.iter().map(|it| shown(&it.to_string_lossy(), dir)).collect::<Vec<_>>(),
        "profiles": stack.profiles.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "disabled_services": off.iter().map(|it| it.name.value.to_string()).collect::<Vec<_>>(),
        "services": services,
    })
}

/// A text with the project's folder as `.` and the one above as `..`.
fn shown(text: &str, dir: &Path) -> String {
    let above = dir.parent().expect("projects stand in a folder");
    text.replace(&*dir.to_string_lossy(), ".")
        .replace(&*above.to_string_lossy(), "..")
}

fn service(it: &Workload, dir: &Path) -> Json {
    let text = |value: &Option<Spanned<Text>>| value.as_ref().map_or("", |it| &it.value).to_owned();
    let texts = |list: &[Spanned<Text>]| {
        list.iter()
            .map(|it| it.value.to_string())
            .collect::<Vec<_>>()
    };
    let mut ports: Vec<_> = it
        .ports
        .iter()
        .map(|it| json!([it.target, it.published]))
        .collect();
    ports.sort_by_key(Json::to_string);
    let mut aliases = texts(&it.aliases);
    aliases.sort();
    let volumes: Vec<_> = it
        .volumes
        .iter()
        .map(|it| {
            json!([
                shown(it.source.as_deref().unwrap_or(""), dir),
                it.target.as_ref()
            ])
        })
        .collect();
    json!({
        "image": it.image.as_ref().map_or("", |it| &it.value.text),
        "build": it.build.as_ref().map(|it| build(it, dir)).unwrap_or(json!(false)),
        "command": command(&it.command, dir),
        "entrypoint": command(&it.entrypoint, dir),
        "environment": pairs(&it.environment, dir),
        "labels": pairs(&it.labels, dir),
        "healthcheck": it.healthcheck.as_ref().map(healthcheck),
        "depends_on": it.depends_on.iter().map(dependency).collect::<BTreeMap<_, _>>(),
        "profiles": texts(&it.profiles),
        "restart": it.restart.as_ref().map(|it| restart(it.value)),
        "network_mode": text(&it.network_mode),
        "replicas": it.replicas.as_ref().map(|it| it.value),
        "expose": texts(&it.expose),
        "ports": ports,
        "aliases": aliases,
        "volumes": volumes,
        "provider": it.provider.as_ref().map(|it| it.value.to_string()),
        "pre_start": it.pre_start.len(),
        "post_start": it.post_start.len(),
    })
}

fn build(it: &Build, dir: &Path) -> Json {
    let text = |value: &Option<Spanned<Text>>| value.as_ref().map(|it| shown(&it.value, dir));
    json!({"context": text(&it.context), "dockerfile": text(&it.dockerfile).unwrap_or_default()})
}

fn command(it: &Option<Spanned<Command>>, dir: &Path) -> Json {
    let Some(it) = it else { return Json::Null };
    it.value
        .texts()
        .iter()
        .map(|word| shown(word, dir))
        .collect()
}

fn pairs(vars: &[EnvVar], dir: &Path) -> Json {
    let value = |var: &EnvVar| var.value.as_ref().map(|it| shown(&it.value.text, dir));
    json!(
        vars.iter()
            .map(|var| (var.name.value.to_string(), value(var)))
            .collect::<BTreeMap<_, _>>()
    )
}

fn healthcheck(it: &Healthcheck) -> Json {
    let time = |it: &Option<Spanned<std::time::Duration>>| {
        it.as_ref().map(|it| it.value.as_nanos() as i64)
    };
    json!({
        "test": it.test.as_ref().map(|it| test(&it.value)),
        "disable": it.disable.is_some(),
        "retries": it.retries.as_ref().map(|it| it.value),
        "interval": time(&it.interval),
        "timeout": time(&it.timeout),
        "start_period": time(&it.start_period),
        "start_interval": time(&it.start_interval),
    })
}

fn test(it: &Test) -> Json {
    let texts = |head: &[&str], words: &[Spanned<Value>]| -> Json {
        let head = head.iter().map(ToString::to_string);
        head.chain(words.iter().map(|it| it.value.text.to_string()))
            .collect()
    };
    match it {
        Test::None => json!(["NONE"]),
        Test::Inherit => json!([]),
        Test::Exec(words) => texts(&["CMD"], words),
        Test::Shell { script, rest, form } => match form {
            Form::String => texts(&["CMD-SHELL", &script.value.text], &[]),
            Form::List => texts(&["CMD-SHELL", &script.value.text], rest),
        },
        Test::Malformed(words) => texts(&[], words),
    }
}

fn dependency(it: &Dependency) -> (String, Json) {
    let gate = json!({
        "condition": it.condition.value.as_str(),
        "required": it.required.value,
        "restart": it.restart.value,
    });
    (it.name.value.to_string(), gate)
}

fn restart(it: Restart) -> String {
    match it {
        Restart::No => "no".into(),
        Restart::Always => "always".into(),
        Restart::UnlessStopped => "unless-stopped".into(),
        Restart::OnFailure(None) => "on-failure".into(),
        Restart::OnFailure(Some(limit)) => format!("on-failure:{limit}"),
        Restart::Unknown => "unknown".into(),
    }
}

/// The golden answer, cut down to what the model carries.
pub(super) fn expected(golden: &Json) -> Json {
    let services: serde_json::Map<_, _> = golden["services"]
        .as_object()
        .expect("a project without an error has services")
        .iter()
        .map(|(name, it)| (name.clone(), expected_service(it)))
        .collect();
    json!({
        "name": golden["name"],
        "files": golden["files"],
        "profiles": golden["profiles"],
        "disabled_services": golden["disabled_services"],
        "services": services,
    })
}

fn expected_service(it: &Json) -> Json {
    let mut out = it.as_object().expect("a service is an object").clone();
    for dropped in [
        "volumes_from",
        "links",
        "scale",
        "hostname",
        "container_name",
        "extra",
    ] {
        out.remove(dropped);
    }
    let array = |value: &Json| value.as_array().cloned().unwrap_or_default();
    let mut ports: Vec<_> = array(&it["ports"])
        .iter()
        .map(|port| {
            let published = port["published"]
                .as_str()
                .and_then(|it| it.parse::<u16>().ok());
            json!([port["target"], published])
        })
        .collect();
    ports.sort_by_key(Json::to_string);
    // The home folder is the reader's, so `~` stays.
    let source = |it: &Json| it.as_str().unwrap_or("").replace("/home/user", "~");
    let volumes: Vec<_> = array(&it["volumes"])
        .iter()
        .map(|it| json!([source(&it["source"]), it["target"]]))
        .collect();
    let labels = match &it["extra"]["labels"] {
        Json::Null => json!({}),
        labels => labels.clone(),
    };
    let replicas = if it["scale"].is_null() {
        &it["replicas"]
    } else {
        &it["scale"]
    };
    // A context on another machine is not known here.
    if it["build"]["context"]
        .as_str()
        .is_some_and(|it| it.contains("://"))
    {
        out["build"]["context"] = Json::Null;
    }
    out.insert("aliases".into(), expected_aliases(it));
    out.insert("ports".into(), ports.into());
    out.insert("volumes".into(), volumes.into());
    out.insert("labels".into(), labels);
    out.insert("replicas".into(), replicas.clone());
    out.insert(
        "restart".into(),
        expected_restart(it["restart"].as_str().unwrap_or("")),
    );
    out.insert(
        "healthcheck".into(),
        expected_healthcheck(&it["healthcheck"]),
    );
    Json::Object(out)
}

fn expected_aliases(it: &Json) -> Json {
    let own = [&it["hostname"], &it["container_name"]];
    let networks = it["extra"]["networks"].as_object().into_iter().flatten();
    let more =
        networks.flat_map(|(_, network)| network["aliases"].as_array().into_iter().flatten());
    let mut names: Vec<_> = own
        .into_iter()
        .chain(more)
        .filter_map(Json::as_str)
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    json!(names)
}

fn expected_restart(word: &str) -> Json {
    let limit = word
        .strip_prefix("on-failure:")
        .is_some_and(|it| it.parse::<u32>().is_ok());
    match word {
        "" => Json::Null,
        "no" | "always" | "unless-stopped" | "on-failure" => json!(word),
        _ if limit => json!(word),
        _ => json!("unknown"),
    }
}

fn expected_healthcheck(it: &Json) -> Json {
    let Some(check) = it.as_object() else {
        return Json::Null;
    };
    let mut out = check.clone();
    for key in ["interval", "timeout", "start_period", "start_interval"] {
        let nanos = check[key].as_str().and_then(duration::parse_nanos);
        // The loader takes a negative duration; no engine does.
        out.insert(key.into(), json!(nanos.filter(|it| *it >= 0)));
    }
    // What follows `NONE` is never read.
    if check["test"][0] == "NONE" {
        out.insert("test".into(), json!(["NONE"]));
    }
    Json::Object(out)
}
