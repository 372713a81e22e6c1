//! A live session is the run of its scenario, to the bit: with nobody touching it, with pushes that the
//! scenario has as pulses, and from a switch on, where it is the new kind's run from the state it met.

use proptest::prelude::*;
use upright_sim::live::Session;
use upright_sim::metrics::Verdict;
use upright_sim::realization::Realization;
use upright_sim::run::{Run, RunOptions, replay};
use upright_sim::scenario::kinds::{Family, KINDS, KindInfo, compared};
use upright_sim::scenario::{Disturbance, DisturbanceKind, Overrides, Scenario, Target};
use upright_sim::world::MAX_PUSHES;

/// Everything between controller and plant has something to remember.
const ROUGH: &str = "
simulation: {duration: 1.2, initial_state: [0, 0.06, -0.03, 0.1, 0.1, -0.1]}
actuator: {max_force: 60, delay: 1, lag: 0.002, rate_limit: 20000}
sensors: {angle_noise: 0.0002, delay: 1}
disturbances:
  - {kind: sine, target: cart, amplitude: 3, frequency: 2}
  - {kind: noise, target: cart, amplitude: 1}
  - {kind: pulse, target: joint2, amplitude: 0.02, start: 0.3, duration: 0.1}
";

fn scenario(text: &str, set: &[(&str, &str)]) -> Scenario {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    Scenario::read("live", text, &Overrides { set, ..Overrides::default() }).expect("valid")
}

fn session(scenario: &Scenario) -> Session {
    Session::new(scenario, &Realization::nominal(scenario)).expect("a session")
}

fn steps(session: &mut Session, count: u64) {
    for _ in 0..count {
        session.step();
    }
}

/// What comes of a scenario that nobody touches.
fn untouched(scenario: &Scenario, realization: &Realization) -> Run {
    replay(scenario, realization, RunOptions { record: false, hook: None }).expect("a run")
}

fn to_its_end(mut session: Session) -> Run {
    while session.step().is_some() {}
    session.finish().expect("a run")
}

fn bits(run: &Run) -> Vec<u64> {
    let metrics = run.metrics.values().into_iter().flatten();
    run.final_state.into_iter().chain(metrics).map(f64::to_bits).collect()
}

fn same(one: &Run, other: &Run) {
    assert_eq!(one, other);
    assert_eq!(bits(one), bits(other));
}

/// The kinds that balance; swing-ups plan when they fall, and have tests of their own.
fn balancing() -> impl Iterator<Item = &'static KindInfo> {
    KINDS.iter().filter(|kind| kind.family != Family::SwingUp)
}

#[test]
fn untouched_it_is_the_run_to_the_bit() {
    for kind in balancing() {
        for integrator in ["rk4", "rk45"] {
            let set = [("controller.kind", kind.name), ("simulation.integrator", integrator)];
            let scenario = scenario(ROUGH, &set);
            let drawn = Realization::new(&scenario, 3).expect("a draw");
            for realization in [Realization::nominal(&scenario), drawn] {
                let session = Session::new(&scenario, &realization).expect("a session");
                same(&to_its_end(session), &untouched(&scenario, &realization));
            }
        }
    }
}

/// Whoever knocks a swing-up down in a live session sees it come back, as the run of the scenario that has the knock.
#[test]
fn knocked_down_by_hand_a_swing_up_comes_back() {
    let text = "{plant: {track: 1}, simulation: {duration: 12, initial_state: [0, 0, 0, 0, 0, 0]}, \
                controller: {kind: swing_up}}";
    let plain = scenario(text, &[]);
    let mut session = session(&plain);
    steps(&mut session, 1000);
    assert!(session.push(120.0, 0.1));
    let mut pulsed = plain.clone();
    pulsed.disturbances.push(Disturbance {
        kind: DisturbanceKind::Pulse,
        target: Target::Cart,
        amplitude: 120.0,
        start: 1001.0 * plain.simulation.control_period,
        duration: Some(0.1),
        ..Disturbance::default()
    });
    let run = to_its_end(session);
    same(&run, &untouched(&pulsed, &Realization::nominal(&pulsed)));
    assert_eq!(run.verdict, Verdict::Settled);
    let own = run.metrics.swing_up.expect("a swing-up");
    assert!(own.plans >= 1 && run.metrics.max_cart < 1.0, "{own:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_push_is_the_scenarios_pulse_to_the_bit(
        kind in prop::sample::select(compared().to_vec()),
        integrator in prop::sample::select(vec!["euler", "rk4", "rk45"]),
        rough: bool,
        mut pushes in prop::collection::vec((0..1000_u64, -40.0..40.0_f64, 1e-4..0.3_f64), 1..6),
    ) {
        let set = [("controller.kind", kind), ("simulation.integrator", integrator)];
        let text = if rough { ROUGH } else { "simulation: {duration: 1.2}" };
        let plain = scenario(text, &set);
        pushes.sort_by_key(|(period, ..)| *period);
        let mut session = session(&plain);
        let mut pulsed = plain.clone();
        let mut done = 0;
        for (period, force, duration) in pushes {
            steps(&mut session, period - done);
            done = period;
            if session.is_over() {
                break;
            }
            prop_assert!(session.push(force, duration));
            pulsed.disturbances.push(Disturbance {
                kind: DisturbanceKind::Pulse,
                target: Target::Cart,
                amplitude: force,
                start: (period + 1) as f64 * plain.simulation.control_period,
                duration: Some(duration),
                ..Disturbance::default()
            });
        }
        let run = to_its_end(session);
        same(&run, &untouched(&pulsed, &Realization::nominal(&pulsed)));
        prop_assert_ne!(run.final_state, untouched(&plain, &Realization::nominal(&plain)).final_state);
    }

    #[test]
    fn after_a_switch_it_is_the_new_kinds_run_from_the_state_that_it_met(
        from in prop::sample::select(compared().to_vec()),
        to in prop::sample::select(compared().to_vec()),
        period in 0..800_u64,
    ) {
        let before = scenario("simulation: {duration: 1}", &[("controller.kind", from)]);
        let mut session = session(&before);
        steps(&mut session, period);
        session.switch(to).expect("a kind");
        let mut after = before.under(to).expect("a kind");
        after.simulation.initial_state = *session.world().state();
        let mut fresh = Session::new(&after, &Realization::nominal(&after)).expect("a session");
        while let Some(tick) = session.step() {
            let other = fresh.step().expect("as long");
            prop_assert_eq!(tick.state, other.state);
            prop_assert_eq!(tick.command, other.command);
            prop_assert_eq!(tick.index, other.index + period, "the clock goes on");
        }
    }
}

