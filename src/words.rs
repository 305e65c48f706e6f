//! Times and dates as people read and write them; which name is meant by another.
//!
//! Owns the wording only. Must not know what a time or a name stands for.

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

/// A day of the calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Date {
    /// The year, from 1.
    pub year: u32,
    /// The month, from 1.
    pub month: u32,
    /// The day of the month, from 1.
    pub day: u32,
}

impl Date {
    /// Reads `YYYY-MM-DD`; `None` for what is no such day.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts.as_slice() else {
            return None;
        };
        if (year.len(), month.len(), day.len()) != (4, 2, 2) || !parts.iter().all(|it| digits(it)) {
            return None;
        }
        let date = Self {
            year: year.parse().ok()?,
            month: month.parse().ok()?,
            day: day.parse().ok()?,
        };
        let is_day = date.year > 0
            && (1..=12).contains(&date.month)
            && (1..=days(date.year, date.month)).contains(&date.day);
        is_day.then_some(date)
    }

    /// The day in UTC that is so many seconds after the start of 1970.
    pub fn of_seconds(seconds: u64) -> Self {
        let mut left = seconds / 86_400;
        let (mut year, mut month) = (1970, 1);
        while left >= u64::from(length(year)) {
            left -= u64::from(length(year));
            year += 1;
        }
        while left >= u64::from(days(year, month)) {
            left -= u64::from(days(year, month));
            month += 1;
        }
        let day = u32::try_from(left).unwrap_or(0) + 1;
        Self { year, month, day }
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The days of a month of the Gregorian calendar.
const fn days(year: u32, month: u32) -> u32 {
    match month {
        2 => length(year) - 337,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days of a year.
const fn length(year: u32) -> u32 {
    let leaps = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    if leaps { 366 } else { 365 }
}

/// The name that is most like `wanted`, if one is close enough to be meant: at
/// most two edits, and fewer than half of the letters.
pub fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    // Names whose lengths differ by more than two cannot be two edits apart.
    let letters: Vec<char> = wanted.chars().collect();
    let near = names.filter(|name| name.chars().count().abs_diff(letters.len()) <= 2);
    let mut rows = Rows::default();
    let scored = near.map(|name| (rows.edits(&letters, name), name));
    let (distance, name) = scored.min()?;
    (distance <= 2 && distance * 2 < letters.len().max(3)).then_some(name)
}

/// Three rows of a table of distances: the last two, and the one being made.
#[derive(Default)]
struct Rows([Vec<usize>; 3]);

impl Rows {
    /// How many letters must change to turn one text into the other; two
    /// neighbours that change places count once.
    fn edits(&mut self, a: &[char], b: &str) -> usize {
        let b: Vec<char> = b.chars().collect();
        let [above, last, row] = &mut self.0;
        last.clear();
        last.extend(0..=b.len());
        for i in 1..=a.len() {
            row.clear();
            row.push(i);
            for j in 1..=b.len() {
                let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut best = replace.min(last[j] + 1).min(row[j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(above[j - 2] + 1);
                }
                row.push(best);
            }
            std::mem::swap(above, last);
            std::mem::swap(last, row);
        }
        last[b.len()]
    }
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

    #[test]
    fn only_days_that_exist_are_dates() {
        let told = |text| Date::parse(text).map(|it| it.to_string());
        for text in ["2024-02-29", "2000-02-29", "2026-12-31"] {
            assert_eq!(told(text).as_deref(), Some(text));
        }
        for text in [
            "2023-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-13-01",
            "2026-1-01",
            "+026-01-01",
            "soon",
            "2026-01-00",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_since_1970_are_days() {
        let told = |seconds| Date::of_seconds(seconds).to_string();
        assert_eq!(told(0), "1970-01-01");
        assert_eq!(told(86_399), "1970-01-01");
        assert_eq!(told(951_782_400), "2000-02-29");
        assert_eq!(told(951_868_800), "2000-03-01");
        assert_eq!(told(1_767_225_599), "2025-12-31");
    }

    #[test]
    fn a_name_is_meant_by_one_that_is_two_edits_away() {
        let names = ["select", "severity"];
        assert_eq!(nearest("selct", names.into_iter()), Some("select"));
        assert_eq!(nearest("esverity", names.into_iter()), Some("severity"));
        assert_eq!(nearest("rules", names.into_iter()), None);
    }
}
