//! What a kind of controller is next to upright: linear, or a switch that a describing function judges.

use crate::kinds::{BalanceSettings, KindSettings, LqrSettings};
use crate::scenario::Scenario;
use upright_core::law::adaptive;
use upright_core::law::super_twisting::root_gain;
use upright_design::sampled_loop::{Feedback, Switching};

/// A law next to upright.
#[derive(Debug, Clone, PartialEq)]
pub enum Near {
    /// A switching term in a boundary layer: linear within it, with its slope.
    Switching(Switching),
    /// Super-twisting, with the gain of its root and its reaching rate: no slope means anything in a loop with a
    /// delay.
    Twisting {
        /// The gain of the root in N/(N s)^(1/2).
        k1: f64,
        /// The reaching rate in 1/s.
        reaching_rate: f64,
    },
    /// Linear feedback.
    Linear(Box<Feedback>),
}

fn adaptive(settings: &adaptive::Settings, gain: f64) -> Near {
    Near::Switching(Switching {
        gain,
        boundary_layer: settings.boundary_layer,
        boundary_layer_slope: 0.0,
        dead_band: 0.0,
        reaching_rate: settings.reaching_rate,
        smoothing: settings.smoothing,
    })
}

/// What the scenario's controller is next to upright: laws that adapt at their first gain and at their largest.
/// Nothing of no control, and of LQR without a design.
pub fn near_upright(scenario: &Scenario) -> Vec<(Option<&'static str>, Near)> {
    near(scenario, &scenario.controller.settings)
}

fn near(scenario: &Scenario, settings: &KindSettings) -> Vec<(Option<&'static str>, Near)> {
    let [initial, largest] = [Some("initial gain"), Some("largest gain")];
    match settings {
        KindSettings::Classical(own) => vec![(
            None,
            Near::Switching(Switching {
                gain: own.switching_gain,
                boundary_layer: own.boundary_layer,
                boundary_layer_slope: own.boundary_layer_slope,
                dead_band: own.dead_band,
                reaching_rate: own.reaching_rate,
                smoothing: own.smoothing,
            }),
        )],
        KindSettings::Adaptive(own) => {
            vec![(initial, adaptive(own, own.initial_gain)), (largest, adaptive(own, own.max_gain))]
        }
        KindSettings::SuperTwisting(own) => {
            let (k1, _) = own.gains();
            vec![(None, Near::Twisting { k1, reaching_rate: own.reaching_rate })]
        }
        KindSettings::Hybrid(own) => {
            let twisting = |slope: f64| Near::Twisting { k1: root_gain(slope), reaching_rate: 0.0 };
            vec![
                (initial, twisting(own.sliding.initial_slope)),
                (largest, twisting(own.sliding.max_slope)),
            ]
        }
        KindSettings::Lqr(own) => lqr(scenario, own)
            .map_or_else(Vec::new, |law| vec![(None, Near::Linear(Box::new(law)))]),
        KindSettings::SwingUp(own) => near(scenario, &at_the_top(own.balance)),
        _ => Vec::new(),
    }
}

/// The balance law of a swing-up as a kind of its own.
fn at_the_top(balance: BalanceSettings) -> KindSettings {
    match balance {
        BalanceSettings::Classical(own) => KindSettings::Classical(own),
        BalanceSettings::SuperTwisting(own) => KindSettings::SuperTwisting(own),
        BalanceSettings::Adaptive(own) => KindSettings::Adaptive(own),
        BalanceSettings::Hybrid(own) => KindSettings::Hybrid(own),
        BalanceSettings::Lqr(own) => KindSettings::Lqr(own),
        BalanceSettings::Mpc(own) => KindSettings::Mpc(own),
    }
}

/// The linear law of the scenario's surface with the slope `kappa` in 1/s; nothing where the surface has no design.
pub(super) fn of_surface(scenario: &Scenario) -> Option<impl Fn(f64) -> Feedback + use<>> {
    let context = scenario.context().ok()?;
    let at = move |kappa: f64| {
        Feedback::of_surface(&context.model, &context.surface, context.beta_min, kappa)
    };
    // Linear in the slope: two of them say all.
    let (none, one) = (at(0.0), at(1.0));
    Some(move |kappa: f64| none.towards(&one, kappa))
}

/// LQR with these settings in the loop of a scenario; nothing where it has no design.
pub(super) fn lqr(scenario: &Scenario, settings: &LqrSettings) -> Option<Feedback> {
    let gains = settings.sampled_gains(&scenario.context().ok()?).ok()?;
    let mut law = Feedback { integral: gains.integral, ..Feedback::of_state(gains.state) };
    for (gain, own) in gains.past.iter().zip(&mut law.past) {
        *own = *gain;
    }
    Some(law)
}
