//! Broken input: no panic, spans inside the text, bounded time.

use crate::script::{Script, analyse, analyse_exec, probe};
use crate::source::Span;

const SEEDS: [&str; 10] = [
    "sh -c 'until nc -z db 5432; do sleep 1; done; exec ./app --port \"$PORT\"' || exit 1",
    "bash -c \"while ! timeout 1 bash -c 'echo > /dev/tcp/db/5432'; do sleep 2; done && ./run\"",
    "if [ \"$(redis-cli -h cache ping)\" = PONG ]; then exit 0; else exit 1; fi",
    "for i in {1..30}; do curl -fsS \"http://api:8080/health\" && break; sleep 2; done; app & wait",
    "wait-for-it -t 30 ${DB_HOST:-db}:${DB_PORT:-5432} -- /entrypoint.sh `hostname -i` $((1 + 2))",
    "case \"$1\" in start|run) sleep 5 ;; *) exec \"$@\" ;; esac; f() { echo hi; }; f | tee log",
    "cat <<EOF > /tmp/a\nbody $(date)\nEOF\nsleep 3 # wait\napp é ü \\\n  --flag",
    "dockerize -wait tcp://db:5432 -timeout 60s npm start; x=(a b c); [[ -n $x && $x != y ]]",
    "curl -fsSLo /dev/null http://user:pw@[::1]:80/path?q#f --max-time 5 | grep -q ok || true",
    "eval \"su - app -c 'mysqladmin ping -h127.0.0.1 -p\\\"$P\\\"'\"; exec 3<>/dev/tcp/a/1 >&3",
];

const ALPHABET: &[u8] = b"'\"`$(){}|&;<>#\\\n\r \t=[]!*?~-:/@.,0aZcdo\xc3\xa9";

/// A small xorshift generator: the same inputs on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).map_or(0, |drawn| drawn % bound.max(1))
    }
}

fn mutate(random: &mut Random) -> String {
    let mut bytes = SEEDS[random.below(SEEDS.len())].as_bytes().to_vec();
    for _ in 0..=random.below(8) {
        let at = random.below(bytes.len());
        let byte = ALPHABET[random.below(ALPHABET.len())];
        match random.below(5) {
            0 if !bytes.is_empty() => bytes[at] = byte,
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 => bytes.truncate(at.max(1)),
            3 => {
                let other = SEEDS[random.below(SEEDS.len())].as_bytes();
                let from = random.below(other.len());
                let tail = bytes.split_off(at);
                bytes.extend_from_slice(&other[from..]);
                bytes.extend(tail);
            }
            _ => bytes.insert(at, byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Every span must cut the text at character boundaries.
fn check_spans(text: &str, script: &Script) {
    let mut spans: Vec<Span> = Vec::new();
    for command in &script.commands {
        spans.push(command.span);
        spans.extend(command.words.iter().map(|word| word.span));
        for target in &command.sockets {
            spans.push(target.host_span);
            spans.extend(target.port_span);
        }
    }
    for sleep in &script.sleeps {
        spans.push(sleep.span);
        spans.extend(sleep.remove);
    }
    for wait in &script.waits {
        spans.push(wait.span);
        spans.extend(wait.remove);
        spans.extend(wait.targets.iter().map(|target| target.host_span));
        spans.extend(wait.targets.iter().filter_map(|target| target.port_span));
    }
    spans.extend(script.swallows.iter().map(|swallow| swallow.span));
    for span in spans {
        assert!(
            text.get(span.range()).is_some(),
            "{span:?} does not fit {text:?}"
        );
    }
}

#[test]
fn mutated_texts_neither_panic_nor_leave_the_text() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut broken = 0;
    for _ in 0..20_000 {
        let text = mutate(&mut random);
        let script = analyse(&text);
        check_spans(&text, &script);
        broken += usize::from(script.incomplete);
        let _ = probe(&script);
    }
    for _ in 0..4_000 {
        let text = mutate(&mut random);
        let words: Vec<&str> = ["sh", "-c", &text, "--"]
            .into_iter()
            .chain(text.split(' '))
            .collect();
        let script = analyse_exec(&words);
        check_spans(&words.join(" "), &script);
        let _ = probe(&script);
    }
    assert!(broken > 1_000, "the mutations are too tame: {broken}");
}

#[test]
fn hostile_texts_take_linear_time() {
    let openers = [
        "(",
        "((",
        "$(",
        "$((",
        "`",
        "\"$(",
        "${",
        "{ ",
        "if a; then ",
        "while a; do ",
        "a && ",
        "a | ",
        "case x in a) ",
        "f() ",
        "<<E ",
        "! ",
        "x=(",
        "<(",
        "[[ ",
        "sh -c '",
        "exec ",
        "timeout 5 ",
        "wait-for-it a:1 -- ",
        "env A=b ",
        "$((a ",
        "\\",
        "for i in a; do ",
        "&",
    ];
    for opener in openers {
        let text = opener.repeat(60_000 / opener.len());
        check_spans(&text, &analyse(&text));
    }
    let words = vec!["exec"; 20_000];
    assert_eq!(analyse_exec(&words).sleeps, vec![]);
    assert!(analyse(&"a".repeat(2 << 20)).incomplete);
}

#[test]
fn shells_in_shells_stay_within_the_stack() {
    let nest = |inner: &str| format!("{}{inner}{}", "(".repeat(38), ")".repeat(38));
    let mut text = nest("sleep 1; true");
    for _ in 0..8 {
        let quoted: String = text.chars().flat_map(|c| ['\\', c]).collect();
        text = nest(&format!("sh -c {quoted}"));
        if text.len() > 100_000 {
            break;
        }
        check_spans(&text, &analyse(&text));
    }
    assert!(text.len() > 20_000, "{}", text.len());
}
