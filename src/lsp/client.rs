//! What a client can do, and what the server offers it.
//!
//! Owns the reading of `initialize`. Reads the few capabilities that matter one
//! by one: a client that is wrong about another is still served.

use std::path::PathBuf;

use gen_lsp_types::Uri;
use serde_json::{Value, json};

use super::position::Encoding;
use super::{action, uri};

/// What a client can do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Client {
    /// What its columns count.
    pub encoding: Encoding,
    /// The folders that are open, absolute; none if single files are.
    pub folders: Vec<PathBuf>,
    /// How much it takes of what can be left out.
    pub takes: Takes,
}

/// What can be left out for a client that does not know it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Takes {
    /// Further places of a diagnostic.
    pub related: bool,
    /// Edits that name the version of a document.
    pub versions: bool,
    /// Edits with places to fill in.
    pub snippets: bool,
    /// Actions whose edit comes when it is asked for.
    pub late_edits: bool,
    /// That hints have changed.
    pub refreshed_hints: bool,
    /// That the server asks to be told about files.
    pub watching: bool,
}

impl Client {
    /// Reads the parameters of `initialize`.
    pub fn read(params: &Value) -> Self {
        let capabilities = &params["capabilities"];
        let is = |pointer: &str| capabilities.pointer(pointer) == Some(&Value::Bool(true));
        let lists = |pointer: &str, word: &str| {
            let list = capabilities.pointer(pointer).and_then(Value::as_array);
            list.is_some_and(|it| it.iter().any(|it| it == word))
        };
        let utf8 = lists("/general/positionEncodings", "utf-8");
        let resolve = "/textDocument/codeAction/resolveSupport/properties";
        Self {
            encoding: if utf8 {
                Encoding::Utf8
            } else {
                Encoding::Utf16
            },
            folders: folders(params),
            takes: Takes {
                related: is("/textDocument/publishDiagnostics/relatedInformation"),
                versions: is("/workspace/workspaceEdit/documentChanges"),
                snippets: is("/workspace/workspaceEdit/documentChanges")
                    && is("/workspace/workspaceEdit/snippetEditSupport"),
                late_edits: lists(resolve, "edit") && is("/textDocument/codeAction/dataSupport"),
                refreshed_hints: is("/workspace/inlayHint/refreshSupport"),
                watching: is("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            },
        }
    }
}

/// The open folders: those of the workspace, else the root.
fn folders(params: &Value) -> Vec<PathBuf> {
    let path = |it: &Value| uri::path(&Uri(it.as_str()?.to_owned()));
    let several = params["workspaceFolders"].as_array();
    let several: Vec<PathBuf> = several
        .into_iter()
        .flatten()
        .filter_map(|it| path(&it["uri"]))
        .collect();
    if several.is_empty() {
        return path(&params["rootUri"]).into_iter().collect();
    }
    several
}

/// What the server answers to `initialize`.
pub fn offer(client: &Client) -> Value {
    json!({
        "capabilities": {
            "positionEncoding": match client.encoding {
                Encoding::Utf8 => "utf-8",
                Encoding::Utf16 => "utf-16",
            },
            // 2: changes come as ranges.
            "textDocumentSync": {"openClose": true, "change": 2, "save": true},
            "codeActionProvider": {
                "codeActionKinds": action::KINDS,
                "resolveProvider": true,
            },
            "hoverProvider": true,
            "inlayHintProvider": true,
            "workspace": {"workspaceFolders": {"supported": true, "changeNotifications": true}},
        },
        "serverInfo": {"name": "tierlint", "version": env!("CARGO_PKG_VERSION")},
    })
}

/// The files whose change outside of the editor counts.
pub fn watchers() -> Value {
    const GLOBS: [&str; 7] = [
        "**/*.{yml,yaml}",
        "**/*.json",
        "**/.env",
        "**/*.env",
        "**/*.sh",
        "**/*Dockerfile*",
        "**/kustomization",
    ];
    let watchers: Vec<Value> = GLOBS.iter().map(|it| json!({"globPattern": it})).collect();
    json!({"registrations": [{
        "id": "tierlint-files",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": {"watchers": watchers},
    }]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_read_one_by_one() {
        let plain = Client::read(&json!({"capabilities": {"general": 7}, "rootUri": null}));
        assert_eq!(plain, Client::default());
        let able = Client::read(&json!({
            "rootUri": "file:///other",
            "workspaceFolders": [{"uri": "file:///a%20b", "name": "x"}],
            "capabilities": {
                "general": {"positionEncodings": ["utf-16", "utf-8"]},
                "textDocument": {
                    "publishDiagnostics": {"relatedInformation": true},
                    "codeAction": {"dataSupport": true, "resolveSupport": {"properties": ["edit"]}},
                },
            },
        }));
        assert_eq!(able.encoding, Encoding::Utf8);
        assert_eq!(able.folders, [PathBuf::from("/a b")]);
        assert!(able.takes.related && able.takes.late_edits && !able.takes.versions);
        let root = Client::read(&json!({"rootUri": "file:///r", "workspaceFolders": null}));
        assert_eq!(root.folders, [PathBuf::from("/r")]);
    }
}
