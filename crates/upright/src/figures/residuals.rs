//! What a fit leaves of each log, in counts of each encoder.

use super::common::height;
use upright_identify::Residuals;
use upright_report::{Block, Color, Curve, Drawing, Figure, Panel, PanelRow, Style, Target};

/// The encoders: labels and colours.
const ENCODERS: [(&str, Color); 3] = [
    ("cart (counts)", Color::new(0, 114, 178)),
    ("θ₁ (counts)", Color::new(213, 94, 0)),
    ("2nd (counts)", Color::new(0, 158, 115)),
];

/// A block a log.
pub(crate) fn figure(found: &[Residuals], validated: &[Residuals], target: Target) -> Drawing {
    let figure = Figure::new("What the model leaves of the logs")
        .with_x_label("time (s)")
        .with_size(600.0, height(target, 70.0));
    let known = found.iter().map(|log| (log, ""));
    let held_out = validated.iter().map(|log| (log, ", held out"));
    let blocks = known.chain(held_out).map(|(log, note)| {
        let block = Block::new(format!("{}{note}: {:.2} counts", log.name, log.rms));
        // Of a cart that is clamped there is nothing to show.
        let clamped = log.rows.iter().all(|row| row[1] == 0.0);
        let encoders = ENCODERS.iter().enumerate().skip(usize::from(clamped));
        encoders.fold(block, |block, (i, (label, color))| {
            let points = log.rows.iter().map(|row| [row[0], row[1 + i]]);
            let curve = Curve::new(*label, Style::solid(*color), points);
            block.with_row(PanelRow::new(*label).with_panel(Panel::new().with_curve(curve)))
        })
    });
    blocks.fold(figure, Figure::with_block).on(target).into()
}
