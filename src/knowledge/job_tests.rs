//! Commands of public stacks, and whether they end.

use super::*;

const STRONG: Option<Strength> = Some(Strength::Strong);
const NAME: Option<Strength> = Some(Strength::Name);

fn ask(service: &Service<'_>) -> Option<Strength> {
    evidence(service, Knowledge::builtin()).map(|it| it.strength)
}

/// Name, image, entrypoint, command, answer.
type Row = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    Option<Strength>,
);

const SH: &[&str] = &["sh", "-c"];
const BASH: &[&str] = &["/bin/bash", "-c"];

const JOBS_BY_COMMAND: &[Row] = &[
    (
        "kong-up",
        "kong:3",
        &[],
        &["kong", "migrations", "bootstrap"],
        STRONG,
    ),
    (
        "kong-up",
        "kong:3",
        SH,
        &["kong migrations up && kong migrations finish"],
        STRONG,
    ),
    (
        "x",
        "",
        &[],
        &["sh", "-c", "pnpm exec prisma migrate deploy"],
        STRONG,
    ),
    (
        "x",
        "",
        SH,
        &["echo \"Running\"\npnpm dlx prisma migrate deploy && echo \"done\"\n"],
        STRONG,
    ),
    (
        "x",
        "acme/app",
        &[],
        &["python", "manage.py", "migrate", "--noinput"],
        STRONG,
    ),
    (
        "x",
        "acme/app",
        &[],
        &["python3", "-m", "alembic", "-c", "a.ini", "upgrade", "head"],
        STRONG,
    ),
    (
        "x",
        "acme/app",
        &[],
        &["bundle", "exec", "rails", "db:migrate"],
        STRONG,
    ),
    ("x", "acme/app", &[], &["bin/rails", "db:prepare"], STRONG),
    (
        "x",
        "acme/app",
        &[],
        &["php", "artisan", "migrate", "--force"],
        STRONG,
    ),
    (
        "x",
        "acme/app",
        &[],
        &["bin/console", "doctrine:migrations:migrate", "-n"],
        STRONG,
    ),
    (
        "x",
        "acme/app",
        SH,
        &["./wait-for-it.sh db:5432 -- poetry run alembic upgrade head"],
        STRONG,
    ),
    (
        "x",
        "acme/app",
        SH,
        &["until pg_isready -h db; do sleep 1; done; npx knex migrate:latest"],
        STRONG,
    ),
    (
        "x",
        "acme/app",
        &[],
        &["dotnet", "ef", "database", "update"],
        STRONG,
    ),
    (
        "x",
        "frappe/erpnext:v16",
        &["bash", "-c"],
        &["ls -1 apps > sites/apps.txt; bench set-config -g db_host $DB_HOST;"],
        STRONG,
    ),
    (
        "x",
        "postgres:16",
        &[],
        &["psql", "-h", "db", "-f", "/init.sql"],
        STRONG,
    ),
    (
        "x",
        "mongo:7",
        BASH,
        &["mongosh --host mongo --eval 'rs.initiate()'"],
        STRONG,
    ),
    (
        "x",
        "redis:7",
        &[],
        &["redis-cli", "--cluster", "create", "a:1", "b:1"],
        STRONG,
    ),
    (
        "x",
        "confluentinc/cp-kafka:7.6.0",
        BASH,
        &["cub kafka-ready -b k:9092 1 20 && kafka-topics --create --topic t"],
        STRONG,
    ),
    (
        "x",
        "apache/kafka",
        &["/opt/kafka/bin/kafka-topics.sh"],
        &["--create", "--topic", "t"],
        STRONG,
    ),
    (
        "x",
        "redpandadata/redpanda",
        BASH,
        &["for t in a b; do rpk topic create $t; done"],
        STRONG,
    ),
    (
        "x",
        "minio/mc",
        &[
            "/bin/sh",
            "-c",
            "until mc alias set local http://minio:9000 a b; do sleep 2; done; mc mb local/x",
        ],
        &[],
        STRONG,
    ),
    (
        "x",
        "minio/mc",
        &["/bin/sh", "-c"],
        &["mc alias set l http://m:9000 a b && mc mb l/x; exit 0"],
        STRONG,
    ),
    (
        "x",
        "busybox:1.37",
        &[],
        &["chown", "-R", "1001:1001", "/data"],
        STRONG,
    ),
    (
        "x",
        "ubuntu",
        &[],
        &[
            "bash",
            "-c",
            " chown -R 1000:1000 /a && chown -R 1000:1000 /b",
        ],
        STRONG,
    ),
    (
        "x",
        "busybox",
        &[],
        &[
            "sh",
            "-c",
            "chown -R 1000 /c && find /c -type d -exec chmod 755 {} +",
        ],
        STRONG,
    ),
    ("x", "alpine", &[], &["echo", "hello world"], STRONG),
    (
        "x",
        "ollama/ollama",
        &["/bin/sh"],
        &["-c", "sleep 3; ollama pull llama3.2; ollama pull gemma3"],
        STRONG,
    ),
];

