//! Verdicts on series whose truth is known.

use heapwatch::verdict::{Noise, Verdict, judge_counted, judge_sampled};
use heapwatch::{InconclusiveReason, Series};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn steps(count: u32, every: u32, bytes: impl Fn(u32) -> f64) -> Series {
    (0..=count / every).map(|i| (f64::from(i * every), bytes(i * every))).collect()
}

/// Bytes of a vector of single bytes that grows by doubling from 8.
fn doubling(length: u32) -> f64 {
    if length == 0 { 0.0 } else { f64::from(length.max(8).next_power_of_two()) }
}

fn counted(series: &Series) -> Verdict {
    judge_counted(series).verdict
}

fn assert_leak(series: &Series, truth: f64) {
    match counted(series) {
        Verdict::Leak { rate, interval, .. } => {
            assert!((rate - truth).abs() <= 0.05 * truth, "{rate}, not {truth}");
            assert!(
                interval.low <= truth * 1.001 && truth * 0.999 <= interval.high,
                "{interval:?}, not {truth}"
            );
        }
        other => panic!("{other} instead of a leak of {truth}"),
    }
}

#[test]
fn what_does_not_grow_is_clean() {
    assert_eq!(counted(&steps(1000, 10, |_| 77.0)), Verdict::Clean);
    assert_eq!(
        counted(&steps(1000, 10, |step| if step < 50 { 900.0 } else { 77.0 })),
        Verdict::Clean
    );
}

#[test]
fn a_cost_paid_once_is_no_leak() {
    for every in [1, 10, 100] {
        let series = steps(10_000, every, |step| if step > 0 { 24e6 } else { 0.0 });
        assert_eq!(counted(&series), Verdict::OneTime { bytes: 24e6 });
        assert_eq!(judge_counted(&series).one_time_bytes, 24e6);
    }
}

#[test]
fn rings_that_fill_are_bounded_or_in_doubt_and_never_leaks() {
    for every in [1, 10, 100] {
        for full in [1000, 3000, 5000, 5500, 6000, 6500, 7000] {
            let one_by_one = steps(10_000, every, |step| f64::from(step.min(full)) * 48.0);
            assert_eq!(counted(&one_by_one), Verdict::Bounded { capacity: f64::from(full) * 48.0 });
            let by_doubling = counted(&steps(10_000, every, |step| doubling(step.min(full))));
            assert!(!by_doubling.is_leak(), "full at {full}: {by_doubling}");
        }
        let at_5000 = counted(&steps(10_000, every, |step| doubling(step.min(5000))));
        assert_eq!(at_5000, Verdict::Bounded { capacity: 8192.0 });
        let at_70_percent = counted(&steps(10_000, every, |step| doubling(step.min(7000))));
        assert_eq!(at_70_percent, Verdict::Bounded { capacity: 8192.0 });
    }
}

#[test]
fn a_ring_that_may_just_have_filled_is_in_doubt_and_is_told_how_long_to_run() {
    // Full at 70 % of the run, just after it doubled: a leak would look the same until step 16 384.
    let ring = |count| steps(count, 10, |step| doubling(step.min(8200)));
    let Verdict::Inconclusive { doubt, settled_by } = counted(&ring(11_714)) else {
        panic!("decided")
    };
    assert!(matches!(doubt, InconclusiveReason::NotStillLongEnough { .. }), "{doubt}");
    assert!((16_384.0..22_000.0).contains(&settled_by), "{settled_by}");
    let settled = settled_by as u32 + 100;
    assert_eq!(counted(&ring(settled)), Verdict::Bounded { capacity: 16_384.0 });
    assert!(!counted(&steps(settled, 10, doubling)).is_innocent());
}

