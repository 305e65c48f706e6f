//! Tests in a form that says something else than what was meant.
//!
//! Owns the repairs of `malformed-healthcheck`. They keep every word.

use super::super::shell_words::{is_operator, is_shell};
use super::{REVEALS, has_shell, shell_test, test_of};
use crate::finding::{Fix, Safety};
use crate::model::workload::{Test, Workload};
use crate::repair::{Written, shell_words};
use crate::rules::Context;
use crate::yaml;

/// Programs that fail on the words that a shell was meant to read.
const FAIL: [&str; 7] = [
    "curl",
    "mongo",
    "mongosh",
    "nc",
    "pg_isready",
    "psql",
    "wget",
];

/// What a list with a head changes.
const TAKEN: &str = "Compose takes the project, which it refuses now";

fn new_fix(workload: &Workload, title: impl Into<String>, safety: Safety) -> Fix {
    let name = workload.name.value.as_ref();
    Fix::new(title, safety, name)
        .behaviour(format!("the test of `{name}` runs as a whole"))
        .reveals(REVEALS)
}

/// A list without `CMD`: Compose refuses it, so that nothing that started can break.
pub(in crate::rules) fn headless(cx: &Context<'_>, index: usize) -> Result<Fix, String> {
    let workload = cx.workload(index);
    let (_, written) = test_of(cx, workload)?;
    let words = written.raw()?;
    let (first, rest) = words.split_first().ok_or("the list is empty")?;
    let head = first.to_ascii_uppercase().replace('_', "-");
    if matches!(head.as_str(), "CMD" | "CMD-SHELL" | "NONE") {
        if first == &head || rest.is_empty() {
            return Err("nothing stands behind this word".to_owned());
        }
        let title = format!("write `{head}`");
        let mut fix = new_fix(workload, title, Safety::Safe).behaviour(TAKEN);
        fix.changes.push(written.head(&head)?);
        return Ok(fix);
    }
    let script = is_script(first) || words.iter().any(|it| is_joint(it, ""));
    let test = if script {
        has_shell(cx, index)?;
        shell_test(joined(&words))
    } else {
        [&["CMD".to_owned()], words.as_slice()].concat()
    };
    let title = format!("begin the test with `{}`", test[0]);
    let mut fix = new_fix(workload, title, Safety::Safe).behaviour(TAKEN);
    fix.changes.push(written.set(&test));
    Ok(fix)
}

/// A string that is meant to be a list, or that begins with a word of lists.
/// Safe: no program of that name is there, so the test never succeeded.
pub(in crate::rules) fn string(cx: &Context<'_>, index: usize, head: &str) -> Result<Fix, String> {
    let workload = cx.workload(index);
    let (check, written) = test_of(cx, workload)?;
    let words = written.raw()?;
    let raw = words.first().ok_or("the test is empty")?;
    let text = raw.trim();
    let Some(Test::Shell { script, .. }) = check.test.as_ref().map(|it| &it.value) else {
        return Err("the test is no string".to_owned());
    };
    if text == "NONE" {
        let mut fix = new_fix(workload, "write `NONE` as a list", Safety::Safe);
        let name = &workload.name.value;
        fix = fix.behaviour(format!("`{name}` has no healthcheck"));
        fix.changes.push(written.set(&["NONE".to_owned()]));
        return Ok(fix);
    }
    if text.starts_with('[') {
        let (tree, troubles) = yaml::parse(text);
        let root = tree.roots(text).next().filter(|_| troubles.is_empty());
        let root = root.ok_or("what stands in the quotes is no list")?;
        let items: Vec<String> = root.items().map(|it| it.text().to_owned()).collect();
        let mut fix = new_fix(workload, "take the quotes off the list", Safety::Safe);
        fix.changes.push(written.set(&items));
        return Ok(fix);
    }
    let start = raw.len() - raw.trim_start().len();
    let behind = raw.get(start + head.len()..).unwrap_or("");
    let gap = behind.len() - behind.trim_start().len();
    if gap == 0 {
        return Err("the word does not stand alone".to_owned());
    }
    has_shell(cx, index)?;
    let title = format!("leave out `{head}`");
    let mut fix = new_fix(workload, title, Safety::Safe);
    let piece = (0..start + head.len() + gap, String::new());
    fix.changes.push(written.replace_raw(script, &[piece])?);
    Ok(fix)
}

