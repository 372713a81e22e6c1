//! What a run looks like at its end.

use serde::Serialize;
use upright_sim::closed_loop::Tick;
use upright_sim::following::Following;
use upright_sim::metrics::{EarlyEnd, LAST, Verdict};
use upright_sim::scenario::ScenarioError;
use upright_sim::{RunOptions, Scenario, run};

/// The end of a run that is looked at, in s.
const WINDOW: f64 = 3.0;

/// The signals that a run settles in.
const SIGNALS: [&str; 3] = ["x", "theta1", "theta2"];

/// Why a run is not settled: the signal that is the furthest outside its band in the last second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reason {
    /// `x`, `theta1` or `theta2`.
    pub signal: &'static str,
    /// When it was last outside, in s.
    pub last_outside: f64,
    /// How far it was from upright, or from its place, at most in the last second, in rad or m.
    pub largest: f64,
    /// Its band, in rad or m.
    pub band: f64,
}

/// What a run looks like over its last 3 s.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Observed {
    /// How it ended.
    pub verdict: Verdict,
    /// When and how it ended before its time, if it did; then all figures are of the whole run.
    pub early_end: Option<EarlyEnd>,
    /// Why it is not settled; absent where it is inside the bands for the last second, or ended early.
    pub reason: Option<Reason>,
    /// What the changes of the applied force sum to in a second, in N/s.
    pub variation: f64,
    /// Share of the periods in which the force was at its limit.
    pub at_limit: f64,
    /// From the smallest to the largest `x` in m, `theta1` and `theta2` in rad.
    pub span: [f64; 3],
}

#[derive(Clone, Copy)]
struct Sums {
    periods: u64,
    variation: f64,
    at_limit: u64,
    low: [f64; 3],
    high: [f64; 3],
    before: f64,
}

impl Sums {
    const NONE: Self = Self {
        periods: 0,
        variation: 0.0,
        at_limit: 0,
        low: [f64::INFINITY; 3],
        high: [f64::NEG_INFINITY; 3],
        before: f64::NAN,
    };

    fn add(&mut self, tick: &Tick, max_force: f64) {
        let change = (tick.applied - self.before).abs();
        // The first has none before it.
        self.variation += if change.is_finite() { change } else { 0.0 };
        self.before = tick.applied;
        self.at_limit += u64::from(tick.applied.abs() >= max_force);
        self.periods += 1;
        for ((low, high), x) in self.low.iter_mut().zip(&mut self.high).zip(&tick.state) {
            *low = low.min(*x);
            *high = high.max(*x);
        }
    }
}

/// Runs a scenario and looks at its end; nothing where `stop` returned true.
///
/// # Errors
/// Where the scenario is not allowed.
pub(crate) fn observe(
    scenario: &Scenario,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Observed>, ScenarioError> {
    let period = scenario.simulation.control_period;
    let periods = scenario.periods();
    let count = |seconds: f64| ((seconds / period).round() as u64).clamp(1, periods);
    let settled = scenario.simulation.settled;
    let bands = [settled.position, settled.angle, settled.angle];
    let (window, last) =
        (periods - count(WINDOW), periods - count(settled.hold.clamp(LAST, WINDOW)));
    let (mut end, mut whole) = (Sums::NONE, Sums::NONE);
    let mut outside = [None; 3];
    let mut largest = [0.0_f64; 3];
    let following = Following::new(scenario);
    let mut stopped = false;
    let max_force = scenario.actuator.max_force;
    let mut watch = |tick: &Tick| {
        whole.add(tick, max_force);
        if tick.index >= window {
            end.add(tick, max_force);
        }
        let place = following.as_ref().map_or(0.0, |following| following.place(tick.index as f64));
        let off = [tick.state[0] - place, tick.state[1], tick.state[2]];
        for (i, band) in bands.into_iter().enumerate() {
            let size = off[i].abs();
            if size > band {
                outside[i] = Some(tick.index);
            }
            if tick.index >= last {
                largest[i] = largest[i].max(size);
            }
        }
        stopped = stop();
        !stopped
    };
    let run = run(scenario, RunOptions { record: false, hook: Some(&mut watch) })?;
    if stopped {
        return Ok(None);
    }
    let sums = if run.early_end.is_some() { whole } else { end };
    let seconds = sums.periods.max(1) as f64 * period;
    let late = SIGNALS.into_iter().zip(bands).enumerate().filter_map(|(i, (signal, band))| {
        let index = outside[i].filter(|index| *index >= last)?;
        let time = index as f64 * period;
        Some(Reason { signal, last_outside: time, largest: largest[i], band })
    });
    let furthest = late.max_by(|a, b| (a.largest / a.band).total_cmp(&(b.largest / b.band)));
    Ok(Some(Observed {
        verdict: run.verdict,
        early_end: run.early_end,
        reason: furthest.filter(|_| run.early_end.is_none()),
        variation: sums.variation / seconds,
        at_limit: sums.at_limit as f64 / sums.periods.max(1) as f64,
        span: std::array::from_fn(|i| (sums.high[i] - sums.low[i]).max(0.0)),
    }))
}
