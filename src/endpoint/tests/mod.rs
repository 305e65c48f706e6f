//! Every notation with what is in it; names and duties; texts of any kind.

mod place;

use super::*;

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
        ("RabbitMQ__HostName", Client),
        ("Serilog__WriteTo__0__Args__serverUrl", Telemetry),
        ("APP_OPENTELEMETRY_ENDPOINT", Telemetry),
        ("IMAP_HOST", Mentioned),
        ("SELENIUM_REMOTE_URL", Mentioned),
        ("PLAYWRIGHT_DRIVER_URL", Client),
        ("READYCHECK_URLS", Wait),
        ("ElasticConfiguration__Uri", Telemetry),
        ("Ocelot__Routes__Files__Downstream", Mentioned),
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
            &["psql", "-h", "db", "-f", "x.sql"],
            Some("postgres:17"),
            Some(Duty::Statements),
        ),
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
    }
}
