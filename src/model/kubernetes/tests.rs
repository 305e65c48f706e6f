//! Manifests as people write them, read.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::pod::{EnvValue, PodKind, PortRef, RefKind};
use super::probe::Handler;
use super::*;

struct Memory(BTreeMap<PathBuf, String>);

impl Reader for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = self.0.get(path).map(|it| it.clone().into_bytes());
        found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "it does not exist"))
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}

fn memory(files: &[(&str, &str)]) -> Memory {
    let files = files.iter();
    Memory(
        files
            .map(|(path, text)| (Path::new("/r").join(path), (*text).to_owned()))
            .collect(),
    )
}

fn grouped(files: &Memory) -> Grouped {
    let paths: Vec<PathBuf> = files.0.keys().cloned().collect();
    group(&paths, Path::new("/r"), files)
}

fn one(text: &str) -> (Resolved, Cluster) {
    let files = memory(&[("all.yaml", text)]);
    let request = Request {
        dir: "/r".into(),
        files: vec![Member {
            path: "/r/all.yaml".into(),
            namespace: None,
        }],
        ..Request::default()
    };
    resolve(&request, &files, Path::new("/r"))
}

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: web}}
    spec:
      initContainers:
        - {name: wait, image: busybox}
        - {name: proxy, image: envoy, restartPolicy: Always}
      containers:
        - name: web
          image: acme/web
          ports: [{name: http, containerPort: 8080}]
          env:
            - {name: HOST, value: db}
            - {name: URL, value: 'postgres://$(HOST):5432/$(NOPE)'}
            - {name: PASS, valueFrom: {secretKeyRef: {name: s, key: p, optional: true}}}
          readinessProbe: {httpGet: {path: /ready, port: http}, periodSeconds: 0}
";

#[test]
fn a_deployment_is_read_with_places() {
    let (resolved, cluster) = one(WEB);
    let pod = &cluster.pods[0];
    assert_eq!((pod.kind, pod.count()), (PodKind::Deployment, 2));
    let names = |found: Vec<&pod::Container>| -> Vec<String> {
        found.iter().map(|it| it.name.value.to_string()).collect()
    };
    assert_eq!(names(pod.setup().collect()), ["wait"]);
    assert_eq!(names(pod.running().collect()), ["proxy", "web"]);
    let web = pod.main().unwrap();
    let probe = web.readiness.as_ref().unwrap();
    assert_eq!(probe.period(), 10, "a literal 0 is the default");
    assert_eq!(resolved.sources.slice(probe.key), "readinessProbe");
    let Handler::Http(http) = &probe.handler else {
        panic!("{probe:?}")
    };
    assert_eq!(http.port.value, PortRef::Name("http".into()));
    assert_eq!(pod.port(&http.port.value).0, Some(8080));
    let EnvValue::Key { of, .. } = &web.env("PASS").unwrap().value else {
        panic!()
    };
    assert!(of.optional && of.kind == RefKind::Secret);
    let url = resolved.stack.workloads[0].env("URL").unwrap();
    let url = url.value.as_ref().unwrap();
    assert_eq!(url.value.text.as_ref(), "postgres://db:5432/$(NOPE)");
    assert_eq!(
        resolved.sources.slice(url.at),
        "'postgres://$(HOST):5432/$(NOPE)'"
    );
}

#[test]
fn streams_lists_and_json_give_all_objects() {
    let text = "\u{feff}%YAML 1.2\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}\n- apiVersion: apps/v1\n  kind: DeploymentList\n  items:\n  - {apiVersion: apps/v1, kind: Deployment, metadata: {generateName: b-}}\n...\n--- # c\n{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"c\"}, \"spec\": {\"containers\": [{\"name\": \"c\", \"image\": \"i\"}]}}\n---\n# nothing\n";
    let (resolved, cluster) = one(text);
    assert!(resolved.broken.is_empty(), "{:?}", resolved.refusals);
    let names: Vec<String> = cluster.objects.iter().map(Object::title).collect();
    assert_eq!(names, ["service/a", "deployment/b-", "pod/c"]);
    assert!(cluster.objects[1].generated);
    assert_eq!(cluster.pods.len(), 1);
}

