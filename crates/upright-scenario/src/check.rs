//! Checks a scenario that is typed: every range, what fields require of each other, and that the
//! design exists.

use crate::controller::{Pole, SurfaceSpec};
use crate::error::{Problem, ScenarioError};
use crate::path::join;
use crate::record;
use crate::reference::Reference;
use crate::scenario::Scenario;
use crate::sections::{Integrator, MAX_SUBSTEPS, Simulation};
use crate::tunable::{Bounds, Tunable, meant, tunables};
use crate::tuning::{Scale, Tuning, WrittenBounds};
use crate::validate::{Errors, shown_number};
use serde_json::Value;
use upright_core::Plant;
use upright_core::plant::{Coulomb, FrictionModel};
use upright_core::settings::{Invalid, Path, Range, Settings as _};
use upright_design::stiffness::{self, StabilityLimit, TooStiff};

/// What a pole or a coefficient may be.
pub(crate) const FINITE: Range = Range::new(-1e6, 1e6);
/// The most control periods of a run.
const MAX_PERIODS: u64 = 100_000_000_000;
/// The most bytes that a run records.
const MAX_RECORDED: u64 = 4_000_000_000;
/// What errors call a scenario that came from no text.
pub(crate) const UNNAMED: &str = "scenario";

impl Scenario {
    /// Checks a scenario that was made or changed in Rust, as reading its text would: every range, what
    /// fields require of each other, and that its design exists. What it records is checked by
    /// [`Scenario::check_record`], since not every run is recorded.
    ///
    /// ```
    /// use upright_scenario::Scenario;
    ///
    /// let mut scenario = Scenario::default();
    /// scenario.plant.link1.mass = -1.0;
    /// let error = scenario.check().unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "scenario: plant.link1.mass = -1: allowed is from 1e-9 to 1e6 kg"
    /// );
    /// ```
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its field, value and what is allowed.
    pub fn check(&self) -> Result<(), ScenarioError> {
        let mut errors = Errors::default();
        // The tree is asked for where something is refused.
        fields(self, &mut errors);
        if errors.0.is_empty() {
            design(self, &mut errors);
        }
        errors.into_result(UNNAMED)
    }

    /// Checks that what a recorded run of the scenario would keep in rows of `columns` numbers
    /// ([`columns`](crate::record::columns) under the scenario's own kind) is not too large.
    ///
    /// # Errors
    /// The field `simulation.record_every`, with how often to record.
    pub fn check_record(&self, columns: usize) -> Result<(), ScenarioError> {
        let mut errors = Errors::default();
        recorded(self, columns, &mut errors);
        errors.into_result(UNNAMED)
    }
}

/// Checks every field, and fields against each other.
pub(crate) fn fields(scenario: &Scenario, errors: &mut Errors) {
    let mut whole = None;
    let mut report = |prefix: &str, result: Result<(), Invalid>| {
        if let Err(invalid) = result {
            let whole = whole.get_or_insert_with(|| scenario.to_value());
            errors.push_invalid(prefix, whole, &invalid);
        }
    };
    let plant = scenario.plant.check();
    // The model is the plant where nothing else is said: one fault is one error.
    let repeated = plant.is_err() && scenario.controller.model == scenario.driven(scenario.plant);
    report("plant", plant);
    report("simulation", scenario.simulation.check_ranges());
    report("", friction(scenario));
    report("actuator", scenario.actuator.check());
    report("sensors", scenario.sensors.check());
    report("estimator", scenario.check_estimator());
    report("sensors", scenario.check_measured());
    report("reference", scenario.reference.as_ref().map_or(Ok(()), Reference::check));
    for (i, disturbance) in scenario.disturbances.iter().enumerate() {
        report(&join("disturbances", &i.to_string()), disturbance.check());
    }
    report("uncertainty", scenario.uncertainty.check());
    if let Some(monitor) = &scenario.monitor {
        report("monitor", monitor.check_ranges());
    }
    let controller = &scenario.controller;
    report("controller", controller.settings.check());
    report("controller", controller.common.check_ranges());
    report("controller", scenario.check_friction());
    if !repeated {
        report("controller.model", controller.model.check());
    }
    surface(&controller.surface, errors);
    if errors.0.is_empty() {
        duration(scenario, errors);
        crate::swing_up::check(scenario, errors);
        crate::mpc::check(scenario, errors);
    }
    if let Some(tuning) = scenario.tuning.as_ref().filter(|_| errors.0.is_empty()) {
        self::tuning(tuning, scenario, errors);
    }
}

/// Checks that there is a way to integrate the friction.
fn friction(scenario: &Scenario) -> Result<(), Invalid> {
    let plant = &scenario.plant;
    if !plant.sticks() {
        if plant.coulomb.r#static.is_none() {
            return Ok(());
        }
        let path = Path::of("static").within("coulomb").within("plant");
        return Err(Invalid::Conflict { path, with: "smoothed friction, which holds nothing" });
    }
    if scenario.simulation.integrator != Integrator::Rk45 {
        return Ok(());
    }
    let path = Path::of("integrator").within("simulation");
    let with = "friction that sticks: take euler or rk4, or plant.friction: smoothed";
    Err(Invalid::Conflict { path, with })
}

