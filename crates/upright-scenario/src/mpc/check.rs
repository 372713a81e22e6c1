//! What predictions require of the rest of a scenario.

use crate::error::Problem;
use crate::kinds::{BalanceSettings, KindSettings};
use crate::path::join;
use crate::scenario::Scenario;
use crate::validate::{Errors, shown_number};

/// Checks what predictions require of the rest of a scenario whose fields are each allowed; of other kinds there is
/// nothing to check.
pub(crate) fn check(scenario: &Scenario, errors: &mut Errors) {
    let (settings, path) = match &scenario.controller.settings {
        KindSettings::Mpc(own) => (own, "controller"),
        KindSettings::SwingUp(own) => match &own.balance {
            BalanceSettings::Mpc(balance) => (balance, "controller.balance"),
            _ => return,
        },
        _ => return,
    };
    let period = scenario.simulation.control_period;
    if settings.periods_a_step(period).is_none() {
        let reason = format!("must be a whole number of control periods of {period} s");
        let path = join(path, "step");
        errors.push_text(&path, shown_number(settings.step), Problem::Design { reason });
    }
    if settings.steps().is_none() {
        let reason = format!("must be a whole number of steps of {} s", settings.step);
        let path = join(path, "horizon");
        errors.push_text(&path, shown_number(settings.horizon), Problem::Design { reason });
    }
}
