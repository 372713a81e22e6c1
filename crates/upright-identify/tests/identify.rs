//! Logs of a rig whose parameters are known: what is found of them, and what is refused.

use std::f64::consts::{PI, TAU};
use std::fmt::Write;
use upright_core::State;
use upright_core::friction::Sticking;
use upright_core::plant::{Coulomb, Damping, Link, Plant};
use upright_identify::{FitOptions, Log, LogUnits, Parameter, Parameters, Zero, fit, validate};

const COUNTS: f64 = 4096.0;
const CART: f64 = 50_000.0;
const PERIOD: f64 = 0.002;

/// The rig as it is: 4 to 9 % from what is believed of it.
fn truth() -> Plant {
    Plant {
        cart_mass: 0.60,
        link1: Link { mass: 0.127, length: 0.206, com: 0.094, inertia: 4.5e-4 },
        link2: Link { mass: 0.097, length: 0.34, com: 0.178, inertia: 8.7e-4 },
        damping: Damping { cart: 4.0, joint1: 0.0026, joint2: 0.0022 },
        coulomb: Coulomb { cart: 0.47, joint1: 0.0011, joint2: 0.0009, ..Coulomb::default() },
        ..Plant::default()
    }
}

/// What is believed of it, up to 40 % off, Coulomb friction twice.
fn believed() -> Plant {
    Plant {
        cart_mass: 0.75,
        link1: Link { mass: 0.127, length: 0.19, com: 0.11, inertia: 6.0e-4 },
        link2: Link { mass: 0.097, length: 0.34, com: 0.16, inertia: 1.1e-3 },
        damping: Damping { cart: 5.6, joint1: 0.0019, joint2: 0.003 },
        coulomb: Coulomb { cart: 1.0, joint1: 0.0005, joint2: 0.002, ..Coulomb::default() },
        ..Plant::default()
    }
}

/// A log as encoders give it, simulated in steps twenty times finer than those of the fit.
fn logged(start: State<f64>, duration: f64, force: impl Fn(f64) -> f64) -> String {
    let motion = Sticking::<f64>::of_lanes(|_| truth());
    let mut state = start;
    let mut text = "t,u,x_counts,theta1_counts,theta2_relative_counts\n".to_owned();
    let periods = (duration / PERIOD) as usize;
    for k in 0..periods {
        let time = k as f64 * PERIOD;
        let force = force(time);
        let angle = |angle: f64| (angle / TAU * COUNTS).round();
        let (x, first) = ((state[0] * CART).round(), angle(state[1] - PI));
        let second = angle(state[2] - state[1]);
        writeln!(text, "{time:.4},{force},{x},{first},{second}").expect("a string");
        for _ in 0..20 {
            state = motion.step(false, &state, PERIOD / 20.0, [&[force, 0.0, 0.0]; 3]).state;
        }
    }
    text
}

fn units() -> LogUnits {
    LogUnits {
        cart_counts: Some(CART),
        angle_counts: Some([COUNTS; 2]),
        zero: Zero::Hanging,
        motor: false,
    }
}

fn options(segment: Option<f64>) -> FitOptions {
    FitOptions { quanta: [1.0 / CART, TAU / COUNTS, TAU / COUNTS], segment }
}

fn read(name: &str, text: &str) -> Log {
    Log::read(name, text, &units()).expect("a log")
}

/// From 0.3 to 4 Hz.
fn chirp() -> String {
    logged([0.0, PI, PI, 0.0, 0.0, 0.0], 20.0, |time| {
        let phase = TAU * (0.3 * time + 0.5 * (4.0 - 0.3) / 20.0 * time * time);
        3.0 * phase.sin()
    })
}

fn swing(first: f64, second: f64) -> String {
    logged([0.0, PI - first, PI - second, 0.0, 0.0, 0.0], 10.0, |_| 0.0)
}

/// The largest relative errors of inertial, viscous and Coulomb parameters.
fn errors(found: &Parameters) -> [f64; 3] {
    use Parameter::{B0, B1, B2, C0, C1, C2, H1, H2, J1, J2, Length1, Mt};
    let true_ones = Parameters::of(&truth(), None);
    let worst = |of: &[Parameter]| {
        let error = |p: &Parameter| (found.value(*p) / true_ones.value(*p) - 1.0).abs();
        of.iter().map(error).fold(0.0, f64::max)
    };
    [worst(&[Mt, H1, J1, H2, J2, Length1]), worst(&[B0, B1, B2]), worst(&[C0, C1, C2])]
}

