//! `include`: other projects copied into this one.
//!
//! Owns short and long form, path lists, project folders and their `.env`,
//! after compose-go `loader/include.go` v2.16.2: on a conflict both are merged
//! and the including file wins. Must not know services.

use std::path::{Path, PathBuf};

use super::interpolate::Env;
use super::load::{Loader, MAX_INCLUDES, Scope, absolute_paths, is_remote, join};
use super::locate::add_env_files;
use super::refusal::{Class, Refusal};
use super::{merge, reset};
use crate::model::workload::{Gap, GapKind};
use crate::source::At;
use crate::yaml::{Data, Entry, Flags, Value};

/// Resolves the `include` key of a document, in place.
pub(super) fn apply(
    loader: &mut Loader<'_>,
    document: &mut Value,
    scope: &Scope,
    trail: &[PathBuf],
    resets: &[reset::Path],
) {
    let Some(include) = document.remove("include") else {
        return;
    };
    let Some(items) = include.value.as_seq() else {
        if !include.value.is_null() {
            let message = "`include` must be a list".to_owned();
            loader
                .refusals
                .push(Refusal::new(Class::Shape, Some(include.key_at), message));
        }
        return;
    };
    for item in items {
        if let Some(imported) = one(loader, item, scope, trail) {
            import(loader, document, imported, resets);
        }
    }
}

/// The merged model of one item.
fn one(loader: &mut Loader<'_>, item: &Value, scope: &Scope, trail: &[PathBuf]) -> Option<Value> {
    let paths = paths(loader, item, scope)?;
    let (main, main_at) = paths.first().cloned()?;
    if trail.contains(&main) {
        let shown: Vec<String> = trail
            .iter()
            .chain([&main])
            .map(|path| format!("`{}`", loader.shown(path).display()))
            .collect();
        let message = format!("`include` comes back to itself: {}", shown.join(" → "));
        loader
            .refusals
            .push(Refusal::new(Class::IncludeCycle, main_at, message));
        return None;
    }
    loader.includes += 1;
    if loader.includes > MAX_INCLUDES {
        let message = format!("more than {MAX_INCLUDES} files are included; this one is not read");
        loader
            .refusals
            .push(Refusal::new(Class::Limit, main_at, message));
        return None;
    }
    let dir = match item.get("project_directory").and_then(Value::as_str) {
        Some(dir) if !dir.is_empty() => join(&scope.dir, dir),
        _ => main.parent().unwrap_or(Path::new("")).to_owned(),
    };
    let env = environment(loader, item, &dir, scope);
    let inner = Scope { dir, env };
    let mut imported = loader.model(&paths, &inner, trail);
    absolute_paths(&mut imported, &inner.dir);
    resolve_names(&mut imported, &inner.env);
    default_contexts(&mut imported, &inner.dir);
    Some(imported)
}

/// A build without a context takes the folder of the include.
fn default_contexts(imported: &mut Value, dir: &Path) {
    let services = imported.get_mut("services").and_then(Value::as_map_mut);
    for service in services.into_iter().flatten() {
        let Some(build) = service.value.get_mut("build") else {
            continue;
        };
        if build.get("context").is_some() {
            continue;
        }
        let (at, flags) = (build.at, build.flags);
        let dir = Data::Str(dir.to_string_lossy().into());
        if let Some(entries) = build.as_map_mut() {
            entries.push(Entry {
                key: "context".into(),
                key_at: at,
                value: Value::made(dir, at, flags),
            });
        }
    }
}

/// Bare names in `environment` lists take their values from the variables of
/// the include; the outer ones never see them.
fn resolve_names(imported: &mut Value, env: &Env) {
    let services = imported.get_mut("services").and_then(Value::as_map_mut);
    for service in services.into_iter().flatten() {
        let Some(vars) = service.value.get_mut("environment") else {
            continue;
        };
        if !vars.flags.has(Flags::SHORT) {
            continue;
        }
        for var in vars.as_map_mut().into_iter().flatten() {
            let value = env.get(&var.key).filter(|_| var.value.is_null());
            if let Some(value) = value {
                let flags = var.value.flags.with(Flags::INTERPOLATED);
                var.value = Value::made(Data::Str(value.into()), var.key_at, flags);
            }
        }
    }
}

