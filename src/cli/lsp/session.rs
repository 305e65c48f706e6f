//! What is open, what is known about it, and what the client was told.
//!
//! Owns which stacks are checked again after which change. Must not know how
//! anything is sent.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gen_lsp_types::{
    Diagnostic, PublishDiagnosticsParams, TextDocumentContentChangeEvent, TextDocumentItem, Uri,
};

use crate::check::Report;
use crate::cli::Io;
use crate::cli::accept;
use crate::cli::adoption::AcceptArgs;
use crate::cli::gather::{Gathered, Opened, Scope, gather_open};
use crate::config::Config;
use crate::discover::{self, Open, Walked};
use crate::lsp::client::Client;
use crate::lsp::document::Document;
use crate::lsp::{Documents, Frame, diagnostic, uri};
use crate::words::Date;

/// So long the disk is taken to be as it was, for a client that does not tell
/// of changes.
const FRESH: Duration = Duration::from_secs(3);

/// A stack, and what was found in it.
struct Known {
    /// The folder that its paths are shown from.
    dir: PathBuf,
    /// The file that it is known by; a cluster's folder.
    main: PathBuf,
    report: Report,
    /// What was found, by file; the files that it reads, at least.
    found: BTreeMap<PathBuf, Vec<Diagnostic>>,
}

/// What there is to tell after a check.
#[derive(Default)]
pub(super) struct Refreshed {
    /// The diagnostics of the files about which something has changed.
    pub(super) diagnostics: Vec<PublishDiagnosticsParams>,
    /// Why a part could not be checked, if that was not said before.
    pub(super) problem: Option<String>,
    /// Whether hints of files that the client has not touched are out of date.
    pub(super) elsewhere: bool,
}

/// One client's session.
pub(super) struct Session {
    client: Client,
    today: Option<Date>,
    documents: Documents,
    stacks: Vec<Known>,
    /// What the client was told and has not been taken back.
    published: BTreeMap<PathBuf, Vec<Diagnostic>>,
    /// What has changed since the last check.
    stale: BTreeSet<PathBuf>,
    /// The trouble that was told last.
    said: Option<String>,
    requests: i32,
    /// What is known of the disk, and since when.
    walked: Option<(Walked, Instant)>,
}

impl Session {
    pub(super) fn new(client: Client, today: Option<Date>) -> Self {
        Self {
            client,
            today,
            documents: Documents::new(),
            stacks: Vec::new(),
            published: BTreeMap::new(),
            stale: BTreeSet::new(),
            said: None,
            requests: 0,
            walked: None,
        }
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// A number for a request of the server's own.
    pub(super) const fn next_id(&mut self) -> i32 {
        self.requests += 1;
        self.requests
    }

    pub(super) fn is_stale(&self) -> bool {
        !self.stale.is_empty()
    }

    /// Takes a text for the one that counts. What is not in an open folder is
    /// not looked at.
    pub(super) fn open(&mut self, item: TextDocumentItem) {
        let Some(path) = self.path(&item.uri) else {
            return;
        };
        let document = Document {
            uri: item.uri,
            version: item.version,
            text: item.text,
        };
        self.documents.insert(path.clone(), document);
        self.stale.insert(path);
    }

    pub(super) fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
    ) {
        let Some(path) = self.path(uri) else { return };
        let Some(document) = self.documents.get_mut(&path) else {
            return;
        };
        document.change(version, changes, self.client.encoding);
        self.stale.insert(path);
    }

    /// From now on the disk counts again.
    pub(super) fn close(&mut self, uri: &Uri) {
        let Some(path) = self.path(uri) else { return };
        if self.documents.remove(&path).is_some() {
            self.stale.insert(path);
            self.walked = None;
        }
    }

    pub(super) fn folders(&mut self, removed: &[PathBuf], added: Vec<PathBuf>) {
        self.client.folders.retain(|it| !removed.contains(it));
        self.client.folders.extend(added);
        self.forget();
    }

    /// Nothing that was read from the disk counts any more.
    pub(super) fn forget(&mut self) {
        self.walked = None;
        self.stale.extend(self.documents.keys().cloned());
    }

