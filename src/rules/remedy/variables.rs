//! Variables of a test that the container is to fill in.
//!
//! Owns the repairs of `unescaped-variable`, and who else uses a variable.

use std::ops::Range;

use super::{REVEALS, has_shell, shell_test, test_of};
use crate::finding::{Fix, Safety};
use crate::model::compose::interpolate::interpolate;
use crate::model::workload::{Test, Value, Workload};
use crate::probe::mentions;
use crate::repair::{double, shell_words};
use crate::rules::{Context, shell_words as words};
use crate::source::{At, Spanned};

/// Doubles the `$` of every use of a variable in a word of the test. Safe
/// where it is empty now as far as the files tell, and the container gives it
/// a value; where both have one, only a person knows which is meant.
pub(in crate::rules) fn escape(
    cx: &Context<'_>,
    index: usize,
    word: &Spanned<Value>,
    (name, uses): (&str, &[Range<usize>]),
    empty: bool,
) -> Result<Fix, String> {
    let workload = cx.workload(index);
    let service = cx.name(index);
    let safety = if empty { Safety::Safe } else { Safety::Unsafe };
    let mut fix = Fix::new(format!("leave `{name}` to the container"), safety, service)
        .behaviour(format!(
            "the test of `{service}` sees the `{name}` of its container"
        ))
        .reveals(REVEALS);
    let (_, written) = test_of(cx, workload)?;
    let mut pieces: Vec<_> = uses
        .iter()
        .map(|it| (it.start..it.start, "$".to_owned()))
        .collect();
    pieces.sort_by_key(|it: &(Range<usize>, String)| it.0.start);
    if is_read_by_shell(workload, word) {
        let raw = written.raw()?;
        let at = number(workload, word).unwrap_or(0);
        let raw = raw.get(at).map_or("", String::as_str);
        if uses.iter().any(|it| is_literal(raw, it.start)) {
            return Err("it stands in single quotes, where no shell reads it".to_owned());
        }
        fix.changes.push(written.replace_raw(word, &pieces)?);
        return Ok(fix);
    }
    has_shell(cx, index)?;
    let mut all = written.raw()?;
    for raw in &mut all {
        for at in uses_of(cx, name, raw).iter().rev() {
            raw.insert(at.start, '$');
        }
    }
    let quoted = all.iter().map(|it| match it.contains('$') {
        true => double(it),
        false => shell_words([it]),
    });
    let script = quoted.collect::<Vec<_>>().join(" ");
    fix.changes.push(written.set(&shell_test(script)));
    Ok(fix)
}

/// The uses of a variable in a text.
fn uses_of(cx: &Context<'_>, name: &str, raw: &str) -> Vec<Range<usize>> {
    let uses = interpolate(raw, &cx.view.resolved.env).uses;
    let same = uses.into_iter().filter(|it| it.name == name);
    let mut ranges: Vec<_> = same.map(|it| it.range).collect();
    ranges.sort_by_key(|it| it.start);
    ranges
}

/// Whether a place of a script stands in single quotes that are not themselves
/// a script.
fn is_literal(script: &str, at: usize) -> bool {
    let (mut single, mut double) = (None, false);
    let head = script.get(..at).unwrap_or("");
    let mut chars = head.char_indices();
    while let Some((place, c)) = chars.next() {
        match c {
            '\\' if single.is_none() => drop(chars.next()),
            '"' if single.is_none() => double = !double,
            '\'' if !double => {
                single = if single.is_none() { Some(place) } else { None };
            }
            _ => {}
        }
    }
    let opened = single.and_then(|it| head.get(..it));
    opened.is_some_and(|before| !before.trim_end().ends_with("-c"))
}

/// Whether other keys use the variable too, so that somebody sets it.
pub(in crate::rules) fn used_elsewhere(cx: &Context<'_>, name: &str) -> bool {
    let resolved = &cx.view.resolved;
    let is_test = |at: At| {
        cx.stack.workloads.iter().any(|it| {
            let test = it.healthcheck.as_ref().and_then(|it| it.test.as_ref());
            test.is_some_and(|it| {
                it.at.file == at.file
                    && it.at.span.start <= at.span.start
                    && at.span.end <= it.at.span.end
            })
        })
    };
    resolved.trees.iter().any(|(file, tree)| {
        let text = resolved.sources.get(*file).text();
        tree.all(text)
            .any(|node| mentions(node.text(), name) && !is_test(At::new(*file, node.span())))
    })
}

/// Whether a shell reads a word: it is a script, or what `sh -c` gets.
fn is_read_by_shell(workload: &Workload, word: &Spanned<Value>) -> bool {
    let Some(at) = number(workload, word) else {
        return true;
    };
    let test = workload
        .healthcheck
        .as_ref()
        .and_then(|it| it.test.as_ref());
    let Some(Test::Exec(all)) = test.map(|it| &it.value) else {
        return true;
    };
    let text = |at: usize| all.get(at).map_or("", |it| it.value.text.as_ref());
    let base = text(0).rsplit('/').next().unwrap_or("");
    words::is_shell(base) && at > 1 && text(at - 1).starts_with('-') && text(at - 1).ends_with('c')
}

/// The number of a word in a list without a shell.
fn number(workload: &Workload, word: &Spanned<Value>) -> Option<usize> {
    let test = workload.healthcheck.as_ref()?.test.as_ref()?;
    let Test::Exec(all) = &test.value else {
        return None;
    };
    all.iter().position(|it| it.at == word.at)
}

#[cfg(test)]
mod tests {
    use super::is_literal;

    #[test]
    fn single_quotes_keep_a_variable_from_the_shell() {
        let script = r#"a "$A" '$B' "it's $C" \' $D sh -c '$E'"#;
        let found = ["$A", "$B", "$C", "$D", "$E"]
            .map(|it| is_literal(script, script.find(it).unwrap_or(0)));
        assert_eq!(found, [false, true, false, false, false]);
    }
}
