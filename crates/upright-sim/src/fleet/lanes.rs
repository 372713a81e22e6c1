//! A vector of plants, moved together under forces from outside.

use crate::estimator::AnyEstimator;
use crate::metrics::MetricsAccumulator;
use crate::realization::{Realization, RealizationError};
use crate::row::Row;
use crate::world::World;
use upright_core::estimator::Estimator;
use upright_core::{Kernel, Mask, Real, SlidingSurface, State};
use upright_scenario::{Scenario, ScenarioError};

/// When a plant whose run has ended begins its next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Autoreset {
    /// In the step after, in which it does not move.
    #[default]
    NextStep,
    /// In the step in which it ended; what it ended with is kept beside what it begins with.
    SameStep,
    /// When it is told to.
    Disabled,
}

/// How a plant is after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Its run goes on.
    #[default]
    Running,
    /// It fell, left the track or diverged in this step.
    Terminated,
    /// It came to the last period of its run in this step.
    Truncated,
}

/// Where a plant's next run comes from: its draw.
pub(super) type NextDraw<'a> = dyn FnMut(usize) -> Result<Realization, RealizationError> + 'a;

/// What a step writes, an entry a plant of the group.
pub(super) struct Out<'a> {
    /// What the estimator makes of what is measured, six numbers a plant.
    pub(super) states: &'a mut [[f64; 6]],
    /// The same at the end of the run that ended in this step.
    pub(super) finals: &'a mut [[f64; 6]],
    pub(super) progress: &'a mut [Progress],
    /// What came of the run that ended in this step.
    pub(super) rows: &'a mut [Option<Row>],
}

/// A step of a group, as it is asked for.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) scenario: &'a Scenario,
    /// In N, one a plant.
    pub(super) forces: &'a [f64],
    /// Control periods.
    pub(super) periods: u32,
    pub(super) autoreset: Autoreset,
}

/// What a group of plants is, whatever its vector unit.
pub(super) trait Group: Send + Sync {
    /// Moves the plants and says what came of it.
    fn step(
        &mut self,
        order: Order<'_>,
        next: &mut NextDraw<'_>,
        out: &mut Out<'_>,
    ) -> Result<(), RealizationError>;

    /// Puts the plants that are marked at the start of another run; `states` is what is then measured of all.
    fn restart(
        &mut self,
        scenario: &Scenario,
        which: &[bool],
        next: &mut NextDraw<'_>,
        states: &mut [[f64; 6]],
    ) -> Result<(), RealizationError>;
}

/// What a lane does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Run,
    /// Its run has ended, and nobody has been told.
    Over,
    /// Its run has ended.
    Done,
    /// It has no plant.
    Empty,
}

/// As many plants as `R` has lanes, or fewer.
#[derive(Clone)]
pub(super) struct Lanes<R: Real> {
    now: Now<R>,
    /// As it was before the last measurement, where plants may be restarted between two steps and to measure again would
    /// be another measurement. Its place is kept once it was made.
    before: Option<Box<Before<R>>>,
    /// Whether that is how it was before this measurement.
    remembers: bool,
    surface: SlidingSurface<R>,
    realizations: Vec<Realization>,
    places: Vec<Place>,
    /// Whether any run has ended and the next one has not begun; else nobody looks for them.
    ended: bool,
    periods: R,
}

/// What changes in a period.
#[derive(Clone)]
struct Now<R: Real> {
    world: World<R>,
    /// Apart, since it is several times as large as all else, and hardly any of it is looked at: thousands of plants side
    /// by side are then fewer pages of memory.
    estimator: Box<AnyEstimator<R>>,
    accumulator: MetricsAccumulator<R>,
    estimate: State<R>,
}

/// How plants were, and which of them keep the measurement that they have.
#[derive(Clone)]
struct Before<R: Real> {
    now: Now<R>,
    keeps: R::Mask,
}

impl<R: Real> Now<R> {
    /// Whether what is made of the measurement is the state itself, which nothing remembers.
    #[inline(always)]
    fn is_seen(&self) -> bool {
        self.world.measures_exactly() && self.estimator.passes_on()
    }
}

/// Which lanes have no run under way.
#[inline(always)]
fn still<R: Real>(places: &[Place]) -> R::Mask {
    mask_of::<R>(|lane| places.get(lane) != Some(&Place::Run))
}

#[inline(always)]
fn mask_of<R: Real>(holds: impl Fn(usize) -> bool) -> R::Mask {
    R::from_lanes(|lane| if holds(lane) { 1.0 } else { 0.0 }).gt(R::zero())
}

fn holds<R: Real>(mask: R::Mask, lane: usize) -> bool {
    R::select(mask, R::one(), R::zero()).lane(lane) != 0.0
}

