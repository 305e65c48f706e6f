//! Which files make a project, and with which variables and profiles.
//!
//! Owns docker compose's discovery order and what `.env` may say about it,
//! after compose-go `cli/options.go` v2.16.2. The shell's environment is never
//! asked: two machines must agree. Must not know services.

use std::path::{Path, PathBuf};

use super::dotenv;
use super::interpolate::Env;
use super::load::{Loader, join};
use crate::model::workload::{Gap, GapKind, Text};
use crate::source::{At, FileId, Span, offset};

/// Names of a project's main file, in the order in which they are tried.
pub const DEFAULT_FILES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];

/// Names of the override file that is loaded beside a default file.
pub const DEFAULT_OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

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
    for path in &request.env_files {
        add_env_file(loader, &mut env, path);
    }
    if request.env_files.is_empty() {
        add_default_env(loader, &mut env, &request.dir);
    }
    let files = files(loader, request, &env);
    let dir = match files.first() {
        Some((first, _)) => first.parent().unwrap_or(Path::new("")).to_owned(),
        None => request.dir.clone(),
    };
    if request.env_files.is_empty() && dir != request.dir {
        add_default_env(loader, &mut env, &dir);
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
        let Some(main) = first_file(loader, dir, &DEFAULT_FILES) else {
            continue;
        };
        let mut files = vec![(main, None)];
        files.extend(first_file(loader, dir, &DEFAULT_OVERRIDES).map(|path| (path, None)));
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
        add_env_file(loader, env, &path);
    }
}

/// Adds the variables of a file; those that are set already stay.
pub(super) fn add_env_file(loader: &mut Loader<'_>, env: &mut Env, path: &Path) {
    let file = match loader.text(path) {
        Ok(file) => file,
        Err(reason) => {
            loader.gaps.push(Gap {
                at: None,
                reason,
                kind: GapKind::Values,
            });
            return;
        }
    };
    let source = loader.sources.shared(file);
    let parsed = dotenv::parse(source.text(), &|name| env.get(name).map(str::to_owned));
    if let Some(error) = parsed.error {
        note_bad_env_file(loader, file, error.offset, &error.message);
    }
    for (name, var) in parsed.vars {
        env.add(name, var.value);
    }
}

/// Notes an environment file that Compose would refuse.
pub(super) fn note_bad_env_file(loader: &mut Loader<'_>, file: FileId, at: usize, message: &str) {
    let at = At::new(file, Span::new(offset(at), offset(at + 1)));
    loader.gaps.push(Gap {
        at: Some(at),
        reason: message.to_owned(),
        kind: GapKind::Values,
    });
    let class = super::refusal::Class::Interpolation;
    loader
        .refusals
        .push(super::refusal::Refusal::new(class, Some(at), message));
}
