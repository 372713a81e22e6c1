//! The front as a picture, and that of its search.

use super::common::{heading, height};
use super::convergence::columns;
use crate::failure::Result;
use std::path::Path;
use upright_report::{
    Block, Color, Curve, Drawing, Figure, Panel, PanelRow, Style, Target, color_of,
};
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
        Term::Tracking => "distance to the reference",
        Term::Stability => "unstable loop",
        Term::Falls => "share of falls",
    }
}

/// Room between the outermost points and the frame, as a share of what lies between them.
const ROOM: f64 = 0.03;

/// Where some figures lie, if they do.
type Place = fn(&Figures) -> Option<[f64; 2]>;

/// Points apart from each other.
fn dots(points: impl Iterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
    points.flat_map(|point| [point, [f64::NAN; 2]]).collect()
}

/// Corners to either side of all points. Drawn unseen, they keep the frame from cutting the outermost ones.
fn corners(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let ends = |axis: usize| {
        let along = points.iter().map(|point| point[axis]);
        along.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)])
    };
    if points.is_empty() {
        return vec![];
    }
    let ([left, right], [low, high]) = (ends(0), ends(1));
    let room = ROOM * (right - left);
    dots([[left - room, low], [right + room, high]].into_iter())
}

/// How many of the members the picture does not show, where there are any, and why.
fn left_out<'a>(members: impl Iterator<Item = &'a Figures>, place: Place, why: &str) -> String {
    let shown: Vec<bool> = members.map(|figures| place(figures).is_some()).collect();
    match shown.iter().filter(|shown| !**shown).count() {
        0 => String::new(),
        missing => format!("; not shown: {missing} of {} members {why}", shown.len()),
    }
}

/// The front in the units of its objectives; members without a median are counted in the heading.
pub(crate) fn front(
    name: &str,
    search: &FrontSearch,
    validation: Option<&FrontValidation>,
    target: Target,
) -> Drawing {
    let axis = |term: Term| match term.unit() {
        "1" => format!("{}, median", label(term)),
        unit => format!("{}, median ({unit})", label(term)),
    };
    let axes = search.objectives().terms().map(axis);
    let place = |figures: &Figures| Some([figures.median[0]?, figures.median[1]?]);
    // A heading has two lines.
    let why = match target {
        Target::OneColumn => "without a median",
        _ => "without a median, as half of their runs or more do not settle",
    };
    drawn(name, search, validation, ("Front between two objectives", why), axes, place, target)
}

/// The front as it was searched: in mean costs of a run.
pub(crate) fn costs(
    name: &str,
    search: &FrontSearch,
    validation: Option<&FrontValidation>,
    target: Target,
) -> Drawing {
    let axes = search.objectives().terms().map(|term| format!("mean cost, {}", term.name()));
    // What costs more than any run that stands would leave no room for the front.
    let place = |figures: &Figures| covers(figures.cost, REFERENCE).then_some(figures.cost);
    let why = format!("that cost more than {}", REFERENCE[0]);
    drawn(name, search, validation, ("The same front in costs", &why), axes, place, target)
}

