//! Optimisers that are asked for points and told what they cost.
//!
//! All work on the unit cube. All their random numbers come from the seed and the number of the step,
//! so their state is data, and one that is written and read again goes on to the same bits.

mod ask_tell;
mod cma_es;
mod differential;
mod nsga2;
mod swarm;

pub use ask_tell::{Optimizer, REFUSED};
pub use cma_es::CmaEs;
pub use differential::Differential;
pub use nsga2::Nsga2;
pub use swarm::Particles;

use serde::{Deserialize, Serialize};
use upright_sim::scenario::Swarm;

/// Which optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// A swarm of particles.
    #[default]
    Pso,
    /// Evolution with an adapted covariance matrix.
    CmaEs,
    /// Differential evolution.
    De,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 3] = [Self::Pso, Self::CmaEs, Self::De];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pso => "pso",
            Self::CmaEs => "cma-es",
            Self::De => "de",
        }
    }
}

/// An optimiser of whatever method, as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnyOptimizer {
    /// A swarm of particles.
    Pso(Particles),
    /// Evolution with an adapted covariance matrix.
    CmaEs(CmaEs),
    /// Differential evolution.
    De(Differential),
}

impl AnyOptimizer {
    /// An optimiser by `method` from `start`, with so many points a step.
    pub fn new(method: Method, swarm: Swarm, points: usize, start: &[f64], seed: u64) -> Self {
        match method {
            Method::Pso => Self::Pso(Particles::new(swarm, points, start, seed)),
            Method::CmaEs => Self::CmaEs(CmaEs::new(points, start, seed)),
            Method::De => Self::De(Differential::new(points, start, seed)),
        }
    }
}

impl Optimizer for AnyOptimizer {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        match self {
            Self::Pso(search) => search.ask(),
            Self::CmaEs(search) => search.ask(),
            Self::De(search) => search.ask(),
        }
    }

    fn tell(&mut self, costs: &[f64]) {
        match self {
            Self::Pso(search) => search.tell(costs),
            Self::CmaEs(search) => search.tell(costs),
            Self::De(search) => search.tell(costs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ask_tell::{latin_hypercube, stream};
    use super::*;

    #[test]
    fn a_latin_hypercube_has_one_point_in_every_slice() {
        let start = [0.5, 0.25, 0.75];
        let points = latin_hypercube(&mut stream(1, 0), 11, &start);
        assert_eq!(points[0], start);
        for axis in 0..3 {
            let mut slices: Vec<usize> =
                points[1..].iter().map(|point| (point[axis] * 11.0) as usize).collect();
            slices.sort_unstable();
            slices.dedup();
            assert_eq!(slices.len(), 10);
        }
    }

    #[test]
    fn a_search_that_is_written_and_read_goes_on_to_the_same_bits() {
        let sphere = |point: &Vec<f64>| point.iter().map(|x| (x - 0.3) * (x - 0.3)).sum::<f64>();
        for method in Method::ALL {
            let mut search = AnyOptimizer::new(method, Swarm::default(), 9, &[0.5, 0.9, 0.1], 7);
            for step in 0..25 {
                let points = search.ask();
                assert_eq!(points, search.ask(), "asked twice");
                assert!(points.iter().flatten().all(|x| (0.0..=1.0).contains(x)));
                let mut costs: Vec<f64> = points.iter().map(sphere).collect();
                costs[step % 9] = REFUSED;
                search.tell(&costs);
                let text = serde_json::to_string(&search).expect("numbers");
                let again: AnyOptimizer = serde_json::from_str(&text).expect("the same");
                assert_eq!(search, again, "{}", method.name());
                search = again;
            }
        }
    }
}
