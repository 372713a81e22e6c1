//! Plants that move together have the bits of each by itself, whatever the unit, the threads and the time at which
//! they begin anew.

use std::num::NonZero;
use upright_lanes::Unit;
use upright_sim::fleet::{Autoreset, Fleet, Progress};
use upright_sim::realization::Realization;
use upright_sim::scenario::{Overrides, Scenario};
use upright_sim::stepped::SteppedPlant;

const SCENARIOS: [&str; 5] = [
    "{}",
    "sensors: {angle_noise: 0.002, delay: 3, velocity: difference}",
    "{actuator: {delay: 2, lag: 0.01}, disturbances: [{kind: noise, amplitude: 20}, {kind: sine, amplitude: 5, frequency: 2}]}",
    "{sensors: {position_noise: 1e-3, angle_noise: 1e-3}, estimator: {kind: kalman}}",
    // No angle is a fall of its.
    "{plant: {track: 0.6}, controller: {kind: swing_up}}",
];

fn scenario(text: &str) -> Scenario {
    let set = [
        ("simulation.duration", "0.4"),
        ("uncertainty.initial_state", "[0.1, 0.6, 0.6, 0.1, 2, 2]"),
        ("seed", "5"),
    ];
    let set = set.map(|(path, value)| (path.to_owned(), value.to_owned())).to_vec();
    Scenario::read("fleet", text, &Overrides { set, ..Overrides::default() }).expect("valid")
}

/// Some force of a plant in a step, told by nothing but its own state.
fn force(state: &[f64; 6], step: u64) -> f64 {
    let [x, theta1, theta2, ..] = *state;
    let kick = if step.is_multiple_of(7) { 15.0 } else { -3.0 };
    20.0 * x - 60.0 * theta1 + 30.0 * theta2 + kick
}

/// A plant by itself, by the rules of an autoreset.
struct Alone<'a> {
    scenario: &'a Scenario,
    run: u64,
    count: u64,
    plant: SteppedPlant,
    told: bool,
}

impl<'a> Alone<'a> {
    fn new(scenario: &'a Scenario, run: u64, count: u64) -> Self {
        Self { scenario, run, count, plant: begun(scenario, run), told: false }
    }

    fn restart(&mut self) {
        self.run += self.count;
        (self.plant, self.told) = (begun(self.scenario, self.run), false);
    }

    /// What is seen after a step, what was seen last of a run that ended in it, and how it ended.
    fn step(&mut self, force: f64, periods: u32, autoreset: Autoreset) -> Seen {
        if self.told {
            if autoreset == Autoreset::NextStep {
                self.restart();
            }
            return (*self.plant.estimate(), None);
        }
        for _ in 0..periods {
            self.plant.step(force);
        }
        let last = *self.plant.estimate();
        if !self.plant.is_over() {
            return (last, None);
        }
        let early = self.plant.early_end().is_some();
        let how = if early { Progress::Terminated } else { Progress::Truncated };
        let row = self.plant.row();
        self.told = true;
        if autoreset == Autoreset::SameStep {
            self.restart();
        }
        (*self.plant.estimate(), Some((last, how, row.metrics, row.final_state)))
    }
}

type Ended = ([f64; 6], Progress, upright_sim::metrics::Metrics, [f64; 6]);
type Seen = ([f64; 6], Option<Ended>);

fn begun(scenario: &Scenario, run: u64) -> SteppedPlant {
    let realization = Realization::new(scenario, run).expect("a plant");
    SteppedPlant::new(scenario, &realization).expect("valid")
}

fn bits(state: &[f64; 6]) -> [u64; 6] {
    state.map(f64::to_bits)
}

