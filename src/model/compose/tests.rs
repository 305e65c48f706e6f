//! Where merged values stand: in the text of the file that wins.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::refusal::Class;
use super::{Request, Resolved, consistency, resolve};
use crate::model::workload::{Condition, Notice, Test, Workload};
use crate::source::{At, Reader};

struct Memory(BTreeMap<PathBuf, String>);

impl Reader for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let text = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(text.clone().into_bytes())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}

fn project(files: &[(&str, &str)]) -> Resolved {
    let dir = Path::new("/p");
    let files = files
        .iter()
        .map(|(name, text)| (dir.join(name), (*text).to_owned()));
    let request = Request {
        dir: dir.to_owned(),
        ..Request::default()
    };
    let resolved = resolve(&request, &Memory(files.collect()), dir);
    assert!(resolved.refusals.is_empty(), "{:?}", resolved.refusals);
    resolved
}

fn service<'r>(resolved: &'r Resolved, name: &str) -> &'r Workload {
    &resolved.stack.workloads[resolved.stack.find(name).unwrap()]
}

/// File, line and text of a position.
fn place(resolved: &Resolved, at: At) -> (String, u32, String) {
    let source = resolved.sources.get(at.file);
    let file = source.path().display().to_string();
    let line = source.position(at.span.start).line;
    (file, line, source.slice(at.span).to_owned())
}

fn stands(resolved: &Resolved, at: At, file: &str, line: u32, text: &str) {
    assert_eq!(
        place(resolved, at),
        (file.to_owned(), line, text.to_owned())
    );
}

const BASE: &str = "\
services:
  web:
    image: nginx
    command: serve --port 80 && echo gone
    environment:
      - MODE=fast
      - LOG=info
    depends_on:
      db:
        condition: service_healthy
  db:
    image: postgres
    healthcheck:
      test: [CMD, pg_isready]
      interval: 5s
";