#[test]
fn a_leak_that_pauses_shortly_before_the_end_is_not_called_bounded() {
    for stop in [85, 90, 95, 97, 98, 99] {
        let ends = 10_000 / 100 * stop;
        let dense = counted(&steps(10_000, 10, |step| f64::from(step.min(ends)) * 8.0));
        assert!(!dense.is_innocent(), "still from {stop} % on: {dense}");
        // As sampled: memory in pages, ten times a second for 12 s.
        let pages = |t: f64| (200e3 * t.min(0.12 * f64::from(stop)) / 4096.0).floor() * 4096.0;
        let sampled = (0..120).map(|i| f64::from(i) / 10.0).map(|t| (t, pages(t))).collect();
        let verdict = judge_sampled(&sampled, &Noise::default()).verdict;
        assert!(!verdict.is_innocent(), "still from {stop} % on: {verdict}");
    }
    // What filled up and then was still for long is bounded, by all that it held.
    let filled = (0..120).map(|i| (f64::from(i) / 10.0, 2e6 * (f64::from(i) / 40.0).min(1.0)));
    let verdict = judge_sampled(&filled.collect(), &Noise::default()).verdict;
    assert_eq!(verdict, Verdict::Bounded { capacity: 2e6 });
}

#[test]
fn saw_teeth_are_bounded_and_those_that_climb_are_leaks() {
    for every in [1, 10, 70] {
        let cut = steps(20_000, every, |step| 500.0 + f64::from(step % 500));
        assert!(matches!(counted(&cut), Verdict::Bounded { .. }), "{every}: {}", counted(&cut));
        let climbing = steps(20_000, every, |step| f64::from(step % 500) + 0.3 * f64::from(step));
        assert!(counted(&climbing).is_leak(), "{every}: {}", counted(&climbing));
    }
    for teeth in [3, 4, 5, 8] {
        let period = 10_000 / teeth;
        let cut = steps(10_000, 10, |step| f64::from(step % period));
        assert!(!counted(&cut).is_leak(), "{teeth}: {}", counted(&cut));
    }
}

#[test]
fn a_cache_that_warms_is_bounded() {
    let even = steps(10_000, 10, |step| f64::from(step.min(2000)) * 100.0);
    assert_eq!(counted(&even), Verdict::Bounded { capacity: 200_000.0 });
    let slowing = steps(10_000, 10, |step| {
        (2e5 * (1.0 - (-f64::from(step.min(2000)) / 600.0).exp())).floor()
    });
    assert!(matches!(counted(&slowing), Verdict::Bounded { .. }), "{}", counted(&slowing));
    // Still warming at the end, ever more slowly: not called a leak.
    let still = steps(10_000, 10, |step| (2e5 * (1.0 - (-f64::from(step) / 2000.0).exp())).floor());
    assert!(!counted(&still).is_leak(), "{}", counted(&still));
}

#[test]
fn leaks_are_named_with_their_rate() {
    for every in [1, 10, 100] {
        assert_leak(&steps(10_000, every, |step| f64::from(step) * 8.0), 8.0);
        assert_leak(&steps(10_000, every, |step| f64::from(step / 100)), 0.01);
        assert_leak(&steps(10_000, every, |step| f64::from(step / 777) * 24.0), 24.0 / 777.0);
        let after_warm_up = |step: u32| if step == 0 { 0.0 } else { 24e6 + f64::from(step / 50) };
        assert_leak(&steps(10_000, every, after_warm_up), 0.02);
        // A peak at the beginning is far above what leaks later.
        let after_a_peak = |step: u32| if step < 500 { 1e8 } else { 1e6 + f64::from(step) * 8.0 };
        assert_leak(&steps(10_000, every, after_a_peak), 8.0);
    }
}

#[test]
fn a_byte_a_hundred_steps_in_a_vector_that_doubles_is_found_or_in_doubt() {
    for count in (1000..200_000).step_by(1000) {
        let series = steps(count, 100, |step| doubling(step / 100));
        match counted(&series) {
            Verdict::Leak { rate, .. } => {
                assert!((rate - 0.01).abs() < 0.0005, "{rate} in {count}");
            }
            Verdict::Inconclusive { settled_by, .. } => {
                assert!(
                    settled_by > f64::from(count) && settled_by < 5.0 * f64::from(count) + 5000.0,
                    "{count}: {settled_by}"
                );
            }
            innocent => panic!("{innocent} in {count} steps"),
        }
    }
    assert_leak(&steps(14_000, 100, |step| doubling(step / 100)), 0.01);
}

