//! NSGA-II (K. Deb, A. Pratap, S. Agarwal, T. Meyarivan, IEEE Trans. Evol. Comput. 6 (2002) 182-197):
//! of parents and children together those of the first fronts survive, the less crowded ones of the
//! last front that fits; parents win a tournament of two by front and crowding.
//!
//! Children come from simulated binary crossover within bounds (K. Deb, R. B. Agrawal, Complex
//! Systems 9 (1995) 115-148) and polynomial mutation (K. Deb, M. Goyal, Computer Science and
//! Informatics 26 (1996) 30-45), with the indices that are customary for both. A child that is no
//! different from a parent is mutated, since its runs would tell nothing new.

use super::ask_tell::{Optimizer, latin_hypercube, stream};
use crate::front::{Pair, crowding, ranks};
use serde::{Deserialize, Serialize};
use upright_sim::random::Stream;

/// Probability that two parents cross.
const CROSSOVER: f64 = 0.9;
/// Index of the distribution of children about their parents.
const CROSSOVER_INDEX: f64 = 15.0;
/// Index of the distribution of mutations.
const MUTATION_INDEX: f64 = 20.0;
/// Coordinates closer than this do not cross.
const SAME: f64 = 1e-14;

/// A population with its costs in two objectives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nsga2 {
    seed: u64,
    step: u64,
    count: usize,
    members: Vec<Vec<f64>>,
    costs: Vec<Pair>,
    trials: Vec<Vec<f64>>,
    /// Whether the trials were made since it was told.
    made: bool,
}

impl Nsga2 {
    /// Its name on the command line.
    pub const NAME: &str = "nsga-ii";

    /// So many members over the unit cube, the first of them at `start`.
    pub fn new(count: usize, start: &[f64], seed: u64) -> Self {
        let trials = latin_hypercube(&mut stream(seed, 0), count, start);
        Self { seed, step: 0, count, members: vec![], costs: vec![], trials, made: true }
    }

    /// The members' costs, in no order.
    pub fn costs(&self) -> &[Pair] {
        &self.costs
    }

    fn make(&mut self) {
        let mut random = stream(self.seed, self.step);
        let order = by_merit(&self.costs);
        let mut merit = vec![0; order.len()];
        for (place, &i) in order.iter().enumerate() {
            merit[i] = place;
        }
        // Every member takes part in two tournaments.
        let mut rivals = Vec::new();
        while rivals.len() < 2 * self.count + 2 {
            rivals.extend(random.permutation(self.members.len()));
        }
        let winners: Vec<usize> = rivals
            .chunks_exact(2)
            .map(|pair| if merit[pair[0]] <= merit[pair[1]] { pair[0] } else { pair[1] })
            .collect();
        self.trials.clear();
        for pair in winners.chunks_exact(2) {
            let parents = [pair[0], pair[1]].map(|i| &self.members[i]);
            for mut child in crossed(parents, &mut random) {
                mutate(&mut child, parents, &mut random);
                if self.trials.len() < self.count {
                    self.trials.push(child);
                }
            }
        }
    }
}

/// Indices of `costs` from the best to the worst: by front, and within a front the less crowded first.
fn by_merit(costs: &[Pair]) -> Vec<usize> {
    let ranks = ranks(costs);
    let mut distances = vec![0.0; costs.len()];
    for rank in 0..=ranks.iter().copied().max().unwrap_or(0) {
        let front: Vec<usize> = (0..costs.len()).filter(|&i| ranks[i] == rank).collect();
        let of_front: Vec<Pair> = front.iter().map(|&i| costs[i]).collect();
        for (&i, distance) in front.iter().zip(crowding(&of_front)) {
            distances[i] = distance;
        }
    }
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by(|&a, &b| {
        ranks[a].cmp(&ranks[b]).then(f64::total_cmp(&distances[b], &distances[a]))
    });
    order
}

/// Two children of two parents.
fn crossed(parents: [&Vec<f64>; 2], random: &mut Stream) -> [Vec<f64>; 2] {
    let mut children = parents.map(Vec::clone);
    if random.unit() >= CROSSOVER {
        return children;
    }
    for axis in 0..children[0].len() {
        let (cross, spread, swap) = (random.unit() < 0.5, random.unit(), random.unit() < 0.5);
        let [a, b] = parents.map(|parent| parent[axis]);
        if !cross || (a - b).abs() <= SAME {
            continue;
        }
        let (low, high) = (a.min(b), a.max(b));
        // How far beyond its parents a child may lie is limited by the bound on its side.
        let factor = |room: f64| {
            let limit = 1.0 + 2.0 * room / (high - low);
            let all = 2.0 - libm::pow(limit, -(CROSSOVER_INDEX + 1.0));
            let u = spread * all;
            let beta = if u <= 1.0 { u } else { 1.0 / (2.0 - u) };
            libm::pow(beta, 1.0 / (CROSSOVER_INDEX + 1.0))
        };
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        let lower = (middle - factor(low) * half).clamp(0.0, 1.0);
        let upper = (middle + factor(1.0 - high) * half).clamp(0.0, 1.0);
        let (first, second) = if swap { (upper, lower) } else { (lower, upper) };
        children[0][axis] = first;
        children[1][axis] = second;
    }
    children
}

