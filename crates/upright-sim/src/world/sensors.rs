//! What lies between the state and the controller: noise, then quantisation, then delay.

use crate::random::{Purpose, Streams};
use upright_core::plant::copy_of;
use upright_core::{Kernel, Mask, Real, State};
use upright_lanes::apart;
use upright_scenario as scenario;

/// A resolution up to which no reading changes: one over a smaller one is beyond what a number holds.
const NO_STEP: f64 = 1e-300;

#[derive(Debug, Clone)]
pub(super) struct Sensors<R: Real> {
    /// Whether they show the state itself, as most runs have it.
    exact: bool,
    /// Standard deviations in state order.
    noise: [f64; 6],
    /// Resolutions of position and angles, and one over them, where there are any.
    quanta: [Option<[f64; 2]>; 3],
    /// Whether the second angle that is measured is the one between the links.
    relative: bool,
    streams: Streams<R>,
    /// Measurements under way; place `head` is the next to arrive.
    line: Vec<State<R>>,
    head: usize,
    /// What was shown last.
    shown: State<R>,
    /// The lanes that have not been measured yet.
    fresh: R::Mask,
}

/// Whether sensors show the state itself; where velocities come from is the estimator's matter.
fn is_exact(settings: &scenario::Sensors) -> bool {
    let default = scenario::Sensors::default();
    let (velocity, second_encoder) = (default.velocity, default.second_encoder);
    scenario::Sensors { velocity, second_encoder, ..*settings } == default
}

impl<R: Real> Sensors<R> {
    pub(super) fn new(settings: &scenario::Sensors, seed: u64, run: &dyn Fn(usize) -> u64) -> Self {
        let ([position, first, second], rate) = (settings.noises(), settings.rate_noise);
        Self {
            exact: is_exact(settings),
            noise: [position, first, second, settings.velocity_noise, rate, rate],
            quanta: settings.quanta().map(|step| (step > NO_STEP).then(|| [step, 1.0 / step])),
            relative: settings.is_relative(),
            streams: Streams::new(|i| Purpose::Sensors.key(seed, run(i), 0)),
            line: vec![[R::zero(); 6]; settings.delay as usize],
            head: 0,
            shown: [R::zero(); 6],
            fresh: Mask::splat(true),
        }
    }

    /// Whether they show the state itself.
    #[inline(always)]
    pub(super) fn are_exact(&self) -> bool {
        self.exact
    }

    /// Measurements that the delay line holds: always as many as it can.
    pub(super) fn line(&self) -> usize {
        self.line.len()
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.line.capacity() * size_of::<State<R>>()
    }

    /// Forgets what went before in the lanes in `fresh`, which are of run `run(lane)` from now on.
    pub(super) fn reset_lanes(&mut self, fresh: R::Mask, seed: u64, run: &dyn Fn(usize) -> u64) {
        self.fresh = self.fresh | fresh;
        self.streams.reset_lanes(fresh, |i| Purpose::Sensors.key(seed, run(i), 0));
    }

    #[inline(always)]
    pub(super) fn measure<'a>(&'a mut self, state: &'a State<R>) -> &'a State<R> {
        if self.exact {
            return state;
        }
        apart::<R, _>(Measure { sensors: self, state });
        &self.shown
    }
}

/// What sensors that are not exact say of a state.
struct Measure<'a, R: Real> {
    sensors: &'a mut Sensors<R>,
    state: &'a State<R>,
}

impl<R: Real> Kernel for Measure<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { sensors, state } = self;
        let mut measured = copy_of(state);
        if sensors.relative {
            measured[2] = measured[2] - measured[1];
        }
        for (x, &deviation) in measured.iter_mut().zip(&sensors.noise) {
            if deviation > 0.0 {
                *x = *x + R::of(deviation) * sensors.streams.normal();
            }
        }
        for (x, quantum) in measured.iter_mut().zip(&sensors.quanta) {
            if let Some([step, per_step]) = *quantum {
                *x = (*x * R::of(per_step)).round() * R::of(step);
            }
        }
        if sensors.relative {
            measured[2] = measured[2] + measured[1];
        }
        let fresh = sensors.fresh;
        if fresh.any() {
            // Before the first measurement has come through, it is what there is.
            for place in &mut sensors.line {
                for (x, &first) in place.iter_mut().zip(&measured) {
                    *x = R::select(fresh, first, *x);
                }
            }
            sensors.fresh = Mask::splat(false);
        }
        let Some(place) = sensors.line.get_mut(sensors.head) else {
            sensors.shown = copy_of(&measured);
            return;
        };
        sensors.shown = copy_of(place);
        *place = copy_of(&measured);
        let next = sensors.head + 1;
        sensors.head = if next == sensors.line.len() { 0 } else { next };
    }
}

#[cfg(test)]
mod tests {
    use super::Sensors;
    use upright_scenario as scenario;

    #[test]
    fn a_resolution_beyond_numbers_changes_no_reading() {
        let state = [2.0, -0.1, 3.0, 0.5, -1e6, 0.0];
        for position_quantum in [5e-324, 1e-310, 1e-300, 2e-300, 1e-200] {
            let settings = scenario::Sensors { position_quantum, ..scenario::Sensors::default() };
            let mut sensors = Sensors::<f64>::new(&settings, 0, &|_| 0);
            let seen = *sensors.measure(&state);
            for (seen, real) in seen.iter().zip(state) {
                assert!((seen - real).abs() <= 1e-15 * real.abs(), "{position_quantum}: {seen}");
            }
        }
    }
}
