//! Moving pictures: bodies made of points joined by lines, over time.

use crate::style::Style;
use serde::Serialize;
use serde_json::{Value, json};

/// Something that moves, to be played in a page: several actors on one rail at the same time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Animation {
    /// What it shows, for those who do not see it.
    pub description: String,
    /// Name of the clock: charts of the same page with the same clock show its time.
    pub clock: String,
    /// Time from one frame to the next in s, above zero.
    pub step: f64,
    /// Ends of the rail in m; it has none where this is absent.
    pub rail: Option<[f64; 2]>,
    /// Force in N that is drawn as an arrow of a metre.
    pub force_scale: f64,
    /// Who moves, drawn over each other.
    pub actors: Vec<Actor>,
}

/// A cart with links on it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Actor {
    /// Name, shown and read out.
    pub name: String,
    /// How its lines are drawn.
    pub style: Style,
    /// Position of the cart in m, a frame an entry. The actor stays in its last frame where others go on.
    pub cart: Vec<f64>,
    /// Ends of its links in m, counted from the cart's pivot: link after link, right and up, a frame an
    /// entry.
    pub links: Vec<Vec<[f64; 2]>>,
    /// Force on the cart in N, a frame an entry.
    pub force: Vec<f64>,
    /// What is shown beside the picture: name, unit and a value a frame.
    pub readings: Vec<Reading>,
}

/// A number beside the picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Its values, a frame an entry.
    pub values: Vec<f64>,
}

impl Animation {
    /// How many frames there are: those of the actor that lasts longest.
    pub fn frames(&self) -> usize {
        self.actors.iter().map(|actor| actor.cart.len()).max().unwrap_or(0)
    }

    /// As the script of a page reads it.
    pub(super) fn data(&self) -> Value {
        let actors: Vec<Value> = self
            .actors
            .iter()
            .map(|actor| {
                let readings: Vec<Value> = actor
                    .readings
                    .iter()
                    .map(|reading| {
                        let values = rounded(&reading.values, 1e4);
                        json!({"name": reading.name, "unit": reading.unit, "values": values})
                    })
                    .collect();
                let links: Vec<Vec<Point>> =
                    actor.links.iter().map(|ends| ends.iter().map(Point::of).collect()).collect();
                json!({
                    "name": actor.name,
                    "color": actor.style.color.hex(),
                    "dash": actor.style.dash.array(3.0),
                    "cart": rounded(&actor.cart, 1e4),
                    "links": links,
                    "force": rounded(&actor.force, 1e2),
                    "readings": readings,
                })
            })
            .collect();
        json!({
            "clock": self.clock,
            "step": self.step,
            "frames": self.frames(),
            "rail": self.rail,
            "forceScale": self.force_scale,
            "actors": actors,
        })
    }
}

/// A place in tenths of a millimetre.
#[derive(Serialize)]
struct Point([f64; 2]);

impl Point {
    fn of(place: &[f64; 2]) -> Self {
        Self(place.map(|length| round(length, 1e4)))
    }
}

/// Numbers with as many digits as can be seen, so that a page stays small.
fn rounded(values: &[f64], scale: f64) -> Vec<f64> {
    values.iter().map(|value| round(*value, scale)).collect()
}

fn round(value: f64, scale: f64) -> f64 {
    // A zero without a sign.
    (value * scale).round() / scale + 0.0
}
