//! What a user should know before trusting a design, or running it.

use crate::check;
use crate::estimator::EstimatorSettings;
use crate::kinds::KindSettings;
use crate::sampled::{self, LoopWarning};
use crate::scenario::Scenario;
use crate::sections::{MAX_SUBSTEPS, VelocitySource};
use serde::Serialize;
use std::f64::consts::{FRAC_PI_2, PI};
use upright_core::plant::Link;
use upright_core::{ControllerContext, Family, Margins, Plant};
use upright_design::{DesignError, gain_ratio};

/// From which multiple of what mass between joint and tip can have an inertia is told; the reference plant's links have
/// 1.3 % more, since their joints reach beyond their axes.
const NOTABLE: f64 = 1.02;

/// A model further off than by this factor is that of another plant.
const ANOTHER: f64 = 1.5;

/// What a user should know before trusting a design.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// The sampled law rings on the scenario's own plant.
    Rings {
        /// The true over the modelled input gain.
        ratio: f64,
        /// What the law tolerates.
        bound: f64,
    },
    /// It rings at some corner of the scenario's uncertainty.
    RingsWithinUncertainty {
        /// The largest ratio there.
        ratio: f64,
        /// What the law tolerates.
        bound: f64,
    },
    /// The run does not start upright.
    NotUpright {
        /// The angles at its start in rad.
        angles: [f64; 2],
        /// Whether they look like degrees: beyond half a turn, or fallen at once.
        degrees: bool,
        /// Whether the run ends where it starts.
        fallen: bool,
    },
    /// The inertia of a link is more than mass between its joint and its tip can have.
    InertiaBeyondLink {
        /// 1 or 2.
        link: u8,
        /// About the centre of mass, in kg m^2.
        inertia: f64,
        /// `m com (length - com)`: all mass at the joint and the tip.
        most: f64,
    },
    /// The loop as a whole is unstable, or near, or tolerates little.
    Loop(LoopWarning),
    /// Positions are coarse, and velocities are measured nevertheless.
    ExactVelocities,
    /// The switching term asks for more than the actuator gives.
    BeyondLimit {
        /// The switching gain in N.
        gain: f64,
        /// The actuator's limit in N.
        max_force: f64,
    },
    /// An encoder is so coarse that the settled band is a few counts wide.
    Coarse {
        /// Its resolution in rad.
        quantum: f64,
        /// The settling band of the angles in rad.
        band: f64,
    },
    /// Friction is smoothed over so little that the steps could not follow it, and sticks instead.
    Sticks {
        /// How long a step is, in s.
        step: f64,
        /// How many of them a period would need.
        substeps: f64,
    },
    /// Law and estimator are designed for a plant that has little to do with the one that they drive.
    AnotherPlant {
        /// The parameter that differs most.
        parameter: &'static str,
        /// What `controller.model` says of it.
        model: f64,
        /// What the plant has.
        plant: f64,
    },
    /// More friction is fed forward than there is: the cart wanders.
    Overcompensates {
        /// The friction of the model in N.
        fed: f64,
        /// That of the plant in N.
        real: f64,
    },
    /// The input gain is so small that the equivalent control is given up at upright already.
    GivenUp {
        /// The input gain at upright.
        beta: f64,
        /// The setting that it does not exceed.
        beta_min: f64,
    },
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rings { ratio, bound } => write!(
                f,
                "the sampled law rings: the input gain is {ratio:.2} times the modelled one, and \
                 at this control period the gains tolerate {bound:.2}"
            ),
            Self::RingsWithinUncertainty { ratio, bound } => write!(
                f,
                "within the uncertainty the input gain reaches {ratio:.2} times the modelled one; \
                 above {bound:.2} the sampled law rings"
            ),
            Self::NotUpright { angles: [theta1, theta2], degrees, fallen } => {
                let what = if *fallen {
                    "has fallen at once"
                } else if is_upright(*theta1) && is_upright(*theta2) {
                    "starts whole turns away from upright"
                } else {
                    "does not start upright"
                };
                write!(f, "the run {what}: theta1 = {theta1}, theta2 = {theta2} rad")?;
                if *degrees { f.write_str(" (radians? they look like degrees)") } else { Ok(()) }
            }
            Self::InertiaBeyondLink { link, inertia, most } => write!(
                f,
                "link {link} has an inertia of {inertia} kg m^2, and mass between its joint and its tip has at \
                 most m com (length - com) = {most:.3e}: fine where it reaches beyond them; else look at \
                 inertia (about the centre of mass), com and length"
            ),
            Self::Loop(warning) => warning.fmt(f),
            Self::ExactVelocities => f.write_str(
                "velocities are exact beside coarse positions: no rig has that (estimator)",
            ),
            Self::BeyondLimit { gain, max_force } => write!(
                f,
                "the switching gain, {gain} N, is above the actuator's limit, {max_force} N"
            ),
            Self::Coarse { quantum, band } => write!(
                f,
                "an encoder resolves {quantum:.3} rad, coarser than the band of {band} rad in which links are settled"
            ),
            Self::Sticks { step, substeps } => {
                write!(
                    f,
                    "Coulomb friction sticks (plant.friction: set_valued), since steps of {step:.2e} s cannot follow \
                     what is smoothed over so small a cart_speed or joint_speed: that takes "
                )?;
                if *substeps <= MAX_SUBSTEPS {
                    write!(f, "{substeps} substeps, or the integrator rk45")
                } else {
                    f.write_str("the integrator rk45")
                }
            }
            Self::AnotherPlant { parameter, model, plant } => write!(
                f,
                "law and estimator know another plant: controller.model.{parameter} = {model}, and the plant has {plant}"
            ),
            Self::Overcompensates { fed, real } => write!(
                f,
                "more Coulomb friction is fed forward, {fed} N, than the cart has, {real} N: it will wander"
            ),
            Self::GivenUp { beta, beta_min } => write!(
                f,
                "the input gain at upright, {beta:.2e}, does not exceed beta_min, {beta_min}: there \
                 is no equivalent control; larger coefficients give a larger gain"
            ),
        }
    }
}

