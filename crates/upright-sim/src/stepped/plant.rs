//! A scenario's plant with its sensors and actuator, under whatever force it is given.

use crate::metrics::{EarlyEnd, Metrics, Verdict};
use crate::realization::Realization;
use crate::row::Row;
use crate::surroundings::Surroundings;
use crate::trajectory::Seen;
use crate::world::World;
use upright_core::{Command, Kernel, SlidingSurface, State};
use upright_scenario::{Scenario, ScenarioError, VelocitySource};

/// A run whose force comes from outside, a control period at a time. It ends and is judged as every run of the
/// scenario is; of the scenario's controller only the surface counts, on which the sliding variable is read.
#[derive(Debug, Clone)]
pub struct SteppedPlant {
    surroundings: Surroundings,
    surface: SlidingSurface<f64>,
    realization: Realization,
    rates_measured: bool,
    measured: State<f64>,
    estimate: State<f64>,
}

/// A control period of a plant.
struct Period<'a> {
    plant: &'a mut SteppedPlant,
    force: f64,
}

impl Kernel for Period<'_> {
    type Output = bool;
    #[inline(always)]
    fn run(self) -> bool {
        let Self { plant, force } = self;
        if plant.is_over() {
            return false;
        }
        let reading = plant.surface.read(&plant.estimate);
        let command = Command { force, sigma: reading.sigma, s: reading.s };
        let state = *plant.surroundings.world.state();
        plant.surroundings.respond(&state, None, &command);
        plant.measure();
        !plant.is_over()
    }
}

impl SteppedPlant {
    /// At the start of run `realization` of a scenario, measured for the first time.
    ///
    /// # Errors
    /// Where the scenario is not allowed.
    pub fn new(scenario: &Scenario, realization: &Realization) -> Result<Self, ScenarioError> {
        scenario.check()?;
        let mut plant = Self {
            surroundings: Surroundings::new(scenario, realization),
            surface: scenario.context()?.sliding_surface(),
            realization: *realization,
            rates_measured: matches!(scenario.sensors.velocity, VelocitySource::Exact),
            measured: [f64::NAN; 6],
            estimate: [f64::NAN; 6],
        };
        plant.measure();
        Ok(plant)
    }

    /// Puts it at the start of run `realization`. `scenario` is the one that it was made of, but for its seed: it is
    /// not checked again.
    pub fn restart(&mut self, scenario: &Scenario, realization: &Realization) {
        self.surroundings = Surroundings::new(scenario, realization);
        self.realization = *realization;
        self.measure();
    }

    #[inline(always)]
    fn measure(&mut self) {
        let mut seen = Seen::NOTHING;
        self.estimate = self.surroundings.estimate(Some(&mut seen)).0;
        self.measured = seen.measured;
        if !self.rates_measured {
            self.measured[3..].fill(f64::NAN);
        }
    }

    /// One control period under `force` N, which the actuator then makes a force of; returns whether the run goes
    /// on. Nothing once it is over.
    pub fn step(&mut self, force: f64) -> bool {
        upright_lanes::run::<f64, _>(Period { plant: self, force })
    }

    /// Pushes the cart, as [`World::push`] does; returns whether it could. Not for numbers that are not finite.
    pub fn push(&mut self, force: f64, duration: f64) -> bool {
        let can = !self.is_over() && force.is_finite() && duration.is_finite();
        can && self.surroundings.world.push(force, duration)
    }

    /// What the sensors say now; velocities that they do not measure are not numbers.
    pub fn measured(&self) -> &State<f64> {
        &self.measured
    }

    /// What the scenario's estimator makes of it.
    pub fn estimate(&self) -> &State<f64> {
        &self.estimate
    }

    /// The world: its true state, and what disturbs it.
    pub fn world(&self) -> &World<f64> {
        &self.surroundings.world
    }

    /// The force on the cart in the last period in N; zero before the first.
    pub fn applied(&self) -> f64 {
        self.surroundings.applied
    }

    /// Control periods done.
    pub fn done(&self) -> u64 {
        self.surroundings.index
    }

    /// Simulated time in s.
    pub fn time(&self) -> f64 {
        self.surroundings.time()
    }

    /// Whether the run has come to its end, before its time or on it.
    pub fn is_over(&self) -> bool {
        self.surroundings.is_over()
    }

    /// What the run would be judged if it ended now.
    pub fn verdict(&self) -> Verdict {
        self.surroundings.accumulator.verdict(0)
    }

    /// What it is judged by.
    pub fn metrics(&self) -> Metrics {
        let own = self.surroundings.accumulator.metrics(0, None);
        Metrics { tracking: self.surroundings.tracking(), ..own }
    }

    /// When and how it has ended before its time, if it has.
    pub fn early_end(&self) -> Option<EarlyEnd> {
        self.surroundings.accumulator.early_end(0)
    }

    /// What has come of it so far, as a row of a study.
    pub fn row(&self) -> Row {
        let own = (None, self.surroundings.tracking());
        Row::of_lane(&self.realization, self.world(), &self.surroundings.accumulator, own, 0)
    }
}
