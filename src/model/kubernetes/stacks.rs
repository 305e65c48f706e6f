//! Which manifests start together.
//!
//! Owns the grouping: a kustomization that no other takes in, with all it takes
//! in; else the largest folder in which no name stands twice. Reads texts only
//! through the reader it is given.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::kustomize::{self, Kustomization, NAMES, Target};
use super::pod::RefKind;
use super::scan;
use crate::model::workload::Text;
use crate::source::{Reader, clean};

/// How deep kustomizations take in others.
const MAX_DEPTH: usize = 16;

/// One stack to read.
#[derive(Clone, Default, Debug)]
pub struct Request {
    /// The folder it is known by.
    pub dir: PathBuf,
    /// The folder that everything it takes in must stay below.
    pub root: PathBuf,
    /// The manifests, in order.
    pub files: Vec<Member>,
    /// The kustomizations that make it, the outermost first.
    pub kustomizations: Vec<PathBuf>,
    /// What their patches are aimed at.
    pub targets: Vec<Target>,
    /// What their generators make.
    pub makes: Vec<(RefKind, Text)>,
    /// Names are changed on the way.
    pub renames: bool,
    /// What is not seen, in the form of messages.
    pub hides: Vec<String>,
    /// The kinds and names of all objects of the tree, other stacks' included.
    pub known: Arc<BTreeSet<(String, String)>>,
}

/// A manifest of a stack.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Member {
    /// The file.
    pub path: PathBuf,
    /// The namespace that kustomizations put its objects in.
    pub namespace: Option<Text>,
}

/// What the grouping found.
#[derive(Clone, Default, Debug)]
pub struct Grouped {
    /// The stacks, by folder.
    pub stacks: Vec<Request>,
    /// Files that are patches of kustomizations.
    pub patches: BTreeSet<PathBuf>,
}

/// Groups manifests and kustomizations below `root` into stacks.
pub fn group(files: &[PathBuf], root: &Path, reader: &dyn Reader) -> Grouped {
    let text = |path: &Path| {
        let bytes = reader.read(path).ok()?;
        String::from_utf8(bytes).ok()
    };
    let mut kustomizations: BTreeMap<PathBuf, Kustomization> = BTreeMap::new();
    let mut plain = Vec::new();
    for path in files {
        if kustomize::is_kustomization(path) {
            add(path, reader, &text, &mut kustomizations, 0);
        } else {
            plain.push(path.clone());
        }
    }
    let mut grouped = Grouped::default();
    for it in kustomizations.values() {
        grouped.patches.extend(it.patches.iter().cloned());
    }
    let heads: BTreeMap<PathBuf, Vec<Id>> = plain
        .iter()
        .filter(|it| !grouped.patches.contains(*it))
        .map(|path| (path.clone(), text(path).map_or(Vec::new(), |it| ids(&it))))
        .collect();
    let known: BTreeSet<(String, String)> = heads
        .values()
        .flatten()
        .map(|(kind, name, _)| (kind.clone(), name.clone()))
        .collect();
    let known = Arc::new(known);
    let mut used = BTreeSet::new();
    for leaf in leaves(&kustomizations) {
        let mut request = Request {
            dir: leaf.to_owned(),
            ..Request::default()
        };
        walk(leaf, None, 0, &kustomizations, reader, &mut request);
        used.extend(request.files.iter().map(|it| it.path.clone()));
        grouped.stacks.push(request);
    }
    let left: Vec<&PathBuf> = heads.keys().filter(|it| !used.contains(*it)).collect();
    let mut rest = trees(&left, &heads);
    for request in &mut rest {
        // Whoever builds with kustomize has left these files out for a reason.
        if is_beside(&request.dir, &kustomizations) {
            let text = "a kustomization beside it does not take it in";
            request.hides.push(text.to_owned());
        }
    }
    grouped.stacks.extend(rest);
    for it in &mut grouped.stacks {
        it.known = known.clone();
        it.root = root.to_owned();
    }
    grouped.stacks.retain(|it| !it.files.is_empty());
    grouped.stacks.sort_by(|a, b| a.dir.cmp(&b.dir));
    grouped
}

