//! The program: flags in, words and files out.
//!
//! It computes nothing itself. `flags` reads the command line, `commands` does it, `results` leaves what
//! came of it, `failure` decides every exit code.

mod commands;
mod contenders;
mod failure;
mod figures;
mod flags;
mod input;
mod monitoring;
mod points;
mod progress;
mod region;
mod report;
mod results;
mod resume;

use std::process::ExitCode;
use upright_console::{console, interrupt};

/// Counts what the program asks for, so that it can audit itself and watch its own memory.
#[cfg(feature = "counting")]
#[global_allocator]
static ALLOCATOR: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();

fn main() -> ExitCode {
    let began = std::time::Instant::now();
    let flags = flags::parse();
    let json = flags.json();
    let result = commands::run(flags, began);
    match result {
        Ok(outcome) => outcome.code(),
        Err(failure) => {
            if json {
                failure.report_as_json();
            } else {
                failure.report();
            }
            failure.code()
        }
    }
}
