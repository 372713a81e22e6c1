//! A number that can be tuned, and between what it is searched.

use crate::tuning::{Scale, WrittenBounds};
use serde::Serialize;
use upright_core::settings::{Field, Range};

/// A gain is searched up to so many times its default, and down to as small a part of it.
const AROUND: f64 = 10.0;
/// A number that can be tuned.
#[derive(Debug, Clone, PartialEq)]
pub struct Tunable {
    /// Its name, outermost group first, as within the controller's section: `supervisor.enter`.
    pub path: String,
    /// What it means.
    pub doc: &'static str,
    /// Unit, `1` where it has none.
    pub unit: &'static str,
    /// The default of its kind; absent where there is none.
    pub default: Option<f64>,
    /// Its value in the scenario.
    pub start: f64,
    /// What is allowed.
    pub range: Range,
    /// Whether it must be whole.
    pub whole: bool,
    /// Between which bounds it is searched unless told otherwise; absent where nothing says how
    /// large it might be.
    pub(super) usual: Option<(f64, f64)>,
}

/// Between what a gain is searched, and how.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bounds {
    /// Lower bound, in the gain's unit.
    pub min: f64,
    /// Upper bound, in the gain's unit.
    pub max: f64,
    /// How it is searched between them.
    pub scale: Scale,
}

/// Bounds that are this far apart span decades: the scale is logarithmic.
const DECADE: f64 = 10.0;

impl Bounds {
    /// Bounds of a gain for which a scenario has written `written`; absent where neither says how large it
    /// might be.
    pub fn of(tunable: &Tunable, written: &WrittenBounds) -> Option<Self> {
        let (min, max) = match (written.min, written.max, tunable.usual) {
            (Some(min), Some(max), _) => (min, max),
            (min, max, Some(usual)) => (min.unwrap_or(usual.0), max.unwrap_or(usual.1)),
            _ => return None,
        };
        let spans = min > 0.0 && max / min >= DECADE;
        let scale = written.scale.unwrap_or(if spans { Scale::Log } else { Scale::Linear });
        Some(Self { min, max, scale })
    }
}

impl Tunable {
    /// Whether `name` names it or a group that it is in.
    pub fn is_within(&self, name: &str) -> bool {
        self.path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// A number that is searched, from the field that it stands in.
pub(super) fn number(
    field: &Field,
    path: &str,
    unit: &'static str,
    range: Range,
    whole: bool,
    start: f64,
    default: Option<f64>,
) -> Tunable {
    let usual = usual(start, default, &range);
    let (path, doc) = (path.to_owned(), field.doc.trim());
    Tunable { path, doc, unit, default, start, range, whole, usual }
}

/// Bounds about a gain's default, and wide enough for its start.
fn usual(start: f64, default: Option<f64>, range: &Range) -> Option<(f64, f64)> {
    let middle = default.filter(|default| *default > 0.0).unwrap_or(start);
    if middle <= 0.0 {
        return None;
    }
    let mut bounds = ((middle / AROUND).max(range.min), (middle * AROUND).min(range.max));
    if start > 0.0 {
        bounds = (bounds.0.min(start), bounds.1.max(start));
    }
    Some(bounds)
}
