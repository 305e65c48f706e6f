//! Lines of block collections.
//!
//! Owns which collection a line belongs to, by its column. Must not know how
//! scalars and brackets are written.

use super::super::node::Kind;
use super::scalar::Written;
use super::{MAX_KEY, Quick};

impl Quick<'_> {
    /// A line whose first token stands at `column`.
    pub(super) fn content(&mut self, column: usize) -> Option<()> {
        self.close_deeper(Some(column))?;
        if let Some(top) = self.open.last()
            && top.kind == Kind::Sequence
            && top.column == column
            && !self.is_dash()
        {
            // A list that is not indented ends where its mapping goes on.
            self.close()?;
            let top = self.open.last()?;
            if top.kind != Kind::Mapping || top.column != column {
                return None;
            }
        }
        let mut column = column;
        while self.is_dash() {
            self.item(column)?;
            self.skip_spaces();
            column = self.at - self.line;
            if self.is_blank(self.at) || self.byte(self.at) == Some(b'#') {
                return self.end_line();
            }
        }
        self.node(column)
    }

    fn is_dash(&self) -> bool {
        self.byte(self.at) == Some(b'-') && self.is_blank(self.at + 1)
    }

    /// The `-` of an item, which may open its list.
    fn item(&mut self, column: usize) -> Option<()> {
        let goes_on = self
            .open
            .last()
            .is_some_and(|top| top.kind == Kind::Sequence && top.column == column);
        if goes_on {
            self.fill()?;
        } else {
            let fits = match self.open.last() {
                None => self.tree.nodes.is_empty(),
                Some(top) => {
                    let under = top.kind == Kind::Mapping && top.column == column;
                    top.waits.is_some() && (top.column < column || under)
                }
            };
            if !fits || self.named.is_some_and(|it| it.start as usize >= self.line) {
                return None;
            }
            self.start(Kind::Sequence, column, self.at)?;
        }
        self.at += 1;
        self.open.last_mut()?.waits = Some(self.at);
        Some(())
    }

    /// What stands first on a line, or behind a `-`.
    fn node(&mut self, column: usize) -> Option<()> {
        if self.byte(self.at) == Some(b'&') {
            // A name at the top may be all that its document holds.
            self.open.last()?;
            self.anchor()?;
            self.skip_spaces();
            self.room(column)?;
            if self.is_blank(self.at) || self.byte(self.at) == Some(b'#') {
                return self.end_line();
            }
        }
        if !matches!(self.byte(self.at)?, b'[' | b'{' | b'*' | b'|' | b'>') {
            let written = self.scalar()?;
            self.skip_spaces();
            if self.byte(self.at) == Some(b':') && self.is_blank(self.at + 1) {
                return self.key(column, written);
            }
            self.room(column)?;
            self.put(written);
            return self.end_line();
        }
        self.room(column)?;
        self.value()
    }

    /// Whether the innermost collection waits for a node, further right than
    /// itself, or the document does.
    fn room(&self, column: usize) -> Option<()> {
        let fits = match self.open.last() {
            Some(top) => top.waits.is_some() && top.column < column,
            None => self.tree.nodes.is_empty(),
        };
        fits.then_some(())
    }

    /// A key, which may open its mapping, and what follows on its line.
    fn key(&mut self, column: usize, written: Written) -> Option<()> {
        let goes_on = self
            .open
            .last()
            .is_some_and(|top| top.kind == Kind::Mapping && top.column == column);
        // On the same line the anchor would be the key's.
        let own_anchor = self.named.is_some_and(|it| it.start as usize >= self.line);
        if own_anchor || written.span.len() as usize > MAX_KEY {
            return None;
        }
        if goes_on {
            self.fill()?;
        } else {
            self.room(column)?;
            self.start(Kind::Mapping, column, written.span.start as usize)?;
        }
        self.put(written);
        self.at += 1;
        self.open.last_mut()?.waits = Some(self.at);
        self.skip_spaces();
        if self.byte(self.at) == Some(b'&') {
            self.anchor()?;
            self.skip_spaces();
        }
        if self.is_blank(self.at) || self.byte(self.at) == Some(b'#') {
            return self.end_line();
        }
        self.value()
    }

    /// A node on the line of its key or dash that is no block collection.
    fn value(&mut self) -> Option<()> {
        match self.byte(self.at)? {
            b'[' | b'{' => {
                let outer = self.open.last()?.column;
                let end = self.flow(outer, 0)?;
                self.open.last_mut()?.end = end;
            }
            b'*' => {
                self.alias()?;
                if !self.is_blank(self.at) {
                    return None;
                }
            }
            b'|' | b'>' => return self.block_scalar(),
            b'-' if self.is_dash() => return None,
            _ => {
                let written = self.scalar()?;
                self.put(written);
            }
        }
        self.end_line()
    }
}
