//! Linear-quadratic regulation as a kind of controller.

use upright_core::feedback::StateFeedback;
use upright_core::settings::Range;
use upright_core::{BuildError, ControllerContext, Family, Kind, Margins, Real};
use upright_design::LinearModel;
use upright_design::riccati::{LqrGains, LqrWeights, lqr};

upright_core::settings! {
    /// Weights of the quadratic cost that LQR minimises.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Weights {
        numbers {
            /// Weight of the square of each state, in state order.
            state: [f64; 6] = [10.0, 100.0, 100.0, 1.0, 1.0, 1.0], "1", Range::new(0.0, 1e9);
            /// Weight of the square of the force.
            force: f64 = 0.01, "1/N^2", Range { min: 1e-9, max: 1e9, above_min: false };
        }
    }
}

upright_core::settings! {
    /// Settings of LQR.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct LqrSettings {
        numbers {
            /// Weight of the square of the cart position's integral, a seventh state; without it
            /// a constant push leaves the cart off its place.
            integral: Option<f64> = None, "1/(m s)^2", Range::positive(1e9);
        }
        groups {
            /// Weights of the quadratic cost.
            weights: Weights = Weights::default();
        }
    }
}

impl LqrSettings {
    /// The gains that these weights ask for on the linear model of a plant.
    ///
    /// # Errors
    /// Where no stabilising solution was found.
    pub fn gains(&self, model: &LinearModel) -> Result<LqrGains, BuildError> {
        let Weights { state, force } = self.weights;
        let weights = LqrWeights { state, force, integral: self.integral };
        lqr(model, &weights)
            .map_err(|error| BuildError { field: "weights", reason: error.reason() })
    }
}

/// Linear-quadratic regulation on the linear model.
#[derive(Debug, Clone, Copy)]
pub struct Lqr;

impl Kind for Lqr {
    const NAME: &'static str = "lqr";
    const SUMMARY: &'static str = "linear-quadratic regulator, with or without integral action";
    const FAMILY: Family = Family::Reference;
    type Settings = LqrSettings;
    type Controller<R: Real> = StateFeedback<R>;

    fn margins(_settings: &LqrSettings, _period: f64) -> Option<Margins> {
        None
    }

    fn build<R: Real>(
        settings: &LqrSettings,
        context: &ControllerContext,
    ) -> Result<StateFeedback<R>, BuildError> {
        let gains = settings.gains(&LinearModel::new(&context.model))?;
        let (surface, max_force) = (context.sliding_surface(), context.max_force);
        Ok(StateFeedback::new(surface, gains.state, gains.integral, max_force, context.period))
    }
}
