//! `heapwatch`: whether a process leaks, from outside.

use clap::{Parser, Subcommand};
use heapwatch_cli::{Attach, Compare, Exec, Result};
use std::process::ExitCode;
use upright_console::console::{note, say};

/// Whether a process leaks, what it costs once, what bounds it: watched from outside (Linux).
///
/// Exit code 0: it does not leak. 1: it does, or grew. 2: what was asked for is wrong. 3: not told yet. 4: a file
/// could not be read or written.
#[derive(Debug, Parser)]
#[command(name = "heapwatch", version, max_term_width = 100)]
struct Flags {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a command, watches it and its children, and ends it when the time is over.
    ///
    /// What it says: clean, a one-time cost, bounded (it filled up and stopped growing), leak, or
    /// inconclusive. Exit code 1 for a leak, 3 where there is no answer yet.
    #[command(after_help = "\
Examples:
  heapwatch exec --duration 60 -- python3 service.py
  heapwatch exec --duration 60 --out now -- ./service --selftest")]
    Exec(Exec),
    /// Watches a running process and leaves it running.
    #[command(after_help = "\
Examples:
  heapwatch attach --duration 60 1234
  heapwatch attach --forever --textfile /var/lib/node_exporter/service.prom 1234")]
    Attach(Attach),
    /// Compares two watches: growth of the new one less that of the old one, with its interval.
    ///
    /// Exit code 1 where something grew beyond its interval, 3 where the new one does not tell.
    #[command(after_help = "\
Examples:
  heapwatch compare baseline.json now")]
    Compare(Compare),
    /// Prints the JSON Schema of the summary, with the rows of series.csv.
    #[cfg(feature = "schema")]
    Schema,
}

impl Command {
    /// Whether JSON was asked for.
    fn json(&self) -> bool {
        match self {
            Self::Exec(exec) => exec.watch.json,
            Self::Attach(attach) => attach.watch.json,
            Self::Compare(compare) => compare.json,
            #[cfg(feature = "schema")]
            Self::Schema => true,
        }
    }

    fn run(&self) -> Result {
        upright_console::interrupt::outlive_large_files();
        match self {
            Self::Exec(exec) => heapwatch_cli::exec(exec),
            Self::Attach(attach) => heapwatch_cli::attach(attach),
            Self::Compare(compare) => heapwatch_cli::compare(compare),
            #[cfg(feature = "schema")]
            Self::Schema => {
                let schema = upright_store::pretty(&heapwatch_cli::schema());
                upright_console::console::print(&schema)?;
                Ok(upright_console::Outcome::Done)
            }
        }
    }
}

fn main() -> ExitCode {
    let command = Flags::parse().command;
    match command.run() {
        Ok(outcome) => outcome.code(),
        Err(failure) => {
            if command.json() {
                note(&serde_json::json!({ "errors": [failure.to_json()] }).to_string());
            } else {
                say!("error: {failure}");
            }
            failure.code()
        }
    }
}
