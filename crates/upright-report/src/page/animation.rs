//! Moving pictures: carts with links on them, over time.

use crate::style::Style;
use serde_json::{Value, json};

/// Something that moves, to be played in a page: several actors on one rail at the same time.
///
/// The page draws everything in proportion to the links, and the largest force as long as them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Animation {
    /// What it shows, for those who do not see it.
    pub description: String,
    /// Name of the clock: charts of the same page with the same clock show its time.
    pub clock: String,
    /// Ends of the rail in m; it has none where this is absent.
    pub rail: Option<[f64; 2]>,
    /// Who moves, drawn over each other.
    pub actors: Vec<Actor>,
}

/// A cart with links on it. It is seen from the first to the last point of its cart's signal, and stays where
/// it was where others go on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Actor {
    /// Name, shown and read out.
    pub name: String,
    /// How its lines are drawn.
    pub style: Style,
    /// Position of the cart in m.
    pub cart: Signal,
    /// Its links from the cart outwards.
    pub links: Vec<Link>,
    /// Force on the cart in N.
    pub force: Signal,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Link {
    /// Its length in m.
    pub length: f64,
    /// Its angle from the upward vertical in rad, positive to the right.
    pub angle: Signal,
}

/// A number over time, shown beside the picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Signal {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Points `[t, value]` with rising `t` in s; between them it is on the straight line.
    pub points: Vec<[f64; 2]>,
}

impl Animation {
    /// First and last time in s at which there is anything to be seen; nothing where there never is.
    pub fn times(&self) -> Option<[f64; 2]> {
        let ends = |actor: &Actor| {
            let points = &actor.cart.points;
            Some([points.first()?[0], points.last()?[0]])
        };
        let all = self.actors.iter().filter_map(ends);
        all.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])])
    }

    /// As the script of a page reads it.
    pub(super) fn data(&self) -> Value {
        let actors: Vec<Value> = self
            .actors
            .iter()
            .map(|actor| {
                let links: Vec<Value> = actor
                    .links
                    .iter()
                    .map(|link| json!({"length": link.length, "angle": link.angle.data()}))
                    .collect();
                json!({
                    "name": actor.name,
                    "color": actor.style.color.hex(),
                    "dash": actor.style.dash.array(3.0),
                    "cart": actor.cart.data(),
                    "links": links,
                    "force": actor.force.data(),
                })
            })
            .collect();
        let [start, end] = self.times().unwrap_or_default();
        json!({
            "clock": self.clock, "start": start, "end": end, "rail": self.rail, "actors": actors,
        })
    }
}

impl Signal {
    /// Digits as can be seen: a tenth of a millimetre, a ten-thousandth of a radian.
    fn data(&self) -> Value {
        // A zero without a sign.
        let round = |value: f64, scale: f64| (value * scale).round() / scale + 0.0;
        let finite = || self.points.iter().filter(|point| point[1].is_finite());
        json!({
            "name": self.name,
            "unit": self.unit,
            "t": finite().map(|point| round(point[0], 1e6)).collect::<Vec<_>>(),
            "v": finite().map(|point| round(point[1], 1e4)).collect::<Vec<_>>(),
        })
    }
}
