//! What a scenario's run records: columns and rows.

use crate::scenario::Scenario;
use upright_core::plant::STATES;

/// The columns that every trajectory begins with: time in s, the state, the commanded force in N, and
/// the sliding variable, plain and in N s.
pub const COMMON_COLUMNS: [&str; 10] = {
    let [x, theta1, theta2, x_dot, theta1_dot, theta2_dot] = STATES;
    ["t", x, theta1, theta2, x_dot, theta1_dot, theta2_dot, "u", "sigma", "s"]
};

/// The names of all columns of a scenario's trajectory: the common ones, then the controller's own.
pub fn columns(scenario: &Scenario) -> Vec<&'static str> {
    let own = scenario.controller.settings.info().columns;
    COMMON_COLUMNS.iter().chain(own).copied().collect()
}

/// How many rows a scenario's run records.
pub fn rows(scenario: &Scenario) -> u64 {
    let simulation = &scenario.simulation;
    let every = u64::from(simulation.record_every);
    // The start, each one in between, and the end whether or not its turn has come.
    let all = scenario.periods().div_ceil(every) + 1;
    simulation.record_last.map_or(all, |last| all.min(u64::from(last)))
}
