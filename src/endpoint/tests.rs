//! Every notation with what is in it; places in files; texts of any kind.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::model::compose::{self, Request};
use crate::source::{Reader, Source};

/// A text, and its addresses as `scheme|host|port`, with `-` for what is not there.
const TABLE: &[(&str, &[&str])] = &[
    ("postgres://app:s@db:5432/shop", &["postgres|db|5432"]),
    (
        "postgresql+asyncpg://app:p%40w@db/shop?ssl=1",
        &["postgresql|db|-"],
    ),
    (
        "postgres://u:p@a:1,b:2,c/x?target_session_attrs=rw",
        &["postgres|a|1", "postgres|b|2", "postgres|c|-"],
    ),
    (
        "postgresql://u:${PW:-a:b@c/d}@db:${PORT:-5432}/x",
        &["postgresql|db|H"],
    ),
    ("postgres://u:p@${DB_HOST:-db}:5432/x", &[]),
    (
        "mongodb://u:p@m1:27017,m2:27018/app?replicaSet=rs",
        &["mongodb|m1|27017", "mongodb|m2|27018"],
    ),
    ("redis://:pw@cache:6379/0", &["redis|cache|6379"]),
    (
        "amqp://u:p@mq:5672//,amqp://u:p@mq2",
        &["amqp|mq|5672", "amqp|mq2|-"],
    ),
    (
        "http://api:8080/v1?next=http://web:3000",
        &["http|api|8080", "http|web|3000"],
    ),
    ("http://[::1]:8080/", &["http|::1|8080"]),
    ("jdbc:postgresql://db:5432/x", &["postgresql|db|5432"]),
    (
        "jdbc:mysql:loadbalance://a:1,b:2/x",
        &["mysql|a|1", "mysql|b|2"],
    ),
    (
        "jdbc:sqlserver://sql:1433;databaseName=x;user=sa;password=p",
        &["sqlserver|sql|1433"],
    ),
    ("jdbc:oracle:thin:@ora:1521:XE", &["oracle|ora|1521"]),
    ("jdbc:oracle:thin:@//ora:1521/XE", &["oracle|ora|1521"]),
    ("r2dbc:postgresql://db:5432/x", &["postgresql|db|5432"]),
    (
        "INTERNAL://kafka:9092,EXTERNAL://localhost:29092",
        &["internal|kafka|9092", "external|localhost|29092"],
    ),
    ("PLAINTEXT://:9092", &[]),
    ("s3://bucket/key", &[]),
    ("unix:///var/run/docker.sock", &[]),
    (
        "app:s3cret@tcp(db:3306)/shop?parseTime=true",
        &["mysql|db|3306"],
    ),
    ("tcp(db:3306)/shop", &["mysql|db|3306"]),
    (
        "host=db port=5432 user=app password=x dbname=y",
        &["postgresql|db|5432"],
    ),
    (
        "host=a,b port=5432,5433 user=x",
        &["postgresql|a|5432", "postgresql|b|5433"],
    ),
    ("host='db' user=x", &["postgresql|db|-"]),
    (
        "Server=sql,1433;Database=x;User Id=sa;Password=y",
        &["-|sql|1433"],
    ),
    ("Server=tcp:sql,1433;Database=x", &["-|sql|1433"]),
    ("Data Source=sql\\EXPRESS;Initial Catalog=x", &["-|sql|-"]),
    (
        "Host=db;Port=5432;Database=x;Username=y;Password=z",
        &["-|db|5432"],
    ),
    ("server=db;port=3306;uid=root;pwd=a;b", &["-|db|3306"]),
    ("mysql:host=db;port=3306;dbname=x", &["mysql|db|3306"]),
    ("pgsql:host=db;dbname=x", &["pgsql|db|-"]),
    (
        "cache:6379,password=x,ssl=False,abortConnect=False",
        &["-|cache|6379"],
    ),
    ("db:5432", &["-|db|5432"]),
    ("db", &["-|db|-"]),
    ("a:9092,b:9093", &["-|a|9092", "-|b|9093"]),
    (
        "[\"http://es1:9200\",\"http://es2:9200\"]",
        &["http|es1|9200", "http|es2|9200"],
    ),
    (
        "1@kafka1:9093,2@kafka2:9093",
        &["-|kafka1|9093", "-|kafka2|9093"],
    ),
    ("zk1:2181,zk2:2181/kafka", &["-|zk1|2181", "-|zk2|2181"]),
    ("10.0.0.5:80", &["-|10.0.0.5|80"]),
    ("ready to serve: yes", &[]),
    ("library/postgres", &[]),
    ("12:30", &[]),
    ("host=db", &[]),
    ("a:99999", &[]),
    ("-Xmx512m -Dx=y", &[]),
    ("", &[]),
    // A raw `/` in a password: what stands before it is no host.
    ("postgres://app:12/34@db:5432/x", &[]),
    ("postgres://app:1#2@db/x", &[]),
];

