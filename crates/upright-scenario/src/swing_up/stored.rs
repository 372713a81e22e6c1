//! A plan that was made before, as data, and whether a scenario can begin with it.

use crate::validate::shown_number;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::ops::Deref;
use std::sync::Arc;
use upright_core::elementary::nearest_turn;
use upright_core::planner::held;
use upright_core::plant::{Plant, Rigid, STATES, State};
use upright_core::settings::{Field, FieldKind, Settings as _};
use upright_core::swing_up::END_ERROR;
use upright_core::swing_up::settings::MAX_STEPS;

/// How far the end of a step may be from where the model gets, relative to a number above one: another planner's
/// rounding passes, and another plant does not.
const SAME: f64 = 1e-6;

/// Fields of a plant that a plan says nothing of.
const NOT_PLANNED: [&str; 4] = ["model", "friction", "coulomb", "drag"];

/// What a plan was made for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeFor {
    /// What was known of the plant, its track included.
    pub plant: Plant,
    /// The actuator's largest force in N.
    pub max_force: f64,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// What it was made for, where that is known.
    pub made_for: Option<MadeFor>,
    /// For how long each force is held, in s.
    pub step: f64,
    /// The forces in N.
    pub forces: Vec<f64>,
    /// The states between them, one more than there are forces.
    pub states: Vec<State<f64>>,
}

/// A plan that was made before. Copies share it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Planned", into = "Planned")]
pub struct StoredPlan(Arc<Planned>);

impl From<Planned> for StoredPlan {
    fn from(planned: Planned) -> Self {
        Self(Arc::new(planned))
    }
}

impl From<StoredPlan> for Planned {
    fn from(plan: StoredPlan) -> Self {
        (*plan.0).clone()
    }
}

impl Deref for StoredPlan {
    type Target = Planned;
    fn deref(&self) -> &Planned {
        &self.0
    }
}

impl Planned {
    /// Whether a run can begin with it for which plans are made for `here`, in steps of `step` s, on a `track` in m.
    ///
    /// # Errors
    /// The first thing that is in its way.
    pub(super) fn check(&self, here: &MadeFor, step: f64, track: f64) -> Result<(), String> {
        self.check_made_for(here, step)?;
        self.check_form()?;
        let most = here.max_force;
        if let Some(row) = self.forces.iter().position(|u| u.abs() > most) {
            let u = self.forces[row];
            return Err(format!("its row {row} has u = {u} N, allowed is up to {most} N"));
        }
        if let Some(row) = self.states.iter().position(|state| state[0].abs() >= track) {
            let x = self.states[row][0];
            return Err(format!("its row {row} has x = {x} m, off the track of {track} m"));
        }
        self.check_motion(&Rigid::new(&here.plant))
    }

    fn check_made_for(&self, here: &MadeFor, step: f64) -> Result<(), String> {
        let refuse = |field: &str, made: &str, now: &str| {
            Err(format!("it was made for {field} = {made}, and here it is {now}"))
        };
        if let Some(made_for) = &self.made_for {
            let tree = |plant: &Plant| serde_json::to_value(plant).unwrap_or_default();
            let (made, now) = (tree(&made_for.plant), tree(&here.plant));
            if let Some((field, made, now)) = differing(Plant::FIELDS, &made, &now) {
                return refuse(&format!("plant.{field}"), &made.to_string(), &now.to_string());
            }
            let (made, now) = (made_for.max_force, here.max_force);
            if made != now {
                return refuse("actuator.max_force", &shown_number(made), &shown_number(now));
            }
        }
        if (self.step - step).abs() > 1e-9 * step {
            return refuse("controller.plan.step", &shown_number(self.step), &shown_number(step));
        }
        Ok(())
    }

    fn check_form(&self) -> Result<(), String> {
        let steps = self.forces.len();
        if steps == 0 || steps > MAX_STEPS {
            return Err(format!("it has {steps} steps, allowed is from 1 to {MAX_STEPS}"));
        }
        if self.states.len() != steps + 1 {
            let states = self.states.len();
            return Err(format!("it has {states} states for {steps} forces, one more are needed"));
        }
        let mut numbers = self.states.iter().flatten().chain(&self.forces);
        match numbers.find(|number| !number.is_finite()) {
            Some(number) => Err(format!("it holds {number}, allowed are finite numbers")),
            None => Ok(()),
        }
    }

    /// Whether the model moves as it says, and up.
    fn check_motion(&self, model: &Rigid<f64>) -> Result<(), String> {
        let mut last = self.states[0];
        for (row, (u, pair)) in self.forces.iter().zip(self.states.windows(2)).enumerate() {
            let end = held(model, &pair[0], *u, self.step);
            for ((name, real), said) in STATES.iter().zip(end).zip(pair[1]) {
                if (real - said).abs() > SAME * said.abs().max(1.0) {
                    return Err(format!(
                        "its row {} has {name} = {said}, and from row {row} the model comes to {real}: it was \
                         changed, or made for another plant",
                        row + 1
                    ));
                }
            }
            last = pair[1];
        }
        for angle in &mut last[1..3] {
            *angle -= nearest_turn(*angle);
        }
        let away = last.iter().fold(0.0_f64, |worst, number| worst.max(number.abs()));
        if away > END_ERROR {
            return Err(format!(
                "it ends {away:.3} from upright at rest, allowed is {END_ERROR}: it was cut off, or goes elsewhere"
            ));
        }
        Ok(())
    }
}

/// The first number of a plant that a plan depends on and that two plants do not share, with both its values.
fn differing<'a>(
    fields: &[Field],
    one: &'a Value,
    other: &'a Value,
) -> Option<(String, &'a Value, &'a Value)> {
    let planned = fields.iter().filter(|field| !NOT_PLANNED.contains(&field.name));
    planned.into_iter().find_map(|field| {
        let (one, other) = (&one[field.name], &other[field.name]);
        match field.kind {
            FieldKind::Group(inner) => differing(inner, one, other)
                .map(|(name, one, other)| (format!("{}.{name}", field.name), one, other)),
            _ => (one != other).then(|| (field.name.to_owned(), one, other)),
        }
    })
}
