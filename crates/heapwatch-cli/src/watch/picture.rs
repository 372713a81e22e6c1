//! The picture of a watch.

use super::statement::statement;
use heapwatch::Series;
use heapwatch::process::Watched;
use upright_report::{Block, Color, Curve, Figure, Guide, Panel, PanelRow, Style};

/// Written and resident memory over time, the beginning of the steady state marked.
pub(super) fn figure(name: &str, watched: &Watched) -> String {
    let curve = |label: &str, style: Style, series: &Series| {
        let points = series.at().iter().zip(series.bytes()).map(|(&t, &bytes)| [t, bytes / 1e6]);
        Curve::new(label, style, points)
    };
    let (written, all) = (Style::solid(Color::BLACK), Style::dotted(Color::BLACK));
    let resident: Series = watched
        .readings
        .iter()
        .map(|reading| (reading.at, reading.counters.resident as f64))
        .collect();
    let mut panel = Panel::new()
        .with_curve(curve("written", written, &watched.written))
        .with_curve(curve("resident", all, &resident));
    if let Some(&x) = watched.written.at().get(watched.judgement.steady_from) {
        panel = panel.with_guide(Guide::Vertical { x });
    }
    Figure::new(format!("Memory of {name}"))
        .with_x_label("t (s)")
        .with_size(700.0, 260.0)
        .with_legend_entry("written", written)
        .with_legend_entry("resident", all)
        .with_legend_entry("steady state begins", Style::guide())
        .with_block(
            Block::new(format!("{}: {}", watched.judgement.verdict.name(), statement(watched)))
                .with_row(PanelRow::new("memory (MB)").with_panel(panel)),
        )
        .to_svg()
}