/// Checks how a surface is given.
pub(crate) fn surface(surface: &SurfaceSpec, errors: &mut Errors) {
    let path = "controller.surface";
    let mut number = |path: String, value: f64, unit| {
        if !FINITE.contains(value) {
            let problem = Problem::Range { range: FINITE, unit };
            errors.push_text(&path, shown_number(value), problem);
        }
    };
    match surface {
        SurfaceSpec::Coefficients(coefficients) => {
            let path = join(path, "coefficients");
            for (i, &value) in coefficients.iter().enumerate() {
                number(join(&path, &i.to_string()), value, "1");
            }
        }
        SurfaceSpec::Poles(poles) => {
            let path = join(path, "poles");
            for (i, pole) in poles.iter().enumerate() {
                let path = join(&path, &i.to_string());
                match pole {
                    Pole::Real(value) => number(path, *value, "1/s"),
                    Pole::Pair(pair) => {
                        for (part, &value) in pair.iter().enumerate() {
                            number(join(&path, &part.to_string()), value, "1/s");
                        }
                    }
                }
            }
            let count: usize = poles.iter().map(|pole| pole.roots().count()).sum();
            if count != 5 {
                let reason =
                    format!("the sliding motion has 5 poles (a pair counts as two), not {count}");
                let value = serde_json::to_value(poles).unwrap_or(Value::Null);
                errors.push(&path, &value, Problem::Design { reason });
            }
        }
    }
}

/// A run that would take too long, or no time at all, is refused before it starts.
pub(crate) fn duration(scenario: &Scenario, errors: &mut Errors) {
    let simulation = &scenario.simulation;
    let periods = simulation.duration / simulation.control_period;
    let (range, unit) = if periods > MAX_PERIODS as f64 {
        let range = Range::positive(MAX_PERIODS as f64 * simulation.control_period);
        (range, "s, 1e11 control periods")
    } else if periods < 1.0 - 1e-9 {
        (Range::new(simulation.control_period, 1e9), "s, at least one control period")
    } else {
        return;
    };
    let value = shown_number(simulation.duration);
    errors.push_text("simulation.duration", value, Problem::Range { range, unit });
}

/// A record that would take too much room is refused before the run.
pub(crate) fn recorded(scenario: &Scenario, columns: usize, errors: &mut Errors) {
    let rows = record::rows(scenario);
    let columns = columns as u64;
    let bytes = rows.saturating_mul(columns * 8);
    if bytes > MAX_RECORDED {
        let least = scenario.periods() * columns * 8 / MAX_RECORDED + 1;
        let reason = format!(
            "the run would record {rows} rows of {columns} numbers, {:.1} GB; allowed is up to 4 GB: \
             record every {least} periods, or keep the last rows only (record_last)",
            bytes as f64 / 1e9
        );
        let value = scenario.simulation.record_every.to_string();
        errors.push_text("simulation.record_every", value, Problem::Design { reason });
    }
}

/// Checks that the design exists.
pub(crate) fn design(scenario: &Scenario, errors: &mut Errors) {
    if let Err(error) = scenario.check_design() {
        let path = error.field();
        let whole = scenario.to_value();
        let value = whole.pointer(&format!("/{}", path.replace('.', "/")));
        let value = value.unwrap_or(&Value::Null);
        errors.push(&path, value, Problem::Design { reason: error.to_string() });
    } else {
        stiffness(scenario, errors);
    }
}

/// Checks what every kind of controller stands on, and no kind of controller.
pub(crate) fn design_of_any(scenario: &Scenario, errors: &mut Errors) {
    match scenario.under("none") {
        Ok(scenario) => design(&scenario, errors),
        Err(error) => {
            let reason = error.to_string();
            errors.push("controller.kind", &Value::Null, Problem::Design { reason });
        }
    }
}

/// What friction of a plant is too fast for the steps of integration.
fn too_stiff(plant: &Plant, simulation: &Simulation) -> Option<TooStiff> {
    let limit = match simulation.integrator {
        Integrator::Euler => StabilityLimit::EULER,
        Integrator::Rk4 => StabilityLimit::RK4,
        // Its steps are as short as they must be.
        Integrator::Rk45 => return None,
    };
    stiffness::check(plant, simulation.control_period, simulation.substeps, limit).err()
}

/// What Coulomb friction would be too fast for the steps if it were smoothed over the speeds that the plant has,
/// where they are not the default ones.
pub(crate) fn too_little_smoothed(plant: &Plant, simulation: &Simulation) -> Option<TooStiff> {
    let (own, usual) = (&plant.coulomb, Coulomb::default());
    if own.cart_speed == usual.cart_speed && own.joint_speed == usual.joint_speed {
        return None;
    }
    let smoothed = Plant { friction: FrictionModel::Smoothed, ..*plant };
    too_stiff(&smoothed, simulation).filter(|error| !error.viscous)
}

