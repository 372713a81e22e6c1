//! The front as a picture, and that of its search.

use super::convergence::columns;
use super::height;
use crate::Result;
use std::path::Path;
use upright_report::{Block, Color, Curve, Drawing, Figure, Medium, Panel, Row, Style, color_of};
use upright_sim::scenario::Term;
use upright_tune::front::covers;
use upright_tune::pareto::{Figures, FrontSearch, FrontValidation, REFERENCE};

/// Columns of the history, and the curves that they make.
const HYPERVOLUME: usize = 1;
const MEMBERS: usize = 2;
const DIVERSITY: usize = 5;
/// What was seen on the draws of the search.
const SEEN: Color = Color::new(0x9a, 0x9a, 0x9a);

/// Members of which so many runs settle are drawn large.
const MOSTLY: f64 = 0.95;

/// A term in words.
fn label(term: Term) -> &'static str {
    match term {
        Term::Settling => "settling time",
        Term::Angle => "largest angle",
        Term::Cart => "largest cart distance",
        Term::Effort => "effort",
        Term::Variation => "total variation",
        Term::Saturation => "saturation",
        Term::Falls => "share of falls",
    }
}

/// Where some figures lie, if they do.
type Place = fn(&Figures) -> Option<[f64; 2]>;

/// Points apart from each other.
fn dots(points: impl Iterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
    points.flat_map(|point| [point, [f64::NAN; 2]]).collect()
}

/// The front in the units of its objectives; members without a median are left out.
pub(crate) fn front(
    name: &str,
    search: &FrontSearch,
    validation: Option<&FrontValidation>,
    medium: Medium,
) -> Drawing {
    let axis = |term: Term| match term.unit() {
        "1" => format!("{}, median", label(term)),
        unit => format!("{}, median ({unit})", label(term)),
    };
    let axes = search.objectives().terms().map(axis);
    let place = |figures: &Figures| Some([figures.median[0]?, figures.median[1]?]);
    drawn(name, search, validation, "Front between two objectives", axes, place, medium)
}

/// The front as it was searched: in mean costs of a run.
pub(crate) fn costs(
    name: &str,
    search: &FrontSearch,
    validation: Option<&FrontValidation>,
    medium: Medium,
) -> Drawing {
    let axes = search.objectives().terms().map(|term| format!("mean cost, {}", term.name()));
    // What costs more than any run that stands would leave no room for the front.
    let place = |figures: &Figures| covers(figures.cost, REFERENCE).then_some(figures.cost);
    drawn(name, search, validation, "The same front in costs", axes, place, medium)
}

fn drawn(
    name: &str,
    search: &FrontSearch,
    validation: Option<&FrontValidation>,
    title: &str,
    [x, y]: [String; 2],
    place: Place,
    medium: Medium,
) -> Drawing {
    let kind = search.scenario().controller.settings.kind();
    let members = search.archive().members();
    let seen = Style::solid(SEEN).with_width(1.5);
    let mostly = Style::solid(color_of(kind)).with_width(6.0);
    let hardly = Style::solid(color_of(kind)).with_width(2.0);
    let start = Style::solid(Color::BLACK).with_width(6.0);
    let points = dots(members.iter().filter_map(|member| place(&member.figures)));
    let mut panel = Panel::new().with_curve(Curve::new("draws of the search", seen, points));
    let mut figure = Figure::new(title).with_x_label(x).with_size(640.0, height(medium, 330.0));
    if let Some(validation) = validation {
        let settles = |figures: &Figures| figures.settled as f64 >= MOSTLY * figures.runs as f64;
        let fresh = |large: bool| {
            let figures = validation.members.iter().map(|member| &member.figures);
            dots(figures.filter(|figures| settles(figures) == large).filter_map(place))
        };
        panel = panel
            .with_curve(Curve::new("fresh draws, hardly settles", hardly, fresh(false)))
            .with_curve(Curve::new("fresh draws, mostly settles", mostly, fresh(true)));
        let percent = 100.0 * MOSTLY;
        figure = figure
            .with_legend_entry(format!("fresh draws, {percent} % and more settle"), mostly)
            .with_legend_entry("fresh draws, fewer", hardly);
    }
    let begun = validation.map_or(search.start(), |validation| &validation.start);
    let at = place(begun);
    panel = panel.with_curve(Curve::new("start", start, dots(at.into_iter())));
    let beyond = if at.is_none() { ", beyond the picture" } else { "" };
    let Figures { settled, runs, .. } = begun;
    figure
        .with_legend_entry("draws of the search", seen)
        .with_legend_entry(format!("start, {settled} of {runs} settle{beyond}"), start)
        .with_block(Block::new(format!("{name}, {kind}")).with_row(Row::new(y).with_panel(panel)))
        .on(medium)
        .into()
}

/// The hypervolume, the members and how far apart the candidates are, step by step.
pub(crate) fn history(
    name: &str,
    search: &FrontSearch,
    history: &Path,
    medium: Medium,
) -> Result<Drawing> {
    let shown = [HYPERVOLUME, MEMBERS, DIVERSITY];
    let [area, members, diversity] = columns(search.iteration(), history, shown)?;
    let kind = search.scenario().controller.settings.kind();
    let style = Style::solid(color_of(kind));
    let panel = |name: &str, points| Panel::new().with_curve(Curve::new(name, style, points));
    let row = |name: &str, points| Row::new(name).with_panel(panel(name, points));
    Ok(Figure::new("Search by nsga-ii")
        .with_x_label("step")
        .with_size(600.0, height(medium, 120.0))
        .with_block(
            Block::new(format!("{name}, {kind}"))
                .with_row(row("hypervolume", area))
                .with_row(row("members", members))
                .with_row(row("spread", diversity)),
        )
        .on(medium)
        .into())
}
