//! What pages show: every `console` block is a command line and what it prints,
//! run from the crate's folder.
//!
//! Must not know what the pages say beside their blocks.

use super::support;

/// The pages that show the tool at work.
const PAGES: [&str; 2] = ["README.md", "testdata/projects/reconciliation/README.md"];

const OPEN: &str = "```console\n$ tierlint ";
const CLOSE: &str = "\n```";

/// The page with every block as it is now, and the number of blocks.
fn shown(page: &str) -> (String, usize) {
    let mut now = String::new();
    let mut rest = page;
    let mut blocks = 0;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (block, tail) = after.split_once(CLOSE).expect("a block is closed");
        let line = block.lines().next().unwrap_or("");
        let words: Vec<&str> = line.split_whitespace().collect();
        let ran = support::run(&support::at(""), &words, b"");
        let printed: Vec<&str> = ran.out.lines().map(str::trim_end).collect();
        now.push_str(&format!("{before}{OPEN}{line}\n{}", printed.join("\n")));
        now.push_str(CLOSE);
        rest = tail;
        blocks += 1;
    }
    now.push_str(rest);
    (now, blocks)
}

#[test]
fn pages_show_what_the_tool_prints() {
    let _alone = support::README.lock();
    for name in PAGES {
        let path = support::at(name);
        let text = support::text(&path);
        let (now, blocks) = shown(&text);
        assert!(blocks > 0, "{name} shows nothing");
        if support::update() {
            std::fs::write(&path, now).unwrap();
        } else {
            assert!(now == text, "{name} should show\n{now}");
        }
    }
}
