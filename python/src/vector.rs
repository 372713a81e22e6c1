//! Many plants for who learns policies.

use crate::scenario::PyScenario;
use crate::view::View;
use crate::{errors, study};
use numpy::{
    IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadwriteArray1,
    PyReadwriteArray2,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::num::NonZero;
use upright_sim::fleet::{Autoreset, Fleet, Progress};
use upright_sim::metrics::Metrics;

/// Plants that are moved together, seen and rewarded.
#[pyclass(module = "upright._native", name = "_Fleet")]
pub(crate) struct PyFleet {
    fleet: Fleet,
    view: View,
    threads: NonZero<usize>,
    max_force: f64,
    forces: Vec<f64>,
    actions: Vec<f64>,
    /// Whether each plant moves in the step, or is put at a start.
    moves: Vec<bool>,
}

/// What a step writes into: observations, rewards, terminated, truncated.
type Out<'py> = (
    PyReadwriteArray2<'py, f64>,
    PyReadwriteArray1<'py, f64>,
    PyReadwriteArray1<'py, bool>,
    PyReadwriteArray1<'py, bool>,
);

fn autoreset(mode: &str) -> PyResult<Autoreset> {
    match mode {
        "next_step" => Ok(Autoreset::NextStep),
        "same_step" => Ok(Autoreset::SameStep),
        "disabled" => Ok(Autoreset::Disabled),
        other => {
            let allowed = "next_step, same_step, disabled";
            Err(PyValueError::new_err(format!(
                "autoreset_mode = {other}: allowed is one of {allowed}"
            )))
        }
    }
}

#[pymethods]
impl PyFleet {
    #[new]
    #[pyo3(signature = (scenario, count, *, observation, reward, threads = None))]
    fn new(
        py: Python<'_>,
        scenario: &Bound<'_, PyScenario>,
        count: usize,
        observation: &str,
        reward: &str,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let scenario = &scenario.get().inner;
        let Some(some) = NonZero::new(count) else {
            return Err(PyValueError::new_err("num_envs = 0: allowed is from 1"));
        };
        let view = View::new(scenario, observation, reward)?;
        let threads = study::threads(threads)?;
        let unit = study::unit()?;
        let fleet = py.detach(|| Fleet::new(scenario, some, unit));
        Ok(Self {
            fleet: fleet.map_err(|error| errors::study(py, &error))?,
            view,
            threads,
            max_force: scenario.actuator.max_force,
            forces: vec![0.0; count],
            actions: vec![0.0; count],
            moves: vec![true; count],
        })
    }

    /// How many numbers an observation has.
    #[getter]
    fn width(&self) -> usize {
        self.view.width()
    }

    /// Begins with the first runs of the study with this seed.
    fn seed(&mut self, py: Python<'_>, seed: u64) -> PyResult<()> {
        self.moves.fill(true);
        let fleet = &mut self.fleet;
        py.detach(|| fleet.seed(seed)).map_err(|error| errors::study(py, &error))
    }

    /// Puts the marked plants at the start of their next runs.
    fn restart(&mut self, py: Python<'_>, which: PyReadonlyArray1<'_, bool>) -> PyResult<()> {
        let which = which.as_slice()?;
        if which.len() != self.fleet.len() {
            let (found, wanted) = (which.len(), self.fleet.len());
            let message =
                format!("reset_mask: {found} truths; allowed are {wanted}, one an environment");
            return Err(PyValueError::new_err(message));
        }
        for (moves, marked) in self.moves.iter_mut().zip(which) {
            *moves |= marked;
        }
        self.fleet.restart(which).map_err(|error| errors::study(py, &error))
    }

    /// The run that each plant is in.
    #[getter]
    fn runs<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u64>> {
        self.fleet.runs().to_vec().into_pyarray(py)
    }

