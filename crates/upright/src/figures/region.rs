//! Regions of attraction: the initial states from which each controller settles.

use super::common::{heading, symbol};
use super::tones::{self, Levels};
use crate::region::Region;
use upright_report::{
    Block, Color, Curve, Drawing, Figure, Panel, PanelRow, Sheet, Style, Target, color_of,
};
use upright_sim::grid::{Axis, Grid, STATES, UNITS};
use upright_sim::metrics::Verdict;

/// Height of a panel in px.
fn panel_height(target: Target) -> f64 {
    if target == Target::Screen { 230.0 } else { 110.0 }
}

/// What a map shows of each start.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shown {
    /// What came of it.
    Verdict,
    /// After which time it stays upright, in these steps.
    Time(Levels),
}

impl Shown {
    /// The times of these regions; nothing where none ends upright.
    pub(crate) fn times(regions: &[Region]) -> Option<Self> {
        let times = regions.iter().flat_map(|region| &region.times).flatten().copied();
        times.clone().next().map(|_| Self::Time(Levels::of(times)))
    }

    fn title(self) -> &'static str {
        match self {
            Self::Verdict => "What comes of each initial state",
            Self::Time(_) => "Time from each initial state to upright (s)",
        }
    }

    fn panel(self, grid: &Grid, region: &Region) -> Panel {
        match self {
            Self::Verdict => panel(grid, region),
            Self::Time(levels) => time_panel(grid, region, &levels),
        }
    }

    fn with_legend(self, figure: Figure, regions: &[Region]) -> Figure {
        match self {
            Self::Verdict => with_verdicts(figure, regions),
            Self::Time(levels) => with_times(figure, regions, &levels),
        }
    }

    /// Panels side by side, of a width and a height in px.
    fn row(
        self,
        heading: &str,
        grid: &Grid,
        regions: &[Region],
        (width, height): (f64, f64),
    ) -> Figure {
        let label = |axis: &Axis| format!("{} ({})", symbol(STATES[axis.state]), UNITS[axis.state]);
        let panels = regions.iter().map(|region| self.panel(grid, region));
        let row = panels.fold(PanelRow::new(label(&grid.y)), PanelRow::with_panel);
        let figure = Figure::new(self.title())
            .with_x_label(label(&grid.x))
            .with_size(width, height)
            .with_block(Block::new(heading).with_row(row));
        self.with_legend(figure, regions)
    }

    /// Figures of their own, `columns` of them of a width side by side on a sheet.
    fn sheet(self, grid: &Grid, regions: &[Region], (columns, size): (usize, (f64, f64))) -> Sheet {
        let sheet = Sheet::new(self.title(), columns, size.0);
        let parts = regions.iter().map(|region| {
            let alone = std::slice::from_ref(region);
            self.row(&heading(region.kind), grid, alone, size)
        });
        parts.fold(sheet, Sheet::with_part)
    }

    /// For a page: parts of their own, which stand side by side where there is room.
    pub(crate) fn parts(self, grid: &Grid, regions: &[Region]) -> Drawing {
        self.sheet(grid, regions, (3, (330.0, panel_height(Target::Screen)))).into()
    }

    /// A panel a controller; in one column of a paper a figure each.
    pub(crate) fn figure(
        self,
        name: &str,
        grid: &Grid,
        regions: &[Region],
        target: Target,
    ) -> Drawing {
        let height = panel_height(target);
        if target == Target::OneColumn {
            // Times have long entries in the legend.
            let size = match self {
                Self::Verdict => (2, (230.0, height)),
                Self::Time(_) => (1, (330.0, height)),
            };
            return self.sheet(grid, regions, size).on(target).into();
        }
        let width = 140.0 + 230.0 * regions.len() as f64;
        self.row(name, grid, regions, (width, height))
            .with_columns(regions.iter().map(|region| heading(region.kind)))
            .on(target)
            .into()
    }
}

/// How a verdict is filled, and what the legend calls it: what settles in the controller's own colour, the rest in
/// tones that differ in grey print. What diverged stays white.
const TONES: [(Verdict, &str, Color); 5] = [
    (Verdict::Balanced, "balanced", Color::new(154, 205, 240)),
    (Verdict::Chattering, "chattering", Color::new(245, 200, 120)),
    (Verdict::Down, "down", Color::new(170, 170, 170)),
    (Verdict::Fell, "fell", Color::new(226, 226, 226)),
    (Verdict::OffTrack, "off track", Color::new(110, 110, 110)),
];

