//! Many plants side by side under forces from outside, in vector lanes and on threads: what policies are learned on.
//!
//! Every plant goes through runs of the scenario's study: plant `i` of `n` begins with run `i`, and its next one is
//! `n` further on. So each of its runs has the bits of [`SteppedPlant`](crate::stepped::SteppedPlant) under the same
//! forces, whatever the unit and the number of threads.
//!
//! ```
//! use std::num::NonZero;
//! use upright_lanes::Unit;
//! use upright_sim::Scenario;
//! use upright_sim::fleet::{Autoreset, Fleet, Progress};
//!
//! let scenario = Scenario::builder().set("simulation.duration", 1.0).build()?;
//! let mut fleet = Fleet::new(&scenario, NonZero::new(10).unwrap(), Unit::widest())?;
//! // No force at all: all ten have fallen before long, and have begun anew.
//! for _ in 0..1000 {
//!     fleet.step(&[0.0; 10], 1, Autoreset::NextStep, NonZero::<usize>::MIN)?;
//! }
//! assert!((0..10).all(|plant| fleet.run(plant) >= 10));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod lanes;

pub use lanes::{Autoreset, Progress};

use crate::realization::Realization;
use crate::row::Row;
use crate::study::StudyError;
use lanes::{Group, Lanes, Order, Out};
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use upright_core::Real;
use upright_lanes::Unit;
use upright_scenario::{FieldError, Integrator, Problem, Scenario, ScenarioError};
use upright_threads::together;

/// Plants of a scenario, moved together.
pub struct Fleet {
    scenario: Scenario,
    groups: Vec<Box<dyn Group>>,
    /// Plants a group has, but for the last.
    lanes: usize,
    /// Which run each plant is in.
    runs: Vec<u64>,
    states: Vec<[f64; 6]>,
    finals: Vec<[f64; 6]>,
    progress: Vec<Progress>,
    rows: Vec<Option<Row>>,
}

/// The parts of a fleet that belong to one group.
struct Part<'a> {
    group: &'a mut Box<dyn Group>,
    forces: &'a [f64],
    runs: &'a mut [u64],
    out: Out<'a>,
}

impl Fleet {
    /// `count` plants at the start of the first runs of a scenario's study, in lanes of `unit`.
    ///
    /// # Errors
    /// Where the scenario is not allowed, takes adaptive steps (which differ from plant to plant), the machine lacks
    /// the unit, or a run cannot be drawn.
    pub fn new(scenario: &Scenario, count: NonZero<usize>, unit: Unit) -> Result<Self, StudyError> {
        scenario.check()?;
        if scenario.simulation.integrator == Integrator::Rk45 {
            return Err(fixed_steps_only().into());
        }
        let count = count.get();
        let mut groups = Vec::new();
        let mut lanes = 0;
        while lanes * groups.len() < count {
            let left = count - lanes * groups.len();
            let (width, group) = upright_lanes::dispatch(unit, Make { scenario, left })??;
            lanes = width;
            groups.push(group);
        }
        let mut fleet = Self {
            scenario: scenario.clone(),
            groups,
            lanes,
            runs: (0..count as u64).collect(),
            states: vec![[0.0; 6]; count],
            finals: vec![[f64::NAN; 6]; count],
            progress: vec![Progress::Running; count],
            rows: vec![None; count],
        };
        fleet.begin(&vec![true; count])?;
        Ok(fleet)
    }

    /// How many plants it has.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether it has none, which is never so.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The scenario, with the seed of the runs.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The run of the study that a plant is in.
    pub fn run(&self, plant: usize) -> u64 {
        self.runs[plant]
    }

    /// The run of the study that each plant is in.
    pub fn runs(&self) -> &[u64] {
        &self.runs
    }

    /// What the scenario's estimator makes of what is measured, a plant a row.
    pub fn states(&self) -> &[[f64; 6]] {
        &self.states
    }

    /// The same at the end of the runs that ended in the last step; of other plants nothing to rely on.
    pub fn finals(&self) -> &[[f64; 6]] {
        &self.finals
    }

    /// How each plant is after the last step.
    pub fn progress(&self) -> &[Progress] {
        &self.progress
    }

    /// What came of the runs that ended in the last step.
    pub fn rows(&self) -> &[Option<Row>] {
        &self.rows
    }

    /// Begins again with the first runs of the study with this seed.
    ///
    /// # Errors
    /// Where a run cannot be drawn.
    pub fn seed(&mut self, seed: u64) -> Result<(), StudyError> {
        self.scenario.seed = seed;
        for (run, first) in self.runs.iter_mut().zip(0..) {
            *run = first;
        }
        let all = vec![true; self.len()];
        self.begin(&all)
    }

