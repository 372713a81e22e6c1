//! A study on the calling thread, for those who spread studies over threads themselves.

use super::lanes::{self, Lanes};
use super::{BatchError, Row, Source, Study};
use crate::design::{DesignError, Foundation};
use crate::draw::DrawError;
use crate::registry::{Kind, Visitor};
use crate::run::Loop;
use crate::scenario::{Integrator, Scenario};
use std::marker::PhantomData;
use std::num::NonZero;
use std::ops::Range;
use upright_core::{Controller, Real};
use upright_lanes::Unit;

/// How many control periods of `rk45`, each of many steps, pass between looks at whether to stop.
const LOOK_EVERY: u64 = 16;

/// Runs `runs` of a scenario's study on this thread, in no wider a vector unit than `unit`. The rows
/// are those of [`batch`](super::batch) to the bit, up to the first that was not whole when `stop`,
/// which is asked often, answered true.
///
/// # Errors
/// Where the scenario's controller does not exist, the machine lacks the unit, or a run cannot be
/// drawn.
pub fn on_this_thread(
    scenario: &Scenario,
    runs: Range<u64>,
    unit: Unit,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Row>, BatchError> {
    let foundation = Foundation::of(scenario)?;
    let settings = &scenario.controller.settings;
    let threads = NonZero::<usize>::MIN;
    let study = Study { scenario, source: Source::Uncertainty, runs: runs.clone(), threads, unit };
    let mut rows = Vec::new();
    let mut next = runs.start;
    while next < runs.end {
        let (unit, count) = fitting(unit, runs.end - next)?;
        let part = next..next + count;
        next = part.end;
        let part = Part { study: &study, foundation: &foundation, runs: part, stop };
        let found = if scenario.simulation.integrator == Integrator::Rk45 {
            settings.visit(Single(part))?
        } else {
            upright_lanes::dispatch(unit, Wide(part))??
        };
        let whole = found.len() as u64 == count;
        rows.extend(found);
        if !whole {
            break;
        }
    }
    Ok(rows)
}

/// The unit in which to begin `left` runs, and with how many of them: whole vectors of the widest,
/// and the rest in the narrowest that takes it, where narrow vectors are quicker than idle lanes.
fn fitting(widest: Unit, left: u64) -> Result<(Unit, u64), BatchError> {
    let lanes = upright_lanes::dispatch(widest, lanes::Count)? as u64;
    if left >= lanes {
        return Ok((widest, left - left % lanes));
    }
    let mut best = widest;
    for unit in Unit::available().filter(|unit| *unit <= widest && *unit != Unit::Scalar) {
        if upright_lanes::dispatch(unit, lanes::Count)? as u64 >= left {
            best = unit;
        }
    }
    Ok((best, left))
}

/// Some runs of a study.
struct Part<'a> {
    study: &'a Study<'a>,
    foundation: &'a Foundation,
    runs: Range<u64>,
    stop: &'a (dyn Fn() -> bool + Sync),
}

/// Turned in lanes of whatever width.
struct Wide<'a>(Part<'a>);

impl upright_lanes::Visitor for Wide<'_> {
    type Output = Result<Vec<Row>, BatchError>;
    fn visit<R: Real>(self) -> Self::Output {
        self.0.study.scenario.controller.settings.visit(OfWidth::<R>(self.0, PhantomData))
    }
}

/// Turned in lanes of `R` under whatever kind of controller.
struct OfWidth<'a, R>(Part<'a>, PhantomData<R>);

impl<R: Real> Visitor for OfWidth<'_, R> {
    type Output = Result<Vec<Row>, BatchError>;
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
        let Part { study, foundation, runs, stop } = self.0;
        let controller = K::build::<R>(settings, foundation)?;
        let mut lanes = Box::new(Lanes::new(study, controller));
        Ok(lanes.piece(runs, stop)?)
    }
}

/// Turned one after the other.
struct Single<'a>(Part<'a>);

impl Visitor for Single<'_> {
    type Output = Result<Vec<Row>, BatchError>;
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
        let Part { study, foundation, runs, stop } = self.0;
        let controller: Result<_, DesignError> = K::build::<f64>(settings, foundation);
        Ok(one_by_one(study, controller?, runs, stop)?)
    }
}

/// Turns runs one after the other; answers the rows of those that came to their end.
pub(super) fn one_by_one<C: Controller<f64> + Copy>(
    study: &Study<'_>,
    controller: C,
    runs: Range<u64>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Row>, DrawError> {
    let mut rows = Vec::new();
    for run in runs {
        let draw = study.draw(run)?;
        let mut turning = Loop::of_draw(study.scenario, &draw, controller, false);
        while let Some(tick) = turning.step() {
            if tick.index.is_multiple_of(LOOK_EVERY) && stop() {
                return Ok(rows);
            }
        }
        rows.push(turning.row(&draw));
    }
    Ok(rows)
}
