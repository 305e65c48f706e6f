//! Edges of small clusters, told in a line each.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::*;
use crate::model::kubernetes::{Member, Request, resolve};
use crate::source::Reader;

struct One(BTreeMap<PathBuf, String>);

impl Reader for One {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = self.0.get(path).map(|it| it.clone().into_bytes());
        found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it does not exist"))
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}

/// The edges as `from → to why gate strength`.
fn edges(text: &str) -> Vec<String> {
    let path = PathBuf::from("/all.yaml");
    let request = Request {
        files: vec![Member {
            path: path.clone(),
            namespace: None,
        }],
        ..Request::default()
    };
    let files = One([(path, text.to_owned())].into());
    let (_, cluster) = resolve(&request, &files, Path::new("/"));
    let name = |it: usize| cluster.pods[it].name.as_ref();
    let found = links(&cluster).links;
    let shown = found.iter().map(|it| {
        let (from, to) = (name(it.from), name(it.to));
        let strength = it.strength.as_str();
        format!("{from} → {to} {} {:?} {strength}", it.why.as_str(), it.gate)
    });
    shown.collect()
}

fn pod(name: &str, spec: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n{spec}---\n"
    )
}

fn service(name: &str, more: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]{more}}}\n---\n"
    )
}

const PLAIN: &str = "      containers: [{name: c, image: i}]\n";
const PROVEN: &str =
    "      containers: [{name: c, image: i, readinessProbe: {tcpSocket: {port: 80}}}]\n";

fn waiter(script: &str) -> String {
    pod(
        "web",
        &format!(
            "      initContainers: [{{name: w, image: busybox, command: [sh, -c, '{script}']}}]\n{PLAIN}"
        ),
    )
}

#[test]
fn a_wait_is_worth_what_it_tests_and_what_the_target_proves() {
    let nc = waiter("until nc -z db 80; do sleep 1; done");
    let dns = waiter("until nslookup db; do sleep 1; done");
    let cluster = |waiter: &str, target: &str, more: &str| {
        edges(&format!(
            "{waiter}{}{}",
            pod("db", target),
            service("db", more)
        ))
    };
    let rows = [
        (&nc, PROVEN, "", "web → db init wait Ready strong"),
        (&nc, PLAIN, "", "web → db init wait Ready weak"),
        (
            &nc,
            PROVEN,
            ", publishNotReadyAddresses: true",
            "web → db init wait Ready weak",
        ),
        (&dns, PROVEN, "", "web → db init wait None none"),
        (
            &dns,
            PROVEN,
            ", clusterIP: None",
            "web → db init wait Ready strong",
        ),
    ];
    for (waiter, target, more, expected) in rows {
        assert_eq!(cluster(waiter, target, more)[0], expected);
    }
}

#[test]
fn kubectl_and_images_wait_for_objects() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec: {template: {metadata: {labels: {job: m}}, spec: {containers: [{name: c, image: i}]}}}\n---\n";
    let wait = waiter("kubectl wait --for=condition=complete --timeout=60s job/migrate");
    assert_eq!(
        edges(&format!("{wait}{job}")),
        ["web → migrate init wait Completed strong"]
    );
    let image = pod(
        "web",
        &format!(
            "      initContainers: [{{name: w, image: ghcr.io/groundnuty/k8s-wait-for:v2, args: [job, migrate]}}]\n{PLAIN}"
        ),
    );
    assert_eq!(
        edges(&format!("{image}{job}")),
        ["web → migrate init wait Completed strong"]
    );
    let label = waiter("kubectl wait pod -l app=db --for=condition=ready");
    let found = edges(&format!("{label}{}", pod("db", PROVEN)));
    assert_eq!(found, ["web → db init wait Ready strong"]);
}

#[test]
fn names_are_used_in_variables_arguments_and_files() {
    let web = pod(
        "web",
        "      volumes: [{name: v, configMap: {name: conf}}]\n      containers:\n      - name: c\n        image: i\n        args: ['--db', 'postgres://x@db:5432/y']\n        env: [{name: CACHE_HOST, value: cache}, {name: Q, value: '$(QUEUE_SERVICE_HOST)'}]\n        envFrom: [{secretRef: {name: s}}]\n",
    );
    let rest = [
        service("db", ""), service("cache", ""), service("queue", ""), service("api", ""), service("auth", ""),
        pod("db", PLAIN), pod("cache", PLAIN), pod("queue", PLAIN), pod("api", PLAIN), pod("auth", PLAIN),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {nginx.conf: \"# http://queue\\nproxy_pass http://api:80;\\n\"}\n---\n".to_owned(),
        // auth:80
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {AUTH_ADDR: YXV0aDo4MA==}\n".to_owned(),
    ];
    let found = edges(&format!("{web}{}", rest.concat()));
    assert_eq!(
        found,
        [
            "web → auth environment None none",
            "web → cache environment None none",
            "web → queue environment None none",
            "web → db arguments None none",
            "web → api configuration None none",
        ]
    );
}

#[test]
fn every_form_of_a_name_finds_its_service() {
    let text = format!(
        "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: db, namespace: shop}}\nspec: {{serviceName: db, template: {{metadata: {{labels: {{app: db}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}}}\n---\n{}---\n{}",
        service("db", "").replace("name: db}", "name: db, namespace: shop}"),
        service(
            "alias",
            ", type: ExternalName, externalName: db.shop.svc.cluster.local"
        ),
    );
    let path = PathBuf::from("/all.yaml");
    let request = Request {
        files: vec![Member {
            path: path.clone(),
            namespace: None,
        }],
        ..Request::default()
    };
    let (_, cluster) = resolve(&request, &One([(path, text)].into()), Path::new("/"));
    let names = Names::new(&cluster);
    let hit =
        |host: &str, space: &str| names.find(host, Some(space)).map(|it| (it.service, it.pod));
    for host in [
        "db.shop",
        "db.shop.svc",
        "db.shop.svc.cluster.local.",
        "db.shop.svc.k8s.lan",
    ] {
        assert_eq!(hit(host, "other"), Some((0, None)), "{host}");
    }
    assert_eq!(hit("db", "shop"), Some((0, None)));
    assert_eq!(hit("alias", "other"), Some((0, None)));
    assert_eq!(hit("db-0.db", "shop"), Some((0, Some(0))));
    assert_eq!(
        hit("db-1.db.shop.svc.cluster.local", "other"),
        Some((0, Some(0)))
    );
    for host in ["db", "db.com", "db.other.svc", "example.com", "db-x.db", ""] {
        assert_eq!(hit(host, "other"), None, "{host}");
    }
}
