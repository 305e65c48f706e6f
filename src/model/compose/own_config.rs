//! Configuration files that are mounted into a service, one by one.
//!
//! Owns which files count: those of the project, by their endings, small, with
//! one document, and no Compose files. Must not know what stands in them.

use std::path::Path;

use super::load::{Loader, Scope, join};
use super::services::items;
use crate::model::workload::{Value as TextValue, Workload};
use crate::source::{At, Span, Spanned, offset};
use crate::yaml::{Flags, Value};

/// What programs read their settings from.
const ENDINGS: [&str; 9] = [
    "cfg",
    "conf",
    "env",
    "ini",
    "json",
    "properties",
    "toml",
    "yaml",
    "yml",
];

/// Beyond this size a file is data.
const MAX_BYTES: usize = 64 * 1024;

/// The files of a service that says where its container comes from.
pub(super) fn read(
    loader: &mut Loader<'_>,
    workload: &Workload,
    service: &Value,
    model: &Value,
    scope: &Scope,
) -> Vec<Spanned<TextValue>> {
    let mut found = Vec::new();
    for volume in &workload.volumes {
        let source = volume.source.as_deref().filter(|it| it.starts_with('/'));
        if let Some(source) = source.filter(|_| is_config(&volume.target)) {
            found.extend(file(loader, Path::new(source)));
        }
    }
    for item in items(service, "configs") {
        found.extend(config(loader, item, model, scope));
    }
    found
}

fn is_config(target: &str) -> bool {
    let name = target.rsplit('/').next().unwrap_or(target);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|it| ENDINGS.contains(&it))
}

fn file(loader: &mut Loader<'_>, path: &Path) -> Option<Spanned<TextValue>> {
    if !loader.reader.is_file(path) {
        return None;
    }
    let file = loader.text(path).ok()?;
    let source = loader.sources.shared(file);
    let text = source.text();
    let at = At::new(file, Span::new(0, offset(text.len())));
    is_one(text).then(|| value(at, text))
}

/// An item of `configs`: a name, or a mapping with `source` and `target`.
fn config(
    loader: &mut Loader<'_>,
    item: &Value,
    model: &Value,
    scope: &Scope,
) -> Option<Spanned<TextValue>> {
    let source = item.to_text().or_else(|| item.get("source")?.to_text())?;
    let target = item.get("target").and_then(Value::to_text);
    if !is_config(target.as_deref().unwrap_or(&source)) {
        return None;
    }
    let config = model.get("configs")?.get(&source)?;
    let known = |key: &str| {
        let found = config.get(key)?;
        (!found.flags.has(Flags::UNKNOWN)).then(|| found.to_text())?
    };
    if let Some(content) = known("content") {
        return is_one(&content).then(|| value(item.at, &content));
    }
    file(loader, &join(&scope.dir, &known("file")?))
}

/// Whether a text is small and does not hold several settings to choose from, as
/// the services of a Compose file are for a program that looks through it.
fn is_one(text: &str) -> bool {
    let mut rest = text.lines().skip(1);
    let several = rest.any(|it| it.trim_end() == "---")
        || text.lines().any(|it| it.trim_end() == "services:");
    text.len() <= MAX_BYTES && !several
}

fn value(at: At, text: &str) -> Spanned<TextValue> {
    let value = TextValue {
        text: text.into(),
        interpolated: false,
        unknown: false,
    };
    Spanned::new(value, at)
}
