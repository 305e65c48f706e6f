//! git's index: which files it knows, and the name of each one's content.
//!
//! Owns the format (versions 2 to 4 of `gitformat-index`, SHA-1 names). Pure:
//! takes bytes. Must not know where an index lies or what it is held against.

use std::collections::BTreeMap;

/// The length of a SHA-1 name.
const NAME: usize = 20;

/// What stands before the name of the content: times, owner, mode, size.
const FACTS: usize = 40;

/// Where the mode stands among them.
const MODE: usize = 24;

/// One file of the index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    /// The name of its content.
    pub(super) content: [u8; NAME],
    /// Whether it is an ordinary file, not a link or another repository.
    pub(super) is_file: bool,
    /// Whether a merge has left it undecided.
    pub(super) is_unmerged: bool,
}

/// Files by path from the root of the repository, as bytes.
pub(super) type Index = BTreeMap<Vec<u8>, Entry>;

/// The name that git gives to a file's content.
pub(super) fn name_of(content: &[u8]) -> [u8; NAME] {
    let mut hash = sha1_smol::Sha1::new();
    hash.update(format!("blob {}\0", content.len()).as_bytes());
    hash.update(content);
    hash.digest().bytes()
}

/// Reads an index.
///
/// # Errors
/// Why it cannot be relied on.
pub(super) fn parse(bytes: &[u8]) -> Result<Index, String> {
    read(bytes).unwrap_or_else(|| Err("git's index breaks off".to_owned()))
}

/// `None` where the bytes break off.
fn read(bytes: &[u8]) -> Option<Result<Index, String>> {
    if bytes.get(..4)? != b"DIRC" {
        return Some(Err("git's index is in no known form".to_owned()));
    }
    let version = number(bytes, 4)?;
    if !(2..=4).contains(&version) {
        return Some(Err(format!(
            "git's index has version {version}, which is not known"
        )));
    }
    let mut at = 12;
    let mut before: Vec<u8> = Vec::new();
    let mut index = Index::new();
    for _ in 0..number(bytes, 8)? {
        let start = at;
        let flags_at = start + FACTS + NAME;
        let flags = short(bytes, flags_at)?;
        let more = version >= 3 && flags & 0x4000 != 0;
        at = flags_at + if more { 4 } else { 2 };
        let kept = if version == 4 {
            let (strip, end) = offset(bytes, at)?;
            at = end;
            before.len().checked_sub(strip)?
        } else {
            0
        };
        let length = bytes.get(at..)?.iter().position(|it| *it == 0)?;
        before.truncate(kept);
        before.extend(&bytes[at..at + length]);
        at += length + 1;
        if version < 4 {
            at = start + (at - start).next_multiple_of(8);
        }
        let entry = Entry {
            content: bytes.get(start + FACTS..flags_at)?.try_into().ok()?,
            is_file: number(bytes, start + MODE)? >> 12 == 0o10,
            is_unmerged: flags & 0x3000 != 0,
        };
        index.insert(before.clone(), entry);
    }
    Some(whole(bytes, at)?.map(|()| index))
}

/// Says whether what follows the entries leaves them all there is.
fn whole(bytes: &[u8], mut at: usize) -> Option<Result<(), String>> {
    let end = bytes.len().checked_sub(NAME)?;
    while at < end {
        if bytes.get(at..at + 4)? == b"link" {
            return Some(Err("git's index is split over two files".to_owned()));
        }
        at += 8 + usize::try_from(number(bytes, at + 4)?).ok()?;
    }
    (at == end).then_some(Ok(()))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at + 2)?;
    Some(u16::from_be_bytes(two.try_into().ok()?))
}

/// A number of as many bytes as it needs, and where it ends.
fn offset(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut value = 0usize;
    loop {
        let byte = *bytes.get(at)?;
        at += 1;
        value = value
            .checked_mul(128)?
            .checked_add(usize::from(byte & 127))?;
        if byte & 128 == 0 {
            return Some((value, at));
        }
        value = value.checked_add(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::{name_of, parse};

    /// Written by git 2: `compose.yaml` and `docs/compose.yaml` hold
    /// "services: {}\n", `link` is a link, `new.yaml` is only announced.
    const REAL: [&[u8]; 3] = [
        include_bytes!("../../testdata/git/index-2"),
        include_bytes!("../../testdata/git/index-3"),
        include_bytes!("../../testdata/git/index-4"),
    ];

    #[test]
    fn content_has_the_name_that_git_gives_it() {
        let hex: String = name_of(b"").iter().map(|it| format!("{it:02x}")).collect();
        assert_eq!(hex, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    }

    #[test]
    fn every_version_of_the_index_is_read() {
        for bytes in REAL {
            let index = parse(bytes).unwrap();
            for path in ["compose.yaml", "docs/compose.yaml"] {
                let entry = index[path.as_bytes()];
                assert_eq!(entry.content, name_of(b"services: {}\n"));
                assert!(entry.is_file && !entry.is_unmerged);
            }
            assert!(!index[b"link".as_slice()].is_file);
        }
        let announced = &parse(REAL[1]).unwrap()[b"new.yaml".as_slice()];
        assert_eq!(announced.content, name_of(b""));
    }

    #[test]
    fn an_index_that_breaks_off_is_refused() {
        for bytes in REAL {
            for end in 0..bytes.len() - 20 {
                assert!(parse(&bytes[..end]).is_err(), "{end} bytes");
            }
        }
    }

    #[test]
    fn a_split_index_is_refused() {
        let mut bytes = b"DIRC\0\0\0\x02\0\0\0\0link\0\0\0\0".to_vec();
        bytes.extend([0; 20]);
        assert!(parse(&bytes).unwrap_err().contains("split"));
    }
}
