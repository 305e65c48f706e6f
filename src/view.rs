//! One stack, understood: the merged project with knowledge, graph and clock.
//!
//! Owns how the parts are brought together. Must not judge anything.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use crate::ci::services::Workflow;
use crate::config::Config;
use crate::endpoint::{self, Mention};
use crate::graph::cluster::Links;
use crate::graph::{self, Graph, Readiness};
use crate::knowledge::{
    self, Fact, JobEvidence, Knowledge, Presence, Query, Reference, Role, Service,
};
use crate::launch;
use crate::model::compose::{self, Resolved};
use crate::model::dockerfile::Made;
use crate::model::kubernetes::Cluster;
use crate::model::kubernetes::pod::PodKind;
use crate::model::workload::{Command, Healthcheck, Restart, Test, Why, Workload};
use crate::source::{At, Reader};
use crate::timing::kubelet::Pace;
use crate::timing::{
    self, Base, BootSource, Change, Edit, Kind, Node, Plan, Settings, Timings, Wait,
};

/// What rules, plans and graphs are made from.
pub struct View {
    /// What was read.
    pub resolved: Resolved,
    /// Who needs whom.
    pub graph: Graph,
    /// What is known of each workload's image.
    pub facts: Vec<Option<Fact>>,
    /// What is known of the image that each build starts from.
    pub bases: Vec<Option<Fact>>,
    /// What each workload can prove.
    pub readiness: Vec<Readiness>,
    /// Why a workload is taken for a job.
    pub jobs: Vec<Option<JobEvidence>>,
    /// The addresses that each workload names.
    pub mentions: Vec<Vec<Mention>>,
    /// The objects behind the workloads, where they come from Kubernetes.
    pub cluster: Option<Cluster>,
    /// What is told of the workloads, where they are service containers of jobs.
    pub workflow: Option<Workflow>,
    /// Why pods need each other; empty for a Compose project.
    pub links: Links,
}

/// The clock of a view.
#[derive(Clone)]
pub struct Clock {
    /// What the plan is made for.
    pub settings: Settings,
    /// Each workload's times.
    pub nodes: Vec<Node>,
    /// Who waits for whom.
    pub waits: Vec<Wait>,
    /// When is what ready, once somebody asks.
    plan: OnceLock<Plan>,
    /// What edits are compared with, once somebody asks.
    base: OnceLock<Base>,
}

impl Clock {
    /// The clock of these times and waits.
    pub const fn new(settings: Settings, nodes: Vec<Node>, waits: Vec<Wait>) -> Self {
        Self {
            settings,
            nodes,
            waits,
            plan: OnceLock::new(),
            base: OnceLock::new(),
        }
    }

    /// When is what ready.
    pub fn plan(&self) -> &Plan {
        let plan = || timing::plan(self.settings, &self.nodes, &self.waits);
        self.plan.get_or_init(plan)
    }

    /// What an edit would do.
    pub fn cost_of(&self, edit: Edit<'_>) -> Change {
        let base = || Base::of(self.settings, &self.nodes, &self.waits);
        let before = self.base.get_or_init(base);
        timing::cost_of(before, self.settings, (&self.nodes, &self.waits), edit)
    }
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
    let bases: Vec<Option<Fact>> = workloads
        .iter()
        .map(|it| knowledge.lookup(made(it)?.base.as_deref()?))
        .collect();
    let readiness: Vec<Readiness> = workloads
        .iter()
        .zip(&facts)
        .zip(&bases)
        .map(|((it, fact), base)| readiness(it, fact.as_ref(), base.as_ref()))
        .map(|it| match it {
            // The image may have lost it.
            Readiness::FromImage if config.podman => Readiness::Unknown,
            it => it,
        })
        .collect();
    let jobs = workloads.iter().map(|it| evidence(knowledge, it)).collect();
    let mut graph = graph::build(&resolved.stack, &readiness);
    let mentions: Vec<Vec<Mention>> = workloads
        .iter()
        .map(|it| endpoint::of(it, &resolved.sources))
        .collect();
    graph.logical = graph::logical(&resolved.stack, &mentions);
    View {
        resolved,
        graph,
        facts,
        bases,
        readiness,
        jobs,
        mentions,
        cluster: None,
        workflow: None,
        links: Links::default(),
    }
}

