//! The binary: arguments and streams in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(tierlint::cli::run_process().code())
}
