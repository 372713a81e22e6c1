//! What holds for every plant: the laws of mechanics, the symmetries of the model, and the orders
//! of the integrators.

use proptest::array::{uniform3, uniform6};
use proptest::prelude::*;
use std::f64::consts::FRAC_PI_2;
use upright_core::integrate::{Adaptive, StepTooSmall, dormand_prince, euler, rk4};
use upright_core::plant::{
    Angles, Coulomb, Damping, Drag, Full, Linear, Link, Plant, Rigid, Symmetric, Vector,
};
use upright_core::{Dynamics, State};

/// The start of the motions that the specification names.
const START: State<f64> = [0.0, 0.3, -0.2, 0.0, 0.0, 0.0];
/// No force, at any fraction of a step.
const REST: fn(f64) -> Vector<f64> = |_| [0.0; 3];

fn link() -> impl Strategy<Value = Link> {
    // From a knob on a string to a rod with its mass at both ends.
    (0.05..2.0, 0.1..1.0, 0.1..1.0, 0.1..3.0).prop_map(|(mass, length, share, spread)| {
        let inertia = spread * mass * length * length / 12.0;
        Link { mass, length, com: share * length, inertia }
    })
}

/// Rigid bodies with viscous friction.
fn rigid_plant() -> impl Strategy<Value = Plant> {
    (0.2..5.0, link(), link(), uniform3(0.0..0.5)).prop_map(|(cart_mass, link1, link2, b)| {
        let damping = Damping { cart: b[0], joint1: 0.1 * b[1], joint2: 0.1 * b[2] };
        Plant { cart_mass, link1, link2, damping, ..Plant::default() }
    })
}

/// The same with Coulomb friction and drag in still air.
fn full_plant() -> impl Strategy<Value = Plant> {
    (rigid_plant(), uniform3(0.0..1.0), uniform3(0.0..0.2)).prop_map(|(plant, c, area)| {
        let coulomb =
            Coulomb { cart: c[0], joint1: 0.1 * c[1], joint2: 0.1 * c[2], ..Coulomb::default() };
        let drag = Drag { link1_area: area[0], link2_area: area[1], ..Drag::default() };
        Plant { coulomb, drag, ..plant }
    })
}

fn state() -> impl Strategy<Value = State<f64>> {
    uniform6(-5.0..5.0)
}

fn frictionless() -> Plant {
    Plant { damping: Damping { cart: 0.0, joint1: 0.0, joint2: 0.0 }, ..Plant::default() }
}

type Matrix = [[f64; 3]; 3];

fn matrix(rigid: &Rigid<f64>, q: &[f64; 3]) -> Matrix {
    let Symmetric { upper: [m11, m12, m13, m22, m23, m33] } =
        rigid.mass_matrix(&Angles::new(q[1], q[2]));
    [[m11, m12, m13], [m12, m22, m23], [m13, m23, m33]]
}

