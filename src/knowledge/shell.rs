//! Command lines as lists of simple commands.
//!
//! Owns just enough of the shell's grammar to tell which programs a container
//! runs, in which order. Must not know which program does what. What it cannot
//! read comes out as words nobody recognises, so callers stay silent.

/// One program call inside a command line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Call {
    /// Its words without assignments, redirections and quotes; never empty.
    pub(super) words: Vec<String>,
    /// It is the condition of `while`, `until` or `if`.
    pub(super) is_condition: bool,
    /// It is the condition of a `while` loop.
    pub(super) is_while: bool,
    /// It is sent to the background.
    pub(super) is_background: bool,
}

/// The program calls of a container's words (entrypoint, then command).
pub(super) fn calls(words: &[&str]) -> Vec<Call> {
    match script_of(words) {
        Some(script) => parse(script),
        None if words.is_empty() => Vec::new(),
        None => {
            let words = words.iter().map(|word| (*word).to_owned()).collect();
            vec![Call {
                words,
                ..Call::default()
            }]
        }
    }
}

/// The script in `sh -c SCRIPT`, behind any init wrapper.
fn script_of<'a>(words: &[&'a str]) -> Option<&'a str> {
    let at = words.iter().position(|word| is_shell(word))?;
    let wraps = |word: &&str| {
        matches!(base(word), "tini" | "dumb-init" | "exec" | "env") || word.starts_with('-')
    };
    if !words[..at].iter().all(wraps) {
        return None;
    }
    let flag = words[at + 1..]
        .iter()
        .position(|word| word.starts_with('-') && !word.starts_with("--") && word.contains('c'))?;
    words.get(at + 1 + flag + 1).copied()
}

fn is_shell(word: &str) -> bool {
    matches!(base(word), "sh" | "bash" | "ash" | "dash" | "zsh")
}

/// The file name of a program, without `.sh`, `.exe`.
pub(super) fn base(word: &str) -> &str {
    let name = word.rsplit('/').next().unwrap_or(word);
    name.strip_suffix(".sh")
        .filter(|it| !it.is_empty())
        .unwrap_or(name)
}

/// A piece of a script.
enum Piece {
    Word(String),
    /// Ends a call: `;`, a line break, `&&`, `||`, `|`, a parenthesis.
    End,
    /// Ends a call and sends it to the background.
    Background,
}

fn parse(script: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut call = Call::default();
    let mut condition = None;
    for piece in pieces(script) {
        match piece {
            Piece::Word(word) if call.words.is_empty() && is_keyword(&word) => {
                match word.as_str() {
                    "while" | "until" | "if" | "elif" => condition = Some(word),
                    "do" | "then" => condition = None,
                    _ => {}
                }
            }
            Piece::Word(word) if call.words.is_empty() && is_assignment(&word) => {}
            Piece::Word(word) => {
                if call.words.is_empty() {
                    call.is_condition = condition.is_some();
                    call.is_while = condition.as_deref() == Some("while");
                }
                call.words.push(word);
            }
            Piece::End | Piece::Background => {
                call.is_background = matches!(piece, Piece::Background);
                let done = std::mem::take(&mut call);
                calls.extend((!done.words.is_empty()).then_some(done));
            }
        }
    }
    calls.extend((!call.words.is_empty()).then_some(call));
    calls
}

fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "if" | "then"
            | "elif"
            | "else"
            | "fi"
            | "while"
            | "until"
            | "do"
            | "done"
            | "{"
            | "}"
            | "!"
            | "time"
    )
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

