//! The sampled loop over frequency: gain, phase and sensitivity, and the curve of Nyquist, with the margins marked.

use super::common::{heading, height};
use std::f64::consts::{PI, TAU};
use upright_report::{
    Block, Color, Curve, Drawing, Figure, Guide, Panel, PanelRow, Sheet, Style, Target, style_of,
};
use upright_sim::Scenario;
use upright_sim::design::sampled_loop::Point;
use upright_sim::scenario::sampled::{LoopReport, LoopRow, sweeps};

/// Frequencies of a curve.
const POINTS: usize = 600;
/// How far from the origin the curve of Nyquist is drawn.
const REACH: f64 = 3.0;

/// A loop that is drawn.
struct Drawn<'a> {
    name: String,
    style: Style,
    points: Vec<Point>,
    row: &'a LoopRow,
}

impl Drawn<'_> {
    fn curve(&self, value: impl Fn(&Point) -> f64) -> Curve {
        let points = self.points.iter().map(|p| [p.frequency / TAU, value(p)]);
        Curve::new(self.name.as_str(), self.style, points)
    }
}

/// The phase in degrees, without its jumps of a turn.
fn phases(points: &[Point]) -> Vec<f64> {
    let mut turns = 0.0;
    let mut before: Option<f64> = None;
    points
        .iter()
        .map(|point| {
            let angle = point.open.im.atan2(point.open.re);
            if let Some(before) = before {
                turns -= ((angle - before) / TAU).round();
            }
            before = Some(angle);
            (angle + turns * TAU).to_degrees()
        })
        .collect()
}

/// The odd multiple of 180 degrees that is nearest to the phase where the gain is 1: the distance is the phase margin.
fn nearest_half_turn(drawn: &Drawn<'_>, angles: &[f64]) -> f64 {
    let crossover = drawn.row.margins.as_ref().and_then(|margins| margins.crossover);
    let place = crossover
        .and_then(|crossover| drawn.points.iter().position(|point| point.frequency >= crossover));
    let angle = place.map_or(-180.0, |i| angles[i]);
    360.0 * ((angle - 180.0) / 360.0).round() + 180.0
}

/// The loops of a scenario; nothing where none is stable, or the loop is not analysed.
pub(crate) fn figure(
    name: &str,
    scenario: &Scenario,
    report: &LoopReport,
    target: Target,
) -> Option<Drawing> {
    let drawn: Vec<Drawn<'_>> = sweeps(scenario, POINTS)
        .into_iter()
        .filter_map(|(kind, at, points)| {
            let row = report.rows.iter().find(|row| row.controller == kind && row.at == at)?;
            let name = match at {
                Some(at) => format!("{}, {at}", heading(kind)),
                None => heading(kind),
            };
            // The larger gain of a law that adapts is dashed.
            let style = match at {
                Some("largest gain") => Style::dashed(upright_report::color_of(kind)),
                _ => style_of(kind),
            };
            Some(Drawn { name, style, points, row })
        })
        .collect();
    if drawn.is_empty() {
        return None;
    }
    let across = if target == Target::OneColumn { 1 } else { 2 };
    let part =
        |label: &str, x_label: &str, panel: Panel, log: [bool; 2], reach: Option<[f64; 2]>| {
            let row = PanelRow::new(label).with_panel(panel);
            let row = if log[1] { row.with_log_y() } else { row };
            let row = reach.map_or(row.clone(), |reach| row.with_reach(reach));
            let figure = Figure::new("")
                .with_x_label(x_label)
                .with_size(Figure::WIDTH, height(target, 220.0))
                .with_block(Block::new("").with_row(row));
            if log[0] { figure.with_log_x() } else { figure }
        };
    let over = |value: &dyn Fn(&Point) -> f64, guides: &[Guide]| {
        let panel = guides.iter().copied().fold(Panel::new(), Panel::with_guide);
        drawn.iter().fold(panel, |panel, loop_| panel.with_curve(loop_.curve(value)))
    };
    // Where the gain is 1: there the margins of phase and delay are read.
    let own = &drawn[0].row.margins;
    let crossover = own.as_ref().and_then(|margins| margins.crossover);
    let crossover = crossover.map(|at| Guide::Vertical { x: at / TAU });
    let worst = own.as_ref().map(|margins| Guide::Vertical { x: margins.worst_frequency / TAU });

    let mut guides = vec![Guide::Horizontal { y: 1.0 }];
    guides.extend(crossover);
    let gain = over(&|p| p.open.norm_sqr().sqrt(), &guides);
    let mut phase = crossover.into_iter().fold(Panel::new(), Panel::with_guide);
    let mut turns: Vec<f64> = Vec::new();
    for one in &drawn {
        let angles = phases(&one.points);
        let turn = nearest_half_turn(one, &angles);
        if !turns.contains(&turn) {
            turns.push(turn);
            phase = phase.with_guide(Guide::Horizontal { y: turn });
        }
        let points = one.points.iter().zip(angles).map(|(p, angle)| [p.frequency / TAU, angle]);
        phase = phase.with_curve(Curve::new(one.name.as_str(), one.style, points));
    }
    let mut guides = vec![Guide::Horizontal { y: 2.0 }];
    guides.extend(worst);
    let sensitivity = over(&|p| p.sensitivity().norm_sqr().sqrt(), &guides);
    let mark = Style::solid(Color::BLACK).with_width(5.0);
    let mut nyquist = Panel::new()
        .with_guide(Guide::Horizontal { y: 0.0 })
        .with_guide(Guide::Vertical { x: 0.0 });
    for one in &drawn {
        let near = |p: &Point| p.open.norm_sqr() < REACH * REACH;
        let points =
            one.points.iter().map(|p| if near(p) { [p.open.re, p.open.im] } else { [f64::NAN; 2] });
        nyquist = nyquist.with_curve(Curve::new(one.name.as_str(), one.style, points));
        // Where the curve meets the axis: a gain margin turned round.
        let margins = one.row.margins.iter();
        let meets = margins.flat_map(|m| [m.gain_up, m.gain_down]).flatten();
        let meets: Vec<[f64; 2]> = meets
            .map(|margin| -1.0 / margin)
            .filter(|at| at.abs() < REACH)
            .flat_map(|at| [[at, 0.0], [f64::NAN; 2]])
            .collect();
        nyquist = nyquist.with_curve(Curve::new("gain margins", one.style.with_width(4.0), meets));
    }
    nyquist = nyquist.with_curve(Curve::new("-1", mark, [[-1.0, 0.0], [f64::NAN; 2]]));
    // The circle within which the distance from -1 is that of a sensitivity of 2.
    let circle = (0..=180).map(|i| {
        let angle = f64::from(i) * PI / 90.0;
        [-1.0 + 0.5 * angle.cos(), 0.5 * angle.sin()]
    });
    nyquist = nyquist.with_curve(Curve::new("sensitivity 2", Style::guide(), circle));

    let mut sheet =
        Sheet::new(format!("The sampled loop of {name}, broken at the actuator"), across, 330.0)
            .on(target);
    for one in &drawn {
        sheet = sheet.with_legend_entry(one.name.as_str(), one.style);
    }
    for figure in [
        part("|L|", "f (Hz)", gain, [true, true], None),
        part("|1 / (1 + L)|", "f (Hz)", sensitivity, [true, true], None),
        part("phase of L (degrees)", "f (Hz)", phase, [true, false], None),
        part("Im L", "Re L", nyquist, [false, false], None).with_equal_units(),
    ] {
        sheet = sheet.with_part(figure);
    }
    Some(sheet.into())
}