fn dot(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn times(m: &Matrix, v: &[f64; 3]) -> [f64; 3] {
    m.map(|row| dot(&row, v))
}

/// `|a|' |m| |b|`: the size of what cancels in `a' m b`.
fn size(a: &[f64; 3], m: &Matrix, b: &[f64; 3]) -> f64 {
    dot(&a.map(f64::abs), &times(&m.map(|row| row.map(f64::abs)), &b.map(f64::abs)))
}

/// The derivative along coordinate `k`. Masses and heights are first harmonics of each angle, and
/// for these half the difference over half a turn is the derivative, with no error but rounding.
fn derivative(f: impl Fn(&[f64; 3]) -> f64, q: &[f64; 3], k: usize) -> f64 {
    let at = |shift: f64| {
        let mut q = *q;
        q[k] += shift;
        f(&q)
    };
    0.5 * (at(FRAC_PI_2) - at(-FRAC_PI_2))
}

/// `d M_ij / d q_k`.
fn mass_slopes(rigid: &Rigid<f64>, q: &[f64; 3]) -> [Matrix; 3] {
    let slope = |i: usize, j: usize, k: usize| derivative(|q| matrix(rigid, q)[i][j], q, k);
    std::array::from_fn(|k| std::array::from_fn(|i| std::array::from_fn(|j| slope(i, j, k))))
}

/// The Christoffel matrix `C(q, v)` of the mass matrix.
fn christoffel(slopes: &[Matrix; 3], v: &[f64; 3]) -> Matrix {
    let entry = |i: usize, j: usize| {
        let term = |k: usize| slopes[k][i][j] + slopes[j][i][k] - slopes[i][j][k];
        0.5 * dot(&std::array::from_fn(term), v)
    };
    std::array::from_fn(|i| std::array::from_fn(|j| entry(i, j)))
}

fn parts(state: &State<f64>) -> ([f64; 3], [f64; 3]) {
    let [x, theta1, theta2, x_dot, w1, w2] = *state;
    ([x, theta1, theta2], [x_dot, w1, w2])
}

fn mirrored<const N: usize>(x: [f64; N]) -> [f64; N] {
    x.map(|x| -x)
}

/// How the two centres of mass move: to the right and up, in m/s.
fn velocities(plant: &Plant, state: &State<f64>) -> [[f64; 2]; 2] {
    let [_, t1, t2, x_dot, w1, w2] = *state;
    let arm = |length: f64, angle: f64, rate: f64| {
        [length * rate * angle.cos(), -length * rate * angle.sin()]
    };
    let com1 = arm(plant.link1.com, t1, w1);
    let end1 = arm(plant.link1.length, t1, w1);
    let com2 = arm(plant.link2.com, t2, w2);
    [[x_dot + com1[0], com1[1]], [x_dot + end1[0] + com2[0], end1[1] + com2[1]]]
}

fn speed([right, up]: [f64; 2]) -> f64 {
    (right * right + up * up).sqrt()
}

/// Kinetic and potential energy body by body, without the mass matrix.
fn energy_of_bodies(plant: &Plant, state: &State<f64>) -> f64 {
    let [_, t1, t2, x_dot, w1, w2] = *state;
    let Plant { link1, link2, .. } = plant;
    let [speed1, speed2] = velocities(plant, state).map(speed);
    let kinetic = plant.cart_mass * x_dot * x_dot
        + link1.mass * speed1 * speed1
        + link2.mass * speed2 * speed2
        + link1.inertia * w1 * w1
        + link2.inertia * w2 * w2;
    let height1 = link1.com * t1.cos();
    let height2 = link1.length * t1.cos() + link2.com * t2.cos();
    0.5 * kinetic + plant.gravity * (link1.mass * height1 + link2.mass * height2)
}

/// The power in W that Coulomb friction and drag in still air take.
fn power_taken(plant: &Plant, state: &State<f64>) -> f64 {
    let [_, _, _, x_dot, w1, w2] = *state;
    let Plant { coulomb, drag, .. } = plant;
    let rub = |force: f64, rate: f64, smooth: f64| force * rate * (rate / smooth).tanh();
    let blow = |area: f64, speed: f64| {
        0.5 * drag.air_density * drag.coefficient * area * speed * speed * speed
    };
    let [speed1, speed2] = velocities(plant, state).map(speed);
    rub(coulomb.cart, x_dot, coulomb.cart_speed)
        + rub(coulomb.joint1, w1, coulomb.joint_speed)
        + rub(coulomb.joint2, w2 - w1, coulomb.joint_speed)
        + blow(drag.link1_area, speed1)
        + blow(drag.link2_area, speed2)
}

/// `dE/dt` of a motion with acceleration `a`, and the size of what cancels in it.
fn energy_rate(rigid: &Rigid<f64>, state: &State<f64>, a: &[f64; 3]) -> (f64, f64) {
    let (q, v) = parts(state);
    let (m, slopes) = (matrix(rigid, &q), mass_slopes(rigid, &q));
    let height = |q: &[f64; 3]| rigid.energy(&[q[0], q[1], q[2], 0.0, 0.0, 0.0]);
    let (mut rate, mut scale) = (dot(&v, &times(&m, a)), size(&v, &m, a));
    for k in 0..3 {
        rate += 0.5 * v[k] * dot(&v, &times(&slopes[k], &v)) + v[k] * derivative(height, &q, k);
        scale += (0.5 * v[k]).abs() * size(&v, &slopes[k], &v);
    }
    (rate, scale)
}

/// The condition number of a matrix in the norm of the largest row sum.
fn condition(symmetric: &Symmetric<f64>, m: &Matrix) -> f64 {
    let unit = |j: usize| std::array::from_fn(|i| f64::from(u8::from(i == j)));
    let inverse: Matrix = std::array::from_fn(|j| symmetric.solve(&unit(j)));
    let norm =
        |m: &Matrix| m.map(|row| row.iter().map(|x| x.abs()).sum()).into_iter().fold(0.0, f64::max);
    norm(m) * norm(&inverse)
}

/// The rounding of the few dozen products of a double, each of which is half of 2e-16.
const ROUNDING: f64 = 1e-14;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn energy_is_that_of_the_moving_bodies(plant in rigid_plant(), state in state()) {
        let (rigid, (q, v)) = (Rigid::<f64>::new(&plant), parts(&state));
        let scale = 1.0 + size(&v, &matrix(&rigid, &q), &v);
        let off = rigid.energy(&state) - energy_of_bodies(&plant, &state);
        prop_assert!(off.abs() < ROUNDING * scale, "off by {off:e} of {scale:e}");
    }

    #[test]
    fn mass_matrix_is_positive_definite(plant in rigid_plant(), state in state()) {
        let (q, v) = parts(&state);
        let m = matrix(&Rigid::new(&plant), &q);
        let minor = m[0][0] * m[1][1] - m[0][1] * m[0][1];
        let determinant = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[1][2])
            - m[0][1] * (m[0][1] * m[2][2] - m[1][2] * m[0][2])
            + m[0][2] * (m[0][1] * m[1][2] - m[1][1] * m[0][2]);
        prop_assert!(m[0][0] > 0.0 && minor > 0.0 && determinant > 0.0, "{m:?}");
        prop_assert!(dot(&v, &times(&m, &v)) > 0.0);
    }

    #[test]
    fn solving_undoes_the_mass_matrix(plant in rigid_plant(), state in state()) {
        let (rigid, (q, x)) = (Rigid::<f64>::new(&plant), parts(&state));
        let (m, symmetric) = (matrix(&rigid, &q), rigid.mass_matrix(&Angles::new(q[1], q[2])));
        let allowed = ROUNDING * condition(&symmetric, &m) * 5.0;
        for (solved, x) in symmetric.solve(&times(&m, &x)).iter().zip(&x) {
            prop_assert!((solved - x).abs() < allowed, "{solved} is not {x}");
        }
    }

    #[test]
    fn inertial_forces_do_no_work(plant in rigid_plant(), state in state()) {
        let plant = Plant { gravity: 0.0, damping: frictionless().damping, ..plant };
        let (rigid, (q, v)) = (Rigid::<f64>::new(&plant), parts(&state));
        let slopes = mass_slopes(&rigid, &q);
        let c = christoffel(&slopes, &v);
        // M_dot by central differences along the motion. Their error is h^2 / 6 times the third
        // derivative, at most (|w1| + |w2|)^3 <= 1000 times an entry; rounding adds 1e-16 / h.
        let h = 1e-5;
        let along = |t: f64| matrix(&rigid, &std::array::from_fn(|i| q[i] + t * v[i]));
        let (ahead, behind, largest) = (along(h), along(-h), matrix(&rigid, &[0.0; 3]));
        let skew = |i: usize, j: usize| (ahead[i][j] - behind[i][j]) / (2.0 * h) - 2.0 * c[i][j];
        for (i, row) in largest.iter().enumerate() {
            for (j, scale) in row.iter().enumerate() {
                let off = (skew(i, j) + skew(j, i)).abs();
                prop_assert!(off < 1e-7 * scale, "entry {i}, {j} is {off:e} off");
            }
        }
        // And the plant's own inertial forces are C v, to the rounding of the products.
        let forces = times(&c, &v);
        for (bias, force) in rigid.bias(&Angles::new(q[1], q[2]), &v).iter().zip(&forces) {
            prop_assert!((bias - force).abs() < ROUNDING * (1.0 + size(&v, &largest, &v)));
        }
    }

    #[test]
    fn power_in_less_friction_is_the_change_of_energy(
        plant in rigid_plant(), state in state(), force in uniform3(-20.0..20.0),
    ) {
        let (rigid, [_, _, _, x_dot, w1, w2]) = (Rigid::<f64>::new(&plant), state);
        let [push, torque1, torque2] = force;
        let a = rigid.acceleration(&state, &[push, torque1 - torque2, torque2]);
        let (rate, scale) = energy_rate(&rigid, &state, &a);
        let supplied = push * x_dot + torque1 * w1 + torque2 * (w2 - w1);
        let Damping { cart, joint1, joint2 } = plant.damping;
        let friction = cart * x_dot * x_dot + joint1 * w1 * w1 + joint2 * (w2 - w1) * (w2 - w1);
        let off = rate - (supplied - friction);
        prop_assert!(off.abs() < ROUNDING * (1.0 + scale), "off by {off:e} of {scale:e}");
    }

    #[test]
    fn coulomb_friction_and_drag_in_still_air_take_their_power_and_never_supply_any(
        plant in full_plant(), state in state(), push in -20.0..20.0,
    ) {
        let (rigid, full) = (Rigid::<f64>::new(&plant), Full::<f64>::new(&plant));
        let rate = |a: [f64; 3]| energy_rate(&rigid, &state, &a);
        let (with, size) = rate(full.acceleration(&state, &[push, 0.0, 0.0]));
        let (without, size_without) = rate(rigid.acceleration(&state, &[push, 0.0, 0.0]));
        let allowed = ROUNDING * (1.0 + size + size_without);
        let (taken, expected) = (without - with, power_taken(&plant, &state));
        prop_assert!((taken - expected).abs() < allowed, "took {taken} W, not {expected} W");
        prop_assert!(taken > -allowed, "supplied {:e} W", -taken);
    }

    #[test]
    fn full_equals_simplified_to_the_bit_where_coefficients_are_zero(
        plant in rigid_plant(), state in state(), force in uniform3(-20.0..20.0), wind in -9.0..9.0,
    ) {
        let plant = Plant { drag: Drag { wind, ..plant.drag }, ..plant };
        let full = Full::<f64>::new(&plant).acceleration(&state, &force);
        let simplified = Rigid::<f64>::new(&plant).acceleration(&state, &force);
        prop_assert_eq!(full.map(f64::to_bits), simplified.map(f64::to_bits));
    }

    #[test]
    fn linear_is_the_linearisation_of_simplified_about_upright(plant in rigid_plant()) {
        let (rigid, linear) = (Rigid::<f64>::new(&plant), Linear::<f64>::new(&plant));
        // Odd in its arguments, so one point gives the central difference without cancellation; at
        // this distance what it leaves, of order h^2, is rounding too.
        let h = 1e-8;
        let upright = [0.0; 3];
        let condition =
            condition(&rigid.mass_matrix(&Angles::new(0.0, 0.0)), &matrix(&rigid, &upright));
        for column in 0..9 {
            let mut unit = [0.0; 9];
            unit[column] = 1.0;
            let at = |scale: f64| -> (State<f64>, Vector<f64>) {
                let scaled = |i: usize| scale * unit[i];
                (std::array::from_fn(scaled), std::array::from_fn(|i| scaled(6 + i)))
            };
            let ((state, force), (small_state, small_force)) = (at(1.0), at(h));
            let expected = linear.acceleration(&state, &force);
            let difference = rigid.acceleration(&small_state, &small_force).map(|a| a / h);
            let largest = expected.iter().fold(0.0_f64, |largest, a| largest.max(a.abs()));
            let allowed = ROUNDING * condition * largest;
            for (a, expected) in difference.iter().zip(&expected) {
                prop_assert!((a - expected).abs() <= allowed, "column {column}: {a}, {expected}");
            }
        }
    }

    #[test]
    fn mirror_image_moves_as_the_mirror_image(
        plant in full_plant(), state in state(), force in uniform3(-20.0..20.0), wind in -9.0..9.0,
    ) {
        let (seen, push) = (mirrored(state), mirrored(force));
        let blown = |wind| Full::<f64>::new(&Plant { drag: Drag { wind, ..plant.drag }, ..plant });
        let (rigid, linear) = (Rigid::<f64>::new(&plant), Linear::<f64>::new(&plant));
        let (left, right) = (blown(wind), blown(-wind));
        // To the bit, but for the sign of a zero.
        let expected = mirrored(left.acceleration(&state, &force));
        prop_assert_eq!(right.acceleration(&seen, &push), expected);
        let expected = mirrored(rigid.acceleration(&state, &force));
        prop_assert_eq!(rigid.acceleration(&seen, &push), expected);
        let expected = mirrored(linear.acceleration(&state, &force));
        prop_assert_eq!(linear.acceleration(&seen, &push), expected);
    }

    #[test]
    fn single_precision_gives_the_same_acceleration(
        plant in full_plant(), state in state(), force in uniform3(-20.0..20.0),
    ) {
        let (short, push) = (state.map(|x| x as f32), force.map(|x| x as f32));
        let (long, force) = (short.map(f64::from), push.map(f64::from));
        let single = Full::<f32>::new(&plant).acceleration(&short, &push);
        let double = Full::<f64>::new(&plant).acceleration(&long, &force);
        let rigid = Rigid::new(&plant);
        let condition = condition(
            &rigid.mass_matrix(&Angles::new(long[1], long[2])),
            &matrix(&rigid, &parts(&long).0),
        );
        // Half of 1.2e-7 a product, and what the condition of the mass matrix makes of it.
        let largest = double.iter().fold(1.0_f64, |largest, a| largest.max(a.abs()));
        for (a, expected) in single.iter().zip(&double) {
            let off = (f64::from(*a) - expected).abs();
            prop_assert!(off < 1e-6 * condition * largest, "{a} is not {expected}");
        }
    }

    #[test]
    fn friction_and_drag_in_still_air_only_take_energy_away(
        plant in full_plant(), start in state(),
    ) {
        let (rigid, full) = (Rigid::<f64>::new(&plant), Full::<f64>::new(&plant));
        // A fifth of a millisecond, since the smoothed Coulomb friction is stiff next to rest.
        let (mut state, mut before) = (start, rigid.energy(&start));
        for _ in 0..1000 {
            state = rk4(&full, &state, 2e-4, REST);
            let energy = rigid.energy(&state);
            let slack = ROUNDING * (1.0 + before.abs());
            prop_assert!(energy < before + slack, "{before} J to {energy} J");
            before = energy;
        }
    }

    #[test]
    fn adaptive_steps_meet_their_tolerance(start in uniform6(-1.0..1.0), exponent in 6..11_i32) {
        let rigid = Rigid::<f64>::new(&frictionless());
        let tolerance = 10.0_f64.powi(-exponent);
        let mut steps = Adaptive::new(tolerance, tolerance, 0.01);
        let (mut state, mut exact) = (start, start);
        for _ in 0..50 {
            state = steps.advance(&rigid, &state, 0.01, REST).expect("a smooth motion");
            for _ in 0..10 {
                (exact, _) = dormand_prince(&rigid, &exact, 1e-3, REST);
            }
        }
        // Each step is within the tolerance, and in half a second the fastest mode, 8.05 1/s, makes
        // of an early error 56 times as much.
        for (x, exact) in state.iter().zip(&exact) {
            let allowed = 56.0 * tolerance * (1.0 + exact.abs());
            prop_assert!((x - exact).abs() < allowed, "{x} is not {exact} at {tolerance:e}");
        }
    }
}