fn pieces(script: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut word: Option<String> = None;
    let mut redirect = false;
    let mut chars = script.chars().peekable();
    while let Some(it) = chars.next() {
        match it {
            '\'' | '"' | '`' => {
                let word = word.get_or_insert_default();
                while let Some(inner) = chars.next().filter(|inner| *inner != it) {
                    if inner == '\\' && it != '\'' {
                        word.extend(chars.next());
                    } else {
                        word.push(inner);
                    }
                }
            }
            '\\' => match chars.next() {
                Some('\n') | None => {}
                Some(escaped) => word.get_or_insert_default().push(escaped),
            },
            '$' if chars.peek() == Some(&'(') => {
                substitution(&mut chars, word.get_or_insert_default())
            }
            '#' if word.is_none() => {
                while chars.peek().is_some_and(|it| *it != '\n') {
                    chars.next();
                }
            }
            '<' | '>' => {
                // A number glued to the sign is a descriptor, not a word.
                word.take_if(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
                flush(&mut word, &mut redirect, &mut out);
                while chars
                    .peek()
                    .is_some_and(|it| matches!(it, '<' | '>' | '&' | '-'))
                {
                    chars.next();
                }
                redirect = true;
            }
            '&' if chars.peek() == Some(&'>') => {}
            '&' if chars.peek() == Some(&'&') => {
                chars.next();
                flush(&mut word, &mut redirect, &mut out);
                out.push(Piece::End);
            }
            '&' => {
                flush(&mut word, &mut redirect, &mut out);
                out.push(Piece::Background);
            }
            ';' | '\n' | '|' | '(' | ')' => {
                flush(&mut word, &mut redirect, &mut out);
                out.push(Piece::End);
            }
            it if it.is_whitespace() => flush(&mut word, &mut redirect, &mut out),
            it => word.get_or_insert_default().push(it),
        }
    }
    flush(&mut word, &mut redirect, &mut out);
    out
}

/// Ends a word; the target of a redirection is dropped.
fn flush(word: &mut Option<String>, redirect: &mut bool, out: &mut Vec<Piece>) {
    if let Some(word) = word.take()
        && !std::mem::take(redirect)
    {
        out.push(Piece::Word(word));
    }
}

/// Copies `(…)` of a command substitution, nested ones included.
fn substitution(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, word: &mut String) {
    let mut depth = 0_u32;
    for it in chars.by_ref() {
        word.push(it);
        match it {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

    use super::*;

    fn read(words: &[&str]) -> Vec<String> {
        calls(words)
            .iter()
            .map(|call| call.words.join(" "))
            .collect()
    }

    #[test]
    fn a_list_is_one_call_and_a_script_is_many() {
        assert_eq!(read(&["psql", "-c", "a && b"]), ["psql -c a && b"]);
        assert_eq!(
            read(&["sh", "-c", "a b && c; d | e"]),
            ["a b", "c", "d", "e"]
        );
        assert_eq!(
            read(&["/usr/bin/tini", "--", "/bin/bash", "-ec", "a"]),
            ["a"]
        );
        assert_eq!(read(&["bash", "-e", "-o", "pipefail", "-c", "a"]), ["a"]);
        assert!(read(&[]).is_empty());
    }

    #[test]
    fn a_shell_further_back_is_an_argument() {
        assert_eq!(read(&["app", "sh", "-c", "a"]), ["app sh -c a"]);
    }

    #[test]
    fn quotes_redirections_assignments_and_comments_go() {
        assert_eq!(
            read(&["sh", "-c", "A=1 B=x run 'a; b' \"c d\" >/dev/null 2>&1"]),
            ["run a; b c d"]
        );
        assert_eq!(
            read(&["sh", "-c", "# note\nrun &>log\nnext <<EOF"]),
            ["run", "next"]
        );
        assert_eq!(
            read(&["sh", "-c", "run $(a; b) c \\\n d"]),
            ["run (a; b) c d"]
        );
    }

    #[test]
    fn loops_mark_their_conditions() {
        let it = calls(&["sh", "-c", "until mc ls; do sleep 1; done; mc mb x &"]);
        assert_eq!(it.len(), 3);
        assert!(it[0].is_condition && !it[0].is_while);
        assert!(!it[1].is_condition && !it[1].is_background);
        assert!(it[2].is_background);
        assert!(calls(&["sh", "-c", "while true; do x; done"])[0].is_while);
    }
}
