//! What a client asks for: actions, hovers, hints; and what it must not ask.

use gen_lsp_types::Uri;
use lsp_server::{Connection, Message, Request};
use serde_json::{Value, json};

use super::{Client, WEAK, able};
use crate::cli::Exit;
use crate::cli::lsp::serve;
use crate::lsp::uri;
use crate::tests::support::run;

#[test]
fn columns_are_those_that_were_agreed_on() {
    let block = "  web:\n    image: example.com/web:1\n    depends_on: [db]   # the database\n";
    let flow = "  web: {labels: {x: \"ä𝄞\"}, image: example.com/web:1, depends_on: [db]}\n";
    let text = WEAK.replace(block, flow);
    for (encodings, column) in [
        (json!(["utf-8"]), 70),
        (json!(["utf-16"]), 67),
        (json!([]), 67),
    ] {
        let capabilities = json!({"general": {"positionEncodings": encodings}});
        let mut client = Client::start(capabilities, &[]);
        client.open("compose.yaml", &text);
        let found = client.diagnosed("compose.yaml");
        let wanted = format!("1:{column} weak-dependency");
        assert!(found.contains(&wanted), "{encodings}: {found:?}");
        let actions = client.actions("compose.yaml", 1, &["quickfix"]);
        // Without late edits, the edit comes at once.
        let mut fixes = actions.iter().filter(|it| it["isPreferred"] == true);
        let fixed = client.applied(fixes.next().unwrap(), "compose.yaml", &text);
        assert!(
            fixed.contains("service_healthy") && fixed.contains("ä𝄞"),
            "{fixed}"
        );
        assert!(crate::yaml::parse(&fixed).1.is_empty(), "{fixed}");
    }
}

#[test]
fn all_safe_fixes_are_the_bytes_of_fix() {
    let two = format!("{WEAK}  api:\n    image: example.com/api\n    depends_on:\n      - db\n");
    let other = "services:\n  api:\n    depends_on: [db]\n";
    let files = [
        ("compose.yaml", two.as_str()),
        ("compose.override.yaml", other),
    ];
    let mut client = Client::start(able(), &files);
    client.open("compose.yaml", &two);
    assert_eq!(client.diagnostics("compose.yaml").len(), 1);
    let actions = client.actions("compose.yaml", 0, &["source.fixAll"]);
    assert_eq!(actions.len(), 1, "{actions:?}");
    let file = client.resolved(&actions, "tierlint: make all safe fixes in this file");
    let actions = client.actions("compose.yaml", 0, &[]);
    let stack = client.resolved(&actions, "tierlint: make all safe fixes in the stack");
    let after = client.applied(&file, "compose.yaml", &two);
    assert_eq!(client.applied(&file, "compose.override.yaml", other), other);
    let over = client.applied(&stack, "compose.override.yaml", other);
    assert_ne!(over, other);
    let whole = client.applied(&stack, "compose.yaml", &two);
    run(client.folder.path(), &["fix", "compose.yaml"], b"");
    assert_eq!(
        std::fs::read_to_string(client.path("compose.yaml")).unwrap(),
        after
    );
    run(client.folder.path(), &["fix"], b"");
    assert_eq!(
        std::fs::read_to_string(client.path("compose.yaml")).unwrap(),
        whole
    );
    assert_eq!(
        std::fs::read_to_string(client.path("compose.override.yaml")).unwrap(),
        over
    );
}

#[test]
fn a_fix_is_preferred_if_it_is_safe_and_says_why_if_it_is_not() {
    let text = "services:\n  web:\n    image: example.com/web\n    depends_on: [db]\n  db:\n    image: postgres:17\n";
    let mut client = Client::start(able(), &[]);
    client.open("compose.yaml", text);
    assert_eq!(
        client.diagnosed("compose.yaml"),
        ["4:2 missing-healthcheck"]
    );
    let actions = client.actions("compose.yaml", 4, &[]);
    let fix = client.resolved(&actions, "give `db` the healthcheck of ");
    assert!(
        fix["title"].as_str().unwrap().contains(" (unsafe: "),
        "{fix}"
    );
    assert_eq!(fix["isPreferred"], Value::Null);
    assert_eq!(fix["kind"], "quickfix");
    assert_eq!(fix["diagnostics"][0]["code"], "missing-healthcheck");
    assert_eq!(
        fix["edit"]["documentChanges"][0]["textDocument"]["version"],
        1
    );
    let fixed = client.applied(&fix, "compose.yaml", text);
    assert!(fixed.contains("pg_isready"), "{fixed}");
    // An edit is not made for a text that has changed.
    client.change("compose.yaml", 2, &fixed);
    assert_eq!(client.ask("codeAction/resolve", fix), Err(-32803));
}