/// The legend of the verdicts that there are.
fn with_verdicts(figure: Figure, regions: &[Region]) -> Figure {
    let has = |verdict| regions.iter().any(|region| region.verdicts.contains(&verdict));
    let settled = regions.iter().find(|region| region.verdicts.contains(&Verdict::Settled));
    let thick = |color| Style::solid(color).with_width(8.0);
    let figure = match settled {
        Some(region) => figure.with_legend_entry("settled", thick(color_of(region.kind))),
        None => figure,
    };
    TONES
        .into_iter()
        .filter(|(verdict, ..)| has(*verdict))
        .fold(figure, |figure, (_, name, color)| figure.with_legend_entry(name, thick(color)))
}

/// The legend of the times that there are.
fn with_times(figure: Figure, regions: &[Region], levels: &Levels) -> Figure {
    let mut times = regions.iter().flat_map(|region| &region.times);
    let thick = |color| Style::solid(color).with_width(8.0);
    let has = |tone| {
        let mut times = regions.iter().flat_map(|region| &region.times).flatten();
        times.any(|time| levels.tone(*time) == tone)
    };
    let figure = levels
        .names()
        .into_iter()
        .zip(tones::TONES)
        .enumerate()
        .filter(|(tone, _)| has(*tone))
        .fold(figure, |figure, (_, (name, color))| figure.with_legend_entry(name, thick(color)));
    if times.any(Option::is_none) {
        figure.with_legend_entry(NEVER.0, thick(NEVER.1))
    } else {
        figure
    }
}

/// The grid as an empty panel.
fn empty(grid: &Grid) -> Panel {
    let [half, tall] = halves(grid);
    // These make the panel as wide and high as the grid, white on white.
    let corners = [
        [grid.x.from - half, grid.y.from - tall],
        [f64::NAN; 2],
        [grid.x.to + half, grid.y.to + tall],
    ];
    let unseen = Style::solid(Color::new(255, 255, 255)).with_width(0.1);
    Panel::new().with_curve(Curve::new("", unseen, corners))
}

/// Half the width and height of a cell.
fn halves(grid: &Grid) -> [f64; 2] {
    [&grid.x, &grid.y].map(|axis| 0.5 * axis.step())
}

/// The panel with the cells that are `wanted` filled: a rectangle for each stretch of them.
fn filled<T: PartialEq>(
    panel: Panel,
    (grid, cells): (&Grid, &[T]),
    wanted: &T,
    (name, color): (&str, Color),
) -> Panel {
    let [half, tall] = halves(grid);
    let mut outlines = Vec::new();
    let mut at = 0;
    for row in cells.chunks(grid.x.points as usize) {
        for stretch in row.chunk_by(|a, b| a == b) {
            if stretch[0] == *wanted {
                let [from, y] = grid.point(at);
                let [to, _] = grid.point(at + stretch.len() as u64 - 1);
                let ([left, right], [low, high]) = ([from - half, to + half], [y - tall, y + tall]);
                let corners = [[left, low], [right, low], [right, high], [left, high], [left, low]];
                outlines.extend(corners.into_iter().chain([[f64::NAN; 2]]));
            }
            at += stretch.len() as u64;
        }
    }
    if outlines.is_empty() {
        return panel;
    }
    // A thin line closes the gaps between rectangles that touch.
    panel.with_curve(Curve::new(name, Style::solid(color).with_width(0.5), outlines).filled())
}

/// Each verdict in its tone.
fn panel(grid: &Grid, region: &Region) -> Panel {
    let cells = (grid, &region.verdicts[..]);
    let panel = TONES.into_iter().fold(empty(grid), |panel, (verdict, name, color)| {
        filled(panel, cells, &verdict, (name, color))
    });
    let own = heading(region.kind);
    filled(panel, cells, &Verdict::Settled, (&own, color_of(region.kind)))
}

/// What the legend says of starts that do not end upright, and their colour.
const NEVER: (&str, Color) = ("not upright", Color::new(245, 200, 120));

/// Each start in the tone of the time after which it stays upright.
fn time_panel(grid: &Grid, region: &Region, levels: &Levels) -> Panel {
    let tones: Vec<Option<usize>> =
        region.times.iter().map(|time| time.map(|time| levels.tone(time))).collect();
    let panel = filled(empty(grid), (grid, &tones), &None, NEVER);
    let names = levels.names();
    let named = names.iter().zip(tones::TONES).enumerate();
    named.fold(panel, |panel, (i, (name, color))| {
        filled(panel, (grid, &tones), &Some(i), (name, color))
    })
}
