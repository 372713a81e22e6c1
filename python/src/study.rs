//! Studies: many runs as columns.

use crate::scenario::PyScenario;
use crate::{errors, interrupt};
use numpy::IntoPyArray;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use upright_lanes::Unit;
use upright_sim::grid::{Axis, Grid, STATES};
use upright_sim::metrics::Verdict;
use upright_sim::study::{Rate, Record, Row, Source, Statistics, Study, Tally, run_study};

/// Rows for which room is taken at the start.
const ROOM: u64 = 1 << 20;

/// The rows of a study, a vector a column.
#[derive(Default)]
struct Columns {
    run: Vec<u64>,
    verdict: Vec<u8>,
    /// What lies before and behind the verdict, in the order of [`Record::names`].
    numbers: Vec<Vec<f64>>,
    /// Times to upright, which maps have and tables have not.
    upright_times: Option<Vec<f64>>,
}

impl Columns {
    fn new(runs: u64, source: &Source) -> Self {
        let room = runs.min(ROOM) as usize;
        let numbers = Record::names().count() - 2;
        Self {
            run: Vec::with_capacity(room),
            verdict: Vec::with_capacity(room),
            numbers: (0..numbers).map(|_| Vec::with_capacity(room)).collect(),
            upright_times: matches!(source, Source::Grid(_)).then(|| Vec::with_capacity(room)),
        }
    }

    fn push(&mut self, row: &Row) {
        let Record { run, drawn, verdict, metrics, final_state } = Record::from(row);
        self.run.push(run);
        self.verdict.push(code(verdict));
        let metrics = metrics.map(|metric| metric.unwrap_or(f64::NAN));
        let numbers = drawn.into_iter().chain(metrics).chain(final_state);
        for (column, number) in self.numbers.iter_mut().zip(numbers) {
            column.push(number);
        }
        if let Some(times) = &mut self.upright_times {
            times.push(row.upright_time.unwrap_or(f64::NAN));
        }
    }

    /// By name and in order, as arrays that own them; the verdicts as their codes.
    fn into_dict(self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let dict = PyDict::new(py);
        let Self { run, verdict, numbers, .. } = self;
        let (mut run, mut verdict, mut numbers) = (Some(run), Some(verdict), numbers.into_iter());
        for name in Record::names() {
            match name {
                "run" => dict.set_item(name, run.take().unwrap_or_default().into_pyarray(py))?,
                "verdict" => {
                    dict.set_item(name, verdict.take().unwrap_or_default().into_pyarray(py))?;
                }
                _ => dict.set_item(name, numbers.next().unwrap_or_default().into_pyarray(py))?,
            }
        }
        Ok(dict)
    }
}

/// The place of a verdict in [`Verdict::ALL`].
fn code(verdict: Verdict) -> u8 {
    Verdict::ALL.iter().position(|other| *other == verdict).unwrap_or(0) as u8
}

/// How many threads: as many as were asked for, or as the process may use.
pub(crate) fn threads(asked: Option<usize>) -> PyResult<NonZero<usize>> {
    match asked {
        None => Ok(std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)),
        Some(count) => NonZero::new(count).filter(|count| count.get() <= 4096).ok_or_else(|| {
            PyValueError::new_err(format!("threads = {count}: allowed is from 1 to 4096"))
        }),
    }
}

/// The vector unit that the environment asks for.
pub(crate) fn unit() -> PyResult<Unit> {
    Unit::of_environment().map_err(|error| PyValueError::new_err(error.to_string()))
}

/// An axis of a grid: a state's name, from, to, and how many points.
type AxisSpec = (String, f64, f64, u32);

fn axis(name: &str, (state, from, to, points): AxisSpec) -> PyResult<Axis> {
    let index = STATES.iter().position(|known| *known == state);
    let Some(index) = index else {
        let allowed = STATES.join(", ");
        return Err(PyValueError::new_err(format!(
            "{name}.0 = {state}: allowed is one of {allowed}"
        )));
    };
    if !(from.is_finite() && to.is_finite() && from < to) {
        let message = format!(
            "{name}: from {from} to {to}: allowed are finite numbers, the second above the first"
        );
        return Err(PyValueError::new_err(message));
    }
    if !(2..=100_000).contains(&points) {
        return Err(PyValueError::new_err(format!(
            "{name}.3 = {points}: allowed is from 2 to 100000"
        )));
    }
    Ok(Axis { state: index, from, to, points })
}

