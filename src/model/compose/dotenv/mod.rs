//! Files of `NAME=value` lines: `.env` and `env_file:`.
//!
//! Owns that grammar as the reference loader has it (compose-go v2.16.2,
//! `dotenv/parser.go`; the table in the tests was filled in by it). Must not know
//! which files are read, nor in what order.

use std::borrow::Cow;
use std::ops::Range;

use indexmap::IndexMap;
use memchr::memchr;

use super::interpolate::{Env, InterpolationErrorKind, interpolate_with};

/// Bytes that all values of one file may hold together. The reference has no
/// bound; without one, each of many lines could repeat a large variable.
const MAX_VALUES: usize = 8 * 1024 * 1024;

/// One variable and where it was given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Var {
    /// The value, escapes and variables expanded.
    pub value: String,
    /// The bytes of the name. Empty for a last line that is neither
    /// `NAME=value` nor ended: the loader takes it as the value of no name.
    pub key: Range<usize>,
    /// The bytes of the value with its quotes; empty, at the end of the name,
    /// for a name alone.
    pub written: Range<usize>,
}

/// Why the rest of a file cannot be read; the loader refuses the whole file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DotenvError {
    /// The fact as a phrase for a message.
    pub message: String,
    /// The byte at fault.
    pub offset: usize,
    /// What is wrong with a variable in a value, if that is it.
    pub cause: Option<InterpolationErrorKind>,
}

/// A parsed file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dotenv {
    /// The variables by name. Of several with one name the last stands, at the
    /// place of the first. A name alone (`NAME`) is here only if it was found.
    pub vars: IndexMap<String, Var>,
    /// The first error; `vars` holds what stood before it.
    pub error: Option<DotenvError>,
}

/// Reads a file. A variable in a value, and a name alone, is asked of `lookup`
/// first: the surrounding environment beats the lines above.
pub fn parse(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Dotenv {
    parse_after(text, lookup, &Env::default())
}

/// As [`parse`], for a file that follows others: `before` holds what they set,
/// and is asked last.
pub fn parse_after(text: &str, lookup: &dyn Fn(&str) -> Option<String>, before: &Env) -> Dotenv {
    let mut reader = Reader {
        text,
        lookup,
        before,
        held: 0,
        vars: IndexMap::new(),
    };
    let error = reader.file().err();
    Dotenv {
        vars: reader.vars,
        error,
    }
}

struct Reader<'a> {
    text: &'a str,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    before: &'a Env,
    /// Bytes of values so far, those replaced later included.
    held: usize,
    vars: IndexMap<String, Var>,
}

/// What stands before a value.
struct Head {
    key: Range<usize>,
    /// Where the rest begins: the value, or for a name alone the next line.
    rest: usize,
    /// No `=` or `:` before the end of the line.
    alone: bool,
}

impl Reader<'_> {
    fn file(&mut self) -> Result<(), DotenvError> {
        let mark = '\u{feff}';
        let mut at = if self.text.starts_with(mark) {
            mark.len_utf8()
        } else {
            0
        };
        while let Some(start) = statement(self.text, at) {
            let head = head(self.text, start)?;
            let name = &self.text[head.key.clone()];
            if let Some(space) = memchr(b' ', name.as_bytes()) {
                return Err(fault(
                    head.key.start + space,
                    "a name cannot contain a space",
                ));
            }
            if head.alone {
                if let Some(value) = (self.lookup)(name) {
                    let written = head.key.end..head.key.end;
                    self.set(head.key, value, written)?;
                }
                at = head.rest;
                continue;
            }
            let (value, written) = self.value(head.rest)?;
            at = after_value(self.text, &written);
            self.set(head.key, value, written)?;
        }
        Ok(())
    }

    fn set(
        &mut self,
        key: Range<usize>,
        value: String,
        written: Range<usize>,
    ) -> Result<(), DotenvError> {
        self.held += value.len();
        if self.held > MAX_VALUES {
            return Err(fault(written.start, "the variables here expand too far"));
        }
        let name = self.text[key.clone()].to_owned();
        self.vars.insert(
            name,
            Var {
                value,
                key,
                written,
            },
        );
        Ok(())
    }

    fn value(&self, start: usize) -> Result<(String, Range<usize>), DotenvError> {
        let rest = &self.text[start..];
        let quote = match rest.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => *quote,
            _ => {
                let line = memchr(b'\n', rest.as_bytes()).map_or(rest, |end| &rest[..end]);
                let value = line
                    .find(" #")
                    .map_or(line, |comment| &line[..comment])
                    .trim_end();
                let range = start..start + value.len();
                return Ok((self.expand(value, start)?, range));
            }
        };
        let Some((inner, len)) = quoted(rest, quote) else {
            return Err(fault(start, "a quoted value does not end"));
        };
        let range = start..start + len;
        if quote == b'\'' {
            return Ok((inner, range));
        }
        Ok((self.expand(&unescape(&inner), start)?, range))
    }

    fn expand(&self, value: &str, start: usize) -> Result<String, DotenvError> {
        let find = |name: &str| {
            if let Some(value) = (self.lookup)(name) {
                return Some(Cow::Owned(value));
            }
            let here = self.vars.get(name).map(|var| var.value.as_str());
            here.or_else(|| self.before.get(name)).map(Cow::Borrowed)
        };
        let done = interpolate_with(value, &find);
        match done.error {
            Some(error) => Err(DotenvError {
                message: error.message(),
                offset: start,
                cause: Some(error.kind),
            }),
            None => Ok(done.text.into_owned()),
        }
    }
}

