//! Reads the structure of a shell text: lists, chains, pipelines, compounds.
//!
//! Owns grammar and recovery: every text gives a tree, and `broken` says that
//! some of it was guessed. Reads each byte a bounded number of times and never
//! goes deeper than [`MAX_DEPTH`]. Must not know what a command means.

use super::syntax::{Command, Item, Join, Kind, Link, List, Text};
use super::word::is_meta;
use crate::source::Span;

/// How deep lists may stand in each other; deeper ones are not read.
const MAX_DEPTH: usize = 40;

/// The words that end a list where a command could start.
const CLOSERS: [&str; 8] = ["then", "do", "done", "fi", "else", "elif", "esac", "}"];

/// Reads one text.
pub(super) struct Parser<'a> {
    /// The text.
    pub(super) src: Text<'a>,
    /// The next byte.
    pub(super) at: usize,
    /// How many lists are open.
    pub(super) depth: usize,
    /// The here-documents whose bodies start at the next line: delimiter, and
    /// whether tabs are taken off.
    pub(super) pending: Vec<(String, bool)>,
    /// The text does not follow the grammar, or goes too deep.
    pub(super) broken: bool,
    /// A `((` without an end was met.
    pub(super) no_arithmetic: bool,
}

/// Reads a whole text; the flag says that it is broken.
pub(super) fn read(src: Text<'_>) -> (List, bool) {
    let mut parser = Parser::deeper(src, 0);
    let list = parser.script();
    (list, parser.broken)
}

impl<'a> Parser<'a> {
    /// A reader that already stands `depth` lists deep.
    pub(super) const fn deeper(src: Text<'a>, depth: usize) -> Self {
        Self {
            src,
            at: 0,
            depth,
            pending: Vec::new(),
            broken: false,
            no_arithmetic: false,
        }
    }

    /// Lists up to the end, over stray closing words.
    pub(super) fn script(&mut self) -> List {
        let mut whole = List::default();
        loop {
            let mut part = self.nested(|parser| parser.list());
            whole.items.append(&mut part.items);
            if self.at >= self.src.text.len() {
                return whole;
            }
            self.broken = true;
            self.skip_stray();
        }
    }

