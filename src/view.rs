//! One stack, understood: the merged project with knowledge, graph and clock.
//!
//! Owns how the parts are brought together. Must not judge anything.

use std::path::Path;
use std::time::Duration;

use crate::config::Config;
use crate::graph::{self, Graph, Readiness};
use crate::knowledge::{self, Fact, JobEvidence, Knowledge, Presence, Query, Reference, Role, Service};
use crate::model::compose::{self, Resolved};
use crate::model::workload::{Command, Restart, Test, Why, Workload};
use crate::source::Reader;
use crate::timing::{self, BootSource, Kind, Node, Plan, Settings, Timings, Wait};

/// What rules, plans and graphs are made from.
pub struct View {
    /// What was read.
    pub resolved: Resolved,
    /// Who needs whom.
    pub graph: Graph,
    /// What is known of each workload's image.
    pub facts: Vec<Option<Fact>>,
    /// What each workload can prove.
    pub readiness: Vec<Readiness>,
    /// Why a workload is taken for a job.
    pub jobs: Vec<Option<JobEvidence>>,
}

/// The clock of a view.
pub struct Clock {
    /// What the plan is made for.
    pub settings: Settings,
    /// Each workload's times.
    pub nodes: Vec<Node>,
    /// Who waits for whom.
    pub waits: Vec<Wait>,
    /// When is what ready.
    pub plan: Plan,
}

/// Reads and understands one project.
pub fn view(
    request: &compose::Request,
    reader: &dyn Reader,
    shown_from: &Path,
    config: &Config,
) -> View {
    understand(compose::resolve(request, reader, shown_from), config)
}

/// Adds knowledge and the graph to a project.
pub fn understand(resolved: Resolved, config: &Config) -> View {
    let knowledge = &Knowledge::with_overrides(config.images.clone());
    let workloads = &resolved.stack.workloads;
    let facts: Vec<Option<Fact>> = workloads.iter().map(|it| fact(knowledge, it)).collect();
    let readiness: Vec<Readiness> = workloads
        .iter()
        .zip(&facts)
        .map(|(it, fact)| readiness(it, fact.as_ref()))
        .collect();
    let jobs = workloads.iter().map(|it| evidence(knowledge, it)).collect();
    let graph = graph::build(&resolved.stack, &readiness);
    View {
        resolved,
        graph,
        facts,
        readiness,
        jobs,
    }
}

/// The image's name, if it rests on no unknown variable.
pub fn known_image(workload: &Workload) -> Option<&str> {
    let image = workload.image.as_ref().filter(|it| !it.value.unknown)?;
    Some(image.value.text.as_ref())
}

fn words(command: Option<&crate::source::Spanned<Command>>) -> Vec<&str> {
    command.map(|it| it.value.texts()).unwrap_or_default()
}

/// What is known of a workload. A build under an image's name makes its own
/// image, of which nothing is known.
fn fact(knowledge: &Knowledge, workload: &Workload) -> Option<Fact> {
    let image = known_image(workload).filter(|_| workload.build.is_none());
    let entrypoint = words(workload.entrypoint.as_ref());
    let command = words(workload.command.as_ref());
    knowledge.lookup_service(&Query {
        image,
        entrypoint: &entrypoint,
        command: &command,
    })
}

fn evidence(known: &Knowledge, workload: &Workload) -> Option<JobEvidence> {
    let entrypoint = words(workload.entrypoint.as_ref());
    let command = words(workload.command.as_ref());
    let service = Service {
        name: &workload.name.value,
        image: known_image(workload).filter(|_| workload.build.is_none()),
        entrypoint: &entrypoint,
        command: &command,
        restart: workload.restart.as_ref().map(|it| it.value),
        has_ports: !workload.ports.is_empty() || !workload.expose.is_empty(),
        has_healthcheck: workload
            .healthcheck
            .as_ref()
            .is_some_and(|it| it.test.is_some() && it.disable.is_none()),
    };
    knowledge::job_evidence(&service, known)
}

/// What a workload can prove: its own check, else the image's.
fn readiness(workload: &Workload, fact: Option<&Fact>) -> Readiness {
    if workload.provider.is_some() {
        return Readiness::Unknown;
    }
    if let Some(check) = &workload.healthcheck {
        if check.disable.is_some() {
            return Readiness::Disabled;
        }
        match check.test.as_ref().map(|it| &it.value) {
            Some(Test::None) => return Readiness::Disabled,
            Some(Test::Inherit) | None => {}
            Some(_) => return Readiness::Declared,
        }
    }
    if workload.build.is_some() {
        return Readiness::Unknown;
    }
    match fact.map(Fact::embedded) {
        Some(Presence::Yes) => Readiness::FromImage,
        Some(Presence::No) => Readiness::None,
        Some(Presence::Some | Presence::Unknown) | None => Readiness::Unknown,
    }
}