fn drawn(
    name: &str,
    search: &FrontSearch,
    validation: Option<&FrontValidation>,
    (title, why): (&str, &str),
    [x, y]: [String; 2],
    place: Place,
    target: Target,
) -> Drawing {
    let kind = search.scenario().controller.settings.kind();
    let members = search.archive().members();
    let seen = Style::solid(SEEN).with_width(1.5);
    let mostly = Style::solid(color_of(kind)).with_width(6.0);
    let hardly = Style::solid(color_of(kind)).with_width(2.0);
    let start = Style::solid(Color::BLACK).with_width(6.0);
    let unseen = Style::solid(Color::new(255, 255, 255)).with_width(0.1);
    let begun = validation.map_or(search.start(), |validation| &validation.start);
    let fresh = || validation.into_iter().flat_map(|v| v.members.iter().map(|m| &m.figures));
    let searched = || members.iter().map(|member| &member.figures);
    let all = searched().chain(fresh()).chain([begun]).filter_map(place);
    let points = dots(searched().filter_map(place));
    let mut panel = Panel::new()
        .with_curve(Curve::new("", unseen, corners(&all.collect::<Vec<_>>())))
        .with_curve(Curve::new("draws of the search", seen, points));
    let mut figure = Figure::new(title).with_x_label(x).with_size(640.0, height(target, 330.0));
    // The draws that the picture is read by.
    let missing = match validation {
        Some(_) => left_out(fresh(), place, &format!("{why} on fresh draws")),
        None => left_out(searched(), place, why),
    };
    if validation.is_some() {
        let settles = |figures: &Figures| figures.settled as f64 >= MOSTLY * figures.runs as f64;
        let those = |large: bool| {
            dots(fresh().filter(|figures| settles(figures) == large).filter_map(place))
        };
        panel = panel
            .with_curve(Curve::new("fresh draws, hardly settles", hardly, those(false)))
            .with_curve(Curve::new("fresh draws, mostly settles", mostly, those(true)));
        let percent = 100.0 * MOSTLY;
        figure = figure
            .with_legend_entry(format!("fresh draws, {percent} % and more settle"), mostly)
            .with_legend_entry("fresh draws, fewer", hardly);
    }
    let at = place(begun);
    panel = panel.with_curve(Curve::new("start", start, dots(at.into_iter())));
    let beyond = if at.is_none() { ", beyond the picture" } else { "" };
    let Figures { settled, runs, .. } = begun;
    figure
        .with_legend_entry("draws of the search", seen)
        .with_legend_entry(format!("start, {settled} of {runs} settle{beyond}"), start)
        .with_block(
            Block::new(format!("{name}, {}{missing}", heading(kind)))
                .with_row(PanelRow::new(y).with_panel(panel)),
        )
        .on(target)
        .into()
}

/// The hypervolume, the members and how far apart the candidates are, step by step.
pub(crate) fn history(
    name: &str,
    search: &FrontSearch,
    history: &Path,
    target: Target,
) -> Result<Drawing> {
    let shown = [HYPERVOLUME, MEMBERS, DIVERSITY];
    let [area, members, diversity] = columns(search.iteration(), history, shown)?;
    let kind = search.scenario().controller.settings.kind();
    let style = Style::solid(color_of(kind));
    let panel = |name: &str, points| Panel::new().with_curve(Curve::new(name, style, points));
    let row = |name: &str, points| PanelRow::new(name).with_panel(panel(name, points));
    Ok(Figure::new("Search by nsga-ii")
        .with_x_label("step")
        .with_whole_x()
        .with_size(600.0, height(target, 120.0))
        .with_block(
            Block::new(format!("{name}, {}", heading(kind)))
                .with_row(row("hypervolume", area))
                .with_row(row("members", members).with_whole_y())
                .with_row(row("spread", diversity)),
        )
        .on(target)
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(median: [Option<f64>; 2]) -> Figures {
        Figures { cost: [0.5; 2], median, settled: 0, calm: 0, failed: 0, runs: 1 }
    }

    #[test]
    fn members_that_cannot_be_shown_are_counted() {
        let place: Place = |figures| Some([figures.median[0]?, figures.median[1]?]);
        let all = [
            figures([Some(1.0), Some(2.0)]),
            figures([None, Some(2.0)]),
            figures([Some(1.0), None]),
        ];
        assert_eq!(left_out(all.iter(), place, "hide"), "; not shown: 2 of 3 members hide");
        assert_eq!(left_out(all[..1].iter(), place, "hide"), "");
    }

    #[test]
    fn the_outermost_points_have_room() {
        let corners = corners(&[[2.0, 1.0], [4.0, 5.0], [3.0, 7.0]]);
        let (low, high) = (corners[0], corners[2]);
        assert!((low[0] - 1.94).abs() < 1e-12 && (high[0] - 4.06).abs() < 1e-12, "{corners:?}");
        assert_eq!((low[1], high[1]), (1.0, 7.0));
        assert!(super::corners(&[]).is_empty());
    }
}
