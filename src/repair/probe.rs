//! Healthcheck tests: parts of their words, or the whole test.
//!
//! Owns the passage from a place in a script back to the text of a scalar, with
//! `$$` and Compose's variables between them. Must not judge which test is right.

use std::ops::Range;

use super::node::{Place, place};
use crate::model::compose::interpolate::{Env, interpolate};
use crate::model::workload::{Healthcheck, Test, Value};
use crate::probe::{self, Probe};
use crate::source::{At, FileId, Span, Spanned};
use crate::view::View;
use crate::yaml::edit::{Change, Layout, Op, Plain};
use crate::yaml::{Kind, Style};

/// A text of several lines becomes one of at most so many bytes.
const ONE_LINE: usize = 120;

/// The test of a healthcheck as it is written.
pub struct Written<'v> {
    view: &'v View,
    test: Place<'v>,
    words: Vec<Spanned<Value>>,
}

/// The test of a healthcheck as it is written.
///
/// # Errors
/// The fact that stands in the way of changing it.
pub fn written<'v>(view: &'v View, check: &Healthcheck) -> Result<Written<'v>, String> {
    let test = check.test.as_ref().ok_or("there is no `test`")?;
    let node = place(view, test.at, Kind::Sequence).or_else(|| place(view, test.at, Kind::Scalar));
    let words = match &test.value {
        Test::None | Test::Inherit => Vec::new(),
        Test::Exec(words) | Test::Malformed(words) => words.clone(),
        Test::Shell { script, rest, .. } => [std::slice::from_ref(script), rest].concat(),
    };
    Ok(Written {
        view,
        test: node.ok_or("the `test` is not written as one piece")?,
        words,
    })
}

impl Written<'_> {
    /// The words behind `CMD` or `CMD-SHELL` as they stand in the file: with
    /// `$$` and variables, without escapes.
    ///
    /// # Errors
    /// Where one is not a scalar in its place.
    pub fn raw(&self) -> Result<Vec<String>, String> {
        let words = self.words.iter().map(|it| self.node(it));
        words.map(|it| Ok(it?.node.text().to_owned())).collect()
    }

    /// The scalar that a word is written in.
    fn node(&self, word: &Spanned<Value>) -> Result<Place<'_>, String> {
        holding(self.view, word.at).ok_or_else(|| "a word of the test comes from elsewhere".into())
    }

    /// Another test in its place; `$` is doubled already. A string stays a
    /// string, a list with a line per item stays such a list.
    pub fn set(&self, words: &[String]) -> (FileId, Change) {
        let value = match words {
            [head, script] if head == "CMD-SHELL" && self.test.node.kind() == Kind::Scalar => {
                Plain::text(script.clone())
            }
            _ if self.test.node.style() == Style::Block => {
                let items = words.iter().map(|it| Plain::text(it.clone()));
                Plain::Seq(items.collect(), Layout::Block)
            }
            _ => Plain::words(words.iter().cloned()),
        };
        self.test.change(Op::Value(value))
    }

    /// Words, with `$` doubled, before a word of a vector or behind its last
    /// one. Words are counted from 0 without `CMD`.
    ///
    /// # Errors
    /// Where the test is no list.
    pub fn insert(&self, at: usize, words: &[&str]) -> Result<Vec<(FileId, Change)>, String> {
        let list = self.test.node;
        if list.kind() != Kind::Sequence {
            return Err("the `test` is not written as a list".to_owned());
        }
        if at + 1 < list.items().count() {
            let words = words.iter().map(|it| (*it).to_owned()).collect();
            return Ok(vec![self.test.change(Op::Words(at + 1, words))]);
        }
        let append = |it: &&str| self.test.change(Op::Append(Plain::text(*it)));
        Ok(words.iter().map(append).collect())
    }

    /// Another text in place of the first word of the list.
    ///
    /// # Errors
    /// Where the test is no list.
    pub fn head(&self, new: &str) -> Result<(FileId, Change), String> {
        let first = self.test.node.items().next();
        let first = first.ok_or("the `test` is not written as a list")?;
        Ok(self.test.to(first).change(Op::Scalar(new.to_owned())))
    }

    /// Other texts, with single `$`, in place of parts of the script.
    ///
    /// # Errors
    /// Where a variable of Compose stands in a part, or where the place of a
    /// part cannot be told.
    pub fn replace(
        &self,
        probe: &Probe,
        parts: &[(Span, String)],
    ) -> Result<Vec<(FileId, Change)>, String> {
        let mut by_word: Vec<(usize, Vec<(Span, &str)>)> = Vec::new();
        for (span, new) in parts {
            let found = probe.script.locate(*span);
            let (word, inner) = found.ok_or("it reaches over several words of the list")?;
            match by_word.iter_mut().find(|it| it.0 == word) {
                Some((_, list)) => list.push((inner, new)),
                None => by_word.push((word, vec![(inner, new)])),
            }
        }
        let mut changes = Vec::new();
        for (number, mut parts) in by_word {
            parts.sort_by_key(|it| it.0.start);
            let word = self
                .words
                .get(number)
                .ok_or("the `test` has no such word")?;
            changes.push(self.inside(word, &parts)?);
        }
        Ok(changes)
    }

    fn inside(
        &self,
        word: &Spanned<Value>,
        parts: &[(Span, &str)],
    ) -> Result<(FileId, Change), String> {
        let view = self.view;
        let node = self.node(word)?;
        let raw = node.node.text();
        let (text, _) = probe::read(word, &view.resolved.sources);
        let map = mapping(raw, &text, &view.resolved.env)
            .ok_or("variables stand between the test and its text")?;
        let mut pieces = Vec::new();
        for (span, new) in parts {
            let at = |at: u32| map.raw(at as usize).ok_or("a variable stands in the way");
            let range = at(span.start)?..at(span.end)?;
            pieces.push((range, new.replace('$', "$$")));
        }
        replaced(node, raw, &pieces)
    }

    /// Puts texts, as they are to stand in the file, in place of ranges of a
    /// word of the test.
    ///
    /// # Errors
    /// As [`Self::replace`].
    pub fn replace_raw(
        &self,
        word: &Spanned<Value>,
        pieces: &[(Range<usize>, String)],
    ) -> Result<(FileId, Change), String> {
        let node = self.node(word)?;
        spliced(node, node.node.text(), pieces)
    }
}

