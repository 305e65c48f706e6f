//! A rule's page, taken apart: sections, their blocks, the projects in them.
//!
//! Must not judge what a page says.

use std::path::{Path, PathBuf};

use super::support::Memory;

/// Where the files of a page are said to lie.
pub(super) const DIR: &str = "/page";

/// A page.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) sections: Vec<Section>,
}

/// A part of a page under `## name`.
pub(super) struct Section {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) blocks: Vec<Block>,
}

/// A fenced block.
pub(super) struct Block {
    /// The first word after the fence.
    pub(super) kind: String,
    /// The second: the file that the block holds.
    pub(super) file: Option<String>,
    /// Whether the third is `apart`: the file is not of the project before.
    pub(super) apart: bool,
    pub(super) text: String,
}

impl Page {
    /// Takes a page apart.
    pub(super) fn parse(text: &str) -> Self {
        let (head, rest) = text.split_once("\n## ").unwrap_or((text, ""));
        let (title, body) = head.split_once('\n').unwrap_or((head, ""));
        let sections = rest.split("\n## ").filter(|it| !it.is_empty());
        Self {
            title: title.trim_start_matches("# ").to_owned(),
            summary: body.trim().to_owned(),
            sections: sections.map(Section::parse).collect(),
        }
    }

    /// The section of a name.
    pub(super) fn section(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|it| it.name == name)
    }
}

impl Section {
    fn parse(text: &str) -> Self {
        let (name, text) = text.split_once('\n').unwrap_or((text, ""));
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        for line in text.split_inclusive('\n') {
            match (line.strip_prefix("```"), open.as_mut()) {
                (Some(info), None) => open = Some(Block::open(info)),
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (None, Some(block)) => block.text.push_str(line),
                (None, None) => {}
            }
        }
        Self {
            name: name.trim().to_owned(),
            text: text.to_owned(),
            blocks,
        }
    }

    /// The rules that `<!-- also: … -->` lets speak here too.
    pub(super) fn also(&self) -> Vec<&str> {
        let lists = self.text.split("<!-- also:").skip(1);
        let lists = lists.map(|rest| rest.split("-->").next().unwrap_or(""));
        lists
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .collect()
    }

    /// The projects of the section: a file name that comes again opens the next, and
    /// so does `apart` behind a name.
    pub(super) fn projects(&self) -> Vec<Memory> {
        let mut projects: Vec<Memory> = Vec::new();
        for block in &self.blocks {
            let Some(file) = &block.file else { continue };
            let path: PathBuf = Path::new(DIR).join(file);
            match projects.last_mut() {
                Some(last) if !last.0.contains_key(&path) && !block.apart => {
                    last.0.insert(path, block.text.clone());
                }
                _ => projects.push(Memory([(path, block.text.clone())].into())),
            }
        }
        projects
    }
}

impl Block {
    fn open(info: &str) -> Self {
        let mut words = info.split_whitespace().map(str::to_owned);
        Self {
            kind: words.next().unwrap_or_default(),
            file: words.next(),
            apart: words.next().is_some_and(|it| it == "apart"),
            text: String::new(),
        }
    }
}
