//! Which settings count for which project.
//!
//! Owns the search for `.tierlint.yaml` and the baseline: the nearest one of each
//! at or above a project's folder, up to its repository. Must not know what can
//! be set.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::InputArgs;
use crate::baseline::Baseline;
use crate::config::{Config, Frame, Ignoring};
use crate::discover::{CONFIG_NAME, Repositories};
use crate::rules;

/// The name of the file of accepted findings.
pub(super) const BASELINE_NAME: &str = ".tierlint-baseline.json";

/// The settings of a run: those of the flags, with files laid under them.
pub(super) struct Settings {
    base: Config,
    /// The working folder: errors are shown from here.
    dir: PathBuf,
    /// Which files are looked for.
    wanted: Vec<&'static str>,
    by_dir: BTreeMap<PathBuf, Found>,
    by_files: BTreeMap<Vec<PathBuf>, Arc<Config>>,
    /// Whether a file is there, for those that were looked for.
    seen: HashMap<OsString, bool>,
    /// Where repositories start.
    pub(super) repositories: Repositories,
    /// The file named by `--config`.
    named: Option<PathBuf>,
}

/// What counts in a folder.
#[derive(Clone)]
struct Found {
    files: Vec<PathBuf>,
    config: Arc<Config>,
}

impl Settings {
    /// Settings over the `base` that the flags make.
    ///
    /// # Errors
    /// The file named by `--config` cannot be read or understood.
    pub(super) fn new(args: &InputArgs, base: &Config, dir: &Path) -> io::Result<Self> {
        let mut wanted = Vec::new();
        if !args.isolated {
            if args.config.is_none() {
                wanted.push(CONFIG_NAME);
            }
            if base.baseline.is_none() && base.ignoring == Ignoring::Heeded {
                wanted.push(BASELINE_NAME);
            }
        }
        let mut settings = Self {
            base: Config {
                dir: dir.to_owned(),
                ..base.clone()
            },
            dir: dir.to_owned(),
            wanted,
            by_dir: BTreeMap::new(),
            by_files: BTreeMap::new(),
            seen: HashMap::new(),
            repositories: Repositories::default(),
            named: args.config.as_ref().map(|file| dir.join(file)),
        };
        if let Some(file) = &args.config {
            settings.base = settings.read(settings.base.clone(), &dir.join(file), dir)?;
        }
        Ok(settings)
    }

    /// Looks for the files of a project's folder, so that `of` knows them.
    ///
    /// # Errors
    /// A file cannot be read or understood.
    pub(super) fn look(&mut self, project: &Path) -> io::Result<()> {
        if self.wanted.is_empty() || self.by_dir.contains_key(project) {
            return Ok(());
        }
        let files = self.nearest(project);
        if files.is_empty() {
            return Ok(());
        }
        let config = match self.by_files.get(&files) {
            Some(config) => config.clone(),
            None => {
                let mut config = self.base.clone();
                for file in &files {
                    let folder = file.parent().unwrap_or(Path::new(""));
                    config = self.read(config, file, folder)?;
                }
                let config = Arc::new(config);
                self.by_files.insert(files.clone(), config.clone());
                config
            }
        };
        self.by_dir
            .insert(project.to_owned(), Found { files, config });
        Ok(())
    }

    /// What counts for a project in this folder.
    pub(super) fn of(&self, project: &Path) -> &Config {
        let found = self.by_dir.get(project);
        found.map_or(&self.base, |it| &it.config)
    }

    /// The files that count for a project in this folder, absolute.
    pub(super) fn files(&self, project: &Path) -> Vec<&Path> {
        let found = self.by_dir.get(project);
        let nearest = found.iter().flat_map(|it| &it.files);
        let files = self.named.iter().chain(nearest);
        files.map(PathBuf::as_path).collect()
    }

    /// The files that count or would count if they were there, absolute.
    pub(super) fn looked_for(&self) -> impl Iterator<Item = PathBuf> {
        let names: BTreeSet<PathBuf> = self.seen.keys().map(PathBuf::from).collect();
        names.into_iter().chain(self.named.clone())
    }

    /// What counts for one folder counts for another.
    pub(super) fn stand_for(&mut self, folder: &Path, project: &Path) {
        if let Some(found) = self.by_dir.get(project).cloned() {
            self.by_dir.insert(folder.to_owned(), found);
        }
    }

