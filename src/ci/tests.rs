//! Files to starts: where commands stand, and what is between them.

use std::path::{Path, PathBuf};

use super::{PauseKind, Removal, Start, starts};

fn read(name: &str, text: &str) -> Vec<Start> {
    starts(&Path::new("/r").join(name), Path::new("/r"), text)
}

/// The text of each start and pause, and what goes.
fn told(name: &str, text: &str) -> Vec<(String, String, String)> {
    let slice = |span: crate::source::Span| text[span.range()].to_owned();
    let found = read(name, text);
    let told = found.iter().map(|it| {
        let gone = match &it.pause.removal {
            Removal::Bytes(span) => slice(*span),
            Removal::Item(_, item) => format!("item {item}"),
            Removal::Refused(reason) => (*reason).to_owned(),
        };
        (slice(it.at), slice(it.pause.at), gone)
    });
    told.collect()
}

fn strings(all: [&str; 3]) -> (String, String, String) {
    let [start, pause, gone] = all.map(str::to_owned);
    (start, pause, gone)
}

#[test]
fn a_block_scalar_is_read_line_by_line_and_cut_with_its_indentation() {
    let text = "jobs:\n  a:\n    steps:\n      - run: |\n          docker compose up -d\n\n          sleep 5\n          make\n";
    let path = ".github/workflows/a.yml";
    let gone = "sleep 5\n          ";
    assert_eq!(
        told(path, text),
        [strings(["docker compose up -d", "sleep 5", gone])]
    );
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(read(path, &crlf).len(), 1);
    let last = "jobs:\n  a:\n    steps:\n      - run: |\n          docker compose up -d\n          sleep 5\n";
    let gone = "\n          sleep 5";
    assert_eq!(
        told(path, last),
        [strings(["docker compose up -d", "sleep 5", gone])]
    );
}

#[test]
fn steps_follow_each_other_unless_another_action_stands_between() {
    let steps = |between: &str| {
        format!(
            "jobs:\n  a:\n    steps:\n      - run: docker compose up -d\n{between}      - run: sleep 5\n      - run: b\n"
        )
    };
    let path = ".github/workflows/a.yml";
    let found = |between: &str| read(path, &steps(between)).len();
    assert_eq!(found(""), 1);
    assert_eq!(found("      - uses: actions/setup-go@v5\n"), 1);
    assert_eq!(found("      - uses: some/tunnel@v1\n"), 0);
    assert_eq!(found("      - run: ./seed\n"), 0);
    assert_eq!(
        found("      - run: Start-Service x\n        shell: pwsh\n"),
        0
    );
    assert_eq!(
        read(
            path,
            &steps("").replace("sleep 5\n", "sleep 5\n        if: failure()\n")
        )
        .len(),
        0
    );
    assert_eq!(read("other.yml", &steps("")).len(), 0);
}

#[test]
fn variables_of_make_stand_for_their_values_and_cannot_be_cut() {
    let text = "DC ?= docker compose\nUP = $(DC) up -d\na:\n\t@$(UP) && sleep 3 && make b\nb:\n\t$(NO) up -d\n\tsleep 3\n";
    let found = read("Makefile", text);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].detach, None);
    assert_eq!(found[0].pause.kind, PauseKind::Sleep(3.0));
    assert_eq!(
        told("Makefile", text),
        [strings(["$(UP)", "sleep 3", "sleep 3 && "])]
    );
    let twice = format!("DC = podman compose\n{text}");
    assert_eq!(read("Makefile", &twice), []);
}