    fn path(&self, uri: &Uri) -> Option<PathBuf> {
        let path = uri::path(uri)?;
        self.dir(&path).map(|_| path)
    }

    /// The folder that paths are shown from beside a file: the innermost open
    /// folder; where no folder is open, the file's repository.
    pub(super) fn dir(&self, path: &Path) -> Option<PathBuf> {
        if self.client.folders.is_empty() {
            return Some(discover::repository_root(path.parent()?));
        }
        let around = self.client.folders.iter().filter(|it| path.starts_with(it));
        around.max_by_key(|it| it.as_os_str().len()).cloned()
    }

    /// What conversions need, for stacks that are shown from a folder.
    pub(super) const fn frame<'f>(&'f self, dir: &'f Path) -> Frame<'f> {
        Frame {
            dir,
            documents: &self.documents,
            client: &self.client,
        }
    }

    /// The stacks that read a file, with the folder that they are shown from;
    /// the one that is known by it first.
    pub(super) fn stacks_of(&self, path: &Path) -> (PathBuf, Vec<&Report>) {
        let reads = self.stacks.iter().filter(|it| it.found.contains_key(path));
        let mut known: Vec<&Known> = reads.collect();
        known.sort_by_key(|it| it.main != path);
        let dir = known.first().map(|it| it.dir.clone()).unwrap_or_default();
        // Open folders may lie in each other; a path is shown from one of them.
        let shown = known.iter().filter(|it| it.dir == dir);
        let reports = shown.map(|it| &it.report).collect();
        (dir, reports)
    }

    /// Reads and checks whatever files are part of, and their neighbours. Texts
    /// that are open count, but for those in `instead`.
    ///
    /// # Errors
    /// Settings cannot be read or understood.
    pub(super) fn gather(
        &self,
        dir: &Path,
        files: &BTreeSet<PathBuf>,
        instead: &[(PathBuf, String)],
    ) -> io::Result<Gathered> {
        let mut walked = Walked::default();
        self.gather_in(dir, files, instead, (Scope::Neighbours, &mut walked))
    }

    fn gather_in(
        &self,
        dir: &Path,
        files: &BTreeSet<PathBuf>,
        instead: &[(PathBuf, String)],
        (scope, walked): (Scope, &mut Walked),
    ) -> io::Result<Gathered> {
        let (mut out, mut err, mut input) = (io::sink(), io::sink(), io::empty());
        let mut io = Io {
            out: &mut out,
            err: &mut err,
            input: &mut input,
            dir: dir.to_owned(),
            colour: false,
            width: 100,
            today: self.today,
            pause: &mut || false,
        };
        // A file may not reach over the border of its repository, open or not.
        let root = discover::repository_root(dir);
        let inside = self.documents.iter().filter(|(path, it)| {
            path.starts_with(&root) && it.text.len() as u64 <= discover::MAX_BYTES
        });
        let mut open: Open = inside
            .map(|(path, it)| (path.clone(), it.text.clone().into_bytes()))
            .collect();
        let other = instead.iter().cloned();
        open.extend(other.map(|(path, text)| (path, text.into_bytes())));
        let config = accept::with(Config::default(), &AcceptArgs::default(), &io)?;
        let texts = &open;
        let opened = Opened {
            texts,
            walked,
            scope,
        };
        gather_open(files, opened, &config, &mut io)
    }

    /// Checks what has changed and whatever stands in a stack with it.
    pub(super) fn refresh(&mut self) -> Refreshed {
        let stale = std::mem::take(&mut self.stale);
        let mut refreshed = Refreshed::default();
        if stale.is_empty() {
            return refreshed;
        }
        let mut touched = stale.clone();
        let mut problem = None;
        let (mut walked, since) = self.known_disk();
        for (dir, files) in self.affected(&stale) {
            match self.gather_in(&dir, &files, &[], (Scope::Readers, &mut walked)) {
                Ok(gathered) => self.replace(&dir, &files, gathered, &mut touched),
                Err(error) => problem = Some(error.to_string()),
            }
        }
        self.walked = Some((walked, since));
        self.drop_closed(&mut touched);
        let hinted = |path: &&PathBuf| self.documents.contains_key(*path) && !stale.contains(*path);
        let others = touched.iter().filter(hinted).count();
        refreshed.elsewhere = self.client.takes.refreshed_hints && others > 0;
        for path in touched {
            let told = stale.contains(&path) && self.documents.contains_key(&path);
            refreshed.diagnostics.extend(self.publish(path, told));
        }
        if problem != self.said {
            self.said.clone_from(&problem);
            refreshed.problem = problem;
        }
        refreshed
    }

