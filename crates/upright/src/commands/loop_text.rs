//! The margins of a sampled loop in words.

use crate::figures::common::heading;
use upright_sim::scenario::sampled::{LoopReport, LoopRow};

/// What a report says, a line a name and its value.
pub(super) fn lines(report: &LoopReport) -> Vec<(String, String)> {
    if let Some(reason) = report.absent {
        return vec![("sampled loop".to_owned(), format!("not analysed: {reason}"))];
    }
    report.rows.iter().flat_map(of_row).collect()
}

/// A factor with as many digits as tell something.
fn factor(value: Option<f64>, none: &str) -> String {
    value.map_or_else(|| none.to_owned(), |value| format!("{value:.3}"))
}

fn of_row(row: &LoopRow) -> Vec<(String, String)> {
    let who = heading(row.controller);
    let who = row.at.map_or_else(|| who.clone(), |at| format!("{who}, {at}"));
    let mut lines = Vec::new();
    let mut said = Vec::new();
    match (row.slope, row.slope_limit) {
        (Some(slope), Some(limit)) => {
            said.push(format!("slope {slope:.1} of at most {limit:.1} 1/s"));
        }
        (Some(slope), None) => said.push(format!("slope {slope:.1} 1/s, none is stable")),
        (None, Some(limit)) => said.push(format!("slopes up to {limit:.1} 1/s are stable")),
        (None, None) => {}
    }
    if let Some(radius) = row.spectral_radius {
        let worst = row.worst_radius.map_or_else(String::new, |worst| {
            format!(", at worst {worst:.6} at the corners of the uncertainty")
        });
        said.push(format!("spectral radius {radius:.6}{worst}"));
    }
    lines.push((format!("loop: {who}"), said.join("; ")));
    if let Some(margins) = &row.margins {
        let up = factor(margins.gain_up, "any");
        let down = factor(margins.gain_down, "0");
        lines.push((
            "  margins".to_owned(),
            format!(
                "gain {down} to {up}, phase {} degrees, delay {} ms",
                margins.phase.map_or_else(|| "any".to_owned(), |x| format!("{x:.1}")),
                margins.delay.map_or_else(|| "any".to_owned(), |x| format!("{:.2}", 1e3 * x)),
            ),
        ));
        lines.push((
            "  largest sensitivity".to_owned(),
            format!(
                "{:.3} at {:.1} Hz, disk margin {:.3}",
                margins.max_sensitivity,
                margins.worst_frequency / std::f64::consts::TAU,
                margins.disk
            ),
        ));
    }
    if let Some(noise) = row.noise.filter(|noise| noise.deviation > 0.0) {
        lines.push((
            "  noise of the sensors".to_owned(),
            format!(
                "{:.3} N in the force, varying by {:.1} N/s (encoders as white noise)",
                noise.deviation, noise.variation
            ),
        ));
    }
    if let Some(cycle) = &row.cycle {
        lines.push((
            "  limit cycle".to_owned(),
            format!(
                "{:.2} N at {:.1} Hz, s to {:.2e} N s",
                cycle.force, cycle.frequency, cycle.amplitude
            ),
        ));
    }
    lines
}
