//! What git's history holds: which files differ from those of a revision.
//!
//! Owns the comparison of the disk with a commit. Reads the repository itself
//! and starts no `git`. Must not know what a stack is.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::objs::Kind;
use gix::objs::tree::EntryKind;
use ignore::Match;
use ignore::gitignore::Gitignore;

/// The names in a folder of a commit.
type Folder = HashMap<OsString, (EntryKind, ObjectId)>;

/// A repository as it was at a commit, and as it lies on the disk.
pub(super) struct History {
    repository: gix::Repository,
    /// The top folder, with links followed.
    root: PathBuf,
    tree: ObjectId,
    folders: HashMap<PathBuf, Option<Rc<Folder>>>,
    changed: HashMap<PathBuf, bool>,
    ignoring: HashMap<PathBuf, Gitignore>,
}

impl History {
    /// The repository around `dir` at the commit where `revision` and `HEAD`
    /// part: a revision that has moved on since is not the work of this branch.
    ///
    /// # Errors
    /// There is no repository, no such revision, or no common commit.
    pub(super) fn since(revision: &str, dir: &Path) -> io::Result<Self> {
        let dir = dir.canonicalize()?;
        let mut above = dir.ancestors();
        let Some(root) = above.find(|it| it.join(".git").exists()) else {
            return Err(io::Error::other("no git repository holds this folder"));
        };
        let told = |error: gix::Error| io::Error::other(format!("git's repository: {error}"));
        // Neither the user's nor the machine's settings count, nor variables.
        let options = gix::open::Options::isolated();
        let repository = gix::open_opts(root, options)
            .map_err(|error| io::Error::other(format!("git's repository: {error}")))?;
        let tree = {
            let head = repository
                .head_id()
                .map_err(|_| io::Error::other("git's repository has no commit yet"))?;
            let object = repository.rev_parse_single(revision);
            let commit = object.and_then(|it| it.object()?.peel_to_commit());
            let unknown = "is no revision of this repository";
            let commit = commit.map_err(|_| io::Error::other(format!("`{revision}` {unknown}")))?;
            let base = repository.merge_base(commit.id, head).ok().flatten();
            let Some(base) = base else {
                let fact = format!("`{revision}` and `HEAD` have no commit in common");
                let advice = "a shallow clone lacks it: fetch the whole history";
                return Err(io::Error::other(format!("{fact}; {advice}")));
            };
            let commit = base.object().map_err(told)?.peel_to_commit();
            commit.map_err(told)?.tree_id().map_err(told)?.detach()
        };
        Ok(Self {
            root: root.to_owned(),
            repository,
            tree,
            folders: HashMap::new(),
            changed: HashMap::new(),
            ignoring: HashMap::new(),
        })
    }

    /// Whether a path lies in this repository.
    pub(super) fn holds(&self, path: &Path) -> bool {
        self.below(path).is_some()
    }

    /// Whether what stands at a path is not what stood there. A file that git
    /// was told to ignore and never held has not changed: nobody can know.
    ///
    /// # Errors
    /// An object that git should hold is not there.
    pub(super) fn has_changed(&mut self, path: &Path) -> io::Result<bool> {
        let Some(below) = self.below(path) else {
            return Ok(false);
        };
        if let Some(changed) = self.changed.get(&below) {
            return Ok(*changed);
        }
        let changed = self.differs(&below)?;
        self.changed.insert(below, changed);
        Ok(changed)
    }

    /// Files below a folder, absolute, that were there and are not any more.
    ///
    /// # Errors
    /// An object that git should hold is not there.
    pub(super) fn gone(&mut self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut gone = Vec::new();
        let mut open: Vec<PathBuf> = self.below(folder).into_iter().collect();
        while let Some(at) = open.pop() {
            let Some(names) = self.folder(&at)? else {
                continue;
            };
            let mut names: Vec<_> = names.iter().collect();
            names.sort_by_key(|(name, _)| *name);
            for (name, (kind, _)) in names {
                let path = at.join(name);
                match kind {
                    EntryKind::Tree => open.push(path),
                    EntryKind::Commit => {}
                    EntryKind::Blob | EntryKind::BlobExecutable | EntryKind::Link => {
                        let there = self.root.join(&path);
                        if fs::symlink_metadata(&there).is_err() {
                            gone.push(
                                folder.join(path.strip_prefix(self.top(folder)).unwrap_or(&path)),
                            );
                        }
                    }
                }
            }
        }
        Ok(gone)
    }

    /// The path of a folder from the top.
    fn top(&self, folder: &Path) -> PathBuf {
        self.below(folder).unwrap_or_default()
    }

