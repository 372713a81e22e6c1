//! The motion that a scenario's reference is planned as.

use crate::reference::{ReferenceKind, ReferenceSettings, Shape};
use crate::scenario::Scenario;
use upright_design::DesignError;
use upright_design::reference::{self as motion, BLOCK, ReferenceSample};

/// Control periods for which wishes are followed at most: a plan of so many is kept whole.
const MAX_PLANNED: u64 = 500_000;
/// The share of the actuator's limit that a plan may take.
const FORCE_SHARE: f64 = 0.6;
/// The angle in rad that a plan may lean to.
const LEAN: f64 = 0.2;

/// What is followed in each control period of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferencePlan {
    /// The period of the first sample.
    start: u64,
    samples: Vec<ReferenceSample>,
    before: ReferenceSample,
    after: ReferenceSample,
    /// Where the way of a step, move or ramp ends in m.
    end: Option<f64>,
    band: f64,
}

/// Rest at a place in m.
fn rest(x: f64) -> ReferenceSample {
    ReferenceSample { state: [x, 0.0, 0.0, 0.0, 0.0, 0.0], ..ReferenceSample::default() }
}

impl ReferencePlan {
    /// What is followed in the control period of this index.
    pub fn at(&self, period: u64) -> ReferenceSample {
        match period.checked_sub(self.start) {
            None => self.before,
            Some(index) => usize::try_from(index)
                .ok()
                .and_then(|i| self.samples.get(i))
                .copied()
                .unwrap_or(self.after),
        }
    }

    /// The control period in which it begins.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Where the way ends in m, of a step, a move or a ramp.
    pub fn end(&self) -> Option<f64> {
        self.end
    }

    /// The band in m about the end in which the cart has arrived.
    pub fn band(&self) -> f64 {
        self.band
    }
}

impl Scenario {
    /// What the scenario's reference asks in each control period, where it has one.
    ///
    /// # Errors
    /// Where there is no motion within the actuator's limit, the angles and the track that does what is asked;
    /// with what would do.
    pub fn reference_plan(&self) -> Result<Option<ReferencePlan>, DesignError> {
        let Some(reference) = &self.reference else { return Ok(None) };
        let refused = |field, reason| Err(DesignError::Reference { field, reason });
        let ReferenceSettings { to, at, duration, band, kind, shape } = reference.settings;
        let period = self.simulation.control_period;
        let start = libm::round(at / period) as u64;
        let quantum = self.sensors.quanta()[0];
        let band = band.unwrap_or((0.02 * to.abs()).max(3.0 * quantum));
        let ends = |end| ReferencePlan {
            start,
            samples: Vec::new(),
            before: rest(0.0),
            after: rest(end),
            end: Some(end),
            band,
        };
        let plan = match kind {
            ReferenceKind::Hold => ReferencePlan { start: 0, end: None, ..ends(to) },
            ReferenceKind::Step => ends(to),
            ReferenceKind::Move if to == 0.0 => ends(to),
            ReferenceKind::Move => {
                let samples = match shape {
                    Shape::Quintic => {
                        let periods = libm::round(duration / period).max(1.0);
                        if periods > MAX_PLANNED as f64 {
                            return refused("duration", too_long(period));
                        }
                        motion::quintic(period, periods as usize, to)
                    }
                    Shape::Model => self.transfer(to, duration)?,
                };
                ReferencePlan { samples, ..ends(to) }
            }
            ReferenceKind::Ramp
            | ReferenceKind::Square
            | ReferenceKind::Sine
            | ReferenceKind::Recorded => {
                let periods = self.periods();
                if periods > MAX_PLANNED {
                    return refused("kind", too_long(period));
                }
                let wanted: Vec<f64> =
                    (0..=periods).map(|k| reference.wish(k as f64 * period)).collect();
                let samples = self.followed(&wanted)?;
                let end = (kind == ReferenceKind::Ramp).then_some(to);
                let after = rest(wanted.last().copied().unwrap_or(0.0));
                ReferencePlan { start: 0, samples, after, end, ..ends(to) }
            }
        };
        let track = self.plant.track.unwrap_or(f64::INFINITY);
        let places = plan.samples.iter().chain([&plan.after]).map(|sample| sample.state[0]);
        let furthest = places.fold(0.0, |furthest: f64, x| furthest.max(x.abs()));
        if furthest > track {
            let field = if kind == ReferenceKind::Recorded { "points" } else { "to" };
            let reason =
                format!("it leads to {furthest:.3} m, off the track, which ends at {track} m");
            return refused(field, reason);
        }
        Ok(Some(plan))
    }

