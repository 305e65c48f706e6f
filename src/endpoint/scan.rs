//! Masks and characters that all readers of addresses share.
//!
//! Owns how variables are taken out of sight without moving a byte. Must not
//! know any notation.

use std::borrow::Cow;

use super::Part;
use crate::source::{Span, offset};

/// Stands for each byte of a variable.
pub(super) const HIDDEN: u8 = 1;

/// The text with each byte of `${…}`, `$(…)` and `$NAME` replaced by [`HIDDEN`],
/// so that nothing inside them is taken for a delimiter and no byte moves.
pub(super) fn mask(text: &str) -> Cow<'_, str> {
    if !text.contains('$') {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = if bytes[at] == b'$' {
            variable_end(&bytes, at)
        } else {
            at
        };
        bytes[at..end].fill(HIDDEN);
        at = end.max(at + 1);
    }
    // Whole characters are hidden or kept; this cannot fail.
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The text with every comment line of a script replaced by blanks, so that no
/// byte moves.
pub(super) fn without_comments(text: &str) -> Cow<'_, str> {
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    if !text.contains('\n') || !text.lines().any(is_comment) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if is_comment(line) {
            kept.extend(line.bytes().map(|it| if it == b'\n' { '\n' } else { ' ' }));
        } else {
            kept.push_str(line);
        }
    }
    Cow::Owned(kept)
}

/// Where the variable ends whose `$` stands at `at`; `at` if none begins there.
fn variable_end(bytes: &[u8], at: usize) -> usize {
    let closing = match bytes.get(at + 1) {
        Some(b'{') => b'}',
        Some(b'(') => b')',
        Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => {
            let name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            return at + 1 + bytes[at + 1..].iter().take_while(|it| name(it)).count();
        }
        _ => return at,
    };
    let opening = bytes[at + 1];
    let mut depth = 0_usize;
    for (index, byte) in bytes.iter().enumerate().skip(at + 1) {
        if *byte == opening {
            depth += 1;
        } else if *byte == closing {
            depth -= 1;
            if depth == 0 {
                return index + 1;
            }
        }
    }
    bytes.len()
}

/// The piece `start..end`.
pub(super) fn part(text: &str, start: usize, end: usize) -> Part {
    Part {
        text: text[start..end].to_owned(),
        span: Span::new(offset(start), offset(end)),
    }
}

/// Whether a text can be a host: a name of letters, digits, `-`, `_` and `.`
/// with a letter in it, or an IPv4 address.
pub(super) fn is_host(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let edges = |it: &str| {
        it.starts_with(|c: char| c.is_ascii_alphanumeric())
            && it.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
    };
    let name = text.bytes().any(|it| it.is_ascii_alphabetic());
    text.len() <= 253
        && text.bytes().all(fits)
        && edges(text)
        && (name || text.parse::<std::net::Ipv4Addr>().is_ok())
}

/// Whether a text can be a port: a number from 1 to 65535, or one variable.
pub(super) fn is_port(text: &str) -> bool {
    let hidden = !text.is_empty() && text.bytes().all(|it| it == HIDDEN);
    hidden
        || (text.bytes().all(|it| it.is_ascii_digit())
            && text.parse::<u16>().is_ok_and(|it| it > 0))
}

/// Host and port of `text[start..end]`, in the form `host`, `host:port` or
/// `[address]:port`. `None` if it is anything else, or if the host is hidden.
pub(super) fn host_port(text: &str, start: usize, end: usize) -> Option<(Part, Option<Part>)> {
    let piece = &text[start..end];
    if let Some(rest) = piece.strip_prefix('[') {
        let close = rest.find(']')?;
        rest[..close].parse::<std::net::Ipv6Addr>().ok()?;
        let host = part(text, start + 1, start + 1 + close);
        let behind = start + close + 2;
        return match &text[behind..end] {
            "" => Some((host, None)),
            port if port.starts_with(':') && is_port(&port[1..]) => {
                Some((host, Some(part(text, behind + 1, end))))
            }
            _ => None,
        };
    }
    let Some(colon) = piece.find(':') else {
        return is_host(piece).then(|| (part(text, start, end), None));
    };
    let (host, port) = (&piece[..colon], &piece[colon + 1..]);
    if !is_host(host) {
        return None;
    }
    let host = part(text, start, start + colon);
    if port.is_empty() {
        return Some((host, None));
    }
    is_port(port).then(|| (host, Some(part(text, start + colon + 1, end))))
}

/// The pieces of `text[start..end]` between separators, as byte ranges.
pub(super) fn pieces(
    text: &str,
    start: usize,
    end: usize,
    separates: impl Fn(char) -> bool,
) -> Vec<(usize, usize)> {
    let mut from = start;
    let mut found = Vec::new();
    for (at, c) in text[start..end].char_indices() {
        if separates(c) {
            found.push((from, start + at));
            from = start + at + c.len_utf8();
        }
    }
    found.push((from, end));
    found
}

/// A range without the blanks at its ends.
pub(super) fn trimmed(text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let piece = &text[start..end];
    let left = piece.len() - piece.trim_start().len();
    (start + left, start + left + piece.trim().len())
}

/// The range without the quotes around it.
pub(super) fn unquoted(text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let piece = &text[start..end];
    let quoted = |c: char| piece.len() >= 2 && piece.starts_with(c) && piece.ends_with(c);
    if quoted('\'') || quoted('"') {
        (start + 1, end - 1)
    } else {
        (start, end)
    }
}
