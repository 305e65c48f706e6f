//! What a client is told by itself: diagnostics, and that something is wrong.

use lsp_server::Message;
use serde_json::json;

use super::{Client, WEAK, able};
use crate::cli::Exit;

#[test]
fn a_change_is_told_for_every_file_of_the_stack() {
    let over = "services:\n  web:\n    depends_on: [db]\n";
    let strong = WEAK.replace(
        "[db]   # the database",
        "{db: {condition: service_healthy}}",
    );
    let files = [
        ("compose.yaml", strong.as_str()),
        ("compose.override.yaml", over),
    ];
    let mut client = Client::start(able(), &files);
    client.open("compose.yaml", &strong);
    assert_eq!(
        client.diagnosed("compose.override.yaml"),
        ["2:17 override-downgrade", "2:17 weak-dependency"]
    );
    // What is open counts, not what is on the disk.
    client.change("compose.yaml", 2, WEAK);
    assert_eq!(
        client.diagnosed("compose.override.yaml"),
        ["2:17 weak-dependency"]
    );
    client.open("compose.override.yaml", "services: {}\n");
    assert_eq!(client.diagnosed("compose.override.yaml"), [""; 0]);
    assert_eq!(client.diagnosed("compose.yaml"), ["3:17 weak-dependency"]);
    // Closed, the disk counts again; with nothing open, nothing is said.
    let closed = |name: &str| json!({"textDocument": {"uri": client.uri(name)}});
    client.tell("textDocument/didClose", closed("compose.override.yaml"));
    assert_eq!(
        client.diagnosed("compose.override.yaml"),
        ["2:17 weak-dependency"]
    );
    let closed = json!({"textDocument": {"uri": client.uri("compose.yaml")}});
    client.tell("textDocument/didClose", closed);
    assert_eq!(client.diagnosed("compose.override.yaml"), [""; 0]);
    assert!(
        client
            .asked
            .iter()
            .any(|it| it == "workspace/inlayHint/refresh")
    );
    assert!(
        client
            .asked
            .iter()
            .any(|it| it == "client/registerCapability")
    );
    assert_eq!(client.end(), Exit::Clean);
}

#[test]
fn a_diagnostic_says_what_the_command_line_says_and_no_secret() {
    let mut client = Client::start(able(), &[]);
    let text = WEAK.replace("[db]   # the database", "[db]").replace(
        "environment: {POSTGRES_PASSWORD: hunter2}\n",
        "environment: {POSTGRES_PASSWORD: hunter2, URL: \"postgres://u:hunter3@dbb:5432/x\"}\n",
    );
    client.open("compose.yaml", &text);
    let found = client.diagnostics("compose.yaml");
    let weak = found
        .iter()
        .find(|it| it["code"] == "weak-dependency")
        .unwrap();
    assert_eq!(weak["severity"], 2);
    assert_eq!(weak["source"], "tierlint");
    let message = weak["message"].as_str().unwrap();
    assert!(
        message.starts_with("`web` waits for `db` to start, not to be ready"),
        "{message}"
    );
    let related = &weak["relatedInformation"][0]["location"];
    assert_eq!(related["uri"], client.uri("compose.yaml"));
    assert_eq!(weak["data"]["fix"]["safety"], "safe");
    let all = serde_json::to_string(&found).unwrap();
    assert!(!all.contains("hunter"), "{all}");
    let hover = client.hover("compose.yaml", 4, 3);
    assert!(
        hover.contains("`db`") && !hover.contains("hunter"),
        "{hover}"
    );
}

