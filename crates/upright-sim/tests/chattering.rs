//! The verdict on a force that shakes.

use upright_sim::Scenario;
use upright_sim::metrics::{MetricsAccumulator, Verdict};

/// The verdict on a run at rest whose force is `force` of each of its periods.
fn under(force: impl Fn(u32) -> f64) -> Verdict {
    let mut scenario = Scenario::default();
    scenario.simulation.duration = 2.0;
    scenario.actuator.max_force = 10.0;
    let mut sums = MetricsAccumulator::<f64>::new(&scenario);
    sums.state(&[0.0; 6]);
    for k in 0..2000 {
        sums.period(&[0.0; 6], force(k), 0.0);
        sums.state(&[0.0; 6]);
    }
    assert!(sums.metrics(0, None).settling_time.is_some());
    sums.verdict(0)
}

#[test]
fn a_force_chatters_by_turns_and_variation_together_or_by_its_limit() {
    let shaken = |size: f64, every: u32| {
        under(move |k| if (k / every).is_multiple_of(2) { size } else { -size })
    };
    // 1 ms: 2 size a period, 2000 size a second, against 20 limits of 10 N.
    assert_eq!(shaken(0.11, 1), Verdict::Chattering);
    assert_eq!(shaken(0.09, 1), Verdict::Settled);
    // 19 turns a second are too few, however large.
    assert_eq!(shaken(9.0, 53), Verdict::Settled);
    assert_eq!(shaken(9.0, 40), Verdict::Chattering);
    // A fifth of the last second at the limit.
    assert_eq!(under(|k| if k >= 1790 { 10.0 } else { 0.0 }), Verdict::Chattering);
    assert_eq!(under(|k| if k >= 1810 { 10.0 } else { 0.0 }), Verdict::Settled);
    // What was before the last second does not count.
    assert_eq!(under(|k| if k < 900 { 10.0 } else { 0.0 }), Verdict::Settled);
    assert!(Verdict::Chattering.upright() && !Verdict::Chattering.calm());
}
