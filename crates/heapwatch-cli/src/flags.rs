//! Command line flags.

#![expect(
    clippy::doc_markdown,
    reason = "these are texts of `--help`, where backticks would stand"
)]

use clap::Args;
#[cfg(feature = "sites")]
use clap::ValueEnum;
use std::path::PathBuf;

/// A command that is run and watched.
#[derive(Debug, Clone, Args)]
pub struct Exec {
    /// How it is watched.
    #[command(flatten)]
    pub watch: Watch,
    /// The command and its arguments.
    #[arg(required = true, last = true)]
    pub command: Vec<String>,
}

/// A running process.
#[derive(Debug, Clone, Args)]
pub struct Attach {
    /// How it is watched.
    #[command(flatten)]
    pub watch: Watch,
    /// The process's number.
    pub pid: u32,
}

/// Two watches held against each other.
#[derive(Debug, Clone, Args)]
pub struct Compare {
    /// The folder of a watch or an audit, or its summary.json or audit.json: a baseline that is kept.
    pub old: PathBuf,
    /// What is held against it.
    pub new: PathBuf,
    /// Bytes paid once and the peak may grow by so many per cent (else they are shown and not judged).
    #[arg(long, allow_negative_numbers = true, value_name = "PERCENT")]
    pub tolerance: Option<f64>,
    /// Print the comparison as JSON and nothing else.
    #[arg(long)]
    pub json: bool,
}

/// How a process is watched.
#[derive(Debug, Clone, Args)]
#[cfg_attr(
    feature = "live",
    expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")
)]
pub struct Watch {
    /// How long.
    #[arg(long, value_name = "S", default_value_t = 60.0)]
    pub duration: f64,
    /// Watch without end, and say where the verdict changes.
    #[arg(long, conflicts_with = "duration")]
    pub forever: bool,
    /// How often the verdict is made anew on the way.
    #[arg(long, value_name = "S", default_value_t = 60.0)]
    pub report_every: f64,
    /// How much of the past is judged (else all of it).
    #[arg(long, value_name = "S")]
    pub window: Option<f64>,
    /// What is watched at first and not judged: a warm-up that is known.
    #[arg(long, value_name = "S", default_value_t = 0.0)]
    pub skip: f64,
    /// Say when so much written memory is reached at the earliest (else the control group's limit).
    #[arg(long, value_name = "BYTES")]
    pub limit: Option<u64>,
    /// Keep the verdict as metrics in a file, for the node exporter of Prometheus (NAME.prom).
    #[arg(long, value_name = "FILE")]
    pub textfile: Option<PathBuf>,
    /// Answer GET /metrics (OpenMetrics) on an address of this machine, such as 127.0.0.1:9101.
    #[cfg(feature = "endpoint")]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<std::net::SocketAddr>,
    /// Run this in a shell when the verdict becomes leak, with HEAPWATCH_STATEMENT, HEAPWATCH_GROWTH and more
    /// in its environment.
    #[arg(long, value_name = "COMMAND")]
    pub on_leak: Option<String>,
    /// Keep the readings in a file, from which a watch of the same process goes on after it was killed.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// From one sample to the next.
    #[arg(long, value_name = "MS", default_value_t = 100.0)]
    pub interval: f64,
    /// Growth below this is not called a leak, in bytes a second.
    #[arg(long, value_name = "B/S", default_value_t = 500.0)]
    pub floor: f64,
    /// Folder for the summary, the series and a picture.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the summary as JSON and nothing else.
    #[arg(long)]
    pub json: bool,
    /// Name the lines that keep memory: of native programs by a counting library that is loaded before their
    /// own (sampled by bytes, or all), of CPython by its tracemalloc. For exec only.
    #[cfg(feature = "sites")]
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "sampled")]
    pub sites: Option<SitesMode>,
    /// Show the watch in the terminal as it goes; q ends it. What a command prints is not shown meanwhile.
    #[cfg(feature = "live")]
    #[arg(long, conflicts_with = "json")]
    pub live: bool,
    /// Keep the command's arguments, which can hold secrets, out of everything that is printed and written.
    #[arg(long)]
    pub redact: bool,
}

/// How native allocations are counted.
#[cfg(feature = "sites")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SitesMode {
    /// By bytes.
    Sampled,
    /// Every one.
    All,
}