#[test]
fn rare_growth_of_which_too_little_was_seen_is_in_doubt() {
    let twice = steps(10_000, 10, |step| f64::from(step / 4000) * 32.0);
    assert!(
        matches!(
            counted(&twice),
            Verdict::Inconclusive { doubt: InconclusiveReason::FewRises { .. }, .. }
        ),
        "{}",
        counted(&twice)
    );
    let short = steps(10, 1, |step| f64::from(step) * 8.0);
    assert!(matches!(
        counted(&short),
        Verdict::Inconclusive { doubt: InconclusiveReason::FewSamples { samples: 11 }, .. }
    ));
}

/// Samples a tenth of a second apart.
fn seconds(count: u32, bytes: impl Fn(f64) -> f64) -> Verdict {
    let series: Series =
        (0..count).map(|i| f64::from(i) / 10.0).map(|t| (t, 2e6 + bytes(t))).collect();
    judge_sampled(&series, &Noise::default()).verdict
}

#[test]
fn sampled_growth_in_chunks_is_a_leak_with_its_rate() {
    for chunk in [4096.0, 16384.0, 65536.0] {
        let verdict = seconds(120, |t| (50_000.0 * t / chunk).floor() * chunk);
        let Verdict::Leak { rate, interval, .. } = verdict else { panic!("{chunk}: {verdict}") };
        assert!((rate - 50_000.0).abs() < 7500.0, "{chunk}: {rate}");
        assert!(interval.contains(50_000.0));
    }
}

#[test]
fn sampled_innocents_are_not_leaks() {
    let once = seconds(120, |t| if t > 0.5 { 24e6 } else { 0.0 });
    assert!(matches!(once, Verdict::OneTime { .. }), "{once}");
    for late in [2.0, 5.0, 6.0, 8.0] {
        let once = seconds(120, |t| if t > late { 24e6 } else { 0.0 });
        assert!(!once.is_leak(), "at {late}: {once}");
    }
    let fill = seconds(120, |t| (t.min(4.0) / 4.0 * 512.0).floor() * 4096.0);
    assert!(matches!(fill, Verdict::Bounded { .. }), "{fill}");
    for teeth in [3.0, 3.5, 4.0, 5.0, 7.3, 10.0, 30.0] {
        let saw = seconds(120, |t| (t / 12.0 * teeth).fract() * 4e6);
        assert!(!saw.is_leak(), "{teeth}: {saw}");
    }
    assert_eq!(seconds(120, |_| 0.0), Verdict::Clean);
    assert!(!seconds(120, |t| 3e6 * (1.0 - (-t / 3.0).exp())).is_leak());
    assert!(
        !seconds(120, |t| if t < 5.0 {
            0.0
        } else if t < 9.0 {
            1e5
        } else {
            2e5
        })
        .is_leak()
    );
}

/// Whole pages, a tenth of a second apart for a minute.
fn minute(bytes: impl Fn(f64) -> f64) -> Verdict {
    seconds(600, |t| (bytes(t) / 4096.0).floor() * 4096.0)
}

#[test]
fn growth_that_slows_down_is_warming_and_says_what_it_heads_for() {
    let warming = |verdict: Verdict| match verdict {
        Verdict::Inconclusive {
            doubt: InconclusiveReason::Warming { level, horizon },
            settled_by,
        } => (level, horizon, settled_by),
        other => panic!("{other}"),
    };
    for part in [0.33, 0.5, 0.67, 1.0] {
        let (level, horizon, settled_by) =
            warming(minute(|t| 30e6 * (1.0 - (-t / (60.0 * part)).exp())));
        assert!((level - 30e6).abs() < 1.5e6 && horizon.is_none(), "{part}: {level}");
        assert!(settled_by > 60.0 * 5.0 * part, "{part}: {settled_by}");
    }
    let (level, horizon, _) = warming(minute(|t| 2e6 * t.sqrt()));
    let horizon = horizon.expect("a root has no bound");
    assert!((level - 2e6 * horizon.sqrt()).abs() < 0.1 * level, "{level} at {horizon}");
    assert!(!minute(|t| 4e6 * (1.0 + t / 5.0).ln()).is_leak());
    assert!(!minute(|t| 30e6 * (1.0 - (-t / 12.0).exp())).is_leak());
}