#[test]
fn a_chirp_in_segments_tells_all_parameters_and_a_held_out_swing_agrees() {
    let logs = [read("chirp", &chirp())];
    let found = fit(&logs, &Parameters::of(&believed(), None), &options(None));
    let [inertial, viscous, coulomb] = errors(&found.parameters);
    println!("{:.3} counts, {inertial:.5} {viscous:.5} {coulomb:.5}", found.rms);
    // What a good log is to give: 1 %, 2 %, 10 %.
    assert!(found.explains() && found.rms < 1.0, "{}", found.rms);
    assert!(inertial < 0.01 && viscous < 0.02 && coulomb < 0.1, "{found:?}");
    assert_eq!(found.reversed, None);
    let held_out = [read("swing", &swing(1.2, 0.7))];
    let validated = validate(&held_out, &found.parameters, &options(None));
    assert!(validated[0].rms < 1.5, "{}", validated[0].rms);
    let guess = validate(&held_out, &Parameters::of(&believed(), None), &options(None));
    assert!(guess[0].rms > 3.0 * validated[0].rms, "{}", guess[0].rms);
    // One shot over the whole log ends in a bad fit, and says so.
    let single = fit(&logs, &Parameters::of(&believed(), None), &options(Some(100.0)));
    println!("single shooting: {:.2} counts", single.rms);
    assert!(!single.explains(), "{}", single.rms);
}

#[test]
fn free_swings_tell_ratios_and_say_what_would_tell_the_rest() {
    let logs = [read("one", &swing(1.2, 0.7)), read("two", &swing(0.6, -0.9))];
    // What free swings cannot tell is known.
    let mut start = Parameters::of(&believed(), None);
    let true_ones = Parameters::of(&truth(), None);
    for known in [Parameter::Mt, Parameter::H1, Parameter::B0, Parameter::C0] {
        start.values[known as usize] = true_ones.value(known);
    }
    let found = fit(&logs, &start, &options(None));
    let [inertial, viscous, coulomb] = errors(&found.parameters);
    println!("{:.3} counts, {inertial:.5} {viscous:.5} {coulomb:.5}", found.rms);
    assert!(inertial < 0.01 && viscous < 0.02 && coulomb < 0.1, "{found:?}");
    let held: Vec<Parameter> = found.held.iter().map(|(parameter, _)| *parameter).collect();
    assert!(held.contains(&Parameter::Mt) && held.contains(&Parameter::C0));
    assert!(Parameter::Mt.run_that_tells().contains("force"));
}

#[test]
fn a_chirp_and_free_swings_together_tell_as_much() {
    let logs =
        [read("one", &swing(1.2, 0.7)), read("two", &swing(0.6, -0.9)), read("chirp", &chirp())];
    let found = fit(&logs, &Parameters::of(&believed(), None), &options(None));
    let [inertial, viscous, coulomb] = errors(&found.parameters);
    println!("{:.3} counts, {inertial:.5} {viscous:.5} {coulomb:.5}", found.rms);
    assert!(inertial < 0.01 && viscous < 0.02 && coulomb < 0.1, "{found:?}");
    // What was drawn as truth lies within its interval, but for one or two of twelve.
    let true_ones = Parameters::of(&truth(), None);
    let holds = |fitted: &&upright_identify::Fitted| {
        let value = true_ones.value(fitted.parameter);
        fitted.interval[0] <= value && value <= fitted.interval[1]
    };
    assert!(found.fitted.iter().filter(holds).count() + 2 >= found.fitted.len(), "{found:?}");
}

