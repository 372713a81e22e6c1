//! A vector of runs, turned together.

use super::definition::Study;
use crate::estimator::AnyEstimator;
use crate::following::Following;
use crate::metrics::MetricsAccumulator;
use crate::realization::{Realization, RealizationError};
use crate::row::Row;
use crate::tracking::Tracking;
use crate::world::World;
use std::ops::Range;
use upright_core::estimator::Estimator;
use upright_core::plant::{Angles, copy_of};
use upright_core::swing_up::Counts;
use upright_core::{Controller, Kernel, Mask, Real, State};
use upright_scenario::Scenario;
use upright_scenario::kinds::Family;

/// How many control periods of a scenario pass at most between looks at whether to stop: as many as make
/// some ten thousand integration steps. Of a controller that plans, fewer: a period of its may take as long as a thousand
/// others.
pub(super) fn periods_between_looks(scenario: &Scenario) -> u64 {
    let plans =
        matches!(scenario.controller.settings.info().family, Family::SwingUp | Family::Predictive);
    let steps = if plans { 1 << 4 } else { 1 << 14 };
    (steps / u64::from(scenario.simulation.substeps)).max(1)
}

/// How many lanes a unit has.
pub(super) struct Count;

impl upright_lanes::UnitVisitor for Count {
    type Output = usize;
    fn visit<R: Real>(self) -> usize {
        R::LANES
    }
}

/// What a lane does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It computes a run.
    Run,
    /// It has nothing to do and stands upright, since every lane computes.
    Parked,
    /// Its run has ended.
    Vacant,
}

/// As many runs as `R` has lanes, under controllers of the type `C`.
pub(super) struct Lanes<'a, R: Real, C> {
    runs: Runs<'a, R>,
    controller: C,
}

/// All of it but the controllers: what is compiled once for all of their types.
struct Runs<'a, R: Real> {
    study: &'a Study<'a>,
    world: World<R>,
    estimator: AnyEstimator<R>,
    /// What is followed, and how well, where there is a reference.
    following: Option<(Following, Tracking<R>)>,
    accumulator: MetricsAccumulator<R>,
    places: Vec<Place>,
    /// What each lane computes.
    realizations: Vec<Realization>,
}

impl<'a, R: Real, C: Controller<R>> Lanes<'a, R, C> {
    /// Without any run.
    pub(super) fn new(study: &'a Study<'a>, controller: C) -> Self {
        Self { runs: Runs::new(study), controller }
    }

    /// Computes these runs; returns their rows in order, up to the first that is not whole where
    /// `stop` returned true.
    pub(super) fn run(
        &mut self,
        runs: Range<u64>,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<Row>, RealizationError> {
        let first = runs.start;
        let mut rows = vec![None; (runs.end - first) as usize];
        let mut waiting = runs;
        self.runs.places.fill(Place::Vacant);
        loop {
            let fresh = self.runs.fill(&mut waiting)?;
            if fresh.any() {
                self.controller.reset_lanes(fresh);
            }
            if !self.runs.places.contains(&Place::Run) || stop() {
                return Ok(rows.into_iter().map_while(|row| row).collect());
            }
            self.turn();
            self.runs.take(&mut rows, first, &|lane| self.controller.swing_up(lane));
        }
    }

    /// Control periods until a lane has ended or done its last one.
    fn turn(&mut self) {
        let periods = self.runs.periods();
        let Self { controller, runs } = self;
        let Runs { world, estimator, following, accumulator, .. } = runs;
        let following = following.as_mut();
        R::run(Turn { world, estimator, following, controller, accumulator, periods });
    }
}

impl<'a, R: Real> Runs<'a, R> {
    fn new(study: &'a Study<'a>) -> Self {
        let scenario = study.scenario;
        let realizations = vec![parked(scenario); R::LANES];
        Self {
            study,
            world: World::of_lanes(scenario, &|lane| realizations[lane].as_lane()),
            estimator: AnyEstimator::new(scenario),
            following: Following::new(scenario).map(|following| {
                let tracking = Tracking::new(&following, scenario.simulation.control_period);
                (following, tracking)
            }),
            accumulator: MetricsAccumulator::new(scenario),
            places: vec![Place::Vacant; R::LANES],
            realizations,
        }
    }

