//! Monitoring: what it does to a run (nothing), what it warns of, and what it does not.
//!
//! Resident memory is the whole process's and moves with the other tests, so nothing here depends on
//! it: beside counted bytes it can only turn `Within` into `Inconclusive`.

use heapwatch::CountingAllocator;
use upright_core::law::hybrid::{self, Hybrid};
use upright_core::{Command, Controller, HistorySize, State};
use upright_sim::closed_loop::ClosedLoop;
use upright_sim::monitor::{
    MAX_SAMPLES, MemoryVerdict, Monitor, MonitorHook, Report, run_monitored,
};
use upright_sim::realization::Realization;
use upright_sim::run::{Run, RunOptions, run_with_controller};
use upright_sim::scenario::kinds::{Family, KINDS, Kind, KindInfo, NoSettings, Uncontrolled};
use upright_sim::scenario::{Overrides, Scenario};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// Everything that a controller remembers has work: switches, adaptations, saturation, a push.
const ROUGH: &str = "
simulation: {duration: 3, initial_state: [0, 0.1, 0.1, 0.2, 0.5, 0.3]}
actuator: {max_force: 25, delay: 1}
sensors: {angle_noise: 0.0005, delay: 1}
disturbances:
  - {kind: pulse, target: cart, amplitude: 12, start: 1, duration: 0.1}
  - {kind: sine, target: joint2, amplitude: 0.01, frequency: 1}
";

fn scenario(text: &str, set: &[(&str, &str)]) -> Scenario {
    let set = set.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
    Scenario::read("monitor", text, &Overrides { set, ..Overrides::default() }).expect("valid")
}

/// Runs, and takes the report out, so that the rest can be compared.
fn apart(scenario: &Scenario) -> (Run, Option<Report>) {
    let realization = Realization::nominal(scenario);
    let found =
        run_monitored(scenario, &realization, RunOptions::default(), &mut |_| {}).expect("a run");
    (found.run, found.memory)
}

/// The trajectory, where zero is not minus zero.
fn bits(run: &Run) -> Vec<u64> {
    run.trajectory.iter().flatten().map(|number| number.to_bits()).collect()
}

/// The kinds that balance; swing-ups plan when they fall, and have tests of their own.
fn balancing() -> impl Iterator<Item = &'static KindInfo> {
    KINDS.iter().filter(|kind| kind.family != Family::SwingUp)
}

#[test]
fn a_controller_that_is_recreated_and_reset_acts_the_same_to_the_bit() {
    for kind in balancing() {
        // Under noise a prediction takes more force than 25 N to stand.
        let force = if kind.family == Family::Predictive { "60" } else { "25" };
        let force = ("actuator.max_force", force);
        let kind = ("controller.kind", kind.name);
        let (plain, report) = apart(&scenario(ROUGH, &[kind, force]));
        assert_eq!(report, None);
        assert_eq!(plain.periods, 3000, "{} fell", kind.1);
        for (recreate, reset) in [("7", "1000"), ("1", "1"), ("1000", "11"), ("2999", "3000")] {
            let set = [("monitor.recreate_every", recreate), ("monitor.reset_every", reset)];
            let (watched, report) = apart(&scenario(ROUGH, &[kind, force, set[0], set[1]]));
            assert_eq!(watched, plain, "{}, recreated every {recreate}", kind.1);
            assert_eq!(bits(&watched), bits(&plain), "{}, recreated every {recreate}", kind.1);
            let report = report.expect("it was asked for");
            let times = |every: &str| plain.periods / every.parse::<u64>().expect("a number");
            assert_eq!((report.recreated, report.reset), (times(recreate), times(reset)));
        }
    }
}

#[test]
fn a_lqr_with_an_integral_takes_it_along() {
    let lqr = [("controller.kind", "lqr"), ("controller.integral", "1000")];
    let push = "disturbances: [{kind: step, target: cart, amplitude: 10, start: 1}]";
    let (plain, _) = apart(&scenario(push, &lqr));
    let set = [lqr[0], lqr[1], ("monitor.recreate_every", "7")];
    assert_eq!(apart(&scenario(push, &set)).0, plain);
}

