//! The variables of a container.
//!
//! Owns `env_file` and `environment`, after compose-go `types/project.go`
//! (`WithServicesEnvironmentResolved`) v2.16.2. Must not know other keys.

use indexmap::IndexMap;

use super::healthcheck::word;
use super::interpolate::Env;
use super::load::{Loader, Scope, join};
use super::locate::note_bad_env_file;
use super::refusal::{Class, Refusal};
use super::services::items;
use super::{cast, dotenv};
use crate::model::workload::{EnvVar, Gap, GapKind, Text, Value as TextValue};
use crate::source::{At, Span, Spanned, offset};
use crate::yaml::{Entry, Flags, Value};

/// Variables by name; a later one takes the place of an earlier one.
type Vars = IndexMap<Text, EnvVar>;

/// `env_file`s in order, then `environment` over them; sorted by name. A name
/// without a value is looked up in the project's variables.
pub(super) fn read(loader: &mut Loader<'_>, service: &Value, scope: &Scope) -> Vec<EnvVar> {
    let mut vars = Vars::new();
    let mut own = plain_pairs(service.get("environment"));
    for item in env_files(service) {
        read_env_file(loader, item, scope, &own, &mut vars);
    }
    for var in &mut own {
        if var.value.is_none()
            && let Some(value) = scope.env.get(&var.name.value)
        {
            let value = TextValue {
                text: value.into(),
                interpolated: true,
                unknown: false,
            };
            var.value = Some(Spanned::new(value, var.name.at));
        }
    }
    // A mapping has no name twice: without files there is nothing to replace.
    let mut vars: Vec<EnvVar> = if vars.is_empty() {
        own
    } else {
        vars.extend(own.into_iter().map(|var| (var.name.value.clone(), var)));
        vars.into_values().collect()
    };
    vars.sort_by(|a, b| a.name.value.cmp(&b.name.value));
    vars
}

/// The items of `env_file`; the last of several with one path stands for all,
/// at the place of the first.
fn env_files(service: &Value) -> Vec<&Value> {
    let path = |item: &Value| item.get("path").and_then(Value::as_str).cloned();
    let mut files = IndexMap::new();
    for item in items(service, "env_file") {
        files.insert(path(item), item);
    }
    files.into_values().collect()
}

fn read_env_file(
    loader: &mut Loader<'_>,
    item: &Value,
    scope: &Scope,
    own: &[EnvVar],
    vars: &mut Vars,
) {
    let Some(path) = item.get("path") else { return };
    let Some(text) = path.as_str() else { return };
    if path.flags.has(Flags::UNKNOWN) {
        let reason =
            "the path of an environment file depends on a variable without a value".to_owned();
        return loader.gaps.push(Gap {
            at: Some(path.at),
            reason,
            kind: GapKind::Values,
        });
    }
    let (env, target) = (&scope.env, join(&scope.dir, text));
    if !loader.reader.is_file(&target) {
        let reason = format!("`{}` is not there", loader.shown(&target).display());
        let required = item.get("required").and_then(Value::to_text);
        if required.is_none_or(|it| cast::to_bool(&it) != Some(false)) {
            let refusal = Refusal::new(Class::NotFound, Some(path.at), reason.as_str());
            loader.refusals.push(refusal);
        }
        return loader.gaps.push(Gap {
            at: Some(path.at),
            reason,
            kind: GapKind::Values,
        });
    }
    let file = match loader.text(&target) {
        Ok(file) => file,
        Err(reason) => {
            return loader.gaps.push(Gap {
                at: Some(path.at),
                reason,
                kind: GapKind::Values,
            });
        }
    };
    let source = loader.sources.shared(file);
    let lookup = |name: &str| {
        let own = || {
            own.iter()
                .find(|var| var.name.value.as_ref() == name)?
                .value
                .as_ref()
        };
        env.get(name)
            .map(str::to_owned)
            .or_else(|| own().map(|it| it.value.text.to_string()))
    };
    let before: Env = vars
        .values()
        .filter_map(|var| {
            Some((
                var.name.value.to_string(),
                var.value.as_ref()?.value.text.to_string(),
            ))
        })
        .collect();
    let parsed = match item
        .get("format")
        .and_then(Value::as_str)
        .map(|it| it.as_ref())
    {
        Some("raw") => raw_lines(source.text()),
        _ => dotenv::parse_after(source.text(), &lookup, &before),
    };
    if let Some(error) = &parsed.error {
        note_bad_env_file(loader, file, error);
    }
    for (name, var) in parsed.vars {
        let place = |range: &std::ops::Range<usize>| {
            At::new(file, Span::new(offset(range.start), offset(range.end)))
        };
        let written = source.text().get(var.written.clone()).unwrap_or("");
        let value = TextValue {
            text: var.value.as_str().into(),
            // A name alone takes its value from elsewhere, and where a variable
            // chooses the file, others may stand in its place.
            interpolated: path.flags.has(Flags::INTERPOLATED)
                || written.contains('$')
                || (written.is_empty() && !var.value.is_empty()),
            unknown: false,
        };
        let var = EnvVar {
            name: Spanned::new(name.into(), place(&var.key)),
            value: Some(Spanned::new(value, place(&var.written))),
        };
        vars.insert(var.name.value.clone(), var);
    }
}

/// `format: raw`: every line is taken as it stands.
fn raw_lines(text: &str) -> dotenv::Dotenv {
    let mut parsed = dotenv::Dotenv::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let from = start;
        start += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        let Some(equals) = line
            .find('=')
            .filter(|_| !line.trim_start().starts_with('#'))
        else {
            continue;
        };
        let var = dotenv::Var {
            value: line[equals + 1..].to_owned(),
            key: from..from + equals,
            written: from + equals + 1..from + line.len(),
        };
        parsed.vars.insert(line[..equals].to_owned(), var);
    }
    parsed
}

/// The entries of a mapping as variables.
pub(super) fn plain_pairs(value: Option<&Value>) -> Vec<EnvVar> {
    let entries = value.and_then(Value::as_map).into_iter().flatten();
    let var = |entry: &Entry| EnvVar {
        name: Spanned::new(entry.key.clone(), entry.key_at),
        value: (!entry.value.is_null()).then(|| word(&entry.value)),
    };
    entries.map(var).collect()
}
