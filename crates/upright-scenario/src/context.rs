//! What a scenario's controller is built from.

use crate::controller::{Pole, SurfaceSpec};
use crate::error::ScenarioError;
use crate::estimator::EstimatorSettings;
use crate::kinds::{KindSettings, KindVisitor, MadeFor, Planned, SwingUp};
use crate::scenario::Scenario;
use std::cell::Cell;
use upright_core::plant::{Coulomb, Drag, Model};
use upright_core::{ControllerContext, Family, Kind, Plant};
use upright_design::surface::{check_stable, from_poles, sliding_poles};
use upright_design::{DesignError, LinearModel, Root, conditioning};
use upright_plan::NoPlan;

impl Scenario {
    /// What the scenario's controller is built from: the surface, designed where it is given by poles,
    /// and what the controller knows. A kind that needs no surface has none where none exists.
    ///
    /// # Errors
    /// Where its surface does not exist or its sliding motion is not stable.
    pub fn context(&self) -> Result<ControllerContext, DesignError> {
        match self.surface() {
            Err(error) if self.needs_surface() => Err(error),
            surface => Ok(self.context_on(surface.unwrap_or(ControllerContext::NO_SURFACE))),
        }
    }

    /// Whether the scenario's controller acts on a surface, which the others only report.
    fn needs_surface(&self) -> bool {
        self.controller.settings.info().family == Family::SlidingMode
    }

    /// The same on a surface with these coefficients.
    pub(crate) fn context_on(&self, surface: [f64; 6]) -> ControllerContext {
        let predicts = self.estimator.as_ref().is_some_and(EstimatorSettings::predicts);
        ControllerContext {
            surface,
            model: self.controller.model,
            beta_min: self.controller.common.beta_min,
            max_force: self.actuator.max_force,
            period: self.simulation.control_period,
            late: if predicts { 0 } else { self.timing().delay + self.timing().late },
            start: self.simulation.initial_state,
            seed: self.seed,
        }
    }

    /// Makes what a run begins with and that takes its time: the plan of a swing-up, once for many runs.
    ///
    /// # Errors
    /// Where there is no plan, or no design.
    pub fn prepare(&self) -> Result<(), ScenarioError> {
        if let KindSettings::SwingUp(settings) = &self.controller.settings {
            SwingUp::first_plan(settings, &self.context()?)?;
        }
        Ok(())
    }

    /// The same, unless `stop`, which is asked every few milliseconds from several threads, returns true on the way;
    /// whether it was made.
    ///
    /// # Errors
    /// As [`Scenario::prepare`].
    pub fn prepare_unless(&self, stop: &(dyn Fn() -> bool + Sync)) -> Result<bool, ScenarioError> {
        if let KindSettings::SwingUp(settings) = &self.controller.settings {
            match SwingUp::first_plan_unless(settings, &self.context()?, stop) {
                Err(NoPlan::Stopped) => return Ok(false),
                made => drop(made?),
            }
        }
        Ok(true)
    }

    /// The same scenario with the plan that its runs begin with, which is made now; where they begin with none, as it
    /// is. A run of it may be shorter than the plan.
    ///
    /// # Errors
    /// As [`Scenario::prepare`].
    pub fn with_plan(&self) -> Result<Self, ScenarioError> {
        let mut scenario = self.clone();
        if let KindSettings::SwingUp(settings) = &mut scenario.controller.settings
            && let Some(first) = SwingUp::first_plan(settings, &self.context()?)?
        {
            let made_for =
                MadeFor { plant: self.controller.model, max_force: self.actuator.max_force };
            let planned = Planned {
                made_for: Some(made_for),
                step: settings.plan.settings.step,
                forces: first.forces().to_vec(),
                states: first.states().to_vec(),
            };
            settings.plan.file = Some(planned.into());
        }
        Ok(scenario)
    }

    /// The coefficients of the surface in state order.
    pub(crate) fn surface(&self) -> Result<[f64; 6], DesignError> {
        let model = LinearModel::new(&self.controller.model);
        let coefficients = match &self.controller.surface {
            SurfaceSpec::Coefficients(coefficients) => *coefficients,
            SurfaceSpec::Poles(poles) => {
                let roots: Vec<Root> =
                    poles.iter().flat_map(Pole::roots).map(|(re, im)| Root { re, im }).collect();
                check_stable(&roots)?;
                from_poles(&model, &roots)?
            }
        };
        check_stable(&sliding_poles(&model, &coefficients)?)?;
        Ok(coefficients)
    }

    /// Checks that the plant is one that can be simulated, and that the scenario's controller can be
    /// built.
    ///
    /// # Errors
    /// What does not exist.
    pub fn check_design(&self) -> Result<(), DesignError> {
        struct Build<'a>(&'a ControllerContext);
        impl KindVisitor for Build<'_> {
            type Output = Result<(), DesignError>;
            fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
                Ok(K::check_design(settings, self.0)?)
            }
        }
        let plant = self.driven(self.plant);
        check_conditioning("plant", &plant)?;
        if self.controller.model != plant {
            check_conditioning("controller.model", &self.controller.model)?;
        }
        self.controller.settings.visit(Build(&self.context()?))?;
        self.check_estimator_design()?;
        self.reference_plan()?;
        Ok(())
    }
}

thread_local! {
    /// The last plants that were found well conditioned: thousands of scenarios that differ in their gains ask about one.
    static WELL_CONDITIONED: Cell<[Option<Plant>; 2]> = const { Cell::new([None; 2]) };
}

/// [`conditioning::check`], of one plant again and again only once.
fn check_conditioning(place: &'static str, plant: &Plant) -> Result<(), DesignError> {
    let [last, before] = WELL_CONDITIONED.get();
    if last != Some(*plant) && before != Some(*plant) {
        conditioning::check(place, plant)?;
        WELL_CONDITIONED.set([Some(*plant), last]);
    }
    Ok(())
}

/// The poles of the sliding motion on the surface of a context in 1/s, rightmost first; none where it has no
/// surface.
///
/// # Errors
/// [`DesignError::NoInputGain`] where the force does not reach the surface.
pub fn poles_of(context: &ControllerContext) -> Result<Vec<Root>, DesignError> {
    if !context.has_surface() {
        return Ok(Vec::new());
    }
    sliding_poles(&LinearModel::new(&context.model), &context.surface)
}

/// What a model knows of friction and drag: Coulomb friction where `rubs`, and no drag.
pub(crate) fn believed(model: &Plant, rubs: bool) -> Plant {
    let mut model = *model;
    if !rubs {
        model.coulomb = Coulomb::default();
    }
    model.drag = Drag::default();
    model.model = Model::Full;
    model
}
