//! Which files make a project, and with which variables and profiles.
//!
//! Owns docker compose's discovery order and what `.env` may say about it,
//! after compose-go `cli/options.go` v2.16.2. The shell's environment is never
//! asked: two machines must agree. Must not know services.

use std::path::{Path, PathBuf};

use super::dotenv::{self, DotenvError};
use super::interpolate::{Env, InterpolationErrorKind};
use super::load::{Loader, join};
use super::refusal::{Class, Refusal};
use crate::discover::{MAIN_NAMES, OVERRIDE_NAMES};
use crate::model::workload::{Gap, GapKind, Text};
use crate::source::{At, FileId, Span, offset};

/// What the user asks for. All paths are absolute.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The folder that the project is started from.
    pub dir: PathBuf,
    /// Files named one by one (`-f`); empty for discovery.
    pub files: Vec<PathBuf>,
    /// Files of variables named one by one; empty for `.env`.
    pub env_files: Vec<PathBuf>,
    /// Profiles named one by one; empty for `COMPOSE_PROFILES`.
    pub profiles: Vec<String>,
    /// Files of continuous integration that start the project.
    pub starters: Vec<Starter>,
    /// Services that a file to be laid over these leads through a pooler.
    pub pooled: Vec<String>,
}

/// A file whose commands start a project.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Starter {
    /// The file; absolute.
    pub path: PathBuf,
    /// The folder that its commands run in; absolute.
    pub base: PathBuf,
}

/// What makes the project.
#[derive(Clone, Debug)]
pub(super) struct Located {
    pub(super) dir: PathBuf,
    pub(super) files: Vec<(PathBuf, Option<At>)>,
    pub(super) env: Env,
    pub(super) profiles: Vec<Text>,
}

/// Finds the files, variables and profiles. No file found is an empty list.
pub(super) fn locate(loader: &mut Loader<'_>, request: &Request) -> Located {
    let mut env = Env::default();
    // docker compose sets this one itself; no file can change it.
    env.set("PWD", request.dir.to_string_lossy());
    add_env_files(loader, &mut env, &request.env_files);
    if request.env_files.is_empty() {
        let named = request.files.first().and_then(|path| path.parent());
        add_default_env(loader, &mut env, named.unwrap_or(&request.dir));
    }
    let files = files(loader, request, &env);
    let dir = match files.first() {
        Some((first, _)) => first.parent().unwrap_or(Path::new("")).to_owned(),
        None => request.dir.clone(),
    };
    if request.env_files.is_empty() && request.files.is_empty() && dir != request.dir {
        add_default_env(loader, &mut env, &dir);
    }
    if files.is_empty() {
        let message = "no Compose file is here or in a folder above";
        loader
            .refusals
            .push(Refusal::new(Class::NotFound, None, message));
    }
    let profiles = match request.profiles.as_slice() {
        [] => split_profiles(env.get("COMPOSE_PROFILES").unwrap_or("")),
        some => some.iter().map(|name| name.as_str().into()).collect(),
    };
    Located {
        dir,
        files,
        env,
        profiles,
    }
}

fn files(loader: &Loader<'_>, request: &Request, env: &Env) -> Vec<(PathBuf, Option<At>)> {
    if !request.files.is_empty() {
        return request
            .files
            .iter()
            .map(|path| (path.clone(), None))
            .collect();
    }
    if let Some(list) = env.get("COMPOSE_FILE") {
        let separator = env
            .get("COMPOSE_PATH_SEPARATOR")
            .filter(|it| !it.is_empty())
            .unwrap_or(":");
        return list
            .split(separator)
            .map(|name| (join(&request.dir, name), None))
            .collect();
    }
    for dir in request.dir.ancestors() {
        let Some(main) = first_file(loader, dir, &MAIN_NAMES) else {
            continue;
        };
        let mut files = vec![(main, None)];
        files.extend(first_file(loader, dir, &OVERRIDE_NAMES).map(|path| (path, None)));
        return files;
    }
    Vec::new()
}

fn first_file(loader: &Loader<'_>, dir: &Path, names: &[&str]) -> Option<PathBuf> {
    names
        .iter()
        .map(|name| dir.join(name))
        .find(|path| loader.reader.is_file(path))
}

fn split_profiles(list: &str) -> Vec<Text> {
    list.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(Text::from)
        .collect()
}

fn add_default_env(loader: &mut Loader<'_>, env: &mut Env, dir: &Path) {
    let path = dir.join(".env");
    if loader.reader.is_file(&path) {
        add_env_files(loader, env, &[path]);
    }
}

/// Adds the variables of files, of which a later one wins; what is set already
/// stays.
pub(super) fn add_env_files(loader: &mut Loader<'_>, env: &mut Env, paths: &[PathBuf]) {
    let mut found = Env::default();
    for path in paths {
        let file = match loader.text(path) {
            Ok(file) => file,
            Err(reason) => {
                loader.gaps.push(Gap {
                    at: None,
                    reason: reason.clone(),
                    kind: GapKind::Values,
                });
                let refusal = Refusal::new(Class::NotFound, None, reason);
                loader.refusals.push(refusal);
                continue;
            }
        };
        let source = loader.sources.shared(file);
        let lookup = |name: &str| env.get(name).map(str::to_owned);
        let parsed = dotenv::parse_after(source.text(), &lookup, &found);
        if let Some(error) = parsed.error {
            note_bad_env_file(loader, file, &error);
        }
        for (name, var) in parsed.vars {
            found.set(name, var.value);
        }
    }
    for (name, value) in found.iter() {
        env.add(name, value);
    }
}

/// Notes an environment file that Compose would refuse.
pub(super) fn note_bad_env_file(loader: &mut Loader<'_>, file: FileId, error: &DotenvError) {
    let start = offset(error.offset);
    let at = At::new(file, Span::new(start, start + 1));
    loader.gaps.push(Gap {
        at: Some(at),
        reason: error.message.clone(),
        kind: GapKind::Values,
    });
    let class = match error.cause {
        None => Class::EnvFile,
        Some(InterpolationErrorKind::Required { .. }) => Class::RequiredVariable,
        Some(InterpolationErrorKind::Invalid) => Class::Interpolation,
        Some(InterpolationErrorKind::Limit) => Class::Limit,
    };
    loader
        .refusals
        .push(Refusal::new(class, Some(at), error.message.as_str()));
}