/// Friction that the steps of integration cannot follow is refused before it gives a motion that is none.
fn stiffness(scenario: &Scenario, errors: &mut Errors) {
    let simulation = &scenario.simulation;
    let (period, substeps) = (simulation.control_period, simulation.substeps);
    let Some(error) = too_stiff(&scenario.plant, simulation) else { return };
    let (what, knob) = if error.viscous {
        ("viscous friction (plant.damping)", "")
    } else {
        (
            "friction that is smoothed so little (plant.coulomb)",
            "friction that sticks (plant.friction: set_valued), a larger cart_speed or joint_speed, ",
        )
    };
    let rate = error.rate;
    let reason = if error.steps <= MAX_SUBSTEPS {
        format!(
            "{what} takes away velocities at {rate:.3e} 1/s, too fast for steps of {:.2e} s; {} \
             substeps hold it, and so does {knob}a shorter control period or the integrator rk45",
            period / f64::from(substeps),
            error.steps
        )
    } else {
        format!(
            "{what} takes away velocities at {rate:.3e} 1/s, which no {MAX_SUBSTEPS} substeps hold; \
             {knob}a shorter control period or the integrator rk45 does"
        )
    };
    errors.push_text("simulation.substeps", substeps.to_string(), Problem::Design { reason });
}

fn tuning(tuning: &Tuning, scenario: &Scenario, errors: &mut Errors) {
    if let Err(invalid) = tuning.settings.check_ranges() {
        errors.push_invalid("tuning", &scenario.to_value(), &invalid);
    }
    if let Some([first, second]) = tuning.objectives
        && first == second
    {
        let value = serde_json::json!([first, second]);
        errors.push("tuning.objectives", &value, twice(first.name()));
    }
    let tunables = tunables(scenario);
    for (name, written) in tuning.gains.iter().flatten() {
        let path = join("tuning.gains", name);
        let value = serde_json::to_value(written).unwrap_or(Value::Null);
        let meant = meant(scenario, &tunables, name);
        if meant.is_empty() {
            let allowed = tunables.iter().map(|tunable| tunable.path.clone()).collect();
            errors.push(&path, &value, Problem::Unknown { allowed });
        }
        let alone = meant.len() == 1;
        if let Some(problem) =
            meant.iter().find_map(|tunable| bounds(tunable, written, alone).err())
        {
            errors.push(&path, &value, problem);
        }
    }
}

/// Why two objectives that are the same are refused.
pub(crate) fn twice(name: &str) -> Problem {
    Problem::Design { reason: format!("{name} stands twice: the two must differ") }
}

/// Checks what is said of the bounds of a gain; `alone` where it was named itself.
pub(crate) fn bounds(
    tunable: &Tunable,
    written: &WrittenBounds,
    alone: bool,
) -> Result<(), Problem> {
    for bound in [written.min, written.max].into_iter().flatten() {
        if !tunable.range.contains(bound) {
            return Err(Problem::Range { range: tunable.range, unit: tunable.unit });
        }
    }
    let reason = match Bounds::of(tunable, written) {
        Some(Bounds { min, max, .. }) if min > max => {
            format!("the bounds of {} are inverted: {min} is above {max}", tunable.path)
        }
        Some(Bounds { min, max, .. }) if min == max => {
            format!("there is nothing to search between {min} and {max}")
        }
        Some(Bounds { min, scale: Scale::Log, .. }) if min <= 0.0 => {
            format!("a logarithmic scale needs a lower bound above zero, which {min} is not")
        }
        None if alone => format!(
            "{} is 0, which says nothing of its size: name its bounds, [min, max]",
            tunable.path
        ),
        _ => return Ok(()),
    };
    Err(Problem::Design { reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fault_of_the_plant_is_one_error() {
        let mut scenario = Scenario::default();
        scenario.plant.link2.com = 0.5;
        scenario.controller.model = scenario.plant;
        let Err(ScenarioError::Fields { errors, .. }) = scenario.check() else {
            panic!("a centre of mass beyond its link")
        };
        let paths: Vec<&str> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["plant.link2.com"]);
    }

    #[test]
    fn starts_that_are_not_upright_are_told_and_degrees_hinted_at() {
        let told = |theta1: f64, fall_angle: f64| {
            let mut scenario = Scenario::default();
            scenario.simulation.initial_state[1] = theta1;
            scenario.simulation.fall_angle = fall_angle;
            let warnings = crate::design_report::warnings(&scenario).expect("a design");
            warnings.iter().map(ToString::to_string).collect::<String>()
        };
        assert_eq!(told(0.05, std::f64::consts::FRAC_PI_2), "");
        assert!(told(5.0, std::f64::consts::FRAC_PI_2).contains("radians?"));
        let hanging = told(std::f64::consts::PI, 100.0);
        assert!(hanging.contains("not start upright") && !hanging.contains("radians?"));
    }
}
