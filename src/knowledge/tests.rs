//! Every way to look something up.

#![allow(clippy::unwrap_used, reason = "a test stops at a surprise")]

use super::*;

fn id_of(image: &str) -> Option<String> {
    Knowledge::builtin()
        .lookup(image)
        .map(|fact| fact.entry.id.clone())
}

#[test]
fn lookups() {
    let table = [
        ("postgres", Some("postgres")),
        ("docker.io/library/postgres:16-alpine", Some("postgres")),
        ("registry.example:5000/postgres:16", Some("postgres")),
        ("ghcr.io/acme/postgres", None),
        ("quay.io/postgres", None),
        ("acme/postgres", None),
        ("${IMAGE:-postgres}", None),
        ("postgis/postgis:16-3.4", Some("postgis")),
        ("acme/pgbouncer:1", Some("pgbouncer-config")),
        ("edoburu/pgbouncer:1", Some("pgbouncer-edoburu")),
        ("prometheuscommunity/pgbouncer-exporter", Some("exporters")),
        ("spreaker/prometheus-pgbouncer-exporter", Some("exporters")),
        ("oliver006/redis_exporter:v1", Some("scratch-exporters")),
        (
            "lscr.io/linuxserver/mariadb:latest",
            Some("linuxserver-mariadb"),
        ),
        ("lscr.io/linuxserver/sonarr", Some("linuxserver")),
        ("mcr.microsoft.com/dotnet/aspnet:8.0", Some("base-images")),
        ("acme/app", None),
        ("pgbouncer-demo/web", None),
    ];
    for (image, id) in table {
        assert_eq!(id_of(image).as_deref(), id, "{image}");
    }
}

#[test]
fn the_command_decides_before_the_image() {
    let known = Knowledge::builtin();
    let ask = |image, command| {
        let fact = known
            .lookup_service(&Query {
                image: Some(image),
                entrypoint: &[],
                command,
            })
            .unwrap();
        (fact.entry.id.clone(), fact.by)
    };
    let by = |id: &str, by| (id.to_owned(), by);
    assert_eq!(
        ask("mongo:7", &["mongos", "--configdb", "c/a"]),
        by("mongos", By::Command)
    );
    assert_eq!(
        ask("mongo:7", &["mongod", "--replSet", "r"]),
        by("mongo", By::Image)
    );
    assert_eq!(
        ask("redis", &["redis-sentinel", "/s.conf"]),
        by("redis-sentinel", By::Command)
    );
    assert_eq!(
        ask("redis", &["redis-server", "/s.conf", "--sentinel"]),
        by("redis-sentinel", By::Command)
    );
    assert_eq!(ask("redis", &["redis-server"]), by("redis", By::Image));
    assert_eq!(
        ask("postgres", &["psql", "-c", "select 1"]),
        by("client-tools", By::Command)
    );
    assert_eq!(
        ask("acme/app", &["celery", "-A", "a", "worker"]),
        by("app-workers", By::Command)
    );
    assert_eq!(
        ask("postgres", &["sh", "-c", "psql -c x && exec postgres"]),
        by("postgres", By::Image)
    );
    let fact = known
        .lookup_service(&Query {
            image: Some("mongo:7"),
            entrypoint: &[],
            command: &["mongos"],
        })
        .unwrap();
    assert_eq!(
        (fact.tool("bash"), fact.embedded()),
        (Presence::Yes, Presence::No),
        "the image says what is inside"
    );
}

#[test]
fn tags_choose_variants() {
    let known = Knowledge::builtin();
    let test = |image| {
        known
            .lookup(image)
            .unwrap()
            .check()
            .map(|it| it.test.join(" "))
    };
    assert!(test("mongo:4.4").unwrap().contains("mongo --quiet"));
    assert!(test("mongo").unwrap().contains("mongosh --quiet"));
    assert!(test("mariadb:10.1").unwrap().contains("mysqladmin"));
    assert!(test("mariadb:10").unwrap().contains("healthcheck.sh"));
    assert!(test("memcached:1.6-alpine").unwrap().contains("nc -w 2"));
    assert!(test("nginx:1.27-alpine").unwrap().contains("curl"));
    assert!(
        test("nginx:1.27-alpine-slim")
            .unwrap()
            .contains("nc -z 127.0.0.1 80")
    );
    assert!(
        test("quay.io/keycloak/keycloak:24.0")
            .unwrap()
            .contains("/8080")
    );
    assert!(
        test("quay.io/keycloak/keycloak:26.1")
            .unwrap()
            .contains("/9000")
    );
    assert!(test("grafana/loki:2.9.0").unwrap().contains("3100/ready"));
    assert_eq!(test("grafana/loki:latest"), None);
    assert_eq!(test("prom/prometheus:v3-distroless"), None);
    assert!(
        test("influxdb").unwrap().contains("8086"),
        "the floating tag was still 2.x"
    );
    assert!(test("influxdb:3-core").unwrap().contains("8181"));
    let probe = |image| known.lookup(image).unwrap().entry.probe;
    assert_eq!(
        (probe("nats:2"), probe("nats:2-alpine")),
        (Probe::None, Probe::Exec)
    );
    assert_eq!(known.lookup("wordpress:cli").unwrap().entry.role, Role::Job);
    let tool = |image, name| known.lookup(image).unwrap().tool(name);
    assert_eq!(
        (
            tool("mariadb:11", "mysqladmin"),
            tool("mariadb:10.6", "mysqladmin")
        ),
        (Presence::No, Presence::Yes)
    );
    assert_eq!(
        (tool("redis", "wget"), tool("redis:7-alpine", "wget")),
        (Presence::Unknown, Presence::Yes)
    );
}

