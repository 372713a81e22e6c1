//! A watch as metrics in the text format that Prometheus and `OpenMetrics` share: for a scrape, and for the
//! textfile collector of the node exporter.

use heapwatch::process::Watched;
use std::fmt::Write;

const VERDICTS: [&str; 5] = ["clean", "one_time", "bounded", "leak", "inconclusive"];

/// All that is known now. What is not known is left out.
pub(super) fn metrics(
    name: &str,
    watched: &Watched,
    limit: Option<u64>,
    unix_seconds: f64,
) -> String {
    let judgement = &watched.judgement;
    let last = watched.readings.last().map(|reading| reading.counters).unwrap_or_default();
    let group = watched.readings.iter().rev().find_map(|reading| reading.group);
    let growth = judgement.growth;
    let gauges = [
        ("written_bytes", "Memory without a file behind it.", Some(last.written as f64)),
        ("resident_bytes", "Pages in memory.", Some(last.resident as f64)),
        ("peak_bytes", "Most written memory.", Some(judgement.peak_bytes)),
        ("one_time_bytes", "Paid once, before the steady state.", Some(judgement.one_time_bytes)),
        ("growth_bytes_per_second", "Growth in the steady state.", Some(growth.rate)),
        ("growth_low_bytes_per_second", "Lower end of its interval.", Some(growth.interval.low)),
        ("growth_high_bytes_per_second", "Upper end of its interval.", Some(growth.interval.high)),
        ("full_in_seconds", "Until the limit is reached, at the earliest.", watched.full_in(limit)),
        ("group_used_bytes", "Charged to the control group.", group.map(|group| group.used as f64)),
        ("processes", "Processes that are watched.", Some(last.processes as f64)),
        ("threads", "Their threads.", Some(last.threads as f64)),
        ("descriptors", "Their open file descriptors.", Some(last.descriptors as f64)),
        ("samples", "Samples that were judged.", Some(watched.written.len() as f64)),
        ("cost_share", "Time spent reading, as a part of theirs.", Some(watched.cost.share)),
        ("judged_timestamp_seconds", "When this was judged, in Unix time.", Some(unix_seconds)),
    ];
    let label = label(name);
    let mut text = String::new();
    for (metric, help, value) in gauges {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            // Writing to a text cannot fail.
            let _ =
                writeln!(text, "# TYPE heapwatch_{metric} gauge\n# HELP heapwatch_{metric} {help}");
            let _ = writeln!(text, "heapwatch_{metric}{{watched=\"{label}\"}} {value}");
        }
    }
    let _ = writeln!(
        text,
        "# TYPE heapwatch_verdict gauge\n# HELP heapwatch_verdict 1 for what is said."
    );
    for verdict in VERDICTS {
        let is = u8::from(verdict == judgement.verdict.name());
        let _ =
            writeln!(text, "heapwatch_verdict{{watched=\"{label}\",verdict=\"{verdict}\"}} {is}");
    }
    text.push_str("# EOF\n");
    text
}

/// A text as the value of a label.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn labels_are_escaped() {
        assert_eq!(label("a \"b\"\\c\nd"), "a \\\"b\\\"\\\\c\\nd");
    }
}