#[test]
fn an_override_moves_what_it_says_and_nothing_else() {
    let over = "\
services:
  db:
    healthcheck:
      test: [\"CMD-SHELL\", 'pg_isready -h db']
  web:
    depends_on: [db]
    environment:
      MODE: slow
";
    let it = project(&[("compose.yaml", BASE), ("compose.override.yaml", over)]);
    let (web, db) = (service(&it, "web"), service(&it, "db"));
    let (base, over) = ("compose.yaml", "compose.override.yaml");

    stands(&it, web.name.at, over, 5, "web");
    assert_eq!(web.layers.len(), 2);
    let edge = web.dependency("db").unwrap();
    assert_eq!(edge.condition.value, Condition::Started);
    stands(&it, edge.name.at, over, 6, "db");
    stands(&it, edge.condition.at, over, 6, "db");
    let [Notice::Downgrade { lost, by, .. }] = it.stack.notices.as_slice() else {
        panic!("{:?}", it.stack.notices);
    };
    stands(&it, lost.at, base, 10, "service_healthy");
    stands(&it, *by, over, 6, "db");

    let check = db.healthcheck.as_ref().unwrap();
    stands(&it, check.key, over, 3, "healthcheck");
    stands(&it, check.interval.as_ref().unwrap().at, base, 15, "5s");
    let Test::Shell { script, .. } = &check.test.as_ref().unwrap().value else {
        panic!("{:?}", check.test);
    };
    stands(&it, script.at, over, 4, "pg_isready -h db");

    let mode = web.env("MODE").unwrap();
    stands(&it, mode.name.at, over, 8, "MODE");
    stands(&it, mode.value.as_ref().unwrap().at, over, 8, "slow");
    let log = web.env("LOG").unwrap();
    stands(&it, log.name.at, base, 7, "LOG");
    stands(&it, log.value.as_ref().unwrap().at, base, 7, "info");
    stands(&it, web.image.as_ref().unwrap().at, base, 3, "nginx");
}

#[test]
fn words_of_a_command_string_stand_where_they_are_and_so_does_its_end() {
    let it = project(&[("compose.yaml", BASE)]);
    let command = &service(&it, "web").command.as_ref().unwrap().value;
    assert_eq!(command.texts(), ["serve", "--port", "80"]);
    stands(&it, command.words[1].at, "compose.yaml", 4, "--port");
    stands(&it, command.cut.unwrap(), "compose.yaml", 4, "&");
}

#[test]
fn variables_out_of_files_stand_in_those_files() {
    let compose = "\
services:
  app:
    image: app:${TAG}
    env_file: app.env
    environment: {SET: here}
";
    let it = project(&[
        ("compose.yaml", compose),
        (".env", "TAG=2\n"),
        ("app.env", "# note\nURL='http://db:80'\nSET=there\n"),
    ]);
    let app = service(&it, "app");
    let url = app.env("URL").unwrap();
    stands(&it, url.name.at, "app.env", 2, "URL");
    let value = url.value.as_ref().unwrap();
    assert_eq!(value.value.text.as_ref(), "http://db:80");
    stands(&it, value.at, "app.env", 2, "'http://db:80'");
    let set = app.env("SET").unwrap().value.as_ref().unwrap();
    stands(&it, set.at, "compose.yaml", 5, "here");
    let image = app.image.as_ref().unwrap();
    assert_eq!(image.value.text.as_ref(), "app:2");
    assert!(image.value.interpolated && !image.value.unknown);
    stands(&it, image.at, "compose.yaml", 3, "app:${TAG}");
}

#[test]
fn inherited_and_anchored_values_stand_where_they_were_written() {
    let compose = "\
x-check: &check {test: [CMD, ping], interval: 9s}
services:
  db:
    image: redis
    healthcheck: *check
  app:
    extends: {file: lib/base.yaml, service: base}
    depends_on:
      db: {condition: service_healthy}
";
    let base = "\
services:
  base:
    image: app
    restart: always
    env_file: [base.env]
";
    let it = project(&[
        ("compose.yaml", compose),
        ("lib/base.yaml", base),
        ("lib/base.env", "A=1\n"),
    ]);
    let (db, app) = (service(&it, "db"), service(&it, "app"));
    let check = db.healthcheck.as_ref().unwrap();
    stands(&it, check.key, "compose.yaml", 5, "healthcheck");
    stands(
        &it,
        check.interval.as_ref().unwrap().at,
        "compose.yaml",
        1,
        "9s",
    );
    stands(
        &it,
        app.image.as_ref().unwrap().at,
        "lib/base.yaml",
        3,
        "app",
    );
    stands(
        &it,
        app.restart.as_ref().unwrap().at,
        "lib/base.yaml",
        4,
        "always",
    );
    stands(&it, app.env("A").unwrap().name.at, "lib/base.env", 1, "A");
    let edge = app.dependency("db").unwrap();
    stands(&it, edge.condition.at, "compose.yaml", 9, "service_healthy");
}

#[test]
fn an_implied_edge_stands_on_the_name_that_implies_it() {
    let compose = "\
services:
  a: {image: x, network_mode: \"service:c\", links: ['b:alias']}
  b: {image: x}
  c: {image: x}
";
    let it = project(&[("compose.yaml", compose)]);
    let a = service(&it, "a");
    stands(
        &it,
        a.dependency("b").unwrap().name.at,
        "compose.yaml",
        2,
        "b",
    );
    stands(
        &it,
        a.dependency("c").unwrap().name.at,
        "compose.yaml",
        2,
        "c",
    );
}

#[test]
fn a_loop_is_told_once_and_from_its_first_service() {
    let compose = "\
services:
  c: {image: x, depends_on: [a]}
  a: {image: x, depends_on: [b, d]}
  b: {image: x, depends_on: [c]}
  d: {image: x, depends_on: [c]}
";
    let it = project(&[("compose.yaml", compose)]);
    let found = consistency::refusals(&it.stack, &[]);
    let [cycle] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(cycle.class, consistency::Class::Cycle);
    assert_eq!(cycle.service.as_ref(), "a");
    assert_eq!(cycle.names.len(), 3);
    assert_eq!(cycle.names[0].as_ref(), "a");
    let line = place(&it, cycle.at).1;
    assert_eq!(line, 3);
}

#[test]
fn an_anchor_of_an_earlier_document_is_followed_and_tolerated() {
    let compose = "x-a: &img {image: one}\nservices: {a: *img}\n---\nservices: {b: *img}\n";
    let files = [(PathBuf::from("/p/compose.yaml"), compose.to_owned())];
    let request = Request {
        dir: "/p".into(),
        ..Request::default()
    };
    let it = resolve(&request, &Memory(files.into()), Path::new("/p"));
    let image = service(&it, "b").image.as_ref().unwrap();
    stands(&it, image.at, "compose.yaml", 1, "one");
    let classes: Vec<_> = it.refusals.iter().map(|it| it.class).collect();
    assert_eq!(classes, [Class::Tolerated]);
}
