//! What can be typed about settings, ignores and baselines. Owns names and help
//! texts; validation only.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::args::InputArgs;

/// What is kept back; the same for every verb that reports findings.
#[derive(Args, Debug, Clone, Default)]
pub struct AcceptArgs {
    /// Accepted findings, in place of the nearest `.tierlint-baseline.json`
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Report everything, whatever comments, settings and baselines ignore
    #[arg(long, conflicts_with = "baseline")]
    pub no_ignores: bool,
}

/// Arguments of `baseline`.
#[derive(Args, Debug, Clone)]
pub struct BaselineArgs {
    /// What to do with the file
    #[arg(value_enum)]
    pub act: BaselineAct,
    /// Which projects.
    #[command(flatten)]
    pub input: InputArgs,
    /// The file, in place of the nearest `.tierlint-baseline.json`
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

/// What to do with a baseline.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaselineAct {
    /// Make it from what is found now
    Write,
    /// Make it what is found now, where it is there
    Update,
    /// Only take out what is no longer found
    Prune,
}

/// Arguments of `config`.
#[derive(Args, Debug, Clone, Default)]
pub struct ConfigArgs {
    /// The folder, or a file in it, whose settings are shown
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// Settings to use in place of the nearest `.tierlint.yaml`
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Arguments of `init`.
#[derive(Args, Debug, Clone, Default)]
pub struct InitArgs {
    /// The folder that is checked and gets the file
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
}
