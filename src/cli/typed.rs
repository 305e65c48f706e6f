//! Standard input, which stands for a file that may not exist.
//!
//! Owns the name and the kind of what is typed. Must not know how stacks are
//! found beside it.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::args::InputArgs;
use super::gather::{Gathered, absolute, request};
use super::settings::Settings;
use super::{Io, clusters};
use crate::check;
use crate::discover::{self, Disk};
use crate::source::Reader;

/// The disk with one file's text in place of what is there.
pub(super) struct Typed<'a> {
    pub(super) disk: Disk,
    pub(super) path: &'a Path,
    pub(super) text: &'a [u8],
}

impl Reader for Typed<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == self.path {
            Ok(self.text.to_vec())
        } else {
            self.disk.read(path)
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        path == self.path || self.disk.is_file(path)
    }
}

/// What is read from standard input stands for a file that may not exist.
pub(super) fn standard_input(
    args: &InputArgs,
    mut settings: Settings,
    io: &mut Io<'_>,
    root: &Path,
) -> io::Result<Gathered> {
    let mut text = Vec::new();
    io.input.read_to_end(&mut text)?;
    let name = args.stdin_filename.clone().unwrap_or_else(|| {
        let manifest = Path::new("manifest.yaml");
        let is_manifest = discover::is_manifest_text(manifest, &text);
        PathBuf::from(if is_manifest {
            "manifest.yaml"
        } else {
            "compose.yaml"
        })
    });
    let path = absolute(&io.dir, &name);
    let dir = path.parent().unwrap_or(Path::new("")).to_owned();
    let overlay = Typed {
        disk: Disk::below(root),
        path: &path,
        text: &text,
    };
    settings.look(&dir)?;
    let report = if discover::is_manifest_text(&path, &text) {
        clusters::alone(&path, &overlay, &io.dir, settings.of(&dir))
    } else {
        let found = discover::OVERRIDE_NAMES.iter().chain(&discover::MAIN_NAMES);
        // Under such a name the file is found beside the others.
        let files = match found.into_iter().any(|name| path.ends_with(name)) {
            true => Vec::new(),
            false => vec![path.clone()],
        };
        let request = request(args, &io.dir, dir.clone(), files);
        check::check(&request, &overlay, &io.dir, settings.of(&dir))
    };
    let mut gathered = Gathered::new(vec![report], settings);
    gathered.hints = BTreeSet::from([path.clone()]);
    gathered.typed = Some((path, text));
    Ok(gathered)
}
