//! Recipes of Makefiles.
//!
//! Owns lines, prefixes and plain variables of GNU make (manual, "Recipe Syntax"):
//! each line of a recipe has a shell of its own. Must not evaluate functions.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use super::mapped::Mapped;
use super::{Chunk, Dir, Lane, Removal, Step};
use crate::source::{Span, offset};

/// How deep variables are followed.
const DEPTH: usize = 4;

/// How many variables are replaced in one file.
const MAX_REPLACED: usize = 10_000;

/// The lanes of a Makefile: a recipe each.
pub(super) fn lanes(file: &str, base: &Path) -> Vec<Lane> {
    let variables = Variables {
        known: variables(file),
        left: Cell::new(MAX_REPLACED),
    };
    let mut lanes = Vec::new();
    let mut lane = Lane::default();
    let mut lines = Lines { file, at: 0 };
    while let Some((start, line)) = lines.next_logical() {
        let Some(recipe) = line.strip_prefix('\t') else {
            let bare = line.trim();
            if bare.is_empty() || bare.starts_with('#') {
                continue;
            }
            let word = bare.split([' ', '\t', '(']).next().unwrap_or("");
            match word {
                "ifeq" | "ifneq" | "ifdef" | "ifndef" | "else" | "endif" => {
                    lane.steps.push(Step::Foreign);
                }
                _ => lanes.push(std::mem::take(&mut lane)),
            }
            continue;
        };
        let bare = recipe.trim_start_matches(['@', '-', '+', ' ', '\t']);
        let from = start + line.len() - bare.len();
        lane.steps.push(Step::Run(Chunk {
            text: expand(bare, offset(from), &variables),
            dir: Dir::At(base.to_owned()),
            condition: None,
            key: None,
            whole: Removal::Bytes(Span::new(offset(start), offset(lines.at))),
        }));
    }
    lanes.push(lane);
    lanes
}

/// Values by name, and how many more are taken.
struct Variables<'f> {
    known: BTreeMap<&'f str, &'f str>,
    left: Cell<usize>,
}

impl<'f> Variables<'f> {
    fn get(&self, name: &str) -> Option<&'f str> {
        self.left.set(self.left.get().checked_sub(1)?);
        self.known.get(name).copied()
    }
}

/// Lines, those joined that end with a backslash.
struct Lines<'f> {
    file: &'f str,
    at: usize,
}

impl<'f> Lines<'f> {
    fn next_logical(&mut self) -> Option<(usize, &'f str)> {
        let start = self.at;
        if start >= self.file.len() {
            return None;
        }
        loop {
            let rest = &self.file[self.at..];
            let end = rest.find('\n').map_or(rest.len(), |it| it + 1);
            let line = rest[..end].trim_end_matches(['\n', '\r']);
            self.at += end;
            if !line.ends_with('\\') || self.at >= self.file.len() {
                return Some((
                    start,
                    self.file[start..self.at].trim_end_matches(['\n', '\r']),
                ));
            }
        }
    }
}

/// `NAME = value` at the margin; one that is set twice has no value.
fn variables(file: &str) -> BTreeMap<&str, &str> {
    let mut found: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    let lines = file.lines().filter(|it| !it.starts_with(['\t', '#']));
    for line in lines {
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        let name = name.trim_end_matches([':', '?', ' ', '\t']).trim_start();
        let name = name.strip_prefix("export ").unwrap_or(name).trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let value = value.trim();
        if name.is_empty() || !name.chars().all(plain) || value.ends_with('\\') {
            continue;
        }
        let value = (!value.contains('#')).then_some(value);
        let known = found.entry(name).or_insert(value);
        if *known != value {
            *known = None;
        }
    }
    let known = found.into_iter();
    known
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// A recipe as the shell reads it.
fn expand(recipe: &str, from: u32, variables: &Variables<'_>) -> Mapped {
    let mut mapped = Mapped::default();
    let mut rest = recipe;
    while let Some(at) = rest.find('$') {
        let start = from + offset(recipe.len() - rest.len());
        mapped.push(&rest[..at], start);
        let (taken, text) = reference(&rest[at..], variables, DEPTH);
        let place = start + offset(at);
        mapped.push_for(&text, Span::new(place, place + offset(taken)));
        rest = &rest[at + taken..];
    }
    mapped.push(rest, from + offset(recipe.len() - rest.len()));
    mapped
}

/// What a `$` and its name stand for, and how many bytes they take. What is
/// not known reads as an expansion of the shell.
fn reference(text: &str, variables: &Variables<'_>, depth: usize) -> (usize, String) {
    let unknown = "$_make".to_owned();
    let close = match text.as_bytes().get(1) {
        Some(b'$') => return (2, "$".to_owned()),
        Some(b'(') => ')',
        Some(b'{') => '}',
        Some(_) => {
            let next = text[1..].chars().next().map_or(0, char::len_utf8);
            return (1 + next, unknown);
        }
        None => return (1, unknown),
    };
    let open = if close == ')' { '(' } else { '{' };
    let mut level = 0_usize;
    let end = text.char_indices().find_map(|(at, c)| {
        level += usize::from(c == open);
        if c != close {
            return None;
        }
        level = level.saturating_sub(1);
        (level == 0).then_some(at)
    });
    let Some(end) = end else {
        return (text.len(), unknown);
    };
    let Some(value) = variables.get(&text[2..end]).filter(|_| depth > 0) else {
        return (end + 1, unknown);
    };
    let mut expanded = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        expanded.push_str(&rest[..at]);
        let (taken, inner) = reference(&rest[at..], variables, depth - 1);
        expanded.push_str(&inner);
        rest = &rest[at + taken..];
    }
    expanded.push_str(rest);
    (end + 1, expanded)
}
