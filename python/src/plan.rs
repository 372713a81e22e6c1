//! Plans that runs begin with.

use crate::{errors, interrupt};
use pyo3::prelude::*;
use upright_core::Family;
use upright_sim::Scenario;

/// Makes what the runs of a scenario begin with and that takes seconds: the plan of a swing-up, which is then remembered,
/// so that nothing that is made of the scenario afterwards waits for it. Ctrl-C ends it.
///
/// # Errors
/// Where there is no plan, and with what has ended it.
pub(crate) fn prepared(py: Python<'_>, scenario: &Scenario) -> PyResult<()> {
    if !plans(scenario) {
        return Ok(());
    }
    let work = |stop: &interrupt::Stop<'_>| scenario.prepare_unless(stop);
    match interrupt::attended(py, work, |_| Ok(()))? {
        (_, Some(error)) => Err(error),
        (made, None) => made.map(drop).map_err(|error| errors::scenario(py, &error)),
    }
}

/// Whether the controller of a scenario makes plans, before a run or in it.
pub(crate) fn plans(scenario: &Scenario) -> bool {
    scenario.controller.settings.info().family == Family::SwingUp
}

/// Whether a control period of a scenario's controller takes no more than some microseconds.
pub(crate) fn is_quick(scenario: &Scenario) -> bool {
    let family = scenario.controller.settings.info().family;
    !matches!(family, Family::SwingUp | Family::Predictive | Family::External)
}
