//! Causes, each of which can be removed from a scenario.

use upright_core::estimator::{ExactSettings, KalmanSettings};
use upright_sim::Scenario;
use upright_sim::scenario::kinds::KindSettings;
use upright_sim::scenario::{EstimatorSettings, Sensors, VelocitySource};

/// Something that can be removed.
#[derive(Clone, Copy)]
pub(crate) struct Cause {
    /// What it is called where it is removed.
    pub(crate) without: &'static str,
    /// What it is called where it stays, of those that no setting of the controller removes.
    pub(crate) physical: Option<&'static str>,
    /// The scenario without it; nothing where there is no such thing in it.
    pub(crate) removed: fn(&Scenario) -> Option<Scenario>,
}

/// All of them, in the order in which they are shown.
pub(crate) const CAUSES: [Cause; 9] = [
    Cause { without: "exact velocities", physical: None, removed: exact_velocities },
    Cause {
        without: "no quantum",
        physical: Some("what the sensors resolve"),
        removed: no_quantum,
    },
    Cause { without: "no delay", physical: Some("the delay of the loop"), removed: no_delay },
    Cause { without: "no lag", physical: Some("the lag of the actuator"), removed: no_lag },
    Cause { without: "no limit", physical: Some("the limit of the actuator"), removed: no_limit },
    Cause {
        without: "no cart friction",
        physical: Some("the Coulomb friction of the cart"),
        removed: no_cart_friction,
    },
    Cause {
        without: "no joint friction",
        physical: Some("the Coulomb friction of the joints"),
        removed: no_joint_friction,
    },
    Cause { without: "the true model", physical: None, removed: true_model },
    Cause { without: "half the slope", physical: None, removed: half_the_slope },
];

fn exact_velocities(scenario: &Scenario) -> Option<Scenario> {
    let predict = match &scenario.estimator {
        Some(EstimatorSettings::Exact(_)) => return None,
        None if scenario.sensors.velocity == VelocitySource::Exact => return None,
        Some(estimator) => estimator.predicts(),
        None => false,
    };
    let mut other = scenario.clone();
    other.sensors.velocity = VelocitySource::Exact;
    other.estimator = Some(EstimatorSettings::Exact(ExactSettings { predict }));
    Some(other)
}

fn no_quantum(scenario: &Scenario) -> Option<Scenario> {
    let old = scenario.sensors;
    old.usual_estimator()?;
    let mut other = scenario.clone();
    let (quanta, noises) = (old.quanta(), old.noises());
    other.sensors = Sensors {
        delay: old.delay,
        velocity: old.velocity,
        velocity_noise: old.velocity_noise,
        rate_noise: old.rate_noise,
        ..Sensors::default()
    };
    // What a filter is made of stays.
    let resolved = |i: usize| (quanta[i] * quanta[i] + 12.0 * noises[i] * noises[i]).sqrt();
    let filter = |settings: &mut KalmanSettings| {
        let (position, angle) = (resolved(0), resolved(1).max(resolved(2)));
        let resolution = &mut settings.resolution;
        resolution.position = Some(position).filter(|x| *x > 0.0).or(resolution.position);
        resolution.angle = Some(angle).filter(|x| *x > 0.0).or(resolution.angle);
    };
    if let Some(EstimatorSettings::Kalman(own) | EstimatorSettings::ExtendedKalman(own)) =
        &mut other.estimator
    {
        filter(own);
    }
    Some(other)
}

fn no_delay(scenario: &Scenario) -> Option<Scenario> {
    let mut other = scenario.clone();
    (other.actuator.delay, other.sensors.delay) = (0, 0);
    (other != *scenario).then_some(other)
}

fn no_lag(scenario: &Scenario) -> Option<Scenario> {
    let mut other = scenario.clone();
    other.actuator.lag = 0.0;
    (other != *scenario).then_some(other)
}

fn no_limit(scenario: &Scenario) -> Option<Scenario> {
    const FACTOR: f64 = 100.0;
    let mut other = scenario.clone();
    other.actuator.max_force *= FACTOR;
    // Shares of the limit that a filter is made of stay as large in N.
    if let Some(EstimatorSettings::Kalman(own) | EstimatorSettings::ExtendedKalman(own)) =
        &mut other.estimator
    {
        own.force_noise /= FACTOR;
        own.force_state /= FACTOR;
    }
    (other != *scenario).then_some(other)
}

fn no_cart_friction(scenario: &Scenario) -> Option<Scenario> {
    let mut other = scenario.clone();
    other.plant.coulomb.cart = 0.0;
    (other != *scenario).then_some(other)
}

fn no_joint_friction(scenario: &Scenario) -> Option<Scenario> {
    let mut other = scenario.clone();
    (other.plant.coulomb.joint1, other.plant.coulomb.joint2) = (0.0, 0.0);
    (other != *scenario).then_some(other)
}

fn true_model(scenario: &Scenario) -> Option<Scenario> {
    let mut other = scenario.clone();
    other.controller.model = scenario.plant;
    (other.controller.model != scenario.controller.model).then_some(other)
}

fn half_the_slope(scenario: &Scenario) -> Option<Scenario> {
    let mut other = scenario.clone();
    // The layer with which a gain has half the slope, reaching rate included.
    let wider = |gain: f64, layer: f64, rate: f64| {
        let left = 0.5 * (gain / layer + rate) - rate;
        (left > 0.0).then(|| gain / left)
    };
    match &mut other.controller.settings {
        KindSettings::Classical(own) => {
            own.boundary_layer = wider(own.switching_gain, own.boundary_layer, own.reaching_rate)?;
        }
        KindSettings::Adaptive(own) => {
            own.boundary_layer = wider(own.initial_gain, own.boundary_layer, own.reaching_rate)?;
        }
        KindSettings::SuperTwisting(own) => {
            let (k1, k2) = own.gains();
            (own.k1, own.k2, own.slope_bound) = (Some(0.5 * k1), Some(0.25 * k2), None);
        }
        KindSettings::Hybrid(own) => {
            let reaching = &mut own.reaching;
            reaching.boundary_layer =
                wider(reaching.initial_gain, reaching.boundary_layer, reaching.reaching_rate)?;
            let sliding = &mut own.sliding;
            sliding.min_slope *= 0.25;
            sliding.initial_slope *= 0.25;
            sliding.max_slope *= 0.25;
        }
        KindSettings::Lqr(own) => own.weights.force *= 4.0,
        _ => return None,
    }
    Some(other)
}
