//! Variables in values: `$NAME`, `${NAME:-default}` and their relatives.
//!
//! Owns the template grammar, as the reference loader has it (compose-go
//! v2.16.2, `template/template.go`; the table in the tests was filled in by it).
//! Must not know YAML, which values are templates, or where variables come from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use memchr::{memchr, memrchr};

/// Defaults may nest this deep. The reference has no bound; text this deep is
/// never written by hand.
const MAX_DEPTH: usize = 100;

/// Bytes that variables may contribute to one value. The reference has no
/// bound; no larger text fits one environment variable or argument on Linux,
/// and without a bound `A=$B$B`, `B=$C$C`, … grows without end.
pub(super) const MAX_SUBSTITUTED: usize = 128 * 1024;

/// The variables that values may name. Names keep their case.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Env {
    vars: BTreeMap<String, String>,
}

impl Env {
    /// The value of a variable, empty when it is set to nothing.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str)
    }

    /// Sets a variable, in place of any value it had.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.vars.insert(name.into(), value.into());
    }

    /// Sets a variable unless it has a value already: the first source wins.
    pub fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.vars.entry(name.into()).or_insert_with(|| value.into());
    }

    /// All variables by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.vars
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(vars: I) -> Self {
        Self {
            vars: vars
                .into_iter()
                .map(|(n, v)| (n.into(), v.into()))
                .collect(),
        }
    }
}

/// One variable that was looked up. A default that was not needed is not
/// evaluated, so the variables in it are no uses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Use<'t> {
    /// The name as written.
    pub name: &'t str,
    /// The bytes of the whole expression, from the `$` to the end of the name
    /// or past the closing brace.
    pub range: Range<usize>,
    /// Whether the expression itself says what stands in for an unset
    /// variable: `-`, `:-`, `+` or `:+`.
    pub had_default: bool,
    /// Whether the variable has a value, be it empty.
    pub set: bool,
}

/// Why a value cannot be interpolated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InterpolationErrorKind {
    /// `${` does not begin a well-formed expression on its line.
    Invalid,
    /// `${NAME:?message}` and the variable is unset, or empty with `:?`.
    Required {
        /// The variable.
        name: String,
        /// What the author says about it, interpolated; may be empty.
        message: String,
    },
    /// More than 100 nested defaults, or more than 128 KiB out of variables.
    /// This bound is ours: the reference loader has none.
    Limit,
}

/// The first thing wrong in a value, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InterpolationError {
    /// What is wrong.
    pub kind: InterpolationErrorKind,
    /// The bytes at fault: the two of `${`, or the whole expression.
    pub range: Range<usize>,
}

impl InterpolationError {
    /// The fact as a phrase for a message.
    pub fn message(&self) -> String {
        match &self.kind {
            InterpolationErrorKind::Invalid => {
                "`${` does not begin a variable that ends on this line".into()
            }
            InterpolationErrorKind::Required { name, message } if message.is_empty() => {
                format!("required variable `{name}` has no value")
            }
            InterpolationErrorKind::Required { name, message } => {
                format!("required variable `{name}` has no value: {message}")
            }
            InterpolationErrorKind::Limit => "the variables here expand too far".into(),
        }
    }
}

/// A value with its variables replaced, and what that took.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interpolated<'t> {
    /// The result; the text as written after an error.
    pub text: Cow<'t, str>,
    /// Whether anything was replaced, `$$` included.
    pub changed: bool,
    /// Whether an unset variable without a default became nothing, so that
    /// the result is not what will run elsewhere.
    pub unknown: bool,
    /// Those variables: the name and the bytes of the expression.
    pub missing: Vec<(&'t str, Range<usize>)>,
    /// The first error, where evaluation stopped.
    pub error: Option<InterpolationError>,
    /// Every variable looked up, in order of evaluation.
    pub uses: Vec<Use<'t>>,
}

/// Replaces the variables in `text`. Values of variables are taken as they
/// are: a `$` in them means nothing.
pub fn interpolate<'t>(text: &'t str, env: &Env) -> Interpolated<'t> {
    interpolate_with(text, &|name| env.get(name).map(Cow::Borrowed))
}

