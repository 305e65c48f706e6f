//! A command string as the words it becomes.
//!
//! Owns the splitting of a string `command:` or `entrypoint:` as the reference
//! loader does it (compose-go v2.16.2 `types/command.go`, which calls
//! mattn/go-shellwords v1.0.12 with its defaults: no variables, no command
//! substitution). That is not a shell. Must not know what the words mean.

use std::ops::Range;

/// Why a command string cannot be split; the loader refuses the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SplitErrorKind {
    /// A quote, backtick, `$(` or `)` has no partner, or a `\` ends the text.
    Unterminated,
    /// A `(` that does not follow a `$`.
    Parenthesis,
}

/// A command string that cannot be split.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SplitError {
    /// What is wrong.
    pub kind: SplitErrorKind,
    /// The byte at fault: the last of those that open and do not close, or the `(`.
    pub offset: usize,
}

/// A command string split.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Words {
    /// The words, quotes removed, with the bytes each came from, quotes included.
    pub words: Vec<(String, Range<usize>)>,
    /// Where `;`, `&`, `|`, `<` or `>` stands bare. The loader stops there
    /// without a word: nothing after it is run.
    pub cut: Option<usize>,
}

/// The words of a command string, each with the bytes it came from.
///
/// # Errors
/// When the loader would refuse the text.
pub fn split(text: &str) -> Result<Vec<(String, Range<usize>)>, SplitError> {
    split_all(text).map(|split| split.words)
}

/// As [`split`], and where the loader stopped reading.
///
/// # Errors
/// When the loader would refuse the text.
pub fn split_all(text: &str) -> Result<Words, SplitError> {
    let mut splitter = Splitter::default();
    for (at, c) in text.char_indices() {
        if splitter.step(at, c)? == Step::Cut {
            splitter.finish_word(at);
            return Ok(Words {
                words: splitter.words,
                cut: Some(at),
            });
        }
    }
    splitter.finish_word(text.len());
    if let Some(offset) = splitter.open.last() {
        return Err(SplitError {
            kind: SplitErrorKind::Unterminated,
            offset,
        });
    }
    Ok(Words {
        words: splitter.words,
        cut: None,
    })
}

#[derive(PartialEq, Eq)]
enum Step {
    Go,
    Cut,
}

/// What is open, and since where. The reference keeps these apart, and they do
/// overlap: quotes inside backticks are quotes.
#[derive(Default)]
struct Open {
    escape: Option<usize>,
    single: Option<usize>,
    double: Option<usize>,
    backtick: Option<usize>,
    paren: Option<usize>,
}

impl Open {
    fn quote(&self) -> bool {
        self.single.is_some() || self.double.is_some()
    }

    fn last(&self) -> Option<usize> {
        [
            self.escape,
            self.single,
            self.double,
            self.backtick,
            self.paren,
        ]
        .into_iter()
        .flatten()
        .max()
    }
}

/// Opens what is closed, closes what is open.
fn toggle(state: &mut Option<usize>, at: usize) {
    *state = if state.is_some() { None } else { Some(at) };
}

#[derive(Default)]
struct Splitter {
    open: Open,
    word: String,
    /// Whether there is a word to finish, be it empty.
    any: bool,
    /// The first byte of the word, its quote included.
    start: Option<usize>,
    words: Vec<(String, Range<usize>)>,
}

impl Splitter {
    fn step(&mut self, at: usize, c: char) -> Result<Step, SplitError> {
        let open = &mut self.open;
        if open.escape.take().is_some() {
            self.push(c);
            return Ok(Step::Go);
        }
        if matches!(c, ' ' | '\t' | '\r' | '\n') && open.last().is_none() {
            self.finish_word(at);
            return Ok(Step::Go);
        }
        self.start.get_or_insert(at);
        match c {
            '\\' if open.single.is_none() => {
                open.escape = Some(at);
                return Ok(Step::Go);
            }
            // Neither makes a word of what is not one yet.
            '\\' | ' ' | '\t' | '\r' | '\n' => {
                self.word.push(c);
                return Ok(Step::Go);
            }
            '`' if !open.quote() && open.paren.is_none() => toggle(&mut open.backtick, at),
            ')' if !open.quote() && open.backtick.is_none() => toggle(&mut open.paren, at),
            '(' if !open.quote() && open.backtick.is_none() => {
                if open.paren.is_some() || !self.word.ends_with('$') {
                    return Err(SplitError {
                        kind: SplitErrorKind::Parenthesis,
                        offset: at,
                    });
                }
                open.paren = Some(at);
            }
            '"' if open.single.is_none() && open.paren.is_none() => {
                self.any |= open.double.is_some();
                toggle(&mut open.double, at);
                return Ok(Step::Go);
            }
            '\'' if open.double.is_none() && open.paren.is_none() => {
                self.any |= open.single.is_some();
                toggle(&mut open.single, at);
                return Ok(Step::Go);
            }
            ';' | '&' | '|' | '<' | '>' if open.last().is_none() => {
                // `2>file`: a word that begins with a digit is taken for a
                // file descriptor and dropped.
                if c == '>' && self.word.starts_with(|first: char| first.is_ascii_digit()) {
                    self.any = false;
                }
                return Ok(Step::Cut);
            }
            _ => {}
        }
        self.push(c);
        Ok(Step::Go)
    }

    fn push(&mut self, c: char) {
        self.word.push(c);
        self.any = true;
    }