#[test]
fn jobs_by_command() {
    check(JOBS_BY_COMMAND);
}

const JOBS_BY_IMAGE: &[Row] = &[
    ("x", "flyway/flyway:10", &[], &["migrate"], STRONG),
    ("x", "flyway/flyway:10", &[], &[], STRONG),
    (
        "x",
        "registry.example/migrate/migrate:v4",
        &[],
        &["-path", "/m", "-database", "u", "up"],
        STRONG,
    ),
    (
        "x",
        "ghcr.io/amacneil/dbmate",
        &[],
        &["--wait", "up"],
        STRONG,
    ),
    (
        "x",
        "oryd/hydra:v2",
        &[],
        &["migrate", "-c", "/h.yml", "sql", "up", "-e", "--yes"],
        STRONG,
    ),
    (
        "x",
        "oryd/kratos:v1",
        &[],
        &["-c", "/k.yml", "migrate", "sql", "-e", "--yes"],
        STRONG,
    ),
    ("x", "apache/airflow:2.9.0", &[], &["db", "migrate"], STRONG),
    ("x", "minio/mc", &[], &["mb", "local/bucket"], STRONG),
    (
        "x",
        "cockroachdb/cockroach",
        &[],
        &["init", "--insecure"],
        STRONG,
    ),
    ("x", "oryd/hydra:v2", &[], &["serve", "all", "--dev"], None),
    (
        "x",
        "cockroachdb/cockroach",
        &[],
        &["start", "--join=a", "--insecure"],
        None,
    ),
    ("x", "apache/airflow:2.9.0", &[], &["webserver"], None),
    (
        "x",
        "flyway/flyway",
        &["tail", "-f", "/dev/null"],
        &[],
        None,
    ),
];

#[test]
fn jobs_by_image() {
    check(JOBS_BY_IMAGE);
}

const JOBS_BY_NAME_ONLY: &[Row] = &[
    (
        "app-migrations",
        "acme/app",
        &[],
        &["bun", "run", "db:migrate"],
        NAME,
    ),
    (
        "migrator",
        "acme/app",
        &[],
        &["./bin/docker-entrypoint-migrator.sh"],
        NAME,
    ),
    ("thing_init", "acme/app", &[], &[], NAME),
    ("setup", "mysql:5.7", &["/run.sh"], &[], NAME),
    ("createbuckets", "acme/tool", &[], &[], NAME),
    ("initiative", "acme/app", &[], &[], None),
    ("jobs-api", "acme/app", &[], &[], None),
    ("worker-migrations", "appwrite-dev", &[], &[], None),
    ("db-setup", "postgres:16", &[], &[], None),
];

#[test]
fn jobs_by_name_only() {
    check(JOBS_BY_NAME_ONLY);
}