/// As [`interpolate`], with any way to look a variable up.
pub(super) fn interpolate_with<'t, 'v>(text: &'t str, lookup: Lookup<'_, 'v>) -> Interpolated<'t> {
    let mut done = Interpolated {
        text: Cow::Borrowed(text),
        changed: false,
        unknown: false,
        missing: Vec::new(),
        error: None,
        uses: Vec::new(),
    };
    if memchr(b'$', text.as_bytes()).is_none() {
        return done;
    }
    let mut out = String::with_capacity(text.len());
    let mut expander = Expander {
        text,
        lookup,
        room: MAX_SUBSTITUTED,
        done: &mut done,
    };
    match expander.expand(0..text.len(), 0, &mut out) {
        Ok(()) if done.changed => done.text = Cow::Owned(out),
        Ok(()) => {}
        Err(error) => done.error = Some(error),
    }
    done
}

type Lookup<'l, 'v> = &'l dyn Fn(&str) -> Option<Cow<'v, str>>;

/// What follows the name inside braces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Default,
    Alternative,
    Required,
}

/// One expression: where it lies and what it asks for.
struct Expression {
    /// The whole of it, from the `$`.
    range: Range<usize>,
    name: Range<usize>,
    operator: Option<Operator>,
    /// With a colon, an empty variable counts as unset.
    colon: bool,
    /// What stands after the operator.
    word: Range<usize>,
}

struct Expander<'a, 't, 'l, 'v> {
    text: &'t str,
    lookup: Lookup<'l, 'v>,
    room: usize,
    done: &'a mut Interpolated<'t>,
}

impl<'t> Expander<'_, 't, '_, '_> {
    /// Appends the expansion of one part of the text. The reference hands what
    /// follows an expression on its line to a fresh call; going on in this loop
    /// gives the same result, because that rest always ends at the line's last
    /// brace, and needs no recursion.
    fn expand(
        &mut self,
        part: Range<usize>,
        depth: usize,
        out: &mut String,
    ) -> Result<(), InterpolationError> {
        let bytes = &self.text.as_bytes()[..part.end];
        let mut copied = part.start;
        let mut at = part.start;
        let mut line = Line::default();
        while let Some(found) = memchr(b'$', &bytes[at..]) {
            let dollar = at + found;
            let expression = match bytes.get(dollar + 1) {
                Some(b'$') => {
                    out.push_str(&self.text[copied..=dollar]);
                    self.done.changed = true;
                    copied = dollar + 2;
                    at = copied;
                    continue;
                }
                Some(b'{') => braced(bytes, dollar, &mut line).ok_or(InterpolationError {
                    kind: InterpolationErrorKind::Invalid,
                    range: dollar..dollar + 2,
                })?,
                _ => match name_end(bytes, dollar + 1) {
                    Some(end) => plain(dollar..end, dollar + 1..end),
                    None => {
                        at = dollar + 1;
                        continue;
                    }
                },
            };
            out.push_str(&self.text[copied..dollar]);
            self.done.changed = true;
            copied = expression.range.end;
            at = copied;
            self.evaluate(expression, depth, out)?;
        }
        out.push_str(&self.text[copied..part.end]);
        Ok(())
    }

    fn evaluate(
        &mut self,
        expression: Expression,
        depth: usize,
        out: &mut String,
    ) -> Result<(), InterpolationError> {
        let Expression {
            range,
            name,
            operator,
            colon,
            word,
        } = expression;
        let name = &self.text[name];
        let value = (self.lookup)(name);
        let had_default = matches!(operator, Some(Operator::Default | Operator::Alternative));
        let set = value.is_some();
        self.done.uses.push(Use {
            name,
            range: range.clone(),
            had_default,
            set,
        });
        let present = value
            .as_deref()
            .is_some_and(|value| !(colon && value.is_empty()));
        let value = value.unwrap_or_default();
        match operator {
            Some(Operator::Default) if !present => self.nested(range, word, depth, out),
            Some(Operator::Alternative) if present => self.nested(range, word, depth, out),
            Some(Operator::Required) if !present => {
                let mut message = String::new();
                self.nested(range.clone(), word, depth, &mut message)?;
                let kind = InterpolationErrorKind::Required {
                    name: name.into(),
                    message,
                };
                Err(InterpolationError { kind, range })
            }
            None if !set => {
                self.done.missing.push((name, range));
                self.done.unknown = true;
                Ok(())
            }
            _ => {
                let Some(room) = self.room.checked_sub(value.len()) else {
                    return Err(InterpolationError {
                        kind: InterpolationErrorKind::Limit,
                        range,
                    });
                };
                self.room = room;
                out.push_str(&value);
                Ok(())
            }
        }
    }

    fn nested(
        &mut self,
        range: Range<usize>,
        word: Range<usize>,
        depth: usize,
        out: &mut String,
    ) -> Result<(), InterpolationError> {
        if depth == MAX_DEPTH {
            return Err(InterpolationError {
                kind: InterpolationErrorKind::Limit,
                range,
            });
        }
        self.expand(word, depth + 1, out)
    }
}

