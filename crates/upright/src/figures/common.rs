//! What figures share: names as people write them, heights, and panels with what every one has.

use crate::contenders::LQR_INTEGRAL;
use upright_report::{Panel, Target};
use upright_sim::trajectory::Trajectory;

/// A metric of a comparison or a study: its key, and its label with symbol and unit, and as it fits
/// beside a low panel.
pub(crate) type Shown = (&'static str, &'static str, &'static str);

/// The metrics that figures show.
pub(crate) const SHOWN: [Shown; 6] = [
    ("settling_time", "settling time (s)", "settling (s)"),
    ("max_angle", "largest |θ| (rad)", "angle (rad)"),
    ("peak_force", "largest |u| (N)", "force (N)"),
    ("total_variation", "variation of u (N)", "variation (N)"),
    ("max_cart", "largest |x| (m)", "cart (m)"),
    ("chatter_power", "chatter of u (N²)", "chatter (N²)"),
];

/// A kind of controller as people write it.
pub(crate) fn heading(kind: &str) -> String {
    match kind {
        "lqr" => "LQR".to_owned(),
        "mpc" => "MPC".to_owned(),
        LQR_INTEGRAL => "LQR, integral".to_owned(),
        _ => kind.replace('_', "-"),
    }
}

/// A state as the field writes it; rates without a dot above, which a PDF cannot hold as text on a
/// letter that it has no sign for with a dot.
pub(crate) fn symbol(state: &str) -> &str {
    match state {
        "theta1" => "θ₁",
        "theta2" => "θ₂",
        "x_dot" => "dx/dt",
        "theta1_dot" => "dθ₁/dt",
        "theta2_dot" => "dθ₂/dt",
        other => other,
    }
}

/// Height of a panel in px: that on the screen, less on paper.
pub(crate) fn height(target: Target, screen: f64) -> f64 {
    match target {
        Target::Screen => screen,
        Target::OneColumn => 0.6 * screen,
        Target::TwoColumns => 0.7 * screen,
    }
}

/// A column of a trajectory over time, `change`d; what changes to not a number interrupts the line.
pub(crate) fn series(
    trajectory: &Trajectory,
    column: &str,
    change: impl Fn(f64) -> f64,
) -> Vec<[f64; 2]> {
    let points = trajectory.picture(column).into_iter();
    points.map(|[time, value]| [time, change(value)]).collect()
}

/// An empty panel with a line where each disturbance begins.
pub(crate) fn marked(scenario: &upright_sim::Scenario) -> Panel {
    let begins = scenario.disturbances.iter().map(|disturbance| disturbance.start);
    begins
        .filter(|start| *start > 0.0)
        .fold(Panel::new(), |panel, x| panel.with_guide(upright_report::Guide::Vertical { x }))
}
