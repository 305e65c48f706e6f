//! Parsing alone against the whole check, in one process, on one thread.
//!
//! Plain clocks: the quotient of two times is what is wanted, and it needs no
//! framework. Files are made here and held in memory, so that the disk has no say;
//! with `TREE=folder` real ones are measured too, from memory and from the disk.
//! `ONLY=words` keeps the measurements whose names have these words.
//!
//! Parsing alone means the events of `granit-parser`, drained and dropped; where the
//! whole command is measured, with the same walk and the same reading before it.

use std::collections::HashMap;
use std::ffi::OsString;
use std::hint::black_box;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use granit_parser::Parser;
use tierlint::check;
use tierlint::cli::{self, Io};
use tierlint::config::Config;
use tierlint::discover::{self, Disk};
use tierlint::model::compose::Request;
use tierlint::source::Reader;
use tierlint::yaml;

/// Files held in memory.
struct Memory(HashMap<OsString, String>);

impl Reader for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = self
            .0
            .get(path.as_os_str())
            .map(|text| text.clone().into_bytes());
        found.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.contains_key(path.as_os_str())
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

/// How long something takes.
fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Measures projects of some files each and prints one line.
fn measure(name: &str, projects: usize, files: usize, runs: usize) -> io::Result<()> {
    let path = |project: usize, n: usize| PathBuf::from(format!("/made/{project}/part-{n}.yaml"));
    let mut memory = Memory(HashMap::new());
    for project in 0..projects {
        for n in 0..files {
            memory.0.insert(path(project, n).into(), file(n));
        }
    }
    let requests: Vec<Request> = (0..projects)
        .map(|project| Request {
            dir: PathBuf::from(format!("/made/{project}")),
            files: (0..files).map(|n| path(project, n)).collect(),
            env_files: Vec::new(),
            profiles: Vec::new(),
            starters: Vec::new(),
            pooled: Vec::new(),
        })
        .collect();
    let texts: Vec<&str> = memory.0.values().map(String::as_str).collect();
    compare(
        name,
        runs,
        &texts,
        (&in_memory, &|| check_all(&requests, &memory)),
    )
}

/// What reads the texts that a look is taken at.
type Looks<'l> = &'l dyn Fn(&[&str], &dyn Fn(&str));

/// The texts are there.
fn in_memory(texts: &[&str], look: &dyn Fn(&str)) {
    texts.iter().for_each(|text| look(text));
}

fn check_all(requests: &[Request], reader: &dyn Reader) {
    let config = Config::default();
    for request in requests {
        black_box(check::check(request, reader, Path::new("/made"), &config));
    }
}

/// The events of a text, up to its first error.
fn events(text: &str) -> usize {
    let mut parser = Parser::new_from_str(text);
    let mut count = 0;
    while let Some(Ok(event)) = parser.next_event() {
        black_box(event);
        count += 1;
    }
    count
}

/// Measures parsing, reading into trees and whole runs, and prints one line.
fn compare(
    name: &str,
    runs: usize,
    texts: &[&str],
    (looks, run): (Looks<'_>, &dyn Fn()),
) -> io::Result<()> {
    if std::env::var("ONLY").is_ok_and(|only| !name.contains(&only)) {
        return Ok(());
    }
    let asked = std::env::var("RUNS").ok().and_then(|it| it.parse().ok());
    let runs = asked.unwrap_or(runs);
    // The fastest of some turns: whatever else the machine does only adds.
    let [mut parse, mut tree, mut whole] = [Duration::MAX; 3];
    for _ in 0..runs {
        parse = parse.min(time(|| {
            looks(texts, &|text| {
                black_box(events(text));
            });
        }));
        tree = tree.min(time(|| {
            looks(texts, &|text| {
                black_box(yaml::parse(text));
            });
        }));
        whole = whole.min(time(run));
    }
    let bytes: usize = texts.iter().map(|text| text.len()).sum();
    #[expect(clippy::cast_precision_loss, reason = "for reading only")]
    let speed = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
    writeln!(
        io::stdout(),
        "{name}: {bytes} bytes, parse {parse:.2?} ({:.1} MB/s), tree {tree:.2?} ({:.1} MB/s), whole {whole:.2?} ({:.1} MB/s), whole / parse {:.2}",
        speed(parse),
        speed(tree),
        speed(whole),
        whole.as_secs_f64() / parse.as_secs_f64(),
    )
}

/// Measures the Compose files of a folder: all projects from memory, then the
/// whole command against parsing alone, both with the walk and the disk.
fn measure_tree(tree: &Path) -> io::Result<()> {
    let tree = tree.canonicalize()?;
    let found = discover::discover(std::slice::from_ref(&tree));
    let texts: Vec<&str> = found
        .texts
        .texts
        .values()
        .filter_map(|text| std::str::from_utf8(text).ok())
        .collect();
    let requests: Vec<Request> = found
        .candidates
        .iter()
        .map(|candidate| Request {
            dir: candidate.dir.clone(),
            files: candidate.files.clone(),
            env_files: Vec::new(),
            profiles: Vec::new(),
            starters: Vec::new(),
            pooled: Vec::new(),
        })
        .collect();
    let disk = Disk::knowing(&tree, found.texts.clone());
    let check = || check_all(&requests, &disk);
    compare("TREE, from memory", 25, &texts, (&in_memory, &check))?;
    let command = || {
        let mut io = Io {
            out: &mut io::sink(),
            err: &mut io::sink(),
            input: &mut io::empty(),
            dir: tree.clone(),
            colour: false,
            width: 100,
            today: None,
            pause: &mut || false,
        };
        let args = ["tierlint", "check", "--format", "json"];
        black_box(cli::run(args.map(str::to_owned), &mut io));
    };
    let walked = |_: &[&str], look: &dyn Fn(&str)| walk(&tree, &found, look);
    compare(
        "TREE, with the walk and the disk",
        15,
        &texts,
        (&walked, &command),
    )
}

/// The walk and the reading that any tool needs to come by these texts: names
/// under ignore files, each YAML file read, and a look at those that are Compose.
fn walk(tree: &Path, found: &discover::Found, look: &dyn Fn(&str)) {
    let walk = ignore::WalkBuilder::new(tree)
        .hidden(false)
        .require_git(false)
        .build();
    for entry in walk.flatten() {
        let ending = entry.path().extension();
        if !ending.is_some_and(|it| it == "yml" || it == "yaml") {
            continue;
        }
        let Ok(text) = std::fs::read(entry.path()) else {
            continue;
        };
        if found.texts.texts.contains_key(entry.path().as_os_str()) {
            look(std::str::from_utf8(&text).unwrap_or_default());
        }
    }
}

fn main() -> io::Result<()> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()
        .map_err(io::Error::other)?;
    measure("one project of 10 files", 1, 10, 101)?;
    measure("2000 files, one project each", 2000, 1, 15)?;
    match std::env::var_os("TREE") {
        Some(tree) => measure_tree(Path::new(&tree)),
        None => Ok(()),
    }
}
