//! The pendulum on its cart and track, in dots.
//!
//! A cell of the terminal is two dots wide and four high (Braille), and about twice as high as wide, so a
//! dot is as high as it is wide and a metre as long in either direction.

use super::app::App;
use super::paint::{Paint, size};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::symbols::Marker;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Context, Line};

/// Dots of the ground's labels and of the ground, below the cart.
const GROUND: f64 = 5.0;
/// Height of the cart in dots; the pivot is at its top.
const CART_HEIGHT: f64 = 5.0;
/// Half the width of the cart in dots.
const CART_HALF: f64 = 9.0;
/// Dots that stay free above the links.
const AIR: f64 = 4.0;
/// Height of a track's end in dots.
const POST: f64 = 7.0;
/// Room to either side, in lengths of both links.
const SIDE: f64 = 1.3;
/// The part of the half width within which the cart moves before the picture moves with it.
const STAYS: f64 = 0.5;
/// Dots between two labels of the ground, at least.
const APART: f64 = 20.0;

/// Where everything is, in dots from the lower left corner.
#[derive(Debug, Clone, PartialEq)]
struct Scene {
    /// The position in m at the middle of the picture.
    camera: f64,
    /// Dots a metre.
    scale: f64,
    middle: f64,
    ground: f64,
    pivot: [f64; 2],
    joint: [f64; 2],
    tip: [f64; 2],
}

impl Scene {
    /// Scene in a picture of so many dots; nothing where the state is not finite.
    fn new(app: &App, width: f64, height: f64) -> Option<Self> {
        let [x, theta1, theta2, ..] = *app.session.world().state();
        if !(x + theta1 + theta2).is_finite() {
            return None;
        }
        let plant = app.session.plant();
        let (length1, length2) = (plant.link1.length, plant.link2.length);
        let length = length1 + length2;
        // Links that may hang need as much room below the pivot.
        let scenario = app.session.scenario();
        let hangs = app.kind().0 == "none" || scenario.simulation.fall_angle > 2.0;
        let above = height - 1.0 - AIR;
        // The ground is always in the same dots of a row, so that its labels have one of their own.
        let lowest = GROUND + CART_HEIGHT;
        let rows = if hangs { ((above / 2.0 - lowest) / 4.0).ceil().max(0.0) } else { 0.0 };
        let base = lowest + 4.0 * rows;
        let scale = ((above - base) / length).min(width / (2.0 * SIDE * length));
        let middle = (width - 1.0) / 2.0;
        let stays = STAYS * middle / scale;
        let camera = x - x.clamp(-stays, stays);
        let pivot = [middle + (x - camera) * scale, base];
        let along = |from: [f64; 2], length: f64, angle: f64| {
            let (sin, cos) = angle.sin_cos();
            [from[0] + scale * length * sin, from[1] + scale * length * cos]
        };
        let joint = along(pivot, length1, theta1);
        let tip = along(joint, length2, theta2);
        Some(Self { camera, scale, middle, ground: base - CART_HEIGHT, pivot, joint, tip })
    }

    /// Dots from the left edge of a position on the track in m.
    fn across(&self, x: f64) -> f64 {
        self.middle + (x - self.camera) * self.scale
    }
}

/// Draws it.
pub(super) fn draw(app: &App, paint: Paint, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let (width, height) = (2.0 * f64::from(area.width), 4.0 * f64::from(area.height));
    let Some(scene) = Scene::new(app, width, height) else { return };
    // Only what limits the run is drawn as an end; elsewhere the track goes on.
    let track = app.session.scenario().plant.track;
    Canvas::default()
        .marker(Marker::Braille)
        .x_bounds([0.0, width - 1.0])
        .y_bounds([0.0, height - 1.0])
        .paint(|canvas| shapes(canvas, &scene, track, width, paint))
        .render(area, buffer);

    let cell = |[x, y]: [f64; 2]| {
        let (column, row) = ((x / 2.0).floor(), ((height - 1.0 - y) / 4.0).floor());
        let inside = (0.0..f64::from(area.width)).contains(&column)
            && (0.0..f64::from(area.height)).contains(&row);
        inside.then(|| (area.left() + column as u16, area.top() + row as u16))
    };
    let mut write = |at: [f64; 2], text: &str, style: Style| {
        if let Some((column, row)) = cell(at.map(f64::round)) {
            buffer.set_stringn(column, row, text, usize::from(area.right() - column), style);
        }
    };
    labels(&scene, width, &mut write);
    for point in [scene.joint, scene.tip] {
        write(point, "o", paint.colour(Color::Cyan));
    }
    // Above the marks, which would take digits from it.
    if let Some(force) = app.arrow() {
        let y = scene.pivot[1] - 2.0;
        let style = paint.colour(Color::Yellow).add_modifier(ratatui::style::Modifier::BOLD);
        if force > 0.0 {
            let text = format!("{} N ==>", size(force));
            let from = scene.pivot[0] - CART_HALF - 2.0 * (text.len() as f64 + 1.0);
            write([from, y], &text, style);
        } else {
            let text = format!("<== {} N", size(force));
            write([scene.pivot[0] + CART_HALF + 3.0, y], &text, style);
        }
    }
}

fn shapes(canvas: &mut Context<'_>, scene: &Scene, track: Option<f64>, width: f64, paint: Paint) {
    let mut line = |[x1, y1]: [f64; 2], [x2, y2]: [f64; 2], color| {
        canvas.draw(&Line { x1, y1, x2, y2, color: paint.dots(color) });
    };
    let ground = scene.ground - 1.0;
    let ends = track.map_or([0.0, width - 1.0], |track| {
        [scene.across(-track).max(0.0), scene.across(track).min(width - 1.0)]
    });
    line([ends[0], ground], [ends[1], ground], Color::Reset);
    for end in track.into_iter().flat_map(|track| [-track, track]) {
        let x = scene.across(end);
        line([x, ground], [x, ground + POST], Color::Red);
    }
    let [x, top] = scene.pivot;
    let (left, right) = (x - CART_HALF, x + CART_HALF);
    for y in [scene.ground, top] {
        line([left, y], [right, y], Color::Reset);
    }
    for x in [left, right] {
        line([x, scene.ground], [x, top], Color::Reset);
    }
    line(scene.pivot, scene.joint, Color::Cyan);
    line(scene.joint, scene.tip, Color::Cyan);
}

/// Writes positions under the ground.
fn labels(scene: &Scene, width: f64, write: &mut impl FnMut([f64; 2], &str, Style)) {
    let apart = APART / scene.scale;
    let decade = 10.0_f64.powf(apart.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * decade >= apart);
    let step = factor.unwrap_or(10.0) * decade;
    let decimals = (-step.log10() + 1e-9).ceil().max(0.0) as usize;
    let first = ((scene.camera - scene.middle / scene.scale) / step).ceil();
    for i in 0..=(width / APART) as u32 {
        // Adding nothing takes the sign off zero.
        let position = (first + f64::from(i)) * step + 0.0;
        let text = format!("{position:.decimals$}");
        let from = scene.across(position) - text.len() as f64;
        write([from, scene.ground - GROUND], &text, Style::default());
    }
}
