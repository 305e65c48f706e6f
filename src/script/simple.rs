//! Reads simple commands: assignments, words, redirections.
//!
//! Owns what stands between two operators. Must not know compounds.

use super::parse::Parser;
use super::syntax::{Command, Kind, RawWord};
use super::word::is_meta;

impl Parser<'_> {
    /// Assignments, words and redirections; `None` if none is here.
    pub(super) fn simple(&mut self) -> Option<Command> {
        let start = self.at;
        let mut end = start;
        let (mut assignments, mut words, mut redirections) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            self.blanks();
            if self.redirection(&mut redirections) {
                end = self.at;
                continue;
            }
            let Some(byte) = self.peek() else { break };
            if byte == b'(' && words.len() == 1 && self.peek_at(1) == Some(b')') {
                self.at += 2;
                let name = words
                    .pop()
                    .map(|word: RawWord| word.text)
                    .unwrap_or_default();
                let kind = self.function(name);
                return Some(Command {
                    kind,
                    redirections,
                    span: self.since(start),
                });
            }
            let process = matches!(byte, b'<' | b'>') && self.peek_at(1) == Some(b'(');
            if is_meta(byte) && !process {
                break;
            }
            let word = self.word();
            end = self.at;
            if words.is_empty() && is_assignment(&word) {
                assignments.push(word);
            } else {
                words.push(word);
            }
        }
        if end == start {
            return None;
        }
        let span = self.src.span(start, end);
        Some(Command {
            kind: Kind::Simple { assignments, words },
            redirections,
            span,
        })
    }

    /// Reads `2>file` and the like; says whether one was here.
    pub(super) fn redirection(&mut self, into: &mut Vec<RawWord>) -> bool {
        let before = self.at;
        self.blanks();
        let bytes = self.bytes();
        let mut at = self.at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        // `&>` sends both streams.
        if at == self.at && bytes.get(at) == Some(&b'&') && bytes.get(at + 1) == Some(&b'>') {
            at += 1;
        }
        let operator = bytes.get(at).copied();
        let process = at == self.at && bytes.get(at + 1) == Some(&b'(');
        if !matches!(operator, Some(b'<' | b'>')) || process {
            self.at = before;
            return false;
        }
        let here = bytes[at..].starts_with(b"<<") && !bytes[at..].starts_with(b"<<<");
        while matches!(bytes.get(at), Some(b'<' | b'>' | b'&' | b'|')) {
            at += 1;
        }
        let strip = here && bytes.get(at) == Some(&b'-');
        self.at = at + usize::from(strip);
        self.blanks();
        let word = self.word();
        if here {
            self.pending.push((word.text, strip));
        } else {
            into.push(word);
        }
        true
    }
}

fn is_assignment(word: &RawWord) -> bool {
    let Some((name, _)) = word.text.split_once('=') else {
        return false;
    };
    let name = name.strip_suffix('+').unwrap_or(name);
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && word.part(0, 1).start == word.span.start
}