#[test]
fn a_log_of_torques_with_the_cart_clamped_and_a_clock_that_trembles_tells_the_links() {
    // As logs of double pendulums without a cart are: SI units, angles wrapped, steps of 2 to 3 ms, motors in the
    // joints.
    let mut clamped = truth();
    clamped.coulomb.cart = 1e4;
    let motion = Sticking::<f64>::of_lanes(|_| clamped);
    let mut state = [0.0, PI, PI, 0.0, 0.0, 0.0];
    let mut text = "t,position,theta1,theta2_relative,tau1,tau2\n".to_owned();
    let mut time = 0.0_f64;
    let wrapped = |angle: f64| (angle + PI).rem_euclid(TAU) - PI;
    for k in 0..5000_usize {
        let torque = [0.15 * (5.0 * time + time * time).sin(), 0.04 * (9.0 * time).cos()];
        // Resolved to a count of 4096.
        let count = |angle: f64| (angle / TAU * COUNTS).round() * TAU / COUNTS;
        let (first, second) = (count(wrapped(state[1] - PI)), count(wrapped(state[2] - state[1])));
        let [torque1, torque2] = torque;
        writeln!(text, "{time:.6},7,{first},{second},{torque1},{torque2}").expect("a string");
        let step = if k % 3 == 0 { 0.003 } else { 0.002 };
        let forces = [0.0, torque1 - torque2, torque2];
        for _ in 0..20 {
            state = motion.step(false, &state, step / 20.0, [&forces; 3]).state;
        }
        time += step;
    }
    let log = read("joints", &text);
    assert!(log.clamped && log.is_driven());
    let found = fit(&[log], &Parameters::of(&believed(), None), &options(None));
    let true_ones = Parameters::of(&truth(), None);
    println!("{:.3} counts, {:?}", found.rms, found.fitted);
    assert!(found.explains() && found.rms < 1.0, "{}", found.rms);
    assert_eq!(found.reversed, None);
    for fitted in &found.fitted {
        let share = fitted.value / true_ones.value(fitted.parameter) - 1.0;
        let allowed = match fitted.parameter {
            Parameter::B1 | Parameter::B2 | Parameter::C1 | Parameter::C2 => 0.1,
            _ => 0.01,
        };
        assert!(share.abs() < allowed, "{fitted:?}: {share}");
    }
    let held: Vec<Parameter> = found.held.iter().map(|(parameter, _)| *parameter).collect();
    assert_eq!(held, [Parameter::Mt, Parameter::B0, Parameter::C0, Parameter::ForcePerVolt]);
}

/// The first 5 s of a published log; its source and licence stand beside it.
const PUBLISHED: &str = include_str!("../../../examples/logs/double-pendulum.csv");

#[test]
fn a_published_log_of_a_real_double_pendulum_tells_its_links() {
    let count = 25.0 / 65535.0;
    let units =
        LogUnits { cart_counts: None, angle_counts: None, zero: Zero::Hanging, motor: false };
    let log = Log::read("published", PUBLISHED, &units).expect("a log");
    assert!(log.clamped && log.relative && log.duration() > 5.0);
    // Its encoders' steps are whole: nothing was changed in copying it.
    for row in PUBLISHED.lines().skip(1) {
        let angles = row.split(',').skip(1).take(2);
        for angle in angles.map(|cell| cell.parse::<f64>().expect("a number") / count) {
            let off = (angle - 0.5 - (angle - 0.5).round()).abs();
            assert!(off < 1e-3, "{row}: {off}");
        }
    }
    // What its makers found, from several logs and with the inertia of the rotors apart.
    let makers = Plant {
        link1: Link { mass: 0.55938, length: 0.3, com: 0.3, inertia: 0.00313 },
        link2: Link { mass: 0.60435, length: 0.2, com: 0.18378, inertia: 0.00351 },
        damping: Damping { cart: 1.0, joint1: 0.001, joint2: 0.001 },
        coulomb: Coulomb { joint1: 0.093, joint2: 0.078, ..Coulomb::default() },
        ..Plant::default()
    };
    let start = Parameters::of(&makers, None);
    let options = FitOptions { quanta: [2e-5, count, count], segment: None };
    let found = fit(&[log], &start, &options);
    let told: Vec<f64> =
        [Parameter::H1, Parameter::J1, Parameter::H2, Parameter::J2, Parameter::Length1]
            .map(|p| found.parameters.value(p) / start.value(p))
            .to_vec();
    println!("{:.1} counts, {told:?}", found.rms);
    // 27 counts, 0.6 degrees, are left of a gear's friction, which is no Coulomb friction: a bad fit, and called so.
    assert!(!found.explains() && found.rms < 30.0, "{}", found.rms);
    let within = |value: f64, share: f64| (value - 1.0).abs() < share;
    assert!(within(told[2], 0.1) && within(told[4], 0.1), "{told:?}");
    // Moments of all that hangs take up the friction, and inertias the rotors (0.0028 kg m^2 each).
    assert!(within(told[0], 0.3) && within(told[1], 0.4) && within(told[3], 0.5), "{told:?}");
    assert_eq!(found.reversed, None);
}

