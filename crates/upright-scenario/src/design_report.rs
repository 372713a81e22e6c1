//! Everything that `upright design` says of a scenario, as data.

pub use crate::design_warning::{Warning, is_upright, warnings};
use crate::design_warning::{gain_bound, inertias, plain_warnings, unknown_to_bounds};
use crate::kinds::{KindSettings, LqrSettings};
use crate::sampled::{self, LoopReport};
use crate::scenario::Scenario;
use nalgebra::{Matrix6, RowVector6};
use serde::Serialize;
use upright_core::ControllerContext;
use upright_design::conditioning::{self, condition};
use upright_design::gain_ratio::{self, VanishingGain};
use upright_design::surface::sliding_poles;
use upright_design::{DesignError, LinearModel, Root, mass_matrix};

/// A design and what it tolerates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Design {
    /// The kind of controller.
    pub controller: &'static str,
    /// The mass matrix of the controller's model.
    pub mass_matrix: MassMatrix,
    /// `A` of the linear model, row by row.
    pub a: [[f64; 6]; 6],
    /// `B` of the linear model; its last three numbers are `M(0)^-1 e1`.
    pub b: [f64; 6],
    /// The poles of the plant left alone, in 1/s, rightmost first.
    pub open_loop_poles: Vec<Root>,
    /// Whether the force reaches everything.
    pub controllability: Controllability,
    /// The surface and its motion; absent where none can be designed.
    #[serde(flatten)]
    pub surface: Option<Surface>,
    /// Why there is no surface, where there is none.
    pub surface_absent: Option<String>,
    /// The largest disturbance force in N that the switching term beats, at most what the actuator can
    /// give; absent for LQR, `none`
    /// and laws that no constant force defeats.
    pub tolerated_disturbance: Option<f64>,
    /// The largest slope of the disturbance in N/s that the law rejects, at most that which the actuator follows.
    pub tolerated_slope: Option<f64>,
    /// LQR on the same linear model, for comparison; absent where it has no design.
    pub lqr: Option<Lqr>,
    /// Why LQR has no design, where it has none.
    pub lqr_absent: Option<&'static str>,
    /// The whole sampled loop: margins, noise, limit cycles.
    pub sampled_loop: LoopReport,
    /// What a user should know before trusting the design.
    pub warnings: Vec<Warning>,
}

/// The surface, its motion, and how the force is seen through it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Surface {
    /// The coefficients in state order.
    #[serde(rename = "surface")]
    pub coefficients: [f64; 6],
    /// The poles of the sliding motion in 1/s, rightmost first.
    pub sliding_poles: Vec<Root>,
    /// The input gain seen through the surface at upright.
    pub beta: f64,
    /// Where it first vanishes, and its mirror image; absent where it never does.
    pub nearest_vanishing_beta: Option<VanishingGain>,
    /// The true over the modelled input gain.
    pub gain_ratio: GainRatio,
}

/// The mass matrix at upright and how well it can be solved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MassMatrix {
    /// `M(0)`, row by row, in kg, kg m and kg m^2.
    pub at_upright: [[f64; 3]; 3],
    /// Its condition number.
    pub condition: f64,
    /// The worst condition number over all angles.
    pub worst_condition: f64,
    /// Where that is: theta1 and theta2 in rad.
    pub worst_at: [f64; 2],
}

/// Whether the force reaches every mode of the linear model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Controllability {
    /// The rank of `[B, AB, ..., A^5 B]`.
    pub rank: usize,
    /// Its condition number.
    pub condition: f64,
}

/// The true over the modelled input gain seen through the surface, at upright.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GainRatio {
    /// For the scenario's plant.
    pub nominal: f64,
    /// The smallest at the corners of the scenario's `uncertainty`.
    pub min: f64,
    /// The largest there.
    pub max: f64,
    /// Above this the sampled law rings; absent where there is no bound, or none that holds.
    pub bound: Option<f64>,
    /// Why there is a bound that is not shown: what in the loop it does not know of.
    pub withheld: Option<&'static str>,
}

/// LQR on the linear model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lqr {
    /// Gains in state order, in N per unit of the state.
    pub gains: [f64; 6],
    /// The gain of the cart position's integral in N/(m s), where there is one.
    pub integral_gain: f64,
    /// The poles of its closed loop without the integral in 1/s, rightmost first.
    pub poles: Vec<Root>,
}

fn eigenvalues(matrix: &Matrix6<f64>) -> Vec<Root> {
    let mut roots: Vec<Root> = matrix
        .complex_eigenvalues()
        .iter()
        .map(|value| Root { re: value.re, im: value.im })
        .collect();
    roots.sort_by(|a, b| b.re.total_cmp(&a.re).then(b.im.total_cmp(&a.im)));
    roots
}

