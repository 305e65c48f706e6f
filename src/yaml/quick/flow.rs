//! Brackets.
//!
//! Owns lists and mappings in brackets, over several lines too. Must not know
//! what is around them but the column that they must stay right of.

use super::super::node::{Kind, Style};
use super::{MAX_KEY, Quick};
use crate::source::{Span, offset};

/// Brackets nested deeper are for the parser.
const MAX_BRACKETS: usize = 32;

impl Quick<'_> {
    /// The collection that opens at `at`; gives the place behind its end.
    pub(super) fn flow(&mut self, outer: usize, depth: usize) -> Option<u32> {
        let (kind, close) = match self.byte(self.at)? {
            b'[' => (Kind::Sequence, b']'),
            _ => (Kind::Mapping, b'}'),
        };
        if depth == MAX_BRACKETS {
            return None;
        }
        let span = Span::new(offset(self.at), offset(self.at + 1));
        let id = self.push(kind, Style::Flow, span) as usize;
        self.tree.nodes[id].end = 0;
        self.at += 1;
        loop {
            self.gap(outer)?;
            if self.byte(self.at)? == close {
                break;
            }
            if kind == Kind::Mapping {
                self.flow_key(outer)?;
            }
            self.flow_node(outer, depth)?;
            self.gap(outer)?;
            match self.byte(self.at)? {
                b',' => self.at += 1,
                byte if byte == close => {}
                _ => return None,
            }
        }
        self.at += 1;
        let end = offset(self.tree.nodes.len());
        let node = &mut self.tree.nodes[id];
        node.end = end;
        node.span.end = offset(self.at);
        Some(node.span.end)
    }

    /// A key and its `:`, on one line.
    fn flow_key(&mut self, outer: usize) -> Option<()> {
        let written = self.flow_scalar()?;
        if written.span.len() as usize > MAX_KEY {
            return None;
        }
        self.put(written);
        self.skip_spaces();
        if self.byte(self.at)? != b':' || !self.is_blank(self.at + 1) {
            return None;
        }
        self.at += 1;
        self.gap(outer)
    }

    fn flow_node(&mut self, outer: usize, depth: usize) -> Option<()> {
        match self.byte(self.at)? {
            b'[' | b'{' => {
                self.flow(outer, depth + 1)?;
            }
            b'*' => {
                self.alias()?;
                if !matches!(self.byte(self.at)?, b' ' | b'\n' | b',' | b']' | b'}') {
                    return None;
                }
            }
            _ => {
                let written = self.flow_scalar()?;
                self.put(written);
            }
        }
        Some(())
    }

    /// Blanks, line breaks and comments; what follows stands right of `outer`.
    fn gap(&mut self, outer: usize) -> Option<()> {
        loop {
            self.skip_spaces();
            match self.byte(self.at)? {
                b'\n' => {
                    self.at += 1;
                    self.line = self.at;
                }
                b'#' if matches!(self.text[self.at - 1], b' ' | b'\n') => self.comment(),
                // The last bracket may stand at the column of what is around it.
                b']' | b'}' if self.at - self.line == outer => return Some(()),
                _ => return (self.at - self.line > outer).then_some(()),
            }
        }
    }
}
