//! The terms of a run's cost by name, and the two of them that a search for a front sets against
//! each other.

use super::document::join;
use super::error::Problem;
use super::validate::Errors;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A term of a run's cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Time until the run has settled.
    Settling,
    /// Largest angle.
    Angle,
    /// The cart's largest distance from its place.
    Cart,
    /// Integral of the squared force.
    Effort,
    /// Total variation of the force.
    Variation,
    /// Share of periods with the force at its limit.
    Saturation,
    /// Whether the run ended early.
    Falls,
}

impl Term {
    /// Every term, in the order in which a cost has them.
    pub const ALL: [Self; 7] = [
        Self::Settling,
        Self::Angle,
        Self::Cart,
        Self::Effort,
        Self::Variation,
        Self::Saturation,
        Self::Falls,
    ];
    /// Their names, in the same order.
    pub const NAMES: [&'static str; 7] =
        ["settling", "angle", "cart", "effort", "variation", "saturation", "falls"];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The unit of what it is made of.
    pub fn unit(self) -> &'static str {
        ["s", "rad", "m", "N² s", "N", "1", "1"][self as usize]
    }

    /// The metric that it is made of, by its key; a fall is none.
    pub fn metric(self) -> Option<&'static str> {
        match self {
            Self::Settling => Some("settling_time"),
            Self::Angle => Some("max_angle"),
            Self::Cart => Some("max_cart"),
            Self::Effort => Some("effort"),
            Self::Variation => Some("total_variation"),
            Self::Saturation => Some("saturation"),
            Self::Falls => None,
        }
    }
}

/// What `objectives` may be, as a JSON Schema.
pub(super) const SCHEMA: &str = r#"{"type": ["array", "null"], "minItems": 2, "maxItems": 2, "uniqueItems": true,
    "items": {"enum": ["settling", "angle", "cart", "effort", "variation", "saturation", "falls"]}}"#;

/// Reads the objectives of the section `section`; absent where nothing is said of them.
pub(super) fn read(value: &Value, section: &str, errors: &mut Errors) -> Option<[Term; 2]> {
    if value.is_null() {
        return None;
    }
    let path = join(section, "objectives");
    let Some([first, second]) = value.as_array().map(Vec::as_slice) else {
        let expected = format!("a list of two terms of the cost ({})", Term::NAMES.join(", "));
        errors.push(&path, value, Problem::Type { expected });
        return None;
    };
    let mut term = |value: &Value, place: &str| {
        let found = Term::ALL.into_iter().find(|term| value == term.name());
        if found.is_none() {
            let allowed = Term::NAMES.map(str::to_owned).to_vec();
            errors.push(&join(&path, place), value, Problem::Choice { allowed });
        }
        found
    };
    let (first, second) = (term(first, "0"), term(second, "1"));
    let pair = [first?, second?];
    if pair[0] == pair[1] {
        let reason = format!("{} stands twice: the two must differ", pair[0].name());
        errors.push(&path, value, Problem::Design { reason });
        return None;
    }
    Some(pair)
}

#[cfg(test)]
mod tests {
    use super::super::{Overrides, Scenario};
    use super::*;
    use crate::metrics::Metrics;

    fn scenario(text: &str) -> Result<Scenario, String> {
        Scenario::read("front", text, &Overrides::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn two_terms_read_back_as_they_were_written() {
        let first = scenario("tuning: {objectives: [settling, variation]}").expect("valid");
        let tuning = first.tuning.clone().expect("a section");
        assert_eq!(tuning.objectives, Some([Term::Settling, Term::Variation]));
        assert_eq!(scenario(&first.to_yaml()), Ok(first));
        let without = scenario("tuning: {objectives: }").expect("valid");
        assert_eq!(without.tuning.expect("a section").objectives, None);
    }

    #[test]
    fn names_are_those_that_are_written_and_that_the_schema_allows() {
        let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
        for (i, term) in Term::ALL.into_iter().enumerate() {
            assert_eq!(serde_json::to_value(term).expect("a word"), term.name());
            assert_eq!(schema["items"]["enum"][i], term.name());
            let known = |key| Metrics::KEYS.iter().any(|(name, _)| *name == key);
            assert!(term.metric().is_none_or(known), "{term:?}");
        }
    }

    #[test]
    fn anything_but_two_different_terms_is_refused_with_its_place() {
        for (text, message) in [
            (
                "tuning: {objectives: [settling, noise]}",
                "front: line 1, column 33: tuning.objectives.1 = \"noise\": allowed is one of \
                 settling, angle,",
            ),
            (
                "tuning: {objectives: [angle, angle]}",
                "column 22: tuning.objectives = [\"angle\",\"angle\"]: angle stands twice: the two \
                 must differ",
            ),
            (
                "tuning: {objectives: [settling]}",
                "must be a list of two terms of the cost (settling",
            ),
            ("tuning: {objectives: []}", "tuning.objectives = []: must be a list of two terms"),
            ("tuning: {objectives: [settling, angle, cart]}", "must be a list of two terms"),
            ("tuning: {objectives: settling}", "must be a list of two terms"),
            ("tuning: {objectives: [1, 2]}", "tuning.objectives.0 = 1: allowed is one of"),
        ] {
            let found = scenario(text).expect_err("refused");
            assert!(found.contains(message), "{text}\n{found}\n{message}");
        }
    }
}