/// Items behind the script of a `CMD-SHELL` list become part of it, or the
/// list one without a shell.
pub(in crate::rules) fn extra(cx: &Context<'_>, index: usize) -> Result<Fix, String> {
    let workload = cx.workload(index);
    let (_, written) = test_of(cx, workload)?;
    let words = written.raw()?;
    let (first, rest) = words.split_first().ok_or("the list is empty")?;
    let handler = is_script(first) && rest.iter().all(|it| it.trim().starts_with("|| exit"));
    let fails = matches!(base(first), "curl" | "wget" | "nc");
    // Neither user nor database changes what `pg_isready` says.
    let names = ["-h", "-p", "-t", "--host", "--port", "--timeout"];
    let same = base(first) == "pg_isready"
        && !rest
            .iter()
            .any(|it| names.iter().any(|name| it.starts_with(name)));
    let safety = if handler || fails || same {
        Safety::Safe
    } else {
        Safety::Unsafe
    };
    let builtin = matches!(
        first.as_str(),
        "exit" | "echo" | "true" | "test" | "[" | "cd"
    );
    let shell = builtin || is_script(first) || words.iter().any(|it| needs_shell(it, base(first)));
    if !shell {
        let mut fix = new_fix(workload, "run the list without a shell", safety);
        fix.changes.push(written.head("CMD")?);
        return Ok(fix);
    }
    let mut fix = new_fix(workload, "write one command for the shell", safety);
    fix.changes.push(written.set(&shell_test(joined(&words))));
    Ok(fix)
}

/// A `CMD` list that was meant for a shell.
pub(in crate::rules) fn exec(cx: &Context<'_>, index: usize) -> Result<Fix, String> {
    let workload = cx.workload(index);
    let (_, written) = test_of(cx, workload)?;
    let words = written.raw()?;
    let first = words.first().ok_or("the list is empty")?;
    has_shell(cx, index)?;
    let safety = if is_script(first) || FAIL.contains(&base(first)) || is_given(workload, &words) {
        Safety::Safe
    } else {
        Safety::Unsafe
    };
    let mut fix = new_fix(workload, "give the test to a shell", safety);
    fix.changes.push(shelled(&written, &words)?);
    Ok(fix)
}

type Changed = (crate::source::FileId, crate::yaml::edit::Change);

/// The words as a script: one word as it is, those of `sh -c` without it.
fn shelled(written: &Written<'_>, words: &[String]) -> Result<Changed, String> {
    match words {
        [_] => written.head("CMD-SHELL"),
        [shell, flag, script, rest @ ..]
            if base(shell) == "sh" && flag == "-c" && rest.iter().any(|it| is_joint(it, "sh")) =>
        {
            let script = format!("{script} {}", joined(rest));
            Ok(written.set(&shell_test(script)))
        }
        _ => Ok(written.set(&shell_test(joined(words)))),
    }
}

/// Whether every `$$NAME` of a list is a variable of the container, so that
/// the shell puts in what is meant.
fn is_given(workload: &Workload, words: &[String]) -> bool {
    if words.iter().any(|it| is_joint(it, base(&words[0]))) {
        return false;
    }
    let names = words.iter().flat_map(|it| it.split("$$").skip(1));
    let mut names = names.map(|it| {
        let name = it.trim_start_matches('{');
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &name[..end.unwrap_or(name.len())]
    });
    names.all(|it| workload.env(it).is_some())
}

fn base(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn is_script(word: &str) -> bool {
    word.trim().contains(char::is_whitespace)
}

/// Whether a word joins or redirects commands.
fn is_joint(word: &str, program: &str) -> bool {
    const STARTS: [&str; 6] = ["||", "&&", "| ", "; ", "> ", ">/"];
    is_operator(word, program) || STARTS.iter().any(|it| word.trim_start().starts_with(it))
}

fn needs_shell(word: &str, program: &str) -> bool {
    is_joint(word, program) || word.contains("$$")
}

/// The words as one script: a first word that is a script and what joins
/// commands stand as they are, others get the quotes that they need.
fn joined(words: &[String]) -> String {
    let mut out: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let raw = is_joint(word, "") || (at == 0 && is_script(word));
        let inner = at > 0 && words[at - 1].ends_with("-c") && {
            let shell = words[at - 1].split_ascii_whitespace().next().unwrap_or("");
            is_shell(base(shell)) || (at > 1 && is_shell(base(&words[at - 2])))
        };
        out.push(if raw {
            word.trim().to_owned()
        } else if inner && !word.contains('\'') {
            format!("'{word}'")
        } else {
            shell_words([word])
        });
    }
    out.join(" ")
}
