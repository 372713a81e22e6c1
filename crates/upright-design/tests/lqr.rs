//! LQR against arithmetic of 60 digits (`data/lqr.py`).

use upright_core::Plant;
use upright_core::plant::{Damping, Link};
use upright_design::LinearModel;
use upright_design::riccati::{LqrWeights, NoGains, lqr};

const TABLE: &str = include_str!("data/lqr.csv");

fn link(mass: f64, length: f64, com: f64, inertia: f64) -> Link {
    Link { mass, length, com, inertia }
}

/// The plants of `data/lqr.py`.
fn plant(name: &str) -> Plant {
    let frictionless = Damping { cart: 0.0, joint1: 0.0, joint2: 0.0 };
    let usual = Plant::default();
    match name {
        "default" => usual,
        "gymnasium" => {
            let rod = link(4.19873858, 0.6, 0.3, 0.15497067);
            let damping = Damping { cart: 0.05, joint1: 0.05, joint2: 0.05 };
            Plant { cart_mass: 10.471975511965978, link1: rod, link2: rod, damping, ..usual }
        }
        "modelica" => Plant {
            cart_mass: 1.0,
            link1: link(0.35342917352885167, 0.5, 0.25, 0.0073829881728620745),
            link2: link(1.3534291735288517, 0.5, 0.4347159828453857, 0.024703992461515636),
            damping: frictionless,
            ..usual
        },
        "rods" => {
            let rod = link(0.5, 0.5, 0.25, 0.010416666666666666);
            let (link1, link2) = (rod, rod);
            Plant { cart_mass: 1.0, link1, link2, gravity: 9.8, damping: frictionless, ..usual }
        }
        other => panic!("there is no plant {other}"),
    }
}

#[test]
fn every_set_of_weights_has_the_gains_of_sixty_digits() {
    let mut sets = 0;
    let mut wrong = Vec::new();
    for line in TABLE.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |i: usize| cells[i].parse::<f64>().expect("a number");
        let weights = LqrWeights {
            state: std::array::from_fn(|i| number(1 + i)),
            force: number(7),
            integral: cells[8].parse().ok(),
        };
        let expected: Vec<f64> = (9..16).map(number).collect();
        let size = expected.iter().fold(0.0_f64, |size, k| size.max(k.abs()));
        sets += 1;
        match lqr(&LinearModel::new(&plant(cells[0])), &weights) {
            Ok(gains) => {
                let found = gains.state.into_iter().chain([gains.integral]);
                let off = found.zip(&expected).map(|(k, e)| (k - e).abs()).fold(0.0, f64::max);
                // What the specification asks for; the linear model itself is good to 1e-14 or so.
                if off.is_nan() || off > 1e-9 * size {
                    wrong.push(format!("{line}: off by {:e}", off / size));
                }
            }
            Err(error) => wrong.push(format!("{line}: {error}")),
        }
    }
    assert_eq!(sets, 288);
    assert!(wrong.is_empty(), "{} sets:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_cart_that_has_no_weight_is_named() {
    let model = LinearModel::new(&Plant::default());
    let weights =
        LqrWeights { state: [0.0, 100.0, 100.0, 1.0, 1.0, 1.0], force: 0.01, integral: None };
    assert_eq!(lqr(&model, &weights), Err(NoGains::CartUnweighted));
    // Its integral is enough.
    assert!(lqr(&model, &LqrWeights { integral: Some(1.0), ..weights }).is_ok());
}

#[test]
fn a_cart_of_fifty_tonnes_has_gains() {
    let plant = Plant {
        cart_mass: 50_000.0,
        link1: link(0.9363, 0.419, 0.2687, 0.0243),
        link2: link(0.5505, 0.484, 0.2256, 0.0183),
        damping: Damping { cart: 0.0, ..Plant::default().damping },
        ..Plant::default()
    };
    let weights =
        LqrWeights { state: [10.0, 100.0, 100.0, 1.0, 1.0, 1.0], force: 0.01, integral: None };
    let gains = lqr(&LinearModel::new(&plant), &weights).expect("gains");
    assert!(gains.state.iter().all(|k| k.is_finite()));
}
