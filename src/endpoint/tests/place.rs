//! From an address in a value to the bytes of a Compose file.

use std::path::{Path, PathBuf};

use crate::endpoint::{of, place};
use crate::model::compose::{self, Request};
use crate::source::Reader;

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
