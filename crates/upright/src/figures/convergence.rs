//! The picture of a search: its costs and how far apart its candidates are, step by step.

use super::common::{heading, height};
use crate::failure::Result;
use std::fs::File;
use std::path::Path;
use upright_report::{
    Block, Color, Curve, Drawing, Figure, Panel, PanelRow, Style, Target, color_of,
};
use upright_store::FileError;
use upright_tune::Tuning;

/// About so many steps are shown: more could not be told apart.
const SHOWN: u64 = 2000;
/// Columns of the history, and the curves that they make.
const BEST: usize = 1;
const MEAN: usize = 3;
const DIVERSITY: usize = 5;

/// The picture of the search whose history is in the file `history`.
pub(crate) fn figure(
    name: &str,
    tuning: &Tuning,
    history: &Path,
    target: Target,
) -> Result<Drawing> {
    let shown = [BEST, MEAN, DIVERSITY];
    let [best, mean, diversity] = columns(tuning.iteration(), history, shown)?;
    let kind = tuning.scenario().controller.settings.kind();
    let (found, all) = (Style::solid(color_of(kind)), Style::dotted(Color::BLACK));
    let costs = Panel::new()
        .with_curve(Curve::new("best", found, best))
        .with_curve(Curve::new("mean", all, mean));
    let spread = Panel::new().with_curve(Curve::new("spread", found, diversity));
    let (before, after) = (tuning.start().total, tuning.best().judged.cost.total);
    let title = format!("{name}, {}: cost {before:.4} before, {after:.4} after", heading(kind));
    Ok(Figure::new(format!("Search by {}", tuning.goal().method.name()))
        .with_x_label("step")
        .with_whole_x()
        .with_size(600.0, height(target, 120.0))
        .with_legend_entry("best so far", found)
        .with_legend_entry("mean of a step", all)
        .with_block(
            Block::new(title)
                .with_row(PanelRow::new("cost").with_panel(costs))
                .with_row(PanelRow::new("spread").with_panel(spread)),
        )
        .on(target)
        .into())
}

/// Points of the curves: steps and the columns that are shown.
pub(super) fn columns<const N: usize>(
    steps: u64,
    history: &Path,
    shown: [usize; N],
) -> Result<[Vec<[f64; 2]>; N]> {
    let every = (steps / SHOWN).max(1);
    let mut points = [const { Vec::new() }; N];
    let mut read = || {
        let mut reader = csv::Reader::from_reader(File::open(history)?);
        for (i, row) in (0_u64..).zip(reader.records()) {
            let row = row?;
            if !i.is_multiple_of(every) && i + 1 < steps {
                continue;
            }
            let cell = |column: usize| row.get(column).and_then(|cell| cell.parse::<f64>().ok());
            for (points, column) in points.iter_mut().zip(shown) {
                points.extend(cell(0).zip(cell(column)).map(|(x, y)| [x, y]));
            }
        }
        Ok(())
    };
    read().map_err(FileError::reading(history))?;
    Ok(points)
}
