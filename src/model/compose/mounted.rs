//! Configuration files that are put into a container and say whom it reaches.
//!
//! Owns which files of a project are worth reading for that: those of poolers,
//! by their names. Must not know what stands in them.

use std::path::Path;

use super::load::{Loader, Scope, join};
use super::services::items;
use crate::model::workload::{Mounted, Workload};
use crate::source::{At, Span, offset};
use crate::yaml::{Flags, Value};

/// The names under which poolers look for their configuration.
const NAMES: [&str; 7] = [
    "databases.ini",
    "maxscale.cnf",
    "odyssey.conf",
    "pgbouncer.ini",
    "pgcat.toml",
    "pgdog.toml",
    "pgpool.conf",
];

/// ProxySQL's own, and what is laid over it.
const PROXYSQL: &str = "proxysql.cnf";

/// Files beyond this size are no configuration of a pooler.
const MAX_BYTES: usize = 256 * 1024;

/// Reads what is mounted or copied into a workload under such a name.
pub(super) fn read(
    loader: &mut Loader<'_>,
    workload: &mut Workload,
    service: &Value,
    model: &Value,
    scope: &Scope,
) {
    let mut found = Vec::new();
    for volume in &workload.volumes {
        let Some(source) = volume.source.as_deref().filter(|it| it.starts_with('/')) else {
            continue;
        };
        for (name, path) in candidates(Path::new(source), &volume.target, loader) {
            found.extend(file(loader, volume.at, &name, &path));
        }
    }
    for item in items(service, "configs") {
        found.extend(config(loader, item, model, scope));
    }
    found.extend(copied(loader, workload));
    workload.mounted = found;
}

fn known(name: &str) -> bool {
    NAMES.contains(&name) || name == PROXYSQL
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What a mount may bring: the file itself, or the known files of a folder.
fn candidates(
    source: &Path,
    target: &str,
    loader: &Loader<'_>,
) -> Vec<(String, std::path::PathBuf)> {
    let name = last(target);
    if known(name) {
        return vec![(name.to_owned(), source.to_owned())];
    }
    // A folder that is mounted where a pooler looks.
    let homes = [
        "pgbouncer",
        "pgcat",
        "pgdog",
        "odyssey",
        "proxysql",
        "conf",
        "config",
        "etc",
    ];
    if !homes.contains(&name) {
        return Vec::new();
    }
    let inside = NAMES
        .iter()
        .chain([&PROXYSQL])
        .map(|it| ((*it).to_owned(), source.join(it)));
    inside
        .filter(|(_, path)| loader.reader.is_file(path))
        .collect()
}

fn file(loader: &mut Loader<'_>, at: At, name: &str, path: &Path) -> Option<Mounted> {
    if !loader.reader.is_file(path) {
        return None;
    }
    let file = loader.text(path).ok()?;
    let text = loader.sources.shared(file);
    (text.text().len() <= MAX_BYTES).then(|| Mounted {
        at,
        name: name.into(),
        text: text.text().into(),
        content: Some(At::new(file, Span::new(0, offset(text.text().len())))),
    })
}

/// An item of `configs`: a name, or a mapping with `source` and `target`.
fn config(loader: &mut Loader<'_>, item: &Value, model: &Value, scope: &Scope) -> Option<Mounted> {
    let source = item.to_text().or_else(|| item.get("source")?.to_text())?;
    let target = item
        .get("target")
        .and_then(Value::to_text)
        .unwrap_or_else(|| source.clone());
    let name = last(&target).to_owned();
    if !known(&name) {
        return None;
    }
    let config = model.get("configs")?.get(&source)?;
    if let Some(content) = config
        .get("content")
        .filter(|it| !it.flags.has(Flags::UNKNOWN))
    {
        return Some(Mounted {
            at: item.at,
            name: name.as_str().into(),
            text: content.to_text()?,
            content: None,
        });
    }
    let path = config
        .get("file")
        .filter(|it| !it.flags.has(Flags::UNKNOWN))?
        .to_text()?;
    file(loader, item.at, &name, &join(&scope.dir, &path))
}

/// What a Dockerfile copies out of its context.
fn copied(loader: &mut Loader<'_>, workload: &Workload) -> Vec<Mounted> {
    let Some(build) = &workload.build else {
        return Vec::new();
    };
    let (Some(context), Some(made)) = (&build.context, &build.made) else {
        return Vec::new();
    };
    let context = Path::new(context.value.as_ref()).to_owned();
    let mut found = Vec::new();
    for line in made
        .instructions
        .iter()
        .filter(|it| it.starts_with("COPY "))
    {
        let words: Vec<&str> = line
            .split_whitespace()
            .skip(1)
            .filter(|it| !it.starts_with("--"))
            .collect();
        let Some((target, sources)) = words.split_last() else {
            continue;
        };
        for source in sources {
            let named = if known(last(target)) {
                last(target)
            } else {
                last(source)
            };
            if known(named) {
                found.extend(file(loader, build.at, named, &join(&context, source)));
            }
        }
    }
    found
}
