//! Draws a grid of made-up responses: five controllers, four signals, two cases.
//!
//! Usage: `cargo run --release -p upright-report --example grid -- FILE`. The format follows from
//! the extension: `svg`, `png` or `pdf`. A second argument sets the resolution of a PNG picture
//! in dots per inch.

use std::error::Error;
use std::path::PathBuf;

use upright_report::{
    Block, Curve, DEFAULT_DPI, Figure, Guide, Panel, PanelRow, Style, color_of, pdf, png,
};

const KINDS: [&str; 5] = ["classical", "super_twisting", "adaptive", "hybrid", "lqr"];
const NAMES: [&str; 5] = ["Classical", "Super-twisting", "Adaptive", "Hybrid", "LQR"];
/// Label, amplitude and frequency in rad/s of each signal.
const SIGNALS: [(&str, f64, f64); 4] = [
    ("Cart x, m", 0.4, 1.3),
    ("θ₁, rad", 0.09, 3.1),
    ("σ, 1", 0.0004, 5.0),
    ("Force u, N", 18.0, 9.0),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let file = PathBuf::from(arguments.next().ok_or("name of the file to write is missing")?);
    let dpi = match arguments.next() {
        Some(text) => text.to_string_lossy().parse()?,
        None => DEFAULT_DPI,
    };
    let svg = figure().to_svg();
    let data = match file.extension().and_then(|extension| extension.to_str()) {
        Some("png") => png(&svg, dpi)?,
        Some("pdf") => pdf(&svg)?,
        _ => svg.into_bytes(),
    };
    std::fs::write(&file, data)?;
    Ok(())
}

fn figure() -> Figure {
    let figure = Figure::new("Response to a push of the cart, θ₁(0) = 0.1 rad")
        .with_size(1400.0, 110.0)
        .with_columns(NAMES)
        .with_x_label("Time t, s");
    let cases = ["Nominal plant", "Masses raised by 30 %"];
    cases
        .into_iter()
        .enumerate()
        .fold(figure, |figure, (case, heading)| {
            let block = (0..SIGNALS.len())
                .fold(Block::new(heading), |block, signal| block.with_row(row(case, signal)));
            figure.with_block(block)
        })
        .with_legend_entry("closed loop", Style::solid(color_of("none")))
        .with_legend_entry("push at 3 s", Style::guide())
        .with_legend_entry("±5 % band", Style::band())
}

fn row(case: usize, signal: usize) -> PanelRow {
    let (label, amplitude, _) = SIGNALS[signal];
    (0..KINDS.len()).fold(PanelRow::new(label), |row, column| {
        let curve = Curve::new(
            NAMES[column],
            Style::solid(color_of(KINDS[column])),
            points(case, signal, column),
        );
        let band = Guide::Band { from: -0.05 * amplitude, to: 0.05 * amplitude };
        let panel = Panel::new().with_guide(band).with_guide(Guide::Vertical { x: 3.0 });
        row.with_panel(panel.with_curve(curve))
    })
}

/// A damped oscillation that a push at 3 s starts anew, sampled at 1 kHz for 10 s.
fn points(case: usize, signal: usize, column: usize) -> Vec<[f64; 2]> {
    let (_, amplitude, frequency) = SIGNALS[signal];
    let damping = 0.5 + 0.3 * column as f64 - 0.2 * case as f64;
    let swing = |t: f64| if t < 0.0 { 0.0 } else { (-damping * t).exp() * (frequency * t).cos() };
    let point = |k: u32| {
        let t = f64::from(k) * 1e-3;
        // Chattering on the force of the first two controllers.
        let ripple =
            if signal == 3 && column < 2 { 0.15 * f64::from(k % 20 / 10 * 2) - 0.15 } else { 0.0 };
        [t, amplitude * (swing(t) + 0.7 * swing(t - 3.0) + ripple)]
    };
    (0..=10_000).map(point).collect()
}