/// The runs from `first` on of a scenario's study, or of its grid, as columns; with what it took, and what broke it
/// off.
#[pyfunction]
#[pyo3(signature = (scenario, first, runs, *, threads = None, grid = None, progress = None))]
#[allow(clippy::too_many_arguments)]
pub(crate) fn _study<'py>(
    py: Python<'py>,
    scenario: &Bound<'py, PyScenario>,
    first: u64,
    runs: u64,
    threads: Option<usize>,
    grid: Option<(AxisSpec, AxisSpec)>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let source = match grid {
        None => Source::Uncertainty,
        Some((x, y)) => {
            let (x, y) = (axis("x", x)?, axis("y", y)?);
            if x.state == y.state {
                let message =
                    format!("y.0 = {}: allowed is another state than that of x", STATES[y.state]);
                return Err(PyValueError::new_err(message));
            }
            Source::Grid(Grid { x, y })
        }
    };
    let Some(end) = first.checked_add(runs) else {
        return Err(PyValueError::new_err(format!(
            "first = {first}: its last run would have no number"
        )));
    };
    let study = Study {
        scenario: &scenario.get().inner,
        runs: first..end,
        threads: self::threads(threads)?,
        unit: unit()?,
        source,
    };
    let done = AtomicU64::new(0);
    let mut columns = Columns::new(runs, &study.source);
    let work = |stop: &interrupt::Stop<'_>| {
        run_study(&study, &|| stop(), &mut |row| {
            columns.push(&row);
            done.fetch_add(1, Ordering::Relaxed);
            ControlFlow::Continue(())
        })
    };
    let look = |_: Python<'_>| match progress {
        Some(progress) => progress.call1((done.load(Ordering::Relaxed), runs)).map(drop),
        None => Ok(()),
    };
    let (tally, broken) = interrupt::attended(py, work, look)?;
    let Tally { steps, seconds, complete, .. } =
        tally.map_err(|error| errors::study(py, &error))?;
    let last = match (&broken, progress) {
        (None, Some(progress)) => progress.call1((done.load(Ordering::Relaxed), runs)).err(),
        _ => None,
    };
    let dict = PyDict::new(py);
    if let Some(times) = columns.upright_times.take() {
        dict.set_item("upright_times", times.into_pyarray(py))?;
    }
    dict.set_item("columns", columns.into_dict(py)?)?;
    dict.set_item("complete", complete)?;
    dict.set_item("seconds", seconds)?;
    dict.set_item("steps", steps)?;
    dict.set_item("error", broken.or(last))?;
    Ok(dict)
}

/// The share of `count` in `runs` and the interval of E. B. Wilson of 95 %.
#[pyfunction]
pub(crate) fn _rate(count: u64, runs: u64) -> (u64, f64, (f64, f64)) {
    let Rate { count, rate, interval: [low, high] } = Rate::new(count, runs);
    (count, rate, (low, high))
}

/// The words of all verdicts, in the order of their codes, and whether each stands upright.
#[pyfunction]
pub(crate) fn _verdicts() -> Vec<(&'static str, bool)> {
    Verdict::ALL.iter().map(|verdict| (verdict.word(), verdict.upright())).collect()
}

/// The quantiles of every metric, from the codes of the verdicts and the metrics in the order of a study's columns.
#[pyfunction]
pub(crate) fn _quantiles<'py>(
    py: Python<'py>,
    verdicts: numpy::PyReadonlyArray1<'py, u8>,
    metrics: Vec<numpy::PyReadonlyArray1<'py, f64>>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut statistics = Statistics::default();
    let slices: Result<Vec<&[f64]>, _> = metrics.iter().map(|column| column.as_slice()).collect();
    let slices = slices?;
    for (index, code) in verdicts.as_slice()?.iter().enumerate() {
        let Some(verdict) = Verdict::ALL.get(usize::from(*code)) else { continue };
        let metric = |column: usize| {
            slices.get(column).and_then(|column| column.get(index)).copied().filter(|x| !x.is_nan())
        };
        statistics.note(*verdict, std::array::from_fn(metric));
    }
    let spread = serde_json::to_value(statistics.finish().metrics()).unwrap_or_default();
    crate::convert::object(py, &spread)
}
