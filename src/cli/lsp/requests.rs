//! What is asked, and the answer.
//!
//! Owns the shape of parameters and results. An answer about a file that
//! nothing is known of is empty.

use gen_lsp_types::{
    CodeAction, CodeActionParams, HoverParams, InlayHintParams, TextDocumentPositionParams, Uri,
};
use lsp_server::ErrorCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::repairs;
use super::session::Session;
use crate::lsp::action::{self, Wish};
use crate::lsp::{place, uri};

/// A code of the protocol, and what went wrong.
pub(super) type Failure = (i32, String);

pub(super) fn answer(method: &str, params: Value, session: &Session) -> Result<Value, Failure> {
    match method {
        "textDocument/codeAction" => written(&actions(&read(params)?, session)),
        "codeAction/resolve" => written(&resolve(read(params)?, session)?),
        "textDocument/hover" => {
            let HoverParams {
                text_document_position_params: it,
                ..
            } = read(params)?;
            written(&hover(&it, session))
        }
        "textDocument/inlayHint" => written(&hints(&read(params)?, session)),
        _ => Err((
            ErrorCode::MethodNotFound as i32,
            format!("there is no method `{method}`"),
        )),
    }
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Failure> {
    let read = serde_json::from_value(params);
    read.map_err(|error| (ErrorCode::InvalidParams as i32, error.to_string()))
}

fn written(result: &impl Serialize) -> Result<Value, Failure> {
    let written = serde_json::to_value(result);
    written.map_err(|error| (ErrorCode::InternalError as i32, error.to_string()))
}

fn actions(params: &CodeActionParams, session: &Session) -> Vec<CodeAction> {
    let Some(path) = uri::path(&params.text_document.uri) else {
        return Vec::new();
    };
    let (dir, reports) = session.stacks_of(&path);
    let frame = session.frame(&dir);
    let found = action::actions(&reports, &path, params.range, &params.context, frame);
    if session.client().takes.late_edits {
        return found;
    }
    // What cannot be made is not shown to those who want the edit at once.
    let whole = found.into_iter().filter_map(|it| resolve(it, session).ok());
    whole.map(|it| CodeAction { data: None, ..it }).collect()
}

/// Adds the edit to an action.
fn resolve(action: CodeAction, session: &Session) -> Result<CodeAction, Failure> {
    let wish: Wish = read(action.data.clone().unwrap_or_default())?;
    let path = uri::path(&Uri(wish.uri.clone()));
    let path = path.ok_or_else(|| {
        let text = format!("`{}` is no file", wish.uri);
        (ErrorCode::InvalidParams as i32, text)
    })?;
    let edit = repairs::edit(&path, &wish.act, session)
        .map_err(|reason| (ErrorCode::RequestFailed as i32, reason))?;
    Ok(CodeAction {
        edit: Some(edit),
        ..action
    })
}

fn hover(params: &TextDocumentPositionParams, session: &Session) -> Option<gen_lsp_types::Hover> {
    let path = uri::path(&params.text_document.uri)?;
    let (dir, reports) = session.stacks_of(&path);
    place::hover(&reports, &path, params.position, session.frame(&dir))
}

fn hints(params: &InlayHintParams, session: &Session) -> Vec<gen_lsp_types::InlayHint> {
    let Some(path) = uri::path(&params.text_document.uri) else {
        return Vec::new();
    };
    let (dir, reports) = session.stacks_of(&path);
    place::hints(&reports, &path, params.range, session.frame(&dir))
}
