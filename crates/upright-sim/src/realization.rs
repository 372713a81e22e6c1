//! From a run's index to its plant and initial state: what a study draws from the scenario's
//! `uncertainty`.
//!
//! A draw depends on the seed and the index alone, so any run of a study can be had by itself. It
//! changes the plant only: the controller goes on believing what the undrawn scenario says.

use crate::random::{Purpose, Stream};
use upright_core::Plant;
use upright_core::plant::{PARAMETERS, STATES};
use upright_scenario::{Distribution, Scenario};

/// How often a plant is drawn before the spread is given up.
const MAX_TRIES: u32 = 100_000;

/// Names of the numbers that a draw consists of, in the order of [`Realization::values`]: the initial state,
/// then the parameters.
pub const COLUMNS: [&str; STATES.len() + PARAMETERS.len()] = {
    const INITIAL: [&str; STATES.len()] =
        ["x_0", "theta1_0", "theta2_0", "x_dot_0", "theta1_dot_0", "theta2_dot_0"];
    let mut columns = [""; STATES.len() + PARAMETERS.len()];
    let mut i = 0;
    while i < columns.len() {
        columns[i] = if i < INITIAL.len() { INITIAL[i] } else { PARAMETERS[i - INITIAL.len()] };
        i += 1;
    }
    columns
};

/// The plant and the initial state of one run of a study.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Realization {
    /// The run's index, from zero.
    pub run: u64,
    /// Its plant.
    pub plant: Plant,
    /// Its initial state in SI units and radians.
    pub initial_state: [f64; 6],
}

/// The spreads are such that hardly any draw is a plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "none of {MAX_TRIES} draws for run {run} is a plant (masses and lengths above zero, centres of \
     mass within their links); smaller spreads, or a plant further from its bounds, can be drawn"
)]
#[non_exhaustive]
pub struct RealizationError {
    /// The run that could not be drawn.
    pub run: u64,
}

impl RealizationError {
    /// The field of the scenario that asks for it.
    pub fn field(&self) -> &'static str {
        "uncertainty.parameters"
    }
}

impl Realization {
    /// The scenario's own plant and initial state, as a single run has them.
    pub fn nominal(scenario: &Scenario) -> Self {
        let initial_state = scenario.simulation.initial_state;
        Self { run: 0, plant: scenario.plant, initial_state }
    }

    /// Run `run` of the scenario's study. A draw that is no plant is drawn again.
    ///
    /// # Errors
    /// Where a hundred thousand draws in a row are no plants.
    pub fn new(scenario: &Scenario, run: u64) -> Result<Self, RealizationError> {
        let uncertainty = &scenario.uncertainty;
        let mut stream = Stream::new(scenario.seed, run, Purpose::Realization, 0);
        let mut deviate = || match uncertainty.distribution {
            Distribution::Uniform => stream.symmetric(),
            Distribution::Normal => stream.normal(),
        };
        let mut initial_state = scenario.simulation.initial_state;
        for (x, spread) in initial_state.iter_mut().zip(uncertainty.initial_state) {
            *x += spread * deviate();
        }
        let spreads = uncertainty.parameters.each().values();
        for _ in 0..MAX_TRIES {
            let mut plant = scenario.plant;
            // Every parameter takes its number from the stream, so that the spread of one does
            // not change what the others get.
            for (x, spread) in plant.parameters_mut().into_iter().zip(spreads) {
                *x *= 1.0 + spread * deviate();
            }
            if plant.check().is_ok() {
                return Ok(Self { run, plant, initial_state });
            }
        }
        Err(RealizationError { run })
    }

    /// Plant, initial state and run index, as a world has them a lane.
    pub(crate) fn as_lane(&self) -> (Plant, [f64; 6], u64) {
        (self.plant, self.initial_state, self.run)
    }

    /// The drawn numbers in the order of [`COLUMNS`].
    pub fn values(&self) -> [f64; COLUMNS.len()] {
        let mut values = [0.0; COLUMNS.len()];
        let drawn = self.initial_state.into_iter().chain(self.plant.parameters());
        for (value, x) in values.iter_mut().zip(drawn) {
            *value = x;
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use upright_scenario::Overrides;

    fn scenario(text: &str) -> Scenario {
        Scenario::read("draw", text, &Overrides::default()).expect("valid")
    }

    #[test]
    fn a_draw_depends_on_seed_and_run_alone() {
        let scenario = scenario("");
        let realizations: Vec<Realization> =
            (0..5).map(|run| Realization::new(&scenario, run).expect("a plant")).collect();
        for (run, realization) in (0..).zip(&realizations) {
            assert_eq!(Realization::new(&scenario, run).as_ref(), Ok(realization));
        }
        let other = Scenario { seed: 43, ..scenario };
        assert_ne!(
            Realization::new(&other, 0).expect("a plant").values(),
            realizations[0].values()
        );
        assert_ne!(realizations[0].values(), realizations[1].values());
    }

    #[test]
    fn uniform_draws_stay_within_their_half_widths_and_reach_them() {
        let scenario = scenario("uncertainty: {parameters: {link1: {mass: 0.2}}}");
        let mut lowest = f64::INFINITY;
        let mut highest = f64::NEG_INFINITY;
        for run in 0..500 {
            let realization = Realization::new(&scenario, run).expect("a plant");
            let ratio = realization.plant.link1.mass / scenario.plant.link1.mass;
            assert!((0.8 - 1e-12..=1.2 + 1e-12).contains(&ratio), "{ratio}");
            (lowest, highest) = (lowest.min(ratio), highest.max(ratio));
            assert_eq!(realization.plant.link2, scenario.plant.link2);
            assert_eq!(realization.initial_state[0], 0.0);
            assert!((realization.initial_state[1] - 0.05).abs() <= 0.15 + 1e-12);
        }
        // 500 draws leave a hundredth of either end empty in one case of 10^2 at most.
        assert!(lowest < 0.81 && highest > 1.19, "{lowest} to {highest}");
    }

    #[test]
    fn normal_draws_have_the_figure_as_standard_deviation() {
        let scenario = scenario("uncertainty: {distribution: normal, parameters: 0.02}");
        let n = 2000;
        let square = |run| {
            let realization = Realization::new(&scenario, run).expect("a plant");
            let deviation = realization.plant.cart_mass / scenario.plant.cart_mass - 1.0;
            deviation * deviation
        };
        let deviation = ((0..n).map(square).sum::<f64>() / n as f64).sqrt();
        // Five standard errors of a standard deviation: 5 / sqrt(2 n).
        assert!((deviation / 0.02 - 1.0).abs() < 0.08, "{deviation}");
    }

    #[test]
    fn a_centre_of_mass_beyond_its_link_is_drawn_again() {
        let text = "
plant: {link1: {com: 0.39}}
uncertainty: {distribution: normal, parameters: 0.3}
";
        let scenario = scenario(text);
        for run in 0..300 {
            let plant = Realization::new(&scenario, run).expect("a plant").plant;
            assert_eq!(plant.check(), Ok(()));
        }
    }

    #[test]
    fn the_spread_of_one_parameter_leaves_the_draws_of_the_others() {
        let one = scenario("uncertainty: {parameters: {cart_mass: 0.1}}");
        let two = scenario("uncertainty: {parameters: {cart_mass: 0.1, link2: {inertia: 0.1}}}");
        for run in 0..20 {
            let [one, two] =
                [&one, &two].map(|scenario| Realization::new(scenario, run).expect("a plant"));
            assert_eq!(one.plant.cart_mass, two.plant.cart_mass);
            assert_ne!(one.plant.link2.inertia, two.plant.link2.inertia);
        }
    }
}
