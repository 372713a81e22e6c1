//! The world that a controller acts on: plant, actuator, sensors and disturbances, advanced one
//! control period at a time.

mod actuator;
mod disturbance;
mod sensors;

use actuator::Actuator;
use disturbance::Disturbances;
use sensors::Sensors;
use upright_core::friction::Sticking;
use upright_core::integrate::{Adaptive, Pushes, StepTooSmall, euler_from, rk4_from};
use upright_core::plant::{Angles, Full, Linear, Model, Rigid, Vector};
use upright_core::{Dynamics, Kernel, Plant, Real, State, each_lane};
use upright_lanes::{apart, aside};
use upright_scenario::{Integrator, Scenario};

/// The most pushes that can act on a cart at once.
pub const MAX_PUSHES: usize = disturbance::MAX_PUSHES;

/// The equations of motion of a scenario.
#[derive(Debug, Clone, Copy)]
enum Motion<R> {
    Full(Full<R>),
    Sticking(Sticking<R>),
    Simplified(Rigid<R>),
    Linear(Linear<R>),
}

impl<R: Real> Motion<R> {
    /// The motion of the plants `plant(lane)`; behind a pointer, so that it is compiled once a number type.
    fn new(model: Model, plant: &dyn Fn(usize) -> Plant) -> Self {
        let plants = each_lane::<R, _>(plant);
        let plant = |lane: usize| plants[lane];
        match model {
            Model::Full if plants.iter().any(Plant::sticks) => {
                Self::Sticking(Sticking::of_lanes(plant))
            }
            Model::Full => {
                let full = Full::of_lanes(plant);
                match full.as_rigid() {
                    Some(rigid) => Self::Simplified(*rigid),
                    None => Self::Full(full),
                }
            }
            Model::Simplified => Self::Simplified(Rigid::of_lanes(plant)),
            Model::Linear => Self::Linear(Linear::of_lanes(plant)),
        }
    }

    /// One step of length `h` in s under a force on the cart that is held, in N. `angles` are those of the state, where
    /// they are at hand.
    #[inline(always)]
    fn step_held(
        &self,
        integrator: Integrator,
        h: f64,
        state: &mut State<R>,
        angles: Option<&Angles<R>>,
        force: R,
    ) {
        match self {
            Self::Sticking(motion) => {
                let held = [force, R::zero(), R::zero()];
                rubbed(motion, integrator, h, state, [&held; 3]);
            }
            // Hardly any run has friction that does not stick, or drag; the step is the longest of all.
            Self::Full(motion) => match integrator {
                Integrator::Euler => step_held(integrator, motion, h, state, angles, force),
                Integrator::Rk4 | Integrator::Rk45 => {
                    apart::<R, _>(HeldRk4Step { motion, h, state, angles, force });
                }
            },
            Self::Simplified(motion) => step_held(integrator, motion, h, state, angles, force),
            Self::Linear(motion) => step_held(integrator, motion, h, state, angles, force),
        }
    }

    /// The same under forces that vary: at the start, in the middle and at the end of the step.
    #[inline(always)]
    fn step(&self, integrator: Integrator, h: f64, state: &mut State<R>, forces: Forces<'_, R>) {
        match self {
            Self::Sticking(motion) => rubbed(motion, integrator, h, state, forces),
            Self::Full(motion) => step(integrator, motion, h, state, forces),
            Self::Simplified(motion) => step(integrator, motion, h, state, forces),
            Self::Linear(motion) => step(integrator, motion, h, state, forces),
        }
    }
}

/// The generalised force at the start, in the middle and at the end of a step.
type Forces<'a, R> = [&'a Vector<R>; 3];

/// A step of a motion that is compiled by itself: it is the largest part of a control period, and
/// the same for every controller.
struct Step<'a, R, D> {
    motion: &'a D,
    h: f64,
    state: &'a mut State<R>,
    angles: Option<&'a Angles<R>>,
    pushes: Pushes<R>,
}

