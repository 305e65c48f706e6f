//! From files to one merged model.
//!
//! Owns the order of the steps for every document: variables, long forms,
//! includes, resets, extends, merge; after compose-go `loader/loader.go`
//! v2.16.2. Files come through the reader. Must not know what services mean.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::interpolate::Env;
use super::merge::{self, Learned};
use super::refusal::{Class, Refusal};
use super::{canonical, extends, include, reset, shape, variables, volumes};
use crate::model::workload::{Gap, GapKind};
use crate::source::{At, FileId, Reader, Source, Sources, Span, clean};
use crate::yaml::value::{self, Shadow};
use crate::yaml::{self, Data, Flags, Style, Tree, TroubleKind, Value};

/// The most documents of one file that are laid over each other. Each costs a
/// look at everything before it; nobody writes this many by hand.
const MAX_DOCUMENTS: usize = 1000;

/// The most files that `include` may ask for in one project, repeats counted:
/// files that include each other's neighbours double at every step.
pub(super) const MAX_INCLUDES: usize = 1000;

/// Where relative paths and variables of a group of files come from.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    /// The folder that relative paths start from; absolute.
    pub(super) dir: PathBuf,
    /// The variables.
    pub(super) env: Env,
}

/// A file that was read and the tree of its text.
pub(super) struct Loaded {
    pub(super) file: FileId,
    pub(super) source: Arc<Source>,
    pub(super) tree: Arc<Tree>,
}

/// Reads files once and collects what is learned on the way.
pub(super) struct Loader<'r> {
    pub(super) reader: &'r dyn Reader,
    /// Paths are shown relative to this folder where they stand below it.
    pub(super) shown_from: &'r Path,
    pub(super) sources: Sources,
    /// The trees of YAML files, by file.
    pub(super) trees: BTreeMap<FileId, Arc<Tree>>,
    files: BTreeMap<PathBuf, Result<FileId, String>>,
    pub(super) refusals: Vec<Refusal>,
    pub(super) learned: Learned,
    pub(super) gaps: Vec<Gap>,
    pub(super) shadows: Vec<Shadow>,
    /// Files whose text could not be read as far as its end.
    pub(super) broken: Vec<FileId>,
    /// Files of the project that could not be read at all.
    pub(super) unreadable: Vec<(PathBuf, String)>,
    /// How often `include` was followed.
    pub(super) includes: usize,
}

impl<'r> Loader<'r> {
    pub(super) fn new(reader: &'r dyn Reader, shown_from: &'r Path) -> Self {
        Self {
            reader,
            shown_from,
            sources: Sources::default(),
            trees: BTreeMap::new(),
            files: BTreeMap::new(),
            refusals: Vec::new(),
            learned: Learned::default(),
            gaps: Vec::new(),
            shadows: Vec::new(),
            broken: Vec::new(),
            unreadable: Vec::new(),
            includes: 0,
        }
    }