/// Adds knowledge and the graph to the objects of a cluster.
pub fn understand_cluster(resolved: Resolved, cluster: Cluster, config: &Config) -> View {
    let knowledge = &Knowledge::with_overrides(config.images.clone());
    let workloads = &resolved.stack.workloads;
    let links = graph::cluster::links(&cluster);
    View {
        graph: graph::of_cluster(&resolved.stack, &links.links),
        facts: workloads.iter().map(|it| fact(knowledge, it)).collect(),
        bases: vec![None; workloads.len()],
        readiness: graph::cluster::proofs(&cluster),
        jobs: vec![None; workloads.len()],
        resolved,
        cluster: Some(cluster),
        workflow: None,
        links,
        mentions: Vec::new(),
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

/// What the Dockerfile of a build says, if it was there to be read.
fn made(workload: &Workload) -> Option<&Made> {
    workload.build.as_ref()?.made.as_ref()
}

/// What is known of a workload. A build under an image's name makes its own
/// image: that is what it starts from as long as it runs the same program.
fn fact(knowledge: &Knowledge, workload: &Workload) -> Option<Fact> {
    let image = match &workload.build {
        Some(_) => made(workload)
            .filter(|it| !it.runs_own)
            .and_then(|it| it.base.as_deref()),
        None => known_image(workload),
    };
    let entrypoint = words(workload.entrypoint.as_ref());
    let command = words(workload.command.as_ref());
    knowledge.lookup_service(&Query {
        image,
        entrypoint: &entrypoint,
        command: &command,
    })
}

/// Why a workload would be taken for a job if nothing started it again.
pub fn job_if_it_ended(config: &Config, workload: &Workload) -> Option<JobEvidence> {
    let known = &Knowledge::with_overrides(config.images.clone());
    told(known, workload, None)
}

fn evidence(known: &Knowledge, workload: &Workload) -> Option<JobEvidence> {
    let restart = workload.restart.as_ref().map(|it| it.value);
    told(known, workload, restart)
}

fn told(known: &Knowledge, workload: &Workload, restart: Option<Restart>) -> Option<JobEvidence> {
    let entrypoint = words(workload.entrypoint.as_ref());
    let command = words(workload.command.as_ref());
    let service = Service {
        name: &workload.name.value,
        image: known_image(workload).filter(|_| workload.build.is_none()),
        entrypoint: &entrypoint,
        command: &command,
        restart,
        has_ports: !workload.ports.is_empty() || !workload.expose.is_empty(),
        has_healthcheck: workload
            .healthcheck
            .as_ref()
            .is_some_and(|it| it.test.is_some() && it.disable.is_none()),
    };
    knowledge::job_evidence(&service, known)
}

/// What a workload can prove: its own check, else the Dockerfile's, else that
/// of the image or of the base.
fn readiness(workload: &Workload, fact: Option<&Fact>, base: Option<&Fact>) -> Readiness {
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
    let origin = match &workload.build {
        Some(build) => {
            let Some(made) = &build.made else {
                return Readiness::Unknown;
            };
            match &made.health {
                Some(health) if health.none => return Readiness::None,
                Some(_) => return Readiness::FromImage,
                None => base,
            }
        }
        None => fact,
    };
    match origin.map(Fact::embedded) {
        Some(Presence::Yes) => Readiness::FromImage,
        Some(Presence::No) => Readiness::None,
        Some(Presence::Some | Presence::Unknown) | None => Readiness::Unknown,
    }
}

/// The clock of a view as the settings have it.
pub fn clock(view: &View, config: &Config) -> Clock {
    let settings = Settings {
        engine: config.engine,
        ..Settings::default()
    };
    let nodes: Vec<Node> = (0..view.resolved.stack.workloads.len())
        .map(|it| node(view, config, it))
        .collect();
    let waits = timing::waits(&view.graph);
    Clock::new(settings, nodes, waits)
}

/// The times of one workload: what the user says, else what is known of the
/// image, else one second.
fn node(view: &View, config: &Config, index: usize) -> Node {
    let fact = view.facts[index].as_ref();
    let known = fact
        .and_then(|fact| fact.entry.boot)
        .map(|boot| (Duration::from_secs(u64::from(boot)), BootSource::Image));
    if let Some(cluster) = &view.cluster {
        return pod_node(view, cluster, config, index);
    }
    let workload = &view.resolved.stack.workloads[index];
    let said = said_boot(config, workload).map(|boot| (boot, BootSource::Config));
    // Who says how long the boot takes has counted the sleep.
    let sleep = match said {
        Some(_) => Duration::ZERO,
        None => launch::sleep_before(workload, &view.resolved.sources),
    };
    let (boot, boot_source) = said
        .or(known)
        .unwrap_or((Duration::from_secs(1), BootSource::Default));
    let boot = boot.saturating_add(sleep);
    // Nobody knows how long a hook runs; it is said to take no time.
    Node {
        boot,
        boot_source,
        sleep,
        kind: kind(view, index, boot),
        ..Node::default()
    }
}

/// The times of one pod: its main container's boot, and all its probes.
fn pod_node(view: &View, cluster: &Cluster, config: &Config, index: usize) -> Node {
    let fact = view.facts[index].as_ref();
    let known = fact
        .and_then(|fact| fact.entry.boot)
        .map(|boot| (Duration::from_secs(u64::from(boot)), BootSource::Image));
    let said = said_boot(config, &view.resolved.stack.workloads[index]);
    let (boot, boot_source) = said
        .map(|boot| (boot, BootSource::Config))
        .or(known)
        .unwrap_or((Duration::from_secs(1), BootSource::Default));
    let pod = &cluster.pods[index];
    let kind = match pod.kind {
        _ if pod.count() == 0 => Kind::Off,
        PodKind::Job => Kind::Exits(boot),
        // Nobody waits for the next turn of a clock.
        PodKind::CronJob => Kind::Off,
        _ => Kind::Pod(Pace::of(pod, graph::cluster::is_ordered(pod))),
    };
    Node {
        boot,
        boot_source,
        kind,
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
    if workload.is_off() || !workload.is_active(&view.resolved.stack.profiles) {
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
    let workload = &view.resolved.stack.workloads[index];
    if let Some(health) = made(workload).and_then(|it| it.health.as_ref()) {
        let own = |key: fn(&Healthcheck) -> bool| check.is_some_and(key);
        let mut set =
            |own: bool, value: Option<Duration>, into: fn(&mut Timings) -> &mut Duration| {
                if let Some(value) = value.filter(|_| !own) {
                    *into(&mut timings) = value;
                }
            };
        set(own(|it| it.interval.is_some()), health.interval, |it| {
            &mut it.interval
        });
        set(own(|it| it.timeout.is_some()), health.timeout, |it| {
            &mut it.timeout
        });
        set(
            own(|it| it.start_period.is_some()),
            health.start_period,
            |it| &mut it.start_period,
        );
        return timings;
    }
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
    /// Where it says that a workload's image has no HEALTHCHECK, and how.
    pub fn absence(&self, index: usize) -> Option<(At, String)> {
        let workload = &self.resolved.stack.workloads[index];
        let Some(build) = &workload.build else {
            let name = &self.facts[index].as_ref()?.entry.name;
            let image = workload.image.as_ref()?.at;
            return Some((image, format!("{name} has no HEALTHCHECK of its own")));
        };
        let made = build.made.as_ref()?;
        match &made.health {
            Some(health) if health.none => {
                let at = build.file.map(|file| At::new(file, health.span));
                Some((
                    at.unwrap_or(build.at),
                    "the Dockerfile switches it off".to_owned(),
                ))
            }
            Some(_) => None,
            None => {
                let base = made.base.as_deref()?;
                let text = format!("neither the Dockerfile nor `{base}` has a HEALTHCHECK");
                Some((build.at, text))
            }
        }
    }

    /// Where a workload's image gets its HEALTHCHECK from.
    pub fn embedded(&self, index: usize) -> Option<(At, String)> {
        let workload = &self.resolved.stack.workloads[index];
        let name = &workload.name.value;
        let Some(build) = &workload.build else {
            let text = format!("the image of `{name}` has a HEALTHCHECK");
            return Some((workload.image.as_ref()?.at, text));
        };
        let made = build.made.as_ref()?;
        let at = made.health.as_ref().zip(build.file);
        Some(match (at, &made.base) {
            (Some((health, file)), _) => (
                At::new(file, health.span),
                format!("the image of `{name}` proves here that it is ready"),
            ),
            (None, Some(base)) if made.health.is_none() => (
                build.at,
                format!("`{base}`, on which it is built, has a HEALTHCHECK"),
            ),
            _ => (build.at, "the Dockerfile has a HEALTHCHECK".to_owned()),
        })
    }

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
