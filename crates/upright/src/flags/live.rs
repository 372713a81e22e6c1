//! The flags of a live run.

use clap::Args;

/// Between which speeds a live run can go, in simulated seconds a second.
pub(crate) const SPEEDS: [f64; 2] = [0.01, 100.0];

/// A run in the terminal.
#[derive(Debug, Clone, Args)]
pub(crate) struct LiveFlags {
    /// Show the run in the terminal as it goes, to be pushed, paused and put under other controllers; ?
    /// lists the keys.
    #[arg(long)]
    pub(crate) live: bool,
    /// How fast a live run goes, in simulated seconds a second.
    #[arg(long, value_name = "X", value_parser = speed, default_value_t = 1.0, requires = "live")]
    pub(crate) speed: f64,
}

fn speed(text: &str) -> Result<f64, String> {
    let [least, most] = SPEEDS;
    let speed = text.parse().ok().filter(|speed| (least..=most).contains(speed));
    speed.ok_or_else(|| format!("allowed is from {least} to {most}"))
}
