//! Scripts of the project that a service runs.
//!
//! Owns how a word of a command, an entrypoint or a healthcheck leads to a file
//! beside the Compose file: through a mount of the project's own folders, or
//! through a COPY of the build's context. Where anything is in doubt there is no
//! file. Must not know what a script does.

use std::path::{Path, PathBuf};

use super::load::{Loader, Scope, join};
use crate::model::workload::{Build, LocalScript, Test, Workload};
use crate::yaml::{Flags, Value};

/// Scripts above this many bytes are not read.
const MAX_BYTES: usize = 64 * 1024;

/// Words that may be scripts, for one service; nobody names more.
const MAX_WORDS: usize = 8;

/// Reads the scripts that the words of a workload name.
pub(super) fn read(
    loader: &mut Loader<'_>,
    workload: &Workload,
    service: &Value,
    scope: &Scope,
) -> Vec<LocalScript> {
    let copies = workload.build.as_ref().map(copies).unwrap_or_default();
    if workload.volumes.is_empty() && copies.is_empty() {
        return Vec::new();
    }
    let names = names(workload);
    let Some(dir) = (!names.is_empty()).then(|| working_dir(workload, service)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for name in names.into_iter().take(MAX_WORDS) {
        let Some(inside) = inside(&name, dir.as_deref()) else {
            continue;
        };
        let path = match mounted(loader, workload, service, scope, &inside) {
            Mounted::At(path) => Some(path),
            Mounted::Unknown => None,
            Mounted::No => copied(loader, workload, &copies, &inside),
        };
        let Some(path) = path.filter(|it| loader.reader.is_file(it)) else {
            continue;
        };
        let Ok(file) = loader.text(&path) else {
            continue;
        };
        if is_shell(loader.sources.get(file).text()) {
            found.push(LocalScript {
                word: name.as_str().into(),
                file,
            });
        }
    }
    found
}

/// Whether a text says in its first line that a shell reads it.
fn is_shell(text: &str) -> bool {
    let first = text.lines().next().unwrap_or("");
    let Some(line) = first.strip_prefix("#!").filter(|_| text.len() <= MAX_BYTES) else {
        return false;
    };
    let mut words = line.split_whitespace();
    let base = |word: Option<&str>| {
        word.and_then(|it| it.rsplit('/').next())
            .unwrap_or("")
            .to_owned()
    };
    let mut program = base(words.next());
    if program == "env" {
        program = base(words.find(|it| !it.starts_with('-')));
    }
    matches!(program.as_str(), "sh" | "bash" | "ash" | "dash" | "ksh")
}

/// The words that could name a script, each once.
fn names(workload: &Workload) -> Vec<String> {
    let mut texts: Vec<&str> = Vec::new();
    for command in [&workload.entrypoint, &workload.command]
        .into_iter()
        .flatten()
    {
        let known = command.value.words.iter().filter(|it| !it.value.unknown);
        texts.extend(known.map(|it| it.value.text.as_ref()));
    }
    match workload
        .healthcheck
        .as_ref()
        .and_then(|it| it.test.as_ref())
        .map(|it| &it.value)
    {
        Some(Test::Exec(words)) => {
            let known = words.iter().filter(|it| !it.value.unknown);
            texts.extend(known.map(|it| it.value.text.as_ref()));
        }
        Some(Test::Shell { script, .. }) if !script.value.unknown => {
            texts.push(script.value.text.as_ref());
        }
        _ => {}
    }
    let ends = |it: char| it.is_whitespace() || ";&|()\"'`<>".contains(it);
    let mut names: Vec<String> = Vec::new();
    for word in texts.into_iter().flat_map(|it| it.split(ends)) {
        let path = word.contains('/') || word.ends_with(".sh") || word.ends_with(".bash");
        let plain = !word.contains(['$', '*', '?', ':', '=']) && !word.ends_with('/');
        if path && plain && !word.starts_with('-') && !names.iter().any(|it| it == word) {
            names.push(word.to_owned());
        }
    }
    names
}

/// The folder in which the container's program starts, if that is known.
fn working_dir(workload: &Workload, service: &Value) -> Option<String> {
    if let Some(dir) = service.get("working_dir").filter(|it| !it.is_null()) {
        let known = !dir.flags.has(Flags::UNKNOWN);
        return dir.as_str().filter(|_| known).map(|it| it.to_string());
    }
    let made = workload.build.as_ref()?.made.as_ref()?;
    let mut dirs = made
        .instructions
        .iter()
        .filter_map(|it| argument(it, "WORKDIR"));
    let dir = dirs.next()?;
    let sure = dir.starts_with('/') && !dir.contains('$') && dirs.next().is_none();
    sure.then(|| dir.to_owned())
}

/// The path in the container that a word names.
fn inside(word: &str, dir: Option<&str>) -> Option<String> {
    let path = match word.starts_with('/') {
        true => PathBuf::from(word),
        false => Path::new(dir?).join(word),
    };
    let path = crate::source::clean(&path);
    path.is_absolute()
        .then(|| path.to_string_lossy().into_owned())
}

enum Mounted {
    /// The file on this side.
    At(PathBuf),
    /// Something is mounted there, and nobody knows what it holds.
    Unknown,
    /// Nothing is mounted there.
    No,
}

/// What the mount that covers a path puts there.
fn mounted(
    loader: &Loader<'_>,
    workload: &Workload,
    service: &Value,
    scope: &Scope,
    inside: &str,
) -> Mounted {
    let covers = |target: &str| below(inside, target).is_some();
    let volumes = workload.volumes.iter().filter(|it| covers(&it.target));
    let Some(volume) = volumes.max_by_key(|it| it.target.len()) else {
        return Mounted::No;
    };
    let items = service.get("volumes").and_then(Value::as_seq);
    let item = items.and_then(|items| items.iter().find(|it| it.at == volume.at));
    let known = item.is_some_and(is_known);
    let own = |path: &&Path| {
        path.is_absolute() && (path.starts_with(&scope.dir) || path.starts_with(loader.shown_from))
    };
    let source = volume.source.as_deref().map(Path::new).filter(|_| known);
    let Some((source, rest)) = source.filter(own).zip(below(inside, &volume.target)) else {
        return Mounted::Unknown;
    };
    Mounted::At(if rest.is_empty() {
        source.to_owned()
    } else {
        source.join(rest)
    })
}

/// Whether no part of a mount rests on an unknown variable.
fn is_known(item: &Value) -> bool {
    let own = !item.flags.has(Flags::UNKNOWN);
    let parts = item.as_map().into_iter().flatten();
    own && parts
        .into_iter()
        .all(|it| !it.value.flags.has(Flags::UNKNOWN))
}

/// The rest of a path below a folder or file; empty where they are the same.
fn below<'p>(path: &'p str, target: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(target.trim_end_matches('/'))?;
    match rest.strip_prefix('/') {
        Some(rest) => Some(rest),
        None => rest.is_empty().then_some(rest),
    }
}