/// Whether a kustomization stands in the folder, above it or below it.
fn is_beside(dir: &Path, all: &BTreeMap<PathBuf, Kustomization>) -> bool {
    let above = dir.ancestors().any(|it| all.contains_key(it));
    // Paths are ordered part by part: what is below a folder follows it at once.
    let next = all.range::<Path, _>((Bound::Included(dir), Bound::Unbounded));
    above || next.take(1).any(|(it, _)| it.starts_with(dir))
}

/// Adds a kustomization and those that it takes in and that nobody named.
fn add(
    path: &Path,
    reader: &dyn Reader,
    text: &dyn Fn(&Path) -> Option<String>,
    all: &mut BTreeMap<PathBuf, Kustomization>,
    depth: usize,
) {
    let dir = path.parent().unwrap_or(Path::new("")).to_owned();
    if all.contains_key(&dir) || depth > MAX_DEPTH {
        return;
    }
    let Some(found) = text(path).map(|it| kustomize::read(path, &it, text)) else {
        return;
    };
    let takes = found.takes.clone();
    all.insert(dir, found);
    for it in takes {
        if let Some(file) = in_folder(&it, reader) {
            add(&file, reader, text, all, depth + 1);
        }
    }
}

/// The kustomization of a folder.
fn in_folder(dir: &Path, reader: &dyn Reader) -> Option<PathBuf> {
    let mut names = NAMES.iter().map(|name| dir.join(name));
    names.find(|it| reader.is_file(it))
}

/// Folders of kustomizations that no other takes in; where all take each other
/// in, there is none.
fn leaves(all: &BTreeMap<PathBuf, Kustomization>) -> Vec<&Path> {
    let taken: BTreeSet<&PathBuf> = all.values().flat_map(|it| &it.takes).collect();
    let free = all
        .iter()
        .filter(|(dir, it)| !taken.contains(dir) && !it.is_component);
    free.map(|(dir, _)| dir.as_path()).collect()
}

/// Collects what a kustomization takes in. The outermost namespace counts.
fn walk(
    dir: &Path,
    namespace: Option<&Text>,
    depth: usize,
    all: &BTreeMap<PathBuf, Kustomization>,
    reader: &dyn Reader,
    request: &mut Request,
) {
    let Some(it) = all.get(dir).filter(|_| depth <= MAX_DEPTH) else {
        return;
    };
    if request.kustomizations.contains(&it.file) {
        return;
    }
    request.kustomizations.push(it.file.clone());
    request.targets.extend(it.targets.iter().cloned());
    request.makes.extend(it.makes.iter().cloned());
    request.hides.extend(it.hides.iter().cloned());
    request.renames |= it.renames;
    let namespace = namespace.or(it.namespace.as_ref());
    for path in &it.takes {
        if all.contains_key(path) {
            walk(path, namespace, depth + 1, all, reader, request);
        } else if reader.is_file(path) {
            let member = Member {
                path: path.clone(),
                namespace: namespace.cloned(),
            };
            if !request.files.contains(&member) {
                request.files.push(member);
            }
        } else {
            let shown = path.file_name().unwrap_or_default().to_string_lossy();
            request.hides.push(format!("`{shown}` is not there"));
        }
    }
}

/// Kind, name, namespace.
type Id = (String, String, String);

fn ids(text: &str) -> Vec<Id> {
    let heads = scan::objects(text).into_iter();
    heads
        .map(|it| {
            (
                it.kind.to_owned(),
                it.name.to_owned(),
                it.namespace.to_owned(),
            )
        })
        .collect()
}

/// Kinds of which a stack has each name once.
fn is_single(kind: &str) -> bool {
    matches!(
        kind,
        "Service" | "Deployment" | "StatefulSet" | "DaemonSet" | "Pod" | "Job" | "CronJob"
    )
}

/// A folder with what stands in it and below.
#[derive(Default)]
struct Folder<'p> {
    files: Vec<&'p PathBuf>,
    below: BTreeMap<PathBuf, Folder<'p>>,
}

/// What a folder turns out to be.
struct Settled<'p> {
    whole: Option<Part<'p>>,
    apart: Vec<Part<'p>>,
}

/// Files that can start together.
struct Part<'p> {
    dir: PathBuf,
    files: Vec<&'p PathBuf>,
    /// The objects in them of which a stack has each name once.
    names: BTreeSet<&'p Id>,
    /// Others of the tree hold the same names: what is missing may be there.
    one_of_several: bool,
}