    /// The path as the user would write it.
    pub(super) fn shown<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(self.shown_from).unwrap_or(path)
    }

    /// Reads a text file once. The error is a phrase that names the file.
    pub(super) fn text(&mut self, path: &Path) -> Result<FileId, String> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let result = self.read(path);
        self.files.insert(path.to_owned(), result.clone());
        result
    }

    fn read(&mut self, path: &Path) -> Result<FileId, String> {
        let shown = self.shown(path).to_owned();
        let bytes = self
            .reader
            .read(path)
            .map_err(|error| format!("`{}` cannot be read: {error}", shown.display()))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = memchr::memchr_iter(b'\n', before).count() + 1;
            let start = memchr::memrchr(b'\n', before).map_or(0, |it| it + 1);
            let byte = before.len() - start + 1;
            format!(
                "`{}` is not UTF-8 text: line {line}, byte {byte}",
                shown.display()
            )
        })?;
        Ok(self.sources.add(Arc::new(Source::new(shown, text))))
    }

    /// Reads and parses a YAML file once; its troubles become refusals.
    pub(super) fn yaml(&mut self, path: &Path) -> Result<Loaded, String> {
        let file = self.text(path)?;
        let source = self.sources.shared(file);
        if let Some(tree) = self.trees.get(&file) {
            return Ok(Loaded {
                file,
                source,
                tree: tree.clone(),
            });
        }
        let (tree, troubles) = yaml::parse(source.text());
        for trouble in troubles {
            let class = match trouble.kind {
                TroubleKind::Syntax => Class::Yaml,
                TroubleKind::Tolerated => Class::Tolerated,
                TroubleKind::DuplicateKey => Class::DuplicateKey,
                TroubleKind::Limit => Class::Limit,
            };
            if matches!(class, Class::Yaml | Class::Limit) {
                self.break_off(file);
            }
            let mut refusal =
                Refusal::new(class, Some(At::new(file, trouble.span)), trouble.message);
            refusal.related = trouble
                .related
                .map(|(span, text)| (At::new(file, span), text));
            self.refusals.push(refusal);
        }
        let tree = Arc::new(tree);
        self.trees.insert(file, tree.clone());
        Ok(Loaded { file, source, tree })
    }

    /// Notes that a file was not seen to its end.
    fn break_off(&mut self, file: FileId) {
        if !self.broken.contains(&file) {
            self.broken.push(file);
        }
    }

    /// The plain value of each document of a file.
    fn documents(&mut self, loaded: &Loaded) -> Vec<Value> {
        let mut values = Vec::new();
        for (count, root) in loaded.tree.roots(loaded.source.text()).enumerate() {
            if count == MAX_DOCUMENTS {
                let at = At::new(loaded.file, root.span());
                let message = format!(
                    "the file has more than {MAX_DOCUMENTS} documents; the rest is not read"
                );
                self.break_off(loaded.file);
                self.refusals
                    .push(Refusal::new(Class::Limit, Some(at), message));
                break;
            }
            // A file of nothing but comments has no document at all.
            if root.style() == Style::Empty && loaded.tree.len() == 1 {
                continue;
            }
            let (value, notes) = value::build(root, loaded.file, value::MAX_VALUES);
            for trouble in notes.troubles {
                let class = if trouble.kind == TroubleKind::Limit {
                    // What lies beyond a limit was not seen.
                    self.break_off(loaded.file);
                    Class::Limit
                } else {
                    Class::Yaml
                };
                self.refusals.push(Refusal::new(
                    class,
                    Some(At::new(loaded.file, trouble.span)),
                    trouble.message,
                ));
            }
            for span in notes.odd_keys {
                let at = At::new(loaded.file, span);
                self.refusals.push(Refusal::new(
                    Class::Shape,
                    Some(at),
                    "a key must be a string",
                ));
            }
            self.shadows.extend(notes.shadows);
            values.push(value);
        }
        values
    }

    /// The merged model of files that override each other in order.
    /// `trail` names the files that led here through `include`.
    pub(super) fn model(
        &mut self,
        files: &[(PathBuf, Option<At>)],
        scope: &Scope,
        trail: &[PathBuf],
    ) -> Value {
        let mut model = Value::made(
            Data::Map(Vec::new()),
            At::new(FileId(0), Span::default()),
            Flags::default(),
        );
        for (path, named_at) in files {
            match self.yaml(path) {
                Ok(loaded) => {
                    let mut trail = trail.to_vec();
                    trail.push(path.clone());
                    for document in self.documents(&loaded) {
                        self.document(&mut model, document, path, scope, &trail);
                    }
                }
                Err(message) => {
                    if named_at.is_none() {
                        // The list says itself which file it is about.
                        let name = format!("`{}` ", self.shown(path).display());
                        let reason = message.strip_prefix(&name).unwrap_or(&message);
                        self.unreadable.push((path.clone(), reason.to_owned()));
                    }
                    self.missing(*named_at, message);
                }
            }
        }
        model
    }

    /// One document through all steps, laid over what came before.
    fn document(
        &mut self,
        model: &mut Value,
        mut document: Value,
        path: &Path,
        scope: &Scope,
        trail: &[PathBuf],
    ) {
        let resets = reset::take(&mut document);
        if !self.prepare(&mut document, scope) {
            return;
        }
        include::apply(self, &mut document, scope, trail, &resets);
        reset::apply(model, &resets);
        extends::apply(self, &mut document, path, scope, &resets);
        let services = document.get("services").and_then(Value::as_map);
        let touched = services.into_iter().flatten();
        let touched = touched.map(|entry| entry.key.clone()).collect();
        merge::models(model, document, &mut self.learned);
        shape::check(model, &touched, &mut self.refusals);
    }

    /// Variables and long forms; `false` when there is nothing to read.
    pub(super) fn prepare(&mut self, document: &mut Value, scope: &Scope) -> bool {
        if document.as_map().is_none() {
            let message = "the top level of a Compose file must be a mapping";
            self.refusals
                .push(Refusal::new(Class::Shape, Some(document.at), message));
            return false;
        }
        variables::replace(document, &scope.env, &mut self.refusals);
        canonical::services(document, &mut self.refusals);
        true
    }

    /// The services of a file that `extends` names, with the paths of its
    /// resets: no include, no extends, relative paths made absolute.
    pub(super) fn extended(
        &mut self,
        path: &Path,
        scope: &Scope,
    ) -> Result<(Value, Vec<reset::Path>), String> {
        let loaded = self.yaml(path)?;
        let dir = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut model = Value::made(
            Data::Map(Vec::new()),
            At::new(loaded.file, Span::default()),
            Flags::default(),
        );
        let mut last = Vec::new();
        for mut document in self.documents(&loaded) {
            last = reset::take(&mut document);
            if !self.prepare(&mut document, scope) {
                continue;
            }
            reset::apply(&mut model, &last);
            let mut unused = Learned::default();
            merge::models(&mut model, document, &mut unused);
        }
        canonical::finish(&mut model, &mut self.refusals);
        absolute_paths(&mut model, &dir);
        Ok((model, last))
    }

    /// Notes a file that is needed and not there.
    pub(super) fn missing(&mut self, at: Option<At>, message: String) {
        self.gaps.push(Gap {
            at,
            reason: message.clone(),
            kind: GapKind::Services,
        });
        self.refusals
            .push(Refusal::new(Class::NotFound, at, message));
    }

    /// Notes a file that cannot be fetched from here.
    pub(super) fn remote(&mut self, at: At, what: &str) {
        let message = format!("`{what}` is on another machine; it is not fetched");
        self.gaps.push(Gap {
            at: Some(at),
            reason: message.clone(),
            kind: GapKind::Services,
        });
        self.refusals
            .push(Refusal::new(Class::Remote, Some(at), message));
    }
}

