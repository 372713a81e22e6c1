//! Second opinions: what grows beside written memory, and what of its growth may be none.

use super::watched::{Beside, Counters, Group, Opinion, Reading};
use crate::statistics::Series;
use crate::verdict::{InconclusiveReason, Judgement, Noise, Verdict, judge_counted, judge_sampled};

/// Pages that were given back could be all of a growth of which they are at least this part.
const EXPLAINED: f64 = 0.5;

/// Looks at all that there is beside written memory.
pub(super) fn opinions(readings: &[Reading], noise: &Noise) -> Vec<Opinion> {
    let of_group = |value: fn(&Group, &Counters) -> Option<f64>| -> Series {
        let of = |reading: &Reading| Some((reading.at, value(&reading.group?, &reading.counters)?));
        readings.iter().filter_map(of).collect()
    };
    let of_counters = |value: fn(&Counters) -> f64| -> Series {
        readings.iter().map(|reading| (reading.at, value(&reading.counters))).collect()
    };
    let descriptors = of_counters(|counters| counters.descriptors as f64);
    let space =
        of_counters(|counters| counters.address_space.saturating_sub(counters.resident) as f64);
    let shared = of_group(|group, _| Some(group.shared as f64));
    let kernel = of_group(|group, _| group.alone.then_some(group.kernel as f64));
    let sampled = |of, series: &Series| Opinion { of, judgement: judge_sampled(series, noise) };
    let mut found = vec![
        Opinion { of: Beside::Descriptors, judgement: judge_counted(&descriptors) },
        sampled(Beside::AddressSpace, &space),
    ];
    let groups = [(Beside::GroupShared, shared), (Beside::GroupKernel, kernel)];
    found.extend(
        groups
            .iter()
            .filter(|(_, series)| !series.is_empty())
            .map(|(of, series)| sampled(*of, series)),
    );
    found
}

/// Takes an innocent verdict back where a second opinion sees growth, in words that say which.
pub(super) fn consult(judgement: &mut Judgement, opinions: &[Opinion], span: f64) {
    if !judgement.verdict.is_innocent() {
        return;
    }
    let leak = |of: Beside| {
        opinions.iter().find_map(|opinion| match opinion.judgement.verdict {
            Verdict::Leak { rate, .. } if opinion.of == of => Some(rate),
            _ => None,
        })
    };
    let order = [
        (Beside::Descriptors, "the number of open file descriptors"),
        (Beside::GroupShared, "shared memory of its control group"),
        (Beside::GroupKernel, "the kernel's memory for it"),
        (Beside::AddressSpace, "address space that is not written"),
    ];
    if let Some((what, rate)) = order.into_iter().find_map(|(of, what)| Some((what, leak(of)?))) {
        let doubt = InconclusiveReason::OutOfSight { what, rate };
        judgement.verdict = Verdict::Inconclusive { doubt, settled_by: 2.0 * span };
    }
}

/// Takes a leak back that pages given back lazily could be: where all processes of the system gave back enough
/// of them meanwhile, and these, where they could be asked, still hold enough of them.
pub(super) fn allow_for_given_back(
    judgement: &mut Judgement,
    by_all: u64,
    held: impl FnOnce() -> Option<u64>,
    span: f64,
) {
    let Verdict::Leak { rate, .. } = judgement.verdict else { return };
    let explains = |bytes: u64| bytes as f64 >= EXPLAINED * rate * span;
    if explains(by_all) && held().is_none_or(explains) {
        let doubt =
            InconclusiveReason::GivenBack { rate: by_all as f64 / span.max(f64::MIN_POSITIVE) };
        judgement.verdict = Verdict::Inconclusive { doubt, settled_by: 2.0 * span };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(of: impl Fn(f64) -> (Counters, Option<Group>)) -> Vec<Reading> {
        let reading = |i: u32| {
            let at = f64::from(i) / 10.0;
            let (counters, group) = of(at);
            Reading { at, counters, walk: None, group }
        };
        (0..300).map(reading).collect()
    }

    fn consulted(readings: &[Reading]) -> Verdict {
        let written: Series =
            readings.iter().map(|reading| (reading.at, reading.counters.written as f64)).collect();
        let mut judgement = judge_sampled(&written, &Noise::default());
        assert!(judgement.verdict.is_innocent());
        consult(&mut judgement, &opinions(readings, &Noise::default()), 30.0);
        judgement.verdict
    }

    fn what(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Inconclusive {
                doubt: InconclusiveReason::OutOfSight { what, .. }, ..
            } => what,
            _ => "",
        }
    }

    #[test]
    fn what_grows_out_of_sight_leaves_the_verdict_open() {
        let still = Counters { written: 8 << 20, descriptors: 5, ..Counters::default() };
        assert_eq!(consulted(&readings(|_| (still, Some(Group::default())))), Verdict::Clean);
        let descriptors = readings(|t| (Counters { descriptors: (5.0 * t) as u64, ..still }, None));
        assert!(what(&consulted(&descriptors)).contains("descriptors"));
        let pages = |t: f64| ((200e3 * t / 4096.0) as u64) << 12;
        let shared = readings(|t| (still, Some(Group { shared: pages(t), ..Group::default() })));
        assert!(what(&consulted(&shared)).contains("shared"));
        let of_kernel = |alone| {
            readings(|t| (still, Some(Group { kernel: pages(t), alone, ..Group::default() })))
        };
        assert!(what(&consulted(&of_kernel(true))).contains("kernel"));
        // What others in the group do is not held against it.
        assert_eq!(consulted(&of_kernel(false)), Verdict::Clean);
        let space = readings(|t| (Counters { address_space: pages(t), ..still }, None));
        assert!(what(&consulted(&space)).contains("address space"));
    }

    #[test]
    fn growth_that_lazy_pages_explain_is_open() {
        let leak = || {
            let series = (0..300).map(|i| f64::from(i) / 10.0).map(|t| (t, 1e6 * t)).collect();
            judge_sampled(&series, &Noise::default())
        };
        let after = |by_all, held| {
            let mut judgement = leak();
            allow_for_given_back(&mut judgement, by_all, || held, 30.0);
            judgement.verdict.is_leak()
        };
        assert!(!after(30_000_000, Some(30_000_000)));
        // It may not be asked, or has ended.
        assert!(!after(30_000_000, None));
        // Others gave back.
        assert!(after(30_000_000, Some(1_000_000)));
        assert!(after(1_000_000, None));
    }
}
