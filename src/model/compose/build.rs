//! `build:` and the Dockerfile it names.
//!
//! Owns which Dockerfile counts. What stands in it is `dockerfile`'s; files
//! come through the loader.

use std::collections::BTreeMap;
use std::path::Path;

use super::environment::plain_pairs;
use super::load::{Loader, is_remote, join};
use super::services::spanned_text;
use crate::model::dockerfile;
use crate::model::workload::Build;
use crate::source::Spanned;
use crate::yaml::{Entry, Flags, Value};

/// Reads the mapping of a `build` key.
pub(super) fn build(entry: &Entry, dir: &Path) -> Build {
    let field = |key: &str| {
        entry
            .value
            .get(key)
            .filter(|it| !it.flags.has(Flags::UNKNOWN))
            .and_then(spanned_text)
    };
    let absent = |key: &str| entry.value.get(key).is_none_or(Value::is_null);
    let default = |text: &str| Some(Spanned::new(text.into(), entry.key_at));
    let context = if absent("context") {
        default(".")
    } else {
        field("context")
    };
    let dockerfile = if absent("dockerfile") && absent("dockerfile_inline") {
        default("Dockerfile")
    } else {
        field("dockerfile")
    };
    let context = context.filter(|it| !is_remote(&it.value)).map(|it| {
        let path = join(dir, &it.value).to_string_lossy().into();
        Spanned::new(path, it.at)
    });
    Build {
        at: entry.key_at,
        context,
        dockerfile,
        inline: field("dockerfile_inline"),
        target: field("target"),
        args: args(entry.value.get("args")),
        made: None,
        file: None,
    }
}

/// Build arguments, as a mapping or as a list; one without a value comes from
/// the shell.
fn args(value: Option<&Value>) -> BTreeMap<String, Option<String>> {
    let mut args: BTreeMap<_, _> = plain_pairs(value)
        .into_iter()
        .map(|it| {
            let value = it.value.filter(|it| !it.value.unknown);
            let value = value.map(|it| it.value.text.to_string());
            (it.name.value.to_string(), value)
        })
        .collect();
    for item in value.and_then(Value::as_seq).into_iter().flatten() {
        let known = !item.flags.has(Flags::UNKNOWN);
        let Some(text) = item.to_text() else { continue };
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, known.then(|| value.to_owned())),
            None => (text.as_ref(), None),
        };
        args.insert(name.to_owned(), value);
    }
    args
}

/// Reads the Dockerfile of a build, where it lies in this tree and nothing
/// unknown chooses it.
pub(super) fn read_dockerfile(loader: &mut Loader<'_>, build: &mut Build, value: Option<&Value>) {
    let choices = ["context", "dockerfile", "dockerfile_inline", "target"];
    let unknown = |key: &&str| {
        let field = value.and_then(|it| it.get(key));
        field.is_some_and(|it| it.flags.has(Flags::UNKNOWN))
    };
    if choices.iter().any(unknown) {
        return;
    }
    let target = build.target.as_ref().map(|it| it.value.clone());
    if let Some(inline) = &build.inline {
        build.made = dockerfile::read(&inline.value, &build.args, target.as_deref());
        return;
    }
    let Some(context) = &build.context else {
        return;
    };
    let Some(named) = &build.dockerfile else {
        return;
    };
    let path = join(Path::new(context.value.as_ref()), &named.value);
    if !loader.reader.is_file(&path) {
        return;
    }
    let Ok(file) = loader.text(&path) else { return };
    let source = loader.sources.shared(file);
    build.made = dockerfile::read(source.text(), &build.args, target.as_deref());
    build.file = Some(file);
}
