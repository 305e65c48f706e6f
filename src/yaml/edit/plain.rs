//! Values without a place, and their text.
//!
//! Owns how a value is written once its column and the habits of the file are
//! known. Must not know the tree or where the text goes.

use super::quote;
use crate::yaml::Style;

/// A value to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Plain {
    /// Nothing: an empty value in block mappings, else `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Str(String),
    /// What stands at the anchor of this name.
    Alias(String),
    /// Items.
    Seq(Vec<Plain>, Layout),
    /// Entries in this order; no key twice.
    Map(Vec<(String, Plain)>, Layout),
}

/// How a collection is preferably written; inside brackets all is flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// One line per item.
    Block,
    /// In brackets on one line.
    Flow,
}

impl Plain {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Str(text.into())
    }

    /// A block mapping.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value));
        Self::Map(entries.collect(), Layout::Block)
    }

    /// Texts in brackets, as a healthcheck's command is usually written.
    pub fn words<S: Into<String>>(words: impl IntoIterator<Item = S>) -> Self {
        Self::Seq(words.into_iter().map(Self::text).collect(), Layout::Flow)
    }

    /// Whether it takes lines of its own.
    pub(super) fn is_block(&self) -> bool {
        match self {
            Self::Seq(items, Layout::Block) => !items.is_empty(),
            Self::Map(entries, Layout::Block) => !entries.is_empty(),
            _ => false,
        }
    }
}

/// The habits of a file, as far as new text follows them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ink {
    /// The line break.
    pub newline: &'static str,
    /// Columns from a key to the keys nested below it; at least 1.
    pub step: usize,
    /// Columns from a key to the dashes of its list; 0 for lists that are flush.
    pub list: usize,
    /// The quotes where some are needed: single or double.
    pub quote: Style,
    /// How texts in bracketed lists are written: plain, single or double.
    pub words: Style,
    /// Whether every text is in double quotes, as JSON has it.
    pub json: bool,
}

/// The text of a value as it follows the `:` of a key at `column` (in
/// characters, from 0): a blank and one line, or a line break and lines; empty
/// for null.
pub fn render(value: &Plain, column: usize, ink: &Ink) -> String {
    match value {
        Plain::Null => String::new(),
        Plain::Seq(items, _) if value.is_block() => rows(
            items
                .iter()
                .map(|item| item_text(item, column + ink.list, ink)),
            column + ink.list,
            ink,
        ),
        Plain::Map(entries, _) if value.is_block() => {
            let inner = column + ink.step;
            rows(
                entries
                    .iter()
                    .map(|(key, value)| entry(key, value, inner, ink)),
                inner,
                ink,
            )
        }
        _ => format!(" {}", flow(value, ink)),
    }
}

/// Each row on a line of its own at `column`, a line break before each.
pub(super) fn rows(rows: impl Iterator<Item = String>, column: usize, ink: &Ink) -> String {
    let pad = " ".repeat(column);
    rows.flat_map(|row| [ink.newline, &pad, &row].map(str::to_owned))
        .collect()
}

/// `key:` with its value; the key stands at `column`.
pub(super) fn entry(key: &str, value: &Plain, column: usize, ink: &Ink) -> String {
    format!(
        "{}:{}",
        name(key, value, false, ink),
        render(value, column, ink)
    )
}

/// `- item`; the dash stands at `column`.
pub(super) fn item_text(value: &Plain, column: usize, ink: &Ink) -> String {
    format!("- {}", after_dash(value, column + 2, ink))
}

/// What follows a dash; its first byte stands at `column`.
pub(super) fn after_dash(value: &Plain, column: usize, ink: &Ink) -> String {
    match value {
        Plain::Map(entries, _) if value.is_block() => {
            let text = rows(
                entries
                    .iter()
                    .map(|(key, value)| entry(key, value, column, ink)),
                column,
                ink,
            );
            text[ink.newline.len() + column..].to_owned()
        }
        _ => flow(value, ink),
    }
}

/// A key's text beside its value: in quotes `<<` would merge nothing.
fn name(key: &str, value: &Plain, in_flow: bool, ink: &Ink) -> String {
    match value {
        Plain::Alias(_) if key == "<<" => key.to_owned(),
        _ => key_text(key, in_flow, ink),
    }
}

/// A key's text without the `:`.
pub(super) fn key_text(key: &str, in_flow: bool, ink: &Ink) -> String {
    if ink.json {
        return quote::quoted(key, Style::Double).unwrap_or_default();
    }
    quote::least(key, in_flow, ink.quote)
}

/// The value on one line.
pub(super) fn flow(value: &Plain, ink: &Ink) -> String {
    inline(value, matches!(value, Plain::Seq(..) | Plain::Map(..)), ink)
}

/// The value on one line, inside brackets if `in_flow`.
pub(super) fn inline(value: &Plain, in_flow: bool, ink: &Ink) -> String {
    match value {
        Plain::Null => "null".to_owned(),
        Plain::Bool(value) => value.to_string(),
        Plain::Int(value) => value.to_string(),
        Plain::Alias(name) => format!("*{name}"),
        Plain::Str(text) if ink.json => quote::quoted(text, Style::Double).unwrap_or_default(),
        Plain::Str(text) => quote::least(text, in_flow, ink.quote),
        Plain::Seq(items, _) => {
            let items: Vec<_> = items.iter().map(|item| word(item, ink)).collect();
            format!("[{}]", items.join(", "))
        }
        Plain::Map(entries, _) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| flow_entry(key, value, ink))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// `key: value` inside braces.
pub(super) fn flow_entry(key: &str, value: &Plain, ink: &Ink) -> String {
    format!(
        "{}: {}",
        name(key, value, true, ink),
        inline(value, true, ink)
    )
}

/// An item of a bracketed list: texts there are all quoted or all plain.
pub(super) fn word(value: &Plain, ink: &Ink) -> String {
    match value {
        Plain::Str(text) if ink.words != Style::Plain && !ink.json => {
            quote::in_quotes(text, ink.words)
        }
        _ => inline(value, true, ink),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_follow_the_habits_of_the_file() {
        let ink = Ink {
            newline: "\r\n",
            step: 4,
            list: 0,
            quote: Style::Single,
            words: Style::Double,
            json: false,
        };
        let value = Plain::map([
            ("test", Plain::words(["CMD", "true"])),
            (
                "no",
                Plain::Seq(
                    vec![
                        Plain::Int(1),
                        Plain::map([("a", Plain::Null), ("b", Plain::text("x"))]),
                    ],
                    Layout::Block,
                ),
            ),
        ]);
        let want = "\r\n      test: [\"CMD\", \"true\"]\r\n      'no':\r\n      - 1\r\n      - a:\r\n        b: x";
        assert_eq!(render(&value, 2, &ink), want);
        assert_eq!(
            flow(&value, &ink),
            "{test: [\"CMD\", \"true\"], 'no': [1, {a: null, b: x}]}"
        );
        let merged = Plain::map([("<<", Plain::Alias("base".to_owned()))]);
        assert_eq!(render(&merged, 0, &ink), "\r\n    <<: *base");
        assert_eq!(flow(&merged, &ink), "{<<: *base}");
        let json = Ink { json: true, ..ink };
        assert_eq!(
            flow(&value, &json),
            r#"{"test": ["CMD", "true"], "no": [1, {"a": null, "b": "x"}]}"#
        );
    }
}
