//! The search space: which gains, between which bounds, on which scale.

use crate::TuneError;
use upright_sim::gains::{Refused, with_gains};
use upright_sim::scenario::Scale;
use upright_sim::scenario::{Scenario, WrittenBounds};
use upright_sim::tunable::{Bounds, Tunable, searched};

/// A gain that is searched.
#[derive(Debug, Clone, PartialEq)]
pub struct Dimension {
    /// The gain.
    pub tunable: Tunable,
    /// Between what it is searched.
    pub bounds: Bounds,
}

impl Dimension {
    /// The gain at `x`, from 0 (its lower bound) to 1 (its upper one).
    pub fn value(&self, x: f64) -> f64 {
        let Bounds { min, max, scale } = self.bounds;
        let value = match scale {
            Scale::Linear => min + x * (max - min),
            Scale::Log => min * libm::exp(x * libm::log(max / min)),
        };
        let value = if self.tunable.whole { libm::round(value) } else { value };
        // Rounding must not leave the bounds.
        value.clamp(min, max)
    }

    /// Where a value lies between the bounds, 0 to 1; at the nearer one where it is beyond.
    pub fn place(&self, value: f64) -> f64 {
        let Bounds { min, max, scale } = self.bounds;
        let value = value.clamp(min, max);
        match scale {
            Scale::Linear => (value - min) / (max - min),
            Scale::Log => libm::log(value / min) / libm::log(max / min),
        }
    }
}

/// The gains of a scenario that are searched.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    scenario: Scenario,
    dimensions: Vec<Dimension>,
}

impl Space {
    /// Search space of a scenario: what its tuning section names, or every gain whose size is known.
    ///
    /// # Errors
    /// Where there is nothing to tune.
    pub fn of(scenario: &Scenario) -> Result<Self, TuneError> {
        let gains = scenario.tuning.as_ref().and_then(|tuning| tuning.gains.as_ref());
        let written = |tunable: &Tunable| match gains {
            None => Some(WrittenBounds::default()),
            // Of a gain and the groups that it is in, the innermost counts.
            Some(gains) => gains
                .iter()
                .filter(|(name, _)| tunable.is_within(name))
                .max_by_key(|(name, _)| name.len())
                .map(|(_, bounds)| *bounds),
        };
        let dimensions: Vec<Dimension> = searched(scenario)
            .into_iter()
            .filter_map(|tunable| {
                let bounds = Bounds::of(&tunable, &written(&tunable)?)?;
                (bounds.min < bounds.max).then_some(Dimension { tunable, bounds })
            })
            .collect();
        if dimensions.is_empty() {
            return Err(TuneError::NothingToTune { kind: scenario.controller.settings.kind() });
        }
        Ok(Self { scenario: scenario.clone(), dimensions })
    }

    /// The scenario whose gains these are.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The gains, in the order of a point's coordinates.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The point of the scenario's own gains; gains beyond their bounds stand at the nearer one.
    pub fn start(&self) -> Vec<f64> {
        self.dimensions.iter().map(|gain| gain.place(gain.tunable.start)).collect()
    }

    /// The scenario with the gains of a point of the unit cube.
    ///
    /// # Errors
    /// Where these gains make no controller.
    pub fn candidate(&self, point: &[f64]) -> Result<Scenario, Refused> {
        let gains = self.dimensions.iter().zip(point);
        let gains: Vec<(&str, f64)> =
            gains.map(|(gain, &x)| (gain.tunable.path.as_str(), gain.value(x))).collect();
        with_gains(&self.scenario, &gains)
    }

    /// What each gain is in `found`, the scenario at `point`; without a point the scenario's own.
    pub fn values(&self, point: Option<&[f64]>, found: &Scenario) -> Vec<f64> {
        let after = searched(found);
        let value = |(i, gain): (usize, &Dimension)| {
            let tunable = &gain.tunable;
            // Poles are named as they were searched: two that are real may be described otherwise.
            let pole = tunable.is_within("surface");
            match point.and_then(|point| point.get(i)) {
                None => tunable.start,
                Some(&x) if pole => gain.value(x),
                Some(_) => after
                    .iter()
                    .find(|after| after.path == tunable.path)
                    .map_or(tunable.start, |after| after.start),
            }
        };
        self.dimensions.iter().enumerate().map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use upright_sim::scenario::Overrides;

    fn space(text: &str) -> Result<Space, TuneError> {
        Space::of(&Scenario::read("space", text, &Overrides::default()).expect("valid"))
    }

    fn names(space: &Space) -> Vec<&str> {
        space.dimensions().iter().map(|gain| gain.tunable.path.as_str()).collect()
    }

    #[test]
    fn without_a_section_every_gain_with_a_size_is_searched() {
        let space = space("").expect("a space");
        assert_eq!(
            names(&space),
            [
                "surface.poles.real",
                "surface.poles.frequency1",
                "surface.poles.damping1",
                "surface.poles.frequency2",
                "surface.poles.damping2",
                "switching_gain",
                "reaching_rate",
                "boundary_layer"
            ]
        );
    }

    #[test]
    fn the_innermost_name_says_the_bounds() {
        let text = "
controller: {kind: lqr}
tuning: {gains: {weights.state: [1, 10], weights.state.2: [5, 50], weights.force: }}
";
        let space = space(text).expect("a space");
        assert_eq!(names(&space).len(), 7);
        let bounds =
            |i: usize| (space.dimensions()[i].bounds.min, space.dimensions()[i].bounds.max);
        assert_eq!((bounds(0), bounds(2), bounds(6)), ((1.0, 10.0), (5.0, 50.0), (0.001, 0.1)));
    }

    #[test]
    fn a_kind_without_gains_is_refused() {
        let error = space("controller: {kind: none}").expect_err("nothing");
        assert_eq!(error.to_string(), "controller.kind = none: this kind has nothing to tune");
    }

    #[test]
    fn the_start_comes_back_and_the_corners_are_the_bounds() {
        for &kind in upright_sim::scenario::kinds::compared() {
            let space = space(&format!("controller: {{kind: {kind}}}")).expect("a space");
            for (gain, x) in space.dimensions().iter().zip(space.start()) {
                let start = gain.tunable.start;
                // The logarithm and its inverse round a few times.
                assert!((gain.value(x) - start).abs() <= 1e-12 * start.abs());
                assert_eq!(gain.value(0.0), gain.bounds.min);
                assert!((gain.value(1.0) - gain.bounds.max).abs() <= 1e-12 * gain.bounds.max);
            }
            assert!(space.candidate(&space.start()).is_ok(), "{kind}");
        }
    }
}
