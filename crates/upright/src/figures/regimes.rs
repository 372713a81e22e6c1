//! The hybrid law over time: its regimes, what it adapts and what it estimates.

use super::common::{height, series};
use crate::input::LoadedScenario;
use upright_report::{
    Block, Curve, Drawing, Figure, Guide, Panel, PanelRow, Style, Target, color_of,
};
use upright_sim::scenario::kinds::KindSettings;
use upright_sim::trajectory::Trajectory;

/// Regimes as shaded spans behind the distance from the surface, gains and estimates; nothing for
/// other laws.
pub(super) fn figure(
    loaded: &LoadedScenario,
    trajectory: &Trajectory,
    target: Target,
) -> Option<Drawing> {
    let KindSettings::Hybrid(law) = &loaded.scenario.controller.settings else { return None };
    let spans = spans(&trajectory.picture("sliding"));
    let shaded = |guides: &[Guide]| {
        let panel = spans.iter().copied().fold(Panel::new(), Panel::with_guide);
        guides.iter().copied().fold(panel, Panel::with_guide)
    };
    let line = Style::solid(color_of("hybrid"));
    let row = |label: &str, guides: &[Guide], column: &str| {
        let curve = Curve::new(label, line, series(trajectory, column, |value| value));
        PanelRow::new(label).with_panel(shaded(guides).with_curve(curve))
    };
    let thresholds = [law.supervisor.enter, law.supervisor.leave].map(|y| Guide::Horizontal { y });
    let distance = Curve::new("|s|", line, series(trajectory, "s", f64::abs));
    let block = Block::new("")
        .with_row(
            PanelRow::new("|s| (N s)")
                .with_log_y()
                .with_panel(shaded(&thresholds).with_curve(distance)),
        )
        .with_row(row("K (N)", &[], "gain"))
        .with_row(row("L (N/s)", &[], "slope"))
        .with_row(row("d, est. (N)", &[Guide::Horizontal { y: 0.0 }], "d_hat"))
        .with_row(row("ρ, est.", &[Guide::Horizontal { y: 1.0 }], "rho"));
    let figure = Figure::new(format!("Regimes, gains and estimates of {}", loaded.name))
        .with_x_label("t (s)")
        .with_size(700.0, height(target, 110.0))
        .with_legend_entry("sliding, else reaching", Style::band())
        .with_legend_entry("enter and leave; 0 N; ρ = 1", Style::guide())
        .with_block(block)
        .on(target);
    Some(figure.into())
}

/// The times in which a row says that the law slides.
fn spans(sliding: &[[f64; 2]]) -> Vec<Guide> {
    let stretches = sliding.chunk_by(|a, b| (a[1] > 0.5) == (b[1] > 0.5));
    let mut spans = Vec::new();
    let mut index = 0;
    for stretch in stretches {
        index += stretch.len();
        if stretch[0][1] > 0.5 {
            // Up to the row in which it reaches again.
            let end = sliding.get(index).unwrap_or(&stretch[stretch.len() - 1])[0];
            spans.push(Guide::Span { from: stretch[0][0], to: end });
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::{Guide, spans};

    #[test]
    fn spans_are_the_stretches_of_sliding() {
        let rows = |flags: &[u8]| -> Vec<[f64; 2]> {
            (0_u8..).zip(flags).map(|(t, flag)| [f64::from(t), f64::from(*flag)]).collect()
        };
        let span = |from, to| Guide::Span { from, to };
        assert_eq!(spans(&rows(&[0, 1, 1, 0, 1])), [span(1.0, 3.0), span(4.0, 4.0)]);
        assert_eq!(spans(&rows(&[1, 1])), [span(0.0, 1.0)]);
        assert!(spans(&rows(&[0, 0])).is_empty() && spans(&[]).is_empty());
    }
}
