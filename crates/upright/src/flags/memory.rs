//! The flags that watch the memory of a run.

use super::value::whole;
use clap::Args;

/// How the memory of a run is watched; lies over the scenario's `monitor` section.
#[derive(Debug, Clone, Args)]
pub(crate) struct MemoryFlags {
    /// Watch the memory of the run, and warn where it grows.
    #[arg(long)]
    pub(crate) monitor: bool,
    /// Build the controller anew every so many periods (else 1 000 000); the force does not
    /// change. Implies --monitor.
    #[arg(long, value_name = "N", value_parser = whole::<u32, 1, 4_000_000_000>)]
    pub(crate) recreate_every: Option<u32>,
    /// Empty the controller's records every so many periods; the force does not change. Implies
    /// --monitor.
    #[arg(long, value_name = "N", value_parser = whole::<u32, 1, 4_000_000_000>)]
    pub(crate) reset_every: Option<u32>,
}