#[test]
fn growth_that_is_first_slow_then_fast_then_slow_is_warming() {
    let level = |verdict: Verdict, name: &str| match verdict {
        Verdict::Inconclusive { doubt: InconclusiveReason::Warming { level, .. }, settled_by } => {
            assert!(settled_by > 60.0, "{name}: {settled_by}");
            level
        }
        other => panic!("{name}: {other}"),
    };
    let logistic =
        |centre: f64, scale: f64| move |t: f64| 30e6 / (1.0 + ((centre - t) / scale).exp());
    for (centre, scale) in [(10.0, 5.0), (24.0, 5.0), (30.0, 6.0), (36.0, 5.0), (36.0, 9.0)] {
        let of = logistic(centre, scale);
        let found = level(minute(of), "logistic");
        let truth = 30e6 - of(0.0);
        assert!((found - truth).abs() < 0.06 * truth, "{centre}, {scale}: {found} of {truth}");
    }
    let gompertz = level(minute(|t| 25e6 * (-5.0 * (-t / 12.0).exp()).exp()), "Gompertz");
    assert!((gompertz - 25e6).abs() < 1e6, "{gompertz}");
    let hyperbola = level(minute(|t| 30e6 * t / (t + 18.0)), "hyperbola");
    assert!((hyperbola - 30e6).abs() < 3e6, "{hyperbola}");
    level(minute(|t| 20e6 * (t / 60.0).powi(2) * (3.0 - t / 30.0)), "a smooth step");
    // After an interpreter was loaded.
    let loaded = |t: f64| if t > 0.1 { 8e6 } else { 0.0 };
    let after = level(minute(|t| loaded(t) + 30e6 * (1.0 - (-t / 30.0).exp())), "after a start");
    assert!((after - 38e6).abs() < 2e6, "{after}");
    level(minute(|t| 30e6 * (1.0 - (-t / 12.0).exp())), "an exponential of a fifth of the watch");
    level(minute(|t| 30e6 * (1.0 - (-(t - 12.0).max(0.0) / 12.0).exp())), "one that begins late");
    // Of counted bytes as of sampled ones.
    let counted = |shape: &dyn Fn(f64) -> f64| {
        counted(&steps(10_000, 10, |step| (2e5 * shape(f64::from(step) / 1e4)).floor()))
    };
    level(counted(&|x| 1.0 / (1.0 + ((0.5 - x) / 0.08).exp())), "counted, logistic");
    for tau in [0.2, 0.5, 1.0] {
        level(counted(&|x| 1.0 - (-x / tau).exp()), "counted, exponential");
    }
    // In a list that doubles, beside which its entries lie.
    let listed = steps(10_000, 10, |step| {
        let entries = (5000.0 * (1.0 - (-f64::from(step) / 5000.0).exp())) as u32;
        f64::from(entries) * 64.0 + 8.0 * f64::from(entries.next_power_of_two())
    });
    let verdict = judge_counted(&listed).verdict;
    assert!(matches!(verdict, Verdict::Inconclusive { .. }), "{verdict}");
    let leaking = steps(10_000, 10, |step| {
        f64::from(step / 4) * 64.0 + 8.0 * f64::from((step / 4).next_power_of_two())
    });
    assert!(judge_counted(&leaking).verdict.is_leak(), "{}", judge_counted(&leaking).verdict);
    level(counted(&f64::sqrt), "counted, root");
    level(counted(&|x| (1.0 + 10.0 * x).ln()), "counted, logarithm");
}

#[test]
fn imports_that_have_ended_a_while_ago_are_not_accused() {
    // One every second, uneven in size and time, until 48 s; then nothing.
    let size = |i: u32| 0.5e6 + 1e6 * (f64::from(i) * 0.618).fract();
    let verdict = minute(|t| {
        let imported =
            |i: u32| ((t - f64::from(i) - (f64::from(i) * 0.414).fract()) / 0.5).clamp(0.0, 1.0);
        (0..47).map(|i| size(i) * imported(i)).sum()
    });
    let still = matches!(
        verdict,
        Verdict::Inconclusive {
            doubt: InconclusiveReason::NotStillLongEnough { .. }
                | InconclusiveReason::Warming { .. },
            ..
        }
    );
    assert!(still || verdict.is_innocent(), "{verdict}");
}

