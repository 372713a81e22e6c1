//! A law of the toolkit against a plant of one's own: here its equations with dry friction at the cart, stepped
//! by Heun's method.

use std::error::Error;
use upright_core::law::super_twisting::{Settings, SuperTwisting};
use upright_core::plant::Rigid;
use upright_core::{Controller, Dynamics, Kind, Plant};
use upright_sim::Scenario;

/// Rates of the state: SI units and radians.
fn rates(plant: &Rigid<f64>, state: &[f64; 6], force: f64) -> [f64; 6] {
    // Smooth within a millimetre a second, so that the cart can stand.
    let friction = 0.5 * (state[3] / 1e-3).tanh();
    let [x, theta1, theta2] = plant.acceleration(state, &[force - friction, 0.0, 0.0]);
    [state[3], state[4], state[5], x, theta1, theta2]
}

fn main() -> Result<(), Box<dyn Error>> {
    let context = Scenario::default().context()?;
    let mut controller = SuperTwisting::build::<f64>(&Settings::default(), &context)?;
    let plant = Rigid::new(&Plant::default());
    let (period, steps) = (1e-3, 4);
    let step = period / f64::from(steps);
    let mut state = [0.0, 0.05, -0.03, 0.0, 0.0, 0.0];
    for _ in 0..5000 {
        let force = controller.control(&state).force;
        for _ in 0..steps {
            let first = rates(&plant, &state, force);
            let ahead = std::array::from_fn(|i| state[i] + step * first[i]);
            let second = rates(&plant, &ahead, force);
            state = std::array::from_fn(|i| state[i] + 0.5 * step * (first[i] + second[i]));
        }
    }
    let tilt = state[1].abs().max(state[2].abs());
    println!("after 5 s: {:.3} m, {tilt:.4} rad at most", state[0]);
    if tilt < 0.05 { Ok(()) } else { Err("it does not stand".into()) }
}
