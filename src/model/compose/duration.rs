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