/// The same with the explicit Euler method.
struct EulerStep<'a, R, D>(Step<'a, R, D>);
/// The same with the classical Runge-Kutta method.
struct Rk4Step<'a, R, D>(Step<'a, R, D>);
/// The same under a force that is held.
struct HeldRk4Step<'a, R, D> {
    motion: &'a D,
    h: f64,
    state: &'a mut State<R>,
    angles: Option<&'a Angles<R>>,
    force: R,
}

#[inline(always)]
fn step_held<R: Real, D: Dynamics<R>>(
    integrator: Integrator,
    motion: &D,
    h: f64,
    state: &mut State<R>,
    angles: Option<&Angles<R>>,
    force: R,
) {
    match integrator {
        Integrator::Euler => {
            let pushes = [motion.push_cart(force); 3];
            apart::<R, _>(EulerStep(Step { motion, h, state, angles, pushes }));
        }
        // Adaptive steps are taken elsewhere; a lane that cannot takes these.
        Integrator::Rk4 | Integrator::Rk45 => {
            R::run(HeldRk4Step { motion, h, state, angles, force });
        }
    }
}

#[inline(always)]
fn step<R: Real, D: Dynamics<R>>(
    integrator: Integrator,
    motion: &D,
    h: f64,
    state: &mut State<R>,
    forces: Forces<'_, R>,
) {
    apart::<R, _>(VaryingStep { integrator, motion, h, state, forces });
}

/// A step under forces that vary, with either method.
struct VaryingStep<'a, R, D> {
    integrator: Integrator,
    motion: &'a D,
    h: f64,
    state: &'a mut State<R>,
    forces: Forces<'a, R>,
}

impl<R: Real, D: Dynamics<R>> Kernel for VaryingStep<'_, R, D> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { integrator, motion, h, state, forces: [start, middle, end] } = self;
        let pushes = [motion.push(start), motion.push(middle), motion.push(end)];
        let step = Step { motion, h, state, angles: None, pushes };
        match integrator {
            Integrator::Euler => EulerStep(step).run(),
            Integrator::Rk4 | Integrator::Rk45 => Rk4Step(step).run(),
        }
    }
}

/// A step under friction that sticks.
fn rubbed<R: Real>(
    motion: &Sticking<R>,
    integrator: Integrator,
    h: f64,
    state: &mut State<R>,
    forces: Forces<'_, R>,
) {
    let first_order = integrator == Integrator::Euler;
    apart::<R, _>(RubbedStep { motion, first_order, h, state, forces });
}

/// The posture at a state.
#[inline(always)]
fn posture<R: Real, D: Dynamics<R>>(
    motion: &D,
    state: &State<R>,
    angles: Option<&Angles<R>>,
) -> D::Posture {
    let theta = [state[1], state[2]];
    match angles {
        Some(angles) => motion.posture_of(&theta, angles),
        None => motion.posture(&theta),
    }
}

impl<R: Real, D: Dynamics<R>> Kernel for EulerStep<'_, R, D> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Step { motion, h, state, angles, pushes } = self.0;
        let posture = posture(motion, state, angles);
        *state = euler_from(motion, &posture, state, R::of(h), &pushes[0]);
    }
}

impl<R: Real, D: Dynamics<R>> Kernel for Rk4Step<'_, R, D> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Step { motion, h, state, angles, pushes } = self.0;
        let posture = posture(motion, state, angles);
        *state = rk4_from(motion, &posture, state, R::of(h), &pushes);
    }
}

impl<R: Real, D: Dynamics<R>> Kernel for HeldRk4Step<'_, R, D> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { motion, h, state, angles, force } = self;
        let pushes = [motion.push_cart(force); 3];
        Rk4Step(Step { motion, h, state, angles, pushes }).run();
    }
}

/// A step under friction that sticks.
struct RubbedStep<'a, R: Real> {
    motion: &'a Sticking<R>,
    first_order: bool,
    h: f64,
    state: &'a mut State<R>,
    forces: Forces<'a, R>,
}

impl<R: Real> Kernel for RubbedStep<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { motion, first_order, h, state, forces } = self;
        *state = motion.step(first_order, state, R::of(h), forces).state;
    }
}

/// The steps of a control period in which the force varies.
struct Disturbed<'a, R: Real> {
    world: &'a mut World<R>,
    force: R,
}

