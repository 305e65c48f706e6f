//! The walk over a folder's files.
//!
//! Owns which folders are entered and which names are looked at. Must not read
//! files.

use std::path::{Path, PathBuf};

use super::manifests::is_json_manifest;
use super::{SkipKind, Skipped, is_candidate, is_script, skipped};

/// Collects files that may be manifests. Ignore files count, hidden files are
/// seen, `.git` is not entered, links are not followed.
pub(super) fn walk(root: &Path, files: &mut Vec<PathBuf>, skips: &mut Vec<Skipped>) {
    let walker = ignore::WalkBuilder::new(root)
        .hidden(false)
        .require_git(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    for entry in walker {
        match entry {
            Ok(entry) => {
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
                let path = entry.path();
                if is_file && (is_candidate(path) || is_script(path) || is_json_manifest(path)) {
                    files.push(entry.into_path());
                }
            }
            Err(error) => {
                let path = error_path(&error).unwrap_or(root).to_owned();
                skips.push(skipped(
                    &path,
                    format!("cannot be read: {}", io_reason(&error)),
                    SkipKind::Unreadable,
                ));
            }
        }
    }
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

fn io_reason(error: &ignore::Error) -> String {
    error
        .io_error()
        .map_or_else(|| error.to_string(), |error| error.kind().to_string())
}
