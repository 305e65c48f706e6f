//! Kustomizations: what they take in, what they change, what they hide.
//!
//! Owns the reading of `kustomization.yaml` as far as files, names and patches
//! go. It builds nothing: what a kustomization changes beyond that is told as
//! something that is not seen. Must not read files itself.

use std::path::{Path, PathBuf};

use super::field::Field;
use super::pod::RefKind;
use crate::model::workload::Text;
use crate::source::{FileId, clean};
use crate::yaml::{self, Kind};

/// The names of a kustomization's file, best first (kustomize
/// `api/konfig/general.go`, `RecognizedKustomizationFileNames`).
pub const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// What a kustomization says.
#[derive(Clone, Default, Debug)]
pub struct Kustomization {
    /// Its file.
    pub file: PathBuf,
    /// `resources`, `bases`, `components`: local paths, files or folders.
    pub takes: Vec<PathBuf>,
    /// Files of patches.
    pub patches: Vec<PathBuf>,
    /// What patches are aimed at: kind and name, either of which may be open.
    pub targets: Vec<Target>,
    /// `namespace`.
    pub namespace: Option<Text>,
    /// ConfigMaps and Secrets that it makes.
    pub makes: Vec<(RefKind, Text)>,
    /// Why the result is not what the files say, in the form of messages.
    pub hides: Vec<String>,
    /// It changes names: literal hosts may be off.
    pub renames: bool,
    /// It is a component, which stands only in others.
    pub is_component: bool,
}

/// What a patch is aimed at; `None` is any.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Target {
    /// `kind`.
    pub kind: Option<Text>,
    /// `name`, a regular expression in kustomize; one that is not a plain name
    /// counts as any.
    pub name: Option<Text>,
}

impl Target {
    /// Whether an object is meant.
    pub fn hits(&self, kind: &str, name: &str) -> bool {
        self.kind.as_deref().is_none_or(|it| it == kind)
            && self.name.as_deref().is_none_or(|it| it == name)
    }
}

/// Whether a file is called like a kustomization.
pub fn is_kustomization(path: &Path) -> bool {
    NAMES
        .iter()
        .any(|name| path.file_name().is_some_and(|it| it == *name))
}

/// Reads a kustomization. `patch` gives the text of a patch file.
pub fn read(path: &Path, text: &str, patch: &dyn Fn(&Path) -> Option<String>) -> Kustomization {
    let mut found = Kustomization {
        file: path.to_owned(),
        ..Kustomization::default()
    };
    let dir = path.parent().unwrap_or(Path::new(""));
    let (tree, _) = yaml::parse(text);
    let Some(root) = tree.roots(text).next() else {
        return found;
    };
    let root = Field::new(root, FileId(0));
    found.is_component = root
        .word("kind")
        .is_some_and(|it| it.value.as_ref() == "Component");
    found.namespace = root.word("namespace").map(|it| it.value);
    for key in ["resources", "bases", "components"] {
        for item in root.list(key) {
            take(item, dir, &mut found);
        }
    }
    for (key, kind) in [
        ("configMapGenerator", RefKind::ConfigMap),
        ("secretGenerator", RefKind::Secret),
    ] {
        let named = root.list(key).into_iter().filter_map(|it| it.word("name"));
        found.makes.extend(named.map(|it| (kind, it.value)));
    }
    for key in ["namePrefix", "nameSuffix"] {
        found.renames |= root.word(key).is_some_and(|it| !it.value.is_empty());
    }
    for key in [
        "helmCharts",
        "helmChartInflationGenerator",
        "generators",
        "transformers",
    ] {
        if root.get(key).is_some() {
            found
                .hides
                .push(format!("`{key}` makes objects that are not seen"));
        }
    }
    for key in ["patches", "patchesStrategicMerge", "patchesJson6902"] {
        for item in root.list(key) {
            aim(item, dir, patch, &mut found);
        }
    }
    let moves = root.get("replacements").is_some() || root.get("vars").is_some();
    if moves {
        found.targets.push(Target {
            kind: None,
            name: None,
        });
    }
    found
}

fn take(item: Field<'_>, dir: &Path, found: &mut Kustomization) {
    let Some(text) = item.text() else { return };
    let text = text.value.trim();
    let remote = text.contains("://") || text.contains("?ref=") || text.starts_with("git@");
    let hosted = text.starts_with("github.com/") || text.starts_with("gitlab.com/");
    if remote || hosted {
        found.hides.push(format!("`{text}` is not fetched"));
    } else {
        found.takes.push(clean(&dir.join(text)));
    }
}