/// As [`spliced`], where no variable of Compose may be lost.
fn replaced(
    node: Place<'_>,
    raw: &str,
    pieces: &[(Range<usize>, String)],
) -> Result<(FileId, Change), String> {
    let lost = |it: &(Range<usize>, String)| {
        let old = raw.get(it.0.clone()).unwrap_or("$");
        old.replace("$$", "").contains('$')
    };
    if pieces.iter().any(lost) {
        return Err("a variable of Compose stands there".to_owned());
    }
    spliced(node, raw, pieces)
}

/// All pieces as one change of a scalar: inside it, or of the whole where it
/// has escapes or several lines.
fn spliced(
    node: Place<'_>,
    raw: &str,
    pieces: &[(Range<usize>, String)],
) -> Result<(FileId, Change), String> {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
        return Err("there is nothing to change".to_owned());
    };
    let hull = first.0.start..last.0.end;
    let mut new = String::new();
    let mut at = hull.start;
    for (range, text) in pieces {
        new.push_str(raw.get(at..range.start).ok_or("two parts overlap")?);
        new.push_str(text);
        at = range.end;
    }
    let (Some(head), Some(tail)) = (raw.get(..hull.start), raw.get(hull.end..)) else {
        return Err("the part does not lie in the text".to_owned());
    };
    let whole = format!("{head}{new}{tail}");
    let several = matches!(node.node.style(), Style::Literal | Style::Folded);
    if several {
        let line = whole.trim();
        if line.contains('\n') || line.len() > ONE_LINE {
            return Err("the test is a text of several lines".to_owned());
        }
        return Ok(node.change(Op::Value(Plain::text(line))));
    }
    if node.node.verbatim().is_some() {
        return Ok(node.change(Op::Part(hull, new)));
    }
    Ok(node.change(Op::Scalar(whole)))
}

/// The innermost scalar that holds a place.
fn holding(view: &View, at: At) -> Option<Place<'_>> {
    let tree = view.resolved.trees.get(&at.file)?;
    let text = view.resolved.sources.get(at.file).text();
    let holds = |span: Span| span.start <= at.span.start && at.span.end <= span.end;
    let node = tree
        .all(text)
        .filter(|it| it.kind() == Kind::Scalar && holds(it.span()))
        .last()?;
    Some(Place {
        file: at.file,
        node,
    })
}

