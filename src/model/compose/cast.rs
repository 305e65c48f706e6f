//! Booleans and integers out of interpolated text.
//!
//! Owns the two casts that matter here (compose-go v2.16.2,
//! `loader/interpolate.go`). The loader applies them at a fixed list of paths
//! to every string there, whether or not it held a variable. Must not know
//! that list.

/// `true`, `y`, `yes`, `on`, `false`, `n`, `no`, `off` in any case; nothing
/// else, so neither `1` nor a space around.
pub fn to_bool(text: &str) -> Option<bool> {
    const WORDS: [(&str, bool); 8] = [
        ("true", true),
        ("y", true),
        ("yes", true),
        ("on", true),
        ("false", false),
        ("n", false),
        ("no", false),
        ("off", false),
    ];
    WORDS
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(text))
        .map(|(_, value)| *value)
}

/// Decimal digits with at most one sign, within 64 bits: no `0x`, no `_`, no
/// point, no space. A leading zero is decimal.
pub fn to_int(text: &str) -> Option<i64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_those_of_the_reference() {
        for text in ["true", "TRUE", "True", "y", "Y", "yes", "Yes", "on", "ON"] {
            assert_eq!(to_bool(text), Some(true), "{text:?}");
        }
        for text in ["false", "FALSE", "n", "N", "no", "No", "off", "OFF"] {
            assert_eq!(to_bool(text), Some(false), "{text:?}");
        }
        for text in [
            "",
            "1",
            "0",
            "t",
            "f",
            " true",
            "true ",
            "yes!",
            "null",
            "ye\u{17f}",
        ] {
            assert_eq!(to_bool(text), None, "{text:?}");
        }
    }

    #[test]
    fn integers_are_those_of_the_reference() {
        let fine = [
            ("0", 0),
            ("-0", 0),
            ("+7", 7),
            ("007", 7),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ];
        for (text, value) in fine {
            assert_eq!(to_int(text), Some(value), "{text:?}");
        }
        for text in [
            "",
            "+",
            "-",
            " 1",
            "1 ",
            "1_0",
            "0x10",
            "1.0",
            "1e2",
            "--1",
            "\u{661}",
            "9223372036854775808",
        ] {
            assert_eq!(to_int(text), None, "{text:?}");
        }
    }
}
