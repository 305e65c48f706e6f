//! The tool in the words of the Language Server Protocol: findings as
//! diagnostics, fixes as edits, plans as hovers and hints.
//!
//! Owns the conversions, as functions from values to values. Must not talk to a
//! client, read files, or know when anything is done: that is the rim's.
//!
//! Names follow version 3.18 of the specification
//! (microsoft.github.io/language-server-protocol); their types are those of
//! `gen-lsp-types`, which are made from its metamodel.

/// What an editor can do about findings.
pub mod action;

/// What a client can do, and what the server offers it.
pub mod client;

/// Findings as diagnostics.
pub mod diagnostic;

/// Open texts, and how they change.
pub mod document;

/// Changes as workspace edits.
pub mod edit;

/// Comments that silence a finding.
pub mod ignore;

/// What is said at a place: hovers and inlay hints.
pub mod place;

/// Lines and columns as a client counts them.
pub mod position;

/// Paths as URIs, and back.
pub mod uri;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;

use crate::source::Source;
use client::Client;
use document::Document;
use position::Lines;

/// Open documents, by absolute path.
pub type Documents = BTreeMap<PathBuf, Document>;

/// What every conversion needs to say where something is.
#[derive(Clone, Copy)]
pub struct Frame<'f> {
    /// The folder that shown paths start from, absolute.
    pub dir: &'f Path,
    /// What is open.
    pub documents: &'f Documents,
    /// Who is told.
    pub client: &'f Client,
}

impl<'f> Frame<'f> {
    /// Where a source is.
    pub fn path(&self, source: &Source) -> PathBuf {
        self.dir.join(source.path())
    }

    /// The name of a file, as the client wrote it if the file is open.
    pub fn uri(&self, path: &Path) -> Uri {
        match self.documents.get(path) {
            Some(document) => document.uri.clone(),
            None => uri::of(path),
        }
    }

    /// The lines of a source, as the client counts them.
    pub fn lines<'t>(&self, source: &'t Source) -> Lines<'t> {
        self.lines_of(&self.path(source), source.text())
    }

    /// The lines of a text that stands at a path.
    pub fn lines_of<'t>(&self, path: &Path, text: &'t str) -> Lines<'t> {
        // An editor hides the mark in front of a file that it opens.
        match self.documents.contains_key(path) {
            true => Lines::new(text, self.client.encoding),
            false => Lines::of_file(text, self.client.encoding),
        }
    }
}
