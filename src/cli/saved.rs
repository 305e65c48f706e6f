//! Whether git can give back what a file holds now.
//!
//! Owns the search for a checkout and its index. Reads; starts no process.
//! Must not know the index's form.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::git_index::{self, Index};

/// Why git could not give a file back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Doubt {
    /// It is in no checkout.
    Outside,
    /// Its content is not in the index, or nobody can tell.
    Unsaved(String),
}

/// What is known of the checkouts that were met.
#[derive(Default)]
pub(super) struct Checkouts {
    indices: BTreeMap<PathBuf, Result<Index, String>>,
}

impl Checkouts {
    /// Why a file with this content could not be given back; `None` if git
    /// holds exactly that, staged or committed.
    ///
    /// # Errors
    /// The file's path cannot be followed.
    pub(super) fn doubt(&mut self, path: &Path, content: &[u8]) -> io::Result<Option<Doubt>> {
        let real = path.canonicalize()?;
        let Some(root) = real.ancestors().find(|it| it.join(".git").exists()) else {
            return Ok(Some(Doubt::Outside));
        };
        let index = self.indices.entry(root.to_owned());
        let index = match index.or_insert_with(|| index_of(root)) {
            Ok(index) => index,
            Err(reason) => return Ok(Some(Doubt::Unsaved(reason.clone()))),
        };
        let below = real.strip_prefix(root).unwrap_or(&real);
        let parts: Vec<_> = below.iter().map(|it| it.to_string_lossy()).collect();
        Ok(unsaved(index, &parts.join("/"), content))
    }
}

fn unsaved(index: &Index, path: &str, content: &[u8]) -> Option<Doubt> {
    let fact = match index.get(path.as_bytes()) {
        None => "git does not know it",
        Some(entry) if entry.is_unmerged => "a merge has left it undecided",
        Some(entry) if entry.is_file && holds(&entry.content, content) => return None,
        Some(_) => "it has changes that are not committed",
    };
    Some(Doubt::Unsaved(fact.to_owned()))
}

/// Whether a name is that of the content, as it is or with the line ends that
/// git keeps under `core.autocrlf`.
fn holds(name: &[u8; 20], content: &[u8]) -> bool {
    if git_index::name_of(content) == *name {
        return true;
    }
    let crlf = content.windows(2).any(|it| it == b"\r\n");
    crlf && {
        let text = String::from_utf8_lossy(content).replace("\r\n", "\n");
        git_index::name_of(text.as_bytes()) == *name
    }
}

/// The index of the checkout in a folder.
fn index_of(root: &Path) -> Result<Index, String> {
    let told = |error: io::Error| format!("git's index cannot be read: {error}");
    let folder = git_folder(root).map_err(told)?;
    let common = match fs::read_to_string(folder.join("commondir")) {
        Ok(path) => folder.join(path.trim()),
        Err(_) => folder.clone(),
    };
    let config = fs::read_to_string(common.join("config")).unwrap_or_default();
    let mut lines = config.lines().map(str::to_ascii_lowercase);
    if lines.any(|it| it.trim_start().starts_with("objectformat") && it.contains("sha256")) {
        return Err("the repository names contents by SHA-256, which is not read here".to_owned());
    }
    match fs::read(folder.join("index")) {
        Ok(bytes) => git_index::parse(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Index::new()),
        Err(error) => Err(told(error)),
    }
}

/// Where git keeps what belongs to a checkout: `.git`, or where that file says.
fn git_folder(root: &Path) -> io::Result<PathBuf> {
    let marker = root.join(".git");
    if marker.is_dir() {
        return Ok(marker);
    }
    let text = fs::read_to_string(&marker)?;
    let place = text.trim_end().strip_prefix("gitdir:");
    let place = place.ok_or_else(|| io::Error::other("`.git` names no folder"))?;
    Ok(root.join(place.trim()))
}