#[test]
fn a_force_of_the_other_sign_is_noticed() {
    let text = chirp();
    let turned: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(i, line)| {
            let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
            if i > 0 {
                cells[1] = (-cells[1].parse::<f64>().expect("a number")).to_string();
            }
            cells.join(",") + "\n"
        })
        .collect();
    let found =
        fit(&[read("turned", &turned.concat())], &Parameters::of(&truth(), None), &options(None));
    assert_eq!(found.reversed, Some("u"));
}

#[test]
fn angles_in_each_others_columns_are_noticed() {
    let text = swing(1.2, 0.7);
    let header = "t,u,x_counts,theta2_relative_counts,theta1_counts\n";
    let rows = text.split_once('\n').expect("a header").1;
    let logs = [read("swapped", &format!("{header}{rows}"))];
    let found = fit(&logs, &Parameters::of(&truth(), None), &options(None));
    assert!(found.swapped && found.reversed.is_none() && !found.explains());
}

/// A slow swing of ten seconds, to be broken.
fn sound() -> Vec<[f64; 5]> {
    (0..5000)
        .map(|k| {
            let time = 0.002 * f64::from(k);
            [
                time,
                (3.0 * time).sin(),
                0.05 * (2.0 * time).sin(),
                0.3 * (4.0 * time).cos(),
                0.2 * (5.0 * time).sin(),
            ]
        })
        .collect()
}

fn written(header: &str, rows: &[[f64; 5]]) -> String {
    rows.iter().fold(format!("{header}\n"), |mut text, [t, u, x, first, second]| {
        writeln!(text, "{t},{u},{x},{first},{second}").expect("a string");
        text
    })
}

const HEADER: &str = "t,u,x,theta1,theta2_relative";

#[test]
fn logs_that_cannot_be_are_refused_with_line_and_value() {
    let refused = |text: &str| Log::read("log", text, &units()).expect_err("refused").to_string();
    let broken = |change: &dyn Fn(&mut Vec<[f64; 5]>)| {
        let mut rows = sound();
        change(&mut rows);
        refused(&written(HEADER, &rows))
    };
    let has = |error: String, parts: &[&str]| {
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    };
    assert!(Log::read("log", &written(HEADER, &sound()), &units()).is_ok());
    has(broken(&|rows| rows.truncate(2000)), &["4.00 s long", "from 5 s"]);
    has(broken(&|rows| rows[7][0] = 0.001), &["line 9", "t = 0.001", "clock"]);
    has(broken(&|rows| drop(rows.drain(100..200))), &["line 102", "gap", "cut the log"]);
    has(
        broken(&|rows| rows[300..].iter_mut().for_each(|row| row[3] += 1.8)),
        &["line 302", "theta1", "reset"],
    );
    has(
        broken(&|rows| rows[300..].iter_mut().for_each(|row| row[2] += 0.2)),
        &["line 302", "x = ", "reset"],
    );
    has(broken(&|rows| rows.iter_mut().for_each(|row| row[2] *= 1000.0)), &["x = "]);
    has(
        broken(&|rows| rows.iter_mut().for_each(|row| row[4] = 0.1)),
        &["theta2_relative never changes"],
    );
    has(refused(&written("t,u,x,theta1", &[])), &["no column for theta2", "theta2_relative"]);
    has(refused(&written("t,u,theta1,theta2", &[])), &["no column for x", "x_counts"]);
    has(refused(&written("t,x,theta1,theta2", &[])), &["no column for u", "volts"]);
    has(refused(&written("t,u,x,x_counts,theta1", &[])), &["x and x_counts"]);
    has(
        broken(&|rows| rows.iter_mut().for_each(|row| row[0] *= 1000.0)),
        &["line 3", "t = 2", "milliseconds"],
    );
    has(
        broken(&|rows| rows.iter_mut().for_each(|row| row[1] = 3.0)),
        &["line 2", "u = 3", "never changes", "0 throughout"],
    );
    has(refused(&written("t,x,x,theta1,theta2", &[])), &["two columns are called x"]);
    has(refused("t;u;x;theta1;theta2\n0;0;0;0;0\n"), &["line 1", "semicolons"]);
    has(refused("t\tu\tx\ttheta1\ttheta2\n"), &["line 1", "tabs"]);
    let first = "t,u,x,theta1,theta2\n";
    has(refused(&format!("{first}0,1,0,2,0,3\n")), &["line 2: 6 cells", "decimal commas"]);
    has(refused(&format!("{first}0,1\n")), &["line 2: 2 cells, and the first line has 5"]);
    has(refused("t,u,x,theta1,theta2\n0,0,0,zero,0\n"), &["line 2", "theta1 = zero", "a number"]);
    let counts = written("t,u,x_counts,theta1,theta2", &sound());
    let no_counts = LogUnits { cart_counts: None, ..units() };
    let error = Log::read("log", &counts, &no_counts).expect_err("refused").to_string();
    has(error, &["x_counts", "of how many"]);
}

