//! The flags that commands share.

use super::paper::{Columns, Format};
use super::value::{assignment, deadline};
use clap::{Args, ValueEnum};
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;
use upright_report::Target;

/// Flags that commands share.
#[derive(Debug, Clone, Args)]
pub(crate) struct Shared {
    /// Folder for the results; one of the same command is replaced, any other refused.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Sets a field of the scenario; may be given again.
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    pub(crate) set: Vec<(String, String)>,
    /// Another kind of controller with its default settings; surface and model stay. For compare and roa
    /// one or a list such as classical,lqr: these kinds and no others.
    #[arg(long, value_name = "KIND")]
    pub(crate) controller: Option<String>,
    /// Seed of every random number.
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Threads to use; all cores where absent. A single run uses one.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// End after so many seconds with what is done by then (exit code 3).
    #[arg(long, value_name = "S", value_parser = deadline)]
    pub(crate) deadline: Option<Duration>,
    /// Exit with code 1 unless every run is so; a design runs nothing.
    #[arg(long, value_name = "VERDICT")]
    pub(crate) require: Option<Requirement>,
    /// Formats of the pictures in the results folder (--out).
    #[arg(
        long,
        value_name = "FORMATS",
        value_delimiter = ',',
        default_values_t = [Format::Svg, Format::Png]
    )]
    pub(crate) figures: Vec<Format>,
    /// Size the pictures for one column (88.9 mm) or two (181.9 mm) of a paper, with text of 8 pt;
    /// else for the screen.
    #[arg(long, value_name = "COLUMNS")]
    pub(crate) columns: Option<Columns>,
    /// Say on standard error how far it is, as lines of JSON: what is done and of how much, in which unit, rate a
    /// second, time left.
    #[arg(long, value_name = "FORM")]
    pub(crate) progress: Option<ProgressForm>,
    /// Bytes that a scenario may have (else 1 000 000).
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_input: Option<u64>,
    /// Take an empty standard input for a scenario of defaults.
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Print no table.
    #[arg(long)]
    pub(crate) quiet: bool,
    /// Print the summary as JSON and nothing else.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How progress is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressForm {
    /// Lines of JSON.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Requirement {
    /// Settled, under a force that does not chatter.
    Settled,
    /// Settled or balanced, under a force that does not chatter.
    Calm,
    /// Settled, or at least upright throughout, whatever the force does.
    Balanced,
}

impl Shared {
    /// The threads that were asked for, or one a core.
    pub(crate) fn thread_count(&self) -> NonZero<usize> {
        let asked = self.threads.and_then(|threads| NonZero::new(usize::from(threads)));
        asked.unwrap_or_else(upright_threads::all_cores)
    }

    /// Where the pictures are to be shown.
    pub(crate) fn target(&self) -> Target {
        match self.columns {
            None => Target::Screen,
            Some(Columns::One) => Target::OneColumn,
            Some(Columns::Two) => Target::TwoColumns,
        }
    }
}
