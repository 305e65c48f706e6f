//! Text, where it came from, and positions in it.
//!
//! Owns file identity, byte spans, the line index and the trait through which
//! the outer rim hands in file contents. Must not know YAML, Compose or
//! Kubernetes, and never touches the disk itself.

use std::fmt;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A file within one [`Sources`]; meaningless in another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(pub u32);

/// A half-open range of byte offsets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` up to `end`, both byte offsets.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// Whether the span covers no byte.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// The number of bytes covered.
    pub const fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// The smallest span that covers both.
    pub fn join(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// The range as `usize`, to slice a text with.
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A span in a file: the position every model value carries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct At {
    /// The file.
    pub file: FileId,
    /// The bytes in it.
    pub span: Span,
}

impl At {
    /// The position of `span` in `file`.
    pub const fn new(file: FileId, span: Span) -> Self {
        Self { file, span }
    }
}

/// A value and where it was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// The bytes that gave it.
    pub at: At,
}

impl<T> Spanned<T> {
    /// `value`, written at `at`.
    pub const fn new(value: T, at: At) -> Self {
        Self { value, at }
    }
}

/// A line and a column, both 1-based; the column counts characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// One file's text, valid UTF-8, with its byte order mark if it had one.
pub struct Source {
    path: PathBuf,
    text: Arc<str>,
    lines: OnceLock<Vec<u32>>,
}

impl Source {
    /// A file shown to the user as `path`.
    pub fn new(path: PathBuf, text: impl Into<Arc<str>>) -> Self {
        Self {
            path,
            text: text.into(),
            lines: OnceLock::new(),
        }
    }

    /// The path as given or discovered; not made absolute.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The byte offset of each line's first byte.
    pub fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0)
                .chain(breaks.map(|at| offset(at + 1)))
                .collect()
        })
    }

    /// The 0-based line that `at` lies on.
    pub fn line_of(&self, at: u32) -> usize {
        self.line_starts()
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }

    /// The text of a 0-based line without its line break; empty past the end.
    pub fn line(&self, line: usize) -> &str {
        let starts = self.line_starts();
        let Some(start) = starts.get(line) else {
            return "";
        };
        let end = starts
            .get(line + 1)
            .map_or(self.text.len(), |next| *next as usize);
        self.text[*start as usize..end].trim_end_matches(['\n', '\r'])
    }

    /// Line and column of a byte offset.
    pub fn position(&self, at: u32) -> Position {
        let line = self.line_of(at);
        let start = self.line_starts()[line] as usize;
        let before = self.text.get(start..at as usize).unwrap_or("");
        let column = before.trim_start_matches('\u{feff}').chars().count();
        Position {
            line: offset(line + 1),
            column: offset(column + 1),
        }
    }

    /// The text under a span; empty when the span does not fit the file.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Source({}, {} bytes)",
            self.path.display(),
            self.text.len()
        )
    }
}

/// The files of one stack, in the order in which they were first needed.
#[derive(Clone, Default, Debug)]
pub struct Sources {
    files: Vec<Arc<Source>>,
}

impl Sources {
    /// Adds a file and gives it an identity.
    pub fn add(&mut self, source: Arc<Source>) -> FileId {
        self.files.push(source);
        FileId(offset(self.files.len() - 1))
    }

    /// The file of an identity that this value gave out.
    pub fn get(&self, file: FileId) -> &Source {
        &self.files[file.0 as usize]
    }

    /// The file of an identity, to keep beyond a borrow.
    pub fn shared(&self, file: FileId) -> Arc<Source> {
        self.files[file.0 as usize].clone()
    }

    /// All files with their identities.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files
            .iter()
            .enumerate()
            .map(|(n, source)| (FileId(offset(n)), source.as_ref()))
    }

    /// The identity of the file shown as `path`, if it is here.
    pub fn find(&self, path: &Path) -> Option<FileId> {
        let found = self.files.iter().position(|source| source.path == path)?;
        Some(FileId(offset(found)))
    }

    /// Keeps the paths only: every text reads as empty from now on.
    pub fn forget_texts(&mut self) {
        for source in &mut self.files {
            *source = Arc::new(Source::new(source.path.clone(), ""));
        }
    }

    /// The text under a position.
    pub fn slice(&self, at: At) -> &str {
        self.get(at.file).slice(at.span)
    }
}

/// One replacement of bytes: the only way in which text changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// The bytes that go; empty for an insertion.
    pub at: At,
    /// The bytes that come.
    pub text: String,
}

/// How the pure inside asks the rim for a file: the disk in the command line,
/// open buffers in an editor, memory in tests.
pub trait Reader: Sync {
    /// The bytes of a file. An error names why it cannot be had.
    ///
    /// # Errors
    /// Whatever the rim says: missing, unreadable, too large, outside the root.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Whether a file (not a folder) stands at this path.
    fn is_file(&self, path: &Path) -> bool;
}

/// A length or index as the 32-bit offset that spans use; texts are capped
/// far below 4 GiB before they get here.
pub fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A path with `.` and `..` taken out.
pub fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if cleaned.file_name().is_some() => {
                cleaned.pop();
            }
            part => cleaned.push(part),
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_skip_the_byte_order_mark() {
        let source = Source::new("a.yml".into(), "\u{feff}añb: 1\nc: 2");
        assert_eq!(source.position(3), Position { line: 1, column: 1 });
        assert_eq!(source.position(6), Position { line: 1, column: 3 });
        assert_eq!(source.position(11), Position { line: 2, column: 1 });
        assert_eq!(source.line(1), "c: 2");
        assert_eq!(source.line(7), "");
    }
}
