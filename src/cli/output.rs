//! Where a format goes: `FORMAT` or `FORMAT:FILE`.
//!
//! Owns that notation. Must not know what is printed.

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};

use super::args::Format;

/// A format, and the file that it goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// How.
    pub format: Format,
    /// Where to; standard output if `None`.
    pub file: Option<PathBuf>,
}

/// Reads `FORMAT` or `FORMAT:FILE`, and names the formats in help and completions.
#[derive(Clone)]
pub(super) struct OutputParser;

impl TypedValueParser for OutputParser {
    type Value = Output;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<Output, clap::Error> {
        let text = value.to_string_lossy();
        let (name, file) = match text.split_once(':') {
            Some((name, file)) if !file.is_empty() => (name, Some(PathBuf::from(file))),
            _ => (text.as_ref(), None),
        };
        let formats = EnumValueParser::<Format>::new();
        let format = formats.parse_ref(command, arg, name.as_ref())?;
        Ok(Output { format, file })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let formats = Format::value_variants().iter();
        Some(Box::new(formats.filter_map(ValueEnum::to_possible_value)))
    }
}
