//! Whether git can give back what a file holds now.
//!
//! Owns the search for a checkout and its index. Reads; starts no process.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gix::bstr::BStr;
use gix::hash::Kind;
use gix::index::File;
use gix::index::entry::Mode;

use super::history::is_content;

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
    indices: BTreeMap<PathBuf, Result<File, String>>,
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

fn unsaved(index: &File, path: &str, content: &[u8]) -> Option<Doubt> {
    let fact = match index.entry_by_path(BStr::new(path)) {
        None => "git does not know it",
        Some(entry) if entry.stage_raw() != 0 => "a merge has left it undecided",
        Some(entry)
            if matches!(entry.mode, Mode::FILE | Mode::FILE_EXECUTABLE)
                && is_content(entry.id, content) =>
        {
            return None;
        }
        Some(_) => "it has changes that are not committed",
    };
    Some(Doubt::Unsaved(fact.to_owned()))
}

/// The index of the checkout in a folder.
fn index_of(root: &Path) -> Result<File, String> {
    let told = |error: &dyn std::fmt::Display| format!("git's index cannot be read: {error}");
    let folder = git_folder(root).map_err(|error| told(&error))?;
    let common = match fs::read_to_string(folder.join("commondir")) {
        Ok(path) => folder.join(path.trim()),
        Err(_) => folder.clone(),
    };
    let config = fs::read_to_string(common.join("config")).unwrap_or_default();
    let mut lines = config.lines().map(str::to_ascii_lowercase);
    let is_long =
        lines.any(|it| it.trim_start().starts_with("objectformat") && it.contains("sha256"));
    let kind = if is_long { Kind::Sha256 } else { Kind::Sha1 };
    let index = File::at_or_default(folder.join("index"), kind, false, Default::default());
    index.map_err(|error| told(&error))
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
