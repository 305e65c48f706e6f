//! Init containers and commands that wait for somebody.
//!
//! Owns how a container's words become waits, and what each wait tests. Must
//! not know what a wait is worth.

use crate::model::kubernetes::Cluster;
use crate::model::kubernetes::environment::{self, Variable};
use crate::model::kubernetes::pod::{Container, Pod};
use crate::script::{self, Proves, Script, Swallowing, Target, Wait, WaitKind};
use crate::source::At;

/// What a wait looks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Aim {
    /// A host, and a port if one is named.
    Host(String, Option<u16>),
    /// Objects of a kind, by name or by a label, in a namespace.
    Object {
        /// `pod`, `job`, `deployment`, in small letters and without a plural.
        kind: String,
        /// The name.
        name: Option<String>,
        /// `key=value` of a selector.
        label: Option<(String, String)>,
        /// `-n`.
        space: Option<String>,
        /// Until it has ended, not until it is ready.
        completed: bool,
    },
}

/// A place that waits.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The pod, by index.
    pub pod: usize,
    /// The container's place in `initContainers`; `None` for the main container.
    pub init: Option<usize>,
    /// The wait, where a script says it; `None` where the image does.
    pub wait: Option<Wait>,
    /// What it looks for.
    pub aims: Vec<Aim>,
    /// What success proves.
    pub proves: Proves,
    /// What it asks for comes before readiness: `Running`, `create`.
    pub early: Option<String>,
    /// What comes behind goes on whatever the wait found.
    pub gives_up: bool,
    /// The words that say so.
    pub at: At,
}

/// Everything that a pod waits for before its main program runs.
pub(super) fn of(cluster: &Cluster, pod: &Pod, index: usize) -> Vec<Waiting> {
    let mut found = Vec::new();
    let setup = pod.init.iter().enumerate();
    let setup = setup
        .filter(|(_, it)| !it.is_sidecar())
        .map(|(n, it)| (Some(n), it));
    for (init, container) in setup.chain(pod.main().map(|it| (None, it))) {
        let known = || environment::of(cluster, pod, container);
        found.extend(waits(container, index, init, &known));
    }
    found
}

fn waits(
    container: &Container,
    pod: usize,
    init: Option<usize>,
    known: &dyn Fn() -> Vec<Variable>,
) -> Vec<Waiting> {
    let words: Vec<&str> = container.words().map(|it| it.value.as_ref()).collect();
    if let Some(waiting) = by_image(container, &words, pod, init) {
        return vec![waiting];
    }
    let Some(at) = container.args.as_ref().or(container.command.as_ref()) else {
        return Vec::new();
    };
    if !may_wait(&words) {
        return Vec::new();
    }
    let script = script::analyse_exec(&words);
    let waiting = |wait: &Wait| {
        let aims = if wait.kind == WaitKind::KubectlWait {
            kubectl(&script, wait)
        } else {
            let hosts = wait.targets.iter();
            hosts.filter_map(|it| host(it, known)).collect()
        };
        let bounded = wait.timeout.is_some_and(f64::is_finite);
        Waiting {
            pod,
            init,
            aims,
            proves: wait.proves,
            early: early(&script, wait),
            gives_up: bounded && (wait.strict == Some(false) || thrown_away(&script, wait)),
            at: at.at,
            wait: Some(wait.clone()),
        }
    };
    script.waits.iter().map(waiting).collect()
}

/// Whether a failure of the wait counts for nothing. One that is strict does not
/// come to what would only talk.
fn thrown_away(script: &Script, wait: &Wait) -> bool {
    let mut swallows = script.swallows.iter();
    let stopped = wait.strict == Some(true) && swallows.all(|it| it.how == Swallowing::EchoOnly);
    script.always_true && !stopped
}

