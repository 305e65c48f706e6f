//! Changed texts to the disk, and as a patch.
//!
//! Owns how a file is replaced: all of a stack's files or none, in one step
//! each, mode and owner kept, nothing outside the root, nothing that somebody
//! else has changed meanwhile. Must not know why a text changed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use similar::TextDiff;
use tempfile::NamedTempFile;

/// One file that is to change.
#[derive(Clone, Debug)]
pub struct Change<'t> {
    /// The path, absolute.
    pub path: &'t Path,
    /// What it was when it was read.
    pub before: &'t str,
    /// What it is to be.
    pub after: &'t str,
}

/// A file that is ready to be put in place.
struct Ready<'t> {
    /// The file itself, links followed.
    real: PathBuf,
    temporary: NamedTempFile,
    change: &'t Change<'t>,
}

/// Writes all of the changes or none.
///
/// # Errors
/// Says which file could not be changed and why; none has changed then, unless
/// the error says so.
pub fn all(changes: &[Change<'_>], root: &Path) -> io::Result<()> {
    let root = root.canonicalize()?;
    let mut ready = Vec::new();
    for change in changes {
        let made = prepare(change, &root);
        ready.push(made.map_err(|error| about(change.path, &error))?);
    }
    let mut done: Vec<(PathBuf, &Change<'_>)> = Vec::new();
    for Ready {
        real,
        temporary,
        change,
    } in ready
    {
        if let Err(error) = temporary.persist(&real) {
            return Err(about(change.path, &undo(&done, error.error)));
        }
        done.push((real, change));
    }
    Ok(())
}

/// Writes a file whole, whatever was there.
///
/// # Errors
/// The folder is not there, or the file cannot be written.
pub fn put(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)
}

/// Writes a file that is not there.
///
/// # Errors
/// It is there, or it cannot be written.
pub fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())
}

fn about(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Puts back what was written before a later file failed.
fn undo(done: &[(PathBuf, &Change<'_>)], error: io::Error) -> io::Error {
    for (real, change) in done.iter().rev() {
        let back = beside(real, change.before).and_then(|it| Ok(it.persist(real)?));
        if let Err(second) = back {
            let message = format!("{error}; {} stays changed: {second}", real.display());
            return io::Error::new(error.kind(), message);
        }
    }
    error
}

/// Holds the file against what was read, and writes the new text beside it.
fn prepare<'t>(change: &'t Change<'t>, root: &Path) -> io::Result<Ready<'t>> {
    let real = change.path.canonicalize()?;
    if !real.starts_with(root) {
        let message = "it lies outside the repository";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    }
    if fs::metadata(&real)?.permissions().readonly() {
        let message = "it is read-only";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    }
    if fs::read(&real)? != change.before.as_bytes() {
        return Err(io::Error::other("it has changed since it was read"));
    }
    Ok(Ready {
        temporary: beside(&real, change.after)?,
        real,
        change,
    })
}

/// A temporary file in the same folder with a text, and the mode and owner of
/// the file that it will replace.
fn beside(real: &Path, text: &str) -> io::Result<NamedTempFile> {
    let folder = real.parent().unwrap_or(Path::new("/"));
    let mut temporary = tempfile::Builder::new()
        .prefix(".tierlint-")
        .tempfile_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    let metadata = fs::metadata(real)?;
    keep_owner(temporary.as_file(), &metadata)?;
    temporary
        .as_file()
        .set_permissions(metadata.permissions())?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

#[cfg(unix)]
fn keep_owner(file: &File, wanted: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) == (wanted.uid(), wanted.gid()) {
        return Ok(());
    }
    let kept = fchown(file, Some(wanted.uid()), Some(wanted.gid()));
    kept.map_err(|error| io::Error::new(error.kind(), format!("its owner cannot be kept: {error}")))
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

/// A patch of one file that `git apply` takes; `path` is relative to the
/// folder that it is applied in.
pub fn patch(path: &Path, before: &str, after: &str) -> String {
    // Lines end where git has them end, not at a lone carriage return.
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let diff = TextDiff::configure()
        .newline_terminated(true)
        .diff_slices(&old, &new);
    let (a, b) = (name("a", path), name("b", path));
    diff.unified_diff()
        .context_radius(3)
        .header(&a, &b)
        .to_string()
}

/// The line of `before` that stands where a line of `after` does; both count
/// from 1. Of a line that is new it is the one that it comes before.
pub fn line_before(before: &str, after: &str, line: usize) -> usize {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let diff = TextDiff::configure().diff_slices(&old, &new);
    let at = line.saturating_sub(1);
    let mut ops = diff.ops().iter();
    let Some(op) = ops.find(|it| it.new_range().contains(&at)) else {
        return line;
    };
    let (was, is) = (op.old_range(), op.new_range());
    was.start + (at - is.start).min(was.len().saturating_sub(1)) + 1
}

/// A file's name in a patch, in quotes where git wants some.
fn name(side: &str, path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|it| it.to_string_lossy()).collect();
    let plain = format!("{side}/{}", parts.join("/"));
    let odd = |it: char| it == '"' || it == '\\' || it.is_control();
    if plain.contains(odd) {
        let mut quoted = String::from("\"");
        for byte in plain.bytes() {
            match byte {
                b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
                b' '..=b'~' => quoted.push(char::from(byte)),
                _ => quoted.push_str(&format!("\\{byte:03o}")),
            }
        }
        quoted.push('"');
        return quoted;
    }
    // A tab ends a name that has blanks in it.
    let end = if plain.contains(' ') { "\t" } else { "" };
    format!("{plain}{end}")
}

#[cfg(test)]
mod tests {
    use super::line_before;

    #[test]
    fn lines_are_found_where_they_were() {
        let (before, after) = ("a\nb\nc\nd\n", "a\nnew\nb\nC\nd\n");
        let found: Vec<usize> = (1..=5).map(|it| line_before(before, after, it)).collect();
        assert_eq!(found, [1, 2, 2, 3, 4]);
        assert_eq!(line_before(before, before, 4), 4);
    }
}