#[test]
fn a_buffer_that_doubles_is_not_called_bounded_between_two_doublings() {
    for last in [31.0, 35.0, 42.0, 50.0, 58.0] {
        let verdict = minute(|t| 4e6 * 2_f64.powf((t / last).max(1e-9).log2().floor()));
        assert!(!verdict.is_innocent(), "{last}: {verdict}");
    }
}

#[test]
fn teeth_after_a_start_up_are_measured_against_the_steady_part() {
    for (duration, period) in [(10, 2.0), (60, 2.0), (60, 7.0)] {
        let with = |rate: f64| -> Series {
            let at = (0..duration * 10).map(|i| f64::from(i) / 10.0);
            at.map(|t| (t, 20e6 * t.min(1.0) + 2e6 * (t / period).fract() + rate * t)).collect()
        };
        let judgement = judge_sampled(&with(0.0), &Noise::default());
        let verdict = &judgement.verdict;
        assert!(matches!(verdict, Verdict::Bounded { .. }), "{duration}, {period}: {verdict}");
        assert!(judgement.teeth >= 3, "{duration}, {period}: {}", judgement.teeth);
        // What is said of growth is said of the teeth, and is narrow.
        let interval = judgement.growth.interval;
        assert!(
            interval.contains(0.0) && interval.high * f64::from(duration) < 0.2e6,
            "{interval:?}"
        );
        let leaks = judge_sampled(&with(200e3), &Noise::default()).verdict;
        assert!(!leaks.is_innocent(), "{duration}, {period}: {leaks}");
    }
}

#[test]
fn teeth_that_are_sampled_unevenly_are_bounded_too() {
    // As on a busy machine: 150 to 250 ms apart.
    let mut t = 0.0;
    let series: Series = (0_u32..300)
        .map(|i| {
            t += 0.15 + 0.1 * (f64::from(i) * 0.618).fract();
            (t, 20e6 * t.min(1.0) + 2e6 * (t / 2.0).fract())
        })
        .collect();
    let judgement = judge_sampled(&series, &Noise::default());
    assert!(matches!(judgement.verdict, Verdict::Bounded { .. }), "{}", judgement.verdict);
}

#[test]
fn a_leak_that_is_known_by_random_draws_of_its_blocks_is_one() {
    // 50 kB twice a second on average, at random times, as a site that is sampled shows it.
    let mut next = 0.0;
    let times: Vec<f64> = (1..=60_u32)
        .map(|i| {
            let part = (f64::from(i) * 0.618_034 * 7.3 + 0.37).fract();
            next -= 0.5 * part.max(1e-3).ln();
            next
        })
        .collect();
    let held = |t: f64| 5e4 * times.iter().filter(|&&time| time <= t).count() as f64;
    let series: Series = (0..150).map(|i| f64::from(i) / 10.0).map(|t| (t, held(t))).collect();
    let drawn = Noise { drawn: true, ..Noise::default() };
    let verdict = judge_sampled(&series, &drawn).verdict;
    assert!(verdict.is_leak(), "{verdict}");
    // Of a process the same is what warms up, as far as one can tell.
    let verdict = judge_sampled(&series, &Noise::default()).verdict;
    assert!(matches!(verdict, Verdict::Inconclusive { .. }), "{verdict}");
}

