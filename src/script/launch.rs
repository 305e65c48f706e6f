//! Programs that start another program: wrappers, init programs, shells.
//!
//! Owns how many words of a command belong to the wrapper. Must not know what
//! the inner command does.

use super::syntax::RawWord;
use super::wait::seconds;

/// What is left of a command once its wrappers are taken off.
#[derive(Debug, Default)]
pub(super) struct Launch {
    /// The index of the first word that belongs to the inner command.
    pub(super) start: usize,
    /// The index of the word that a shell reads as a script (`sh -c`, `eval`).
    pub(super) script: Option<usize>,
    /// That shell was told to stop at the first failure.
    pub(super) errexit: bool,
    /// The base names of the wrappers and shells, outermost first.
    pub(super) wrappers: Vec<String>,
    /// The bound in seconds that `timeout` sets.
    pub(super) timeout: Option<f64>,
}

/// The base name of a program, if its word is known and can be a program.
pub(super) fn base(word: &RawWord) -> Option<&str> {
    let name = word.text.rsplit('/').next().unwrap_or("");
    let blank = word.text.chars().any(char::is_whitespace);
    // A word that starts with a dash is an argument for somebody else.
    let expands = name.contains(['$', '`']) || word.text.starts_with('-');
    (!name.is_empty() && !blank && !expands).then_some(name)
}

/// Looks through the wrappers at the start of a command.
pub(super) fn unwrap(words: &[RawWord]) -> Launch {
    let mut launch = Launch::default();
    while let Some(name) = words.get(launch.start).and_then(base) {
        let rest = &words[launch.start + 1..];
        if is_shell(name) {
            if let Some(found) = shell_script(rest) {
                launch.script = Some(launch.start + 1 + found.at);
                launch.errexit = found.errexit;
                launch.wrappers.push(name.to_owned());
            }
            return launch;
        }
        let Some(taken) = wrapper(name, rest) else {
            return launch;
        };
        let script = name == "su" || name == "eval";
        if taken >= rest.len() {
            return launch;
        }
        if name == "timeout" {
            launch.timeout = timeout_of(&rest[..taken]);
        }
        launch.wrappers.push(name.to_owned());
        launch.start += 1 + taken;
        if script {
            launch.script = Some(launch.start);
            return launch;
        }
    }
    launch
}

/// Whether this is a shell that takes a script after `-c`.
pub(super) fn is_shell(name: &str) -> bool {
    matches!(
        name,
        "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh" | "mksh"
    )
}

struct Found {
    at: usize,
    errexit: bool,
}

/// Finds the script among the words behind a shell's name.
fn shell_script(rest: &[RawWord]) -> Option<Found> {
    let (mut script, mut errexit) = (false, false);
    let mut at = 0;
    while let Some(word) = rest.get(at) {
        let text = word.text.as_str();
        if text == "--" {
            at += 1;
            break;
        }
        if let Some(letters) = text.strip_prefix('-').or_else(|| text.strip_prefix('+'))
            && !letters.starts_with('-')
            && !letters.is_empty()
        {
            let on = text.starts_with('-');
            script |= on && letters.contains('c');
            errexit |= on && letters.contains('e');
            if letters.ends_with('o') || letters.ends_with('O') {
                at += 1;
                errexit |= rest.get(at).is_some_and(|option| option.text == "errexit");
            }
        } else if !text.starts_with("--") {
            break;
        }
        at += 1;
    }
    (script && at < rest.len()).then_some(Found { at, errexit })
}

/// How many words behind a wrapper's name belong to it; `None` if this is no
/// wrapper.
fn wrapper(name: &str, rest: &[RawWord]) -> Option<usize> {
    let taken = match name {
        "exec" => options(rest, "a"),
        "env" => {
            let after = options(rest, "uCS");
            let assigned = rest[after.min(rest.len())..].iter();
            after + assigned.take_while(|word| word.text.contains('=')).count()
        }
        "sudo" | "doas" => options(rest, "ugphrtCDRTU"),
        "nice" | "ionice" => options(rest, "nc"),
        "timeout" => {
            let after = options(rest, "skt");
            // Old BusyBox takes the time as an option: `timeout -t 5 cmd`.
            let old = rest.first().is_some_and(|word| word.text == "-t");
            after + usize::from(!old)
        }
        "nohup" | "setsid" | "time" | "builtin" | "busybox" | "catatonit" => options(rest, ""),
        "with-contenv" | "docker-init" => options(rest, ""),
        "command" => {
            let query = rest
                .first()
                .is_some_and(|word| matches!(word.text.as_str(), "-v" | "-V"));
            if query {
                return None;
            }
            options(rest, "")
        }
        "stdbuf" => options(rest, "ioe"),
        "tini" | "tini-static" => options(rest, "pe"),
        "dumb-init" => options(rest, "r"),
        "gosu" | "su-exec" | "s6-setuidgid" | "chroot" => options(rest, "") + 1,
        "setpriv" | "chpst" => options(rest, "ueo"),
        "runuser" => options(rest, "ugGsw"),
        "su" => su_script(rest)?,
        "eval" if rest.len() == 1 => 0,
        // The official images' entrypoint runs its arguments.
        "docker-entrypoint.sh" => {
            let first = rest.first()?;
            if first.text.starts_with('-') {
                return None;
            }
            0
        }
        _ => return None,
    };
    Some(taken)
}

/// How many leading words are options, where the `valued` letters take the
/// next word unless something is attached.
fn options(rest: &[RawWord], valued: &str) -> usize {
    let mut at = 0;
    while let Some(word) = rest.get(at) {
        let text = word.text.as_str();
        if text == "--" {
            return at + 1;
        }
        if !text.starts_with('-') || text == "-" {
            return at;
        }
        let mut letters = text[1..].chars();
        let first = letters.next();
        let takes = first.is_some_and(|letter| valued.contains(letter));
        at += 1 + usize::from(takes && letters.next().is_none());
    }
    at
}

/// Where the script of `su … -c SCRIPT` stands.
fn su_script(rest: &[RawWord]) -> Option<usize> {
    let flag = rest
        .iter()
        .position(|word| word.text == "-c" || word.text == "--command")?;
    (flag + 1 < rest.len()).then_some(flag + 1)
}

fn timeout_of(own: &[RawWord]) -> Option<f64> {
    seconds(&own.last()?.text)
}