fn shown(found: &[Endpoint]) -> Vec<String> {
    let port = |it: &Endpoint| match &it.port {
        None => "-".to_owned(),
        Some(port) if port.text.contains('\u{1}') => "H".to_owned(),
        Some(port) => port.text.clone(),
    };
    found
        .iter()
        .map(|it| {
            format!(
                "{}|{}|{}",
                it.scheme.as_deref().unwrap_or("-"),
                it.host.text,
                port(it)
            )
        })
        .collect()
}

#[test]
fn every_notation_gives_its_hosts_and_ports() {
    for (text, want) in TABLE {
        assert_eq!(shown(&read(text)), *want, "{text}");
    }
}

#[test]
fn spans_are_exactly_the_host_and_the_port() {
    for (text, _) in TABLE {
        for it in read(text) {
            assert_eq!(
                text.get(it.host.span.range()),
                Some(it.host.text.as_str()),
                "{text}"
            );
            let Some(port) = it.port else { continue };
            let slice = text.get(port.span.range()).unwrap();
            assert!(
                slice == port.text || slice.starts_with('$'),
                "{text}: {slice}"
            );
        }
    }
}

#[test]
fn no_secret_leaves() {
    let texts = [
        "postgres://app:hunter2@db:5432/x",
        "postgres://app:hun/ter2@db:5432/x",
        "postgres://app:hunter2@tcp(db:3306)/x",
        "app:hunter2@tcp(db:3306)/x",
        "host=db password=hunter2 user=hunter2",
        "Server=db;Password=hunter2;User=sa",
        "redis://:hunter2@cache",
        "hunter2@db:5432",
        "cache:6379,password=hunter2",
    ];
    for text in texts {
        let told = format!("{:?}{:?}", read(text), read_prose(text));
        assert!(
            !told.contains("hunter2") && !told.contains("ter2"),
            "{text}: {told}"
        );
    }
}

#[test]
fn addresses_are_found_in_scripts() {
    let script = "until nc -z x; do :; done; exec serve --db postgres://u:p@db:5432/x --cache=redis:6379 -v a:b";
    assert_eq!(
        shown(&read_prose(script)),
        ["postgres|db|5432", "-|redis|6379"]
    );
    assert_eq!(
        shown(&read_prose("./wait-for-it.sh db:5432 -t 30 -- ./serve")),
        ["-|db|5432"]
    );
    assert_eq!(shown(&read_prose("postgres:16-alpine")), [""; 0]);
}

#[test]
fn names_say_what_an_address_is_for() {
    use Purpose::*;
    let cases = [
        ("DATABASE_URL", Client),
        ("SPRING_DATASOURCE_URL", Client),
        ("ConnectionStrings__Default", Client),
        ("REDIS_HOST", Client),
        ("KAFKA_BOOTSTRAP_SERVERS", Client),
        ("KAFKA_ZOOKEEPER_CONNECT", Client),
        ("DIRECT_URL", Direct),
        ("DATABASE_URL_UNPOOLED", Direct),
        ("MIGRATION_DATABASE_URL", Direct),
        ("KAFKA_ADVERTISED_LISTENERS", Own),
        ("HOSTNAME", Own),
        ("NEXT_PUBLIC_API_URL", Browser),
        ("VITE_API", Browser),
        ("WAIT_HOSTS", Wait),
        ("SERVICE_PRECONDITION", Wait),
        ("KAFKA_CONTROLLER_QUORUM_VOTERS", Peers),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", Telemetry),
        ("CORS_ORIGIN", Mentioned),
        ("POSTGRES_IMAGE", Mentioned),
    ];
    for (name, want) in cases {
        assert_eq!(purpose(name), want, "{name}");
    }
}

