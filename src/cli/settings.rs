//! Which settings count for which project.
//!
//! Owns the search for `.tierlint.yaml`: the nearest one at or above a project's
//! folder, up to its repository. Must not know what can be set.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::args::InputArgs;
use crate::config::Config;
use crate::discover::{CONFIG_NAME, Repositories};

/// The settings of a run: those of the flags, with files laid under them.
pub(super) struct Settings {
    base: Config,
    /// The working folder: errors are shown from here.
    dir: PathBuf,
    /// No file is looked for.
    fixed: bool,
    by_dir: BTreeMap<PathBuf, Config>,
    by_file: BTreeMap<PathBuf, Config>,
    /// Whether the file is in a folder, for those that were looked at.
    seen: HashMap<OsString, bool>,
    /// Where repositories start.
    pub(super) repositories: Repositories,
}

impl Settings {
    /// Settings over the `base` that the flags make.
    ///
    /// # Errors
    /// The file named by `--config` cannot be read or understood.
    pub(super) fn new(args: &InputArgs, base: &Config, dir: &Path) -> io::Result<Self> {
        let mut settings = Self {
            base: base.clone(),
            dir: dir.to_owned(),
            fixed: args.isolated || args.config.is_some(),
            by_dir: BTreeMap::new(),
            by_file: BTreeMap::new(),
            seen: HashMap::new(),
            repositories: Repositories::default(),
        };
        if let Some(file) = &args.config {
            settings.base = settings.read(&dir.join(file))?;
        }
        Ok(settings)
    }

    /// Looks for the file of a project's folder, so that `of` knows it.
    ///
    /// # Errors
    /// The file cannot be read or understood.
    pub(super) fn look(&mut self, project: &Path) -> io::Result<()> {
        if self.fixed || self.by_dir.contains_key(project) {
            return Ok(());
        }
        let Some(file) = self.nearest(project) else {
            return Ok(());
        };
        if !self.by_file.contains_key(&file) {
            let config = self.read(&file)?;
            self.by_file.insert(file.clone(), config);
        }
        if let Some(config) = self.by_file.get(&file) {
            self.by_dir.insert(project.to_owned(), config.clone());
        }
        Ok(())
    }

    /// What counts for a project in this folder.
    pub(super) fn of(&self, project: &Path) -> &Config {
        self.by_dir.get(project).unwrap_or(&self.base)
    }

    /// Outside a repository the working folder is the last that is looked at.
    fn nearest(&mut self, project: &Path) -> Option<PathBuf> {
        let mut root = self.repositories.root(project);
        if root == project && project.starts_with(&self.dir) && !self.repositories.is_marked(&root)
        {
            root.clone_from(&self.dir);
        }
        let mut inside = project.ancestors().take_while(|it| it.starts_with(&root));
        let folder = inside.find(|it| self.is_in(it))?;
        Some(folder.join(CONFIG_NAME))
    }

    /// Whether the file is in this folder.
    fn is_in(&mut self, folder: &Path) -> bool {
        if let Some(seen) = self.seen.get(folder.as_os_str()) {
            return *seen;
        }
        let seen = folder.join(CONFIG_NAME).is_file();
        self.seen.insert(folder.into(), seen);
        seen
    }

    fn read(&self, file: &Path) -> io::Result<Config> {
        let shown = file.strip_prefix(&self.dir).unwrap_or(file).display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| io::Error::other(format!("{shown}: cannot be read: {error}")))?;
        let read = self.base.clone().with_file(&text);
        read.map_err(|problem| {
            let placed = problem.starts_with(|it: char| it.is_ascii_digit());
            let blank = if placed { "" } else { " " };
            io::Error::other(format!("{shown}:{blank}{problem}"))
        })
    }
}
