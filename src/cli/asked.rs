//! Which files a run asks for, there or not.
//!
//! Owns the record of it: what a stack is made from is what its answers depend
//! on, an override that is not there included. Must not judge any file.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::source::Reader;

/// Whether a run keeps a record of what it asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tracing {
    /// Nobody wants to know.
    #[default]
    Off,
    /// Something depends on it.
    On,
}

/// A reader that notes what it is asked.
pub(super) struct Asked<'r> {
    reader: &'r dyn Reader,
    paths: Option<Mutex<BTreeSet<PathBuf>>>,
}

impl<'r> Asked<'r> {
    /// The same answers as `reader` gives.
    pub(super) fn of(reader: &'r dyn Reader, tracing: Tracing) -> Self {
        let paths = match tracing {
            Tracing::Off => None,
            Tracing::On => Some(Mutex::default()),
        };
        Self { reader, paths }
    }

    /// What was asked so far.
    pub(super) fn paths(&self) -> BTreeSet<PathBuf> {
        let paths = self.paths.as_ref().and_then(|it| it.lock().ok());
        paths.map(|it| it.clone()).unwrap_or_default()
    }

    fn note(&self, path: &Path) {
        if let Some(paths) = &self.paths
            && let Ok(mut paths) = paths.lock()
            && !paths.contains(path)
        {
            paths.insert(path.to_owned());
        }
    }
}

impl Reader for Asked<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.note(path);
        self.reader.read(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.note(path);
        self.reader.is_file(path)
    }
}

/// The files that each stack asked for, by what the stack is known by.
#[derive(Default)]
pub(super) struct Trace {
    by_stack: Mutex<BTreeMap<PathBuf, BTreeSet<PathBuf>>>,
}

impl Trace {
    /// Adds what was asked for a stack; a second look adds to the first.
    pub(super) fn add(&self, stack: &Path, asked: Asked<'_>) {
        let Some(paths) = asked.paths.and_then(|it| it.into_inner().ok()) else {
            return;
        };
        if let Ok(mut by_stack) = self.by_stack.lock() {
            by_stack.entry(stack.to_owned()).or_default().extend(paths);
        }
    }

    /// Adds one file to what a stack asked for.
    pub(super) fn note(&self, stack: &Path, path: PathBuf) {
        if let Ok(mut by_stack) = self.by_stack.lock() {
            by_stack.entry(stack.to_owned()).or_default().insert(path);
        }
    }

    /// All of it.
    pub(super) fn into_inner(self) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
        self.by_stack.into_inner().unwrap_or_default()
    }
}