    pub(super) fn bytes(&self) -> &'a [u8] {
        self.src.text.as_bytes()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes().get(self.at + ahead).copied()
    }

    /// Runs a reader one level deeper, or gives up on the rest of the text.
    pub(super) fn nested<T: Default>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            self.broken = true;
            self.at = self.src.text.len();
            return T::default();
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// Steps over a byte that must be here.
    pub(super) fn expect(&mut self, byte: u8) {
        if self.peek() == Some(byte) {
            self.at += 1;
        } else {
            self.broken = true;
        }
    }

    fn skip_stray(&mut self) {
        let start = self.at;
        if let Some(word) = self.peek_bare() {
            self.at += word.len();
        }
        if self.at == start {
            self.at += self.src.text[start..]
                .chars()
                .next()
                .map_or(0, char::len_utf8);
        }
    }

    /// Skips blanks, comments and continued lines.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'\\') if self.peek_at(1) == Some(b'\n') => self.at += 2,
                Some(b'#') => self.comment(),
                _ => return,
            }
        }
    }

    /// Skips blanks, comments and line ends, with the here-documents behind them.
    pub(super) fn blank_lines(&mut self) {
        loop {
            self.blanks();
            if self.peek() != Some(b'\n') {
                return;
            }
            self.at += 1;
            self.here_documents();
        }
    }

    /// The word at the current position, if it has no quotes or expansions.
    fn peek_bare(&self) -> Option<&'a str> {
        let rest = self.src.text.get(self.at..)?;
        let end = rest.bytes().position(is_meta).unwrap_or(rest.len());
        let word = &rest[..end];
        let special = |byte: &u8| matches!(byte, b'\'' | b'"' | b'\\' | b'$' | b'`');
        (!word.is_empty() && !word.as_bytes().iter().any(special)).then_some(word)
    }

    fn at_reserved(&self, word: &str) -> bool {
        self.peek_bare() == Some(word)
    }

    fn expect_reserved(&mut self, word: &str) {
        self.blank_lines();
        if self.at_reserved(word) {
            self.at += word.len();
        } else {
            self.broken = true;
        }
    }

    fn at_list_end(&self) -> bool {
        match self.peek() {
            None | Some(b')') => true,
            Some(b';') => self.peek_at(1) == Some(b';') || self.peek_at(1) == Some(b'&'),
            Some(_) => self.peek_bare().is_some_and(|word| CLOSERS.contains(&word)),
        }
    }

    /// Items up to the end, a closing bracket or a closing word.
    pub(super) fn list(&mut self) -> List {
        let mut list = List::default();
        loop {
            self.blank_lines();
            if self.at_list_end() {
                return list;
            }
            let start = self.at;
            if let Some(mut item) = self.item() {
                self.blanks();
                if self.peek() == Some(b'&') {
                    self.at += 1;
                    item.background = true;
                } else if self.peek() == Some(b';') && !self.at_list_end() {
                    self.at += 1;
                }
                list.items.push(item);
            }
            if self.at == start {
                self.broken = true;
                self.skip_stray();
            }
        }
    }

    fn item(&mut self) -> Option<Item> {
        let mut links: Vec<Link> = Vec::new();
        let mut join = Join::First;
        loop {
            let Some(link) = self.link(join) else {
                self.broken |= join != Join::First;
                break;
            };
            links.push(link);
            self.blanks();
            join = match (self.peek(), self.peek_at(1)) {
                (Some(b'&'), Some(b'&')) => Join::And,
                (Some(b'|'), Some(b'|')) => Join::Or,
                _ => break,
            };
            self.at += 2;
            self.blank_lines();
        }
        let span = links.first()?.span.join(links.last()?.span);
        Some(Item {
            links,
            background: false,
            span,
        })
    }

    fn link(&mut self, join: Join) -> Option<Link> {
        let mut negated = false;
        let first = self.at;
        while self.at_reserved("!") {
            negated = !negated;
            self.at += 1;
            self.blanks();
        }
        let mut stages = Vec::new();
        loop {
            let Some(stage) = self.command() else {
                self.broken |= !stages.is_empty() || negated;
                break;
            };
            stages.push(stage);
            self.blanks();
            if self.peek() != Some(b'|') || self.peek_at(1) == Some(b'|') {
                break;
            }
            self.at += 1 + usize::from(self.peek_at(1) == Some(b'&'));
            self.blank_lines();
        }
        let last = stages.last()?.span;
        let span = Span::new(self.src.span(first, first + 1).start, last.end);
        Some(Link {
            join,
            negated,
            stages,
            span,
        })
    }

    fn command(&mut self) -> Option<Command> {
        let start = self.at;
        let kind = match self.compound() {
            Some(kind) => kind,
            None => return self.simple(),
        };
        let end = self.at;
        let mut redirections = Vec::new();
        let mut span = self.src.span(start, end);
        while self.redirection(&mut redirections) {
            span = self.since(start);
        }
        Some(Command {
            kind,
            redirections,
            span,
        })
    }

    fn compound(&mut self) -> Option<Kind> {
        if self.peek() == Some(b'(') {
            if self.peek_at(1) == Some(b'(')
                && let Some(end) = self.arithmetic_end(0)
            {
                self.at = end;
                return Some(Kind::Arithmetic);
            }
            self.at += 1;
            let list = self.nested(|parser| parser.list());
            self.expect(b')');
            return Some(Kind::Subshell(list));
        }
        let word = self.peek_bare()?;
        match word {
            "{" => {
                self.at += 1;
                let list = self.nested(|parser| parser.list());
                self.expect_reserved("}");
                Some(Kind::Group(list))
            }
            "while" | "until" => {
                self.at += word.len();
                let condition = self.nested(|parser| parser.list());
                let body = self.do_body();
                Some(Kind::Loop {
                    until: word == "until",
                    condition,
                    body,
                })
            }
            "for" | "select" => {
                self.at += word.len();
                Some(self.for_loop())
            }
            "if" => {
                self.at += word.len();
                Some(self.if_arms())
            }
            "case" => {
                self.at += word.len();
                Some(self.case())
            }
            "[[" => {
                self.at += word.len();
                Some(self.double_brackets())
            }
            "function" => {
                self.at += word.len();
                self.blanks();
                let name = self.word().text;
                self.blanks();
                if self.peek() == Some(b'(') && self.peek_at(1) == Some(b')') {
                    self.at += 2;
                }
                Some(self.function(name))
            }
            _ => None,
        }
    }

    fn do_body(&mut self) -> List {
        self.expect_reserved("do");
        let body = self.nested(|parser| parser.list());
        self.expect_reserved("done");
        body
    }

    fn for_loop(&mut self) -> Kind {
        self.blanks();
        let mut words = Vec::new();
        if self.peek() == Some(b'(') {
            match self.arithmetic_end(0) {
                Some(end) => self.at = end,
                None => self.broken = true,
            }
        } else {
            self.word();
            self.blank_lines();
            if self.at_reserved("in") {
                self.at += 2;
                self.blanks();
                while self.peek().is_some_and(|byte| !is_meta(byte)) {
                    words.push(self.word());
                    self.blanks();
                }
            }
        }
        self.blanks();
        if self.peek() == Some(b';') {
            self.at += 1;
        }
        let body = self.do_body();
        Kind::For { words, body }
    }

    fn if_arms(&mut self) -> Kind {
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.nested(|parser| parser.list());
            self.expect_reserved("then");
            let body = self.nested(|parser| parser.list());
            arms.push((condition, body));
            if !self.at_reserved("elif") {
                break;
            }
            self.at += 4;
        }
        if self.at_reserved("else") {
            self.at += 4;
            otherwise = Some(self.nested(|parser| parser.list()));
        }
        self.expect_reserved("fi");
        Kind::If { arms, otherwise }
    }

    fn case(&mut self) -> Kind {
        self.blanks();
        let subject = self.word();
        self.expect_reserved("in");
        let mut arms = Vec::new();
        loop {
            self.blank_lines();
            if self.at_reserved("esac") || self.peek().is_none() {
                break;
            }
            let start = self.at;
            if self.peek() == Some(b'(') {
                self.at += 1;
            }
            while self
                .peek()
                .is_some_and(|byte| byte != b')' && byte != b'\n')
            {
                let before = self.at;
                self.blanks();
                self.word();
                if self.peek() == Some(b'|') {
                    self.at += 1;
                }
                if self.at == before {
                    break;
                }
            }
            self.expect(b')');
            arms.push(self.nested(|parser| parser.list()));
            while matches!(self.peek(), Some(b';' | b'&')) {
                self.at += 1;
            }
            if self.at == start {
                break;
            }
        }
        self.expect_reserved("esac");
        Kind::Case { subject, arms }
    }

    fn double_brackets(&mut self) -> Kind {
        let mut words = Vec::new();
        loop {
            self.blank_lines();
            match self.peek() {
                None => {
                    self.broken = true;
                    break;
                }
                Some(byte) if is_meta(byte) => self.at += 1,
                Some(_) => {
                    let word = self.word();
                    if word.text == "]]" && !word.quoted {
                        break;
                    }
                    words.push(word);
                }
            }
        }
        Kind::Test(words)
    }

    pub(super) fn function(&mut self, name: String) -> Kind {
        self.blank_lines();
        let body = self.nested(|parser| parser.command());
        let Some(body) = body else {
            self.broken = true;
            return Kind::Arithmetic;
        };
        Kind::Function {
            name,
            body: Box::new(body),
        }
    }
}