impl<R: Real> Lanes<R> {
    /// The first `count` lanes have plants, which [`Group::restart`] must put at the start of a run.
    pub(super) fn new(scenario: &Scenario, count: usize) -> Result<Self, ScenarioError> {
        let parked = Realization { initial_state: [0.0; 6], ..Realization::nominal(scenario) };
        let realizations = vec![parked; R::LANES];
        let now = Now {
            world: World::of_lanes(scenario, &|lane| realizations[lane].as_lane()),
            estimator: Box::new(AnyEstimator::new(scenario)),
            accumulator: MetricsAccumulator::new(scenario),
            estimate: [R::zero(); 6],
        };
        let place = |lane| if lane < count { Place::Done } else { Place::Empty };
        Ok(Self {
            now,
            before: None,
            remembers: false,
            surface: scenario.context()?.sliding_surface(),
            realizations,
            places: (0..R::LANES).map(place).collect(),
            ended: true,
            periods: R::of(scenario.periods() as f64),
        })
    }

    /// Takes in which runs have ended in the period that has passed, of those that were under way.
    fn note_ends(&mut self, ended: R::Mask) {
        for lane in 0..R::LANES {
            if self.places[lane] == Place::Run && holds::<R>(ended, lane) {
                self.places[lane] = Place::Over;
                self.ended = true;
            }
        }
    }

    /// Puts the marked lanes at the start of another run, not measured yet.
    fn begin(
        &mut self,
        scenario: &Scenario,
        which: &dyn Fn(usize) -> bool,
        next: &mut NextDraw<'_>,
    ) -> Result<(), RealizationError> {
        for lane in (0..R::LANES).filter(|&lane| which(lane)) {
            self.realizations[lane] = next(lane)?;
            self.places[lane] = Place::Run;
        }
        self.ended = self.places.iter().any(|place| matches!(place, Place::Over | Place::Done));
        let fresh = mask_of::<R>(which);
        let Self { now, realizations, .. } = self;
        now.world.reset_lanes(scenario, fresh, &|lane| realizations[lane].as_lane());
        now.estimator.reset_lanes(fresh);
        now.accumulator.reset_lanes(fresh);
        // A run may be over before it has begun; of the others, to look twice changes nothing.
        let ended = now.accumulator.state(now.world.state());
        self.note_ends(ended);
        Ok(())
    }

    fn row(&self, lane: usize) -> Row {
        let own = (None, None);
        Row::of_lane(&self.realizations[lane], &self.now.world, &self.now.accumulator, own, lane)
    }
}

impl<R: Real> Group for Lanes<R> {
    fn step(
        &mut self,
        order: Order<'_>,
        next: &mut NextDraw<'_>,
        out: &mut Out<'_>,
    ) -> Result<(), RealizationError> {
        let Order { scenario, forces, periods, autoreset } = order;
        self.remembers = false;
        // Rows are large, and few have anything to forget.
        for (row, progress) in out.rows.iter_mut().zip(&mut *out.progress) {
            if *progress != Progress::Running {
                (*row, *progress) = (None, Progress::Running);
            }
        }
        let mut waiting = Vec::new();
        if self.ended {
            if autoreset == Autoreset::NextStep {
                waiting = self.lanes_in(Place::Done);
            }
            for lane in self.lanes_in(Place::Over) {
                self.tell(lane, out);
            }
        }
        let mut period = 0;
        while period < periods {
            let Self { now, surface, places, periods: all, .. } = self;
            let left = periods - period;
            let (moved, frozen, ended) =
                R::run(Stretch { now, surface, forces, places, all: *all, left });
            period += moved;
            if let Some(ended) = ended {
                core::hint::cold_path();
                self.note_ends(ended);
                for lane in self.lanes_in(Place::Over) {
                    if !holds::<R>(frozen, lane) {
                        self.tell(lane, out);
                    }
                }
            }
            let last = period == periods;
            let mut keeps = frozen;
            if last && autoreset == Autoreset::Disabled && !self.now.is_seen() {
                self.remember(frozen);
            }
            if last && !waiting.is_empty() {
                self.begin(scenario, &|lane| waiting.contains(&lane), next)?;
                keeps = keeps & !mask_of::<R>(|lane| waiting.contains(&lane));
            }
            if last && autoreset == Autoreset::SameStep && self.ended {
                let done = self.lanes_in(Place::Done);
                if !done.is_empty() {
                    // What they ended with is measured on a copy, since those that run on are measured once.
                    let mut copy = self.now.clone();
                    R::run(Measure { now: &mut copy, keeps });
                    R::run(Write { state: &copy.estimate, rows: out.finals });
                    self.begin(scenario, &|lane| done.contains(&lane), next)?;
                    keeps = keeps & !mask_of::<R>(|lane| done.contains(&lane));
                }
            }
            R::run(Measure { now: &mut self.now, keeps });
        }
        R::run(Write { state: &self.now.estimate, rows: out.states });
        if autoreset != Autoreset::SameStep {
            for (lane, progress) in out.progress.iter().enumerate() {
                if *progress != Progress::Running {
                    out.finals[lane] = out.states[lane];
                }
            }
        }
        Ok(())
    }