#[test]
fn folders_and_files_are_followed_as_far_as_they_are_written() {
    let of = |script: &str| {
        let found = read("ci/run.sh", script);
        let one = found.first().map(|it| (it.dir.clone(), it.files.clone()));
        assert!(found.len() < 2);
        one
    };
    let path = PathBuf::from;
    let tail = "docker compose up -d\nsleep 5\n";
    assert_eq!(of(tail), Some((path("/r"), vec![])));
    assert_eq!(
        of(&format!("cd a/b/..\n{tail}")),
        Some((path("/r/a"), vec![]))
    );
    assert_eq!(
        of(&format!("cd \"$(dirname \"$0\")/..\"\n{tail}")),
        Some((path("/r"), vec![]))
    );
    assert_eq!(
        of(&format!("cd \"$(dirname \"$0\")\"\n{tail}")),
        Some((path("/r/ci"), vec![]))
    );
    assert_eq!(of(&format!("cd \"$HERE\"\n{tail}")), None);
    let two = "docker compose -p x -f a.yml --file b.yml up -d db\nsleep 5\n";
    assert_eq!(
        of(two),
        Some((path("/r"), vec![path("/r/a.yml"), path("/r/b.yml")]))
    );
    assert_eq!(of("docker compose -f $F up -d\nsleep 5\n"), None);
    assert_eq!(of("docker compose --profile x up -d\nsleep 5\n"), None);
    assert_eq!(of("docker compose up -d --scale web=2\nsleep 5\n"), None);
    assert_eq!(of("docker compose up -d --no-deps web\nsleep 5\n"), None);
}

#[test]
fn a_loop_counts_by_what_it_asks() {
    let kind = |body: &str| {
        let text = format!("docker compose up -d\n{body}\n");
        read("a.sh", &text).first().map(|it| it.pause.kind.clone())
    };
    let ask = "until docker compose exec -T db pg_isready -q; do sleep 1; done";
    assert_eq!(kind(ask), Some(PauseKind::AskLoop("db".to_owned())));
    let port = "timeout 60 bash -c 'until curl -sf localhost:8080/up; do sleep 2; done'";
    assert_eq!(kind(port), Some(PauseKind::PortLoop(8080)));
    let health = "while [ \"$(docker inspect -f '{{.State.Health.Status}}' x)\" != healthy ]; do sleep 1; done";
    assert_eq!(kind(health), Some(PauseKind::HealthLoop));
    assert_eq!(
        kind("until curl -sf https://example.com; do sleep 2; done"),
        None
    );
    assert_eq!(kind("until ./deploy; do sleep 2; done"), None);
    assert_eq!(
        kind("for i in 1 2; do docker compose exec -T db psql -c x; sleep 1; done"),
        None
    );
}

#[test]
fn escapes_of_json_have_places_and_cannot_be_cut() {
    let text = "{\"scripts\": {\"a\": \"docker compose up -d && echo \\\"x\\\" && sleep 4 && b\"}}";
    assert_eq!(
        told("package.json", text),
        [strings(["docker compose up -d", "sleep 4", "sleep 4 && "])]
    );
}

#[test]
fn a_sleep_in_another_branch_is_none_of_the_start() {
    for text in [
        "if a; then docker compose up -d; else sleep 5; fi",
        "case $1 in a) docker compose up -d;; b) sleep 5;; esac",
        "docker compose up -d || { sleep 5; }",
        "f() {\n docker compose up -d\n}\nsleep 5",
        "docker compose up -d; docker compose stop; sleep 5",
        "while sleep 5; do docker compose up -d; done",
    ] {
        assert_eq!(read("a.sh", text), [], "{text}");
    }
    assert_eq!(
        read("a.sh", "f() {\n docker compose up -d\n sleep 5\n}\n").len(),
        1
    );
}

#[test]
fn a_makefile_that_doubles_at_every_name_is_read_in_time() {
    let mut text = String::new();
    for level in 0..4 {
        let inner = format!("$(V{}) ", level + 1).repeat(20_000);
        text.push_str(&format!("V{level} = {inner}\n"));
    }
    text.push_str("V4 = x\na:\n\t$(V0) && docker compose up -d && sleep 5 # compose\n");
    assert_eq!(read("Makefile", &text), []);
}

#[test]
fn no_text_is_too_odd() {
    let odd = [
        "",
        "$",
        "$(",
        "\t$(",
        "a:\n\t$$",
        "\u{feff}",
        "é$é",
        "{{",
        "jobs:",
        "jobs: {a: {steps: [run, {run: }]}}",
        "a:\n\t@-+\n\t$(A",
        "x:\n  {{\n  }}",
        "\"scripts\": {\"a\": \"\\\"}",
        "test:\n  script:\n    - |\n",
    ];
    let names = [
        "Makefile",
        "justfile",
        "package.json",
        "a.sh",
        ".gitlab-ci.yml",
        ".github/workflows/a.yml",
    ];
    for name in names {
        for text in odd {
            let tail = "# docker compose up -d; sleep 5; done";
            for text in [
                format!("{text}{tail}"),
                format!("{text}\n{tail}\n"),
                format!("{tail}\n{text}"),
            ] {
                assert_eq!(read(name, &text), [], "{name}: {text}");
            }
        }
    }
}

