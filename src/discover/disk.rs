//! The disk as a reader, and what a walk has seen of it already.
//!
//! Owns every look at single files: capped in size, confined to a root, and not
//! done twice. Must not know which files make a project.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::{MAIN_NAMES, MAX_BYTES, OVERRIDE_NAMES, Open};
use crate::source::Reader;

/// What a walk has seen of the disk.
pub type Texts = Arc<Seen>;

/// Names that every run asks for in every folder of a project.
const PROBED: [&str; 9] = [
    ".env",
    MAIN_NAMES[0],
    MAIN_NAMES[1],
    MAIN_NAMES[2],
    MAIN_NAMES[3],
    OVERRIDE_NAMES[0],
    OVERRIDE_NAMES[1],
    OVERRIDE_NAMES[2],
    OVERRIDE_NAMES[3],
];

/// Texts and folders, so that the disk is asked once.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Files that were read already, by absolute path.
    pub texts: HashMap<OsString, Vec<u8>>,
    /// Which of the names that are asked for stand in a folder, whatever they are.
    pub(super) folders: HashMap<OsString, Vec<&'static str>>,
}

impl Seen {
    /// Open texts, and nothing about folders.
    pub fn of(open: &Open) -> Self {
        let texts = open.iter();
        let texts = texts.map(|(path, text)| (path.clone().into_os_string(), text.clone()));
        Self {
            texts: texts.collect(),
            folders: HashMap::new(),
        }
    }

    /// Whether nothing stands at this path, as far as its folder was looked at.
    pub(super) fn lacks(&self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return false;
        };
        let there = self.folders.get(folder.as_os_str());
        there.is_some_and(|there| {
            PROBED.iter().any(|it| name == *it) && !there.iter().any(|it| name == *it)
        })
    }
}

/// The names that are asked for in a folder; `None` if it cannot be listed.
pub(super) fn list(folder: &Path) -> Option<Vec<&'static str>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).ok()? {
        let name = entry.ok()?.file_name();
        // Some disks do not tell upper from lower case.
        found.extend(PROBED.iter().find(|it| name.eq_ignore_ascii_case(it)));
    }
    Some(found)
}

fn read_capped(path: &Path) -> io::Result<Vec<u8>> {
    let length = fs::metadata(path)?.len();
    if length > MAX_BYTES {
        let message = format!(
            "it has {} MB; files above {} MB are not read",
            length >> 20,
            MAX_BYTES >> 20
        );
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    fs::read(path)
}

/// The disk, confined to a root: paths that a file names may not lead out of it.
#[derive(Clone)]
pub struct Disk {
    /// The folder that everything must stay below.
    root: PathBuf,
    /// Its real path, asked for only once a file is read that the walk did not read.
    real: OnceLock<PathBuf>,
    /// What the walk has read; it does not follow links out of the root.
    texts: Texts,
}

impl Disk {
    /// The disk below `root`, the repository or the folder that is checked.
    pub fn below(root: &Path) -> Self {
        Self::knowing(root, Texts::default())
    }

    /// The same, with texts that need not be read again.
    pub fn knowing(root: &Path, texts: Texts) -> Self {
        Self {
            root: root.to_owned(),
            real: OnceLock::new(),
            texts,
        }
    }
}

pub(super) fn read_in_words(path: &Path) -> io::Result<Vec<u8>> {
    read_capped(path).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => error,
        kind => in_words(kind),
    })
}

/// An error that says the same on every system.
fn in_words(kind: io::ErrorKind) -> io::Error {
    let text = match kind {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        kind => kind.to_string(),
    };
    io::Error::new(kind, text)
}

impl Reader for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if let Some(text) = self.texts.texts.get(path.as_os_str()) {
            return Ok(text.clone());
        }
        let real = path
            .canonicalize()
            .map_err(|error| in_words(error.kind()))?;
        let root = self.real.get_or_init(|| {
            self.root
                .canonicalize()
                .unwrap_or_else(|_| self.root.clone())
        });
        if !real.starts_with(root) {
            let message = "it lies outside the repository";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        read_in_words(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        let known = self.texts.texts.contains_key(path.as_os_str());
        known || (!self.texts.lacks(path) && path.is_file())
    }
}