#[test]
fn a_collected_heap_is_neither_accused_of_its_garbage_nor_cleared_by_its_room() {
    let noise = Noise { collected: true, ..Noise::default() };
    let judged = |bytes: &dyn Fn(f64) -> f64| {
        let at = (0..600).map(|i| f64::from(i) / 10.0);
        judge_sampled(&at.map(|t| (t, bytes(t))).collect(), &noise).verdict
    };
    let open = |verdict: Verdict| {
        let doubt = matches!(
            verdict,
            Verdict::Inconclusive { doubt: InconclusiveReason::Collected { .. }, .. }
        );
        assert!(doubt, "{verdict}");
    };
    open(judged(&|t| 28e6 + 2e6 * t));
    open(judged(&|t| 28e6 + 2e6 * t.min(30.0)));
    open(judged(&|_| 101e6));
    // What gives back shows what is alive.
    let teeth = |t: f64| 28e6 + 4e6 * (t / 2.0).fract();
    assert!(judged(&teeth).is_innocent(), "{}", judged(&teeth));
    assert!(judged(&|t| teeth(t) + 200e3 * t).is_leak());
}

#[test]
fn what_falls_is_not_called_clean() {
    let falling = minute(|t| 60e6 - 0.5e6 * t);
    let doubt =
        matches!(falling, Verdict::Inconclusive { doubt: InconclusiveReason::Falling { .. }, .. });
    assert!(doubt, "{falling}");
    // What fell at the beginning, once, is.
    assert_eq!(minute(|t| if t < 3.0 { 60e6 } else { 20e6 }), Verdict::Clean);
}

#[test]
fn a_leak_is_found_beside_a_small_warm_up() {
    let verdict = minute(|t| 2e6 * (1.0 - (-t / 15.0).exp()) + 400e3 * t);
    let Verdict::Leak { rate, .. } = verdict else { panic!("{verdict}") };
    assert!((rate - 400e3).abs() < 40e3, "{rate}");
}

#[test]
fn a_leak_that_is_steady_or_grows_faster_stays_one() {
    for rate in [2e3, 5e4, 8e5] {
        assert!(minute(|t| rate * t).is_leak(), "{rate}");
        assert!(minute(|t| rate * t + 0.01 * rate * t * t).is_leak(), "{rate}, faster");
        let after_a_start = minute(|t| if t > 1.0 { 24e6 } else { 0.0 } + rate * t);
        assert!(after_a_start.is_leak(), "{rate} after a start: {after_a_start}");
        let after_a_fill = minute(|t| 2e6 * (t / 15.0).min(1.0) + rate * t);
        assert!(after_a_fill.is_leak(), "{rate} after a fill: {after_a_fill}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(20_240_611), ..ProptestConfig::default() })]

    #[test]
    fn any_series_gets_a_verdict(samples in proptest::collection::vec((-1e12_f64..1e12, -1e15_f64..1e15), 0..80)) {
        let mut samples = samples;
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        let series: Series = samples.into_iter().collect();
        let (counted, sampled) = (judge_counted(&series), judge_sampled(&series, &Noise::default()));
        for judgement in [counted, sampled] {
            if let Verdict::Leak { rate, interval, .. } = judgement.verdict {
                prop_assert!(rate > 0.0 && interval.low <= rate && rate <= interval.high);
            }
        }
    }

    /// A cost before it and an offset below it do not change what a leak is.
    #[test]
    fn a_leak_stays_one_above_any_offset(offset in 0.0_f64..1e9, once in 0.0_f64..1e8, each in 1_u32..1000, wait in 1_u32..400) {
        let series = steps(10_000, 10, |step| {
            offset.floor() + if step > 0 { once.floor() } else { 0.0 } + f64::from(step / wait * each)
        });
        let truth = f64::from(each) / f64::from(wait);
        match judge_counted(&series).verdict {
            Verdict::Leak { rate, .. } => prop_assert!((rate - truth).abs() <= 0.05 * truth, "{} not {}", rate, truth),
            other => prop_assert!(false, "{other}"),
        }
    }

    /// However a buffer is filled, once it is full for long enough it is no leak.
    #[test]
    fn what_stopped_long_ago_is_never_a_leak(stop in 1_u32..2500, each in 1_u32..1000, by_doubling: bool) {
        let series = steps(10_000, 10, |step| {
            let length = step.min(stop) * each;
            if by_doubling { doubling(length) } else { f64::from(length) }
        });
        prop_assert!(judge_counted(&series).verdict.is_innocent(), "{}", judge_counted(&series).verdict);
    }
}
