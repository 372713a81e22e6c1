//! Some consecutive runs of a study, computed on the calling thread.

use super::definition::{Study, StudyError};
use super::lanes::{self, Lanes, periods_between_looks};
use crate::closed_loop::ClosedLoop;
use crate::row::Row;
use std::marker::PhantomData;
use std::ops::Range;
use upright_core::{Controller, ControllerContext, Kind, Real};
use upright_design::DesignError;
use upright_lanes::Unit;
use upright_scenario::Integrator;
use upright_scenario::kinds::KindVisitor;

/// What is asked whether to stop.
pub(super) type Stop<'a> = dyn Fn() -> bool + Sync + 'a;

/// Computes `runs` of a study under the kind of controller that its scenario names: in lanes, or one after
/// the other where the integrator's steps differ from run to run. Rows come back up to the first that is not
/// whole, where `stop` returned true.
pub(super) fn run_chunk(
    study: &Study<'_>,
    context: &ControllerContext,
    runs: Range<u64>,
    stop: &Stop<'_>,
) -> Result<Vec<Row>, StudyError> {
    study.scenario.controller.settings.visit(OfScenario { study, context, runs, stop })
}

/// The kind that the scenario names.
struct OfScenario<'a> {
    study: &'a Study<'a>,
    context: &'a ControllerContext,
    runs: Range<u64>,
    stop: &'a Stop<'a>,
}

impl KindVisitor for OfScenario<'_> {
    type Output = Result<Vec<Row>, StudyError>;
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output {
        let Self { study, context, runs, stop } = self;
        run_chunk_of_kind::<K>(study, settings, context, runs, stop)
    }
}

/// The same under the kind `K`, whatever the scenario names.
pub(super) fn run_chunk_of_kind<K: Kind>(
    study: &Study<'_>,
    settings: &K::Settings,
    context: &ControllerContext,
    runs: Range<u64>,
    stop: &Stop<'_>,
) -> Result<Vec<Row>, StudyError> {
    // The steps of `rk45` differ from run to run, so lanes would have nothing in common.
    if !K::IN_LANES || study.scenario.simulation.integrator == Integrator::Rk45 {
        let controller = K::build::<f64>(settings, context).map_err(DesignError::from)?;
        return one_by_one(study, &controller, runs, stop);
    }
    let mut rows = Vec::new();
    let mut next = runs.start;
    while next < runs.end {
        let (unit, count) = fitting(study.unit, runs.end - next)?;
        let part = next..next + count;
        next = part.end;
        let wide = Wide::<K> { study, settings, context, runs: part, stop, kind: PhantomData };
        let found = upright_lanes::dispatch(unit, wide)??;
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
fn fitting(widest: Unit, left: u64) -> Result<(Unit, u64), StudyError> {
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

/// Runs under the kind `K`, computed in lanes of whatever width.
struct Wide<'a, K: Kind> {
    study: &'a Study<'a>,
    settings: &'a K::Settings,
    context: &'a ControllerContext,
    runs: Range<u64>,
    stop: &'a Stop<'a>,
    kind: PhantomData<K>,
}

impl<K: Kind> upright_lanes::UnitVisitor for Wide<'_, K> {
    type Output = Result<Vec<Row>, StudyError>;
    fn visit<R: Real>(self) -> Self::Output {
        let Self { study, settings, context, runs, stop, .. } = self;
        let controller = K::build::<R>(settings, context).map_err(DesignError::from)?;
        // On the heap, since a vector of worlds is large for a stack.
        let mut lanes = Box::new(Lanes::new(study, controller));
        Ok(lanes.run(runs, stop)?)
    }
}

/// Computes runs one after the other, each under a copy of `controller`; returns the rows of those that
/// came to their end.
pub(super) fn one_by_one<C: Controller<f64>>(
    study: &Study<'_>,
    controller: &C,
    runs: Range<u64>,
    stop: &Stop<'_>,
) -> Result<Vec<Row>, StudyError> {
    // A period of adaptive steps may take many of them.
    let look_every = match study.scenario.simulation.integrator {
        Integrator::Rk45 => 16,
        _ => periods_between_looks(study.scenario),
    };
    let mut rows = Vec::new();
    for run in runs {
        let realization = study.realization(run)?;
        let mut closed_loop =
            ClosedLoop::of_checked(study.scenario, &realization, controller.clone(), false)?;
        while let Some(tick) = closed_loop.step() {
            if tick.index.is_multiple_of(look_every) && stop() {
                return Ok(rows);
            }
        }
        rows.push(closed_loop.row(&realization));
    }
    Ok(rows)
}