/// The ratio of true to modelled input gain above which the sampled law rings, where it is known.
pub(crate) fn gain_bound(scenario: &Scenario, margins: &Margins) -> Option<f64> {
    margins.gain_ratio.filter(|_| unknown_to_bounds(scenario).is_none())
}

/// What lies in a scenario's loop that the bound of the input gain does not know of.
pub(crate) fn unknown_to_bounds(scenario: &Scenario) -> Option<&'static str> {
    let (actuator, sensors) = (&scenario.actuator, &scenario.sensors);
    if actuator.delay > 0 || sensors.delay > 0 {
        Some("the delay of the loop")
    } else if actuator.lag > 0.0 {
        Some("the lag of the actuator")
    } else if scenario.estimator.map_or(sensors.velocity != VelocitySource::Exact, |estimator| {
        !matches!(estimator, EstimatorSettings::Exact(_))
    }) {
        Some("how velocities are estimated")
    } else {
        None
    }
}

/// Whether a link at this angle in rad is within 90 degrees of upright, whole turns left aside.
pub fn is_upright(theta: f64) -> bool {
    libm::remainder(theta, 2.0 * PI).abs() <= FRAC_PI_2
}

/// What is to be said of the angles that a scenario starts from.
fn start(scenario: &Scenario) -> Option<Warning> {
    let [_, theta1, theta2, ..] = scenario.simulation.initial_state;
    let angles = [theta1, theta2];
    let largest = theta1.abs().max(theta2.abs());
    let family = scenario.controller.settings.info().family;
    if family == Family::SwingUp {
        return None;
    }
    let free = family == Family::Uncontrolled;
    let fallen = !free && largest > scenario.simulation.fall_angle;
    let degrees = largest > PI || fallen;
    let upright = angles.into_iter().all(is_upright);
    // What nothing controls may hang.
    (degrees || !(upright || free)).then_some(Warning::NotUpright { angles, degrees, fallen })
}

/// Whether the scenario has velocities measured exactly beside positions that are coarse.
fn has_exact_velocities(scenario: &Scenario) -> bool {
    let sensors = &scenario.sensors;
    let exact = match &scenario.estimator {
        None => sensors.velocity == VelocitySource::Exact,
        Some(estimator) => matches!(estimator, EstimatorSettings::Exact(_)),
    };
    exact
        && sensors.usual_estimator().is_some()
        && sensors.velocity_noise == 0.0
        && sensors.rate_noise == 0.0
}

/// The largest switching gain of the scenario's law in N, where it has one.
fn switching_gain(scenario: &Scenario) -> Option<f64> {
    match &scenario.controller.settings {
        KindSettings::Classical(own) => Some(own.switching_gain),
        _ => None,
    }
}