    /// The transfer to a place within a time, if it stays within what is allowed.
    fn transfer(&self, to: f64, duration: f64) -> Result<Vec<ReferenceSample>, DesignError> {
        let (model, period) = (&self.controller.model, self.simulation.control_period);
        let block = BLOCK as f64 * period;
        let allowed = |samples: &[ReferenceSample]| {
            let (force, angle) = motion::extremes(samples);
            force <= FORCE_SHARE * self.actuator.max_force && angle <= LEAN
        };
        let refused = |reason| Err(DesignError::Reference { field: "duration", reason });
        if duration / period > MAX_PLANNED as f64 {
            return refused(too_long(period));
        }
        let blocks = libm::round(duration / block) as usize;
        let asked = motion::transfer(model, period, blocks, to);
        if let Some(samples) = asked.as_ref().filter(|samples| allowed(samples)) {
            return Ok(samples.clone());
        }
        let told = asked.map_or_else(
            || format!("there is no transfer within {duration} s"),
            |samples| {
                let (force, angle) = motion::extremes(&samples);
                format!(
                    "the transfer takes {force:.2} N and leans {angle:.3} rad; allowed is {:.2} N, \
                     {FORCE_SHARE} of the limit, and {LEAN} rad",
                    FORCE_SHARE * self.actuator.max_force
                )
            },
        );
        // The shortest that does: doubled until one does, then halved down to a block.
        let can = |blocks: usize| {
            motion::transfer(model, period, blocks, to).is_some_and(|samples| allowed(&samples))
        };
        let mut long = blocks.max(6);
        while !can(long) {
            long *= 2;
            if long as f64 * block > 60.0_f64.max(4.0 * duration) {
                return refused(format!("{told}; no duration up to a minute was found that does"));
            }
        }
        let mut short = 5;
        while long - short > 1 {
            let middle = usize::midpoint(short, long);
            if can(middle) { long = middle } else { short = middle }
        }
        refused(format!("{told}: {:.2} s is the shortest that does", long as f64 * block))
    }

    /// The motion nearest to wishes that stays within what is allowed.
    fn followed(&self, wanted: &[f64]) -> Result<Vec<ReferenceSample>, DesignError> {
        let (model, period) = (&self.controller.model, self.simulation.control_period);
        let most = FORCE_SHARE * self.actuator.max_force;
        let size = wanted.iter().fold(1e-3, |size: f64, x| size.max(x.abs()));
        let mut price = 1e-4 * (size / most) * (size / most);
        for _ in 0..24 {
            if let Some(samples) = motion::follow(model, period, wanted, price) {
                let (force, angle) = motion::extremes(&samples);
                if force <= most && angle <= LEAN {
                    return Ok(samples);
                }
            }
            price *= 4.0;
        }
        let reason = format!(
            "no motion near it was found that stays within {most:.2} N, {FORCE_SHARE} of the limit, and {LEAN} rad"
        );
        Err(DesignError::Reference { field: "kind", reason })
    }
}

fn too_long(period: f64) -> String {
    let longest = MAX_PLANNED as f64 * period;
    format!("it would be planned for more than {MAX_PLANNED} periods: allowed is up to {longest} s")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Overrides;

    fn read(text: &str) -> Result<Scenario, String> {
        let text = format!("actuator: {{max_force: 30}}\nplant: {{track: 1}}\n{text}");
        Scenario::read("set point", &text, &Overrides::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn references_come_to_where_they_are_to() {
        for reference in [
            "{kind: step, to: 0.2, at: 1}",
            "{kind: move, to: 0.2, at: 1}",
            "{kind: move, to: 0.2, at: 1, shape: quintic}",
            "{kind: ramp, to: 0.2, at: 1, duration: 4}",
            "{kind: recorded, points: [[0, 0], [2, 0], [4, 0.2], [5, 0.2]]}",
        ] {
            let scenario = read(&format!("reference: {reference}")).expect("valid");
            let plan = scenario.reference_plan().expect("a plan").expect("a reference");
            assert!(plan.at(0).state[0].abs() < 2e-3, "{reference}: {:?}", plan.at(0));
            let end = plan.at(9_900).state;
            assert!((end[0] - 0.2).abs() < 2e-3, "{reference}: {end:?}");
            let again = Scenario::read("again", &scenario.to_yaml(), &Overrides::default());
            assert_eq!(again.expect("valid"), scenario);
        }
    }

    #[test]
    fn references_that_cannot_be_are_refused_with_what_would_do() {
        for (reference, told) in [
            ("{kind: move, to: 0.5, duration: 1}", "is the shortest that does"),
            ("{kind: step, to: 1.5}", "off the track"),
            ("{kind: recorded}", "reference.points"),
            ("{kind: recorded, points: [[0, 0], [0, 1]]}", "reference.points.1.0"),
            ("{kind: recorded, points: [[0, 0]]}", "a list of 2 to"),
            ("{kind: sine, shape: quintic}", "reference.shape"),
            ("{kind: hop}", "hold, step, move"),
            ("{kind: step, points: [[0, 0], [1, 1]]}", "a kind other than recorded"),
        ] {
            let error = read(&format!("reference: {reference}")).expect_err("refused");
            assert!(error.contains(told), "{reference}: {error}");
        }
    }
}
