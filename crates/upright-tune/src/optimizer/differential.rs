//! Differential evolution (R. Storn, K. Price, J. Global Optim. 11 (1997) 341-359), strategy
//! `best/1/bin`, with the constants that `SciPy`'s `differential_evolution` has by default: mutation
//! drawn anew each generation from 0.5 to 1, recombination 0.7; a coordinate that leaves the bounds is
//! drawn anew between them.

use super::ask_tell::{Optimizer, latin_hypercube, least, stream};
use serde::{Deserialize, Serialize};

/// Range of the mutation's weight.
const MUTATION: (f64, f64) = (0.5, 1.0);
/// Probability that a coordinate is taken from the mutant.
const RECOMBINATION: f64 = 0.7;

/// A population.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Differential {
    seed: u64,
    step: u64,
    members: Vec<Vec<f64>>,
    costs: Vec<f64>,
    trials: Vec<Vec<f64>>,
    /// Whether the trials were made since it was told.
    made: bool,
}

impl Differential {
    /// So many members over the unit cube, the first of them at `start`.
    pub fn new(count: usize, start: &[f64], seed: u64) -> Self {
        let members = latin_hypercube(&mut stream(seed, 0), count, start);
        let trials = members.clone();
        Self { seed, step: 0, members, costs: vec![f64::MAX; count], trials, made: true }
    }

    fn make(&mut self) {
        let mut random = stream(self.seed, self.step);
        let weight = MUTATION.0 + random.unit() * (MUTATION.1 - MUTATION.0);
        let best = &self.members[least(&self.costs)];
        let count = self.members.len();
        for (i, trial) in self.trials.iter_mut().enumerate() {
            // Two others that differ, where there are as many.
            let other = |random: &mut upright_sim::random::Stream| {
                let j = random.below(count.saturating_sub(1));
                if j < i { j } else { (j + 1).min(count - 1) }
            };
            let first = other(&mut random);
            let mut second = other(&mut random);
            while second == first && count > 2 {
                second = other(&mut random);
            }
            let axes = trial.len();
            let always = random.below(axes);
            for axis in 0..axes {
                let mutate = random.unit() < RECOMBINATION || axis == always;
                let difference = self.members[first][axis] - self.members[second][axis];
                let mutant = best[axis] + weight * difference;
                let anew = random.unit();
                trial[axis] = match (mutate, (0.0..=1.0).contains(&mutant)) {
                    (false, _) => self.members[i][axis],
                    (true, true) => mutant,
                    (true, false) => anew,
                };
            }
        }
    }
}

impl Optimizer for Differential {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        if !self.made {
            self.make();
            self.made = true;
        }
        self.trials.clone()
    }

    fn tell(&mut self, costs: &[f64]) {
        for (i, &cost) in costs.iter().enumerate().take(self.costs.len()) {
            if cost <= self.costs[i] {
                self.costs[i] = cost;
                self.members[i].clone_from(&self.trials[i]);
            }
        }
        self.step += 1;
        self.made = false;
    }
}