    /// A path from the top, with links on the way followed.
    fn below(&self, path: &Path) -> Option<PathBuf> {
        let mut there = path.ancestors().skip(1);
        let (real, rest) = there.find_map(|it| Some((it.canonicalize().ok()?, it)))?;
        let whole = match path.is_dir() {
            true => path.canonicalize().ok()?,
            false => real.join(path.strip_prefix(rest).ok()?),
        };
        whole.strip_prefix(&self.root).ok().map(Path::to_owned)
    }

    fn differs(&mut self, below: &Path) -> io::Result<bool> {
        let there = self.root.join(below);
        let old = self.entry(below)?;
        let Ok(facts) = fs::symlink_metadata(&there) else {
            return Ok(matches!(old, Some((kind, _)) if kind != EntryKind::Tree));
        };
        let content = match &facts {
            it if it.is_symlink() => {
                let target = fs::read_link(&there)?;
                let through = there.parent().unwrap_or(&there).join(&target);
                if self.has_changed(&crate::discover::clean(&through))? {
                    return Ok(true);
                }
                target.as_os_str().as_encoded_bytes().to_vec()
            }
            it if it.is_file() => match fs::read(&there) {
                Ok(bytes) => bytes,
                Err(_) => return Ok(true),
            },
            _ => return Ok(matches!(old, Some((kind, _)) if kind != EntryKind::Tree)),
        };
        match old {
            Some((EntryKind::Tree | EntryKind::Commit, _)) => Ok(true),
            Some((_, name)) => Ok(!is_content(name, &content)),
            None => Ok(!self.is_ignored(below)),
        }
    }

    /// What the commit holds at a path.
    fn entry(&mut self, below: &Path) -> io::Result<Option<(EntryKind, ObjectId)>> {
        let (Some(parent), Some(name)) = (below.parent(), below.file_name()) else {
            return Ok(None);
        };
        let folder = self.folder(parent)?;
        Ok(folder.and_then(|it| it.get(name).copied()))
    }

    /// What the commit holds in a folder; each is read once.
    fn folder(&mut self, below: &Path) -> io::Result<Option<Rc<Folder>>> {
        if let Some(known) = self.folders.get(below) {
            return Ok(known.clone());
        }
        let name = if below.as_os_str().is_empty() {
            Some(self.tree)
        } else {
            let entry = self.entry(below)?;
            entry.and_then(|(kind, name)| (kind == EntryKind::Tree).then_some(name))
        };
        let folder = name.map(|it| self.read(it)).transpose()?.map(Rc::new);
        self.folders.insert(below.to_owned(), folder.clone());
        Ok(folder)
    }

    fn read(&self, name: ObjectId) -> io::Result<Folder> {
        let told = |error: gix::Error| io::Error::other(format!("git's repository: {error}"));
        let object = self.repository.find_tree(name);
        let tree =
            object.map_err(|error| io::Error::other(format!("git's repository: {error}")))?;
        let mut folder = Folder::new();
        for entry in tree.iter() {
            let entry = entry.map_err(told)?;
            let name = gix::path::from_bstr(entry.filename())
                .map_err(told)?
                .into_owned();
            folder.insert(name.into(), (entry.mode().kind(), entry.object_id()));
        }
        Ok(folder)
    }

    /// Whether an ignore file of the repository speaks for a path; the nearest
    /// one that does decides.
    fn is_ignored(&mut self, below: &Path) -> bool {
        let path = self.root.join(below);
        let folders = path.ancestors().skip(1);
        let root = self.root.clone();
        let inside = folders.take_while(|it| it.starts_with(&root));
        let mut files: Vec<PathBuf> = inside.map(|it| it.join(".gitignore")).collect();
        files.push(self.repository.common_dir().join("info/exclude"));
        for file in files {
            let of_root = !file.ends_with(".gitignore");
            let matcher = self.ignoring.entry(file).or_insert_with_key(|file| {
                let mut builder = ignore::gitignore::GitignoreBuilder::new(match of_root {
                    true => root.as_path(),
                    false => file.parent().unwrap_or(&root),
                });
                builder.add(file);
                builder.build().unwrap_or_else(|_| Gitignore::empty())
            });
            if matcher.is_empty() {
                continue;
            }
            match matcher.matched_path_or_any_parents(&path, false) {
                Match::None => {}
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
            }
        }
        false
    }
}

/// Whether a name is that of the content, as it is or with the line ends that
/// git keeps under `core.autocrlf`.
pub(super) fn is_content(name: ObjectId, content: &[u8]) -> bool {
    let hash = |bytes: &[u8]| gix::objs::compute_hash(name.kind(), Kind::Blob, bytes).ok();
    hash(content) == Some(name)
        || (content.find(b"\r\n").is_some() && hash(&content.replace(b"\r\n", b"\n")) == Some(name))
}
