//! Particle swarm optimisation (J. Kennedy, R. Eberhart, Proc. IEEE ICNN 4 (1995) 1942-1948).
//!
//! A particle keeps a part of its velocity and is pulled to the best place that it has been at and to
//! the best that it is told of:
//! `v <- w v + c1 r1 (p - x) + c2 r2 (g - x)`, `x <- x + v`, with `r1, r2` even in 0 to 1 along each
//! axis. The default `w = 1 / (2 ln 2)` and `c1 = c2 = 1/2 + ln 2` are those of the standard swarm of
//! 2006 to 2011 (M. Clerc, Standard Particle Swarm Optimisation, HAL hal-00764996, 2012), as are the
//! first velocities, even between what leads to either bound, and what happens at a bound: the
//! particle stands there and half its velocity is turned back.

use super::ask_tell::{Optimizer, latin_hypercube, least, stream};
use serde::{Deserialize, Serialize};
use upright_sim::scenario::{Swarm, Topology};

/// A swarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Particles {
    swarm: Swarm,
    seed: u64,
    step: u64,
    places: Vec<Vec<f64>>,
    velocities: Vec<Vec<f64>>,
    /// The best place of each particle.
    best: Vec<Vec<f64>>,
    /// What those cost.
    costs: Vec<f64>,
    /// Whether the particles have moved since they were told.
    moved: bool,
}

/// What is turned back of the velocity at a bound.
const REBOUND: f64 = -0.5;

impl Particles {
    /// So many particles over the unit cube, the first of them at `start`.
    pub fn new(swarm: Swarm, count: usize, start: &[f64], seed: u64) -> Self {
        let mut random = stream(seed, 0);
        let places = latin_hypercube(&mut random, count, start);
        let fastest = swarm.max_velocity;
        let velocity = |x: &f64| (random.unit() - x).clamp(-fastest, fastest);
        let flat: Vec<f64> = places.iter().flatten().map(velocity).collect();
        let velocities = flat.chunks(start.len()).map(<[f64]>::to_vec).collect();
        let best = places.clone();
        let costs = vec![f64::MAX; count];
        Self { swarm, seed, step: 0, places, velocities, best, costs, moved: true }
    }

    /// The best place that particle `i` is told of.
    fn guide(&self, i: usize) -> usize {
        match self.swarm.topology {
            Topology::Global => least(&self.costs),
            Topology::Ring => {
                let count = self.costs.len();
                let around = [(i + count - 1) % count, i, (i + 1) % count];
                around[least(&around.map(|j| self.costs[j]))]
            }
        }
    }

    fn advance(&mut self) {
        let mut random = stream(self.seed, self.step);
        let Swarm { inertia, cognitive, social, max_velocity, .. } = self.swarm;
        for i in 0..self.places.len() {
            let guide = self.guide(i);
            for axis in 0..self.places[i].len() {
                let (r1, r2) = (random.unit(), random.unit());
                let x = self.places[i][axis];
                let own = cognitive * r1 * (self.best[i][axis] - x);
                let told = social * r2 * (self.best[guide][axis] - x);
                let v = inertia * self.velocities[i][axis] + own + told;
                let v = v.clamp(-max_velocity, max_velocity);
                let wanted = x + v;
                let place = wanted.clamp(0.0, 1.0);
                self.places[i][axis] = place;
                self.velocities[i][axis] = if place == wanted { v } else { REBOUND * v };
            }
        }
    }
}

impl Optimizer for Particles {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        if !self.moved {
            self.advance();
            self.moved = true;
        }
        self.places.clone()
    }

    fn tell(&mut self, costs: &[f64]) {
        for (i, &cost) in costs.iter().enumerate().take(self.costs.len()) {
            if cost < self.costs[i] {
                self.costs[i] = cost;
                self.best[i].clone_from(&self.places[i]);
            }
        }
        self.step += 1;
        self.moved = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_constants_are_those_of_the_standard_of_2011() {
        let swarm = Swarm::default();
        let ln2 = libm::log(2.0);
        assert!((swarm.inertia - 0.5 / ln2).abs() < 1e-15);
        assert!((swarm.cognitive - (0.5 + ln2)).abs() < 1e-15);
        assert_eq!(swarm.social, swarm.cognitive);
    }

    #[test]
    fn a_ring_tells_of_neighbours_only() {
        let swarm = Swarm { topology: Topology::Ring, ..Swarm::default() };
        let mut particles = Particles::new(swarm, 6, &[0.5], 1);
        particles.tell(&[6.0, 5.0, 4.0, 1.0, 4.0, 5.0]);
        let guides: Vec<usize> = (0..6).map(|i| particles.guide(i)).collect();
        assert_eq!(guides, [5, 2, 3, 3, 3, 4]);
        particles.swarm.topology = Topology::Global;
        assert_eq!(particles.guide(0), 3);
    }

    #[test]
    fn particles_stay_inside_and_below_their_fastest() {
        let swarm = Swarm { max_velocity: 0.1, ..Swarm::default() };
        let mut particles = Particles::new(swarm, 12, &[0.0, 1.0, 0.5], 3);
        let mut before = particles.ask();
        for _ in 0..50 {
            // The corner is best, so all run against the bounds.
            let costs: Vec<f64> = before.iter().map(|p| p[0] - p[1] + p[2]).collect();
            particles.tell(&costs);
            let after = particles.ask();
            for (a, b) in before.iter().flatten().zip(after.iter().flatten()) {
                assert!((0.0..=1.0).contains(b) && (a - b).abs() <= 0.1 + 1e-12);
            }
            before = after;
        }
        let best = &particles.best[least(&particles.costs)];
        assert!(best[0] < 1e-3 && best[1] > 0.999 && best[2] < 1e-3, "{best:?}");
    }
}
