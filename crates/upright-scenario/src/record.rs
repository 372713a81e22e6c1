//! What a scenario's run records: columns and rows.

use crate::scenario::Scenario;
use upright_core::plant::STATES;

/// The columns that every trajectory begins with: time in s, the state, the commanded force in N, and
/// the sliding variable, plain and in N s.
pub const COMMON_COLUMNS: [&str; 10] = {
    let [x, theta1, theta2, x_dot, theta1_dot, theta2_dot] = STATES;
    ["t", x, theta1, theta2, x_dot, theta1_dot, theta2_dot, "u", "sigma", "s"]
};

/// The columns that every trajectory ends with: the force on the cart in N, that the actuator made of `u`; what
/// the sensors said of the state, velocities where they are measured; the state that the controller was
/// given; and the disturbances at the start of the period, on the cart in N and on the joints in N m.
pub const SURROUNDING_COLUMNS: [&str; 16] = [
    "u_applied",
    "x_measured",
    "theta1_measured",
    "theta2_measured",
    "x_dot_measured",
    "theta1_dot_measured",
    "theta2_dot_measured",
    "x_estimated",
    "theta1_estimated",
    "theta2_estimated",
    "x_dot_estimated",
    "theta1_dot_estimated",
    "theta2_dot_estimated",
    "disturbance_cart",
    "disturbance_joint1",
    "disturbance_joint2",
];

/// The column of a motor, behind all others: the voltage in V that gives `u_applied` at standstill.
pub const MOTOR_COLUMNS: [&str; 1] = ["volts"];

/// The columns of a reference, behind all others: the motion that is followed, as a state, and its force in N.
pub const REFERENCE_COLUMNS: [&str; 7] = [
    "x_reference",
    "theta1_reference",
    "theta2_reference",
    "x_dot_reference",
    "theta1_dot_reference",
    "theta2_dot_reference",
    "u_reference",
];

/// The column of an estimator that knows of a force on the cart, behind all others: that force in N, against which the
/// controller acts; the estimated unknown force, friction that is fed forward taken from it.
pub const KNOWN_FORCE_COLUMNS: [&str; 1] = ["force_estimated"];

/// The columns that only some scenarios have: those of a motor, of a reference, and of a known force.
pub fn special_columns(scenario: &Scenario) -> Vec<&'static str> {
    let motor: &[&str] = if scenario.actuator.motor().is_some() { &MOTOR_COLUMNS } else { &[] };
    let reference: &[&str] = if scenario.reference.is_some() { &REFERENCE_COLUMNS } else { &[] };
    let force: &[&str] = if scenario.acts_against_a_force() { &KNOWN_FORCE_COLUMNS } else { &[] };
    [motor, reference, force].concat()
}

/// The names of all columns of a scenario's trajectory: the common ones, the controller's own, then those of
/// what surrounds it, then the special ones.
pub fn columns(scenario: &Scenario) -> Vec<&'static str> {
    let own = scenario.controller.settings.info().columns;
    let special = special_columns(scenario);
    COMMON_COLUMNS.iter().chain(own).chain(&SURROUNDING_COLUMNS).chain(&special).copied().collect()
}

/// How many rows a scenario's run records.
pub fn rows(scenario: &Scenario) -> u64 {
    let simulation = &scenario.simulation;
    let every = u64::from(simulation.record_every);
    // The start, each one in between, and the end whether or not its turn has come.
    let all = scenario.periods().div_ceil(every) + 1;
    simulation.record_last.map_or(all, |last| all.min(u64::from(last)))
}
