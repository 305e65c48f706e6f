//! Real files, where there are some: `CORPUS=folder cargo test --lib corpus`.
//!
//! Nothing may panic, and every file is accounted for. Counts per rule are
//! printed, for comparison of two builds.

use std::io::Write;
use std::path::Path;

use super::support;

#[test]
fn a_corpus_is_read_to_its_end() {
    let Some(dir) = std::env::var_os("CORPUS") else {
        return;
    };
    let dir = Path::new(&dir).canonicalize().expect("CORPUS is a folder");
    let args = [
        "check",
        "--format",
        "concise",
        "--statistics",
        "--show-files",
    ];
    let ran = support::run(&dir, &args, b"");
    let is_count = |line: &&str| {
        let mut words = line.split_whitespace();
        words.next().is_some_and(|it| it.parse::<u32>().is_ok())
    };
    let counts: Vec<&str> = ran.out.lines().filter(is_count).collect();
    writeln!(std::io::stderr(), "{}", counts.join("\n")).unwrap();
    let named = |start: &str| ran.out.lines().filter(|it| it.starts_with(start)).count();
    assert!(
        named("checked: ") > 0,
        "nothing was checked in {}",
        dir.display()
    );
}
