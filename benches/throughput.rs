//! Parsing alone against the whole check, in one process, on one thread.
//!
//! Plain clocks: the quotient of two medians is what is wanted, and it needs no
//! framework. Files are made here and held in memory, so that the disk has no say.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tierlint::check;
use tierlint::config::Config;
use tierlint::model::compose::Request;
use tierlint::source::Reader;
use tierlint::yaml;

/// Files held in memory.
struct Memory(BTreeMap<PathBuf, String>);

impl Reader for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = self.0.get(path).map(|text| text.clone().into_bytes());
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}

/// A file of eight services; each waits for the database and its neighbour.
fn file(n: usize) -> String {
    let mut text = String::from("# made for measuring\nservices:\n");
    text.push_str(&format!(
        "  db-{n}:\n    image: postgres:16-alpine\n    environment:\n      POSTGRES_PASSWORD: ${{PASSWORD:-secret}}\n    healthcheck:\n      test: [\"CMD-SHELL\", \"pg_isready -h 127.0.0.1 -U postgres\"]\n      interval: 10s\n      timeout: 5s\n      retries: 5\n"
    ));
    for service in 0..7 {
        let next = if service == 0 {
            String::new()
        } else {
            format!(
                "      app-{n}-{}:\n        condition: service_started\n",
                service - 1
            )
        };
        text.push_str(&format!(
            "  app-{n}-{service}:\n    image: registry.example/app:{service}\n    restart: unless-stopped # a comment\n    depends_on:\n      db-{n}:\n        condition: service_healthy\n{next}    environment:\n      - DATABASE_URL=postgres://postgres@db-{n}:5432/app\n      - LOG_LEVEL=${{LOG_LEVEL:-info}}\n    ports:\n      - \"{}:8080\"\n    volumes:\n      - data:/data\n",
            8000 + service
        ));
    }
    text.push_str("volumes:\n  data: {}\n");
    text
}

/// The median of some runs.
fn median(runs: usize, mut work: impl FnMut()) -> Duration {
    work();
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[runs / 2]
}

/// Measures projects of some files each and prints one line.
fn measure(name: &str, projects: usize, files: usize, runs: usize) -> io::Result<()> {
    let path = |project: usize, n: usize| PathBuf::from(format!("/made/{project}/part-{n}.yaml"));
    let mut memory = Memory(BTreeMap::new());
    for project in 0..projects {
        for n in 0..files {
            memory.0.insert(path(project, n), file(n));
        }
    }
    let requests: Vec<Request> = (0..projects)
        .map(|project| Request {
            dir: PathBuf::from(format!("/made/{project}")),
            files: (0..files).map(|n| path(project, n)).collect(),
            env_files: Vec::new(),
            profiles: Vec::new(),
        })
        .collect();
    let config = Config::default();
    let parse = median(runs, || {
        for text in memory.0.values() {
            black_box(yaml::parse(text));
        }
    });
    let whole = median(runs, || {
        for request in &requests {
            black_box(check::check(request, &memory, Path::new("/made"), &config));
        }
    });
    let bytes: usize = memory.0.values().map(String::len).sum();
    #[expect(clippy::cast_precision_loss, reason = "for reading only")]
    let speed = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    writeln!(
        io::stdout(),
        "{name}: {bytes} bytes, parse {parse:.2?} ({:.1} MB/s), whole {whole:.2?} ({:.1} MB/s), whole / parse {:.2}",
        speed(parse),
        speed(whole),
        whole.as_secs_f64() / parse.as_secs_f64(),
    )
}

fn main() -> io::Result<()> {
    measure("one project of 10 files", 1, 10, 101)?;
    measure("2000 files, one project each", 2000, 1, 7)
}