    /// The states as they are seen, a row a plant.
    #[getter]
    fn states<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        rows(py, self.fleet.states())
    }

    /// Writes the observations.
    fn observe(&self, mut into: PyReadwriteArray2<'_, f64>) -> PyResult<()> {
        self.write(self.fleet.states(), into.as_slice_mut()?)
    }

    /// The observations at the end of the runs that ended in the last step; of other plants nothing to rely on.
    fn observe_finals(&self, mut into: PyReadwriteArray2<'_, f64>) -> PyResult<()> {
        self.write(self.fleet.finals(), into.as_slice_mut()?)
    }

    /// The states at the end of the step: of the runs that ended in it, those of their end.
    #[getter]
    fn reached<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let reached: Vec<[f64; 6]> =
            (0..self.fleet.len()).map(|plant| *self.reached_by(plant)).collect();
        rows(py, &reached)
    }

    /// Which plants have moved in the last step.
    #[getter]
    fn moved<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<bool>> {
        self.moves.clone().into_pyarray(py)
    }

    /// Moves every plant under its action from -1 to 1 times the largest force; returns whether any run has ended.
    fn step(
        &mut self,
        py: Python<'_>,
        actions: PyReadonlyArray1<'_, f64>,
        periods: u32,
        mode: &str,
        out: Out<'_>,
    ) -> PyResult<bool> {
        let mode = autoreset(mode)?;
        let (mut observations, mut rewards, mut terminated, mut truncated) = out;
        let observations = observations.as_slice_mut()?;
        let (rewards, terminated, truncated) =
            (rewards.as_slice_mut()?, terminated.as_slice_mut()?, truncated.as_slice_mut()?);
        // What cannot be written is refused before anything has moved.
        let (plants, room) = (self.fleet.len(), self.fleet.len() * self.view.width());
        for (name, found, wanted) in [
            ("observations", observations.len(), room),
            ("rewards", rewards.len(), plants),
            ("terminated", terminated.len(), plants),
            ("truncated", truncated.len(), plants),
        ] {
            if found != wanted {
                let message = format!("out: {name} of {found}; allowed are {wanted}");
                return Err(PyValueError::new_err(message));
            }
        }
        self.take(actions.as_slice()?)?;
        // Plants whose runs have ended are put at a start in this step, or stay until they are told to.
        for (progress, moves) in self.fleet.progress().iter().zip(&mut self.moves) {
            *moves = match mode {
                Autoreset::SameStep => true,
                Autoreset::NextStep => *progress == Progress::Running,
                Autoreset::Disabled => *moves && *progress == Progress::Running,
            };
        }
        let (fleet, forces, threads) = (&mut self.fleet, &self.forces[..], self.threads);
        let moved = if forces.len() * periods as usize > 256 {
            py.detach(|| fleet.step(forces, periods, mode, threads))
        } else {
            fleet.step(forces, periods, mode, NonZero::<usize>::MIN)
        };
        moved.map_err(|error| errors::study(py, &error))?;
        self.view.observe(self.fleet.states(), observations);
        let progress = self.fleet.progress();
        for ((progress, terminated), truncated) in progress.iter().zip(terminated).zip(truncated) {
            *terminated = *progress == Progress::Terminated;
            *truncated = *progress == Progress::Truncated;
        }
        self.view.rewards(self.fleet.states(), &self.actions, rewards);
        // Of runs that have ended, what they came to counts.
        let mut any = false;
        for (plant, progress) in progress.iter().enumerate() {
            if *progress != Progress::Running {
                let (state, row) = (&self.fleet.finals()[plant], self.fleet.rows()[plant].as_ref());
                rewards[plant] = self.view.reward(state, self.actions[plant], *progress, row);
                any = true;
            }
        }
        for (reward, _) in rewards.iter_mut().zip(&self.moves).filter(|(_, moves)| !**moves) {
            *reward = 0.0;
        }
        Ok(any)
    }

    /// What came of the runs that ended in the last step: which plants, run, verdict, periods and metrics.
    fn ended<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        // Rows are large: only those that there are are looked at.
        let ends = self.fleet.progress().iter().enumerate();
        let ends = ends.filter(|(_, progress)| **progress != Progress::Running);
        let rows = self.fleet.rows();
        let found: Vec<_> =
            ends.filter_map(|(plant, _)| Some((plant, rows[plant].as_ref()?))).collect();
        let dict = PyDict::new(py);
        let plants: Vec<usize> = found.iter().map(|(plant, _)| *plant).collect();
        dict.set_item("index", plants.into_pyarray(py))?;
        let runs: Vec<u64> = found.iter().map(|(_, row)| row.realization.run).collect();
        dict.set_item("run", runs.into_pyarray(py))?;
        let verdicts: Vec<&str> = found.iter().map(|(_, row)| row.verdict.word()).collect();
        dict.set_item("verdict", verdicts)?;
        for (index, (name, _)) in Metrics::KEYS.into_iter().enumerate() {
            let column: Vec<f64> = found
                .iter()
                .map(|(_, row)| row.metrics.values()[index].unwrap_or(f64::NAN))
                .collect();
            dict.set_item(name, column.into_pyarray(py))?;
        }
        Ok(dict)
    }
}

fn rows<'py>(py: Python<'py>, states: &[[f64; 6]]) -> PyResult<Bound<'py, PyArray2<f64>>> {
    states.as_flattened().to_vec().into_pyarray(py).reshape([states.len(), 6])
}

impl PyFleet {
    /// Takes actions in, and makes forces of them.
    fn take(&mut self, actions: &[f64]) -> PyResult<()> {
        if actions.len() != self.forces.len() {
            let (found, wanted) = (actions.len(), self.forces.len());
            let message =
                format!("actions: {found} numbers; allowed are {wanted}, one an environment");
            return Err(PyValueError::new_err(message));
        }
        if let Some(wrong) = actions.iter().position(|action| action.is_nan()) {
            let message = format!("actions.{wrong} = NaN: allowed is from -1 to 1");
            return Err(PyValueError::new_err(message));
        }
        for ((action, own), force) in actions.iter().zip(&mut self.actions).zip(&mut self.forces) {
            *own = action.clamp(-1.0, 1.0);
            *force = *own * self.max_force;
        }
        Ok(())
    }

    /// The state that a plant came to in the last step.
    fn reached_by(&self, plant: usize) -> &[f64; 6] {
        match self.fleet.progress()[plant] {
            Progress::Running => &self.fleet.states()[plant],
            _ => &self.fleet.finals()[plant],
        }
    }

    fn write(&self, states: &[[f64; 6]], into: &mut [f64]) -> PyResult<()> {
        let wanted = states.len() * self.view.width();
        if into.len() != wanted {
            let message =
                format!("observations: room for {} numbers; allowed are {wanted}", into.len());
            return Err(PyValueError::new_err(message));
        }
        self.view.observe(states, into);
        Ok(())
    }
}
