//! What a scalar's text means: null, boolean, number or text.
//!
//! Follows go-yaml's resolver (`resolve.go`, v3 and v4), because Compose and
//! kubectl read their files through it: `0755` is octal, `yes` and `on` are
//! text. Must not know which tool asks.

use super::node::Style;

/// A scalar with its type.
#[derive(Clone, PartialEq, Debug)]
pub enum Scalar<'t> {
    /// Absent, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(&'t str),
}

impl Scalar<'_> {
    /// Whether both are of one type.
    pub(crate) fn is_like(&self, other: &Scalar<'_>) -> bool {
        use Scalar::{Bool, Float, Int, Null, Str};
        matches!(
            (self, other),
            (Null, Null)
                | (Bool(_), Bool(_))
                | (Int(_), Int(_))
                | (Float(_), Float(_))
                | (Str(_), Str(_))
        )
    }
}

/// The meaning of `text` written in `style` under `tag`.
pub fn resolve<'t>(text: &'t str, style: Style, tag: Option<&str>) -> Scalar<'t> {
    match tag {
        Some("tag:yaml.org,2002:str" | "!") => return Scalar::Str(text),
        Some("tag:yaml.org,2002:null") => return Scalar::Null,
        // Under a tag of its own a scalar is text, an absent one too.
        Some(custom) if !custom.starts_with("tag:yaml.org,2002:") => return Scalar::Str(text),
        _ => {}
    }
    match style {
        Style::Empty => Scalar::Null,
        Style::Plain => plain(text),
        _ => Scalar::Str(text),
    }
}

fn plain(text: &str) -> Scalar<'_> {
    match text.as_bytes().first() {
        None => Scalar::Null,
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(text).unwrap_or(Scalar::Str(text)),
        Some(b't' | b'T' | b'f' | b'F' | b'n' | b'N' | b'~') => match text {
            "true" | "True" | "TRUE" => Scalar::Bool(true),
            "false" | "False" | "FALSE" => Scalar::Bool(false),
            "null" | "Null" | "NULL" | "~" => Scalar::Null,
            _ => Scalar::Str(text),
        },
        Some(_) => Scalar::Str(text),
    }
}

fn number(text: &str) -> Option<Scalar<'_>> {
    match text {
        ".nan" | ".NaN" | ".NAN" => return Some(Scalar::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Some(Scalar::Float(f64::INFINITY));
        }
        "-.inf" | "-.Inf" | "-.INF" => return Some(Scalar::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    let buffer;
    let digits = if text.contains('_') {
        buffer = text.replace('_', "");
        buffer.as_str()
    } else {
        text
    };
    if let Some(int) = integer(digits) {
        return Some(Scalar::Int(int));
    }
    // Nothing computes with a number this large, but its digits must stay.
    if digits.parse::<u64>().is_ok() && !digits.starts_with('0') {
        return Some(Scalar::Str(text));
    }
    is_float(digits)
        .then(|| digits.parse().ok().map(Scalar::Float))
        .flatten()
}

/// A whole number in the notations of Go's `ParseInt` with base 0.
fn integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.as_bytes().first().is_some_and(u8::is_ascii_hexdigit) {
        return None;
    }
    if sign.is_empty() {
        return i64::from_str_radix(digits, radix).ok();
    }
    i64::from_str_radix(&format!("-{digits}"), radix).ok()
}

/// Whether the text is a decimal number with optional fraction and exponent.
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        ),
        None => (text, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let some_digit = !whole.is_empty() || !fraction.is_empty();
    let exponent_fits = exponent.is_none_or(|digits| !digits.is_empty() && all_digits(digits));
    some_digit && all_digits(whole) && all_digits(fraction) && exponent_fits
}

/// A number as Go's `fmt.Sprint` writes it, which is what an environment
/// variable gets: exponents below -4 and from 6 up are written with `e`.
pub fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 {
            "+Inf".into()
        } else {
            "-Inf".into()
        };
    }
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let power: i32 = exponent.parse().unwrap_or(0);
    if value == 0.0 || (-4..6).contains(&power) {
        return format!("{value}");
    }
    let sign = if power < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", power.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_go_yaml_says() {
        let cases = [
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("null", Scalar::Null),
            ("true", Scalar::Bool(true)),
            ("yes", Scalar::Str("yes")),
            ("on", Scalar::Str("on")),
            ("0755", Scalar::Int(493)),
            ("0o17", Scalar::Int(15)),
            ("08", Scalar::Float(8.0)),
            ("1_000", Scalar::Int(1000)),
            ("-0x10", Scalar::Int(-16)),
            ("1.10", Scalar::Float(1.1)),
            (".5", Scalar::Float(0.5)),
            ("1e3", Scalar::Float(1000.0)),
            ("5432:5432", Scalar::Str("5432:5432")),
            ("1.2.3", Scalar::Str("1.2.3")),
            ("-", Scalar::Str("-")),
            ("0x", Scalar::Str("0x")),
            ("-9223372036854775808", Scalar::Int(i64::MIN)),
        ];
        for (text, want) in cases {
            let style = if text.is_empty() {
                Style::Empty
            } else {
                Style::Plain
            };
            assert_eq!(resolve(text, style, None), want, "{text}");
        }
        assert_eq!(resolve("5", Style::Single, None), Scalar::Str("5"));
        assert_eq!(
            resolve("5", Style::Plain, Some("tag:yaml.org,2002:str")),
            Scalar::Str("5")
        );
    }

    #[test]
    fn floats_are_written_as_go_writes_them() {
        let cases = [
            (1.1, "1.1"),
            (1e6, "1e+06"),
            (100_000.0, "100000"),
            (123_456_789.0, "1.23456789e+08"),
            (0.00001, "1e-05"),
            (3.0, "3"),
        ];
        for (value, want) in cases {
            assert_eq!(float_text(value), want);
        }
    }
}