    /// Puts waiting runs into free lanes, or parks them; returns the lanes in which something begins, in which the
    /// controller must forget what went before.
    fn fill(&mut self, waiting: &mut Range<u64>) -> Result<R::Mask, RealizationError> {
        let free: Vec<bool> = self.places.iter().map(|place| *place == Place::Vacant).collect();
        let fresh = R::from_lanes(|lane| if free[lane] { 1.0 } else { 0.0 }).gt(R::zero());
        if fresh.any() {
            let mut keeps_plants = true;
            for lane in (0..R::LANES).filter(|&lane| free[lane]) {
                let (place, next) = match waiting.next() {
                    Some(run) => (Place::Run, self.study.realization(run)?),
                    None => (Place::Parked, parked(self.study.scenario)),
                };
                keeps_plants &= next.plant == self.realizations[lane].plant;
                (self.places[lane], self.realizations[lane]) = (place, next);
            }
            let Self { world, realizations, study: Study { scenario, .. }, .. } = self;
            let lane = |lane: usize| realizations[lane].as_lane();
            if keeps_plants {
                world.restart_lanes(scenario, fresh, &lane);
            } else {
                world.reset_lanes(scenario, fresh, &lane);
            }
            self.estimator.reset_lanes(fresh);
            self.accumulator.reset_lanes(fresh);
            if let Some((following, tracking)) = &mut self.following {
                tracking.begin(fresh, self.world.state(), following.place(R::zero()));
            }
        }
        Ok(fresh)
    }

    /// Control periods until a lane has done its last one, or one wants to look whether to stop.
    fn periods(&self) -> u64 {
        let total = self.study.scenario.periods();
        let left = (0..R::LANES).map(|lane| total.saturating_sub(self.accumulator.periods(lane)));
        left.min().unwrap_or(0).min(periods_between_looks(self.study.scenario))
    }

    /// Makes lanes vacant whose runs have ended, and puts the rows of these into `rows`, the first of which is of run
    /// `first`. `swing_up` is what a lane's controller has counted.
    fn take(
        &mut self,
        rows: &mut [Option<Row>],
        first: u64,
        swing_up: &dyn Fn(usize) -> Option<Counts>,
    ) {
        for (lane, place) in self.places.iter_mut().enumerate() {
            let ended = self.accumulator.early_end(lane).is_some();
            if ended || self.accumulator.periods(lane) >= self.study.scenario.periods() {
                if *place == Place::Run {
                    let realization = &self.realizations[lane];
                    let (world, sums) = (&self.world, &self.accumulator);
                    let followed = self.following.as_ref().map(|(_, sums)| sums.metrics(lane));
                    let own = (swing_up(lane), followed);
                    let row = Row::of_lane(realization, world, sums, own, lane);
                    rows[(realization.run - first) as usize] = Some(row);
                }
                *place = Place::Vacant;
            }
        }
    }
}

/// What a lane without a run computes: the undrawn plant, upright and at rest, where sine and cosine
/// cost least.
fn parked(scenario: &Scenario) -> Realization {
    Realization { initial_state: [0.0; 6], ..Realization::nominal(scenario) }
}

/// The hot loop: control periods, until the first lane ends.
struct Turn<'a, R: Real, C> {
    world: &'a mut World<R>,
    estimator: &'a mut AnyEstimator<R>,
    following: Option<&'a mut (Following, Tracking<R>)>,
    controller: &'a mut C,
    accumulator: &'a mut MetricsAccumulator<R>,
    periods: u64,
}

impl<R: Real, C: Controller<R>> Kernel for Turn<'_, R, C> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { world, estimator, mut following, controller, accumulator, periods } = self;
        if let Some((following, _)) = &following {
            accumulator.aim(following.place(accumulator.periods_done()));
        }
        // A run may have ended before it began. Where one goes on, to look twice changes nothing.
        if accumulator.state(world.state()).any() {
            return;
        }
        let shows_state = world.measures_exactly() && estimator.passes_on();
        for _ in 0..periods {
            let estimate = copy_of(estimator.estimate(world.measure()));
            if let Some((following, _)) = &following {
                controller.follow(&following.target(accumulator.periods_done()));
            }
            let angles = Angles::new(estimate[1], estimate[2]);
            let command = controller.control_at(&estimate, &angles, estimator.known_force());
            estimator.commanded(command.force);
            let applied = world.actuate(command.force);
            let state = world.state();
            R::run(Account { accumulator, state, applied, sigma: command.sigma });
            world.advance_from(shows_state.then_some(&angles), applied);
            if let Some((following, tracking)) = &mut following {
                let done = accumulator.periods_done();
                let place = following.place(done);
                accumulator.aim(place);
                tracking.state(done, world.state(), place);
            }
            if accumulator.state(world.state()).any() {
                return;
            }
        }
    }
}

/// What the metrics take of a control period, which is compiled once for all controllers.
struct Account<'a, R: Real> {
    accumulator: &'a mut MetricsAccumulator<R>,
    state: &'a State<R>,
    applied: R,
    sigma: R,
}

impl<R: Real> Kernel for Account<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        self.accumulator.period(self.state, self.applied, self.sigma);
    }
}
