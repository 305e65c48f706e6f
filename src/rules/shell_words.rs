//! Words of an argument vector that were meant for a shell.

/// Whether a program is a shell, which may read its arguments itself.
pub(super) fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
}

/// Whether a word can only be meant for a shell.
pub(super) fn is_operator(word: &str, program: &str) -> bool {
    if matches!(
        program,
        "find" | "expr" | "test" | "[" | "awk" | "jq" | "grep"
    ) {
        return false;
    }
    let word = word.trim();
    let joins = matches!(word, "|" | "||" | "&&" | ";" | ">" | ">>" | "<");
    let redirects = matches!(word, "2>&1" | ">/dev/null" | "2>/dev/null" | "&>/dev/null");
    joins || redirects || word.starts_with("|| ") || word.starts_with("&& ")
}

/// Whether a word, as written in the file, holds a `$$NAME` that this program
/// gets as it stands.
pub(super) fn is_literal(written: &str, program: &str) -> bool {
    const CLIENTS: [&str; 14] = [
        "curl",
        "mariadb",
        "mariadb-admin",
        "mongo",
        "mysql",
        "mysqladmin",
        "nc",
        "pg_isready",
        "psql",
        "rabbitmq-diagnostics",
        "rabbitmqctl",
        "redis-cli",
        "valkey-cli",
        "wget",
    ];
    let Some((_, after)) = written.split_once("$$") else {
        return false;
    };
    let starts = |c: char| c.is_ascii_uppercase() || c == '{' || c == '(';
    CLIENTS.contains(&program) && after.starts_with(starts)
}
