//! Which quotes a text needs, and the text inside them.
//!
//! Owns the choice between plain, single and double quotes. Follows YAML 1.2.2
//! (sections 5.7, 7.3) and stays clear of what YAML 1.1 readers take for
//! booleans, dates and base-60 numbers. Must not know the tree.

use std::fmt::Write as _;

use crate::yaml::Style;
use crate::yaml::scalar::{Scalar, resolve};

/// Words that YAML 1.1 reads as booleans; quoted so that every reader agrees.
const DOUBTFUL: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "<<", "=", "~"];

/// Whether the bytes of `text` may stand unquoted, whatever type they read as.
pub(super) fn plain_shape(text: &str, flow: bool) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    if blank(first) || blank(last) || *last == b':' || text.chars().any(needs_escape) {
        return false;
    }
    let indicator = matches!(first, b'-' | b'?' | b':');
    if indicator && (flow || bytes.get(1).is_none_or(blank)) {
        return false;
    }
    if b",[]{}#&*!|>'\"%@`".contains(first) || text.starts_with("---") || text.starts_with("...") {
        return false;
    }
    if flow && text.contains([',', '[', ']', '{', '}']) {
        return false;
    }
    !bytes
        .windows(2)
        .any(|pair| (pair[0] == b':' && blank(&pair[1])) || (blank(&pair[0]) && pair[1] == b'#'))
}

/// Whether `text` may stand unquoted and every reader takes it for a string.
pub(super) fn plain_string(text: &str, flow: bool) -> bool {
    plain_shape(text, flow)
        && matches!(resolve(text, Style::Plain, None), Scalar::Str(_))
        && !DOUBTFUL.iter().any(|word| word.eq_ignore_ascii_case(text))
        && !number_like(text)
}

/// `22:22` is a number to YAML 1.1 and `2024-01-31` a date; numbers too large
/// for this reader are text only to it.
fn number_like(text: &str) -> bool {
    let only = |allowed: &[u8]| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || allowed.contains(&byte))
    };
    let dated = text.len() > 4
        && text.bytes().take(4).all(|byte| byte.is_ascii_digit())
        && text.as_bytes()[4] == b'-';
    only(b"+-_:.") && text.bytes().any(|byte| byte.is_ascii_digit()) || dated
}

/// Characters that only an escape can hold on one line.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}

/// The bytes between the quotes of `style`; `None` when it cannot hold `text`.
pub(super) fn inside(text: &str, style: Style) -> Option<String> {
    match style {
        Style::Single => (!text.chars().any(needs_escape)).then(|| text.replace('\'', "''")),
        Style::Double => Some(escaped(text)),
        _ => None,
    }
}

/// `text` in the quotes of `style`; `None` when it cannot hold it.
pub(super) fn quoted(text: &str, style: Style) -> Option<String> {
    let mark = if style == Style::Single { '\'' } else { '"' };
    Some(format!("{mark}{}{mark}", inside(text, style)?))
}

/// `text` in the least quotes that read back as this string; where some are
/// needed, those that the file prefers if they hold it without escapes.
pub(super) fn least(text: &str, flow: bool, prefer: Style) -> String {
    if plain_string(text, flow) {
        return text.to_owned();
    }
    in_quotes(text, prefer)
}

/// `text` in the quotes of `prefer`, or the others where those would need escapes.
pub(super) fn in_quotes(text: &str, prefer: Style) -> String {
    let single = inside(text, Style::Single);
    let double_is_clean = escaped(text) == text;
    let single_is_clean = single.as_deref() == Some(text);
    let style = match prefer {
        _ if single.is_none() => Style::Double,
        Style::Single if single_is_clean || !double_is_clean => Style::Single,
        Style::Single => Style::Double,
        _ if double_is_clean || !single_is_clean => Style::Double,
        _ => Style::Single,
    };
    quoted(text, style).unwrap_or_else(|| format!("\"{}\"", escaped(text)))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if needs_escape(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn quotes_are_the_least_that_hold_the_text() {
        let cases = [
            ("pg_isready -U x", "pg_isready -U x"),
            ("5s", "5s"),
            ("-q", "-q"),
            ("a:b", "a:b"),
            ("", "\"\""),
            ("5", "\"5\""),
            ("22:22", "\"22:22\""),
            ("2024-01-31", "\"2024-01-31\""),
            ("no", "\"no\""),
            ("Off", "\"Off\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("say \"x\": 1", "'say \"x\": 1'"),
            ("- it's \"x\"", "\"- it's \\\"x\\\"\""),
            ("a\nb\u{7}", "\"a\\nb\\u0007\""),
            ("a\\b: c", "'a\\b: c'"),
        ];
        for (text, want) in cases {
            assert_eq!(least(text, false, Style::Double), want, "{text}");
        }
        assert_eq!(least("- x", false, Style::Single), "'- x'");
        assert_eq!(least("it's: x", false, Style::Single), "\"it's: x\"");
        assert_eq!(least("a,b", true, Style::Single), "'a,b'");
        assert_eq!(least("-q", true, Style::Double), "\"-q\"");
    }

    #[test]
    fn every_short_text_of_doubtful_characters_reads_back() {
        let alphabet: Vec<char> = "a -:#'\"\\,[]{}\n\t?&*!|>%@`~.0=<\u{feff}\u{85}é"
            .chars()
            .collect();
        let mut texts: Vec<String> = vec![String::new()];
        for length in 0..3 {
            let longer: Vec<String> = texts
                .iter()
                .filter(|text| text.chars().count() == length)
                .flat_map(|text| alphabet.iter().map(move |c| format!("{text}{c}")))
                .collect();
            texts.extend(longer);
        }
        for text in texts {
            for flow in [false, true] {
                for style in [Style::Single, Style::Double] {
                    let written = least(&text, flow, style);
                    let file = if flow {
                        format!("[{written}, {{{written}: {written}}}]")
                    } else {
                        format!("k: {written}\n")
                    };
                    let (tree, troubles) = yaml::parse(&file);
                    assert!(troubles.is_empty(), "{file:?}: {troubles:?}");
                    let found: Vec<_> = tree
                        .all(&file)
                        .filter(|node| node.kind() == yaml::Kind::Scalar)
                        .map(|node| resolve(node.text(), node.style(), None))
                        .collect();
                    let want = if flow {
                        vec![Scalar::Str(&text); 3]
                    } else {
                        vec![Scalar::Str("k"), Scalar::Str(&text)]
                    };
                    assert_eq!(found, want, "{file:?}");
                }
            }
        }
    }
}
