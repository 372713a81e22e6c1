//! Judging memory, and how much this extension holds.

use heapwatch::verdict::{Noise, judge_counted, judge_sampled};
use heapwatch::{Judgement, Series, Verdict};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Judges a series of bytes over steps: counted exactly, or sampled from outside.
#[pyfunction]
#[pyo3(signature = (at, amounts, *, counted, floor = 500.0, confidence = 0.999))]
pub(crate) fn _judge<'py>(
    py: Python<'py>,
    at: Vec<f64>,
    amounts: Vec<f64>,
    counted: bool,
    floor: f64,
    confidence: f64,
) -> PyResult<Bound<'py, PyDict>> {
    if at.len() != amounts.len() {
        let message =
            format!("{} times and {} amounts: allowed are as many", at.len(), amounts.len());
        return Err(PyValueError::new_err(message));
    }
    let mut series = Series::with_capacity(at.len());
    for (at, amount) in at.into_iter().zip(amounts) {
        series.push(at, amount);
    }
    let judgement = py.detach(|| {
        if counted {
            judge_counted(&series)
        } else {
            judge_sampled(&series, &Noise { floor, confidence, ..Noise::default() })
        }
    });
    let Judgement { verdict, steady_from, one_time_bytes, growth, peak_bytes, .. } = judgement;
    let dict = PyDict::new(py);
    dict.set_item("verdict", verdict.name())?;
    dict.set_item("steady_from", steady_from)?;
    dict.set_item("one_time", one_time_bytes)?;
    dict.set_item("peak", peak_bytes)?;
    dict.set_item("slope", growth.rate)?;
    match verdict {
        Verdict::OneTime { bytes } => dict.set_item("amount", bytes)?,
        Verdict::Bounded { capacity } => dict.set_item("amount", capacity)?,
        Verdict::Leak { rate, interval, .. } => {
            dict.set_item("amount", rate)?;
            dict.set_item("interval", (interval.low, interval.high))?;
        }
        Verdict::Inconclusive { doubt, settled_by } => {
            dict.set_item("reason", doubt.to_string())?;
            dict.set_item("settled_by", settled_by)?;
        }
        Verdict::Clean => {}
    }
    Ok(dict)
}

/// Bytes that this extension holds on the heap of Rust now.
#[pyfunction]
pub(crate) fn _rust_bytes() -> i64 {
    heapwatch::process_counts().live_bytes()
}

/// How often this extension has asked the heap of Rust for memory.
#[pyfunction]
pub(crate) fn _rust_requests() -> u64 {
    heapwatch::process_counts().requests()
}

/// Resident memory of the process in bytes; None where the system does not say.
#[pyfunction]
pub(crate) fn _resident() -> Option<u64> {
    heapwatch::process::resident()
}

/// Panics, to show what then happens.
#[pyfunction]
pub(crate) fn _panic() {
    panic!("a panic that was asked for");
}
