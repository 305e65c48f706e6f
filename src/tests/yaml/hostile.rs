//! Texts made to hurt: each ends and says which limit it met. What they cost is
//! measured by `benches/`; work that grows too fast shows here as a test that hangs.

use std::fmt::Write as _;

use crate::source::FileId;
use crate::yaml::value::{self, MAX_VALUES};
use crate::yaml::{self, Kind, Tree, Trouble, TroubleKind};

/// Reads a text and builds the value of its first document.
fn read(text: &str) -> (Tree, Vec<Trouble>) {
    let (tree, mut troubles) = yaml::parse(text);
    if let Some(root) = tree.roots(text).next() {
        troubles.extend(value::build(root, FileId(0), MAX_VALUES).1.troubles);
    }
    (tree, troubles)
}

#[track_caller]
fn only(troubles: &[Trouble], kind: TroubleKind, part: &str) {
    assert_eq!(
        troubles.len(),
        1,
        "{:.3?}",
        troubles.iter().take(3).collect::<Vec<_>>()
    );
    assert_eq!(troubles[0].kind, kind);
    assert!(
        troubles[0].message.contains(part),
        "{}",
        troubles[0].message
    );
}

#[test]
fn deep_nesting_is_a_limit() {
    let block: String = (0..2_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    for text in [
        "[".repeat(10_000),
        "{a: ".repeat(10_000),
        "- ".repeat(10_000),
        "? ".repeat(10_000),
        block,
    ] {
        only(&read(&text).1, TroubleKind::Limit, "more than 255 deep");
    }
}

#[test]
fn aliases_unfold_up_to_a_limit() {
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for n in 1..10 {
        let list = vec![format!("*a{}", n - 1); 9].join(", ");
        let _ = writeln!(laughs, "a{n}: &a{n} [{list}]");
    }
    only(
        &read(&laughs).1,
        TroubleKind::Limit,
        "unfolds to more than 100000 values",
    );

    let quadratic = format!(
        "a: &a [{}]\nb: [{}]\n",
        "x, ".repeat(10_000),
        "*a, ".repeat(10_000)
    );
    only(
        &read(&quadratic).1,
        TroubleKind::Limit,
        "unfolds to more than 100000 values",
    );

    let mut merges = String::from("m0: &m0 {a: 1, b: {c: 2}}\n");
    for n in 1..40 {
        let _ = writeln!(
            merges,
            "m{n}: &m{n}\n  k{n}: 1\n  <<: [*m{0}, *m{0}]",
            n - 1
        );
    }
    only(
        &read(&merges).1,
        TroubleKind::Limit,
        "unfolds to more than 100000 values",
    );
}

#[test]
fn aliases_in_aliases_do_not_exhaust_the_stack() {
    let mut chain = String::from("- &a0 x\n");
    for n in 1..60 {
        let _ = writeln!(
            chain,
            "- &a{n} {}*a{}{}",
            "[".repeat(200),
            n - 1,
            "]".repeat(200)
        );
    }
    only(&read(&chain).1, TroubleKind::Limit, "more than 300 deep");
}

#[test]
fn aliases_inside_themselves_are_refused_once() {
    let text = "a: &a {b: &b [*a], c: *b}\n";
    only(
        &read(text).1,
        TroubleKind::Syntax,
        "inside the node that it names",
    );
    for merge in [
        "a: &a\n  <<: *a\n  b: 1\n",
        "a: &a\n  <<: [*a, {c: 1}]\n  b: 1\n",
        "a: &a\n- <<: *a\n- 1\n",
    ] {
        only(
            &read(merge).1,
            TroubleKind::Syntax,
            "inside the node that it names",
        );
    }
    for merge in ["<<: *b\n", "<<: [*b, {c: 1}]\n"] {
        only(&read(merge).1, TroubleKind::Syntax, "names no anchor");
    }
}

#[test]
fn only_mappings_are_merged() {
    for text in [
        "<<: 1\n",
        "<<:\n",
        "<<: [{a: 1}, b]\n",
        "<<: [[{a: 1}]]\n",
        "a: &a x\nb:\n  <<: *a\n",
        "a: &a [x]\nb:\n  <<: [*a]\n",
    ] {
        only(&read(text).1, TroubleKind::Syntax, "takes a mapping");
    }
    for text in ["<<: {a: 1}\n", "<<: []\n", "a: &a [{x: 1}]\nb:\n  <<: *a\n"] {
        assert_eq!(read(text).1, [], "{text:?}");
    }
}

#[test]
fn large_texts_are_refused_by_size() {
    let text = format!("a: \"{}\"\n", "x".repeat(20 << 20));
    only(
        &read(&text).1,
        TroubleKind::Limit,
        "files above 16 MB are not read",
    );
    let text = "a: b\n".repeat(17 << 20 >> 2);
    only(
        &read(&text).1,
        TroubleKind::Limit,
        "files above 16 MB are not read",
    );
}

#[test]
fn a_large_scalar_is_read() {
    for text in [
        format!("a: \"{}\"\n", "x\\n".repeat(1 << 20)),
        format!("a: |\n{}", "  x y\n".repeat(1 << 18)),
        format!("a: {}\n", "x".repeat(4 << 20)),
    ] {
        assert_eq!(read(&text).1, []);
    }
}

#[test]
fn many_nodes_are_read_in_linear_time() {
    let keys: String = (0..300_000).map(|n| format!("k{n}: v\n")).collect();
    let (tree, troubles) = read(&keys);
    assert_eq!(tree.len(), 600_001);
    only(
        &troubles,
        TroubleKind::Limit,
        "unfolds to more than 100000 values",
    );

    let (tree, troubles) = read(&"---\na\n".repeat(100_000));
    assert_eq!((tree.roots("").count(), troubles.len()), (100_000, 0));

    let (tree, troubles) = read(&"# note\n".repeat(100_000));
    assert_eq!((tree.comments().len(), troubles.len()), (100_000, 0));
    let (tree, _) = read(&"# note\r".repeat(100_000));
    assert_eq!(tree.comments().len(), 100_000);

    let text = format!("key:\n{}  - x\n", "  # note\n".repeat(100_000));
    assert_eq!(read(&text).1, []);
}

#[test]
fn many_equal_keys_are_reported_up_to_a_limit() {
    let (_, troubles) = read(&"a: 1\n".repeat(90_000 / 2));
    assert_eq!(
        troubles
            .iter()
            .filter(|t| t.kind == TroubleKind::DuplicateKey)
            .count(),
        1_000
    );
    assert_eq!(troubles.len(), 1_000);
}

#[test]
fn many_errors_stay_linear() {
    let (tree, troubles) = read(&"---\na: [\n".repeat(20_000));
    assert_eq!(tree.roots("").count(), 20_000);
    assert!(troubles.len() >= 1_000, "{}", troubles.len());

    let (_, troubles) = read(&"m:\n  a: 'x\n  y'\n---\n".repeat(3_000));
    let tolerated = troubles
        .iter()
        .filter(|t| t.kind == TroubleKind::Tolerated)
        .count();
    assert_eq!(tolerated, 64);
    assert_eq!(troubles.len(), 3_000);
}

#[test]
fn control_characters_are_named() {
    only(&read("a: x\0y\nb: 1\n").1, TroubleKind::Syntax, "U+0000");
    only(
        &read("a: \"x\0y\"\nb: 1\n").1,
        TroubleKind::Syntax,
        "U+0000",
    );
    only(&read("# \0\nb: 1\n").1, TroubleKind::Syntax, "U+0000");
    only(&read("a: 1\n\0b: 1\n").1, TroubleKind::Syntax, "U+0000");
    only(&read("a: x\u{7}y\n").1, TroubleKind::Syntax, "U+0007");
    only(
        &read("a: 1\n\u{feff}b: 2\n").1,
        TroubleKind::Syntax,
        "byte order mark",
    );
}

#[test]
fn a_lone_carriage_return_breaks_lines() {
    let text = "a: 1\rb: # note\r  c\r";
    let (tree, troubles) = read(text);
    assert_eq!(troubles, []);
    let root = tree.roots(text).next().unwrap();
    assert_eq!(root.kind(), Kind::Mapping);
    assert_eq!(root.get("b").map(|b| b.text()), Some("c"));
    assert!(tree.comments()[0].trailing);
}