    fn restart(
        &mut self,
        scenario: &Scenario,
        which: &[bool],
        next: &mut NextDraw<'_>,
        states: &mut [[f64; 6]],
    ) -> Result<(), RealizationError> {
        let mut keeps = mask_of::<R>(|_| true);
        // Those that are not restarted are measured again as they were.
        if let Some(before) = self.before.as_deref_mut().filter(|_| self.remembers) {
            std::mem::swap(&mut self.now, &mut before.now);
            keeps = before.keeps;
        }
        self.remembers = false;
        let marked = |lane: usize| which.get(lane).copied().unwrap_or(false);
        self.begin(scenario, &marked, next)?;
        let keeps = keeps & !mask_of::<R>(marked);
        if !self.now.is_seen() {
            self.remember(keeps);
        }
        R::run(Measure { now: &mut self.now, keeps });
        R::run(Write { state: &self.now.estimate, rows: states });
        Ok(())
    }
}

impl<R: Real> Lanes<R> {
    /// Keeps how it is before a measurement, in which the lanes in `keeps` keep theirs; asks for memory the first time only.
    fn remember(&mut self, keeps: R::Mask) {
        match &mut self.before {
            Some(before) => {
                before.now.world.clone_from(&self.now.world);
                before.now.estimator.clone_from(&self.now.estimator);
                before.now.accumulator.clone_from(&self.now.accumulator);
                before.now.estimate = self.now.estimate;
                before.keeps = keeps;
            }
            None => self.before = Some(Box::new(Before { now: self.now.clone(), keeps })),
        }
        self.remembers = true;
    }

    fn lanes_in(&self, place: Place) -> Vec<usize> {
        (0..R::LANES).filter(|&lane| self.places[lane] == place).collect()
    }

    /// Says how the run of a lane has ended, which is then known.
    fn tell(&mut self, lane: usize, out: &mut Out<'_>) {
        let row = self.row(lane);
        let early = row.early_end.is_some();
        out.progress[lane] = if early { Progress::Terminated } else { Progress::Truncated };
        out.rows[lane] = Some(row);
        self.places[lane] = Place::Done;
    }
}

/// A plant a row.
struct Write<'a, R: Real> {
    state: &'a State<R>,
    rows: &'a mut [[f64; 6]],
}

impl<R: Real> Kernel for Write<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let row = |lane: usize| self.state.each_ref().map(|number| number.lane(lane));
        // A whole group, as nearly all are, by a count that the compiler knows.
        if let Some(rows) = self.rows.get_mut(..R::LANES) {
            for (lane, place) in (0..R::LANES).zip(rows) {
                *place = row(lane);
            }
        } else {
            for (lane, place) in self.rows.iter_mut().enumerate() {
                *place = row(lane);
            }
        }
    }
}

/// Periods of the plants, one after the other, up to `left` of them or until a run ends that was under way; returns how
/// many, which lanes had no run under way, and where runs have come to their end in the last of them. That one is not
/// measured yet.
struct Stretch<'a, R: Real> {
    now: &'a mut Now<R>,
    surface: &'a SlidingSurface<R>,
    /// In N, one a plant.
    forces: &'a [f64],
    places: &'a [Place],
    /// How many periods a run has.
    all: R,
    left: u32,
}

impl<R: Real> Kernel for Stretch<'_, R> {
    type Output = (u32, R::Mask, Option<R::Mask>);
    #[inline(always)]
    fn run(self) -> Self::Output {
        let Self { now, surface, forces, places, all, left } = self;
        let frozen = still::<R>(places);
        let force = R::from_lanes(|lane| forces.get(lane).copied().unwrap_or(0.0));
        let force = R::select(frozen, R::zero(), force);
        // A state that is seen as it is need not be kept between two periods.
        let is_seen = now.is_seen();
        for moved in 1..=left {
            let ended = Move { now, surface, force, all, is_seen }.run();
            if (ended & !frozen).any() {
                return (moved, frozen, Some(ended));
            }
            if moved < left && !is_seen {
                Measure { now, keeps: frozen }.run();
            }
        }
        (left, frozen, None)
    }
}

/// A control period of the plants; returns where the run has come to its end, before its time or on it.
struct Move<'a, R: Real> {
    now: &'a mut Now<R>,
    surface: &'a SlidingSurface<R>,
    force: R,
    /// How many periods a run has.
    all: R,
    /// Whether the state is seen as it is.
    is_seen: bool,
}

impl<R: Real> Kernel for Move<'_, R> {
    type Output = R::Mask;
    #[inline(always)]
    fn run(self) -> R::Mask {
        let Self { now, surface, force, all, is_seen } = self;
        let Now { world, estimator, accumulator, estimate } = now;
        let sigma = surface.read(if is_seen { world.state() } else { estimate }).sigma;
        estimator.commanded(force);
        let applied = world.actuate(force);
        accumulator.period(world.state(), applied, sigma);
        world.advance(applied);
        accumulator.state(world.state()) | accumulator.periods_done().ge(all)
    }
}

/// The measurement at the end of a period; the lanes in `keeps` keep the one that they have.
struct Measure<'a, R: Real> {
    now: &'a mut Now<R>,
    keeps: R::Mask,
}

impl<R: Real> Kernel for Measure<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Now { world, estimator, estimate, .. } = self.now;
        let found = estimator.estimate(world.measure());
        for (kept, found) in estimate.iter_mut().zip(found) {
            *kept = R::select(self.keeps, *kept, *found);
        }
    }
}