    /// Puts the marked plants at the start of their next runs.
    ///
    /// # Errors
    /// Where a run cannot be drawn.
    pub fn restart(&mut self, which: &[bool]) -> Result<(), StudyError> {
        let count = self.runs.len() as u64;
        for (run, _) in self.runs.iter_mut().zip(which).filter(|(_, marked)| **marked) {
            *run += count;
        }
        self.begin(which)
    }

    /// Puts the marked plants at the start of the runs that they are said to be in.
    fn begin(&mut self, which: &[bool]) -> Result<(), StudyError> {
        let Self { scenario, groups, lanes, runs, states, progress, rows, .. } = self;
        for ((progress, row), _) in
            progress.iter_mut().zip(rows).zip(which).filter(|(_, marked)| **marked)
        {
            (*progress, *row) = (Progress::Running, None);
        }
        let parts = groups.iter_mut().zip(which.chunks(*lanes));
        let parts = parts.zip(runs.chunks(*lanes)).zip(states.chunks_mut(*lanes));
        for (((group, which), runs), states) in parts {
            if which.contains(&true) {
                let mut next = |lane: usize| Realization::new(scenario, runs[lane]);
                group.restart(scenario, which, &mut next, states)?;
            }
        }
        Ok(())
    }

    /// Moves every plant by `periods` control periods under its force in N, up to the end of its run; on as many
    /// threads as there are groups of plants for, at most `threads`.
    ///
    /// # Errors
    /// Where a run cannot be drawn.
    ///
    /// # Panics
    /// Where there are not as many forces as plants.
    pub fn step(
        &mut self,
        forces: &[f64],
        periods: u32,
        autoreset: Autoreset,
        threads: NonZero<usize>,
    ) -> Result<(), StudyError> {
        assert_eq!(forces.len(), self.len(), "a force a plant");
        let count = self.len() as u64;
        let Self { scenario, groups, lanes, runs, states, finals, progress, rows } = self;
        let (scenario, lanes) = (&*scenario, *lanes);
        let work = |part: &mut Part<'_>| {
            let order = Order { scenario, forces: part.forces, periods, autoreset };
            let runs = &mut *part.runs;
            let mut next = |lane: usize| {
                runs[lane] += count;
                Realization::new(scenario, runs[lane])
            };
            part.group.step(order, &mut next, &mut part.out)
        };
        let mut forces = forces.chunks(lanes);
        let mut runs = runs.chunks_mut(lanes);
        let mut states = states.chunks_mut(lanes);
        let mut finals = finals.chunks_mut(lanes);
        let mut progress = progress.chunks_mut(lanes);
        let mut rows = rows.chunks_mut(lanes);
        // All are of the length of the groups.
        let mut parts = groups.iter_mut().map_while(move |group| {
            let states = states.next()?;
            let (finals, progress) = (finals.next()?, progress.next()?);
            let out = Out { states, finals, progress, rows: rows.next()? };
            Some(Part { group, forces: forces.next()?, runs: runs.next()?, out })
        });
        let groups = count.div_ceil(lanes as u64) as usize;
        let threads = threads.get().min(groups.div_ceil(LEAST_GROUPS));
        if threads <= 1 {
            return Ok(parts.try_for_each(|mut part| work(&mut part))?);
        }
        let mut shares: Vec<Vec<Part<'_>>> = Vec::with_capacity(threads);
        for share in 0..threads {
            let until = groups * (share + 1) / threads - groups * share / threads;
            shares.push(parts.by_ref().take(until).collect());
        }
        let shares = Mutex::new(shares);
        let found = Mutex::new(Ok(()));
        together(NonZero::new(threads).unwrap_or(NonZero::<usize>::MIN), || {
            loop {
                let share = shares.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let Some(mut share) = share else { break };
                let outcome = share.iter_mut().try_for_each(&work);
                if outcome.is_err() {
                    *found.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
                }
            }
        });
        Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner)?)
    }
}

/// Groups from which another thread is worth its start.
const LEAST_GROUPS: usize = 16;

fn fixed_steps_only() -> ScenarioError {
    let reason =
        "plants that move together take fixed steps; allowed is one of euler, rk4".to_owned();
    let error = FieldError::new(
        "simulation.integrator".to_owned(),
        "rk45".to_owned(),
        Problem::Design { reason },
    );
    ScenarioError::Fields { source_name: "scenario".to_owned(), errors: vec![error] }
}

/// Makes a group in lanes of whatever width: how many plants it could have, and it with as many as are left.
struct Make<'a> {
    scenario: &'a Scenario,
    left: usize,
}

impl upright_lanes::UnitVisitor for Make<'_> {
    type Output = Result<(usize, Box<dyn Group>), ScenarioError>;
    fn visit<R: Real>(self) -> Self::Output {
        let group = Lanes::<R>::new(self.scenario, self.left.min(R::LANES))?;
        Ok((R::LANES, Box::new(group)))
    }
}
