//! Durations such as `1m30s`.
//!
//! Owns reading and writing them as the reference loader does (compose-go
//! v2.16.2 `types/duration.go`, which calls xhit/go-str2duration v2.1.0). Must
//! not know which keys hold one or what their defaults are.

use std::time::Duration;

const UNITS: [(&str, i64); 10] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
    ("d", 24 * 3_600 * 1_000_000_000),
    ("w", 168 * 3_600 * 1_000_000_000),
];

/// Numbers with units, `ns us µs ms s m h d w`, any of them with a fraction,
/// in any order, more than once: `1m30s`, `1.5h`, `.5s`, `+1d`. A number
/// without a unit is no duration unless it is `0`. A negative one is none
/// either: the loader takes it, but no engine does.
pub fn parse(text: &str) -> Option<Duration> {
    u64::try_from(parse_nanos(text)?)
        .ok()
        .map(Duration::from_nanos)
}

/// As [`parse`], in nanoseconds, with the negative ones that the loader takes.
pub fn parse_nanos(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0i64;
    while !rest.is_empty() {
        let (nanos, after) = term(rest)?;
        total = total.checked_add(nanos)?;
        rest = after;
    }
    Some(if negative { -total } else { total })
}

/// One number with its unit, and what follows it.
fn term(text: &str) -> Option<(i64, &str)> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), digits);
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let end = rest
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(end);
    let nanos = UNITS.iter().find(|(name, _)| *name == unit)?.1;
    let whole: i64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let whole = whole.checked_mul(nanos)?;
    Some((whole.checked_add(part_of(fraction, nanos))?, rest))
}

/// The nanoseconds in a decimal fraction of a unit, rounded down. Floating
/// point on purpose: the reference computes so, and its last digit shows it.
fn part_of(fraction: &str, nanos: i64) -> i64 {
    let (mut digits, mut scale) = (0i64, 1f64);
    for digit in fraction.bytes().map(|byte| i64::from(byte - b'0')) {
        let Some(more) = digits
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(digit))
        else {
            break;
        };
        digits = more;
        scale *= 10.0;
    }
    (digits as f64 * (nanos as f64 / scale)) as i64
}

fn digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// The shortest usual way to write a duration: hours, minutes and seconds
/// without zero parts (`1h30s`, `1.5s`), below a second one unit (`500ms`).
/// [`parse`] reads it back unchanged.
pub fn format(duration: Duration) -> String {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    if seconds == 0 && nanos > 0 {
        let (unit, size): (&str, u32) = match nanos {
            1_000_000.. => ("ms", 1_000_000),
            1_000.. => ("us", 1_000),
            _ => ("ns", 1),
        };
        let width = size.ilog10() as usize;
        return decimal(u64::from(nanos / size), nanos % size, width) + unit;
    }
    let mut out = String::new();
    for (count, unit) in [(seconds / 3600, 'h'), (seconds / 60 % 60, 'm')] {
        if count > 0 {
            out.push_str(&count.to_string());
            out.push(unit);
        }
    }
    if out.is_empty() || seconds % 60 > 0 || nanos > 0 {
        out.push_str(&decimal(seconds % 60, nanos, 9));
        out.push('s');
    }
    out
}

/// `whole.fraction` with a fraction of `width` digits, trailing zeros dropped.
fn decimal(whole: u64, fraction: u32, width: usize) -> String {
    if fraction == 0 {
        return whole.to_string();
    }
    let fraction = std::format!("{fraction:0width$}");
    std::format!("{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text and the nanoseconds that the reference read; `None` is an error.
    const TABLE: &[(&str, Option<i64>)] = &[
        ("0", Some(0)),
        ("+0", Some(0)),
        ("-0", Some(0)),
        ("00", None),
        ("0s", Some(0)),
        ("10", None),
        ("1m30s", Some(90_000_000_000)),
        ("1m 30s", None),
        ("90s", Some(90_000_000_000)),
        ("1.5h", Some(5_400_000_000_000)),
        ("1.5", None),
        ("1d", Some(86_400_000_000_000)),
        ("1w", Some(604_800_000_000_000)),
        ("2w3d", Some(1_468_800_000_000_000)),
        ("1h30", None),
        ("500ms", Some(500_000_000)),
        ("5us", Some(5_000)),
        ("5µs", Some(5_000)),
        ("5μs", Some(5_000)),
        ("5ns", Some(5)),
        (".5s", Some(500_000_000)),
        ("1.s", Some(1_000_000_000)),
        (".s", None),
        ("s", None),
        ("", None),
        ("+", None),
        ("-", None),
        ("+1s", Some(1_000_000_000)),
        ("-5s", Some(-5_000_000_000)),
        ("--1s", None),
        ("1s-1s", None),
        ("30s1m", Some(90_000_000_000)),
        ("1s1s", Some(2_000_000_000)),
        ("1S", None),
        ("1M", None),
        ("1min", None),
        ("1sec", None),
        ("1e3s", None),
        (" 1s", None),
        ("1s ", None),
        ("1_0s", None),
        ("1.2.3s", None),
        ("0.1ns", Some(0)),
        ("1.9ns", Some(1)),
        ("0.3333333333333333333h", Some(1_200_000_000_000)),
        ("0.1234567891s", Some(123_456_789)),
        ("1.0000000000000000000001s", Some(1_000_000_000)),
        ("9223372036854775807ns", Some(9_223_372_036_854_775_807)),
        ("9223372036854775808ns", None),
        ("-9223372036854775807ns", Some(-9_223_372_036_854_775_807)),
        ("9223372036s", Some(9_223_372_036_000_000_000)),
        ("9223372037s", None),
        ("106751d", Some(9_223_286_400_000_000_000)),
        ("106752d", None),
        ("15250w", Some(9_223_200_000_000_000_000)),
        ("15251w", None),
        ("9223372036854775807ns1ns", None),
        ("\u{661}s", None),
        ("1y", None),
        ("1.5w", Some(907_200_000_000_000)),
    ];

    #[test]
    fn results_are_those_of_the_reference() {
        for (text, want) in TABLE {
            assert_eq!(parse_nanos(text), *want, "{text:?}");
            let positive = want.and_then(|nanos| u64::try_from(nanos).ok());
            assert_eq!(parse(text), positive.map(Duration::from_nanos), "{text:?}");
        }
    }

    #[test]
    fn durations_are_written_short() {
        let cases: [(u64, &str); 12] = [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5us"),
            (500_000_000, "500ms"),
            (999_999_999, "999.999999ms"),
            (1_500_000_000, "1.5s"),
            (30_000_000_000, "30s"),
            (60_000_000_000, "1m"),
            (90_000_000_000, "1m30s"),
            (3_600_000_000_000, "1h"),
            (3_605_000_000_000, "1h5s"),
            (90_000_050_000_000, "25h0.05s"),
        ];
        for (nanos, text) in cases {
            assert_eq!(format(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for nanos in TABLE
            .iter()
            .filter_map(|(_, nanos)| u64::try_from((*nanos)?).ok())
        {
            let duration = Duration::from_nanos(nanos);
            assert_eq!(parse(&format(duration)), Some(duration), "{nanos}");
        }
    }
}
