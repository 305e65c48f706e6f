//! Times as people read and write them.
//!
//! Owns the wording only. Must not know what a time stands for.

use std::time::Duration;

/// Seconds as people read them: `0.5 s`, `12 s`, `3 m 20 s`.
pub fn seconds(duration: Duration) -> String {
    let tenths = (duration.as_millis() + 50) / 100;
    let (whole, tenth) = (tenths / 10, tenths % 10);
    if whole >= 120 {
        return match whole % 60 {
            0 => format!("{} min", whole / 60),
            rest => format!("{} min {rest} s", whole / 60),
        };
    }
    if tenth == 0 {
        format!("{whole} s")
    } else {
        format!("{whole}.{tenth} s")
    }
}

/// A difference with its sign: `+1.5 s`, `−12 s`; no sign where it is none.
pub fn difference(before: Duration, after: Duration) -> String {
    let by = seconds(after.abs_diff(before));
    match after.cmp(&before) {
        _ if by == "0 s" => by,
        std::cmp::Ordering::Less => format!("−{by}"),
        _ => format!("+{by}"),
    }
}

/// A time as a Compose file has it: `30s`, `90s`, `2m`, `1500ms`.
pub fn written(duration: Duration) -> String {
    let millis = duration.as_millis();
    if !millis.is_multiple_of(1000) {
        return format!("{millis}ms");
    }
    match (millis / 60_000, millis / 1000 % 60) {
        (minutes, 0) if minutes > 0 => format!("{minutes}m"),
        _ => format!("{}s", millis / 1000),
    }
}

/// A time as people type it: `45`, `0.5`, `30s`, `1m30s`, `500ms`, `1h`.
/// `None` for what is no time, is negative or exceeds 10,000 hours.
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = 0.0_f64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.');
        let (number, tail) = rest.split_at(end.unwrap_or(rest.len()));
        let unit_end = tail.find(|it: char| !it.is_ascii_alphabetic());
        let (unit, next) = tail.split_at(unit_end.unwrap_or(tail.len()));
        let scale = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "" if number == text.trim() => 1.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * scale;
        rest = next;
    }
    (total <= 3.6e7).then(|| Duration::try_from_secs_f64(total).ok())?
}

/// Names in a circle, the first once more at the end.
pub(crate) fn round(names: &[&str]) -> String {
    let quoted = names.iter().chain(names.first());
    let quoted: Vec<String> = quoted.map(|name| format!("`{name}`")).collect();
    quoted.join(" → ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_type_them() {
        let seconds = |text| duration(text).map(|it| it.as_secs_f64());
        assert_eq!(seconds("45"), Some(45.0));
        assert_eq!(seconds("30s"), Some(30.0));
        assert_eq!(seconds("1m30s"), Some(90.0));
        assert_eq!(seconds("500ms"), Some(0.5));
        for wrong in [
            "",
            "-1",
            "s",
            "1x",
            "5 5",
            "1m30",
            "1e9h",
            "..",
            "99999999h",
        ] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (millis, text) in [
            (30_000, "30s"),
            (90_000, "90s"),
            (120_000, "2m"),
            (1500, "1500ms"),
        ] {
            let time = Duration::from_millis(millis);
            assert_eq!(written(time), text);
            assert_eq!(duration(text), Some(time));
        }
    }
}
