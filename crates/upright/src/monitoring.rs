//! What the monitoring of a run's memory is told, and what it leaves and says.

use crate::flags::MemoryFlags;
use heapwatch::Verdict as Judged;
use serde_json::{Value, json};
use std::io::Write;
use upright_report::size;
use upright_sim::monitor::{Growth, MemoryVerdict, Report};
use upright_sim::scenario::Scenario;

/// Lays the flags over the scenario's own section; each turns monitoring on.
pub(super) fn turn_on(flags: &MemoryFlags, scenario: &mut Scenario) {
    if flags.monitor || flags.recreate_every.is_some() || flags.reset_every.is_some() {
        let settings = scenario.monitor.get_or_insert_default();
        settings.recreate_every = flags.recreate_every.unwrap_or(settings.recreate_every);
        settings.reset_every = flags.reset_every.or(settings.reset_every);
    }
}

/// What `summary.json` has of it.
pub(super) fn summary(report: &Report) -> Value {
    let growth = |growth: &Option<Growth>| {
        growth.as_ref().map(|growth| {
            json!({
                "verdict": growth.judgement.verdict.name(),
                "growth_bytes_per_10000_periods": growth.per_10000_periods,
                "one_time_bytes": growth.judgement.one_time_bytes,
                "peak_bytes": growth.judgement.peak_bytes,
            })
        })
    };
    json!({
        "verdict": report.verdict.word(),
        "warn_bytes_per_10000_periods": report.allowed,
        "warned_after": report.warned_after,
        "live": growth(&report.live),
        "resident": growth(&report.resident),
        "samples": report.samples.len(),
        "recreated": report.recreated,
        "reset": report.reset,
    })
}

/// The series, a row a sample. `period` is the control period in s.
pub(super) fn csv(report: &Report, period: f64, writer: &mut dyn Write) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(writer);
    writer.write_record(["t", "period", "live_bytes", "resident_bytes"])?;
    for sample in &report.samples {
        let time = sample.period as f64 * period;
        writer.serialize((time, sample.period, sample.live_bytes, sample.resident_bytes))?;
    }
    writer.flush()
}

/// What is to be warned of, if anything: growth beyond what is allowed.
pub(super) fn warning(report: &Report) -> Option<String> {
    let decides = report.live.as_ref().or(report.resident.as_ref())?;
    let rate = decides.per_10000_periods.filter(|_| report.verdict == MemoryVerdict::Exceeded)?;
    let last = report.samples.last().map_or(0, |sample| sample.period);
    Some(format!(
        "memory grows by {} per 10 000 periods, as seen over {last} periods; allowed is {} \
         (monitor.warn_bytes_per_10000_periods)",
        size(rate),
        size(report.allowed)
    ))
}

/// Verdict and growth in a line, and what was done in another.
pub(super) fn text(report: &Report) -> String {
    let growth = |growth: &Option<Growth>| {
        let rate = growth.as_ref().and_then(|growth| growth.per_10000_periods);
        rate.map_or_else(|| "not known".to_owned(), size)
    };
    format!(
        "memory: {} (heap {}, resident {} per 10 000 periods; allowed {})\n        \
         {} samples, controller recreated {}, records emptied {}\n",
        verdict(report),
        growth(&report.live),
        growth(&report.resident),
        size(report.allowed),
        report.samples.len(),
        times(report.recreated),
        times(report.reset),
    )
}

/// The verdict, and where there is none, why.
fn verdict(report: &Report) -> String {
    let word = report.verdict.word();
    if report.verdict != MemoryVerdict::Inconclusive {
        return word.to_owned();
    }
    match report.live.as_ref().or(report.resident.as_ref()).map(|growth| &growth.judgement.verdict)
    {
        None => format!("{word}, neither counted nor told by this system"),
        Some(Judged::Inconclusive { doubt, settled_by }) => {
            format!("{word}, {doubt}; {settled_by:.0} periods would tell")
        }
        Some(_) => format!("{word}, resident memory grows and what the run has counted does not"),
    }
}

fn times(count: u64) -> String {
    match count {
        0 => "never".to_owned(),
        1 => "once".to_owned(),
        n => format!("{n} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use upright_sim::monitor::MemorySample;

    /// The growth of a series with so many bytes more at each of a hundred samples.
    fn growing(by: f64) -> Growth {
        let series = (0..100_u32).map(|i| (1000.0 * f64::from(i), 1e6 + by * f64::from(i)));
        let judgement = heapwatch::verdict::judge_counted(&series.collect());
        let rate = judgement.growth.rate * 1e4;
        Growth { per_10000_periods: Some(rate), judgement, exceeds: rate > 1e6 }
    }

    fn report(verdict: MemoryVerdict, live: Growth) -> Report {
        let last = MemorySample { period: 99_000, live_bytes: Some(0), resident_bytes: None };
        Report {
            verdict,
            allowed: 1e6,
            live: Some(live),
            resident: None,
            samples: vec![last],
            recreated: 1,
            reset: 0,
            warned_after: None,
        }
    }

    #[test]
    fn growth_beyond_what_is_allowed_is_warned_of_with_rate_and_bound() {
        assert_eq!(
            warning(&report(MemoryVerdict::Exceeded, growing(2e5))).as_deref(),
            Some(
                "memory grows by 2.0 MB per 10 000 periods, as seen over 99000 periods; allowed is \
                 1.0 MB (monitor.warn_bytes_per_10000_periods)"
            )
        );
        assert_eq!(warning(&report(MemoryVerdict::Within, growing(5e4))), None);
    }

    #[test]
    fn the_words_say_verdict_growth_and_what_was_done() {
        assert_eq!(
            text(&report(MemoryVerdict::Within, growing(5e4))),
            "memory: within (heap 500.0 kB, resident not known per 10 000 periods; allowed 1.0 MB)\n        \
             1 samples, controller recreated once, records emptied never\n"
        );
    }
}