#[test]
fn a_reset_empties_the_records_and_keeps_what_the_force_depends_on() {
    let set = [("controller.kind", "hybrid"), ("monitor.reset_every", "100")];
    let scenario = scenario(ROUGH, &set);
    let context = scenario.context().expect("a context");
    let fresh = || Hybrid::build::<f64>(&hybrid::Settings::default(), &context).map_err(Into::into);
    let mut turning =
        ClosedLoop::new(&scenario, fresh().expect("a controller"), false).expect("allowed");
    let mut monitor = Monitor::of(&scenario).expect("asked for");
    let mut emptied = 0;
    while turning.step().is_some() {
        let lengths = |turning: &ClosedLoop<_>| {
            let mut lengths = Vec::new();
            Controller::<f64>::histories(turning.controller(), |size: HistorySize| {
                lengths.push((size.name, size.length));
            });
            lengths
        };
        let before = lengths(&turning);
        monitor.after(&mut turning, fresh).expect("it was built before");
        let after = lengths(&turning);
        if turning.done().is_multiple_of(100) {
            emptied += before[0].1 + before[1].1;
            assert_eq!(after[..2], [("switches", 0), ("adaptations", 0)]);
            assert_eq!(after[2], before[2]);
        } else {
            assert_eq!(after, before);
        }
    }
    assert!(emptied > 100, "there was nothing to empty: {emptied}");
}

/// A controller that lets the cart roll and forgets what it allocates, which is no way to write one.
#[derive(Clone, Copy)]
struct Forgetful<C> {
    inner: C,
    every_period: usize,
    /// At which period, and how much.
    once: (u64, usize),
    period: u64,
}

impl<C: Controller<f64>> Controller<f64> for Forgetful<C> {
    const COLUMNS: &'static [&'static str] = C::COLUMNS;

    fn control(&mut self, measured: &State<f64>) -> Command<f64> {
        let forget = |bytes: usize| std::mem::forget(vec![1_u8; bytes]);
        forget(self.every_period);
        if self.period == self.once.0 {
            forget(self.once.1);
        }
        self.period += 1;
        self.inner.control(measured)
    }

    fn observe(&self, measured: &State<f64>) -> Command<f64> {
        self.inner.observe(measured)
    }

    fn reset_lanes(&mut self, lanes: <f64 as upright_core::Real>::Mask) {
        self.inner.reset_lanes(lanes);
    }

    fn columns(&self, write: impl FnMut(f64)) {
        self.inner.columns(write);
    }
}

/// 20 000 periods without control, in which memory is forgotten.
fn forgetting(every_period: usize, once: (u64, usize)) -> Report {
    let scenario = scenario(
        "{simulation: {duration: 20}, controller: {kind: none}, monitor: {sample_every: 100}}",
        &[],
    );
    let context = scenario.context().expect("a context");
    let inner = Uncontrolled::build::<f64>(&NoSettings::default(), &context).expect("no control");
    let controller = Forgetful { inner, every_period, once, period: 0 };
    let mut hook = MonitorHook::new(&scenario, None);
    let options = RunOptions { hook: Some(&mut hook), ..RunOptions::default() };
    let run = run_with_controller(&scenario, &context, controller, options).expect("a run");
    assert_eq!(run.periods, 20_000);
    hook.report().expect("asked for")
}

#[test]
fn a_controller_that_leaks_two_megabytes_in_ten_thousand_periods_is_warned_of() {
    let report = forgetting(200, (0, 0));
    assert_eq!(report.verdict, MemoryVerdict::Exceeded);
    let live = report.live.expect("counted");
    assert_eq!(live.per_10000_periods.map(f64::round), Some(2e6));
    // At the first look, not at the end.
    assert_eq!(report.warned_after, Some(3100));
}

#[test]
fn a_controller_that_leaks_half_of_what_is_allowed_is_not() {
    let report = forgetting(50, (0, 0));
    assert_ne!(report.verdict, MemoryVerdict::Exceeded);
    assert_eq!(report.warned_after, None);
    let live = report.live.expect("counted");
    assert!(live.judgement.verdict.is_leak() && !live.exceeds, "{live:?}");
    assert_eq!(live.per_10000_periods.map(f64::round), Some(5e5));
}