/// The included paths, absolute, each with the place that names it.
fn paths(
    loader: &mut Loader<'_>,
    item: &Value,
    scope: &Scope,
) -> Option<Vec<(PathBuf, Option<At>)>> {
    let path = if item.as_str().is_some() {
        item
    } else {
        item.get("path")?
    };
    let list: Vec<&Value> = match &path.data {
        Data::Str(_) => vec![path],
        Data::Seq(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for value in list {
        let text = value.as_str()?;
        if is_remote(text) {
            loader.remote(value.at, text);
            return None;
        }
        if value.flags.has(Flags::UNKNOWN) {
            let reason = "an included path depends on a variable without a value".to_owned();
            loader.gaps.push(Gap {
                at: Some(value.at),
                reason,
                kind: GapKind::Services,
            });
            return None;
        }
        found.push((join(&scope.dir, text), Some(value.at)));
    }
    Some(found)
}

/// The includer's variables, then those of the include's own files.
fn environment(loader: &mut Loader<'_>, item: &Value, dir: &Path, scope: &Scope) -> Env {
    let mut env = scope.env.clone();
    let files: Vec<&Value> = match item.get("env_file") {
        Some(value) if value.as_str().is_some() => vec![value],
        Some(value) => value.as_seq().into_iter().flatten().collect(),
        None => Vec::new(),
    };
    if files.is_empty() {
        let path = dir.join(".env");
        if loader.reader.is_file(&path) {
            add_env_files(loader, &mut env, &[path]);
        }
        return env;
    }
    let mut paths = Vec::new();
    for file in files {
        let Some(text) = file.as_str().filter(|text| text.as_ref() != "/dev/null") else {
            continue;
        };
        let path = join(&scope.dir, text);
        if !loader.reader.is_file(&path) {
            let message = format!("`{}` is not there", loader.shown(&path).display());
            loader.gaps.push(Gap {
                at: Some(file.at),
                reason: message.clone(),
                kind: GapKind::Values,
            });
            loader
                .refusals
                .push(Refusal::new(Class::NotFound, Some(file.at), message));
            continue;
        }
        paths.push(path);
    }
    add_env_files(loader, &mut env, &paths);
    env
}

/// Copies what was included into the document; the document wins.
fn import(loader: &mut Loader<'_>, document: &mut Value, imported: Value, resets: &[reset::Path]) {
    let Data::Map(sections) = imported.data else {
        return;
    };
    for section in sections {
        let name = section.key.as_ref();
        if !matches!(
            name,
            "services" | "volumes" | "networks" | "secrets" | "configs" | "models" | "jobs"
        ) {
            continue;
        }
        match document.get_mut(name) {
            Some(target) if target.as_map().is_some() => {
                import_section(loader, target, section, resets);
            }
            _ => {
                document.remove(name);
                if let Some(entries) = document.as_map_mut() {
                    entries.push(section);
                }
            }
        }
    }
}

fn import_section(
    loader: &mut Loader<'_>,
    target: &mut Value,
    section: Entry,
    resets: &[reset::Path],
) {
    let is_services = section.key.as_ref() == "services";
    let Data::Map(entries) = section.value.data else {
        return;
    };
    for mut entry in entries {
        let own = target.remove(&entry.key);
        if let Some(own) = own.filter(|own| is_services && !merge::same(&own.value, &entry.value)) {
            reset::apply_below(&mut entry.value, &section.key, &entry.key, resets);
            entry.key_at = own.key_at;
            merge::service(&entry.key, &mut entry.value, own.value, &mut loader.learned);
        }
        if let Some(targets) = target.as_map_mut() {
            targets.push(entry);
        }
    }
}
