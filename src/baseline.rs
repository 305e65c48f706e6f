//! Findings that are accepted as they stand: `.tierlint-baseline.json`.
//!
//! Owns the text form and the key of an entry: stack, rule, workload, edge.
//! Lines and messages are no part of it, so that neither reformatting nor a
//! better wording brings an old finding back. Must not know where the file is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::source::clean;

/// The version of the text form.
pub const VERSION: u32 = 1;

/// What findings of one stack have in common: rule, workload, other ends.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    /// The rule.
    pub rule: String,
    /// The names that the finding is about: the workload, then the other ends
    /// of its edge; empty where it is about a file.
    pub subject: Vec<String>,
}

impl Key {
    /// The key of a finding.
    pub fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.to_owned(),
            subject: finding.subject.clone(),
        }
    }
}

/// The accepted findings of one stack, with their number.
pub type Accepted = BTreeMap<Key, usize>;

/// The accepted findings of all stacks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Baseline {
    /// The folder that the names of stacks start from, absolute.
    pub folder: PathBuf,
    /// By the name of the stack.
    pub stacks: BTreeMap<String, Accepted>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    stacks: BTreeMap<String, Vec<Entry>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    workload: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    edge: Vec<String>,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    count: usize,
}

const fn one() -> usize {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands in a reference"
)]
const fn is_one(count: &usize) -> bool {
    *count == 1
}

impl Baseline {
    /// Reads the text form; names of stacks start from `folder`.
    ///
    /// # Errors
    /// What is wrong, with `LINE:COLUMN: ` before it where the place is known.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|error| {
            let tail = format!(" at line {} column {}", error.line(), error.column());
            let problem = error.to_string();
            let fact = problem.strip_suffix(&tail).unwrap_or(&problem);
            format!("{}:{}: {fact}", error.line(), error.column())
        })?;
        if file.version != VERSION {
            let version = file.version;
            return Err(format!("version {version} is not known: {VERSION} is"));
        }
        let mut stacks: BTreeMap<String, Accepted> = BTreeMap::new();
        for (stack, entries) in file.stacks {
            let accepted = stacks.entry(stack).or_default();
            for entry in entries {
                let key = Key {
                    rule: entry.rule,
                    subject: entry.workload.into_iter().chain(entry.edge).collect(),
                };
                *accepted.entry(key).or_default() += entry.count;
            }
        }
        let folder = folder.to_owned();
        Ok(Self { folder, stacks })
    }

    /// The text form: in order, with a final line break. Stacks without entries
    /// are left out.
    pub fn render(&self) -> String {
        let entry = |(key, count): (&Key, &usize)| Entry {
            rule: key.rule.clone(),
            workload: key.subject.first().cloned(),
            edge: key.subject.iter().skip(1).cloned().collect(),
            count: *count,
        };
        let stacks = self.stacks.iter().filter(|(_, it)| !it.is_empty());
        let file = File {
            version: VERSION,
            stacks: stacks
                .map(|(name, it)| (name.clone(), it.iter().map(entry).collect()))
                .collect(),
        };
        let mut text = serde_json::to_string_pretty(&file).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The name of the stack that is made of these files, absolute, or known by
    /// this folder.
    pub fn name(&self, files: &[PathBuf]) -> String {
        let shown = |path: &PathBuf| {
            let path = clean(path);
            let below = path.strip_prefix(&self.folder).unwrap_or(&path);
            let text = below.to_string_lossy().replace('\\', "/");
            if text.is_empty() {
                ".".to_owned()
            } else {
                text
            }
        };
        let names: Vec<String> = files.iter().map(shown).collect();
        names.join(" + ")
    }

    /// The number of findings that are accepted.
    pub fn len(&self) -> usize {
        self.stacks.values().flat_map(BTreeMap::values).sum()
    }

    /// Whether no finding is accepted.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Counts the findings of one stack.
pub fn count<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Accepted {
    let mut accepted = Accepted::new();
    for finding in findings {
        *accepted.entry(Key::of(finding)).or_default() += 1;
    }
    accepted
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

    use super::*;

    fn key(rule: &str, subject: &[&str]) -> Key {
        Key {
            rule: rule.to_owned(),
            subject: subject.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    #[test]
    fn what_is_rendered_is_read_back() {
        let accepted = Accepted::from([
            (key("invalid-yaml", &[]), 1),
            (key("weak-dependency", &["web", "db"]), 2),
            (key("dependency-cycle", &["a", "b", "c"]), 1),
        ]);
        let baseline = Baseline {
            folder: "/p".into(),
            stacks: BTreeMap::from([
                ("compose.yaml".to_owned(), accepted),
                ("empty".to_owned(), Accepted::new()),
            ]),
        };
        let text = baseline.render();
        let read = Baseline::parse(&text, Path::new("/p")).unwrap();
        assert_eq!(read.len(), 4);
        assert_eq!(read.stacks["compose.yaml"], baseline.stacks["compose.yaml"]);
        assert!(!read.stacks.contains_key("empty"), "{text}");
        assert_eq!(read.render(), text);
    }

    #[test]
    fn stacks_are_named_from_the_folder_of_the_file() {
        let baseline = Baseline {
            folder: "/p".into(),
            ..Baseline::default()
        };
        let name = |files: &[&str]| {
            let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
            baseline.name(&files)
        };
        assert_eq!(name(&["/p/a/compose.yaml"]), "a/compose.yaml");
        assert_eq!(name(&["/p"]), ".");
        assert_eq!(name(&["/p/a.yaml", "/p/x/../b.yaml"]), "a.yaml + b.yaml");
        assert_eq!(name(&["/q/a.yaml"]), "/q/a.yaml");
    }

    #[test]
    fn what_is_wrong_is_told() {
        let wrong = |text| Baseline::parse(text, Path::new("/")).unwrap_err();
        assert_eq!(
            wrong("{\"version\": 7, \"stacks\": {}}"),
            "version 7 is not known: 1 is"
        );
        let unknown = wrong("{\"version\": 1,\n \"stack\": {}}");
        assert!(
            unknown.starts_with("2:") && unknown.contains("`stack`"),
            "{unknown}"
        );
    }
}
