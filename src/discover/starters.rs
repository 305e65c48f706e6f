//! Files whose commands may start projects: pipelines, recipes, scripts.
//!
//! Owns their names, a cheap look at their bytes, and the folders that their
//! commands may run in. Must not read commands.

use std::path::{Path, PathBuf};

use super::disk::read_in_words;
use super::{Found, Seen};

/// Larger ones are made by machines.
const MAX_STARTER: usize = 1 << 20;

/// What kind of file starts stacks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StarterKind {
    /// A workflow of GitHub, Gitea or Forgejo, or a composite action.
    Workflow,
    /// A pipeline of GitLab.
    Gitlab,
    /// A Makefile.
    Make,
    /// A justfile.
    Just,
    /// A `package.json`.
    Package,
    /// A shell script.
    Shell,
}

/// The kind of a file by its name and folder; `None` for all that start nothing.
pub fn starter_kind(path: &Path) -> Option<StarterKind> {
    let name = path.file_name()?.to_str()?;
    let lower = name.to_ascii_lowercase();
    if lower.ends_with(".yml") || lower.ends_with(".yaml") {
        let mut above = path.parent()?.components().rev();
        let mut part = || above.next().and_then(|it| it.as_os_str().to_str());
        let (first, second) = (part().unwrap_or(""), part().unwrap_or(""));
        let third = part().unwrap_or("");
        let forge = |it: &str| matches!(it, ".github" | ".gitea" | ".forgejo");
        let action = lower.starts_with("action.") && second == "actions" && forge(third);
        if (first == "workflows" && forge(second)) || action {
            return Some(StarterKind::Workflow);
        }
        return lower
            .starts_with(".gitlab-ci.")
            .then_some(StarterKind::Gitlab);
    }
    match lower.as_str() {
        "makefile" | "gnumakefile" => Some(StarterKind::Make),
        "justfile" | ".justfile" => Some(StarterKind::Just),
        "package.json" => Some(StarterKind::Package),
        _ if lower.ends_with(".mk") => Some(StarterKind::Make),
        _ if lower.ends_with(".just") => Some(StarterKind::Just),
        _ if lower.ends_with(".sh") || lower.ends_with(".bash") => Some(StarterKind::Shell),
        _ => None,
    }
}

/// Whether a text can be of interest, by a look at its bytes.
pub fn concerns(text: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(text, needle).is_some();
    has(b"compose") && has(b"up") && (has(b"sleep") || has(b"done"))
}

/// Whether a file may be a workflow of GitHub that starts containers for its
/// jobs, by its place and a look at its bytes.
pub fn starts_services(path: &Path, text: &[u8]) -> bool {
    let mut above = path.components().rev().skip(1);
    let mut is = |name: &str| above.next().is_some_and(|it| it.as_os_str() == name);
    let has = |needle: &[u8]| memchr::memmem::find(text, needle).is_some();
    let there = is("workflows") && is(".github") && text.len() <= MAX_STARTER;
    there && has(b"services:") && has(b"run:")
}

/// The folders from which the commands of a file may run, likeliest first:
/// `top` is the repository.
pub fn bases(path: &Path, top: &Path) -> Vec<PathBuf> {
    let own = path.parent().unwrap_or(Path::new(""));
    match starter_kind(path) {
        Some(StarterKind::Workflow) => {
            let root = own.ancestors().find(|it| {
                let name = it.file_name().and_then(|it| it.to_str());
                matches!(name, Some(".github" | ".gitea" | ".forgejo"))
            });
            let root = root.and_then(Path::parent).unwrap_or(top);
            vec![root.to_owned()]
        }
        Some(StarterKind::Shell) => {
            let above = own.ancestors().take_while(|it| it.starts_with(top));
            above.map(Path::to_owned).collect()
        }
        _ => vec![own.to_owned()],
    }
}

/// Reads those that say anything of Compose. Without projects there is nothing
/// that they could start.
pub(super) fn keep(paths: Vec<PathBuf>, found: &mut Found, seen: &mut Seen) {
    if found.candidates.is_empty() && found.referred.is_empty() {
        return;
    }
    for path in paths {
        let text = read_in_words(&path).ok();
        let small = text.filter(|it| it.len() <= MAX_STARTER);
        if let Some(text) = small.filter(|it| concerns(it)) {
            seen.texts.insert(path.clone().into_os_string(), text);
            found.starters.push(path);
        }
    }
    found.starters.sort();
}