/// The line last looked at: where it ends, and its last closing brace. Kept
/// so that many expressions on one long line do not each search it.
#[derive(Default)]
struct Line {
    end: usize,
    last_brace: Option<usize>,
}

impl Line {
    /// The last `}` at or after `from` on the line that `from` lies on.
    fn last_brace(&mut self, bytes: &[u8], from: usize) -> Option<usize> {
        if from >= self.end {
            let rest = &bytes[from..];
            self.end = memchr(b'\n', rest).map_or(bytes.len(), |found| from + found);
            self.last_brace = memrchr(b'}', &bytes[from..self.end]).map(|found| from + found);
        }
        self.last_brace.filter(|brace| *brace >= from)
    }
}

fn plain(range: Range<usize>, name: Range<usize>) -> Expression {
    Expression {
        word: range.end..range.end,
        range,
        name,
        operator: None,
        colon: false,
    }
}

/// The expression whose `${` stands at `dollar`, if it is one. With an operator
/// the pattern first runs to the line's last `}`; braces are then counted to
/// find the one that closes. If counting finds none, the last one closes.
fn braced(bytes: &[u8], dollar: usize, line: &mut Line) -> Option<Expression> {
    let name = dollar + 2..name_end(bytes, dollar + 2)?;
    if bytes.get(name.end) == Some(&b'}') {
        return Some(plain(dollar..name.end + 1, name));
    }
    let colon = bytes.get(name.end) == Some(&b':');
    let sign = name.end + usize::from(colon);
    let operator = match bytes.get(sign)? {
        b'-' => Operator::Default,
        b'+' => Operator::Alternative,
        b'?' => Operator::Required,
        _ => return None,
    };
    let last = line.last_brace(bytes, sign + 1)?;
    let close = closing_brace(&bytes[..=last], dollar + 1).unwrap_or(last);
    Some(Expression {
        range: dollar..close + 1,
        name,
        operator: Some(operator),
        colon,
        word: sign + 1..close,
    })
}

/// The brace that closes the one at `open`. As in the reference, every `{`
/// counts, with or without a `$`, and the byte after a `{` is never looked at.
fn closing_brace(bytes: &[u8], open: usize) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = open;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => {
                depth += 1;
                at += 1;
            }
            b'}' if depth == 1 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the name that begins at `start` ends. The reference matches `[a-z]`
/// without regard to case under Unicode, which lets in two more letters: the
/// long s and the kelvin sign.
fn name_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += match bytes.get(at..).unwrap_or_default() {
            [b'_' | b'a'..=b'z' | b'A'..=b'Z', ..] => 1,
            [b'0'..=b'9', ..] if at > start => 1,
            [0xc5, 0xbf, ..] => 2,
            [0xe2, 0x84, 0xaa, ..] => 3,
            _ => break,
        };
    }
    (at > start).then_some(at)
}

#[cfg(test)]
mod tests;