#[test]
fn a_controller_that_takes_24_megabytes_once_is_not() {
    for at in [0, 700, 2000, 15_000] {
        let report = forgetting(0, (at, 24_000_000));
        assert_ne!(report.verdict, MemoryVerdict::Exceeded, "at {at}");
        assert_eq!(report.warned_after, None, "at {at}");
        let live = report.live.expect("counted");
        let first = report.samples[0].live_bytes.expect("counted") as f64;
        assert_eq!(live.judgement.peak_bytes - first, 24e6);
        if at < 10_000 {
            assert!(live.judgement.verdict.is_innocent(), "at {at}: {:?}", live.judgement);
            assert_eq!(live.per_10000_periods, Some(0.0), "at {at}");
        } else {
            // So late that it may come again.
            assert_eq!(report.verdict, MemoryVerdict::Inconclusive);
            assert_eq!(live.per_10000_periods, None);
        }
    }
}

#[test]
fn who_asks_to_be_told_is_told_during_the_run_and_once() {
    // No controller of the registry leaks, so the one who watches does.
    let scenario = scenario("{simulation: {duration: 8}, monitor: {sample_every: 50}}", &[]);
    let mut periods = 0;
    let mut leak = |_: &_| {
        std::mem::forget(vec![1_u8; 300]);
        periods += 1;
        true
    };
    let mut told = Vec::new();
    let options = RunOptions { record: false, hook: Some(&mut leak) };
    let run = run_monitored(
        &scenario,
        &Realization::nominal(&scenario),
        options,
        &mut |report: &Report| {
            told.push((report.verdict, report.warned_after));
        },
    );
    let report = run.expect("a run").memory.expect("asked for");
    assert_eq!(told, [(MemoryVerdict::Exceeded, Some(1550))]);
    assert_eq!((report.verdict, report.warned_after), (MemoryVerdict::Exceeded, Some(1550)));
    assert_eq!(periods, 8000);
}

#[test]
fn a_full_record_is_thinned_and_spans_the_whole_run() {
    let scenario = scenario("monitor: {sample_every: 1}", &[]);
    let (run, report) = apart(&scenario);
    assert_eq!(run.periods, 10_000);
    let samples = report.expect("asked for").samples;
    assert!((MAX_SAMPLES / 2..=MAX_SAMPLES).contains(&samples.len()));
    assert!(samples.iter().enumerate().all(|(i, sample)| sample.period == 16 * i as u64));
    assert!(samples.last().is_some_and(|sample| sample.period > 10_000 - 16));
}

#[test]
fn a_short_run_is_inconclusive_and_never_within() {
    let (_, report) = apart(&scenario("monitor: {}", &[]));
    let report = report.expect("asked for");
    assert_eq!((report.samples.len(), report.verdict), (11, MemoryVerdict::Inconclusive));
    assert_eq!(report.live.and_then(|live| live.per_10000_periods), None);
}

#[test]
fn the_section_reads_back_as_it_was_resolved() {
    for (text, on) in [
        ("{}", false),
        ("monitor:\n", false),
        ("monitor: null\n", false),
        ("monitor: {}\n", true),
        ("monitor: {sample_every: 5, reset_every: 9}\n", true),
        ("monitor: {warn_bytes_per_10000_periods: 12.5, recreate_every: 7}\n", true),
    ] {
        let read = scenario(text, &[]);
        assert_eq!(read.monitor.is_some(), on, "{text}");
        assert_eq!(scenario(&read.to_yaml(), &[]), read, "{text}");
    }
    let partial = scenario("monitor: {reset_every: 9}\n", &[]).monitor.expect("on");
    assert_eq!((partial.sample_every, partial.recreate_every), (1000, 1_000_000));
    assert_eq!((partial.warn_bytes_per_10000_periods, partial.reset_every), (1e6, Some(9)));
}
