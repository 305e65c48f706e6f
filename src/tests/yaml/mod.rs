//! The tree: every span, every shape, every broken file, every hostile one.
//!
//! Owns `testdata/yaml` and its snapshots. `oracle` compares values with an
//! independent reader.

mod hostile;
mod mutants;
mod oracle;
mod quick;
mod snapshots;
mod spans;

use std::path::{Path, PathBuf};

/// Every YAML file below a folder of this repository, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.is_file())
        .filter(|path| {
            matches!(
                path.extension().and_then(|e| e.to_str()),
                Some("yaml" | "yml")
            )
        })
        .collect();
    found.sort();
    found
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// The texts of all YAML test data, and of the folder that `CORPUS` names.
fn texts() -> Vec<(PathBuf, String)> {
    let mut paths = files(&testdata());
    assert!(paths.len() > 100, "the test data is where it should be");
    if let Some(corpus) = std::env::var_os("CORPUS") {
        paths.extend(files(Path::new(&corpus)));
    }
    let read = |path: PathBuf| Some((path.clone(), std::fs::read_to_string(path).ok()?));
    paths.into_iter().filter_map(read).collect()
}