mod services {
    use std::path::Path;

    use crate::ci::services::{Workflow, resolve};
    use crate::model::compose::Resolved;
    use crate::model::workload::{Test, Workload};
    use crate::source::Reader;

    /// One file, whatever it is called.
    struct One(String);

    impl Reader for One {
        fn read(&self, _: &Path) -> std::io::Result<Vec<u8>> {
            Ok(self.0.clone().into_bytes())
        }

        fn is_file(&self, _: &Path) -> bool {
            true
        }
    }

    /// A workflow with one service whose `options` are these lines.
    fn read(options: &str) -> (Resolved, Workflow) {
        let text = format!(
            "jobs:\n  test:\n    services:\n      db:\n        image: postgres:17\n        options: {options}\n    steps:\n      - run: make\n"
        );
        let path = Path::new("/w/.github/workflows/ci.yaml");
        resolve(path, &One(text), Path::new("/w"))
    }

    /// The command of the healthcheck, and what stands in its place.
    fn command(options: &str) -> Option<(String, String)> {
        let (resolved, _) = read(options);
        let test = resolved.stack.workloads[0]
            .healthcheck
            .as_ref()?
            .test
            .as_ref()?;
        let Test::Shell { script, .. } = &test.value else {
            return None;
        };
        let written = resolved.sources.slice(script.at).to_owned();
        Some((script.value.text.to_string(), written))
    }

    fn is_known(workload: &Workload) -> bool {
        workload.image.as_ref().is_some_and(|it| !it.value.unknown)
    }

    #[test]
    fn a_command_has_its_place_in_every_style() {
        for options in [
            "--cpus 1 --health-cmd \"pg_isready -U app\" --health-interval 5s",
            "--health-cmd=\"pg_isready -U app\"",
            ">-\n          --cpus 1\n          --health-cmd \"pg_isready -U app\"\n          --health-interval 5s",
            "|\n          --cpus 1\n          --health-cmd \"pg_isready -U app\"",
            "--cpus 1\n          --health-cmd \"pg_isready -U app\"",
            "'--health-cmd \"pg_isready -U app\"'",
        ] {
            let both = (
                "pg_isready -U app".to_owned(),
                "pg_isready -U app".to_owned(),
            );
            assert_eq!(command(options), Some(both), "{options}");
        }
        let escaped = command("--health-cmd \"psql -c \\\"select 1\\\"\"").unwrap();
        assert_eq!(escaped.0, "psql -c \"select 1\"");
    }

    #[test]
    fn times_and_switches_are_read() {
        let (resolved, _) = read(
            "--health-cmd x --health-interval=5s --health-retries 7 --health-start-period soon",
        );
        let check = resolved.stack.workloads[0].healthcheck.as_ref().unwrap();
        assert_eq!(check.interval.as_ref().unwrap().value.as_secs(), 5);
        assert_eq!(check.retries.as_ref().unwrap().value, 7);
        assert!(check.start_period.is_none() && check.unknown_timing);
        let (resolved, _) = read("--no-healthcheck");
        let check = resolved.stack.workloads[0].healthcheck.as_ref().unwrap();
        assert!(check.disable.is_some() && check.test.is_none());
    }

    #[test]
    fn what_is_not_understood_leaves_the_image_unknown() {
        let known = |options: &str| is_known(&read(options).0.stack.workloads[0]);
        assert!(known("--cpus 1"));
        for options in [
            "--health-cmd 'pg_isready'",
            "--health-cmd \"pg_isready",
            "${{ matrix.options }}",
            "--entrypoint sleep",
            "[--cpus, 1]",
        ] {
            assert!(!known(options), "{options}");
        }
    }

    #[test]
    fn jobs_are_told_apart() {
        let (resolved, workflow) = read("--cpus 1");
        assert_eq!(resolved.stack.workloads[0].name.value.as_ref(), "test/db");
        let job = &workflow.jobs[workflow.services[0].job];
        assert_eq!(
            (job.name.as_ref(), job.waits, job.container),
            ("test", false, false)
        );
        assert_eq!(resolved.sources.slice(job.first), "run");
    }
}