const WHAT_STAYS_IS_NO_JOB: &[Row] = &[
    (
        "migrate",
        "acme/app",
        SH,
        &["alembic upgrade head && uvicorn app:app --host 0.0.0.0"],
        None,
    ),
    (
        "migrate",
        "acme/app",
        SH,
        &["python manage.py migrate && gunicorn a.wsgi"],
        None,
    ),
    (
        "web",
        "acme/app",
        SH,
        &["prisma migrate deploy && node server.js"],
        None,
    ),
    (
        "web",
        "acme/app",
        BASH,
        &[
            "rm -f tmp/pids/server.pid && bundle exec rails db:migrate && bundle exec rails s -b 0.0.0.0",
        ],
        None,
    ),
    (
        "web",
        "acme/app",
        SH,
        &["php artisan migrate --force && php-fpm"],
        None,
    ),
    (
        "x",
        "acme/app",
        SH,
        &["python manage.py migrate; exec ./run"],
        None,
    ),
    (
        "init",
        "busybox",
        &[],
        &["sh", "-c", "touch /tmp/done && sleep infinity"],
        None,
    ),
    ("init", "busybox", &[], &["tail", "-f", "/dev/null"], None),
    (
        "init",
        "busybox",
        SH,
        &["while true; do mc ls; sleep 5; done"],
        None,
    ),
    ("seed", "acme/app", SH, &["mc mb l/x; wait"], None),
    ("x", "minio/mc", SH, &["mc mirror --watch a b"], None),
    (
        "worker",
        "acme/app",
        &[],
        &["celery", "-A", "app", "worker"],
        None,
    ),
    (
        "x",
        "redis:7",
        &[],
        &["redis-server", "--appendonly", "yes"],
        None,
    ),
    (
        "x",
        "redis:7",
        SH,
        &["redis-server & sleep 1; redis-cli config set a b; wait"],
        None,
    ),
    ("x", "acme/app", SH, &["cp a b && ./start"], None),
    ("x", "acme/app", &[], &["--migrate"], None),
    ("x", "alpine", &[], &["sleep", "3600"], None),
    ("x", "acme/app", &[], &[], None),
    ("x", "", &[], &[], None),
];

#[test]
fn what_stays_is_no_job() {
    check(WHAT_STAYS_IS_NO_JOB);
}

fn check(table: &[Row]) {
    for (name, image, entrypoint, command, wanted) in table {
        let image = (!image.is_empty()).then_some(*image);
        let service = Service {
            name,
            image,
            entrypoint,
            command,
            ..Service::default()
        };
        assert_eq!(
            ask(&service),
            *wanted,
            "{name} {image:?} {entrypoint:?} {command:?}"
        );
    }
}

#[test]
fn restart_ports_and_healthchecks_speak_against_it() {
    let job = Service {
        name: "migrate",
        image: Some("flyway/flyway"),
        ..Service::default()
    };
    assert_eq!(ask(&job), STRONG);
    assert_eq!(
        ask(&Service {
            restart: Some(Restart::OnFailure(Some(5))),
            ..job
        }),
        STRONG
    );
    assert_eq!(
        ask(&Service {
            restart: Some(Restart::No),
            ..job
        }),
        STRONG
    );
    assert_eq!(
        ask(&Service {
            restart: Some(Restart::Always),
            ..job
        }),
        None
    );
    assert_eq!(
        ask(&Service {
            restart: Some(Restart::UnlessStopped),
            ..job
        }),
        None
    );
    assert_eq!(
        ask(&Service {
            has_ports: true,
            ..job
        }),
        None
    );
    assert_eq!(
        ask(&Service {
            has_healthcheck: true,
            ..job
        }),
        None
    );
}

#[test]
fn the_reason_names_the_fact() {
    let reason = |image, command| {
        let service = Service {
            name: "db-init",
            image: Some(image),
            command,
            ..Service::default()
        };
        evidence(&service, Knowledge::builtin()).unwrap().reason
    };
    assert_eq!(
        reason("a/b", &["alembic", "upgrade", "head"]),
        "it runs `alembic upgrade`"
    );
    assert_eq!(
        reason("busybox", &["chown", "1", "/x"]),
        "it only runs `chown`"
    );
    assert_eq!(reason("flyway/flyway", &["migrate"]), "its image is Flyway");
    assert_eq!(reason("a/b", &["./run"]), "its name says `init`");
}
