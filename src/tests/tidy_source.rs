//! House rules about the source: which way imports point, what touches the
//! outside, how long files are, what they open with.

use std::path::{Path, PathBuf};

use super::support;

/// No file is longer, in lines.
const LONGEST_FILE: usize = 500;

/// No rule is longer, in lines.
const LONGEST_RULE: usize = 150;

/// Files that are still longer, and why. One that has become short must go.
const EXCUSED: &[(&str, &str)] = &[];

/// Top-level modules that may touch files, environment, clock and streams.
const RIM: [&str; 5] = ["discover", "write", "cli", "main", "tests"];

/// What only the rim may name.
const OUTSIDE: [&str; 8] = [
    "std::fs",
    "std::env",
    "std::process",
    "std::thread::sleep",
    "println!",
    "SystemTime",
    "Instant",
    "std::net::Tcp",
];

/// A source file: its path below the crate, its top-level module, its text.
struct File {
    path: String,
    module: String,
    text: String,
}

fn sources() -> Vec<File> {
    let root = support::at("");
    let mut paths = Vec::new();
    walk(&root.join("src"), &mut paths);
    let file = |path: PathBuf| {
        let shown = path
            .strip_prefix(&root)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let module = shown.trim_start_matches("src/").split('/').next().unwrap();
        File {
            module: module.trim_end_matches(".rs").to_owned(),
            text: support::text(&path),
            path: shown,
        }
    };
    paths.into_iter().map(file).collect()
}

fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
    found.extend(support::files(dir));
    for folder in support::folders(dir) {
        walk(&folder, found);
    }
}

impl File {
    /// Whether the whole file is a test.
    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("tests.rs")
    }

    /// The lines of code that are compiled for users: no comments, no tests.
    fn code(&self) -> impl Iterator<Item = &str> {
        let end = self.text.find("#[cfg(test)]\nmod tests {");
        let text = &self.text[..end.unwrap_or(self.text.len())];
        text.lines()
            .filter(|line| !line.trim_start().starts_with("//"))
    }
}

/// The public modules in the order in which `lib.rs` declares them.
fn order() -> Vec<String> {
    let text = support::text(&support::at("src/lib.rs"));
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "));
    names
        .map(|it| it.trim_end_matches(';').to_owned())
        .collect()
}

/// The top-level modules that a text names behind `crate::`.
fn named(text: &str) -> Vec<String> {
    let word = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        text[..end.unwrap_or(text.len())].to_owned()
    };
    let mut names = Vec::new();
    for rest in text.split("crate::").skip(1) {
        let Some(list) = rest.strip_prefix('{') else {
            names.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (at, c) in list.char_indices() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && c.is_ascii_alphabetic() => {
                    names.push(word(&list[at..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    names
}

#[test]
fn names_behind_crate_are_found_in_lists_too() {
    let text = "use crate::{a::{x, y}, b};\nlet c = crate::c::d();";
    assert_eq!(named(text), ["a", "b", "c"]);
}

#[test]
fn a_module_uses_only_what_stands_above_it() {
    let order = order();
    assert!(order.len() > 10, "lib.rs declares its modules: {order:?}");
    let place = |name: &str| order.iter().position(|it| it == name);
    let mut wrong = Vec::new();
    for file in sources() {
        let Some(own) = place(&file.module).filter(|_| !file.is_test()) else {
            continue;
        };
        let code: String = file.code().flat_map(|line| [line, "\n"]).collect();
        let late = named(&code)
            .into_iter()
            .filter(|it| place(it).is_some_and(|it| it > own));
        wrong.extend(
            late.map(|it| format!("{} uses `{it}`, which lib.rs declares later", file.path)),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_rim_touches_the_outside() {
    let mut wrong = Vec::new();
    for file in sources() {
        if file.is_test() || RIM.contains(&file.module.as_str()) {
            continue;
        }
        for line in file.code() {
            let touched = OUTSIDE.iter().filter(|it| line.contains(**it));
            wrong.extend(touched.map(|it| format!("{} names `{it}`: {}", file.path, line.trim())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_own() {
    let mut wrong = Vec::new();
    for file in sources() {
        let lines = file.text.lines().count();
        let is_rule = file.module == "rules" && file.text.contains("const RULE: Rule");
        let most = if is_rule { LONGEST_RULE } else { LONGEST_FILE };
        let excused = EXCUSED.iter().any(|(path, _)| *path == file.path);
        if (lines > most) != excused {
            wrong.push(format!(
                "{} has {lines} lines, {most} are allowed, excused: {excused}",
                file.path
            ));
        }
        if !file.text.starts_with("//!") {
            wrong.push(format!("{} does not open with `//!`", file.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_crate_documentation_names_every_module() {
    let text = support::text(&support::at("src/lib.rs"));
    let docs: String = text.lines().filter(|it| it.starts_with("//!")).collect();
    let order = order();
    let missing: Vec<_> = order
        .iter()
        .filter(|it| !docs.contains(&format!("[`{it}`]")))
        .collect();
    assert!(missing.is_empty(), "lib.rs does not explain {missing:?}");
}

#[test]
fn nothing_names_a_place_on_somebodys_machine() {
    let root = support::at("");
    let mut paths: Vec<PathBuf> = support::files(&root);
    paths.retain(|it| !it.ends_with(".git"));
    for folder in ["src", "rules", "benches", ".ci"] {
        walk(&root.join(folder), &mut paths);
    }
    // Put together so that this file does not name them.
    let places: [String; 2] = ["work", "root"].map(|it| format!("/{it}/"));
    let mut wrong = Vec::new();
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for place in &places {
            let lines = text.lines().enumerate().filter(|(_, line)| {
                let starts = |at: usize| {
                    !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
                };
                line.match_indices(place.as_str()).any(|(at, _)| starts(at))
            });
            wrong.extend(lines.map(|(n, line)| format!("{}:{}: {line}", path.display(), n + 1)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