/// Whether a path names something on another machine: a URL, a git or an OCI
/// reference, as the remote loaders of docker compose take them.
pub(super) fn is_remote(path: &str) -> bool {
    path.contains("://") || path.starts_with("git@") || path.starts_with("github.com/")
}

/// `path` seen from `dir`, with `.` and `..` taken out.
pub(super) fn join(dir: &Path, path: &str) -> PathBuf {
    clean(&dir.join(path))
}

/// Makes the paths of services absolute that a different folder must not
/// change: an extended or included file's paths start from that file.
pub(super) fn absolute_paths(model: &mut Value, dir: &Path) {
    let Some(services) = model.get_mut("services").and_then(Value::as_map_mut) else {
        return;
    };
    for service in services {
        for key in ["env_file", "label_file"] {
            let Some(files) = service.value.get_mut(key) else {
                continue;
            };
            let Data::Seq(items) = &mut files.data else {
                continue;
            };
            items
                .iter_mut()
                .for_each(|item| absolute(item.get_mut("path"), dir));
        }
        absolute(
            service
                .value
                .get_mut("extends")
                .and_then(|it| it.get_mut("file")),
            dir,
        );
        absolute(
            service
                .value
                .get_mut("build")
                .and_then(|it| it.get_mut("context")),
            dir,
        );
        if let Some(Data::Seq(items)) = service.value.get_mut("volumes").map(|it| &mut it.data) {
            items.iter_mut().for_each(|item| absolute_mount(item, dir));
        }
    }
}

fn absolute(value: Option<&mut Value>, dir: &Path) {
    let Some(value) = value else { return };
    let Some(text) = value
        .as_str()
        .filter(|text| !is_remote(text) && !text.starts_with('~'))
    else {
        return;
    };
    value.data = Data::Str(join(dir, text).to_string_lossy().into());
    value.content = u32::MAX;
}

fn absolute_mount(item: &mut Value, dir: &Path) {
    if item
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|it| it.as_ref() == "bind")
    {
        return absolute(item.get_mut("source"), dir);
    }
    let Some(text) = item.as_str() else { return };
    let Some((source, rest)) = volumes::bind_source(text) else {
        return;
    };
    if source.starts_with('.') {
        item.data = Data::Str(format!("{}{rest}", join(dir, source).display()).into());
        item.content = u32::MAX;
    }
}
