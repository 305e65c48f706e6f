//! The `.env` grammar held against the reference loader, and its positions.
//!
//! Owns the table of answers that compose-go v2.16.2 gave. Must not know files.

use super::*;

/// A file; the variables, by name, that the reference had read from it by
/// the end or up to an error; and whether there was none. It was asked with
/// `A=outer`, `HOME=/h` and `N=` around.
type Row = (&'static str, &'static [(&'static str, &'static str)], bool);
const TABLE: &[Row] = &[
    ("", &[], true),
    ("A=1", &[("A", "1")], true),
    ("A=1\nB=2\n", &[("A", "1"), ("B", "2")], true),
    ("A=1\r\nB=2\r\n", &[("A", "1"), ("B", "2")], true),
    ("\u{feff}A=1", &[("A", "1")], true),
    ("  A = 1 ", &[("A", "1")], true),
    ("A:1", &[("A", "1")], true),
    ("A: 1", &[("A", "1")], true),
    ("A=b=c", &[("A", "b=c")], true),
    ("A=", &[("A", "")], true),
    ("A=\nB=1", &[("A", ""), ("B", "1")], true),
    ("A= \n", &[("A", "")], true),
    ("export A=1", &[("A", "1")], true),
    ("export  A=1", &[("A", "1")], true),
    ("export\tA=1", &[("A", "1")], true),
    ("exportA=1", &[("exportA", "1")], true),
    ("export=1", &[("export", "1")], true),
    ("export =1", &[("", "1")], true),
    ("export A\n", &[("A", "outer")], true),
    ("export ", &[], false),
    ("export\nA=1", &[("A", "1")], true),
    ("NAME\n", &[], true),
    ("HOME\n", &[("HOME", "/h")], true),
    ("HOME", &[("", "HOME")], true),
    ("HOME\r\nA=1", &[("A", "1"), ("HOME", "/h")], true),
    ("A=1\nHOME", &[("", "HOME"), ("A", "1")], true),
    ("A B=1", &[], false),
    ("A\tB=1", &[("A\tB", "1")], true),
    ("A B\n", &[], false),
    ("A%=1", &[], false),
    ("A.b-c[0]=1", &[("A.b-c[0]", "1")], true),
    ("é=1", &[("é", "1")], true),
    ("1A=1", &[("1A", "1")], true),
    ("=1", &[("", "1")], true),
    ("A=1\nA=2", &[("A", "2")], true),
    ("# c\nA=1 # c\n", &[("A", "1")], true),
    ("A=1#c", &[("A", "1#c")], true),
    ("A=1\t# c", &[("A", "1\t# c")], true),
    ("A=# c", &[("A", "# c")], true),
    ("A= # c", &[("A", "# c")], true),
    ("A=a # b # c", &[("A", "a")], true),
    ("A='a # b'", &[("A", "a # b")], true),
    ("A=\"a # b\" # c", &[("A", "a # b")], true),
    ("A=\"1\"B=2", &[("A", "1"), ("B", "2")], true),
    ("A='1' B=2", &[("A", "1"), ("B", "2")], true),
    ("A=\"x\"y", &[("", "y"), ("A", "x")], true),
    ("A='$HOME'", &[("A", "$HOME")], true),
    ("A=\"$HOME\"", &[("A", "/h")], true),
    ("A=$HOME/x", &[("A", "/h/x")], true),
    ("A=${HOME}x", &[("A", "/hx")], true),
    ("A=$B\nB=1", &[("A", ""), ("B", "1")], true),
    ("B=1\nA=$B", &[("A", "1"), ("B", "1")], true),
    (
        "HOME=/mine\nA=$HOME",
        &[("A", "/h"), ("HOME", "/mine")],
        true,
    ),
    ("A=${B:-d}", &[("A", "d")], true),
    ("A=\"${B:-d}\"", &[("A", "d")], true),
    ("A='${B:-d}'", &[("A", "${B:-d}")], true),
    ("A=${B:?no}", &[], false),
    ("A=${", &[], false),
    ("A='${'", &[("A", "${")], true),
    ("A=$$x", &[("A", "$x")], true),
    ("A=\\$HOME", &[("A", "\\/h")], true),
    ("A=\"\\$HOME\"", &[("A", "$HOME")], true),
    ("A='\\$HOME'", &[("A", "\\$HOME")], true),
    ("A=a\\nb", &[("A", "a\\nb")], true),
    ("A=\"a\\nb\"", &[("A", "a\nb")], true),
    ("A='a\\nb'", &[("A", "a\\nb")], true),
    (
        "A=\"\\t\\r\\v\\f\\a\\b\"",
        &[("A", "\t\r\u{b}\u{c}\u{7}\u{8}")],
        true,
    ),
    ("A=\"\\c\\q\\x41\"", &[("A", "\\c\\q\\x41")], true),
    ("A=\"\\0101\"", &[("A", "A")], true),
    ("A=\"\\01012\"", &[("A", "A2")], true),
    ("A=\"\\0\"", &[("A", "\\")], true),
    ("A=\"\\07\"", &[("A", "\\7")], true),
    ("A=\"\\0377\"", &[("A", "ÿ")], true),
    ("A=\"\\0400\"", &[("A", "\\400")], true),
    ("A=\"\\089\"", &[("A", "\\89")], true),
    ("A=\"a\\\"b\"", &[("A", "a\"b")], true),
    ("A='a\\'b'", &[("A", "a'b")], true),
    ("A=\"a\\\\\"", &[("A", "a\\")], true),
    ("A='a\\\\'", &[("A", "a\\\\")], true),
    ("A=\"a\nb\"\nB=1", &[("A", "a\nb"), ("B", "1")], true),
    ("A='a\nb'", &[("A", "a\nb")], true),
    ("A=\"a", &[], false),
    ("A='a\nB=1", &[], false),
    ("A=a\"b\"", &[("A", "a\"b\"")], true),
    ("A=a'b", &[("A", "a'b")], true),
    ("A=\"a\" trailing\n", &[("A", "a")], true),
    ("A=x\u{2003}\n", &[("A", "x")], true),
    ("A\u{a0}=1", &[("A", "1")], true),
    ("\u{2003}A=1", &[("A", "1")], true),
    ("A=1\nB%\nC=3", &[("A", "1")], false),
    ("A=\"\"", &[("A", "")], true),
    ("A=''\n", &[("A", "")], true),
    ("A=a\\\nb", &[("", "b"), ("A", "a\\")], true),
];