/// One patch: an inline text, a path, or both with a target.
fn aim(
    item: Field<'_>,
    dir: &Path,
    patch: &dyn Fn(&Path) -> Option<String>,
    found: &mut Kustomization,
) {
    if item.kind() == Kind::Scalar {
        let Some(text) = item.text() else { return };
        if text.value.contains('\n') {
            found.targets.extend(targets_in(&text.value));
        } else {
            follow(&text.value, dir, patch, found, true);
        }
        return;
    }
    let target = item.get("target").map(|it| {
        let plain = |it: &crate::source::Spanned<Text>| {
            let mut chars = it.value.chars();
            chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
        };
        let part = |key: &str| it.word(key).filter(plain).map(|it| it.value);
        Target {
            kind: part("kind"),
            name: part("name"),
        }
    });
    let Some(target) = target else {
        if let Some(path) = item.word("path") {
            follow(&path.value, dir, patch, found, true);
        }
        if let Some(inline) = item.word("patch") {
            found.targets.extend(targets_in(&inline.value));
        }
        return;
    };
    let text = match (item.word("path"), item.word("patch")) {
        (Some(path), _) => {
            follow(&path.value, dir, patch, found, false);
            patch(&clean(&dir.join(path.value.trim())))
        }
        (None, inline) => inline.map(|it| it.value.to_string()),
    };
    if text.is_none_or(|it| reaches_pods(&it)) {
        found.targets.push(target);
    }
}

/// Whether a patch may change what is in a pod: others change counts and labels.
fn reaches_pods(text: &str) -> bool {
    let signs = [
        "template",
        "Template",
        "containers",
        "Containers",
        "$patch",
        "\"/spec\"",
        "/spec\n",
    ];
    signs.iter().any(|it| text.contains(it))
}

fn follow(
    path: &str,
    dir: &Path,
    patch: &dyn Fn(&Path) -> Option<String>,
    found: &mut Kustomization,
    names_itself: bool,
) {
    let path = clean(&dir.join(path.trim()));
    if names_itself {
        match patch(&path) {
            Some(text) => found.targets.extend(targets_in(&text)),
            None => found.targets.push(Target {
                kind: None,
                name: None,
            }),
        }
    }
    found.patches.push(path);
}

/// The objects that a strategic merge patch names.
fn targets_in(text: &str) -> Vec<Target> {
    let (tree, _) = yaml::parse(text);
    let roots = tree.roots(text).map(|it| Field::new(it, FileId(0)));
    let target = |it: Field<'_>| {
        let kind = it.word("kind")?.value;
        let deep = ["template", "jobTemplate", "containers", "selector", "ports"];
        let spec = it.get("spec");
        let inside = spec.is_some_and(|it| deep.iter().any(|key| it.get(key).is_some()));
        // What is deleted, or is no object as it stands, is not looked into.
        let whole = it.get("$patch").is_some() || it.get("data").is_some();
        if !inside && !whole {
            return None;
        }
        Some(Target {
            kind: Some(kind),
            name: it.path(&["metadata", "name"])?.text().map(|it| it.value),
        })
    };
    roots.filter_map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kustomization_says_what_it_takes_and_changes() {
        let text = "\
resources: [a.yaml, ../base, 'https://example.com/x.yaml']
namePrefix: stg-
namespace: shop
patches:
  - path: p.yaml
  - target: {kind: Deployment, name: web}
    patch: '[]'
  - target: {kind: Deployment, name: '.*'}
    path: q.yaml
configMapGenerator: [{name: settings}]
";
        let patch = |path: &Path| {
            let deep = "kind: Service\nmetadata: {name: db}\nspec: {ports: []}\n";
            let flat = "kind: Deployment\nmetadata: {name: api}\nspec: {replicas: 3}\n";
            path.ends_with("p.yaml")
                .then(|| format!("{deep}---\n{flat}"))
        };
        let found = read(Path::new("/r/o/kustomization.yaml"), text, &patch);
        assert_eq!(
            found.takes,
            [Path::new("/r/o/a.yaml"), Path::new("/r/base")]
        );
        assert_eq!(found.hides, ["`https://example.com/x.yaml` is not fetched"]);
        assert_eq!(
            found.patches,
            [Path::new("/r/o/p.yaml"), Path::new("/r/o/q.yaml")]
        );
        let hit = |kind: &str, name: &str| found.targets.iter().any(|it| it.hits(kind, name));
        assert!(hit("Service", "db") && !hit("Service", "web"));
        assert!(hit("Deployment", "anything"), "its patch cannot be read");
        let named = |name: &str| {
            found
                .targets
                .iter()
                .any(|it| it.name.as_deref() == Some(name))
        };
        assert!(!named("web") && !named("api"), "no pod is reached");
        assert!(found.renames);
        assert_eq!(found.namespace.as_deref(), Some("shop"));
        assert_eq!(found.makes, [(RefKind::ConfigMap, "settings".into())]);
    }
}
