//! Command lines as transcripts: `testdata/cli/*.txt`.
//!
//! A transcript holds comments (`# …`), the folder to run in below
//! `testdata/cli/` (`@ folder`), command lines (`$ tierlint …`), lines for
//! standard input (`< …`) and, after each command, its exit code (`= 0`), what
//! it printed (`| …`) and what it noted (`! …`). The last three are written
//! with `UPDATE=1`.

use super::support::{self, Ran, files, name};

/// One command of a transcript.
#[derive(Default)]
struct Step {
    args: Vec<String>,
    input: Vec<u8>,
}

/// A line for standard input; `\xe9` stands for that byte.
fn bytes(line: &str) -> Vec<u8> {
    let mut parts = line.split("\\x");
    let mut bytes = parts.next().unwrap_or("").as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).expect("two hexadecimal digits"));
        bytes.extend(rest.as_bytes());
    }
    bytes
}

/// The answer in the words of a transcript. Escapes are made visible.
fn answer(ran: &Ran) -> String {
    let mut text = format!("= {}\n", ran.code);
    for (mark, stream) in [("|", &ran.out), ("!", &ran.err)] {
        for line in stream.lines() {
            let line = line.replace('\x1b', "\\e");
            text.push_str(format!("{mark} {line}").trim_end());
            text.push('\n');
        }
    }
    text
}

/// The transcript as it runs now, and how many commands it holds.
fn replay(text: &str) -> (String, usize) {
    let (mut now, mut folder, mut steps) = (String::new(), String::new(), 0);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix("$ tierlint") else {
            if !line.starts_with(['=', '|', '!', '<']) {
                now.push_str(line);
                now.push('\n');
            }
            if let Some(name) = line.strip_prefix("@ ") {
                name.clone_into(&mut folder);
            }
            continue;
        };
        let mut step = Step {
            args: command.split_whitespace().map(str::to_owned).collect(),
            input: Vec::new(),
        };
        now.push_str(line);
        now.push('\n');
        while let Some(line) = lines.next_if(|line| line.starts_with('<')) {
            now.push_str(line);
            now.push('\n');
            step.input
                .extend(bytes(line[1..].strip_prefix(' ').unwrap_or("")));
            step.input.push(b'\n');
        }
        let dir = support::at("testdata/cli").join(&folder);
        now.push_str(&answer(&support::run(&dir, &step.args, &step.input)));
        steps += 1;
    }
    (now, steps)
}

#[test]
fn every_transcript_replays() {
    let mut failed = Vec::new();
    let transcripts = files(&support::at("testdata/cli"));
    for path in &transcripts {
        let text = support::text(path);
        let (now, steps) = replay(&text);
        if steps == 0 {
            failed.push(format!("{}: holds no command", name(path)));
        }
        if support::update() {
            std::fs::write(path, now).unwrap();
        } else if now != text {
            let line = now
                .lines()
                .zip(text.lines())
                .position(|(now, then)| now != then);
            let line = line.unwrap_or(0) + 1;
            failed.push(format!("{}:{line}: says now\n{now}", name(path)));
        }
    }
    assert!(!transcripts.is_empty(), "there are no transcripts");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
