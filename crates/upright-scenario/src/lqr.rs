//! Linear-quadratic regulation as a kind of controller.

use upright_core::feedback::{MAX_PAST, StateFeedback};
use upright_core::settings::Range;
use upright_core::{BuildError, ControllerContext, Family, Kind, Real};
use upright_design::LinearModel;
use upright_design::riccati::{LqrGains, LqrWeights, lqr};
use upright_design::sampled_lqr::{SampledGains, sampled_lqr};

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
    #[serde(default, deny_unknown_fields)]
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
        others {
            /// Whether the gains are designed for the force that is held over the period, for the delays that no
            /// estimator predicts over, and for the sum in place of the integral.
            discrete: bool = false, r#"{"type": "boolean"}"#;
        }
    }
}

impl LqrSettings {
    /// The gains that these weights ask for on the linear model of a plant.
    ///
    /// # Errors
    /// Where no stabilising solution was found.
    pub fn gains(&self, model: &LinearModel) -> Result<LqrGains, BuildError> {
        lqr(model, &self.cost()).map_err(|error| BuildError::new("weights", error.reason()))
    }

    fn cost(&self) -> LqrWeights {
        let Weights { state, force } = self.weights;
        LqrWeights { state, force, integral: self.integral }
    }

    /// The gains for a loop: those of the linear model, or, where they are to be `discrete`, those of the sampled one
    /// with the delays that no estimator predicts over.
    ///
    /// # Errors
    /// Where no stabilising solution was found, or the delays are more than a controller looks back on.
    pub fn sampled_gains(&self, context: &ControllerContext) -> Result<SampledGains, BuildError> {
        let model = LinearModel::new(&context.model);
        if !self.discrete {
            let LqrGains { state, integral } = self.gains(&model)?;
            return Ok(SampledGains { state, integral, past: Vec::new() });
        }
        if context.late > MAX_PAST {
            let reason = "the delays are more than 31 periods, beyond which no controller looks back on its \
                          commands; an estimator that predicts takes them off it";
            return Err(BuildError::new("discrete", reason));
        }
        let reason = "no stabilising solution was found for the sampled loop; smaller weights, or ones closer to \
                      each other, have one";
        sampled_lqr(&model, &self.cost(), context.period, context.late)
            .ok_or(BuildError::new("weights", reason))
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

    fn build<R: Real>(
        settings: &LqrSettings,
        context: &ControllerContext,
    ) -> Result<StateFeedback<R>, BuildError> {
        let gains = settings.sampled_gains(context)?;
        let (surface, max_force) = (context.sliding_surface(), context.max_force);
        let plain =
            StateFeedback::new(surface, gains.state, gains.integral, max_force, context.period);
        Ok(plain.looking_back(&gains.past))
    }
}