fn same_as_each_alone(text: &str, unit: Unit, threads: usize, periods: u32, autoreset: Autoreset) {
    const COUNT: usize = 37;
    let scenario = scenario(text);
    let count = NonZero::new(COUNT).expect("some");
    let threads = NonZero::new(threads).expect("some");
    let mut fleet = Fleet::new(&scenario, count, unit).expect("a fleet");
    let mut alone: Vec<Alone> =
        (0..COUNT as u64).map(|run| Alone::new(&scenario, run, COUNT as u64)).collect();
    let (mut ends, mut longest) = (0, 0);
    // Some runs a plant, of 400 periods each.
    for step in 0..(900 / u64::from(periods)).max(150) {
        let forces: Vec<f64> = fleet.states().iter().map(|state| force(state, step)).collect();
        fleet.step(&forces, periods, autoreset, threads).expect("draws");
        for (i, alone) in alone.iter_mut().enumerate() {
            let (state, ended) = alone.step(forces[i], periods, autoreset);
            let place = (text, unit, periods, autoreset, step, i);
            assert_eq!(bits(&fleet.states()[i]), bits(&state), "{place:?}");
            assert_eq!(fleet.run(i), alone.run, "{place:?}");
            let Some((last, how, metrics, final_state)) = ended else {
                assert_eq!(fleet.progress()[i], Progress::Running, "{place:?}");
                assert!(fleet.rows()[i].is_none());
                continue;
            };
            ends += 1;
            longest += u32::from(how == Progress::Truncated);
            assert_eq!(fleet.progress()[i], how, "{place:?}");
            assert_eq!(bits(&fleet.finals()[i]), bits(&last), "{place:?}");
            let row = fleet.rows()[i].as_ref().expect("a row");
            assert_eq!((row.metrics, bits(&row.final_state)), (metrics, bits(&final_state)));
        }
        if autoreset == Autoreset::Disabled && step % 5 == 4 {
            // Some that are over, and one that is not.
            let mut which: Vec<bool> = alone.iter().map(|alone| alone.told).collect();
            if step % 45 == 4 {
                which[(step / 45) as usize % COUNT] = true;
            }
            fleet.restart(&which).expect("draws");
            for (i, alone) in alone.iter_mut().enumerate() {
                if which[i] {
                    alone.restart();
                }
                assert_eq!(bits(&fleet.states()[i]), bits(alone.plant.estimate()), "{step} {i}");
            }
        }
    }
    assert!(ends > COUNT, "{ends}");
    // Those that are told to begin anew hardly come to the last period.
    assert!(longest > 0 || autoreset == Autoreset::Disabled);
}

#[test]
fn each_plant_has_the_bits_that_it_has_alone() {
    for text in SCENARIOS {
        for autoreset in [Autoreset::NextStep, Autoreset::SameStep, Autoreset::Disabled] {
            for periods in [1, 20] {
                same_as_each_alone(text, Unit::widest(), 1, periods, autoreset);
            }
        }
    }
}

#[test]
fn units_and_threads_do_not_matter() {
    for unit in Unit::available() {
        same_as_each_alone(SCENARIOS[1], unit, 3, 7, Autoreset::NextStep);
    }
}

#[test]
fn many_plants_on_threads_are_those_on_one() {
    let scenario = scenario("{}");
    let count = NonZero::new(1001).expect("some");
    let fleets = [1, 2, 5].map(|threads| {
        let threads = NonZero::new(threads).expect("some");
        let mut fleet = Fleet::new(&scenario, count, Unit::Scalar).expect("a fleet");
        for step in 0..300 {
            let forces: Vec<f64> = fleet.states().iter().map(|state| force(state, step)).collect();
            fleet.step(&forces, 2, Autoreset::SameStep, threads).expect("draws");
        }
        fleet
    });
    for other in &fleets[1..] {
        assert_eq!(fleets[0].runs(), other.runs());
        for (a, b) in fleets[0].states().iter().zip(other.states()) {
            assert_eq!(bits(a), bits(b));
        }
    }
}

#[test]
fn a_seed_begins_from_the_first_runs() {
    let scenario = scenario("{}");
    let mut fleet =
        Fleet::new(&scenario, NonZero::new(5).expect("some"), Unit::widest()).expect("ok");
    for _ in 0..500 {
        fleet.step(&[0.0; 5], 1, Autoreset::NextStep, NonZero::<usize>::MIN).expect("draws");
    }
    assert!(fleet.run(0) > 0);
    fleet.seed(9).expect("draws");
    assert_eq!(fleet.runs(), [0, 1, 2, 3, 4]);
    let other = Scenario { seed: 9, ..scenario };
    for (run, state) in (0..).zip(fleet.states()) {
        assert_eq!(bits(state), bits(begun(&other, run).estimate()));
    }
}

#[test]
fn adaptive_steps_are_refused() {
    let text = "simulation: {integrator: rk45}";
    let scenario = Scenario::read("fleet", text, &Overrides::default()).expect("valid");
    let error =
        Fleet::new(&scenario, NonZero::<usize>::MIN, Unit::widest()).err().expect("refused");
    assert!(error.to_string().contains("simulation.integrator = rk45: "), "{error}");
}
