//! Final costs of argmin's particle swarm, as `../optimizers.py` reads them.

use argmin::core::{CostFunction, Error, Executor};
use argmin::solver::particleswarm::ParticleSwarm;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use std::f64::consts::{E, TAU};

const N: usize = 10;
const POINTS: usize = 40;
const STEPS: u64 = 250;
const SEEDS: u64 = 20;

#[derive(Clone, Copy)]
struct Function(&'static str);

impl CostFunction for Function {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, u: &Vec<f64>) -> Result<f64, Error> {
        let optimum = |i: usize| 0.3 + 0.04 * i as f64;
        let z: Vec<f64> = u.iter().enumerate().map(|(i, u)| 10.0 * (u - optimum(i))).collect();
        let n = N as f64;
        Ok(match self.0 {
            "sphere" => z.iter().map(|z| z * z).sum(),
            "ellipsoid" => {
                let weight = |i: usize| 10_f64.powf(6.0 * i as f64 / (n - 1.0));
                z.iter().enumerate().map(|(i, z)| weight(i) * z * z).sum()
            }
            "rosenbrock" => z
                .windows(2)
                .map(|w| {
                    let (a, b) = (w[0] + 1.0, w[1] + 1.0);
                    100.0 * (b - a * a).powi(2) + (1.0 - a).powi(2)
                })
                .sum(),
            "rastrigin" => z.iter().map(|z| z * z - 10.0 * (TAU * z).cos() + 10.0).sum(),
            _ => {
                let square = z.iter().map(|z| z * z).sum::<f64>() / n;
                let wave = z.iter().map(|z| (TAU * z).cos()).sum::<f64>() / n;
                -20.0 * (-0.2 * square.sqrt()).exp() - wave.exp() + 20.0 + E
            }
        })
    }
}

fn main() {
    println!("{{\"made_by\": \"argmin 0.11\"");
    for name in ["sphere", "ellipsoid", "rosenbrock", "rastrigin", "ackley"] {
        let costs: Vec<f64> = (0..SEEDS)
            .map(|seed| {
                let bounds = (vec![0.0; N], vec![1.0; N]);
                let random = SmallRng::seed_from_u64(seed);
                let swarm: ParticleSwarm<_, f64, _> =
                    ParticleSwarm::new(bounds, POINTS).with_rng_generator(random);
                // The swarm is judged once before its first step.
                Executor::new(Function(name), swarm)
                    .configure(|state| state.max_iters(STEPS - 1))
                    .run()
                    .expect("a swarm")
                    .state
                    .get_best_cost()
            })
            .collect();
        println!(", \"{name}\": {costs:?}");
    }
    println!("}}");
}