/// `db.$(cat …/serviceaccount/namespace).svc.cluster.local`, the form of the
/// example in kubernetes.io, "Init Containers".
fn in_own_namespace(host: &str) -> Option<&str> {
    const OWN: &str = "cat /var/run/secrets/kubernetes.io/serviceaccount/namespace";
    let (name, rest) = host.split_once(".$(").or_else(|| host.split_once(".`"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (rest.trim_start().starts_with(OWN) && name.chars().all(plain)).then_some(name)
}

/// A variable may hold the port too: `ADDR=web:80`.
fn host(target: &Target, known: &dyn Fn() -> Vec<Variable>) -> Option<Aim> {
    if target.literal {
        return Some(Aim::Host(target.host.clone(), target.port));
    }
    if let Some(name) = in_own_namespace(&target.host) {
        return Some(Aim::Host(name.to_owned(), target.port));
    }
    let text = environment::meaning(&target.host, &known())?;
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (text.as_ref(), target.port),
    };
    Some(Aim::Host(host.to_owned(), port))
}

/// A cheap look: most commands wait for nobody.
fn may_wait(words: &[&str]) -> bool {
    const SIGNS: [&str; 8] = [
        "until",
        "while",
        "wait",
        "for ",
        "dockerize",
        "kubectl",
        "rollout",
        "/dev/tcp",
    ];
    words
        .iter()
        .any(|word| SIGNS.iter().any(|it| word.contains(it)))
}

/// `groundnuty/k8s-wait-for`: the image is the wait, its arguments the target.
fn by_image(
    container: &Container,
    words: &[&str],
    pod: usize,
    init: Option<usize>,
) -> Option<Waiting> {
    let image = container.image.as_ref()?;
    let name = image.value.rsplit('/').next()?;
    let name = name.split([':', '@']).next()?;
    if name != "k8s-wait-for" {
        return None;
    }
    let (kind, rest) = words.split_first()?;
    let (kind, lenient) = match kind.split_once('-') {
        Some((kind, _)) => (kind, true),
        None => (*kind, false),
    };
    let mut aim = object(kind, rest);
    if let Aim::Object { completed, .. } = &mut aim {
        *completed = kind == "job";
    }
    Some(Waiting {
        pod,
        init,
        wait: None,
        aims: vec![aim],
        proves: Proves::Protocol,
        early: None,
        gives_up: lenient,
        at: container.args.as_ref().map_or(container.at, |it| it.at),
    })
}

/// What `kubectl wait` asks for where pods have it before they are ready:
/// `--for=create`, a condition that comes first, the phase `Running`.
fn early(script: &Script, wait: &Wait) -> Option<String> {
    const BEFORE: [&str; 5] = [
        "create",
        "podscheduled",
        "initialized",
        "podreadytostartcontainers",
        "running",
    ];
    let calls = script.commands.iter().filter(|it| {
        it.name == "kubectl" && wait.span.start <= it.span.start && it.span.end <= wait.span.end
    });
    calls.into_iter().find_map(|call| {
        let words: Vec<&str> = call.words.iter().map(|it| it.text.as_str()).collect();
        let asked = option(&words, ["--for", "--for"])?;
        let name = asked.rsplit('=').next()?.trim_matches(['\'', '"']);
        BEFORE
            .contains(&name.to_ascii_lowercase().as_str())
            .then(|| name.to_owned())
    })
}

/// `kubectl wait --for=condition=ready pod -l app=db`, `kubectl rollout status x/y`.
fn kubectl(script: &Script, wait: &Wait) -> Vec<Aim> {
    let inside =
        |span: crate::source::Span| wait.span.start <= span.start && span.end <= wait.span.end;
    let mut found = Vec::new();
    for command in script.commands.iter().filter(|it| inside(it.span)) {
        let words: Vec<&str> = command.words.iter().map(|it| it.text.as_str()).collect();
        let Some(at) = words
            .iter()
            .position(|it| matches!(*it, "wait" | "status"))
            .filter(|_| command.name == "kubectl")
        else {
            continue;
        };
        let rest = &words[at + 1..];
        let plain: Vec<&str> = plain_words(rest);
        let completed = rest
            .iter()
            .any(|it| it.to_ascii_lowercase().contains("complete"));
        let mut add = |kind: &str, name: Option<&str>| {
            let mut words: Vec<&str> = name.into_iter().collect();
            words.extend(rest);
            let mut aim = object(kind, &words);
            if let Aim::Object {
                name: of,
                completed: done,
                ..
            } = &mut aim
            {
                *of = name.map(str::to_owned);
                *done = completed;
            }
            found.push(aim);
        };
        match plain.as_slice() {
            [first, ..] if first.contains('/') => {
                for it in &plain {
                    let (kind, name) = it.split_once('/').unwrap_or((it, ""));
                    add(kind, Some(name));
                }
            }
            [kind] => add(kind, None),
            [kind, names @ ..] => names.iter().for_each(|it| add(kind, Some(it))),
            [] => {}
        }
    }
    found
}

/// The words that are neither options nor their values.
fn plain_words<'w>(words: &[&'w str]) -> Vec<&'w str> {
    let mut plain = Vec::new();
    let mut skip = false;
    for word in words {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.starts_with('-') {
            skip = !word.contains('=') && !matches!(*word, "--all" | "-A" | "--all-namespaces");
        } else {
            plain.push(*word);
        }
    }
    plain
}

fn object(kind: &str, words: &[&str]) -> Aim {
    let label = option(words, ["-l", "--selector"]);
    let label = label.and_then(|it| it.split_once('='));
    let name = plain_words(words).first().map(|it| (*it).to_owned());
    Aim::Object {
        kind: singular(kind),
        name,
        label: label.map(|(key, value)| {
            let value = value.trim_start_matches('=');
            (key.to_owned(), value.to_owned())
        }),
        space: option(words, ["-n", "--namespace"]).map(str::to_owned),
        completed: false,
    }
}

/// The value of an option, as the next word or attached.
fn option<'w>(words: &[&'w str], flags: [&str; 2]) -> Option<&'w str> {
    words.iter().enumerate().find_map(|(n, word)| {
        if flags.contains(word) {
            return words.get(n + 1).copied();
        }
        let [short, long] = flags;
        let long = word.strip_prefix(long).and_then(|it| it.strip_prefix('='));
        long.or_else(|| {
            let rest = word.strip_prefix(short)?;
            (!word.starts_with("--") && !rest.is_empty()).then(|| rest.trim_start_matches('='))
        })
    })
}

/// A kind without group, plural and short form.
fn singular(kind: &str) -> String {
    let kind = kind.split('.').next().unwrap_or(kind).to_ascii_lowercase();
    match kind.as_str() {
        "po" | "pods" => "pod".to_owned(),
        "deploy" | "deployments" => "deployment".to_owned(),
        "sts" | "statefulsets" => "statefulset".to_owned(),
        "ds" | "daemonsets" => "daemonset".to_owned(),
        "jobs" => "job".to_owned(),
        "svc" | "services" => "service".to_owned(),
        _ => kind,
    }
}
