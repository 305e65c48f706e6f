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
