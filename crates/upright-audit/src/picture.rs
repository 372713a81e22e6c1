//! The picture of a subject under stress.

use crate::evidence::{PhaseName, Point, SubjectEvidence};
use upright_report::{Block, Color, Curve, Figure, Guide, Panel, PanelRow, Style, color_of};

/// Live bytes and resident memory of a subject over its long stress run; the warm-up is shaded. Nothing
/// where the subject was not put under stress.
pub fn memory_stress(subject: &SubjectEvidence) -> Option<Figure> {
    let phase = subject.phase(PhaseName::Stress)?;
    let steady_from = phase.finding.as_ref().map_or(0.0, |finding| finding.steady_from);
    let color = color_of(&subject.subject);
    let panel = |points: Vec<[f64; 2]>, style: Style| {
        let panel = Panel::new().with_curve(Curve::new("", style, points));
        if steady_from > 0.0 {
            panel.with_guide(Guide::Span { from: 0.0, to: steady_from })
        } else {
            panel
        }
    };
    let over = |of: fn(&Point) -> Option<f64>| -> Vec<[f64; 2]> {
        phase.series.iter().filter_map(|point| Some([point.at as f64, of(point)?])).collect()
    };
    let live = over(|point| Some(point.live_bytes as f64));
    let resident = over(|point| point.resident_bytes.map(|bytes| bytes as f64 / 1e6));
    let most = live.iter().map(|point| point[1].abs()).fold(0.0, f64::max);
    // Bytes where there are few, so that one of them would be seen.
    let (unit, scale) = if most >= 1e6 { ("MB", 1e6) } else { ("B", 1.0) };
    let live: Vec<[f64; 2]> = live.into_iter().map(|[at, bytes]| [at, bytes / scale]).collect();
    let (solid, dotted) = (Style::solid(color), Style::dotted(Color::BLACK));
    let title = format!("Memory of {}: {}", subject.subject, phase.statement);
    let warm_up = if steady_from > 0.0 { "warm-up" } else { "warm-up (there is none)" };
    Some(
        Figure::new(shortened(&title))
            .with_x_label(format!("{}s", phase.finding.as_ref().map_or("step", |f| &f.unit)))
            .with_size(760.0, 150.0)
            .with_legend_entry("live bytes, counted", solid)
            .with_legend_entry("resident memory of the process", dotted)
            .with_legend_entry(warm_up, Style::band())
            .with_block(
                Block::new("")
                    .with_row(
                        PanelRow::new(format!("live ({unit})")).with_panel(panel(live, solid)),
                    )
                    .with_row(PanelRow::new("resident (MB)").with_panel(panel(resident, dotted))),
            ),
    )
}

/// Characters of a title that fit above the picture.
const TITLE: usize = 96;

fn shortened(title: &str) -> String {
    if title.chars().count() <= TITLE {
        return title.to_owned();
    }
    title.chars().take(TITLE - 1).chain(['…']).collect()
}