/// Plans a view as the settings have it.
pub fn clock(view: &View, config: &Config) -> Clock {
    let settings = Settings {
        engine: config.engine,
        ..Settings::default()
    };
    let nodes: Vec<Node> = (0..view.resolved.stack.workloads.len())
        .map(|it| node(view, config, it))
        .collect();
    let waits = timing::waits(&view.graph);
    let plan = timing::plan(settings, &nodes, &waits);
    Clock {
        settings,
        nodes,
        waits,
        plan,
    }
}

/// The times of one workload: what the user says, else what is known of the
/// image, else one second.
fn node(view: &View, config: &Config, index: usize) -> Node {
    let fact = view.facts[index].as_ref();
    let known = fact
        .and_then(|fact| fact.entry.boot)
        .map(|boot| (Duration::from_secs(u64::from(boot)), BootSource::Image));
    let (boot, boot_source) = said_boot(config, &view.resolved.stack.workloads[index])
        .map(|boot| (boot, BootSource::Config))
        .or(known)
        .unwrap_or((Duration::from_secs(1), BootSource::Default));
    // Nobody knows how long a hook runs; it is said to take no time.
    Node {
        boot,
        boot_source,
        kind: kind(view, index, boot),
        ..Node::default()
    }
}

/// The boot time that the configuration gives: by the service's name, else by
/// its image with or without the tag.
fn said_boot(config: &Config, workload: &Workload) -> Option<Duration> {
    if let Some(boot) = config.boot.get(workload.name.value.as_ref()) {
        return Some(*boot);
    }
    let image = Reference::parse(known_image(workload)?)?;
    let fits = |name: &str| {
        Reference::parse(name).is_some_and(|it| {
            it.repository == image.repository && (it.tag.is_none() || it.tag == image.tag)
        })
    };
    // A name with its tag says more than one without.
    let named = config.boot.iter().filter(|(name, _)| fits(name));
    named.max_by_key(|(name, _)| name.len()).map(|it| *it.1)
}

/// What makes one workload ready.
fn kind(view: &View, index: usize, boot: Duration) -> Kind {
    let workload = &view.resolved.stack.workloads[index];
    if workload.is_off() {
        return Kind::Off;
    }
    if workload.provider.is_some() {
        return Kind::NoContainer;
    }
    let awaited_exit = view
        .graph
        .needed_by(index)
        .iter()
        .any(|it| view.graph.edge(*it).gate == graph::Gate::Completed);
    let comes_back = workload
        .restart
        .as_ref()
        .is_some_and(|it| matches!(it.value, Restart::Always | Restart::UnlessStopped));
    if view.jobs[index].is_some() || (awaited_exit && !comes_back) {
        return Kind::Exits(boot);
    }
    match view.readiness[index] {
        Readiness::Declared => match &workload.healthcheck {
            Some(check) if !check.unknown_timing => Kind::Probe(Timings::of(check)),
            _ => Kind::Unknown,
        },
        Readiness::FromImage => Kind::Probe(embedded_timings(view, index)),
        Readiness::Unknown => Kind::Unknown,
        Readiness::Disabled | Readiness::None => Kind::Running,
    }
}

/// The image's own HEALTHCHECK with the file's timings over it.
fn embedded_timings(view: &View, index: usize) -> Timings {
    let check = view.resolved.stack.workloads[index].healthcheck.as_ref();
    let mut timings = check.map(Timings::of).unwrap_or_default();
    let Some((_, embedded)) = view.facts[index].as_ref().and_then(Fact::embedded_check) else {
        return timings;
    };
    let seconds = |it: Option<u32>| it.map(|it| Duration::from_secs(u64::from(it)));
    let set = |own: bool, embedded: Option<Duration>, into: &mut Duration| {
        if let Some(value) = embedded.filter(|_| !own) {
            *into = value;
        }
    };
    set(
        check.is_some_and(|it| it.interval.is_some()),
        seconds(embedded.interval),
        &mut timings.interval,
    );
    set(
        check.is_some_and(|it| it.timeout.is_some()),
        seconds(embedded.timeout),
        &mut timings.timeout,
    );
    set(
        check.is_some_and(|it| it.start_period.is_some()),
        seconds(embedded.start_period),
        &mut timings.start_period,
    );
    timings
}

impl View {
    /// The role of a workload, if its image or command tells.
    pub fn role(&self, index: usize) -> Option<Role> {
        self.facts[index].as_ref().map(|fact| fact.entry.role)
    }

    /// Whether an edge may be told to wait for readiness: namespaces and
    /// volumes are there once the container is.
    pub fn can_wait(why: Why) -> bool {
        matches!(why, Why::Short | Why::Long | Why::Link)
    }
}
