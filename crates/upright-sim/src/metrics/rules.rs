//! What the metrics take from a scenario.

use super::band::LAST;
use upright_core::Family;
use upright_scenario::{Scenario, SettledBand};

/// What the sums need of a scenario.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) periods: f64,
    pub(super) period: f64,
    pub(super) fall_angle: f64,
    pub(super) track: f64,
    /// Whether nothing controls the run, so that hanging links have not fallen.
    pub(super) free: bool,
    /// Whether there is a sliding variable.
    pub(super) slides: bool,
    /// Whether angles are counted from the nearest upright, and none is a fall.
    pub(super) turns: bool,
    pub(super) max_force: f64,
    pub(super) settled: SettledBand,
    /// The period from which a state must be within the settling band.
    pub(super) held: f64,
    /// The period from which the last second counts.
    pub(super) last: f64,
    /// The period from which the second half counts.
    pub(super) second_half: f64,
}

impl Rules {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let periods = scenario.periods() as f64;
        let period = scenario.simulation.control_period;
        let family = scenario.controller.settings.info().family;
        // At least the last period, where one is longer than that.
        let end = |seconds: f64| (periods - libm::round(seconds / period).max(1.0)).max(0.0);
        let settled = scenario.simulation.settled;
        Self {
            periods,
            period,
            fall_angle: scenario.simulation.fall_angle,
            track: scenario.plant.track.unwrap_or(f64::INFINITY),
            free: family == Family::Uncontrolled,
            slides: slides(scenario),
            turns: family == Family::SwingUp,
            max_force: scenario.actuator.max_force,
            settled,
            held: end(settled.hold),
            last: end(LAST),
            second_half: libm::floor(periods / 2.0),
        }
    }

    /// Goes on as the run of `scenario`, which is the same under another kind of controller.
    pub(super) fn go_on_under(&mut self, scenario: &Scenario) {
        let family = scenario.controller.settings.info().family;
        self.free = family == Family::Uncontrolled;
        self.slides = slides(scenario);
        self.turns = family == Family::SwingUp;
    }
}

/// Whether the controller of a scenario has a surface, which some kinds do without.
fn slides(scenario: &Scenario) -> bool {
    scenario.controller.settings.info().family == Family::SlidingMode
        || scenario.context().is_ok_and(|context| context.has_surface())
}
