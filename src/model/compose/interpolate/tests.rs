//! The template grammar held against the reference loader, and its bounds.
//!
//! Owns the table of answers that compose-go v2.16.2 gave. Must not know files.

use super::*;

/// A template; what the reference made of it without any variable, and
/// which ones it then said were not set; and what it made of it with
/// `A=x`, `a=` and `_=y`. `!` marks an error.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("", "", "", ""),
    ("plain", "plain", "", "plain"),
    ("$A", "", "A", "x"),
    ("$A.b", ".b", "A", "x.b"),
    ("$A-b", "-b", "A", "x-b"),
    ("${A}", "", "A", "x"),
    ("x${A}y${A}z", "xyz", "A,A", "xxyxz"),
    ("$Ab", "", "Ab", ""),
    ("${Ab}", "", "Ab", ""),
    ("$_", "", "_", "y"),
    ("$1", "$1", "", "$1"),
    ("$", "$", "", "$"),
    ("a$", "a$", "", "a$"),
    ("$ A", "$ A", "", "$ A"),
    ("$-", "$-", "", "$-"),
    ("$.", "$.", "", "$."),
    ("$é", "$é", "", "$é"),
    ("$$", "$", "", "$"),
    ("$$A", "$A", "", "$A"),
    ("$$$A", "$", "A", "$x"),
    ("$$$$", "$$", "", "$$"),
    ("$${A}", "${A}", "", "${A}"),
    ("${}", "!invalid", "", "!invalid"),
    ("${", "!invalid", "", "!invalid"),
    ("${A", "!invalid", "", "!invalid"),
    ("${1A}", "!invalid", "", "!invalid"),
    ("${ A}", "!invalid", "", "!invalid"),
    ("${A }", "!invalid", "", "!invalid"),
    ("${A.b}", "!invalid", "", "!invalid"),
    ("${A:}", "!invalid", "", "!invalid"),
    ("${A:b}", "!invalid", "", "!invalid"),
    ("${A!b}", "!invalid", "", "!invalid"),
    ("${A:=b}", "!invalid", "", "!invalid"),
    ("$(A)", "$(A)", "", "$(A)"),
    ("$}", "$}", "", "$}"),
    ("${A}}", "}", "A", "x}"),
    ("{${A}}", "{}", "A", "{x}"),
    ("${A:-d}", "d", "", "x"),
    ("${A-d}", "d", "", "x"),
    ("${a:-d}", "d", "", "d"),
    ("${a-d}", "d", "", ""),
    ("${A:-}", "", "", "x"),
    ("${A-}", "", "", "x"),
    ("${A:--1}", "-1", "", "x"),
    ("${A-:-b}", ":-b", "", "x"),
    ("${A:-b:?c}", "b:?c", "", "x"),
    ("${A:-$B}", "", "B", "x"),
    ("${A:-${B}}", "", "B", "x"),
    ("${A:-${B:-${C:-deep}}}", "deep", "", "x"),
    ("${A:-${B?no}}", "!B: no", "", "x"),
    ("${A:-$$x}", "$x", "", "x"),
    ("${A:-a b}", "a b", "", "x"),
    ("${A:-{}", "{", "", "x"),
    ("${A:-{}}", "{}", "", "x"),
    ("${A:-{x}}", "{x}", "", "x"),
    ("${A:-{\"k\": 1}}", "{\"k\": 1}", "", "x"),
    ("${A:-}}", "}", "", "x}"),
    ("${A:-b}}", "b}", "", "x}"),
    ("${A:-x} and ${B:-y}", "x and y", "", "x and y"),
    ("${A:-x} and ${B", "!invalid", "", "!invalid"),
    ("${B:-x} ${ }", "!invalid", "", "!invalid"),
    ("${A-x}$B${C-y}", "xy", "B", "xy"),
    ("${A:?}", "!A: ", "", "x"),
    ("${A?}", "!A: ", "", "x"),
    ("${a:?empty}", "!a: empty", "", "!a: empty"),
    ("${a?empty}", "!a: empty", "", ""),
    ("${A:?need $B}", "!A: need ", "B", "x"),
    ("${A:?need ${}", "!invalid", "", "x"),
    ("${A?m:-d}", "!A: m:-d", "", "x"),
    ("${A:+y}", "", "", "y"),
    ("${A+y}", "", "", "y"),
    ("${a:+y}", "", "", ""),
    ("${a+y}", "", "", "y"),
    ("${A:+$A}", "", "", "x"),
    ("${A+${B:-z}}", "", "", "z"),
    ("${A:+${B?no}}", "", "", "!B: no"),
    ("${A:-\n}", "!invalid", "", "!invalid"),
    ("${A:-b}\n}", "b\n}", "", "x\n}"),
    ("${A:-b\n${B:-c}", "!invalid", "", "!invalid"),
    ("$A\n$B", "\n", "A,B", "x\n"),
    ("${A:?a} ${B?b}", "!A: a", "", "!B: b"),
    ("${A} ${", "!invalid", "A", "!invalid"),
    ("${B?b} ${", "!B: b", "", "!B: b"),
    ("\u{17f}$\u{17f}", "\u{17f}", "\u{17f}", "\u{17f}"),
    ("${\u{212a}}", "", "\u{212a}", ""),
    ("$Aé", "é", "A", "xé"),
    ("${A:-é}", "é", "", "x"),
    ("${A:-${B:-{${C}}}}", "{}", "C", "x"),
    ("${A:-${{B}}}", "!invalid", "", "x}"),
    ("${A:-$}", "$", "", "x"),
    ("${A:-$}}", "$}", "", "x}"),
];