/// A COPY or ADD out of the build's context.
struct Copy {
    sources: Vec<String>,
    target: String,
}

/// The arguments of an instruction of this name.
fn argument<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let (word, rest) = line.split_once(char::is_whitespace)?;
    word.eq_ignore_ascii_case(name).then(|| rest.trim())
}

/// Every COPY and ADD of a build; none where one of them cannot be read.
fn copies(build: &Build) -> Vec<Copy> {
    let lines = build.made.iter().flat_map(|it| &it.instructions);
    let mut copies = Vec::new();
    for line in lines {
        let Some(rest) = argument(line, "COPY").or_else(|| argument(line, "ADD")) else {
            continue;
        };
        // Out of another stage, or written in place: not a file of this project.
        if rest.contains("--from") || rest.contains("<<") {
            continue;
        }
        let Some(copy) = copy(rest) else {
            return Vec::new();
        };
        copies.push(copy);
    }
    copies
}

fn copy(rest: &str) -> Option<Copy> {
    let words = rest
        .split_whitespace()
        .skip_while(|it| it.starts_with("--"));
    let text = words.collect::<Vec<_>>().join(" ");
    let mut words: Vec<String> = match text.starts_with('[') {
        true => serde_json::from_str(&text).ok()?,
        false => text.split(' ').map(str::to_owned).collect(),
    };
    let target = words.pop()?;
    let plain = |it: &String| !it.contains(['$', '*', '?', '[', '"', '\'']) && !it.contains("://");
    let sure = !words.is_empty() && words.iter().all(plain) && plain(&target);
    sure.then_some(Copy {
        sources: words,
        target,
    })
}