    /// What is known of the disk, as long as that may be relied on.
    fn known_disk(&mut self) -> (Walked, Instant) {
        let told = self.client.takes.watching;
        let known = self.walked.take();
        let known = known.filter(|(_, since)| told || since.elapsed() < FRESH);
        known.unwrap_or_else(|| (Walked::default(), Instant::now()))
    }

    /// Open files that have changed or share a stack with one, by the folder
    /// that they are shown from.
    fn affected(&self, stale: &BTreeSet<PathBuf>) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
        let reads = |known: &&Known| stale.iter().any(|it| known.found.contains_key(it));
        let together = self.stacks.iter().filter(reads);
        let together = together.flat_map(|it| it.found.keys());
        let files: BTreeSet<&PathBuf> = stale.iter().chain(together).collect();
        let mut by_dir: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for path in files {
            if let Some(dir) = self.dir(path).filter(|_| self.documents.contains_key(path)) {
                by_dir.entry(dir).or_default().insert(path.clone());
            }
        }
        by_dir
    }

    /// Takes new stacks for the old ones that read the same files.
    fn replace(
        &mut self,
        dir: &Path,
        files: &BTreeSet<PathBuf>,
        gathered: Gathered,
        touched: &mut BTreeSet<PathBuf>,
    ) {
        let frame = Frame {
            dir,
            documents: &self.documents,
            client: &self.client,
        };
        let mut new = Vec::new();
        for (main, report) in gathered.mains.into_iter().zip(gathered.reports) {
            let found = diagnostic::by_file(&report, frame);
            if files.iter().any(|it| found.contains_key(it)) {
                new.push(Known {
                    dir: dir.to_owned(),
                    main,
                    report,
                    found,
                });
            }
        }
        self.stacks.retain(|old| {
            let same = new
                .iter()
                .any(|it| it.main == old.main && it.dir == old.dir);
            let kept = !same && !files.iter().any(|it| old.found.contains_key(it));
            if !kept {
                touched.extend(old.found.keys().cloned());
            }
            kept
        });
        touched.extend(new.iter().flat_map(|it| it.found.keys().cloned()));
        self.stacks.extend(new);
    }

    /// Lets go of stacks of which no file is open.
    fn drop_closed(&mut self, touched: &mut BTreeSet<PathBuf>) {
        let documents = &self.documents;
        self.stacks.retain(|it| {
            let kept = it.found.keys().any(|path| documents.contains_key(path));
            if !kept {
                touched.extend(it.found.keys().cloned());
            }
            kept
        });
    }

    /// What there is to tell about a file: always if the client has changed it,
    /// else if it was told something else.
    fn publish(&mut self, path: PathBuf, told: bool) -> Option<PublishDiagnosticsParams> {
        let mut diagnostics: Vec<Diagnostic> = Vec::new();
        for known in &self.stacks {
            for it in known.found.get(&path).into_iter().flatten() {
                if !diagnostics.contains(it) {
                    diagnostics.push(it.clone());
                }
            }
        }
        diagnostics.sort_by_key(|it| (it.range.start, it.range.end));
        let before = self.published.get(&path);
        let same = before.map_or(diagnostics.is_empty(), |it| *it == diagnostics);
        if same && !told {
            return None;
        }
        if diagnostics.is_empty() {
            self.published.remove(&path);
        } else {
            self.published.insert(path.clone(), diagnostics.clone());
        }
        let document = self.documents.get(&path);
        Some(PublishDiagnosticsParams {
            uri: document.map_or_else(|| uri::of(&path), |it| it.uri.clone()),
            version: document.map(|it| it.version),
            diagnostics,
        })
    }
}
