//! The whole command over folders of generated Kubernetes manifests, on disk, with as
//! many threads as it likes.
//!
//! Each environment is a kustomization of twenty manifests: ten programs that need each
//! other, and their Services. The last column is the most memory the process has held
//! so far; environments come in growing numbers, so it shows what more of them cost.
//! `ENVIRONMENTS=n` measures one run over that many, and the memory of that run alone:
//! a run leaves its model behind, for the process that ends with it.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use tierlint::cli::{self, Io};

/// Programs in each environment; as many Services come with them.
const PROGRAMS: usize = 10;

/// A Deployment with probes that needs the two before it.
fn deployment(env: usize, n: usize) -> String {
    let mut text = format!(
        "# made for measuring\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-{n}\n  namespace: env-{env}\n  labels: &labels\n    app: app-{n}\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: app-{n}\n  template:\n    metadata:\n      labels:\n        app: app-{n}\n    spec:\n      containers:\n        - name: app\n          image: registry.example/app:{n}\n          ports:\n            - name: http\n              containerPort: 8080\n          env:\n            - name: LOG_LEVEL\n              value: info # a comment\n"
    );
    for other in n.saturating_sub(2)..n {
        let _ = write!(
            text,
            "            - name: APP_{other}_URL\n              value: http://app-{other}.env-{env}.svc:80/api\n"
        );
    }
    text.push_str("          readinessProbe:\n            httpGet:\n              path: /ready\n              port: http\n            periodSeconds: 5\n          livenessProbe:\n            httpGet:\n              path: /live\n              port: http\n            failureThreshold: 6\n          resources:\n            requests:\n              cpu: 100m\n              memory: 128Mi\n            limits:\n              memory: 256Mi\n");
    text
}

fn service(env: usize, n: usize) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: app-{n}\n  namespace: env-{env}\nspec:\n  selector:\n    app: app-{n}\n  ports:\n    - name: http\n      port: 80\n      targetPort: http\n"
    )
}

/// Writes environments of twenty manifests each, and a kustomization beside them.
fn write(root: &Path, environments: usize) -> io::Result<()> {
    for env in 0..environments {
        let dir = root.join(format!("env-{env}"));
        fs::create_dir_all(&dir)?;
        let mut list = String::from(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n",
        );
        for n in 0..PROGRAMS {
            fs::write(dir.join(format!("app-{n}.yaml")), deployment(env, n))?;
            fs::write(dir.join(format!("svc-{n}.yaml")), service(env, n))?;
            let _ = write!(list, "  - app-{n}.yaml\n  - svc-{n}.yaml\n");
        }
        fs::write(dir.join("kustomization.yaml"), list)?;
    }
    Ok(())
}

/// The most memory held so far, in megabytes; `None` where the system does not tell.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024)
}

/// Checks a fresh tree some times and prints the fastest.
fn measure(environments: usize, runs: usize) -> io::Result<()> {
    let root = tempfile::tempdir()?;
    write(root.path(), environments)?;
    let mut best = Duration::MAX;
    let mut last = String::new();
    for _ in 0..runs {
        let mut out = Vec::new();
        let start = Instant::now();
        let mut io = Io {
            out: &mut out,
            err: &mut io::sink(),
            input: &mut io::empty(),
            dir: root.path().to_owned(),
            colour: false,
            width: 100,
            today: None,
            pause: &mut || false,
        };
        let args = ["tierlint", "check", "--format", "concise"];
        black_box(cli::run(args.map(str::to_owned), &mut io));
        best = best.min(start.elapsed());
        last = String::from_utf8_lossy(&out)
            .lines()
            .last()
            .unwrap_or("")
            .to_owned();
    }
    let manifests = environments * PROGRAMS * 2;
    let peak = peak().map_or(String::from("?"), |it| it.to_string());
    writeln!(
        io::stdout(),
        "{manifests} manifests in {environments} environments: {best:.2?}, {peak} MB at most; {last}"
    )
}

fn main() -> io::Result<()> {
    let asked = std::env::var("ENVIRONMENTS").ok();
    if let Some(environments) = asked.and_then(|it| it.parse().ok()) {
        return measure(environments, 1);
    }
    measure(1, 15)?;
    measure(50, 15)?;
    measure(500, 5)
}