impl<R: Real> Kernel for Disturbed<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { world, force } = self;
        let h = world.step_length();
        world.disturbances.begin_period(world.tick, world.period);
        for step in 0..world.substeps {
            let start = world.total(force, step, 0.0);
            let middle = world.total(force, step, 0.5);
            let end = world.total(force, step, 1.0);
            world.motion.step(world.integrator, h, &mut world.state, [&start, &middle, &end]);
        }
    }
}

/// The world of a scenario, or a vector of lanes of them.
#[derive(Debug, Clone)]
pub struct World<R: Real> {
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
        Self::of_lanes(scenario, &|_| (scenario.plant, scenario.simulation.initial_state, run))
    }
}

impl<R: Real> World<R> {
    /// A world whose lane `i` has the plant, initial state and run index of `lane(i)`.
    pub fn of_lanes(scenario: &Scenario, lane: &dyn Fn(usize) -> (Plant, [f64; 6], u64)) -> Self {
        let period = scenario.simulation.control_period;
        let run = &|i| lane(i).2;
        let start: State<R> = std::array::from_fn(|x| R::from_lanes(|i| lane(i).1[x]));
        Self {
            motion: Motion::new(scenario.plant.model, &|i| scenario.driven(lane(i).0)),
            integrator: scenario.simulation.integrator,
            substeps: scenario.simulation.substeps,
            period,
            actuator: Actuator::new(&scenario.actuator, period),
            sensors: Sensors::new(&scenario.sensors, scenario.seed, run),
            disturbances: Disturbances::new(&scenario.disturbances, scenario.seed, run),
            state: start,
            tick: R::zero(),
        }
    }

    /// Begins anew in the lanes in `fresh`. `lane(i)` is the plant, initial state and run index of
    /// lane `i` from now on, which in the other lanes must be what it was.
    pub fn reset_lanes(
        &mut self,
        scenario: &Scenario,
        fresh: R::Mask,
        lane: &dyn Fn(usize) -> (Plant, [f64; 6], u64),
    ) {
        self.motion = Motion::new(scenario.plant.model, &|i| scenario.driven(lane(i).0));
        self.restart_lanes(scenario, fresh, lane);
    }

    /// The same where every lane keeps its plant, of which nothing is derived again.
    pub fn restart_lanes(
        &mut self,
        scenario: &Scenario,
        fresh: R::Mask,
        lane: &dyn Fn(usize) -> (Plant, [f64; 6], u64),
    ) {
        let run = &|i| lane(i).2;
        let select = |yes, no| R::select(fresh, yes, no);
        self.actuator.reset_lanes(fresh);
        self.sensors.reset_lanes(fresh, scenario.seed, run);
        self.disturbances.reset_lanes(fresh, scenario.seed, run);
        for (x, at) in self.state.iter_mut().enumerate() {
            *at = select(R::from_lanes(|i| lane(i).1[x]), *at);
        }
        self.tick = select(R::zero(), self.tick);
    }

    /// The true state.
    #[inline(always)]
    pub fn state(&self) -> &State<R> {
        &self.state
    }

    /// The most bytes that the world of a scenario takes, in place and on the heap: a promise that the
    /// memory audit checks. A kibibyte and, for `f64`, 48 bytes a period that a sensor is late, 8 a period
    /// that the actuator is, and 256 for each disturbance and for the noise of the sensors. Pushes
    /// come on top of it.
    pub fn bound_bytes(scenario: &Scenario) -> usize {
        let late = 6 * scenario.sensors.delay as usize + scenario.actuator.delay as usize;
        let streams = (scenario.disturbances.len() + 1) * R::LANES;
        (1024 + late * 8) * R::LANES + streams * 256
    }

