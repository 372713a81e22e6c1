//! The flags of the search for gains.

use super::shared::Shared;
use super::value::{MAX_RUNS, whole};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Tune {
    /// The scenario file (YAML); - reads it from standard input.
    #[arg(required_unless_present_any = ["resume", "list"])]
    pub(crate) scenario: Option<PathBuf>,
    /// Show what can be tuned, and do nothing else; without a scenario, of every kind.
    #[arg(long, conflicts_with = "resume")]
    pub(crate) list: bool,
    /// Candidates a step (else 40).
    #[arg(long, value_name = "N", value_parser = whole::<u32, 2, 100_000>)]
    pub(crate) particles: Option<u32>,
    /// Steps (else 50).
    #[arg(long, value_name = "N", value_parser = whole::<u64, 1, MAX_RUNS>)]
    pub(crate) iterations: Option<u64>,
    /// How to search (else by a swarm of particles).
    #[arg(long, value_name = "NAME")]
    pub(crate) optimizer: Option<Optimizer>,
    /// Search the front of two terms of the cost instead of its least, such as settling,variation.
    #[arg(long, value_name = "TERM,TERM")]
    pub(crate) objectives: Option<String>,
    /// End after so many steps that found nothing better.
    #[arg(long, value_name = "N", value_parser = whole::<u64, 1, MAX_RUNS>)]
    pub(crate) patience: Option<u64>,
    /// Go on with a search from its results folder, to the same bits as if it had never stopped.
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    pub(crate) resume: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) shared: Shared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Optimizer {
    /// A swarm of particles.
    Pso,
    /// Evolution with an adapted covariance matrix.
    CmaEs,
    /// Differential evolution.
    De,
}

impl Optimizer {
    pub(crate) fn method(self) -> upright_tune::optimizer::Method {
        use upright_tune::optimizer::Method;
        match self {
            Self::Pso => Method::Pso,
            Self::CmaEs => Method::CmaEs,
            Self::De => Method::De,
        }
    }
}