fn fault(offset: usize, message: &str) -> DotenvError {
    DotenvError {
        message: message.to_owned(),
        offset,
        cause: None,
    }
}

/// Where the next statement begins, past blank lines and comments.
fn statement(text: &str, mut at: usize) -> Option<usize> {
    loop {
        at = text.len() - text[at..].trim_start().len();
        match text.as_bytes().get(at)? {
            b'#' => at += memchr(b'\n', &text.as_bytes()[at..])?,
            _ => return Some(at),
        }
    }
}

/// White space within a line, as the reference has it: some of Unicode's only.
fn inline_space(c: char) -> bool {
    matches!(
        c,
        '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}'
    )
}

fn head(text: &str, start: usize) -> Result<Head, DotenvError> {
    let skip = |at: usize| text.len() - text[at..].trim_start_matches(inline_space).len();
    let mut start = start;
    let exported = text[start..].strip_prefix("export");
    if exported.is_some_and(|rest| rest.starts_with(['\t', '\n', '\u{c}', '\r', ' '])) {
        start = skip(start + "export".len());
    }
    let rest = &text[start..];
    if rest.is_empty() {
        return Err(fault(start, "`export` without a name"));
    }
    for (at, c) in rest.char_indices() {
        match c {
            '=' | ':' | '\n' => {
                let key = start..start + rest[..at].trim_end().len();
                return Ok(Head {
                    key,
                    rest: skip(start + at + 1),
                    alone: c == '\n',
                });
            }
            '_' | '.' | '-' | '[' | ']' => {}
            // The reference asks for Unicode's letters and numbers; this lets in
            // combining marks besides.
            c if inline_space(c) || c.is_alphanumeric() => {}
            c => {
                let message = std::format!("a name cannot contain `{}`", c.escape_debug());
                return Err(fault(start + at, &message));
            }
        }
    }
    // A name at the very end, without a line break: the reference then takes
    // the empty name, and what looks like a name for its value.
    Ok(Head {
        key: start..start,
        rest: skip(start),
        alone: false,
    })
}

/// The text between quotes, with escaped quotes resolved and all other
/// backslashes kept, and the length with both quotes.
fn quoted(text: &str, quote: u8) -> Option<(String, usize)> {
    let quote = char::from(quote);
    let mut inner = String::new();
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return Some((inner, at + 1));
        }
        if c == '\\' && !escaped {
            escaped = true;
            continue;
        }
        if escaped && c != quote {
            inner.push('\\');
        }
        escaped = false;
        inner.push(c);
    }
    None
}

/// Where reading goes on: for a quoted value right behind it, on the same line.
fn after_value(text: &str, written: &Range<usize>) -> usize {
    if text[written.clone()].starts_with(['"', '\'']) {
        return written.end;
    }
    let rest = &text.as_bytes()[written.end..];
    memchr(b'\n', rest).map_or(text.len(), |end| written.end + end + 1)
}

/// The escapes of double quotes. `\$` becomes `$$`, which interpolation turns
/// into a plain `$`. What is no escape stays.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..found]);
        rest = &rest[found + 1..];
        let Some(c) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        match c {
            '0' => {
                rest = octal(&rest[1..], &mut out);
                continue;
            }
            'a' => out.push('\u{7}'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'v' => out.push('\u{b}'),
            '$' => out.push_str("$$"),
            '"' | '\\' => out.push(c),
            _ => {
                out.push('\\');
                out.push(c);
            }
        }
        rest = &rest[c.len_utf8()..];
    }
    out.push_str(rest);
    out
}

/// What follows `\0`: three octal digits give a character. With fewer, or too
/// large, the reference drops the `0` and keeps the rest as text.
fn octal<'t>(text: &'t str, out: &mut String) -> &'t str {
    let count = text.bytes().take(3).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(count);
    match u8::from_str_radix(digits, 8) {
        Ok(code) if count == 3 => out.push(char::from(code)),
        _ => {
            out.push('\\');
            out.push_str(digits);
        }
    }
    rest
}

#[cfg(test)]
mod tests;
