//! Pages under `docs/` that show files and commands: each is run as it stands.
//!
//! In a section, a block with a file name is a file of a folder; a `console` block is
//! run in the folder that the blocks before it make, and shows what it prints and
//! the exit code where that is not 0. Must not know what a page is about.

use std::path::Path;

use super::page::Page;
use super::support;

const PAGES: [&str; 3] = [
    "docs/config.md",
    "docs/suppressions.md",
    "docs/time-model.md",
];

/// What a console block should be: its command lines with what they print.
fn ran(block: &str, folder: &Path) -> String {
    let mut now = String::new();
    for line in block.lines() {
        let Some(command) = line.strip_prefix("$ tierlint ") else {
            continue;
        };
        let args: Vec<&str> = command.split_whitespace().collect();
        let ran = support::run(folder, &args, b"");
        now.push_str(line);
        now.push('\n');
        for line in ran.out.lines().chain(ran.err.lines()) {
            now.push_str(line.trim_end());
            now.push('\n');
        }
        if ran.code != 0 {
            now.push_str(&format!("(exit code {})\n", ran.code));
        }
    }
    assert!(!now.is_empty(), "no command in\n{block}");
    now
}

/// The page with every block as it is now, and how many there are.
fn replay(text: &str) -> (String, usize) {
    let (mut now, mut rest) = (String::new(), text);
    let mut blocks = 0;
    for section in Page::parse(text).sections {
        // Its name is the name of the stack.
        let above = tempfile::tempdir().unwrap();
        let folder = above.path().join("shop");
        std::fs::create_dir_all(folder.join(".git")).unwrap();
        for block in &section.blocks {
            if let Some(file) = &block.file {
                let path = folder.join(file);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, &block.text).unwrap();
            }
            if block.kind == "console" {
                let was = format!("```console\n{}```", block.text);
                let (before, after) = rest.split_once(&was).expect("it is on the page");
                let is = ran(&block.text, &folder);
                now.push_str(&format!("{before}```console\n{is}```"));
                rest = after;
                blocks += 1;
            }
        }
    }
    now.push_str(rest);
    (now, blocks)
}

#[test]
fn pages_say_what_happens() {
    let mut failed = Vec::new();
    for name in PAGES {
        let path = support::at(name);
        let text = support::text(&path);
        let (now, blocks) = replay(&text);
        assert!(blocks > 0, "{name} shows nothing");
        if support::update() {
            std::fs::write(&path, now).unwrap();
        } else if now != text {
            failed.push(format!("{name} should say\n{now}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_key_of_the_settings_is_shown_at_work() {
    let schema: serde_json::Value = serde_json::from_str(crate::config::SCHEMA).unwrap();
    let page = support::text(&support::at("docs/config.md"));
    let page = Page::parse(&page);
    let keys = |at: &serde_json::Value| {
        let keys = at["properties"].as_object().expect("it has keys").keys();
        keys.cloned().collect::<Vec<_>>()
    };
    let shows = |section: &str, key: &str| {
        let section = page
            .section(section)
            .unwrap_or_else(|| panic!("no section {section}"));
        let mut settings = section
            .blocks
            .iter()
            .filter(|it| it.file.as_deref() == Some(".tierlint.yaml"));
        let run = section.blocks.iter().any(|it| it.kind == "console");
        run && settings.any(|it| it.text.contains(&format!("{key}:")))
    };
    for key in keys(&schema) {
        assert!(shows(&format!("`{key}`"), &key), "{key}");
    }
    for (section, definition) in [
        ("target", "Target"),
        ("ignores", "Ignore"),
        ("rules", "Rules"),
        ("images", "Override"),
    ] {
        for key in keys(&schema["$defs"][definition]) {
            assert!(shows(&format!("`{section}`"), &key), "{section}: {key}");
        }
    }
}
