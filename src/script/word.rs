//! Reads words: quotes, escapes, expansions, here-documents.
//!
//! Owns everything below the level of a command. Must not know reserved words
//! or what a command means.

use super::parse::Parser;
use super::syntax::{List, Places, RawWord, Text};
use crate::source::Span;

/// Whether a byte ends an unquoted word.
pub(super) const fn is_meta(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')'
    )
}

impl Parser<'_> {
    /// Reads one word at the current position; takes at least one byte if
    /// that byte does not end words.
    pub(super) fn word(&mut self) -> RawWord {
        let start = self.at;
        let mut word = RawWord {
            literal: true,
            ..RawWord::default()
        };
        while let Some(byte) = self.peek() {
            match byte {
                b'\\' => self.escape(&mut word),
                b'\'' => self.single_quoted(&mut word),
                b'"' => self.double_quoted(&mut word),
                b'$' => self.dollar(&mut word),
                b'`' => self.backticks(&mut word),
                // A process substitution is a word of its own.
                b'<' | b'>' if self.at == start && self.peek_at(1) == Some(b'(') => {
                    self.substitution(&mut word, 2);
                }
                // An array: `name=(one two)`.
                b'(' if word.text.ends_with('=') && !word.quoted => self.array(&mut word),
                _ if is_meta(byte) => break,
                _ => self.take(&mut word, 1),
            }
        }
        word.span = self.src.span(start, self.at);
        self.tidy(&mut word);
        word
    }

    /// Drops the table of places where it says nothing new.
    fn tidy(&self, word: &mut RawWord) {
        let start = word.span.start;
        let contiguous = word
            .places
            .iter()
            .zip(start..)
            .all(|(place, at)| place.start == at && place.end == at + 1);
        if contiguous && word.places.len() == word.text.len() {
            word.places = Vec::new();
        }
    }

    /// Takes the character at the current position, written with `written`
    /// bytes of prefix included.
    fn take(&mut self, word: &mut RawWord, written: usize) {
        let prefix = written - 1;
        let Some(c) = self
            .src
            .text
            .get(self.at + prefix..)
            .and_then(|rest| rest.chars().next())
        else {
            self.at = self.src.text.len();
            return;
        };
        let at = self.at + prefix;
        word.text.push(c);
        for n in 0..c.len_utf8() {
            let from = if n == 0 { self.at } else { at + n };
            word.places.push(self.src.span(from, at + n + 1));
        }
        self.at = at + c.len_utf8();
    }

    /// Takes the bytes up to `end` as they stand.
    fn take_until(&mut self, word: &mut RawWord, end: usize) {
        while self.at < end {
            self.take(word, 1);
        }
    }

    fn escape(&mut self, word: &mut RawWord) {
        match self.peek_at(1) {
            Some(b'\n') => self.at += 2,
            Some(b'\r') if self.peek_at(2) == Some(b'\n') => self.at += 3,
            Some(_) => {
                word.quoted = true;
                self.take(word, 2);
            }
            None => self.take(word, 1),
        }
    }

    fn single_quoted(&mut self, word: &mut RawWord) {
        word.quoted = true;
        self.at += 1;
        let rest = &self.bytes()[self.at..];
        let Some(len) = memchr::memchr(b'\'', rest) else {
            self.broken = true;
            self.take_until(word, self.src.text.len());
            return;
        };
        self.take_until(word, self.at + len);
        self.at += 1;
    }

    fn double_quoted(&mut self, word: &mut RawWord) {
        word.quoted = true;
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\\' => match self.peek_at(1) {
                    Some(b'\n') => self.at += 2,
                    Some(b'$' | b'`' | b'"' | b'\\') => self.take(word, 2),
                    _ => self.take(word, 1),
                },
                b'$' => self.dollar(word),
                b'`' => self.backticks(word),
                _ => self.take(word, 1),
            }
        }
        self.broken = true;
    }

    /// `$` and whatever it opens.
    fn dollar(&mut self, word: &mut RawWord) {
        match self.peek_at(1) {
            Some(b'(') if self.peek_at(2) == Some(b'(') && self.arithmetic_end(1).is_some() => {
                word.literal = false;
                let end = self.arithmetic_end(1).unwrap_or(self.at);
                self.take_until(word, end);
            }
            Some(b'(') => self.substitution(word, 2),
            Some(b'{') => {
                word.literal = false;
                let end = self.braces_end();
                self.take_until(word, end);
            }
            Some(b'\'') if !word.quoted || word.text.is_empty() => {
                self.at += 1;
                self.single_quoted(word);
            }
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                word.literal = false;
                let rest = &self.bytes()[self.at + 1..];
                let name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                let len = rest.iter().take_while(|byte| name(byte)).count();
                self.take_until(word, self.at + 1 + len);
            }
            Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => {
                word.literal = false;
                self.take_until(word, self.at + 2);
            }
            _ => self.take(word, 1),
        }
    }

    /// `$(…)` or `<(…)`: the list inside is read in place.
    fn substitution(&mut self, word: &mut RawWord, opening: usize) {
        word.literal = false;
        let start = self.at;
        self.at += opening;
        let list = self.nested(|parser| parser.list());
        self.expect(b')');
        let end = self.at;
        self.at = start;
        self.take_until(word, end);
        self.at = end;
        word.substitutions.push(list);
    }

    fn backticks(&mut self, word: &mut RawWord) {
        word.literal = false;
        let start = self.at;
        let (mut text, mut places) = (String::new(), Vec::new());
        let mut at = start + 1;
        let mut closed = false;
        while let Some(c) = self.src.text.get(at..).and_then(|rest| rest.chars().next()) {
            if c == '`' {
                closed = true;
                break;
            }
            let escaped = self.src.text[at + c.len_utf8()..].chars().next();
            let from = at;
            let c = match escaped {
                Some(next @ ('`' | '\\' | '$')) if c == '\\' => {
                    at += 1;
                    next
                }
                _ => c,
            };
            text.push(c);
            for n in 0..c.len_utf8() {
                let begin = if n == 0 { from } else { at + n };
                places.push(self.src.span(begin, at + n + 1));
            }
            at += c.len_utf8();
        }
        self.broken |= !closed;
        let inner = Text {
            text: &text,
            places: Places::Each(&places),
        };
        let list = self.read_inner(inner);
        self.take_until(word, at + usize::from(closed));
        word.substitutions.push(list);
    }

    /// Reads another text one level deeper.
    fn read_inner(&mut self, inner: Text<'_>) -> List {
        let mut parser = Parser::deeper(inner, self.depth + 1);
        let list = parser.script();
        self.broken |= parser.broken;
        list
    }

    fn array(&mut self, word: &mut RawWord) {
        word.literal = false;
        let start = self.at;
        self.at += 1;
        loop {
            self.blank_lines();
            match self.peek() {
                None => {
                    self.broken = true;
                    break;
                }
                Some(b')') => {
                    self.at += 1;
                    break;
                }
                Some(b'(' | b';' | b'&' | b'|' | b'<' | b'>') => self.at += 1,
                Some(_) => {
                    let element = self.nested(Self::word);
                    word.substitutions.extend(element.substitutions);
                }
            }
        }
        let end = self.at;
        self.at = start;
        self.take_until(word, end);
    }

    /// Where the `${…}` at the current position ends.
    fn braces_end(&mut self) -> usize {
        let bytes = self.bytes();
        let mut at = self.at + 2;
        let mut open = 1_usize;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                b'$' if bytes.get(at + 1) == Some(&b'{') => {
                    open += 1;
                    at += 1;
                }
                b'}' => {
                    open -= 1;
                    if open == 0 {
                        return at + 1;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.broken = true;
        bytes.len()
    }

    /// Where the `((…))` that opens `skip` bytes from here ends, if it does.
    /// One failure is remembered, so that a text is not scanned again and again.
    pub(super) fn arithmetic_end(&mut self, skip: usize) -> Option<usize> {
        if self.no_arithmetic {
            return None;
        }
        let bytes = self.bytes();
        let mut at = self.at + skip + 2;
        let mut open = 0_usize;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'(' => open += 1,
                b')' if open > 0 => open -= 1,
                b')' if bytes.get(at + 1) == Some(&b')') => return Some(at + 2),
                b')' => return None,
                _ => {}
            }
            at += 1;
        }
        self.no_arithmetic = true;
        None
    }

    /// A `#` comment up to the end of its line.
    pub(super) fn comment(&mut self) {
        let rest = &self.bytes()[self.at..];
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    /// The bodies of the here-documents that were announced on the line that
    /// just ended.
    pub(super) fn here_documents(&mut self) {
        for (delimiter, strip) in std::mem::take(&mut self.pending) {
            loop {
                if self.at >= self.src.text.len() {
                    self.broken = true;
                    break;
                }
                let rest = &self.src.text[self.at..];
                let len = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
                let line = rest[..len].trim_end_matches('\r');
                let line = if strip {
                    line.trim_start_matches('\t')
                } else {
                    line
                };
                let done = line == delimiter;
                self.at = (self.at + len + 1).min(self.src.text.len());
                if done {
                    break;
                }
            }
        }
    }

    /// The written bytes from `start` to the end of what was last read.
    pub(super) fn since(&self, start: usize) -> Span {
        self.src.span(start, self.at)
    }
}