    fn finish_word(&mut self, end: usize) {
        if !self.any {
            return;
        }
        let start = self.start.take().unwrap_or(end);
        self.words
            .push((std::mem::take(&mut self.word), start..end));
        self.any = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A command string and the words of the reference; `None` is an error.
    const TABLE: &[(&str, Option<&[&str]>)] = &[
        ("", Some(&[])),
        (" ", Some(&[])),
        ("a", Some(&["a"])),
        ("a b", Some(&["a", "b"])),
        (" a  b ", Some(&["a", "b"])),
        ("a\tb\nc\rd", Some(&["a", "b", "c", "d"])),
        ("a\u{a0}b", Some(&["a\u{a0}b"])),
        ("\"a b\"", Some(&["a b"])),
        ("'a b'", Some(&["a b"])),
        ("a\"b c\"d", Some(&["ab cd"])),
        ("a'b c'd", Some(&["ab cd"])),
        ("\"\"", Some(&[""])),
        ("''", Some(&[""])),
        ("a \"\" b", Some(&["a", "", "b"])),
        ("a\\ b", Some(&["a b"])),
        ("a\\\"b", Some(&["a\"b"])),
        ("'a\\b'", Some(&["a\\b"])),
        ("\"a\\b\"", Some(&["ab"])),
        ("\"a\\\"b\"", Some(&["a\"b"])),
        ("'a\\'b'", None),
        ("a\\nb", Some(&["anb"])),
        ("a\\\nb", Some(&["a\nb"])),
        ("\\", None),
        ("a\\", None),
        ("\"a", None),
        ("'a", None),
        ("\"a'b\"", Some(&["a'b"])),
        ("'a\"b'", Some(&["a\"b"])),
        ("sh -c \"echo $HOME\"", Some(&["sh", "-c", "echo $HOME"])),
        ("echo $HOME", Some(&["echo", "$HOME"])),
        ("echo ${A}", Some(&["echo", "${A}"])),
        ("echo $(date +%s)", Some(&["echo", "$(date +%s)"])),
        ("echo $(a \"b\" c)", Some(&["echo", "$(a \"b\" c)"])),
        ("echo `a b` c", Some(&["echo", "`a b`", "c"])),
        ("echo `a \"b c\" d`", Some(&["echo", "`a b c d`"])),
        ("`a", None),
        ("$(a", None),
        ("a)", None),
        ("a ) b ) c", Some(&["a", ") b )", "c"])),
        ("(a)", None),
        ("a(b)", None),
        ("$(a (b))", None),
        ("\"(a)\"", Some(&["(a)"])),
        ("'$'(a b)", Some(&["$(a b)"])),
        ("a && b", Some(&["a"])),
        ("a & b", Some(&["a"])),
        ("a; b", Some(&["a"])),
        ("a;b", Some(&["a"])),
        ("a | b", Some(&["a"])),
        ("a > f", Some(&["a"])),
        ("a >f", Some(&["a"])),
        ("a 2>&1", Some(&["a"])),
        ("a 2>f", Some(&["a"])),
        ("a 2 > f", Some(&["a", "2"])),
        ("a 1x>f", Some(&["a"])),
        ("a < f", Some(&["a"])),
        (">f", Some(&[])),
        ("; a", Some(&[])),
        ("\"a && b\"", Some(&["a && b"])),
        ("a\\;b", Some(&["a;b"])),
        ("a ';' b", Some(&["a", ";", "b"])),
        ("a \"b\" > c", Some(&["a", "b"])),
        ("'2'>f", Some(&[])),
        ("é ü", Some(&["é", "ü"])),
        ("--opt=\"x y\" z", Some(&["--opt=x y", "z"])),
        ("a # b", Some(&["a", "#", "b"])),
        ("*", Some(&["*"])),
        ("~/a", Some(&["~/a"])),
        ("a=b c", Some(&["a=b", "c"])),
        ("!a", Some(&["!a"])),
        ("{a,b}", Some(&["{a,b}"])),
        ("%a^", Some(&["%a^"])),
    ];

    #[test]
    fn results_are_those_of_the_reference() {
        for (text, want) in TABLE {
            let got = split(text).ok();
            let got: Option<Vec<_>> = got
                .as_ref()
                .map(|words| words.iter().map(|(word, _)| word.as_str()).collect());
            assert_eq!(got.as_deref(), *want, "{text:?}");
        }
    }

    #[test]
    fn each_range_alone_gives_its_word() {
        for (text, _) in TABLE {
            for (word, range) in split(text).unwrap_or_default() {
                let again = split(&text[range.clone()]);
                assert_eq!(again, Ok(vec![(word, 0..range.len())]), "{text:?}");
            }
        }
    }

    #[test]
    fn what_the_loader_drops_is_told() {
        let cut = |text| split_all(text).ok().and_then(|split| split.cut);
        assert_eq!(cut("é && b"), Some(3));
        assert_eq!(cut("a 2>&1"), Some(3));
        assert_eq!(cut("\"a && b\""), None);
    }

    #[test]
    fn errors_point_at_what_stays_open() {
        let at = |text| split(text).err();
        let error = |kind, offset| Some(SplitError { kind, offset });
        let open = |offset| error(SplitErrorKind::Unterminated, offset);
        assert_eq!(at("a \"b\\\" c"), open(2));
        assert_eq!(at("a `'b' c"), open(2));
        assert_eq!(at("a\\"), open(1));
        assert_eq!(at("f(a)"), error(SplitErrorKind::Parenthesis, 1));
    }
}