/// Which byte of a text comes from which byte of what is written.
struct Mapping {
    /// Where a stretch starts in the text and in what is written, its length
    /// in both; between the ends they are the same only if the lengths are.
    stretches: Vec<(usize, usize, usize, usize)>,
}

impl Mapping {
    fn raw(&self, at: usize) -> Option<usize> {
        self.stretches
            .iter()
            .find_map(|(start, raw, length, written)| {
                let inner = at.checked_sub(*start).filter(|it| it <= length)?;
                if length == written {
                    return Some(raw + inner);
                }
                match inner {
                    0 => Some(*raw),
                    _ if inner == *length => Some(raw + written),
                    _ => None,
                }
            })
    }
}

/// How `text` comes out of `raw`: with variables replaced, or left as they are.
fn mapping(raw: &str, text: &str, env: &Env) -> Option<Mapping> {
    let mut uses: Vec<Range<usize>> = Vec::new();
    let mut found = interpolate(raw, env).uses;
    found.sort_by_key(|it| (it.range.start, std::cmp::Reverse(it.range.end)));
    for it in found {
        if uses.last().is_none_or(|last| last.end <= it.range.start) {
            uses.push(it.range);
        }
    }
    let fill = |range: &Range<usize>| {
        let part = raw.get(range.clone()).unwrap_or("");
        interpolate(part, env).text.into_owned()
    };
    let keep = |range: &Range<usize>| raw.get(range.clone()).unwrap_or("").to_owned();
    built(raw, text, &uses, &fill).or_else(|| built(raw, text, &uses, &keep))
}

fn built(
    raw: &str,
    text: &str,
    uses: &[Range<usize>],
    value: &dyn Fn(&Range<usize>) -> String,
) -> Option<Mapping> {
    let mut out = String::new();
    let mut stretches = Vec::new();
    let mut at = 0;
    let mut uses = uses.iter().peekable();
    while at < raw.len() {
        let start = (out.len(), at);
        if let Some(used) = uses.next_if(|it| it.start == at) {
            out.push_str(&value(used));
            at = used.end;
        } else if raw[at..].starts_with("$$") {
            out.push('$');
            at += 2;
        } else {
            let limit = uses.peek().map_or(raw.len(), |it| it.start);
            let next = raw[at..limit].find("$$").map_or(limit, |it| at + it);
            out.push_str(&raw[at..next]);
            at = next;
        }
        stretches.push((start.0, start.1, out.len() - start.0, at - start.1));
    }
    (out == text).then_some(Mapping { stretches })
}

/// Words as one shell command, each in quotes where it needs some; a `$$`
/// stays open to the shell.
pub fn shell_words<S: AsRef<str>>(words: impl IntoIterator<Item = S>) -> String {
    let words: Vec<String> = words.into_iter().map(|it| quoted(it.as_ref())).collect();
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(harmless) {
        return word.to_owned();
    }
    // What Compose puts in for a variable is for nobody else to read.
    if word.contains("$$") || word.contains('\'') {
        return double(word);
    }
    format!("'{word}'")
}

/// A word in double quotes, in which the shell replaces variables.
pub fn double(word: &str) -> String {
    let mut out = String::from("\"");
    for c in word.chars() {
        if matches!(c, '"' | '\\' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

    use super::*;

    #[test]
    fn words_get_the_quotes_that_they_need() {
        let words = [
            "a",
            "",
            "b c",
            "it's",
            "say \"$$x\"",
            "http://h/?a=1&b=2",
            "-p${X}",
        ];
        assert_eq!(
            shell_words(words),
            r#"a '' 'b c' "it's" "say \"$$x\"" 'http://h/?a=1&b=2' '-p${X}'"#
        );
    }

    #[test]
    fn bytes_are_found_again_behind_dollars_and_variables() {
        let env = Env::default();
        let raw = "a $$b ${U:-root} c";
        let map = mapping(raw, "a $b root c", &env).unwrap();
        let places: Vec<_> = [0, 2, 3, 5, 6, 9, 11]
            .iter()
            .map(|it| map.raw(*it))
            .collect();
        let want = [Some(0), Some(2), Some(4), Some(6), None, Some(16), Some(18)];
        assert_eq!(places, want);
        let map = mapping("x ${U} y", "x ${U} y", &env).unwrap();
        assert_eq!(map.raw(7), Some(7));
        assert!(mapping("x", "y", &env).is_none());
    }
}