/// The file of the context that a COPY puts there, if exactly one does.
fn copied(
    loader: &Loader<'_>,
    workload: &Workload,
    copies: &[Copy],
    inside: &str,
) -> Option<PathBuf> {
    let build = workload.build.as_ref()?;
    let context = Path::new(build.context.as_ref()?.value.as_ref());
    let made = build.made.as_ref()?;
    let mut dirs = made
        .instructions
        .iter()
        .filter_map(|it| argument(it, "WORKDIR"));
    let dir = dirs
        .next()
        .filter(|it| it.starts_with('/') && !it.contains('$'));
    let dir = dir.filter(|_| dirs.next().is_none());
    let mut found: Vec<PathBuf> = Vec::new();
    for copy in copies {
        let target = self::inside(&copy.target, dir)?;
        let folder = copy.target.ends_with('/') || copy.target == "." || copy.sources.len() > 1;
        for source in &copy.sources {
            let path = join(context, source.trim_start_matches('/'));
            let rest = below(inside, &target);
            let Some(rest) = rest.filter(|_| path.starts_with(context)) else {
                continue;
            };
            let from = match (loader.reader.is_file(&path), folder) {
                (true, true) => path
                    .ends_with(rest)
                    .then_some(path)
                    .filter(|_| !rest.contains('/')),
                (true, false) => rest.is_empty().then_some(path),
                (false, _) => (!rest.is_empty()).then(|| path.join(rest)),
            };
            found.extend(from.filter(|it| loader.reader.is_file(it)));
        }
    }
    found.dedup();
    let name = inside.rsplit('/').next().unwrap_or(inside);
    let rewritten = made
        .instructions
        .iter()
        .any(|it| argument(it, "RUN").is_some_and(|run| run.contains(name) && run.contains('>')));
    (found.len() == 1 && !rewritten).then(|| found.pop())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_says_so_in_its_first_line_and_is_short() {
        for text in [
            "#!/bin/sh\n",
            "#! /usr/bin/env bash\n",
            "#!/usr/bin/env -S bash -e\n",
            "#!/bin/ash -eu",
        ] {
            assert!(is_shell(text), "{text:?}");
        }
        let long = format!("#!/bin/sh\n{}", "#".repeat(MAX_BYTES));
        for text in ["", "sleep 10\n", "#!/usr/bin/python3\n", "# sh\n", &long] {
            assert!(!is_shell(text), "{:?}", &text[..text.len().min(20)]);
        }
    }

    #[test]
    fn paths_lie_below_whole_folders_only() {
        assert_eq!(below("/app/wait.sh", "/app"), Some("wait.sh"));
        assert_eq!(below("/app/wait.sh", "/app/"), Some("wait.sh"));
        assert_eq!(below("/app/wait.sh", "/"), Some("app/wait.sh"));
        assert_eq!(below("/app", "/app"), Some(""));
        assert_eq!(below("/application", "/app"), None);
    }

    #[test]
    fn copies_with_a_doubt_are_none() {
        let sources = |rest: &str| copy(rest).map(|it| it.sources);
        let some = |names: &[&str]| Some(names.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(
            sources("--chown=1:1 a.sh b.sh /bin/"),
            some(&["a.sh", "b.sh"])
        );
        assert_eq!(sources(r#"["a.sh", "/bin/"]"#), some(&["a.sh"]));
        for doubt in [
            "*.sh /bin/",
            "$X /bin",
            "https://x.example/a.sh /a.sh",
            "alone",
        ] {
            assert_eq!(sources(doubt), None, "{doubt}");
        }
    }
}