#[test]
fn an_ignore_is_written_where_it_counts() {
    let cases = [
        // The line has a comment already, so the ignore goes above.
        (
            WEAK.to_owned(),
            3,
            "    # tierlint: ignore[weak-dependency]\n    depends_on",
        ),
        // There is room at the end.
        (
            WEAK.replace("   # the database", ""),
            3,
            "[db]  # tierlint: ignore[weak-dependency]\n",
        ),
        // An ignore is there already, and its reason stays.
        (
            WEAK.replace("# the database", "# tierlint: ignore[lost-restart] old"),
            3,
            "# tierlint: ignore[lost-restart, weak-dependency] old\n",
        ),
        (
            WEAK.replace('\n', "\r\n"),
            3,
            "    # tierlint: ignore[weak-dependency]\r\n    dep",
        ),
    ];
    for (text, line, wanted) in cases {
        let mut client = Client::start(able(), &[]);
        client.open("compose.yaml", &text);
        let before = client.diagnosed("compose.yaml");
        assert!(
            before.contains(&"3:17 weak-dependency".to_owned()),
            "{before:?}"
        );
        let actions = client.actions("compose.yaml", line, &["quickfix"]);
        let action = client.resolved(&actions, "ignore `weak-dependency` here");
        let after = client.applied(&action, "compose.yaml", &text);
        assert!(after.contains(wanted), "{after}");
        client.change("compose.yaml", 2, &after);
        let found = client.diagnosed("compose.yaml");
        assert!(
            found.iter().all(|it| !it.ends_with("weak-dependency")),
            "{found:?}"
        );
    }
}

#[test]
fn a_client_that_fills_in_gets_a_place_for_the_reason() {
    let mut capabilities = able();
    capabilities["workspace"]["workspaceEdit"]["snippetEditSupport"] = json!(true);
    let mut client = Client::start(capabilities, &[]);
    client.open("compose.yaml", WEAK);
    let actions = client.actions("compose.yaml", 3, &["quickfix"]);
    let action = client.resolved(&actions, "ignore `weak-dependency` here (with a reason)");
    let snippet = &action["edit"]["documentChanges"][0]["edits"][0]["snippet"]["value"];
    assert_eq!(
        snippet,
        "    # tierlint: ignore[weak-dependency] ${1:reason}\n"
    );
}

#[test]
fn hovers_and_hints_are_those_of_the_plan() {
    let mut client = Client::start(able(), &[]);
    client.open("compose.yaml", WEAK);
    let hints = client.hints("compose.yaml");
    assert_eq!(hints.len(), 2, "{hints:?}");
    assert!(
        hints[0].starts_with("1 \"ready ") && hints[1].starts_with("4 \"ready @"),
        "{hints:?}"
    );
    let web = client.hover("compose.yaml", 1, 4);
    assert!(
        web.starts_with("**`web`** · tier 2 of 2\n\nstarted @"),
        "{web}"
    );
    assert!(
        web.contains("waits for\n\n- `db`: to be started, ready @"),
        "{web}"
    );
    let db = client.hover("compose.yaml", 3, 18);
    assert!(
        db.starts_with("**`db`** · tier 1 of 2\n\nstarted @"),
        "{db}"
    );
    assert!(
        db.contains("is waited for by\n\n- `web`: to be started"),
        "{db}"
    );
    assert!(
        db.contains("slack ") || db.contains("on the critical path"),
        "{db}"
    );
    assert_eq!(client.hover("compose.yaml", 5, 12), "");
    // Half a text has no plan.
    client.change("compose.yaml", 2, &format!("{WEAK}  - [\n"));
    assert_eq!(client.hints("compose.yaml"), [""; 0]);
}

#[test]
fn odd_requests_get_errors_and_change_nothing() {
    let (own, other) = Connection::memory();
    let server = std::thread::spawn(move || serve(&other, None));
    let early = Request::new(1.into(), "textDocument/hover".to_owned(), Value::Null);
    own.sender.send(early.into()).unwrap();
    let Message::Response(response) = own.receiver.recv().unwrap() else {
        panic!("a request gets a response");
    };
    assert_eq!(response.response_result.unwrap_err().code, -32002);
    drop(own);
    assert_eq!(server.join().unwrap(), Exit::Findings);

    let mut client = Client::start(able(), &[("compose.yaml", WEAK)]);
    assert_eq!(client.ask("initialize", json!({})), Err(-32600));
    assert_eq!(client.ask("textDocument/rename", json!({})), Err(-32601));
    assert_eq!(
        client.ask("textDocument/hover", json!({"position": "x"})),
        Err(-32602)
    );
    assert_eq!(
        client.ask("codeAction/resolve", json!({"title": "x"})),
        Err(-32602)
    );
    client.tell("textDocument/didOpen", json!(7));
    client.tell("$/odd", json!([]));
    // Neither is below the open folder.
    for uri in ["untitled:compose.yaml", "file:///nowhere/compose.yaml"] {
        let item = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": WEAK});
        client.tell("textDocument/didOpen", json!({"textDocument": item}));
        let at = json!({"textDocument": {"uri": uri}, "position": {"line": 1, "character": 3}});
        assert_eq!(client.ask("textDocument/hover", at), Ok(Value::Null));
    }
    assert_eq!(uri::path(&Uri("untitled:x".to_owned())), None);
    assert_eq!(client.hints("compose.yaml"), [""; 0], "it is not open");
    assert_eq!(client.ask("shutdown", Value::Null), Ok(Value::Null));
    assert_eq!(client.ask("textDocument/hover", json!({})), Err(-32600));
    client.tell("exit", Value::Null);
    assert_eq!(client.server.join().unwrap(), Exit::Clean);
}
