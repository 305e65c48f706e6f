//! Ignores that stand in the settings: by path, workload and rule, with a
//! reason, and a last day if they have one.
//!
//! Owns what such an ignore speaks for. Must not know how it is written.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::finding::Finding;
use crate::source::Sources;
use crate::words::Date;

/// One ignore; a part that is absent speaks for everything.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// Which files.
    pub path: Option<Paths>,
    /// Which workload: the one that the finding is about, not the other end.
    pub workload: Option<String>,
    /// Which rule.
    pub rule: Option<String>,
    /// Why, in the author's words.
    pub reason: String,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// Where it stands, as `FILE:LINE:COLUMN`.
    pub place: String,
}

/// A pattern as in `.gitignore`, from a folder.
#[derive(Clone, Debug)]
pub struct Paths {
    /// As it is written.
    pub pattern: String,
    folder: PathBuf,
    matcher: Gitignore,
}

impl Paths {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in the form of a message.
    pub fn parse(pattern: &str, folder: &Path) -> Result<Self, String> {
        if pattern.trim().is_empty() || pattern.starts_with(['!', '#']) {
            return Err(format!("`{pattern}` is no pattern for paths"));
        }
        let wrong = |error: ignore::Error| format!("`{pattern}` is no pattern for paths: {error}");
        let mut builder = GitignoreBuilder::new(folder);
        builder.add_line(None, pattern).map_err(wrong)?;
        Ok(Self {
            pattern: pattern.to_owned(),
            folder: folder.to_owned(),
            matcher: builder.build().map_err(wrong)?,
        })
    }

    /// Whether a file, absolute, is one of them or below one of them.
    fn take(&self, path: &Path) -> bool {
        let below = path.strip_prefix(&self.folder);
        below.is_ok_and(|it| {
            self.matcher
                .matched_path_or_any_parents(it, false)
                .is_ignore()
        })
    }
}

impl Ignore {
    /// Whether its last day has passed. Without a clock none has.
    pub fn has_ended(&self, today: Option<Date>) -> bool {
        let ends = self.until.zip(today);
        ends.is_some_and(|(until, today)| until < today)
    }

    /// Whether it speaks for a finding; shown paths start from `dir`.
    pub fn takes(&self, finding: &Finding, sources: &Sources, dir: &Path) -> bool {
        let is = |wanted: &Option<String>, name: Option<&str>| {
            wanted.as_deref().is_none_or(|it| Some(it) == name)
        };
        let subject = finding.subject.first().map(String::as_str);
        let file = || dir.join(sources.get(finding.at.file).path());
        is(&self.rule, Some(finding.rule))
            && is(&self.workload, subject)
            && self.path.as_ref().is_none_or(|it| it.take(&file()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

    use super::*;

    #[test]
    fn patterns_are_those_of_gitignore() {
        let takes = |pattern: &str, path: &str| {
            let paths = Paths::parse(pattern, Path::new("/repo/app")).unwrap();
            paths.take(Path::new(path))
        };
        assert!(takes("legacy/", "/repo/app/x/legacy/compose.yaml"));
        assert!(!takes("/legacy/", "/repo/app/x/legacy/compose.yaml"));
        assert!(takes("/x/**/compose.yaml", "/repo/app/x/y/z/compose.yaml"));
        assert!(takes("*.test.yaml", "/repo/app/x/a.test.yaml"));
        assert!(!takes("*", "/repo/other/compose.yaml"));
        assert!(Paths::parse("!x", Path::new("/")).is_err());
        assert!(Paths::parse("", Path::new("/")).is_err());
    }
}