#[test]
fn what_speaks_against_a_test() {
    let known = Knowledge::builtin();
    let fit = |image, setting: &Setting<'_>| known.lookup(image).unwrap().fit(setting);
    let none = Setting::default();
    assert_eq!(fit("postgres:16", &none), Fit::Yes);
    let words = Setting {
        words: &["postgres", "-c", "port=5433"],
        ..none
    };
    assert!(matches!(fit("postgres:16", &words), Fit::No(reason) if reason.contains("`port=*`")));
    let words = Setting {
        words: &["redis-server", "--port=7000"],
        ..none
    };
    assert!(matches!(fit("redis", &words), Fit::No(_)));
    assert!(
        matches!(fit("mcr.microsoft.com/mssql/server", &none), Fit::No(reason) if reason.contains("MSSQL_SA_PASSWORD"))
    );
    let env = Setting {
        env: &[("SA_PASSWORD", Some("x"))],
        ..none
    };
    assert_eq!(fit("mcr.microsoft.com/mssql/server", &env), Fit::Yes);
    let secured = Setting {
        env: &[("xpack.security.enabled", Some("true"))],
        ..none
    };
    let open = Setting {
        env: &[("xpack.security.enabled", Some("False"))],
        ..none
    };
    assert!(matches!(fit("elasticsearch:8.1", &secured), Fit::No(_)));
    assert_eq!(fit("elasticsearch:8.1", &open), Fit::Yes);
    assert!(matches!(fit("prom/prometheus", &none), Fit::No(reason) if reason.contains("version")));
    assert_eq!(fit("prom/prometheus:v2.53.0", &none), Fit::Yes);
    let mounts = Setting {
        mounts: &["/etc/nginx/conf.d/default.conf"],
        ..none
    };
    assert!(matches!(fit("nginx", &mounts), Fit::No(_)));
    assert!(
        matches!(fit("grafana/tempo", &none), Fit::No(reason) if reason.contains("distroless"))
    );
    assert!(matches!(fit("apache/kafka", &none), Fit::If(conditions) if !conditions.is_empty()));
}

#[test]
fn a_port_that_is_set_to_its_default_does_not_speak_against_a_test() {
    let fact = Knowledge::builtin().lookup("supabase/supavisor:2").unwrap();
    let fit = |port| {
        fact.fit(&Setting {
            env: &[("PORT", port)],
            ..Setting::default()
        })
    };
    assert_eq!(fit(Some("4000")), Fit::Yes);
    assert!(matches!(fit(Some("4001")), Fit::No(_)));
    assert!(
        matches!(fit(None), Fit::No(_)),
        "taken from the shell, so unknown"
    );
}

#[test]
fn probes_follow_from_the_test() {
    let probes = |image| {
        Knowledge::builtin()
            .lookup(image)
            .unwrap()
            .probes()
            .unwrap()
    };
    let http = |port, path: &str| ProbeSpec::Http {
        port,
        path: path.to_owned(),
    };
    let keycloak = probes("quay.io/keycloak/keycloak:26");
    assert_eq!(keycloak.readiness, http(9000, "/health/ready"));
    assert_eq!(keycloak.liveness, Some(http(9000, "/health/live")));
    assert_eq!(keycloak.startup, http(9000, "/health/started"));
    let postgres = probes("postgres:16");
    assert!(
        matches!(&postgres.readiness, ProbeSpec::Exec(words) if words[0] == "/bin/sh" && words[2].contains("\"${POSTGRES_USER:-postgres}\""))
    );
    assert_eq!(postgres.liveness, Some(ProbeSpec::Tcp { port: 5432 }));
    assert_eq!(
        probes("nginx").readiness,
        ProbeSpec::Tcp { port: 80 },
        "httpGet takes no 404"
    );
    assert_eq!(probes("grafana/tempo").readiness, http(3200, "/ready"));
}

#[test]
fn roles_answer_the_coarse_questions() {
    let role = |image| Knowledge::builtin().lookup(image).unwrap().entry.role;
    for image in [
        "postgres",
        "redis",
        "rabbitmq",
        "elasticsearch",
        "minio/minio",
    ] {
        assert!(
            role(image).is_datastore() && !role(image).needs_no_gate(),
            "{image}"
        );
    }
    for image in [
        "nginx",
        "prom/prometheus",
        "adminer",
        "oliver006/redis_exporter",
    ] {
        assert!(
            role(image).needs_no_gate() && !role(image).is_datastore(),
            "{image}"
        );
    }
    assert_eq!(role("edoburu/pgbouncer"), Role::Pooler);
    assert!(!Role::Pooler.is_datastore() && !Role::Pooler.needs_no_gate());
}

#[test]
fn what_is_only_recalled_claims_nothing_is_missing() {
    let fact = Knowledge::builtin()
        .lookup("amazon/dynamodb-local")
        .unwrap();
    assert_eq!(
        (fact.entry.confidence, fact.entry.embedded),
        (Confidence::Low, Presence::No)
    );
    assert_eq!(
        (fact.embedded(), fact.tool("wget")),
        (Presence::Unknown, Presence::Unknown)
    );
    let said =
        serde_yaml::from_str("[{pattern: amazon/dynamodb-local, tools-add: [wget]}]").unwrap();
    let fact = Knowledge::with_overrides(said)
        .lookup("amazon/dynamodb-local")
        .unwrap();
    assert_eq!(fact.tool("wget"), Presence::Yes, "the user has looked");
}
