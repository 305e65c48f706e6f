//! Kubernetes files on the disk: charts, JSON, files that stand for a cluster.
//!
//! Owns looks that need the disk. Must not know what is in an object.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::read_in_words;
use super::looks::{self, Looks};
use super::{Open, is_compose_path};

/// Which folders are charts.
#[derive(Default)]
pub(super) struct Charts {
    known: HashMap<PathBuf, bool>,
}

impl Charts {
    /// Whether a file is one of a Helm chart's templates, whatever it looks like.
    pub(super) fn hold(&mut self, path: &Path) -> bool {
        let mut folders = path.ancestors().skip(1);
        folders.any(|folder| {
            let inner = folder.ends_with("templates") || folder.ends_with("crds");
            let Some(above) = folder.parent().filter(|_| inner) else {
                return false;
            };
            match self.known.get(above) {
                Some(known) => *known,
                None => {
                    let chart = above.join("Chart.yaml").is_file();
                    self.known.insert(above.to_owned(), chart);
                    chart
                }
            }
        })
    }
}

/// How much of a JSON file is looked at.
const JSON_LOOK: u64 = 1 << 10;

/// Whether the first lines of a JSON file say what object it is. Others are
/// too many to be named as left out.
pub(super) fn is_json_manifest(path: &Path) -> bool {
    if path.extension().is_none_or(|it| it != "json") {
        return false;
    }
    let Ok(file) = fs::File::open(path) else {
        return false;
    };
    let mut start = Vec::new();
    let read = io::Read::read_to_end(&mut io::Read::take(file, JSON_LOOK), &mut start);
    read.is_ok() && looks::is_manifest(&start)
}

/// Whether a file belongs to a Kubernetes stack.
pub(super) fn is_manifest(path: &Path, open: &Open) -> bool {
    if is_compose_path(path) {
        return false;
    }
    let looks = match open.get(path) {
        Some(text) => looks::looks(path, text),
        None => {
            let Ok(text) = read_in_words(path) else {
                return false;
            };
            looks::looks(path, &text)
        }
    };
    matches!(looks, Looks::Kubernetes | Looks::Kustomization)
}
