//! The world that a controller acts on: plant, actuator, sensors and disturbances, advanced one
//! control period at a time.

mod actuator;
mod disturbance;
mod sensors;

use crate::scenario::{Integrator, Scenario};
use actuator::Actuator;
use disturbance::Disturbances;
use sensors::Sensors;
use upright_core::integrate::{Adaptive, StepTooSmall, euler, rk4};
use upright_core::plant::{Full, Linear, Model, Rigid, Vector};
use upright_core::{Dynamics, Plant, Real, State};

/// The equations of motion of a scenario.
#[derive(Debug, Clone, Copy)]
enum Motion<R> {
    Full(Full<R>),
    Simplified(Rigid<R>),
    Linear(Linear<R>),
}

impl<R: Real> Motion<R> {
    fn new(model: Model, plant: impl Fn(usize) -> Plant) -> Self {
        match model {
            Model::Full => Self::Full(Full::of_lanes(plant)),
            Model::Simplified => Self::Simplified(Rigid::of_lanes(plant)),
            Model::Linear => Self::Linear(Linear::of_lanes(plant)),
        }
    }
}

/// The world of a scenario, or a vector of lanes of them.
#[derive(Debug, Clone)]
pub struct World<R> {
    motion: Motion<R>,
    integrator: Integrator,
    substeps: u32,
    period: f64,
    actuator: Actuator<R>,
    sensors: Sensors<R>,
    disturbances: Disturbances<R>,
    state: State<R>,
    /// Control periods done.
    tick: R,
}

impl World<f64> {
    /// The world of run `run` of a scenario.
    pub fn new(scenario: &Scenario, run: u64) -> Self {
        Self::of_lanes(scenario, |_| (scenario.plant, scenario.simulation.initial_state, run))
    }
}

impl<R: Real> World<R> {
    /// A world whose lane `i` has the plant, initial state and run index of `lane(i)`.
    pub fn of_lanes(scenario: &Scenario, lane: impl Fn(usize) -> (Plant, [f64; 6], u64)) -> Self {
        let period = scenario.simulation.control_period;
        let run = |i| lane(i).2;
        let start: State<R> = std::array::from_fn(|x| R::from_lanes(|i| lane(i).1[x]));
        Self {
            motion: Motion::new(scenario.plant.model, |i| lane(i).0),
            integrator: scenario.simulation.integrator,
            substeps: scenario.simulation.substeps,
            period,
            actuator: Actuator::new(&scenario.actuator, period),
            sensors: Sensors::new(&scenario.sensors, period, scenario.seed, run),
            disturbances: Disturbances::new(&scenario.disturbances, scenario.seed, run),
            state: start,
            tick: R::zero(),
        }
    }

    /// The true state.
    pub fn state(&self) -> &State<R> {
        &self.state
    }

    /// Bytes that it holds on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.sensors.heap_bytes() + self.actuator.heap_bytes() + self.disturbances.heap_bytes()
    }

    /// Its delay lines: name, how many values each can hold, and holds.
    pub fn delay_lines(&self) -> [(&'static str, usize, usize); 2] {
        let named = |name, (capacity, length)| (name, capacity, length);
        [
            named("sensor delay line", self.sensors.line()),
            named("actuator delay line", self.actuator.line()),
        ]
    }

    /// What the sensors say of the present state. Once a control period.
    pub fn measure(&mut self) -> State<R> {
        self.sensors.measure(&self.state)
    }

    /// What the actuator makes of a command in N. Once a control period.
    pub fn actuate(&mut self, command: R) -> R {
        self.actuator.apply(command)
    }

    /// Moves the plant by one control period under the force `force` in N, with fixed steps.
    pub fn advance(&mut self, force: R) {
        self.disturbances.begin_period(self.tick, self.period);
        self.state = match &self.motion {
            Motion::Full(motion) => self.fixed(motion, force),
            Motion::Simplified(motion) => self.fixed(motion, force),
            Motion::Linear(motion) => self.fixed(motion, force),
        };
        self.tick = self.tick + R::one();
    }

    #[inline(always)]
    fn fixed<D: Dynamics<R>>(&self, motion: &D, force: R) -> State<R> {
        if self.disturbances.are_none() {
            let constant = [force, R::zero(), R::zero()];
            self.steps(motion, |_, _| constant)
        } else {
            let substeps = f64::from(self.substeps);
            self.steps(motion, |j, c| {
                let fraction = R::of((f64::from(j) + c) / substeps);
                let time = (self.tick + fraction) * R::of(self.period);
                self.disturbances.add(force, time)
            })
        }
    }

    #[inline(always)]
    fn steps<D: Dynamics<R>>(&self, motion: &D, force: impl Fn(u32, f64) -> Vector<R>) -> State<R> {
        let h = R::of(self.period / f64::from(self.substeps));
        let mut state = self.state;
        for j in 0..self.substeps {
            state = match self.integrator {
                Integrator::Euler => euler(motion, &state, h, |c| force(j, c)),
                // Adaptive steps are taken elsewhere; a lane that cannot takes these.
                Integrator::Rk4 | Integrator::Rk45 => rk4(motion, &state, h, |c| force(j, c)),
            };
        }
        state
    }
}

impl World<f64> {
    /// Moves the plant by one control period under the force `force` in N, with as many steps as
    /// the tolerances need.
    ///
    /// # Errors
    /// Where no step is small enough.
    pub fn advance_adaptive(
        &mut self,
        steps: &mut Adaptive,
        force: f64,
    ) -> Result<(), StepTooSmall> {
        self.disturbances.begin_period(self.tick, self.period);
        let (state, period) = (&self.state, self.period);
        let total = |c: f64| self.disturbances.add(force, (self.tick + c) * self.period);
        self.state = match &self.motion {
            Motion::Full(motion) => steps.advance(motion, state, period, total),
            Motion::Simplified(motion) => steps.advance(motion, state, period, total),
            Motion::Linear(motion) => steps.advance(motion, state, period, total),
        }?;
        self.tick += 1.0;
        Ok(())
    }
}