#[test]
fn frictionless_energy_stays() {
    let rigid = Rigid::<f64>::new(&frictionless());
    let start = rigid.energy(&START);
    let drift = |h: f64| {
        let (mut state, mut worst) = (START, 0.0_f64);
        for _ in 0..(10.0 / h).round() as u32 {
            state = rk4(&rigid, &state, h, REST);
            worst = worst.max((rigid.energy(&state) - start).abs());
        }
        worst
    };
    let (coarse, fine) = (drift(1e-3), drift(5e-4));
    println!("energy drifts by {coarse:.2e} J at 1 ms, {:.1} times less at 0.5 ms", coarse / fine);
    assert!(coarse < 2.5e-8, "drifts by {coarse:e} J");
    // Order 4 makes it 16; the bounds are the specification's.
    assert!((12.0..18.0).contains(&(coarse / fine)), "only {:.1} times less", coarse / fine);
}

type Step = fn(&Rigid<f64>, &State<f64>, f64) -> State<f64>;
const EULER: Step = |rigid, state, h| euler(rigid, state, h, REST);
const RK4: Step = |rigid, state, h| rk4(rigid, state, h, REST);
const DORMAND_PRINCE: Step = |rigid, state, h| dormand_prince(rigid, state, h, REST).0;

/// The errors at 0.5 s of steps of 4, 2, 1 and 0.5 ms on the default plant, and the orders between
/// them. The exact motion is that of Dormand-Prince steps of a quarter of a millisecond, which
/// leave nothing but rounding.
fn orders(step: Step, start: &State<f64>) -> ([f64; 4], [f64; 3]) {
    let rigid = Rigid::<f64>::new(&Plant::default());
    let end = |step: Step, h: f64| {
        (0..(0.5 / h).round() as u32).fold(*start, |state, _| step(&rigid, &state, h))
    };
    let exact = end(DORMAND_PRINCE, 2.5e-4);
    let error = |h: f64| {
        let off = end(step, h).into_iter().zip(exact).map(|(x, exact)| (x - exact).abs());
        off.fold(0.0, f64::max)
    };
    let errors = [4e-3, 2e-3, 1e-3, 5e-4].map(error);
    let orders = std::array::from_fn(|i| (errors[i] / errors[i + 1]).log2());
    println!("errors {errors:?}, orders {orders:.3?}");
    (errors, orders)
}

