//! Paths as `file:` URIs and back (RFC 8089, RFC 3986 section 2).
//!
//! Must not touch the disk.

use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;

use crate::source::clean;

/// The URI of an absolute path.
pub fn of(path: &Path) -> Uri {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut out = String::from("file://");
    if !text.starts_with('/') {
        out.push('/');
    }
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Uri(out)
}

/// The path of a `file:` URI of this machine, cleaned; `None` for all others.
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    let slash = rest.find('/')?;
    let (host, path) = rest.split_at(slash);
    if !matches!(host, "" | "localhost") {
        return None;
    }
    let text = decoded(path.split(['?', '#']).next()?)?;
    // `/c:/x` is a drive of Windows.
    let bytes = text.as_bytes();
    let drive = bytes.len() > 2 && bytes[1].is_ascii_alphabetic() && bytes[2] == b':';
    Some(clean(Path::new(if drive { &text[1..] } else { &text })))
}

/// A text without its escapes; `None` if that is no text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digit = |it: u8| char::from(it).to_digit(16);
        let value = digit(digits[0])? * 16 + digit(digits[1])?;
        bytes.push(u8::try_from(value).ok()?);
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains('\0')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_uris_lead_to_each_other() {
        let odd = Path::new("/a b/ö#%/compose.yaml");
        assert_eq!(of(odd).0, "file:///a%20b/%C3%B6%23%25/compose.yaml");
        assert_eq!(path(&of(odd)).as_deref(), Some(odd));
        let back = |text: &str| path(&Uri(text.to_owned()));
        assert_eq!(back("file:///a/../b/./c.yml"), Some("/b/c.yml".into()));
        assert_eq!(back("file://localhost/a"), Some("/a".into()));
        assert_eq!(back("file:///c%3A/x"), Some("c:/x".into()));
        for other in [
            "untitled:Untitled-1",
            "file://far/a",
            "file:///%f",
            "file:///%ff",
        ] {
            assert_eq!(back(other), None, "{other}");
        }
    }
}
