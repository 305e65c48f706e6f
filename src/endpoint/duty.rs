//! What a workload does with a database that is more than using it.
//!
//! Owns the programs and images of migrations, backups and the like; the
//! command counts before the image. Must not know addresses.

/// A use of a database that wants a connection of its own, past any pooler.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Duty {
    /// Changes the schema; holds advisory locks over transactions.
    Migration,
    /// Dumps or copies everything.
    Backup,
    /// Reads the server's own statistics.
    Exporter,
    /// A person's tool.
    Admin,
    /// A client program that runs once, with statements of its own.
    Statements,
    /// Reads the write-ahead log.
    Replication,
    /// Waits for notifications, or holds a session in another way.
    Listener,
}

impl Duty {
    /// What it does, as a phrase behind a name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Migration => "migrates the schema",
            Self::Backup => "makes backups",
            Self::Exporter => "reads the server's statistics",
            Self::Admin => "administers the server",
            Self::Statements => "runs statements of its own",
            Self::Replication => "replicates",
            Self::Listener => "holds a session",
        }
    }
}

/// The duty of a workload, from the words of entrypoint and command, else from
/// its image.
pub fn duty(words: &[&str], image: Option<&str>) -> Option<Duty> {
    by_command(words).or_else(|| by_image(image?))
}

fn by_command(words: &[&str]) -> Option<Duty> {
    let apart =
        |c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '"' | '\'' | '`');
    let tokens: Vec<&str> = words
        .iter()
        .flat_map(|it| it.split(apart))
        .filter(|it| !it.is_empty())
        .map(|it| it.rsplit('/').next().unwrap_or(it))
        .collect();
    let next = |at: usize, wanted: &[&str]| {
        let behind = tokens
            .iter()
            .skip(at + 1)
            .filter(|it| !it.starts_with('-'))
            .take(2);
        behind.into_iter().any(|it| wanted.contains(it))
    };
    tokens
        .iter()
        .enumerate()
        .find_map(|(at, token)| by_token(token, &|wanted| next(at, wanted)))
}

fn by_token(token: &str, next: &dyn Fn(&[&str]) -> bool) -> Option<Duty> {
    if token.ends_with("_exporter") || token.ends_with("-exporter") {
        return Some(Duty::Exporter);
    }
    // `runMigrations.js`, `migrate.py`: a script of the project.
    let script = token.rsplit_once('.').is_some_and(|(stem, ending)| {
        let endings = ["js", "mjs", "cjs", "ts", "py", "rb", "php", "sh"];
        endings.contains(&ending) && stem.to_ascii_lowercase().contains("migrat")
    });
    if script {
        return Some(Duty::Migration);
    }
    Some(match token {
        "alembic"
        | "flyway"
        | "liquibase"
        | "dbmate"
        | "goose"
        | "sqitch"
        | "golang-migrate"
        | "yoyo"
        | "db-migrate"
        | "drizzle-kit"
        | "ecto.migrate"
        | "db:migrate"
        | "db:prepare"
        | "db:setup"
        | "migration:run"
        | "migrations:migrate"
        | "doctrine:migrations:migrate"
        | "database-migration:migrate"
        | "migrate:latest"
        | "migrate:deploy"
        | "migrate.sh" => Duty::Migration,
        "prisma" if next(&["migrate", "push"]) => Duty::Migration,
        "manage.py" | "django-admin" | "artisan" | "knex" | "sqlx" | "diesel" | "atlas"
        | "rails" | "rake" | "ef" | "airflow" | "flask" | "superset"
            if next(&[
                "migrate",
                "migration",
                "migrations",
                "migrate:latest",
                "upgrade",
                "db:migrate",
                "update",
                "init",
            ]) =>
        {
            Duty::Migration
        }
        "migrate" if next(&["up", "goto", "down", "sql"]) => Duty::Migration,
        "pg_dump" | "pg_dumpall" | "pg_basebackup" | "mysqldump" | "mariadb-dump"
        | "xtrabackup" | "mariabackup" | "mydumper" | "wal-g" | "barman" | "pgbackrest" => {
            Duty::Backup
        }
        "pg_receivewal" | "pg_recvlogical" | "maxwell" => Duty::Replication,
        "psql" | "mysql" | "mariadb" | "createdb" | "pgbench" | "pg_restore" => Duty::Statements,
        "graphile-worker" | "pgboss" | "good_job" | "que" => Duty::Listener,
        _ => return None,
    })
}

fn by_image(image: &str) -> Option<Duty> {
    let name = image.split('@').next().unwrap_or(image);
    let tag = name.rfind(':').filter(|at| !name[*at..].contains('/'));
    let repository = name[..tag.unwrap_or(name.len())].to_ascii_lowercase();
    // Both are short: a searcher made for each word would cost more than a look.
    let has = |words: &[&str]| {
        let holds = |it: &&str| {
            let mut parts = repository.as_bytes().windows(it.len());
            parts.any(|part| part == it.as_bytes())
        };
        words.iter().any(holds)
    };
    Some(if has(&["exporter"]) {
        Duty::Exporter
    } else if has(&["backup", "pgdump", "pg-dump", "db-dump"]) {
        Duty::Backup
    } else if has(&[
        "flyway",
        "liquibase",
        "migrate/migrate",
        "dbmate",
        "alembic",
        "migrat",
    ]) {
        Duty::Migration
    } else if has(&[
        "debezium",
        "maxwell",
        "wal-listener",
        "electric",
        "powersync",
        "sequin",
        "supabase/realtime",
    ]) {
        Duty::Replication
    } else if has(&[
        "pgadmin",
        "phpmyadmin",
        "adminer",
        "cloudbeaver",
        "pgweb",
        "dbeaver",
        "pghero",
        "metabase",
        "-ui",
        "akhq",
        "kafdrop",
        "kafka-manager",
        "flower",
        "sqlpad",
        "mongo-express",
    ]) {
        Duty::Admin
    } else if has(&["postgrest"]) {
        Duty::Listener
    } else {
        return None;
    })
}