fn answer(done: &Interpolated<'_>) -> String {
    match done.error.as_ref().map(|error| &error.kind) {
        None => done.text.to_string(),
        Some(InterpolationErrorKind::Invalid) => "!invalid".into(),
        Some(InterpolationErrorKind::Limit) => "!limit".into(),
        Some(InterpolationErrorKind::Required { name, message }) => {
            std::format!("!{name}: {message}")
        }
    }
}

#[test]
fn results_are_those_of_the_reference() {
    let env = Env::from_iter([("A", "x"), ("a", ""), ("_", "y")]);
    for (text, bare, missing, with) in TABLE {
        let done = interpolate(text, &Env::default());
        let names: Vec<_> = done.missing.iter().map(|(name, _)| *name).collect();
        assert_eq!(answer(&done), *bare, "{text:?}");
        assert_eq!(names.join(","), *missing, "{text:?}");
        assert_eq!(done.unknown, !missing.is_empty(), "{text:?}");
        assert_eq!(answer(&interpolate(text, &env)), *with, "{text:?}");
    }
}

#[test]
fn values_are_not_templates() {
    let env = Env::from_iter([("A", "$B ${"), ("B", "b")]);
    assert_eq!(interpolate("${A}$B", &env).text, "$B ${b");
}

#[test]
fn untouched_text_is_borrowed_and_unchanged() {
    for text in ["", "plain", "a $ b $1 $(c)"] {
        let done = interpolate(text, &Env::default());
        assert!(
            matches!(done.text, Cow::Borrowed(same) if same == text),
            "{text:?}"
        );
        assert!(!done.changed, "{text:?}");
    }
    assert!(interpolate("$$", &Env::default()).changed);
    let failed = interpolate("$A ${", &Env::default());
    assert!(matches!(failed.text, Cow::Borrowed("$A ${")));
}

#[test]
fn uses_carry_the_bytes_of_the_expression() {
    let text = "é $A ${B:-x${C}} ${D?}";
    let done = interpolate(text, &Env::from_iter([("A", ""), ("D", "d")]));
    let seen: Vec<_> = done
        .uses
        .iter()
        .map(|used| {
            (
                used.name,
                &text[used.range.clone()],
                used.had_default,
                used.set,
            )
        })
        .collect();
    let want = [
        ("A", "$A", false, true),
        ("B", "${B:-x${C}}", true, false),
        ("C", "${C}", false, false),
        ("D", "${D?}", false, true),
    ];
    assert_eq!(seen, want);
    assert_eq!(done.missing, [("C", 12..16)]);
    assert_eq!(done.text, "é  x d");
}

#[test]
fn errors_carry_the_bytes_at_fault() {
    let at = |text| {
        interpolate(text, &Env::default())
            .error
            .map(|error| error.range)
    };
    assert_eq!(at("a ${ b"), Some(2..4));
    assert_eq!(at("a ${A:-${B?no}}"), Some(7..14));
    assert_eq!(at("a ${A:-b}"), None);
}

#[test]
fn growth_is_bounded() {
    let nest = |depth| "${A:-".repeat(depth) + "x" + &"}".repeat(depth);
    assert_eq!(answer(&interpolate(&nest(MAX_DEPTH), &Env::default())), "x");
    assert_eq!(
        answer(&interpolate(&nest(MAX_DEPTH + 1), &Env::default())),
        "!limit"
    );
    let env = Env::from_iter([("A", "x".repeat(MAX_SUBSTITUTED / 2))]);
    assert_eq!(answer(&interpolate("$A$A", &env)).len(), MAX_SUBSTITUTED);
    assert_eq!(answer(&interpolate("$A$A${A}", &env)), "!limit");
}

#[test]
fn the_first_source_of_a_variable_wins_with_add() {
    let mut env = Env::from_iter([("A", "1")]);
    env.add("A", "2");
    env.add("B", "3");
    env.set("B", "4");
    assert_eq!(env.iter().collect::<Vec<_>>(), [("A", "1"), ("B", "4")]);
}
