//! The quick reading of common texts gives what the parser gives, to the byte.

use super::mutants::{Random, damage};
use super::texts;
use crate::yaml::{self, parse::parse_any};

/// Fails when both ways of reading differ; says whether the quick one was taken.
fn same(text: &str, name: &str) -> bool {
    let (tree, troubles) = yaml::parse(text);
    let (wanted, refused) = parse_any(text);
    let show = |tree: &yaml::Tree| format!("{tree:?}").replace("Node {", "\nNode {");
    assert!(
        show(&tree) == show(&wanted) && troubles == refused,
        "{name}: {text:?}\n{}",
        first_difference(&show(&tree), &show(&wanted))
    );
    yaml::is_common(text)
}

fn first_difference(found: &str, wanted: &str) -> String {
    let lines = found.lines().zip(wanted.lines()).enumerate();
    let differs = lines.into_iter().find(|(_, (a, b))| a != b);
    let Some((n, _)) = differs else {
        return "one is longer, or the troubles differ".to_owned();
    };
    let around = |text: &str| {
        let lines = text.lines().skip(n.saturating_sub(2)).take(4);
        lines.collect::<Vec<_>>().join("\n")
    };
    format!("found\n{}\nwanted\n{}", around(found), around(wanted))
}

#[test]
fn all_test_data_reads_alike() {
    let texts = texts();
    let common = texts
        .iter()
        .filter(|(path, text)| same(text, &path.display().to_string()))
        .count();
    assert!(common * 2 > texts.len(), "{common} of {}", texts.len());
}

#[test]
fn damaged_texts_read_alike() {
    let texts: Vec<String> = texts()
        .into_iter()
        .map(|(_, text)| text)
        .filter(|text| text.len() < 1_500)
        .collect();
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut common, rounds) = (0, rounds(20_000));
    for round in 0..rounds {
        let whole = &texts[random.below(texts.len())];
        let text = damage(&mut random, whole);
        common += usize::from(same(&text, &format!("round {round}")));
    }
    assert!(common * 4 > rounds, "{common} of {rounds} were common");
}

/// How many texts a test makes: `ROUNDS`, else as told.
fn rounds(usual: usize) -> usize {
    let said = std::env::var("ROUNDS").ok();
    said.and_then(|it| it.parse().ok()).unwrap_or(usual)
}

/// Short texts out of the pieces that matter; most are wrong or odd.
#[test]
fn made_texts_read_alike() {
    const PIECES: &[&str] = &[
        "a", "b: ", "c:", "- ", "-", "\n", "\n", "\n  ", "\n    ", "\n ", " ", " #c", "#", "'q'",
        "\"d\"", "[", "]", "{", "}", ", ", ",", "&n ", "&n", "*n", "<<: *n", "|", ">-", "|-\n",
        ": ", ":", "x y", "''", "\"\\n\"", "é", "---\n", "? ", "!t ", "1", "~",
    ];
    let mut random = Random(0x9e37_79b9_97f4_a7c1);
    let (mut common, rounds) = (0, rounds(60_000));
    for round in 0..rounds {
        let mut text = String::new();
        for _ in 0..=random.below(14) {
            text.push_str(PIECES[random.below(PIECES.len())]);
        }
        common += usize::from(same(&text, &format!("round {round}")));
    }
    assert!(common * 100 > rounds, "{common} of {rounds} were common");
}

/// Texts out of whole lines; many are right, and columns are what goes wrong.
#[test]
fn made_lines_read_alike() {
    const LINES: &[&str] = &[
        "a:",
        "b: x y",
        "\"c\": 'it''s'",
        "- x",
        "- a: b",
        "-",
        "- - y",
        "- k:",
        "d: |",
        "e: >-",
        "- |",
        "f: [a, 'b']",
        "g: {x: 1, y: [z]}",
        "h: [",
        "a,",
        "]",
        "# note",
        "i: v # note",
        "",
        "   ",
        "j: &n",
        "k: &m v",
        "l: *n",
        "<<: *m",
        "- *n",
        "- &n",
        "text",
        "text # note",
        "*n",
        "&n",
        "[x]",
        "m : z",
        "n: \"a\\nb\"",
        "o: http://x/#y",
        "- &m z",
        "- # note",
        "p: # note",
        "key: a:b",
        "'q'",
        "| ",
        "{r: s}",
        "- {t: u} # note",
        "- [",
    ];
    let mut random = Random(0x1234_5678_9abc_def1);
    let (mut common, rounds) = (0, rounds(60_000));
    for round in 0..rounds {
        let mut text = String::new();
        for _ in 0..=random.below(8) {
            text.push_str(&" ".repeat([0, 0, 0, 2, 2, 2, 4, 1][random.below(8)]));
            text.push_str(LINES[random.below(LINES.len())]);
            text.push('\n');
        }
        if random.below(8) == 0 {
            text.pop();
        }
        common += usize::from(same(&text, &format!("round {round}")));
    }
    assert!(common * 20 > rounds, "{common} of {rounds} were common");
}

/// Block scalars of all kinds of lines.
#[test]
fn made_block_scalars_read_alike() {
    const LINES: &[&str] = &[
        "x",
        "y # z",
        " deeper",
        "  deeper still ",
        "",
        "",
        " ",
        "- i",
        "k: v",
        "# c",
        "end ",
    ];
    let mut random = Random(0x0bad_5eed_1234_5678);
    let (mut common, rounds) = (0, rounds(40_000));
    for round in 0..rounds {
        let mut text = String::from(["a: ", "- ", "- a: ", "a:\n  ", ""][random.below(5)]);
        text.push_str(["|", ">", "|-", ">-", ">", ">+", "|2"][random.below(7)]);
        let indent = 1 + random.below(4);
        for _ in 0..=random.below(6) {
            text.push('\n');
            let line = LINES[random.below(LINES.len())];
            let indent = if random.below(12) == 0 { 1 } else { indent };
            if !line.is_empty() || random.below(3) == 0 {
                text.push_str(&" ".repeat(indent));
            }
            text.push_str(line);
        }
        text.push_str(["\n", "\nb: c\n", "", "\n\n", "\n# end\n"][random.below(5)]);
        common += usize::from(same(&text, &format!("round {round}")));
    }
    assert!(common * 4 > rounds, "{common} of {rounds} were common");
}