#[test]
fn wrapped_angles_and_uneven_times_are_read() {
    let mut rows = sound();
    for (k, row) in rows.iter_mut().enumerate() {
        // Turns round, wrapped; the clock trembles.
        row[3] = (3.0 * row[0] + PI).rem_euclid(TAU) - PI;
        row[0] += if k % 2 == 0 { 0.0 } else { 0.0005 };
    }
    let upright = LogUnits { zero: Zero::Upright, ..units() };
    let log = Log::read("log", &written(HEADER, &rows), &upright).expect("a log");
    let last = log.samples.last().expect("samples");
    assert!((last.output[1] - 3.0 * 4999.0 * 0.002).abs() < 1e-9, "{last:?}");
}

#[test]
fn of_several_inputs_the_one_counts_that_moved_the_rig() {
    let header = "t,u,x,theta1,theta2_relative,u_applied,volts";
    let rows = sound().into_iter().fold(format!("{header}\n"), |mut text, row| {
        let [t, u, x, first, second] = row;
        writeln!(text, "{t},{u},{x},{first},{second},{},{}", 2.0 * u, 3.0 * u).expect("a string");
        text
    });
    let without = |name: &str| rows.replacen(name, "other", 1);
    for (motor, text, times, volts) in [
        (false, rows.clone(), 2.0, false),
        (true, rows.clone(), 3.0, true),
        (false, without("u_applied"), 1.0, false),
        (true, without("volts"), 2.0, false),
    ] {
        let log = Log::read("log", &text, &LogUnits { motor, ..units() }).expect("a log");
        assert_eq!(log.volts, volts);
        for (sample, row) in log.samples.iter().zip(sound()) {
            assert!((sample.input - times * row[1]).abs() < 1e-12, "{sample:?}");
        }
    }
}

#[test]
fn a_coarse_log_is_fitted_and_not_left_out() {
    // Every 50 ms, in pieces for which 0.3 s were asked: six samples, fewer than a piece has.
    let motion = Sticking::<f64>::of_lanes(|_| truth());
    let mut state = [0.0, PI + 0.3, PI - 0.2, 0.0, 0.0, 0.0];
    let mut text = "t,u,x,theta1,theta2\n".to_owned();
    for k in 0..200_i32 {
        let time = 0.05 * f64::from(k);
        let [x, first, second, ..] = state;
        let force = 3.0 * (time + time * time).sin();
        writeln!(text, "{time},{force},{x},{},{}", first - PI, second - PI).expect("a string");
        for _ in 0..500 {
            state = motion.step(false, &state, 1e-4, [&[force, 0.0, 0.0]; 3]).state;
        }
    }
    let logs = [read("coarse", &text)];
    let found = fit(&logs, &Parameters::of(&believed(), None), &options(Some(0.3)));
    let [inertial, ..] = errors(&found.parameters);
    println!("{:.4} counts, {inertial:.5}", found.rms);
    assert!(found.explains() && inertial < 0.01, "{found:?}");
    let rows: usize = found.residuals.iter().map(|log| log.rows.len()).sum();
    assert!(rows >= 190, "{rows} of 200 samples were compared");
}
