//! What the modules of the suite share: folders, an in-process command line, a
//! reader that holds files in memory, snapshots beside their inputs.
//!
//! Must not know what is tested with them.

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::cli::{self, Io};
use crate::source::Reader;
use crate::words::Date;

/// Two tests write parts of one page; they take turns.
pub(super) static README: Mutex<()> = Mutex::new(());

/// A path below the crate's folder.
pub(super) fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether expected texts are to be written, not compared.
pub(super) fn update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| !value.is_empty())
}

/// The folders in a folder, sorted; none if it is not there.
pub(super) fn folders(dir: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = entries(dir).into_iter().filter(|it| it.is_dir()).collect();
    folders.sort();
    folders
}

/// The files in a folder, sorted; none if it is not there.
pub(super) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = entries(dir).into_iter().filter(|it| it.is_file()).collect();
    files.sort();
    files
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The last part of a path.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// The text of a file that must be there.
pub(super) fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A stack whose web server waits for a start where it could wait for readiness.
pub(super) const WEAK: &str = "\
services:
  web:
    image: example.com/web:1
    depends_on: [db]
  db:
    image: postgres:17
    healthcheck: {test: [CMD, pg_isready, -h, 127.0.0.1], interval: 2s}
";

/// How a command line ended, and what it said.
pub(crate) struct Ran {
    pub(super) code: u8,
    pub(super) out: String,
    pub(super) err: String,
}

/// Runs the tool in-process: 100 columns, no terminal.
pub(crate) fn run<S: AsRef<str>>(dir: &Path, args: &[S], input: &[u8]) -> Ran {
    run_while(dir, args, input, &mut || false)
}

/// The same, with what happens between two looks of a watch.
pub(super) fn run_while<S: AsRef<str>>(
    dir: &Path,
    args: &[S],
    input: &[u8],
    pause: &mut dyn FnMut() -> bool,
) -> Ran {
    let (mut out, mut err, mut input) = (Vec::new(), Vec::new(), input);
    let mut io = Io {
        out: &mut out,
        err: &mut err,
        input: &mut input,
        dir: dir.to_owned(),
        colour: false,
        width: 100,
        today: Date::parse("2026-07-01"),
        pause,
    };
    let words = args.iter().map(|arg| arg.as_ref().to_owned());
    let exit = cli::run(std::iter::once("tierlint".to_owned()).chain(words), &mut io);
    Ran {
        code: exit.code(),
        out: String::from_utf8(out).expect("output is text"),
        err: String::from_utf8(err).expect("notes are text"),
    }
}

/// Whether `text` equals the snapshot called `name` in `dir`; a difference is
/// printed, so that one test can go through all folders.
pub(super) fn matches(dir: &Path, name: &str, text: &str) -> bool {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(dir);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let compare = AssertUnwindSafe(|| settings.bind(|| insta::assert_snapshot!(name, text)));
    catch_unwind(compare).is_ok()
}

/// Files held in memory.
#[derive(Default)]
pub(super) struct Memory(pub(super) BTreeMap<PathBuf, String>);

impl Reader for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = self.0.get(path).map(|text| text.clone().into_bytes());
        found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it does not exist"))
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}
