//! Scalars: plain and quoted ones on one line, `|` and `>` in their usual form.
//!
//! Owns where they end and what escapes and folding make of them. Must not
//! know where they stand.

use super::super::node::{Kind, Style};
use super::Quick;
use crate::source::{Span, offset};

/// A scalar that was read and has no place in the tree yet.
pub(super) struct Written {
    pub(super) span: Span,
    style: Style,
    decoded: Option<Box<str>>,
}

/// Bytes at which a plain scalar in a block may end.
const STOPS: [bool; 256] = stops(b"\n:#");
/// The same in brackets.
const FLOW_STOPS: [bool; 256] = stops(b"\n:#,[]{}");

const fn stops(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut n = 0;
    while n < bytes.len() {
        table[bytes[n] as usize] = true;
        n += 1;
    }
    table
}

impl Quick<'_> {
    /// Adds a scalar where one is awaited.
    pub(super) fn put(&mut self, written: Written) {
        let id = self.push(Kind::Scalar, written.style, written.span);
        if let Some(text) = written.decoded {
            self.tree.nodes[id as usize].decoded = offset(self.tree.decoded.len());
            self.tree.decoded.push(text);
        }
    }

    /// A plain or quoted scalar at `at`, outside brackets.
    pub(super) fn scalar(&mut self) -> Option<Written> {
        match self.byte(self.at)? {
            b'\'' => self.single(),
            b'"' => self.double(),
            _ => self.plain(&STOPS, |_| false),
        }
    }

    /// The same inside brackets.
    pub(super) fn flow_scalar(&mut self) -> Option<Written> {
        match self.byte(self.at)? {
            b'\'' => self.single(),
            b'"' => self.double(),
            _ => self.plain(&FLOW_STOPS, |byte| b",[]{}".contains(&byte)),
        }
    }

    fn plain(&mut self, stops: &[bool; 256], ends: fn(u8) -> bool) -> Option<Written> {
        let start = self.at;
        let next = self.byte(start + 1);
        match self.text[start] {
            b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`' | b'?' => return None,
            b'-' | b':' if self.is_blank(start + 1) || next.is_some_and(ends) => return None,
            _ => {}
        }
        let mut at = start + 1;
        loop {
            let rest = self.text[at..].iter();
            at += rest.take_while(|byte| !stops[usize::from(**byte)]).count();
            match self.byte(at) {
                None | Some(b'\n') => break,
                Some(b':') if self.is_blank(at + 1) => break,
                Some(b':') if self.byte(at + 1).is_some_and(ends) => return None,
                Some(b'#') if self.text[at - 1] == b' ' => break,
                Some(b':' | b'#') => at += 1,
                Some(_) => break,
            }
        }
        self.at = at;
        while self.text[at - 1] == b' ' {
            at -= 1;
        }
        Some(Written {
            span: Span::new(offset(start), offset(at)),
            style: Style::Plain,
            decoded: None,
        })
    }

    fn single(&mut self) -> Option<Written> {
        let start = self.at;
        let mut at = start + 1;
        let mut doubled = false;
        loop {
            at += memchr::memchr2(b'\'', b'\n', &self.text[at..])?;
            if self.text[at] == b'\n' {
                return None;
            }
            if self.byte(at + 1) != Some(b'\'') {
                break;
            }
            doubled = true;
            at += 2;
        }
        let decoded = doubled.then(|| self.utf8(start + 1, at).map(|it| it.replace("''", "'")));
        self.quoted(at + 1, Style::Single, decoded.flatten(), doubled)
    }

    fn double(&mut self) -> Option<Written> {
        let start = self.at;
        let mut at = start + 1;
        let mut decoded: Option<String> = None;
        let mut done = at;
        loop {
            at += memchr::memchr3(b'"', b'\\', b'\n', &self.text[at..])?;
            match self.text[at] {
                b'\n' => return None,
                b'\\' => {
                    let text = decoded.get_or_insert_default();
                    text.push_str(self.utf8(done, at)?);
                    text.push(match self.byte(at + 1)? {
                        b'\\' => '\\',
                        b'"' => '"',
                        b'/' => '/',
                        b'n' => '\n',
                        b't' => '\t',
                        _ => return None,
                    });
                    at += 2;
                    done = at;
                }
                _ => break,
            }
        }
        if let Some(text) = &mut decoded {
            text.push_str(self.utf8(done, at)?);
        }
        let escaped = decoded.is_some();
        self.quoted(at + 1, Style::Double, decoded, escaped)
    }

    /// A quoted scalar from `at` to `end`.
    fn quoted(
        &mut self,
        end: usize,
        style: Style,
        decoded: Option<String>,
        differs: bool,
    ) -> Option<Written> {
        if differs && decoded.is_none() {
            return None;
        }
        let span = Span::new(offset(self.at), offset(end));
        self.at = end;
        Some(Written {
            span,
            style,
            decoded: decoded.map(String::into_boxed_str),
        })
    }

    fn utf8(&self, start: usize, end: usize) -> Option<&str> {
        std::str::from_utf8(&self.text[start..end]).ok()
    }

    /// A `|` or `>` scalar at `at` and its lines. Headers with a number or a
    /// `+`, and blank lines with too many blanks, are not for us.
    pub(super) fn block_scalar(&mut self) -> Option<()> {
        let start = self.at;
        let folded = self.text[start] == b'>';
        let outer = self.open.last().map_or(0, |top| top.column);
        self.at += 1;
        let strip = self.byte(self.at) == Some(b'-');
        self.at += usize::from(strip);
        if self.byte(self.at)? != b'\n' {
            return None;
        }
        self.at += 1;
        let mut text = String::new();
        let mut indent = None;
        let mut breaks = 0;
        let mut end = self.at;
        let mut deeper = false;
        while self.at < self.text.len() {
            let line = self.at;
            self.skip_spaces();
            let column = self.at - line;
            if self.byte(self.at).is_none_or(|byte| byte == b'\n') {
                if column > indent.unwrap_or(0) {
                    return None;
                }
                self.at = (self.at + 1).min(self.text.len());
                breaks += 1;
                continue;
            }
            let within = *indent.get_or_insert(column);
            if within <= outer {
                return None;
            }
            if column < within {
                self.at = line;
                break;
            }
            let rest = &self.text[self.at..];
            end = memchr::memchr(b'\n', rest).map_or(self.text.len(), |n| self.at + n);
            // A line that is indented further keeps the breaks around it.
            let keeps = !folded || text.is_empty() || deeper || column > within;
            deeper = column > within;
            join(&mut text, breaks, keeps);
            text.push_str(self.utf8(line + within, end)?);
            breaks = 1;
            self.at = (end + 1).min(self.text.len());
        }
        indent?;
        if !strip && end < self.text.len() {
            text.push('\n');
        }
        while self.text[end - 1] == b' ' {
            end -= 1;
        }
        self.put(Written {
            span: Span::new(offset(start), offset(end)),
            style: if folded {
                Style::Folded
            } else {
                Style::Literal
            },
            decoded: Some(text.into_boxed_str()),
        });
        Some(())
    }
}

/// Adds the line breaks between two lines: folding makes a blank of one, and
/// one fewer of more.
fn join(text: &mut String, breaks: usize, keeps: bool) {
    match breaks {
        1 if !keeps => text.push(' '),
        _ => text.extend(std::iter::repeat_n('\n', breaks - usize::from(!keeps))),
    }
}
