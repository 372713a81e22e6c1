//! The flags of the memory audit, and of watching other processes.

use super::shared::Shared;
use clap::{Args, Subcommand};
use heapwatch_cli::{Attach, Exec};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(subcommand)]
    pub(crate) watch: Option<AuditOther>,
    /// The scenario that the subjects run (YAML); - reads it from standard input. Without one: a sine
    /// and noise on the cart against a weak actuator.
    pub(crate) scenario: Option<PathBuf>,
    /// The short form, for continuous integration.
    #[arg(long)]
    pub(crate) quick: bool,
    /// These subjects and no others: one, or a list such as adaptive,runner. A score is of all of them only.
    #[arg(
        long,
        value_name = "SUBJECT",
        value_delimiter = ',',
        value_parser = clap::builder::PossibleValuesParser::new(upright_audit::subjects())
    )]
    pub(crate) only: Vec<String>,
    /// Audits a program that misbehaves on purpose, or an innocent one that looks like it.
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with_all = ["scenario", "quick", "only"],
        value_parser = clap::builder::PossibleValuesParser::new(animals())
    )]
    pub(crate) demo: Option<String>,
    #[command(flatten)]
    pub(crate) shared: Shared,
}

/// The animals of the zoo, with what each does.
fn animals() -> Vec<clap::builder::PossibleValue> {
    let value = |animal: &heapwatch::zoo::Animal| {
        clap::builder::PossibleValue::new(animal.name).help(animal.summary)
    };
    heapwatch::zoo::ANIMALS.iter().map(value).collect()
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditOther {
    /// One subject in a process of its own, for the audit that started it.
    #[command(hide = true)]
    Subject,
    /// Runs a command, watches it, and ends it when the time is over.
    ///
    /// What it says: clean, a one-time cost, bounded (it filled up and stopped growing), leak, or
    /// inconclusive. Exit code 1 for a leak, 3 where there is no answer yet.
    #[command(after_help = "\
Examples:
  upright audit exec --duration 4 -- sleep 60
  upright audit exec --duration 4 --json -- sh -c 'sleep 60'
  upright audit exec --duration 4 --sites -- sleep 60")]
    Exec(Exec),
    /// Watches a running process and leaves it running.
    #[command(after_help = "\
Examples:
  upright audit attach --duration 4 $$")]
    Attach(Attach),
    /// Compares two watches or two audits: growth of the new one less that of the old one, with its interval.
    ///
    /// Exit code 1 where something grew beyond its interval, 3 where the new one does not tell.
    #[command(after_help = "\
Examples:
  upright audit exec --duration 4 --out old -- sleep 60
  upright audit exec --duration 4 --out new -- sleep 60
  upright audit compare old new
  upright audit compare old/summary.json new")]
    Compare(heapwatch_cli::Compare),
}