#[test]
fn its_own_kind_returns_with_the_scenarios_settings() {
    let scenario = scenario("controller: {kind: classical, switching_gain: 33}", &[]);
    let mut session = session(&scenario);
    session.switch("lqr").expect("a kind");
    assert_eq!(session.scenario().controller.settings.kind(), "lqr");
    session.switch("classical").expect("a kind");
    assert_eq!(session.scenario(), &scenario);
    assert_eq!(session.switches(), 2);
}

#[test]
fn an_unknown_kind_leaves_the_old_one_in_charge() {
    let scenario = scenario(ROUGH, &[]);
    let mut session = session(&scenario);
    steps(&mut session, 100);
    let error = session.switch("pid").expect_err("unknown");
    assert!(error.to_string().contains("super_twisting"), "{error}");
    same(&to_its_end(session), &untouched(&scenario, &Realization::nominal(&scenario)));
}

#[test]
fn a_restart_is_the_start_under_the_kind_in_charge() {
    let scenario = scenario(ROUGH, &[]);
    let mut session = session(&scenario);
    steps(&mut session, 200);
    assert!(session.push(20.0, 0.1));
    session.switch("hybrid").expect("a kind");
    steps(&mut session, 50);
    session.restart().expect("a start");
    assert_eq!((session.time(), session.pushes(), session.switches()), (0.0, 0, 0));
    let hybrid = scenario.under("hybrid").expect("a kind");
    same(&to_its_end(session), &untouched(&hybrid, &Realization::nominal(&hybrid)));
}

#[test]
fn so_many_pushes_act_at_once_and_those_that_are_over_make_room() {
    let mut session = session(&scenario("simulation: {duration: 3}", &[]));
    for _ in 0..MAX_PUSHES {
        assert!(session.push(0.5, 0.05));
    }
    assert!(!session.push(0.5, 0.05), "no room");
    assert_eq!(session.pushes(), MAX_PUSHES as u64);
    assert_eq!(session.world().disturbance(), [0.0; 3], "not yet");
    steps(&mut session, 1);
    assert_eq!(session.world().disturbance(), [0.5 * MAX_PUSHES as f64, 0.0, 0.0]);
    steps(&mut session, 49);
    assert!(!session.push(0.5, 0.05), "they act for their last period");
    steps(&mut session, 2);
    assert_eq!(session.world().disturbance(), [0.0; 3], "over");
    assert!(session.push(0.5, 0.05), "room again");
}

#[test]
fn what_is_no_push_is_none() {
    let mut session = session(&scenario("simulation: {duration: 0.01}", &[]));
    assert!(!session.push(f64::NAN, 0.1));
    assert!(!session.push(1.0, f64::INFINITY));
    while session.step().is_some() {}
    assert!(!session.push(1.0, 0.1), "the run is over");
    assert_eq!(session.pushes(), 0);
}

#[test]
fn a_law_with_regimes_says_in_which_it_is() {
    let mut session = session(&scenario("simulation: {duration: 3}", &[]));
    steps(&mut session, 2900);
    assert_eq!(session.column("sliding"), None, "the classical law has none");
    session.switch("hybrid").expect("a kind");
    steps(&mut session, 100);
    assert_eq!(session.column("sliding"), Some(1.0));
}

#[test]
fn uncontrolled_links_hang_and_controlled_ones_have_fallen() {
    let text = "
controller: {kind: none}
simulation: {duration: 3, initial_state: [0, 3, 3, 0, 0, 0]}";
    let mut session = session(&scenario(text, &[]));
    steps(&mut session, 100);
    assert_eq!((session.is_over(), session.verdict()), (false, Verdict::Free));
    session.switch("hybrid").expect("a kind");
    session.step();
    assert_eq!((session.is_over(), session.verdict()), (true, Verdict::Fell));
    assert_eq!(session.early_end().and_then(|end| end.link), Some(1));
}
