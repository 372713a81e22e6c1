//! The balance laws that swing-ups are tried with.

use super::{PERIOD, SURFACE};
use upright_core::law::super_twisting::{Settings, SuperTwisting};
use upright_core::plant::{Plant, State};
use upright_core::predictive::Predictive;
use upright_core::predictive::settings::PredictiveSettings;
use upright_core::{Command, Controller, ControllerContext, Kind, SlidingSurface};

/// A balance law.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one of them in a run")]
pub(crate) enum Balance {
    Twisting(<SuperTwisting as Kind>::Controller<f64>),
    Predictive { law: Box<Predictive<f64>>, surface: SlidingSurface<f64> },
}

/// What a controller is told of the plant and of the limits.
pub(crate) fn context(model: &Plant, max_force: f64, start: State<f64>) -> ControllerContext {
    ControllerContext {
        surface: SURFACE,
        model: *model,
        beta_min: 0.05,
        max_force,
        period: PERIOD,
        late: 0,
        start,
        seed: 42,
    }
}

impl Balance {
    pub(crate) fn new(predictive: bool, context: &ControllerContext) -> Self {
        if predictive {
            let law = Predictive::new(&PredictiveSettings::default(), context).expect("a law");
            Self::Predictive { law: Box::new(law), surface: context.sliding_surface() }
        } else {
            Self::Twisting(SuperTwisting::build(&Settings::default(), context).expect("a law"))
        }
    }
}

fn command(surface: &SlidingSurface<f64>, measured: &State<f64>, force: f64) -> Command<f64> {
    let reading = surface.read(measured);
    Command { force, sigma: reading.sigma, s: reading.s }
}

impl Controller<f64> for Balance {
    const COLUMNS: &'static [&'static str] = &[];

    fn control(&mut self, measured: &State<f64>) -> Command<f64> {
        match self {
            Self::Twisting(law) => law.control(measured),
            Self::Predictive { law, surface } => {
                command(surface, measured, law.control_against(measured, 0.0))
            }
        }
    }

    fn observe(&self, measured: &State<f64>) -> Command<f64> {
        match self {
            Self::Twisting(law) => law.observe(measured),
            Self::Predictive { surface, .. } => command(surface, measured, 0.0),
        }
    }

    fn foresees_upright(&self) -> bool {
        match self {
            Self::Twisting(law) => law.foresees_upright(),
            Self::Predictive { law, .. } => law.foresees_upright(),
        }
    }

    fn reset_lanes(&mut self, lanes: bool) {
        match self {
            Self::Twisting(law) => law.reset_lanes(lanes),
            Self::Predictive { law, .. } if lanes => law.restart(),
            Self::Predictive { .. } => {}
        }
    }

    fn columns(&self, _write: impl FnMut(f64)) {}
}