impl<'p> Part<'p> {
    /// Takes another part in; the smaller set of names is copied.
    fn join(mut self, mut other: Self, dir: &Path) -> Self {
        if self.names.len() < other.names.len() {
            std::mem::swap(&mut self.names, &mut other.names);
        }
        self.names.extend(other.names);
        self.files.extend(other.files);
        self.dir = dir.to_owned();
        self
    }
}

/// The files that no kustomization takes in, as stacks.
fn trees(files: &[&PathBuf], heads: &BTreeMap<PathBuf, Vec<Id>>) -> Vec<Request> {
    let mut root = Folder::default();
    for path in files {
        let mut at = &mut root;
        let dirs: Vec<&Path> = path.ancestors().skip(1).collect();
        for dir in dirs.into_iter().rev() {
            at = at.below.entry(dir.to_owned()).or_default();
        }
        at.files.push(path);
    }
    let settled = settle(Path::new(""), root, heads);
    let parts = settled.whole.into_iter().chain(settled.apart);
    let request = |part: Part<'_>| {
        let member = |path: &&PathBuf| Member {
            path: (*path).clone(),
            namespace: None,
        };
        let several = "other folders hold the same names".to_owned();
        Request {
            files: part.files.iter().map(member).collect(),
            dir: common(&part),
            hides: part.one_of_several.then_some(several).into_iter().collect(),
            ..Request::default()
        }
    };
    parts.map(request).collect()
}

/// The deepest folder that holds all files.
fn common(part: &Part<'_>) -> PathBuf {
    let mut dirs = part.files.iter().filter_map(|it| it.parent());
    let Some(first) = dirs.next() else {
        return part.dir.clone();
    };
    let mut all = first.to_owned();
    for dir in dirs {
        while !dir.starts_with(&all) && all.pop() {}
    }
    clean(&all)
}

/// Bottom up: folders whose names do not clash become one.
fn settle<'p>(
    dir: &Path,
    folder: Folder<'p>,
    heads: &'p BTreeMap<PathBuf, Vec<Id>>,
) -> Settled<'p> {
    let mut wholes: Vec<Part<'p>> = Vec::new();
    let mut apart: Vec<Part<'p>> = Vec::new();
    if !folder.files.is_empty() {
        let mut each: Vec<Part<'p>> = folder
            .files
            .into_iter()
            .map(|path| Part {
                dir: dir.to_owned(),
                files: vec![path],
                names: names(&heads[path]),
                one_of_several: false,
            })
            .collect();
        if clash(&each) {
            each.iter_mut().for_each(|it| it.one_of_several = true);
            apart.extend(each);
        } else {
            wholes.extend(each.into_iter().reduce(|all, more| all.join(more, dir)));
        }
    }
    for (path, below) in folder.below {
        let settled = settle(&path, below, heads);
        wholes.extend(settled.whole);
        apart.extend(settled.apart);
    }
    if wholes.len() > 1 && clash(&wholes) {
        for part in &mut wholes {
            part.one_of_several = true;
        }
        apart.append(&mut wholes);
    }
    let whole = wholes.into_iter().reduce(|all, more| all.join(more, dir));
    Settled { whole, apart }
}

/// The objects of a file of which a stack has each name once. A name that stands
/// twice in one file is the file's own affair.
fn names(heads: &[Id]) -> BTreeSet<&Id> {
    let single = heads
        .iter()
        .filter(|(kind, name, _)| is_single(kind) && !name.is_empty());
    single.collect()
}

/// Whether two of these parts hold an object of one name. All are compared with
/// the largest, which is not copied.
fn clash(parts: &[Part<'_>]) -> bool {
    let largest = (0..parts.len()).max_by_key(|n| parts[*n].names.len());
    let mut seen: BTreeSet<&Id> = BTreeSet::new();
    let rest = parts
        .iter()
        .enumerate()
        .filter(|(n, _)| Some(*n) != largest);
    rest.flat_map(|(_, it)| &it.names)
        .any(|it| largest.is_some_and(|n| parts[n].names.contains(it)) || !seen.insert(it))
}