fn around(name: &str) -> Option<String> {
    let vars = [("A", "outer"), ("HOME", "/h"), ("N", "")];
    vars.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| (*value).to_owned())
}

#[test]
fn results_are_those_of_the_reference() {
    for (text, vars, fine) in TABLE {
        let read = parse(text, &around);
        let mut got: Vec<_> = read
            .vars
            .iter()
            .map(|(name, var)| (name.as_str(), var.value.as_str()))
            .collect();
        got.sort_unstable();
        assert_eq!(got, *vars, "{text:?}");
        assert_eq!(read.error.is_none(), *fine, "{text:?}");
    }
}

#[test]
fn ranges_point_at_what_was_written() {
    let text = "\u{feff}# c\nexport A = x y # c\r\nB:\"é\\n\" \nHOME\nA=2";
    let read = parse(text, &around);
    let seen: Vec<_> = read
        .vars
        .values()
        .map(|var| {
            (
                var.key.start,
                &text[var.key.clone()],
                &text[var.written.clone()],
            )
        })
        .collect();
    assert_eq!(
        seen,
        [(42, "A", "2"), (27, "B", "\"é\\n\""), (37, "HOME", "")]
    );
}

#[test]
fn errors_point_at_the_fault() {
    let at = |text| parse(text, &around).error.map(|error| error.offset);
    assert_eq!(at("A=1\nB C=2"), Some(5));
    assert_eq!(at("A=1\nB%=2"), Some(5));
    assert_eq!(at("A=1\nB= 'x"), Some(7));
    assert_eq!(at("A=1\nB= ${"), Some(7));
}

#[test]
fn earlier_files_are_asked_last() {
    let before = Env::from_iter([("A", "before"), ("B", "before"), ("C", "before")]);
    let read = parse_after("B=here\nX=$A $B $C", &around, &before);
    assert_eq!(read.vars["X"].value, "outer here before");
}

#[test]
fn growth_is_bounded() {
    let mut text = "A0=xxxxxxxx\n".to_owned();
    for n in 1..40 {
        text += &std::format!("A{n}=$A{0}$A{0}\n", n - 1);
    }
    let read = parse(&text, &|_| None);
    assert!(read.error.is_some());
    assert!(read.vars.values().map(|var| var.value.len()).sum::<usize>() <= MAX_VALUES);
}
