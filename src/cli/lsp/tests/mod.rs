//! Conversations over channels, in the process: each thing that a client may
//! ask, and what it must get.

mod asked;
mod told;

use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Duration;

use lsp_server::{Connection, Message, Notification, Request, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::serve;
use crate::cli::Exit;
use crate::lsp::position::{Encoding, Lines};
use crate::lsp::uri;
use crate::words::Date;

/// A stack whose web server waits for a start where it could wait for readiness.
const WEAK: &str = "services:
  web:
    image: example.com/web:1
    depends_on: [db]   # the database
  db:
    image: postgres:17
    environment: {POSTGRES_PASSWORD: hunter2}
    healthcheck:
      test: [\"CMD\", \"pg_isready\", \"-h\", \"127.0.0.1\"]
      interval: 2s
      timeout: 2s
      retries: 30
      start_period: 30s
      start_interval: 1s
";

/// A client at the other end of a conversation, and the folder that is open.
struct Client {
    connection: Connection,
    server: JoinHandle<Exit>,
    folder: TempDir,
    requests: i32,
    encoding: Encoding,
    /// What the server has asked for by itself.
    asked: Vec<String>,
}

/// A client that can do everything.
fn able() -> Value {
    json!({
        "general": {"positionEncodings": ["utf-8", "utf-16"]},
        "textDocument": {
            "publishDiagnostics": {"relatedInformation": true},
            "codeAction": {"dataSupport": true, "resolveSupport": {"properties": ["edit"]}},
        },
        "workspace": {
            "workspaceEdit": {"documentChanges": true},
            "inlayHint": {"refreshSupport": true},
            "didChangeWatchedFiles": {"dynamicRegistration": true},
        },
    })
}

impl Client {
    fn start(capabilities: Value, files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join(".git")).unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let (own, other) = Connection::memory();
        let server = std::thread::spawn(move || serve(&other, Date::parse("2026-07-01")));
        let root = uri::of(folder.path()).0;
        let mut client = Self {
            connection: own,
            server,
            folder,
            requests: 0,
            encoding: Encoding::Utf16,
            asked: Vec::new(),
        };
        let params = json!({"capabilities": capabilities, "rootUri": root, "processId": null});
        let answer = client.ask("initialize", params).unwrap();
        if answer["capabilities"]["positionEncoding"] == "utf-8" {
            client.encoding = Encoding::Utf8;
        }
        client.tell("initialized", json!({}));
        client
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn uri(&self, name: &str) -> String {
        uri::of(&self.path(name)).0
    }

    fn tell(&self, method: &str, params: Value) {
        let it = Notification::new(method.to_owned(), params);
        self.connection.sender.send(it.into()).unwrap();
    }

    fn hear(&mut self) -> Message {
        let wait = Duration::from_secs(20);
        self.connection.receiver.recv_timeout(wait).unwrap()
    }

    /// The answer to a request, or the code of the error.
    fn ask(&mut self, method: &str, params: Value) -> Result<Value, i32> {
        self.requests += 1;
        let id = self.requests;
        let request = Request::new(id.into(), method.to_owned(), params);
        self.connection.sender.send(request.into()).unwrap();
        loop {
            match self.hear() {
                Message::Response(Response {
                    id: of,
                    response_result,
                }) => {
                    assert_eq!(of, id.into());
                    return response_result.map_err(|it| it.code);
                }
                Message::Request(it) => self.asked.push(it.method),
                Message::Notification(_) => {}
            }
        }
    }

    fn open(&self, name: &str, text: &str) {
        let item = json!({"uri": self.uri(name), "languageId": "yaml", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": item}));
    }

    fn change(&self, name: &str, version: i32, text: &str) {
        let document = json!({"uri": self.uri(name), "version": version});
        let params = json!({"textDocument": document, "contentChanges": [{"text": text}]});
        self.tell("textDocument/didChange", params);
    }

    /// The next diagnostics of a file, as `line:column rule`.
    fn diagnosed(&mut self, name: &str) -> Vec<String> {
        self.diagnostics(name)
            .iter()
            .map(|it| {
                let start = &it["range"]["start"];
                let rule = it["code"].as_str().unwrap();
                format!("{}:{} {rule}", start["line"], start["character"])
            })
            .collect()
    }

    fn diagnostics(&mut self, name: &str) -> Vec<Value> {
        let uri = self.uri(name);
        loop {
            match self.hear() {
                Message::Notification(it) if it.params["uri"] == uri.as_str() => {
                    return it.params["diagnostics"].as_array().unwrap().clone();
                }
                Message::Request(it) => self.asked.push(it.method),
                _ => {}
            }
        }
    }

    fn actions(&mut self, name: &str, line: u32, only: &[&str]) -> Vec<Value> {
        let at = |character| json!({"line": line, "character": character});
        let mut context = json!({"diagnostics": []});
        if !only.is_empty() {
            context["only"] = json!(only);
        }
        let params = json!({
            "textDocument": {"uri": self.uri(name)},
            "range": {"start": at(1), "end": at(1)},
            "context": context,
        });
        let answer = self.ask("textDocument/codeAction", params).unwrap();
        answer.as_array().unwrap().clone()
    }

    /// The action with a title that starts like this, with its edit.
    fn resolved(&mut self, actions: &[Value], title: &str) -> Value {
        let mut actions = actions.iter();
        let found = actions.find(|it| it["title"].as_str().unwrap().starts_with(title));
        let found = found
            .unwrap_or_else(|| panic!("no action is called {title}"))
            .clone();
        self.ask("codeAction/resolve", found).unwrap()
    }

    fn hover(&mut self, name: &str, line: u32, character: u32) -> String {
        let params = json!({
            "textDocument": {"uri": self.uri(name)},
            "position": {"line": line, "character": character},
        });
        let answer = self.ask("textDocument/hover", params).unwrap();
        answer["contents"]["value"]
            .as_str()
            .unwrap_or("")
            .to_owned()
    }

    fn hints(&mut self, name: &str) -> Vec<String> {
        let params = json!({
            "textDocument": {"uri": self.uri(name)},
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 9999, "character": 0}},
        });
        let answer = self.ask("textDocument/inlayHint", params).unwrap();
        let hints = answer.as_array().unwrap();
        hints
            .iter()
            .map(|it| format!("{} {}", it["position"]["line"], it["label"]))
            .collect()
    }

    /// A text with the edits that an action makes in a file.
    fn applied(&self, action: &Value, name: &str, text: &str) -> String {
        let edit = &action["edit"];
        let uri = self.uri(name);
        let edits = match edit["documentChanges"].as_array() {
            Some(changes) => {
                let mut changes = changes.iter();
                let own = changes.find(|it| it["textDocument"]["uri"] == uri.as_str());
                own.map(|it| it["edits"].clone()).unwrap_or_default()
            }
            None => edit["changes"][&uri].clone(),
        };
        let mut edits = edits.as_array().cloned().unwrap_or_default();
        edits.reverse();
        let mut text = text.to_owned();
        for edit in edits {
            let range = serde_json::from_value(edit["range"].clone()).unwrap();
            let span = Lines::new(&text, self.encoding).span(range);
            text.replace_range(span.range(), edit["newText"].as_str().unwrap());
        }
        text
    }

    fn end(mut self) -> Exit {
        assert_eq!(self.ask("shutdown", Value::Null), Ok(Value::Null));
        self.tell("exit", Value::Null);
        self.server.join().unwrap()
    }
}