    /// Bytes that it holds on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.sensors.heap_bytes() + self.actuator.heap_bytes() + self.disturbances.heap_bytes()
    }

    /// Its delay lines: name, and how many values each holds, which is always as many as it can.
    pub fn delay_lines(&self) -> [(&'static str, usize); 2] {
        [("sensor delay line", self.sensors.line()), ("actuator delay line", self.actuator.line())]
    }

    /// What the sensors say of the present state, its velocities as they would be measured. Once a control
    /// period.
    #[inline(always)]
    pub fn measure(&mut self) -> &State<R> {
        self.sensors.measure(&self.state)
    }

    /// What the actuator makes of a command in N: the force of the period, with a lag the one at its end. Once a
    /// control period, before [`World::advance`].
    #[inline(always)]
    pub fn actuate(&mut self, command: R) -> R {
        self.actuator.apply(command)
    }

    /// Whether what is measured is the true state.
    #[inline(always)]
    pub fn measures_exactly(&self) -> bool {
        self.sensors.are_exact()
    }

    /// Moves the plant by one control period under the force `force` in N, with fixed steps.
    #[inline(always)]
    pub fn advance(&mut self, force: R) {
        self.advance_from(None, force);
    }

    /// The same where sines and cosines of the state's angles are at hand; to the bit.
    #[inline(always)]
    pub fn advance_from(&mut self, mut angles: Option<&Angles<R>>, force: R) {
        if self.disturbances.are_none() && !self.actuator.lags() {
            let h = self.step_length();
            for _ in 0..self.substeps {
                self.motion.step_held(self.integrator, h, &mut self.state, angles, force);
                angles = None;
            }
        } else {
            aside::<R, _>(Disturbed { world: self, force });
        }
        self.tick = self.tick + R::one();
    }

    /// In s.
    #[inline(always)]
    fn step_length(&self) -> f64 {
        self.period / f64::from(self.substeps)
    }

    /// The force with the disturbances at the fraction `c` of step `step` of the period.
    fn total(&self, force: R, step: u32, c: f64) -> Vector<R> {
        let fraction = (f64::from(step) + c) / f64::from(self.substeps);
        let force = self.actuator.within(force, fraction);
        self.disturbances.add(force, self.tick, fraction, self.period)
    }
}

impl World<f64> {
    /// What the sensors say of the present state, as [`World::measure`]; compiled once for all callers.
    pub fn sense(&mut self) -> &State<f64> {
        self.measure()
    }

    /// A control period under a command in N, with fixed steps, as [`World::actuate`] and
    /// [`World::advance`]; compiled once for all callers. Returns the force on the cart in N.
    pub fn respond(&mut self, command: f64) -> f64 {
        let applied = self.actuate(command);
        self.advance(applied);
        applied
    }

    /// Pushes the cart with `force` N for `duration` s from the start of the period after the next, on top
    /// of the scenario's disturbances: a pulse that starts there. So late because a pulse may act on the
    /// last stage of the period before its start. Returns whether it could: [`MAX_PUSHES`] at once can.
    pub fn push(&mut self, force: f64, duration: f64) -> bool {
        let (now, start) = (self.tick * self.period, (self.tick + 1.0) * self.period);
        self.disturbances.push(force, start, duration, now)
    }

    /// The generalised force of the disturbances now, pushes included: on the cart in N, on the joints in
    /// N m, as the equations of motion have it. Of noise, what was held last.
    pub fn disturbance(&self) -> Vector<f64> {
        self.disturbances.add(0.0, self.tick, 0.0, self.period)
    }

    /// The disturbances on the cart in N and on each joint in N m, `periods` control periods from now, of noise
    /// what was held last.
    pub(crate) fn disturbance_by_target(&self, periods: f64) -> [f64; 3] {
        self.disturbances.by_target(self.tick + periods, self.period)
    }

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
        let total =
            |c: f64| self.disturbances.add(self.actuator.within(force, c), self.tick, c, period);
        self.state = match &self.motion {
            Motion::Full(motion) => steps.advance(motion, state, period, total),
            // No adaptive step knows of friction that sticks, which a scenario's check refuses with it.
            Motion::Sticking(motion) => {
                let forces = [total(0.0), total(0.5), total(1.0)];
                let [start, middle, end] = &forces;
                Ok(motion.step(false, state, period, [start, middle, end]).state)
            }
            Motion::Simplified(motion) => steps.advance(motion, state, period, total),
            Motion::Linear(motion) => steps.advance(motion, state, period, total),
        }?;
        self.tick += 1.0;
        Ok(())
    }
}