#[test]
fn euler_is_of_order_one() {
    let (_, orders) = orders(EULER, &START);
    // The next term of the error is of the size of the step over the fastest mode's 0.12 s.
    assert!(orders.iter().all(|order| (order - 1.0).abs() < 0.03), "{orders:?}");
}

#[test]
fn rk4_is_of_order_four() {
    let (_, orders) = orders(RK4, &START);
    assert!(orders.iter().all(|order| (3.9..4.0).contains(order)), "{orders:?}");
}

#[test]
fn dormand_prince_without_error_control_is_of_order_five() {
    // A livelier start, since from the other one the errors are rounding from 1 ms on.
    let (errors, orders) = orders(DORMAND_PRINCE, &[0.0, 1.0, -2.0, 0.5, 3.0, -4.0]);
    // The next term of the error is worth a fifth of an order at 4 ms and half that at 2 ms.
    assert!((orders[0] - 5.0).abs() < 0.3 && (orders[1] - 5.0).abs() < 0.15, "{orders:?}");
    // At 0.5 ms the error is rounding, some 1e-13, and has an order by chance only.
    assert!(errors[3] < 2e-13, "{errors:?}");
}

#[test]
fn estimated_error_is_of_order_five() {
    let rigid = Rigid::<f64>::new(&Plant::default());
    let start = [0.0, 1.0, -2.0, 0.5, 3.0, -4.0];
    let estimate = |h: f64| {
        let (_, error) = dormand_prince(&rigid, &start, h, REST);
        error.into_iter().fold(0.0, |largest: f64, error| largest.max(error.abs()))
    };
    // That of the solution of order 4: the fifth power of the step. What the next term adds is a
    // hundredth of an order.
    let order = (estimate(4e-3) / estimate(2e-3)).log2();
    println!("the estimated error is of order {order:.3}");
    assert!((order - 5.0).abs() < 0.05, "of order {order}");
}

