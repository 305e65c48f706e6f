//! Addresses without a scheme: `db`, `db:5432`, lists of them.
//!
//! Owns which texts are nothing but addresses. Must not know what a variable's
//! name says about them.

use super::scan::{host_port, is_host, pieces, trimmed, unquoted};
use super::{Endpoint, Form, Part};

/// The addresses of a masked text that is nothing else: every item of the list
/// must be one.
pub(super) fn read(text: &str) -> Vec<Endpoint> {
    let list = trimmed(text, (0, text.len()));
    let (start, end) = bracketed(text, list);
    if start == end || end - start > 4096 {
        return Vec::new();
    }
    let separates = |c: char| matches!(c, ',' | ';') || c.is_whitespace();
    let mut found = Vec::new();
    for range in pieces(text, start, end, separates) {
        let (start, end) = unquoted(text, trimmed(text, range));
        if start == end {
            continue;
        }
        // `host:6379,password=…,ssl=False`: options behind addresses.
        if !found.is_empty() && text[start..end].contains('=') {
            continue;
        }
        let Some(endpoint) = item(text, start, end) else {
            return Vec::new();
        };
        found.push(endpoint);
    }
    found
}

/// `["a:1", "b:2"]` without its brackets.
fn bracketed(text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let piece = &text[start..end];
    let list = piece.starts_with('[') && piece.ends_with(']') && !piece.contains("::");
    if list && piece.len() >= 2 {
        (start + 1, end - 1)
    } else {
        (start, end)
    }
}

/// `db`, `db:5432`, `1@kafka:9093` (a voter's number), `0:db:5432` (a node of
/// Pgpool-II), `zoo:2181/path`.
fn item(text: &str, start: usize, end: usize) -> Option<Endpoint> {
    let piece = &text[start..end];
    if piece.contains("//") || piece.ends_with(':') {
        return None;
    }
    let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
    let behind = &piece[digits..];
    let numbered =
        behind.starts_with('@') || (behind.starts_with(':') && behind.matches(':').count() == 2);
    let start = start
        + if digits > 0 && numbered {
            digits + 1
        } else {
            0
        };
    let piece = &text[start..end];
    // A path may follow a port, never a bare name: `library/name` is no host.
    let slash = piece.find('/').filter(|at| piece[..*at].contains(':'));
    let end = start + slash.unwrap_or(piece.len());
    let (host, port) = host_port(text, start, end)?;
    Some(endpoint(host, port))
}

fn endpoint(host: Part, port: Option<Part>) -> Endpoint {
    let form = if port.is_some() {
        Form::HostPort
    } else {
        Form::Bare
    };
    Endpoint::new(form, None, host, port)
}

/// Every `host:port` that stands free in a text: between blanks, quotes, commas
/// and `=`.
pub(super) fn in_prose(text: &str) -> Vec<Endpoint> {
    let mut found = Vec::new();
    let separates = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '`' | ',' | ';' | '=' | '(' | ')' | '|' | '&' | '<' | '>'
            )
    };
    for (start, end) in pieces(text, 0, text.len(), separates) {
        let piece = &text[start..end];
        if piece.is_empty() || piece.contains("//") {
            continue;
        }
        let Some(colon) = piece.find(':').filter(|at| is_host(&piece[..*at])) else {
            continue;
        };
        let digits = piece[colon + 1..]
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        let behind = &piece[colon + 1 + digits..];
        if digits == 0 || !(behind.is_empty() || behind.starts_with('/')) {
            continue;
        }
        if let Some((host, port)) = host_port(text, start, start + colon + 1 + digits) {
            found.push(endpoint(host, port));
        }
    }
    found
}
