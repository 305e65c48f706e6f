//! `lsp`: a language server on standard input and output.
//!
//! Owns the conversation: the handshake, what is answered when, and the end.
//! Must not decide what is said.

mod repairs;
mod requests;
mod session;

#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Exit, Io};
use crate::lsp::client::{self, Client};
use crate::words::Date;
use session::{Refreshed, Session};

/// Changes that follow each other so closely are answered together.
const PAUSE: Duration = Duration::from_millis(2);

/// Serves until the client says that it is done, or is gone.
pub(super) fn run(io: &mut Io<'_>) -> io::Result<Exit> {
    let (connection, threads) = Connection::stdio();
    let exit = serve(&connection, io.today);
    // The threads end once nobody can send any more.
    drop(connection);
    // What was read is not told again: it may hold anything.
    let ended = threads.join().map_err(|error| {
        let text = "the client's messages could not be read to the end";
        io::Error::new(error.kind(), text)
    });
    ended.map(|()| exit)
}

/// How far the conversation has come.
enum Stage {
    /// Nobody has said who they are.
    Fresh,
    /// At work.
    Open(Box<Session>),
    /// The client has said that it will end.
    Over,
}

/// The conversation, from the first message to the last.
pub(super) fn serve(connection: &Connection, today: Option<Date>) -> Exit {
    let mut stage = Stage::Fresh;
    loop {
        let Some(message) = next(connection, &mut stage) else {
            return gone(&stage);
        };
        let sent = match message {
            Message::Request(request) => {
                let response = answer(request, &mut stage, connection, today);
                connection.sender.send(response.into()).is_ok()
            }
            Message::Notification(it) if it.method == "exit" => return gone(&stage),
            Message::Notification(it) => {
                hear(it, &mut stage, connection);
                true
            }
            // Nothing that the server asks for needs an answer.
            Message::Response(_) => true,
        };
        if !sent {
            return gone(&stage);
        }
    }
}

/// The protocol wants 0 after `shutdown`, else 1.
const fn gone(stage: &Stage) -> Exit {
    match stage {
        Stage::Over => Exit::Clean,
        Stage::Fresh | Stage::Open(_) => Exit::Findings,
    }
}

/// The next message. Once none follows closely, what has changed is checked.
fn next(connection: &Connection, stage: &mut Stage) -> Option<Message> {
    if let Stage::Open(session) = stage
        && session.is_stale()
    {
        if let Ok(message) = connection.receiver.recv_timeout(PAUSE) {
            return Some(message);
        }
        refresh(session, connection);
    }
    connection.receiver.recv().ok()
}

/// Checks what has changed, and tells the client.
fn refresh(session: &mut Session, connection: &Connection) {
    let Refreshed {
        diagnostics,
        problem,
        elsewhere,
    } = session.refresh();
    for params in diagnostics {
        notify(connection, "textDocument/publishDiagnostics", params);
    }
    if let Some(problem) = problem {
        // 1: an error.
        let params = serde_json::json!({"type": 1, "message": format!("tierlint: {problem}")});
        notify(connection, "window/showMessage", params);
    }
    if elsewhere {
        let id = session.next_id();
        let method = "workspace/inlayHint/refresh".to_owned();
        let request = Request::new(id.into(), method, Value::Null);
        let _ = connection.sender.send(request.into());
    }
}

/// A client that is gone is noticed when it is listened to.
fn notify(connection: &Connection, method: &str, params: impl Serialize) {
    let notification = Notification::new(method.to_owned(), params);
    let _ = connection.sender.send(notification.into());
}

fn answer(
    request: Request,
    stage: &mut Stage,
    connection: &Connection,
    today: Option<Date>,
) -> Response {
    let Request { id, method, params } = request;
    let failed = |code: ErrorCode, text: &str| (code as i32, text.to_owned());
    let result = match (method.as_str(), &mut *stage) {
        ("initialize", Stage::Fresh) => {
            let client = Client::read(&params);
            let offer = client::offer(&client);
            *stage = Stage::Open(Box::new(Session::new(client, today)));
            Ok(offer)
        }
        ("initialize", _) => Err(failed(ErrorCode::InvalidRequest, "`initialize` comes once")),
        (_, Stage::Fresh) => {
            let text = "`initialize` comes first";
            Err(failed(ErrorCode::ServerNotInitialized, text))
        }
        (_, Stage::Over) => {
            let text = "nothing follows `shutdown` but `exit`";
            Err(failed(ErrorCode::InvalidRequest, text))
        }
        ("shutdown", Stage::Open(_)) => {
            *stage = Stage::Over;
            Ok(Value::Null)
        }
        (method, Stage::Open(session)) => {
            refresh(session, connection);
            requests::answer(method, params, session)
        }
    };
    match result {
        Ok(value) => Response::new_ok(id, value),
        Err((code, text)) => Response::new_err(id, code, text),
    }
}

/// What the client tells. What is unknown or wrong is passed over: there is
/// nobody to tell.
fn hear(notification: Notification, stage: &mut Stage, connection: &Connection) {
    let Stage::Open(session) = stage else { return };
    let Notification { method, params } = notification;
    match method.as_str() {
        "initialized" if session.client().takes.watching => {
            let id = session.next_id();
            let method = "client/registerCapability".to_owned();
            let request = Request::new(id.into(), method, client::watchers());
            let _ = connection.sender.send(request.into());
        }
        "textDocument/didOpen" => {
            if let Some(it) = read::<DidOpenTextDocumentParams>(params) {
                session.open(it.text_document);
            }
        }
        "textDocument/didChange" => {
            if let Some(it) = read::<DidChangeTextDocumentParams>(params) {
                let document = it.text_document;
                let uri = document.text_document_identifier.uri;
                session.change(&uri, document.version, it.content_changes);
            }
        }
        "textDocument/didClose" => {
            if let Some(it) = read::<DidCloseTextDocumentParams>(params) {
                session.close(&it.text_document.uri);
            }
        }
        "workspace/didChangeWorkspaceFolders" => {
            if let Some(it) = read::<DidChangeWorkspaceFoldersParams>(params) {
                let uris = |list: Vec<gen_lsp_types::WorkspaceFolder>| -> Vec<PathBuf> {
                    let paths = list.into_iter();
                    paths
                        .filter_map(|it| crate::lsp::uri::path(&it.uri))
                        .collect()
                };
                session.folders(&uris(it.event.removed), uris(it.event.added));
            }
        }
        // The disk may hold anything now: settings, variables, other files.
        "textDocument/didSave"
        | "workspace/didChangeWatchedFiles"
        | "workspace/didChangeConfiguration" => session.forget(),
        _ => {}
    }
}

fn read<T: DeserializeOwned>(params: Value) -> Option<T> {
    serde_json::from_value(params).ok()
}