    /// The baselines in use, each once.
    pub(super) fn baselines(&self) -> Vec<&Baseline> {
        let configs = self.by_files.values().map(AsRef::as_ref);
        let all = std::iter::once(&self.base).chain(configs);
        let found = all.filter_map(|it| Some((&it.baseline.as_ref()?.folder, it)));
        let by_folder: BTreeMap<_, _> = found.collect();
        let baselines = by_folder.into_values();
        baselines.filter_map(|it| it.baseline.as_deref()).collect()
    }

    /// The settings that a file makes, with the folder that they rule.
    pub(super) fn ruling(&self) -> Vec<(&Path, &Config)> {
        let named = self
            .named
            .as_ref()
            .map(|_| (self.dir.as_path(), &self.base));
        let found = self.by_files.iter().filter_map(|(files, config)| {
            let file = files.iter().find(|it| it.ends_with(CONFIG_NAME))?;
            Some((file.parent()?, config.as_ref()))
        });
        named.into_iter().chain(found).collect()
    }

    /// Whether the flags choose among the rules.
    pub(super) fn is_narrowed(&self) -> bool {
        self.named.is_none() && !(self.base.select.is_empty() && self.base.ignore.is_empty())
    }

    /// Ignores that have ended and are still written, each once.
    pub(super) fn ended(&self) -> BTreeSet<(String, String)> {
        let configs = self.by_files.values().map(AsRef::as_ref);
        let ended = std::iter::once(&self.base)
            .chain(configs)
            .flat_map(|config| {
                let ignores = config.ignores.iter();
                ignores.filter(|it| it.has_ended(config.today))
            });
        ended
            .filter_map(|it| Some((it.place.clone(), it.until?.to_string())))
            .collect()
    }

    /// Outside a repository the working folder is the last that is looked at.
    pub(super) fn nearest(&mut self, project: &Path) -> Vec<PathBuf> {
        let mut root = self.repositories.root(project);
        if root == project && project.starts_with(&self.dir) && !self.repositories.is_marked(&root)
        {
            root.clone_from(&self.dir);
        }
        let mut found = Vec::new();
        for name in self.wanted.clone() {
            let mut inside = project.ancestors().take_while(|it| it.starts_with(&root));
            let file = inside.find_map(|it| Some(it.join(name)).filter(|it| self.is_there(it)));
            found.extend(file);
        }
        found
    }

    /// Whether a file is there.
    fn is_there(&mut self, file: &Path) -> bool {
        if let Some(seen) = self.seen.get(file.as_os_str()) {
            return *seen;
        }
        let seen = file.is_file();
        self.seen.insert(file.into(), seen);
        seen
    }

    fn read(&self, mut config: Config, file: &Path, folder: &Path) -> io::Result<Config> {
        if file.ends_with(BASELINE_NAME) {
            config.baseline = Some(Arc::new(baseline(file, folder, &self.dir)?));
            return Ok(config);
        }
        let shown = shown(file, &self.dir);
        let text = text(file, &shown)?;
        let names: Vec<&str> = rules::ALL.iter().map(|it| it.name).collect();
        let frame = Frame {
            shown: &shown,
            folder,
            rules: &names,
        };
        let read = config.with_file(&text, frame);
        read.map_err(|problem| about(&shown, &problem))
    }
}

/// The accepted findings in a file; names of stacks start from `folder`.
///
/// # Errors
/// The file cannot be read or understood.
pub(super) fn baseline(file: &Path, folder: &Path, dir: &Path) -> io::Result<Baseline> {
    let shown = shown(file, dir);
    let text = text(file, &shown)?;
    Baseline::parse(&text, folder).map_err(|problem| about(&shown, &problem))
}

/// A path as it is shown from the working folder.
pub(super) fn shown(file: &Path, dir: &Path) -> String {
    let path = file.strip_prefix(dir).unwrap_or(file);
    path.to_string_lossy().into_owned()
}

fn text(file: &Path, shown: &str) -> io::Result<String> {
    std::fs::read_to_string(file)
        .map_err(|error| io::Error::other(format!("{shown}: cannot be read: {error}")))
}

fn about(shown: &str, problem: &str) -> io::Error {
    let placed = problem.starts_with(|it: char| it.is_ascii_digit());
    let blank = if placed { "" } else { " " };
    io::Error::other(format!("{shown}:{blank}{problem}"))
}
