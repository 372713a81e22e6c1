//! What a watch saw, in words.

use heapwatch::process::{End, Watched};
use heapwatch::{InconclusiveReason, Verdict};
use upright_table::size;

/// The verdict in words.
pub(super) fn statement(watched: &Watched) -> String {
    let judgement = &watched.judgement;
    match &judgement.verdict {
        Verdict::Clean => "it does not grow".to_owned(),
        Verdict::OneTime { bytes } => format!("{} taken once, then flat", size(*bytes)),
        Verdict::Bounded { capacity } if judgement.teeth > 0 => format!(
            "a saw-tooth of {} teeth, at most {} above its beginning, that does not climb; growth below \
             {} a second would not show in it",
            judgement.teeth,
            size(*capacity),
            size(judgement.growth.interval.high.max(0.0))
        ),
        Verdict::Bounded { capacity } => {
            format!("it filled up to {} and has stopped growing", size(*capacity))
        }
        Verdict::Leak { rate, interval, .. } => format!(
            "it grows by {} a second ({} to {})",
            size(*rate),
            size(interval.low),
            size(interval.high)
        ),
        Verdict::Inconclusive {
            doubt: doubt @ InconclusiveReason::EndedWithError { .. }, ..
        } => {
            format!("{doubt}: what it held until then clears it of nothing")
        }
        Verdict::Inconclusive { doubt: doubt @ InconclusiveReason::Collected { .. }, .. } => {
            format!("{doubt}; its runtime's own tools tell what is alive")
        }
        Verdict::Inconclusive { doubt, settled_by } => {
            // Where hardly anything was seen, nothing is known of what would settle it.
            if *settled_by < 1.0 {
                doubt.to_string()
            } else {
                format!("{doubt}; {settled_by:.0} s would settle it")
            }
        }
    }
}

/// What is printed where no JSON was asked for.
pub(super) fn text(name: &str, watched: &Watched, limit: Option<u64>) -> String {
    let judgement = &watched.judgement;
    let samples = watched.written.len();
    let full = full(watched, limit).map_or_else(String::new, |line| format!("{line}\n"));
    let how = match watched.end {
        End::Running => "so far".to_owned(),
        End::Duration => "to the end of the time given".to_owned(),
        End::Exited(Some(code)) => format!("until it ended with code {code}"),
        End::Exited(None) => "until it ended".to_owned(),
        End::Stopped => "until interrupted".to_owned(),
    };
    format!(
        "{name}\n{}: {}\n{samples} samples over {:.1} s, {how}; peak {:.1} MB, paid once {:.1} MB\n{full}{}\n",
        judgement.verdict.name(),
        statement(watched),
        watched.written.span(),
        judgement.peak_bytes / 1e6,
        judgement.one_time_bytes / 1e6,
        cost(watched),
    )
}

/// When a limit is reached, where there is one and something grows.
pub(super) fn full(watched: &Watched, limit: Option<u64>) -> Option<String> {
    let seconds = watched.full_in(limit)?;
    let whose = if limit.is_some() { "the limit given" } else { "its control group" };
    Some(format!("{whose} is full in {} at the earliest", duration(seconds)))
}

/// A time in the largest unit of which there are at least two.
fn duration(seconds: f64) -> String {
    let units = [(86_400.0, "days"), (3600.0, "hours"), (60.0, "minutes")];
    let fits = units.into_iter().find(|(unit, _)| seconds >= 2.0 * unit);
    let (unit, name) = fits.unwrap_or((1.0, "seconds"));
    format!("{:.0} {name}", (seconds / unit).floor())
}

/// What watching cost, in words.
pub(super) fn cost(watched: &Watched) -> String {
    let cost = &watched.cost;
    let walks = match (cost.walks, cost.spared) {
        (0, true) => "no walk of its maps, which would have stopped it too long".to_owned(),
        (0, false) => "no walk of its maps".to_owned(),
        (walks, _) => {
            let longest = cost.longest_walk.as_secs_f64() * 1e3;
            format!("{walks} walks of its maps, the longest {longest:.2} ms")
        }
    };
    format!("watching took {:.4} % of its time, {walks}", 100.0 * cost.share)
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn times_are_told_in_units_that_fit() {
        assert_eq!(
            [0.0, 119.0, 120.0, 7200.0, 86_400.0, 1e6].map(duration),
            ["0 seconds", "119 seconds", "2 minutes", "2 hours", "24 hours", "11 days"]
        );
    }
}
