//! The reference section: what the cart is to follow, and the motion that it is planned as.

use crate::error::Problem;
use crate::path::join;
use crate::validate::{Errors, number, section, typed};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use upright_core::settings;
use upright_core::settings::{Choice, Field, FieldKind, Invalid, Path, Range, Settings as _};

/// What the cart is to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceKind {
    /// A place, from the start on.
    #[default]
    Hold,
    /// A place, from `at` on, without a way there.
    Step,
    /// A motion from rest to rest within `duration`.
    Move,
    /// An even speed from zero to `to` within `duration`.
    Ramp,
    /// Zero and `to` by turns, each for `duration`.
    Square,
    /// A sine of amplitude `to` and period `duration`.
    Sine,
    /// Places over time, as `points` has them, with straight lines in between.
    Recorded,
}

impl Choice for ReferenceKind {
    const OPTIONS: &'static [&'static str] =
        &["hold", "step", "move", "ramp", "square", "sine", "recorded"];
}

/// How a wish is made a motion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// One that the linear model can make, links and force included.
    #[default]
    Model,
    /// A polynomial of the fifth order for the cart alone (`move` only).
    Quintic,
}

impl Choice for Shape {
    const OPTIONS: &'static [&'static str] = &["model", "quintic"];
}

settings! {
    /// What the cart is to follow: numbers and words.
    #[derive(Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct ReferenceSettings {
        numbers {
            /// Where to, or how far.
            to: f64 = 0.0, "m", Range::new(-1e4, 1e4);
            /// When it begins.
            at: f64 = 0.0, "s", Range::new(0.0, 1e9);
            /// How long a move or a ramp lasts, a sine a period, a square each half.
            duration: f64 = 2.0, "s", Range::positive(1e6);
            /// The band about the end of a step, move or ramp in which the cart has arrived; the larger of 2 % of
            /// the way and three quanta of its sensor where absent.
            band: Option<f64> = None, "m", Range::positive(1e4);
        }
        choices {
            /// What is followed.
            kind: ReferenceKind;
            /// How it is made a motion: one of the linear model, or a polynomial for the cart alone.
            shape: Shape;
        }
    }
}

/// The reference of a scenario.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reference {
    /// Numbers and words.
    pub settings: ReferenceSettings,
    /// Times in s and places in m, of `recorded`.
    pub points: Vec<[f64; 2]>,
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Numbers and words only.
        let mut value = serde_json::to_value(self.settings).unwrap_or_default();
        if !self.points.is_empty() {
            value["points"] = serde_json::to_value(&self.points).unwrap_or_default();
        }
        value.serialize(serializer)
    }
}

/// Points of a recorded reference at most.
const MAX_POINTS: usize = 100_000;
/// A place or a time of a point.
const POINT: Range = Range::new(-1e4, 1e9);

/// Checks the section as it was written and fills in its defaults, where there is one.
pub(crate) fn read(value: &Value, errors: &mut Errors) -> Option<Reference> {
    if value.is_null() {
        return None;
    }
    let path = "reference";
    let Some(map) = value.as_object() else {
        errors.push(path, value, Problem::Type { expected: "a map".to_owned() });
        return None;
    };
    let before = errors.0.len();
    let mut own = map.clone();
    let points = own.remove("points").filter(|points| !points.is_null());
    own.retain(|_, value| !value.is_null());
    let mut known: Vec<Field> = ReferenceSettings::FIELDS.to_vec();
    known.push(Field { name: "points", doc: "", kind: FieldKind::Other("{}") });
    section(&Value::Object(own.clone()), &known, path, errors);
    let points = points.map_or_else(Vec::new, |points| read_points(&points, errors));
    if errors.0.len() > before {
        return None;
    }
    Some(Reference { settings: typed(&Value::Object(own), path, errors)?, points })
}

fn read_points(value: &Value, errors: &mut Errors) -> Vec<[f64; 2]> {
    let path = "reference.points";
    let Some(list) = value.as_array().filter(|list| (2..=MAX_POINTS).contains(&list.len())) else {
        let expected = format!("a list of 2 to {MAX_POINTS} points [time, place]");
        errors.push(path, value, Problem::Type { expected });
        return Vec::new();
    };
    let mut points: Vec<[f64; 2]> = Vec::with_capacity(list.len());
    for (i, point) in list.iter().enumerate() {
        let path = join(path, &i.to_string());
        let Some(pair) = point.as_array().filter(|pair| pair.len() == 2) else {
            errors.push(
                &path,
                point,
                Problem::Type { expected: "a point [time, place]".to_owned() },
            );
            return Vec::new();
        };
        let before = errors.0.len();
        for (part, value) in pair.iter().enumerate() {
            number(value, &POINT, "s, m", false, &join(&path, &part.to_string()), errors);
        }
        let (Some(time), Some(place)) = (pair[0].as_f64(), pair[1].as_f64()) else {
            return Vec::new();
        };
        if errors.0.len() > before {
            return Vec::new();
        }
        let earliest = points.last().map_or(0.0, |last| last[0]);
        if time < earliest || points.last().is_some_and(|last| last[0] == time) {
            let reason = format!("the times of points must grow: allowed is above {earliest} s");
            errors.push(&join(&path, "0"), &pair[0], Problem::Design { reason });
            return Vec::new();
        }
        points.push([time, place]);
    }
    points
}

impl Reference {
    /// Checks each setting and what its kind requires.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        self.settings.check_ranges()?;
        let ReferenceSettings { kind, shape, .. } = self.settings;
        let conflict = |name, with| Err(Invalid::Conflict { path: Path::of(name), with });
        if kind == ReferenceKind::Recorded {
            if self.points.len() < 2 {
                let required_by = "kind: recorded";
                return Err(Invalid::Missing { path: Path::of("points"), required_by });
            }
        } else if !self.points.is_empty() {
            return conflict("points", "a kind other than recorded");
        }
        if shape == Shape::Quintic && kind != ReferenceKind::Move {
            return conflict("shape", "a kind other than move");
        }
        Ok(())
    }

    /// The wish for a time in s.
    pub(crate) fn wish(&self, time: f64) -> f64 {
        let ReferenceSettings { to, at, duration, kind, .. } = self.settings;
        let since = time - at;
        if kind != ReferenceKind::Recorded && since < 0.0 {
            return 0.0;
        }
        match kind {
            ReferenceKind::Ramp => to * (since / duration).min(1.0),
            ReferenceKind::Square => {
                let half = (since / duration + 1e-9) as u64;
                if half.is_multiple_of(2) { to } else { 0.0 }
            }
            ReferenceKind::Sine => {
                let turns = since / duration;
                let angle = 2.0 * std::f64::consts::PI * (turns - libm::round(turns));
                to * upright_core::elementary::sin_cos(angle).0
            }
            ReferenceKind::Recorded => {
                let next = self.points.partition_point(|point| point[0] <= time);
                match (next.checked_sub(1).map(|i| self.points[i]), self.points.get(next)) {
                    (None, first) => first.map_or(0.0, |point| point[1]),
                    (Some([_, place]), None) => place,
                    (Some([t0, x0]), Some(&[t1, x1])) => x0 + (x1 - x0) * (time - t0) / (t1 - t0),
                }
            }
            ReferenceKind::Hold | ReferenceKind::Step | ReferenceKind::Move => to,
        }
    }
}