/// The surface of `context` and what is seen through it.
fn seen_through(scenario: &Scenario, context: &ControllerContext) -> Result<Surface, DesignError> {
    let margins = scenario.controller.settings.margins(context.period);
    let spread = scenario.uncertainty.parameters.each().values();
    let plant = scenario.driven(scenario.plant);
    let (min, max) = gain_ratio::range(context, &plant, &spread);
    let has_one = margins.is_some_and(|margins| margins.gain_ratio.is_some());
    Ok(Surface {
        coefficients: context.surface,
        sliding_poles: sliding_poles(&LinearModel::new(&context.model), &context.surface)?,
        beta: gain_ratio::beta(context, 0.0, 0.0),
        nearest_vanishing_beta: gain_ratio::nearest_zero(context),
        gain_ratio: GainRatio {
            nominal: gain_ratio::ratio(context, &plant),
            min,
            max,
            bound: margins.and_then(|margins| gain_bound(scenario, &margins)),
            withheld: unknown_to_bounds(scenario).filter(|_| has_one),
        },
    })
}

/// Designs a scenario's controller and says what it tolerates. What does not exist is absent, with the reason.
///
/// # Errors
/// Where the surface of the scenario has no poles.
pub fn design(scenario: &Scenario) -> Result<Design, DesignError> {
    let (coefficients, surface_absent) = match scenario.surface() {
        Ok(surface) => (surface, None),
        Err(error) => (ControllerContext::NO_SURFACE, Some(error.to_string())),
    };
    let context = scenario.context_on(coefficients);
    let model = LinearModel::new(&context.model);
    let controllability = model.controllability();
    let lqr_settings = match scenario.controller.settings {
        KindSettings::Lqr(settings) => settings,
        _ => LqrSettings::default(),
    };
    let lqr = lqr_settings.gains(&model);
    let margins = scenario.controller.settings.margins(context.period);
    // What a law tolerates is seen through its surface.
    let margins = margins.filter(|_| context.has_surface());
    let surface = context.has_surface().then(|| seen_through(scenario, &context)).transpose()?;

    let sampled_loop = sampled::report(scenario);
    let mut warnings = plain_warnings(scenario, &context);
    warnings.extend(sampled_loop.warnings.iter().copied().map(Warning::Loop));
    if !warnings.iter().any(|warning| matches!(warning, Warning::Rings { .. }))
        && let Some(GainRatio { max: ratio, bound: Some(bound), .. }) =
            surface.as_ref().map(|surface| surface.gain_ratio)
        && ratio > bound
    {
        warnings.push(Warning::RingsWithinUncertainty { ratio, bound });
    }
    warnings.extend(inertias(scenario));

    let (worst_condition, theta1, theta2) = conditioning::worst(&context.model);
    let mass = mass_matrix(&context.model, 0.0, 0.0);
    Ok(Design {
        controller: scenario.controller.settings.kind(),
        mass_matrix: MassMatrix {
            at_upright: std::array::from_fn(|i| std::array::from_fn(|j| mass[(i, j)])),
            condition: conditioning::condition_at(&context.model, 0.0, 0.0),
            worst_condition,
            worst_at: [theta1, theta2],
        },
        a: std::array::from_fn(|i| std::array::from_fn(|j| model.a[(i, j)])),
        b: std::array::from_fn(|i| model.b[i]),
        open_loop_poles: eigenvalues(&model.a),
        controllability: Controllability {
            rank: controllability.rank(1e-12 * controllability.norm()),
            condition: condition(&controllability),
        },
        surface,
        surface_absent,
        tolerated_disturbance: margins
            .and_then(|margins| margins.disturbance)
            .map(|force| force.min(context.max_force)),
        // What changes faster than the force may is not rejected, whatever the law could.
        tolerated_slope: match (
            margins.and_then(|margins| margins.slope),
            margins.and(scenario.actuator.rate_limit),
        ) {
            (Some(slope), Some(rate)) => Some(slope.min(rate)),
            (slope, rate) => slope.or(rate),
        },
        lqr_absent: lqr.err().map(|error| error.reason),
        lqr: lqr.ok().map(|lqr| Lqr {
            gains: lqr.state,
            integral_gain: lqr.integral,
            poles: eigenvalues(&(model.a - model.b * RowVector6::from_row_slice(&lqr.state))),
        }),
        sampled_loop,
        warnings,
    })
}
