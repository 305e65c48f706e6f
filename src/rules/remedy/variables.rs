//! Variables of a test that the container is to fill in.
//!
//! Owns the repairs of `unescaped-variable`.

use std::ops::Range;

use super::{REVEALS, has_shell, shell_test, test_of};
use crate::finding::{Fix, Safety};
use crate::model::workload::{Test, Value, Workload};
use crate::repair::shell_words;
use crate::rules::{Context, shell_words as words};
use crate::source::Spanned;

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
    let pieces: Vec<_> = uses
        .iter()
        .map(|it| (it.start..it.start, "$".to_owned()))
        .collect();
    if is_read_by_shell(workload, word) {
        fix.changes.push(written.replace_raw(word, &pieces)?);
        return Ok(fix);
    }
    has_shell(cx, index)?;
    let number = number(workload, word).ok_or("the word is none of a list")?;
    let mut all = written.raw()?;
    let raw = all.get_mut(number).ok_or("the word is none of the list")?;
    for at in uses.iter().rev() {
        raw.insert(at.start, '$');
    }
    fix.changes
        .push(written.set(&shell_test(shell_words(&all))));
    Ok(fix)
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
