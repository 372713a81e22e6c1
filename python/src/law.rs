//! A control law in Python as a controller of the loop.

use crate::convert;
use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyMapping, PyString, PyType};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use upright_core::{Command, Controller, ControllerContext, SlidingSurface, State};
use upright_sim::scenario::record::{COMMON_COLUMNS, SURROUNDING_COLUMNS};

/// A law of Python's. Copies are the same law, since its memory is Python's.
#[derive(Clone)]
pub(crate) struct Law<'py>(Rc<Inner<'py>>);

struct Inner<'py> {
    call: Bound<'py, PyAny>,
    /// Whether it is told the time too.
    takes_time: bool,
    columns: Option<Bound<'py, PyMapping>>,
    names: &'static [&'static str],
    period: f64,
    periods: Cell<u64>,
    error: RefCell<Option<PyErr>>,
    surface: SlidingSurface<f64>,
    max_force: f64,
}

impl<'py> Law<'py> {
    /// The law that an object is: what it does in `step`, after one `reset`, or a call of it.
    pub(crate) fn new(law: &Bound<'py, PyAny>, context: &ControllerContext) -> PyResult<Self> {
        if let Ok(class) = law.cast::<PyType>()
            && class.hasattr("step")?
        {
            let name = class.name()?;
            let message =
                format!("controller: the class {name} is no law; allowed is an object of it");
            return Err(PyTypeError::new_err(message));
        }
        let step = law.getattr_opt("step")?.filter(Bound::is_callable);
        let takes_time = step.is_none();
        let call = match step {
            Some(step) => {
                if let Some(reset) = law.getattr_opt("reset")? {
                    if !reset.is_callable() {
                        let kind = reset.get_type().name()?;
                        let message = format!("controller.reset: a {kind} is no function");
                        return Err(PyTypeError::new_err(message));
                    }
                    reset.call0()?;
                }
                step
            }
            None if law.is_callable() => law.clone(),
            None => {
                let kind = law.get_type().name()?;
                let message = format!(
                    "controller: a {kind} is no law; allowed are a function of time and state, an object with \
                     step(state), and a Controller"
                );
                return Err(PyTypeError::new_err(message));
            }
        };
        let columns = law.getattr_opt("columns")?.map(|found| {
            found.cast_into::<PyMapping>().map_err(|error| {
                let kind = error.into_inner().get_type().to_string();
                let message = format!("controller.columns: a {kind}; allowed is a dict of numbers");
                PyTypeError::new_err(message)
            })
        });
        let columns = columns.transpose()?;
        let names = columns.as_ref().map_or(Ok(&[][..]), names)?;
        Ok(Self(Rc::new(Inner {
            call,
            takes_time,
            columns,
            names,
            period: context.period,
            periods: Cell::new(0),
            error: RefCell::new(None),
            surface: context.sliding_surface(),
            max_force: context.max_force,
        })))
    }

    /// The exception that the law has raised, if it has.
    pub(crate) fn error(&self) -> Option<PyErr> {
        self.0.error.take()
    }

    /// Whether it has raised one.
    pub(crate) fn has_failed(&self) -> bool {
        self.0.error.borrow().is_some()
    }
}

impl Inner<'_> {
    fn force(&self, measured: &State<f64>) -> PyResult<f64> {
        let [x, theta1, theta2, x_dot, theta1_dot, theta2_dot] = *measured;
        let state = (x, theta1, theta2, x_dot, theta1_dot, theta2_dot);
        let time = self.periods.get() as f64 * self.period;
        self.periods.set(self.periods.get() + 1);
        let answer = if self.takes_time {
            self.call.call1((time, state))
        } else {
            self.call.call1((state,))
        }?;
        let force = match answer.cast::<PyFloat>() {
            Ok(force) => force.value(),
            Err(_) => number(&answer).map_err(|error| at(error, time))?,
        };
        if force.is_finite() {
            Ok(force)
        } else {
            let message =
                format!("the law returned {force} at t = {time}: allowed is a finite force in N");
            Err(PyValueError::new_err(message))
        }
    }

    fn keep(&self, error: PyErr) {
        self.error.borrow_mut().get_or_insert(error);
    }
}

/// What an answer is as a number, if it is one; arrays are not, even of one number.
fn number(answer: &Bound<'_, PyAny>) -> PyResult<f64> {
    let is_array = answer.cast::<PyUntypedArray>().is_ok_and(|array| array.ndim() > 0);
    if !is_array && let Ok(force) = answer.extract::<f64>() {
        return Ok(force);
    }
    let kind = answer.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "the law returned a {kind}: allowed is one number, a force in N"
    )))
}

fn at(error: PyErr, time: f64) -> PyErr {
    Python::attach(|py| PyTypeError::new_err(format!("{} (at t = {time})", error.value(py))))
}

/// The names of a law's own columns, which live as long as the program: each list of names once.
fn names(columns: &Bound<'_, PyMapping>) -> PyResult<&'static [&'static str]> {
    static KNOWN: Mutex<BTreeMap<Vec<String>, &'static [&'static str]>> =
        Mutex::new(BTreeMap::new());
    let mut names: Vec<String> = Vec::new();
    for name in columns.keys()?.iter() {
        let Ok(name) = name.cast::<PyString>() else {
            let message = format!("columns: {name} is no name: allowed is a str");
            return Err(PyTypeError::new_err(message));
        };
        let name = name.to_string();
        let taken = |column: &&str| *column == name;
        if COMMON_COLUMNS.iter().any(taken) || SURROUNDING_COLUMNS.iter().any(taken) {
            let message = format!("columns: {name} is a column of every trajectory");
            return Err(PyValueError::new_err(message));
        }
        names.push(name);
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.get(&names) {
        return Ok(found);
    }
    let kept: Vec<&'static str> = names.iter().map(|name| &*name.clone().leak()).collect();
    let kept: &'static [&'static str] = kept.leak();
    known.insert(names, kept);
    Ok(kept)
}

impl Controller<f64> for Law<'_> {
    const COLUMNS: &'static [&'static str] = &[];

    fn column_names(&self) -> &'static [&'static str] {
        self.0.names
    }

    fn control(&mut self, measured: &State<f64>) -> Command<f64> {
        let inner = &*self.0;
        let force = if self.has_failed() { Ok(0.0) } else { inner.force(measured) };
        let force = force.unwrap_or_else(|error| {
            inner.keep(error);
            0.0
        });
        let reading = inner.surface.read(measured);
        let force = force.clamp(-inner.max_force, inner.max_force);
        Command { force, sigma: reading.sigma, s: reading.s }
    }

    fn observe(&self, measured: &State<f64>) -> Command<f64> {
        let reading = self.0.surface.read(measured);
        Command { force: 0.0, sigma: reading.sigma, s: reading.s }
    }

    fn reset_lanes(&mut self, _lanes: bool) {}

    fn columns(&self, mut write: impl FnMut(f64)) {
        let Some(columns) = &self.0.columns else { return };
        for name in self.0.names {
            let found = columns.get_item(*name).and_then(|value| {
                value.extract::<f64>().map_err(|_| {
                    PyTypeError::new_err(format!("columns: {name} = {value}: allowed is a number"))
                })
            });
            write(found.unwrap_or_else(|error| {
                self.0.keep(error);
                f64::NAN
            }));
        }
    }
}

/// A force in N from outside, checked.
pub(crate) fn force(force: f64) -> PyResult<f64> {
    convert::finite(force, "force")
}