#[test]
fn adaptive_steps_report_a_state_that_is_not_finite() {
    let rigid = Rigid::<f64>::new(&Plant::default());
    for place in 0..6 {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut state = START;
            state[place] = value;
            let end = Adaptive::new(1e-9, 1e-12, 1e-3).advance(&rigid, &state, 1e-3, REST);
            assert_eq!(end, Err(StepTooSmall), "component {place} was {value}");
        }
    }
    // A force beyond all numbers, and a motion that overflows within the step.
    let mut steps = Adaptive::new(1e-9, 1e-12, 1e-3);
    let force = |_| [f64::INFINITY, 0.0, 0.0];
    assert_eq!(steps.advance(&rigid, &START, 1e-3, force), Err(StepTooSmall));
    let spinning = [0.0, 0.0, 0.1, 0.0, 1e200, 0.0];
    assert_eq!(steps.advance(&rigid, &spinning, 1e-3, REST), Err(StepTooSmall));
}

#[test]
fn adaptive_steps_recover_after_an_error() {
    let rigid = Rigid::<f64>::new(&Plant::default());
    let mut steps = Adaptive::new(1e-9, 1e-12, 1e-3);
    assert!(steps.advance(&rigid, &[f64::NAN; 6], 1e-3, REST).is_err());
    let end = steps.advance(&rigid, &START, 1e-3, REST).expect("a smooth motion");
    let (expected, _) = dormand_prince(&rigid, &START, 1e-3, REST);
    for (x, expected) in end.iter().zip(&expected) {
        assert!((x - expected).abs() < 1e-11, "{x} is not {expected}");
    }
}

#[test]
fn single_precision_follows_the_motion() {
    let (single, double) =
        (Full::<f32>::new(&Plant::default()), Full::<f64>::new(&Plant::default()));
    let (mut short, mut long) = (START.map(|x| x as f32), START);
    for _ in 0..500 {
        short = rk4(&single, &short, 1e-3, |_| [0.0; 3]);
        long = rk4(&double, &long, 1e-3, REST);
    }
    for (short, long) in short.iter().zip(&long) {
        // 6e-8 of angles and rates up to ten, which the fastest mode makes 56 times as much of.
        assert!((f64::from(*short) - long).abs() < 3e-5, "{short} is not {long}");
    }
}
