//! A plan: the pendulum's path in the plane, stroboscopic; angles, cart, force and energy over time; and all plans
//! by what they cost and how they bear errors.

use super::common::height;
use upright_core::plant::{Plant, Rigid, State};
use upright_plan::{Answer, Candidate};
use upright_report::{
    Block, Color, Curve, Drawing, Figure, Guide, Panel, PanelRow, Sheet, Style, Target, color_of,
};

/// Positions of the pendulum that are drawn.
const FLASHES: usize = 40;
/// Width of a part in px.
const WIDTH: f64 = 330.0;

/// The ends of the two links in m, at a state.
fn joints(plant: &Plant, state: &State<f64>) -> [[f64; 2]; 3] {
    let [x, theta1, theta2, ..] = *state;
    let along = |[x, y]: [f64; 2], length: f64, angle: f64| {
        let (sin, cos) = upright_core::elementary::sin_cos(angle);
        [x + length * sin, y + length * cos]
    };
    let cart = [x, 0.0];
    let elbow = along(cart, plant.link1.length, theta1);
    [cart, elbow, along(elbow, plant.link2.length, theta2)]
}

/// The best of an answer's plans, of `plant`, with forces held for `step` s.
pub(crate) fn figure(
    title: &str,
    plant: &Plant,
    step: f64,
    best: &Candidate,
    answer: &Answer,
    target: Target,
) -> Drawing {
    let across = if target == Target::OneColumn { 1 } else { 2 };
    let color = color_of("swing_up");
    let (solid, dashed) = (Style::solid(color), Style::dashed(color));
    let of_row = |label: &str, row: PanelRow, tall: f64| {
        Figure::new("")
            .with_x_label(label)
            .with_size(WIDTH, height(target, tall))
            .with_block(Block::new("").with_row(row))
    };
    let part = |label: &str, y: &str, panel: Panel, tall: f64| {
        of_row(label, PanelRow::new(y).with_panel(panel), tall)
    };
    let every = (best.states.len() / FLASHES).max(1);
    let grey = Style::solid(Color::new(150, 150, 150)).with_width(0.7);
    let mut path = Panel::new().with_guide(Guide::Horizontal { y: 0.0 });
    let flashes = best.states.iter().step_by(every).flat_map(|state| {
        let [cart, elbow, tip] = joints(plant, state);
        [cart, elbow, tip, [f64::NAN; 2]]
    });
    path = path.with_curve(Curve::new("links", grey, flashes));
    let tips = best.states.iter().map(|state| joints(plant, state)[2]);
    path = path.with_curve(Curve::new("tip", solid, tips));
    for (name, state) in [("start", best.states.first()), ("end", best.states.last())] {
        let thick = Style::solid(Color::BLACK).with_width(if name == "end" { 2.5 } else { 1.5 });
        let links = state.into_iter().flat_map(|state| joints(plant, state));
        path = path.with_curve(Curve::new(name, thick, links));
    }
    let over = |value: &dyn Fn(usize) -> f64| -> Vec<[f64; 2]> {
        (0..best.states.len()).map(|k| [k as f64 * step, value(k)]).collect()
    };
    let last = best.forces.len() - 1;
    let angles = Panel::new()
        .with_curve(Curve::new("θ₁", solid, over(&|k| best.states[k][1])))
        .with_curve(Curve::new("θ₂", dashed, over(&|k| best.states[k][2])));
    let cart = Panel::new().with_curve(Curve::new("x", solid, over(&|k| best.states[k][0])));
    let force = Panel::new().with_curve(Curve::new(
        "u",
        solid,
        // Held until the next.
        (0..best.forces.len()).flat_map(|k| {
            [[k as f64 * step, best.forces[k]], [(k + 1) as f64 * step, best.forces[k.min(last)]]]
        }),
    ));
    let model = Rigid::<f64>::new(plant);
    // As a trajectory has it: less that at rest upright.
    let missing = |k: usize| model.energy(&best.states[k]) - model.energy(&[0.0; 6]);
    let energy = Panel::new().with_curve(Curve::new("E", solid, over(&missing)));
    let dots = Style::solid(color).with_width(4.0);
    let point = |c: &Candidate| {
        let successes = c.successes.map_or(f64::NAN, f64::from);
        [[c.cost, successes], [f64::NAN; 2]]
    };
    let taken = Style::solid(Color::BLACK).with_width(6.0);
    let ranking = Panel::new()
        .with_curve(Curve::new("a plan", dots, answer.ranked().flat_map(point)))
        .with_curve(Curve::new("the one taken", taken, answer.ranked().take(1).flat_map(point)));
    let came_up = PanelRow::new("came up in the ranking").with_whole_y();
    Sheet::new(title, across, WIDTH)
        .on(target)
        .with_part(part("x (m)", "height (m)", path, 240.0))
        .with_part(of_row("cost", came_up.with_panel(ranking), 240.0))
        .with_part(
            part("t (s)", "θ₁, θ₂ (rad)", angles, 120.0)
                .with_legend_entry("θ₁", solid)
                .with_legend_entry("θ₂", dashed),
        )
        .with_part(part("t (s)", "x (m)", cart, 120.0))
        .with_part(part("t (s)", "u (N)", force, 120.0))
        .with_part(part("t (s)", "energy (J)", energy, 120.0))
        .into()
}
