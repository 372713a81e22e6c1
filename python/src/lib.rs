//! The extension module of the Python package `upright`: conversions and the interpreter's lock, no mathematics.

mod controller;
mod convert;
mod design;
mod document;
mod errors;
mod front;
mod interrupt;
mod law;
mod memory;
mod plan;
mod plant;
mod run;
mod scenario;
mod search;
mod simulator;
mod study;
mod tune;
mod vector;
mod view;

use pyo3::prelude::*;

/// Counts what the extension holds, for the audit and its own tests.
#[global_allocator]
static ALLOCATOR: heapwatch::CountingAllocator = heapwatch::CountingAllocator::new();

#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::controller::PyController;
    #[pymodule_export]
    use super::design::{_derivative, _design};
    #[pymodule_export]
    use super::document::_document;
    #[pymodule_export]
    use super::front::PyFrontSearch;
    #[pymodule_export]
    use super::memory::{_judge, _panic, _resident, _rust_bytes, _rust_requests};
    #[pymodule_export]
    use super::plant::PyPlant;
    #[pymodule_export]
    use super::run::{_run_in_rust, _simulate};
    #[pymodule_export]
    use super::scenario::{_kinds, _scenario_of_json, PyScenario};
    #[pymodule_export]
    use super::simulator::PySimulator;
    #[pymodule_export]
    use super::study::{_quantiles, _rate, _study, _verdicts};
    #[pymodule_export]
    use super::tune::{PySearch, PyTuner};
    #[pymodule_export]
    use super::vector::PyFleet;

    use pyo3::Python;

    /// Looks numpy's functions up while the module is imported: where that comes at the first array, Ctrl-C may come into
    /// it, and they are then not there.
    #[pymodule_init]
    fn init(py: Python<'_>) {
        numpy::PyArray1::<f64>::from_slice(py, &[]);
    }

    /// The version of the crates.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