/// Moves each coordinate with a probability of one in their number; one at least where the child is
/// one of its parents.
fn mutate(child: &mut [f64], parents: [&Vec<f64>; 2], random: &mut Stream) {
    let axes = child.len();
    let forced = random.below(axes);
    let same = parents.iter().any(|parent| parent[..] == *child);
    for (axis, x) in child.iter_mut().enumerate() {
        let (mutate, u) = (random.unit() * (axes as f64) < 1.0, random.unit());
        if !(mutate || same && axis == forced) {
            continue;
        }
        let power = MUTATION_INDEX + 1.0;
        let step = if u < 0.5 {
            libm::pow(2.0 * u + (1.0 - 2.0 * u) * libm::pow(1.0 - *x, power), 1.0 / power) - 1.0
        } else {
            let rest = 2.0 * (1.0 - u) + (2.0 * u - 1.0) * libm::pow(*x, power);
            1.0 - libm::pow(rest, 1.0 / power)
        };
        *x = (*x + step).clamp(0.0, 1.0);
    }
}

impl Optimizer<Pair> for Nsga2 {
    fn ask(&mut self) -> Vec<Vec<f64>> {
        if !self.made {
            self.make();
            self.made = true;
        }
        self.trials.clone()
    }

    fn tell(&mut self, costs: &[Pair]) {
        for (trial, &cost) in self.trials.iter().zip(costs) {
            self.members.push(trial.clone());
            self.costs.push(cost);
        }
        let mut order = by_merit(&self.costs);
        order.truncate(self.count);
        self.members = order.iter().map(|&i| self.members[i].clone()).collect();
        self.costs = order.iter().map(|&i| self.costs[i]).collect();
        self.step += 1;
        self.made = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::REFUSED;

    #[test]
    fn children_keep_the_middle_of_their_parents_and_lie_about_them() {
        // Far from the bounds the two children lie evenly about the middle, half of them between the
        // parents: beta is below one where the spread is below one half.
        let parents = [vec![0.45; 200], vec![0.55; 200]];
        let mut random = stream(3, 1);
        let (mut crossed_axes, mut within) = (0, 0);
        for _ in 0..100 {
            let [a, b] = crossed([&parents[0], &parents[1]], &mut random);
            for (a, b) in a.iter().zip(&b) {
                assert!((a + b - 1.0).abs() < 1e-12);
                if (a - b).abs() != (0.55_f64 - 0.45).abs() {
                    crossed_axes += 1;
                    within += i32::from((a - b).abs() < 0.1);
                }
            }
        }
        // 20000 axes, crossed with probability 0.9 (all of a pair or none) times 0.5: the pairs
        // scatter by 3 of 100.
        assert!((7500..10_500).contains(&crossed_axes), "{crossed_axes}");
        let share = f64::from(within) / f64::from(crossed_axes);
        // Five standard errors of a share from 7500.
        assert!((share - 0.5).abs() < 0.03, "{share}");
    }

    #[test]
    fn every_child_lies_in_the_cube_and_is_no_copy() {
        let mut search = Nsga2::new(7, &[0.0, 1.0, 0.5], 5);
        for _ in 0..40 {
            let points = search.ask();
            assert_eq!(points.len(), 7);
            assert_eq!(points, search.ask(), "asked twice");
            assert!(points.iter().flatten().all(|x| (0.0..=1.0).contains(x)));
            if search.step > 0 {
                assert!(points.iter().all(|point| !search.members.contains(point)));
            }
            let mut costs: Vec<Pair> =
                points.iter().map(|x| [x[0] + x[2], 1.0 - x[0] + x[1]]).collect();
            costs[3] = [REFUSED; 2];
            search.tell(&costs);
            let text = serde_json::to_string(&search).expect("numbers");
            assert_eq!(serde_json::from_str::<Nsga2>(&text).expect("the same"), search);
        }
    }
}