/// What to know of a scenario before it is run, on its own plant.
///
/// # Errors
/// Where the design does not exist.
pub fn warnings(scenario: &Scenario) -> Result<Vec<Warning>, DesignError> {
    let mut warnings = plain_warnings(scenario, &scenario.context()?);
    warnings.extend(sampled::warnings(scenario).into_iter().map(Warning::Loop));
    Ok(warnings)
}

/// The same of a context at hand, without what the loop as a whole has.
pub(crate) fn plain_warnings(scenario: &Scenario, context: &ControllerContext) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = start(scenario).into_iter().collect();
    warnings.extend(before_design(scenario));
    warnings.extend(on_surface(scenario, context));
    warnings
}

/// What sensors and actuator say without any design.
fn before_design(scenario: &Scenario) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let [_, first, second] = scenario.sensors.quanta();
    let quantum = first.max(second);
    let band = scenario.simulation.settled.angle;
    if quantum > band {
        warnings.push(Warning::Coarse { quantum, band });
    }
    let simulation = &scenario.simulation;
    let smoothed = check::too_little_smoothed(&scenario.plant, simulation);
    if let Some(error) = smoothed.filter(|_| scenario.plant.sticks()) {
        let step = simulation.control_period / f64::from(simulation.substeps);
        warnings.push(Warning::Sticks { step, substeps: error.steps });
    }
    warnings.extend(another_plant(scenario));
    let (fed, real) = (scenario.controller.model.coulomb.cart, scenario.plant.coulomb.cart);
    if scenario.feeds_any_friction() && fed > real {
        warnings.push(Warning::Overcompensates { fed, real });
    }
    if has_exact_velocities(scenario) {
        warnings.push(Warning::ExactVelocities);
    }
    let max_force = scenario.actuator.max_force;
    if let Some(gain) = switching_gain(scenario).filter(|gain| *gain > max_force) {
        warnings.push(Warning::BeyondLimit { gain, max_force });
    }
    warnings
}

/// The parameter in which the controller's model is furthest from the plant, where that is further than any rig that
/// was measured with a ruler and a scale is off.
fn another_plant(scenario: &Scenario) -> Option<Warning> {
    let of = |plant: &Plant| {
        let (one, two) = (plant.link1, plant.link2);
        [
            ("cart_mass", plant.cart_mass),
            ("link1.mass", one.mass),
            ("link1.length", one.length),
            ("link1.com", one.com),
            ("link1.inertia", one.inertia),
            ("link2.mass", two.mass),
            ("link2.length", two.length),
            ("link2.com", two.com),
            ("link2.inertia", two.inertia),
        ]
    };
    let both = of(&scenario.controller.model).into_iter().zip(of(&scenario.driven(scenario.plant)));
    let known = both.filter(|((_, model), (_, plant))| *model > 0.0 && *plant > 0.0);
    let apart = known.map(|((parameter, model), (_, plant))| {
        ((model / plant).max(plant / model), Warning::AnotherPlant { parameter, model, plant })
    });
    let (factor, warning) = apart.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (factor > ANOTHER).then_some(warning)
}

/// What to know of a scenario's law on the surface of `context`.
fn on_surface(scenario: &Scenario, context: &ControllerContext) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let Some(margins) = scenario.controller.settings.margins(context.period) else {
        return warnings;
    };
    if !context.has_surface() {
        return warnings;
    }
    let ratio = gain_ratio::ratio(context, &scenario.driven(scenario.plant));
    if let Some(bound) = gain_bound(scenario, &margins).filter(|&bound| ratio > bound) {
        warnings.push(Warning::Rings { ratio, bound });
    }
    let beta = gain_ratio::beta(context, 0.0, 0.0);
    if beta.abs() <= context.beta_min {
        warnings.push(Warning::GivenUp { beta, beta_min: context.beta_min });
    }
    warnings
}

/// What the links' inertias say of how their mass is spread, where a rod and its joints cannot have it.
pub(crate) fn inertias(scenario: &Scenario) -> impl Iterator<Item = Warning> {
    let plant = &scenario.plant;
    [(1, plant.link1), (2, plant.link2)].into_iter().filter_map(
        |(link, Link { mass, length, com, inertia })| {
            let most = mass * com * (length - com);
            (inertia > NOTABLE * most).then_some(Warning::InertiaBeyondLink { link, inertia, most })
        },
    )
}