#[test]
fn the_command_says_the_duty_before_the_image() {
    let cases: &[(&[&str], Option<&str>, Option<Duty>)] = &[
        (&["alembic", "upgrade", "head"], None, Some(Duty::Migration)),
        (
            &["sh", "-c", "npx prisma migrate deploy && node server.js"],
            None,
            Some(Duty::Migration),
        ),
        (
            &["python", "manage.py", "migrate"],
            None,
            Some(Duty::Migration),
        ),
        (&["python", "manage.py", "runserver"], None, None),
        (
            &["sh", "-c", "pg_dump -h db x > /backup/x"],
            Some("postgres:17"),
            Some(Duty::Backup),
        ),
        (
            &[],
            Some("prometheuscommunity/postgres-exporter:v0.15"),
            Some(Duty::Exporter),
        ),
        (&[], Some("dpage/pgadmin4"), Some(Duty::Admin)),
        (
            &["alembic", "upgrade"],
            Some("dpage/pgadmin4"),
            Some(Duty::Migration),
        ),
        (&[], Some("ghcr.io/acme/web:1"), None),
    ];
    for (words, image, want) in cases {
        assert_eq!(duty(words, *image), *want, "{words:?} {image:?}");
    }
}

#[test]
fn poolers_name_what_is_behind_them() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "pgbouncer.ini",
            ";c\n[databases]\nshop = host=db port=5432 dbname=shop\n* = host=db2\nlocal =\n\n[pgbouncer]\nlisten_addr = *\nlisten_port = 6432\npool_mode = transaction\n",
            &["postgresql|db|5432", "-|db2|-"],
        ),
        (
            "pgcat.toml",
            "[general]\nport = 6432\n[pools.x]\npool_mode = \"transaction\"\n[pools.x.shards.0]\nservers = [\n  [\"db\", 5432, \"primary\"],\n  [\"db2\", 5433, \"replica\"]\n]\n",
            &["postgresql|db|5432", "postgresql|db2|5433"],
        ),
        (
            "pgdog.toml",
            "[[databases]]\nname = \"x\"\nhost = \"db\"\nport = 5433\n",
            &["postgresql|db|5433"],
        ),
        (
            "odyssey.conf",
            "listen {\n host \"*\"\n port 6432\n}\nstorage \"s\" {\n  type \"remote\"\n  host \"db\"\n  port 5432\n}\n",
            &["postgresql|db|5432"],
        ),
        (
            "pgpool.conf",
            "port = 9999\nbackend_hostname0 = 'db'\nbackend_port0 = 5432\n",
            &["postgresql|db|5432"],
        ),
        (
            "proxysql.cnf",
            "mysql_servers =\n(\n { address=\"db1\" , port=3306 , hostgroup=0 },\n { address=\"db2\", port=3306 }\n)\n",
            &["mysql|db1|3306", "mysql|db2|3306"],
        ),
        (
            "maxscale.cnf",
            "[s1]\ntype=server\naddress=db\nport=3306\n",
            &["mysql|db|3306"],
        ),
    ];
    for (name, text, want) in cases {
        let config = upstreams(name, text).unwrap();
        assert_eq!(shown(&config.upstreams), *want, "{name}");
        for it in &config.upstreams {
            assert_eq!(&text[it.host.span.range()], it.host.text, "{name}");
        }
    }
    let ini = upstreams("pgbouncer.ini", cases[0].1).unwrap();
    assert_eq!(
        (ini.port, ini.mode.as_deref()),
        (Some(6432), Some("transaction"))
    );
    assert!(upstreams("nginx.conf", "host = db").is_none());
}

/// One file in memory.
struct One(&'static str);

impl Reader for One {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        match path == Path::new("/p/compose.yaml") {
            true => Ok(self.0.as_bytes().to_vec()),
            false => Err(std::io::ErrorKind::NotFound.into()),
        }
    }

    fn is_file(&self, path: &Path) -> bool {
        path == Path::new("/p/compose.yaml")
    }
}