#[test]
fn settings_and_variables_are_read_again() {
    let env = "services:\n  web:\n    image: example.com/web\n    depends_on: [\"${DB}\"]\n  db:\n    image: example.com/db\n";
    let files = [
        ("a/compose.yaml", WEAK),
        ("b/compose.yaml", env),
        ("b/.env", "DB=db\n"),
    ];
    let mut client = Client::start(able(), &files);
    client.open("a/compose.yaml", WEAK);
    assert_eq!(client.diagnostics("a/compose.yaml").len(), 1);
    std::fs::write(client.path(".tierlint.yaml"), "ignore: [weak-dependency]\n").unwrap();
    client.tell("workspace/didChangeWatchedFiles", json!({"changes": []}));
    assert_eq!(client.diagnosed("a/compose.yaml"), [""; 0]);
    client.open("b/compose.yaml", env);
    assert_eq!(client.diagnosed("b/compose.yaml"), [""; 0]);
    // A variable that is open counts before it is saved.
    client.open("b/.env", "DB=bd\n");
    assert_eq!(
        client.diagnosed("b/compose.yaml"),
        ["3:17 undefined-dependency"]
    );
    std::fs::write(client.path(".tierlint.yaml"), "ignores: 7\n").unwrap();
    client.tell(
        "textDocument/didSave",
        json!({"textDocument": {"uri": client.uri("b/.env")}}),
    );
    let said = loop {
        if let Message::Notification(it) = client.hear()
            && it.method == "window/showMessage"
        {
            break it.params["message"].as_str().unwrap().to_owned();
        }
    };
    assert!(said.starts_with("tierlint: .tierlint.yaml:1:"), "{said}");
}

#[test]
fn manifests_are_checked_with_the_others_of_their_stack() {
    let server = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: db}\nspec:\n  selector: {matchLabels: {app: db}}\n  template:\n    metadata: {labels: {app: db}}\n    spec:\n      containers:\n        - name: db\n          image: postgres:17\n          readinessProbe:\n            tcpSocket: {port: PORT}\n          ports: [{name: sql, containerPort: 5432}]\n";
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec:\n  selector: {app: other}\n  ports: [{port: 5432}]\n";
    let good = server.replace("PORT", "sql");
    let files = [
        ("k8s/db.yaml", good.as_str()),
        ("k8s/service.yaml", service),
    ];
    let mut client = Client::start(able(), &files);
    client.open("k8s/db.yaml", &server.replace("PORT", "slq"));
    let found = client.diagnosed("k8s/db.yaml");
    assert!(
        found.iter().any(|it| it.ends_with("unresolved-probe-port")),
        "{found:?}"
    );
    let found = client.diagnosed("k8s/service.yaml");
    assert!(
        found.iter().any(|it| it.ends_with("dangling-reference")),
        "{found:?}"
    );
    assert_eq!(client.hints("k8s/db.yaml").len(), 1);
    client.change(
        "k8s/db.yaml",
        2,
        &server
            .replace("PORT", "sql")
            .replace("app: db", "app: other"),
    );
    assert_eq!(client.diagnosed("k8s/service.yaml"), [""; 0]);
}

#[test]
fn what_the_disk_holds_is_read_once_and_again_when_it_is_told_to_have_changed() {
    let pod = |name: &str, app: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec:\n  selector: {{app: {app}}}\n  ports: [{{port: 80}}]\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {name}}}}}\nspec: {{containers: [{{name: x, image: example.com/x}}]}}\n"
        )
    };
    let (a, b) = (pod("a", "a"), pod("b", "other"));
    let files = [("a/x.yaml", a.as_str()), ("b/x.yaml", b.as_str())];
    let mut client = Client::start(able(), &files);
    client.open("a/x.yaml", &pod("a", "none"));
    assert_eq!(client.diagnosed("a/x.yaml"), ["4:18 dangling-reference"]);
    client.change("a/x.yaml", 2, &a);
    assert_eq!(client.diagnosed("a/x.yaml"), [""; 0]);
    // Another stack of the same repository is nobody's business until it is opened.
    client.open("b/x.yaml", &b);
    assert_eq!(client.diagnosed("b/x.yaml"), ["4:18 dangling-reference"]);
    // A file that comes by another way makes a part of the stack whole.
    let more = pod("other", "other").replace("---", "--- # more");
    std::fs::write(client.path("b/y.yaml"), more).unwrap();
    client.change("b/x.yaml", 2, &b);
    assert_eq!(
        client.diagnosed("b/x.yaml"),
        ["4:18 dangling-reference"],
        "not told yet"
    );
    client.tell("workspace/didChangeWatchedFiles", json!({"changes": []}));
    assert_eq!(client.diagnosed("b/x.yaml"), [""; 0]);
}
