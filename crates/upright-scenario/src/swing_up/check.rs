//! What a swing-up requires of the rest of its scenario.

use super::read::FILE;
use super::stored::MadeFor;
use crate::error::Problem;
use crate::kinds::KindSettings;
use crate::scenario::Scenario;
use crate::validate::{Errors, shown_number};
use upright_core::plant::Model;
use upright_core::settings::Range;
use upright_core::swing_up::settings::MIN_HORIZON;

/// Angle in rad beyond which the linear model says nothing.
const LINEAR: f64 = 0.5;

/// Checks a scenario whose fields are each allowed; of other kinds there is nothing to check.
pub(crate) fn check(scenario: &Scenario, errors: &mut Errors) {
    let KindSettings::SwingUp(settings) = &scenario.controller.settings else { return };
    let reason = |path: &str, value: String, reason: String, errors: &mut Errors| {
        errors.push_text(path, value, Problem::Design { reason });
    };
    if let Some(reference) = &scenario.reference {
        let why =
            "a swing-up follows its plans and balances at zero; a balance law follows references";
        let kind = serde_json::to_value(reference.settings.kind).unwrap_or_default().to_string();
        reason("reference.kind", kind, why.to_owned(), errors);
    }
    let period = scenario.simulation.control_period;
    let step = settings.plan.settings.step;
    if settings.plan.settings.periods_a_step(period).is_none() {
        let why = format!("must be a whole number of control periods of {period} s");
        reason("controller.plan.step", shown_number(step), why, errors);
    }
    let duration = scenario.simulation.duration;
    let start = scenario.simulation.initial_state;
    let (plant, max_force) = (scenario.controller.model, scenario.actuator.max_force);
    let track = scenario.plant.track.unwrap_or(f64::INFINITY);
    if let Some(plan) = &settings.plan.file
        && let Err(why) = plan.check(&MadeFor { plant, max_force }, step, track)
    {
        reason(FILE, String::new(), why, errors);
    }
    let planned = settings.plan.file.is_none() && settings.begins_with_a_plan(&start);
    let [_, longest] = settings.plan.settings.horizon;
    if planned && duration < MIN_HORIZON {
        let why = format!(
            "a run that begins with a plan takes {MIN_HORIZON} s, the shortest plan, or more"
        );
        reason("simulation.duration", shown_number(duration), why, errors);
    } else if planned && longest > duration {
        let range = Range::new(MIN_HORIZON, duration);
        let problem = Problem::Range { range, unit: "s, the duration of the run" };
        errors.push_text("controller.plan.horizon.1", shown_number(longest), problem);
    }
    let largest = start[1].abs().max(start[2].abs());
    if scenario.plant.model == Model::Linear && largest > LINEAR {
        let why = format!(
            "the linear model has no hanging state: a start beyond {LINEAR} rad needs `full` or `simplified`"
        );
        reason("plant.model", "linear".to_owned(), why, errors);
    }
    let Some(track) = scenario.plant.track else { return };
    let [x, _, _, x_dot, ..] = start;
    if x.abs() >= track {
        let range = Range { min: -track, max: track, above_min: true };
        let problem = Problem::Range { range, unit: "m, the track" };
        errors.push_text("simulation.initial_state.0", shown_number(x), problem);
        return;
    }
    let plant = &scenario.plant;
    let mass = plant.cart_mass + plant.link1.mass + plant.link2.mass;
    let way = x_dot * x_dot / (2.0 * scenario.actuator.max_force / mass);
    let room = track - x * x_dot.signum();
    if way > room {
        let why = format!(
            "no force of {} N stops the cart within the {room:.3} m that are left of the track: it takes {way:.3} m",
            scenario.actuator.max_force
        );
        reason("simulation.initial_state.3", shown_number(x_dot), why, errors);
    }
}
