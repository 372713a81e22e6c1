//! What runs of a search are computed with, and how its progress is told.

use crate::console::say;
use crate::failure::Result;
use crate::flags::Shared;
use indicatif::{ProgressBar, ProgressStyle};
use std::num::NonZero;
use std::time::Duration;
use upright_lanes::Unit;
use upright_tune::Evaluator;

pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What runs are computed with.
pub(super) struct Machine {
    pub(super) threads: NonZero<usize>,
    pub(super) unit: Unit,
}

impl Machine {
    pub(super) fn of(shared: &Shared) -> Result<Self> {
        let unit = Unit::of_environment().map_err(upright_sim::study::StudyError::from)?;
        let threads = shared.threads.and_then(|threads| NonZero::new(usize::from(threads)));
        Ok(Self { threads: threads.unwrap_or_else(upright_threads::all_cores), unit })
    }

    pub(super) fn evaluator(&self, scenario: &upright_sim::Scenario) -> Evaluator {
        Evaluator::new(scenario, self.threads, self.unit)
    }
}

/// Warns where the gains of the scenario lie beyond the bounds between which better ones are searched.
pub(super) fn warn_of_bounds(space: &upright_tune::Space) {
    for gain in space.dimensions() {
        let (start, bounds) = (gain.tunable.start, gain.bounds);
        if !(bounds.min..=bounds.max).contains(&start) {
            say!(
                "warning: tuning.gains: {} is {start} in the scenario, beyond the bounds {} to {}; the \
                 scenario's own gains stay unless better ones are found",
                gain.tunable.path,
                bounds.min,
                bounds.max
            );
        }
    }
}

/// A bar on standard error; nothing where that is no terminal.
pub(super) fn bar(iterations: u64) -> ProgressBar {
    let style = "{bar:12} {pos}/{len}, {msg}, {eta} left";
    // The template is one that indicatif understands; without it the bar is plain.
    let style =
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(iterations).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
