//! The program: flags in, words and files out.
//!
//! It computes nothing itself. `flags` says what may be typed, `commands` does it, `output` writes
//! folders whole or not at all, `failure` decides every exit code.

mod commands;
mod failure;
mod flags;
mod interrupt;
mod output;

use clap::Parser;
use failure::Outcome;
use std::process::ExitCode;

fn main() -> ExitCode {
    let flags = flags::Flags::parse();
    let result = commands::run(flags);
    match result {
        Ok(outcome) => outcome.code(),
        Err(failure) => {
            failure.report();
            failure.code()
        }
    }
}

/// What a command answers.
type Result<T = Outcome> = std::result::Result<T, failure::Failure>;