/// `variable or flag: host@bytes port@bytes` of every mention of `web`; `?`
/// where the bytes cannot be replaced.
fn placed(text: &'static str) -> Vec<String> {
    let request = Request {
        dir: PathBuf::from("/p"),
        ..Request::default()
    };
    let resolved = compose::resolve(&request, &One(text), Path::new("/p"));
    let web = &resolved.stack.workloads[resolved.stack.find("web").unwrap()];
    let bytes = |at: Option<crate::source::At>| match at {
        Some(at) => resolved.sources.slice(at).to_owned(),
        None => "?".to_owned(),
    };
    of(web, &resolved.sources)
        .iter()
        .map(|it| {
            let place = place(it, web, &resolved.sources).unwrap();
            let name = it.name.as_deref().unwrap_or("-");
            format!(
                "{name}: {}@{} {:?}@{}",
                it.endpoint.host.text,
                bytes(place.host),
                it.port,
                bytes(place.port)
            )
        })
        .collect()
}

#[test]
fn places_lead_to_the_bytes_of_the_file() {
    let text = r#"
services:
  web:
    image: x
    command: serve --db-host db --cache=redis:6379 --url "http://api:80/x"
    environment:
      - DATABASE_URL=postgres://u:${PW}@db:5432/x
      - "QUOTED_URL=postgres://u:p@db:5432/${NAME:-x}"
  db:
    image: x
"#;
    assert_eq!(
        placed(text),
        [
            "DATABASE_URL: db@db Some(5432)@5432",
            "QUOTED_URL: db@db Some(5432)@5432",
            "--db-host: db@db None@?",
            "--cache: redis@redis Some(6379)@6379",
            "--url: api@api Some(80)@80",
        ]
    );
    let text = r#"
services:
  web:
    image: x
    environment:
      DB_HOST: db
      DB_PORT: "5432"
      CACHE_URL: 'redis://cache:6379'
      ESCAPED_URL: "redis://c\u0061che:6379"
      WHOLE_URL: ${URL:-redis://cache:6379}
      HOLE_URL: redis://${A}cache:6379
"#;
    assert_eq!(
        placed(text),
        [
            "CACHE_URL: cache@cache Some(6379)@6379",
            "DB_HOST: db@db Some(5432)@5432",
            "ESCAPED_URL: cache@? Some(6379)@?",
            "WHOLE_URL: cache@? Some(6379)@?",
        ]
    );
}

/// A small generator, so that the test needs no crate and fails the same way twice.
fn next(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[test]
fn whatever_the_text_nothing_panics_and_spans_lie_inside() {
    const PIECES: &[&str] = &[
        "://",
        "jdbc:",
        "jdbc:oracle:thin:@",
        "postgres",
        "host=",
        "port=",
        "tcp(",
        ")/",
        "@",
        ":",
        ",",
        ";",
        "=",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        "$",
        "${",
        "$$",
        "'",
        "\"",
        " ",
        "\n",
        "\\",
        "é",
        "日",
        "db",
        "5432",
        "0",
        "/",
        "?",
        "#",
        "servers",
        "\t",
        "\u{1}",
        "storage",
        "[databases]\n",
        "backend_hostname0",
        "address",
    ];
    let mut state = 7;
    for _ in 0..60_000 {
        let mut text = String::new();
        for _ in 0..next(&mut state) % 14 {
            text.push_str(PIECES[next(&mut state) as usize % PIECES.len()]);
        }
        let files = [
            "pgbouncer.ini",
            "pgcat.toml",
            "pgdog.toml",
            "odyssey.conf",
            "pgpool.conf",
            "proxysql.cnf",
        ];
        let file = files[next(&mut state) as usize % files.len()];
        let config = upstreams(file, &text).unwrap();
        for it in read(&text)
            .iter()
            .chain(&read_prose(&text))
            .chain(&config.upstreams)
        {
            assert!(!it.host.text.is_empty(), "{text:?}");
            assert_eq!(
                text.get(it.host.span.range()),
                Some(it.host.text.as_str()),
                "{text:?}"
            );
            if let Some(port) = &it.port {
                assert!(text.get(port.span.range()).is_some(), "{text:?}");
            }
        }
        let source = Source::new("x".into(), Arc::<str>::from(text.as_str()));
        assert_eq!(source.text().len(), text.len());
    }
}