#[test]
fn a_service_finds_pods_where_no_namespace_is_as_good_as_any() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}\n";
    let (_, cluster) = one(&format!("{WEB}---\n{service}"));
    assert_eq!(cluster.selected(&cluster.services[0]), [0]);
    let other = service.replace("name: web}", "name: web, namespace: other}");
    let (_, cluster) = one(&format!("{WEB}---\n{other}"));
    assert_eq!(cluster.selected(&cluster.services[0]), [0; 0]);
    let none = service.replace("selector: {app: web}, ", "");
    let (_, cluster) = one(&format!("{WEB}---\n{none}"));
    assert_eq!(cluster.selected(&cluster.services[0]), [0; 0]);
}

#[test]
fn templates_patches_and_secrets_of_others_are_told_apart() {
    let template = WEB.replace("name: web, ", "name: '{{ app }}', ");
    assert!(one(&template).1.pods.is_empty());
    let image = WEB.replace("acme/web", "'acme/web:{{ tag }}'");
    let (_, cluster) = one(&image);
    assert!(cluster.pods.is_empty() && !cluster.unseen.is_empty());
    let broken = WEB.replace("replicas: 2", "{{- if .x }}");
    let (resolved, cluster) = one(&broken);
    assert_eq!(cluster.idle[0].1, "a template: not analysed");
    assert!(resolved.broken.is_empty());
    let patch =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n";
    let (_, cluster) = one(patch);
    assert!(cluster.idle[0].1.contains("patch"));
    let sealed =
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s}\nspec: {}\n";
    assert!(one(sealed).1.data(RefKind::Secret, "s", None).unwrap().open);
    let sops = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: 'ENC[AES256_GCM,data:x]'}\nsops: {mac: m}\n";
    let (_, cluster) = one(sops);
    assert!(cluster.data[0].open && cluster.data[0].keys[0].text.is_none());
}

#[test]
fn a_custom_resource_with_a_pod_template_is_a_workload() {
    let text = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: k}\nspec: {template: {spec: {containers: [{image: i}]}}}\n---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: c}\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: i}]}}}}}\n";
    let (_, cluster) = one(text);
    let kinds: Vec<_> = cluster
        .pods
        .iter()
        .map(|it| (it.name.as_ref(), it.kind))
        .collect();
    assert_eq!(kinds, [("c", PodKind::CronJob), ("k", PodKind::Other)]);
    assert!(cluster.services.is_empty());
}

#[test]
fn kustomize_leaves_and_folders_are_stacks() {
    let deployment =
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {}}\n";
    let block = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n";
    let files = memory(&[
        ("k/base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("k/base/web.yaml", WEB),
        (
            "k/prod/kustomization.yaml",
            "resources: [../base]\nnamespace: prod\npatches: [{path: p.yaml}]\n",
        ),
        ("k/prod/p.yaml", deployment),
        ("plain/app/deploy/a.yaml", block),
        (
            "plain/app/svc/b.yaml",
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n",
        ),
        ("plain/dev/a.yaml", block),
    ]);
    let grouped = grouped(&files);
    let shown: Vec<(String, usize)> = grouped
        .stacks
        .iter()
        .map(|it| (it.dir.to_string_lossy().into_owned(), it.files.len()))
        .collect();
    let expected = [("/r/k/prod", 1), ("/r/plain/app", 2), ("/r/plain/dev", 1)];
    assert_eq!(shown, expected.map(|(dir, count)| (dir.to_owned(), count)));
    assert!(grouped.patches.contains(Path::new("/r/k/prod/p.yaml")));
    let prod = &grouped.stacks[0];
    let (_, cluster) = resolve(prod, &files, Path::new("/r"));
    assert_eq!(cluster.objects[0].space(), Some("prod"));
    assert!(cluster.pods[0].patched);
    assert!(
        !grouped.stacks[1].hides.is_empty(),
        "dev holds the same name"
    );
}
