//! What lies between the state and the controller: noise, then quantisation, then delay.

use crate::random::{Purpose, Stream, Streams};
use crate::scenario::{self, VelocitySource};
use upright_core::elementary::exp_m1;
use upright_core::{Kernel, Mask, Real, State};

#[derive(Debug, Clone)]
pub(super) struct Sensors<R: Real> {
    /// Whether they show the state itself, as most runs have it.
    exact: bool,
    /// Standard deviations in state order.
    noise: [f64; 6],
    /// Resolutions of position and angles; zero for none.
    quanta: [f64; 3],
    streams: Streams,
    velocity: Velocity<R>,
    /// Measurements under way; place `head` is the next to arrive.
    line: Vec<State<R>>,
    head: usize,
    /// What was shown last.
    shown: State<R>,
    /// The lanes that have not been measured yet.
    fresh: R::Mask,
}

#[derive(Debug, Clone, Copy)]
enum Velocity<R> {
    Exact,
    /// Difference of the measured position and angles, behind a low-pass filter that goes `share`
    /// of the way in a period.
    Difference {
        period: R,
        share: R,
        before: [R; 3],
        filtered: [R; 3],
    },
}

impl<R: Real> Sensors<R> {
    pub(super) fn new(
        settings: &scenario::Sensors,
        period: f64,
        seed: u64,
        run: impl Fn(usize) -> u64,
    ) -> Self {
        let difference = |share: f64| Velocity::Difference {
            period: R::of(period),
            share: R::of(share),
            before: [R::zero(); 3],
            filtered: [R::zero(); 3],
        };
        let (angle, rate) = (settings.angle_noise, settings.rate_noise);
        Self {
            exact: *settings == scenario::Sensors::default(),
            noise: [settings.position_noise, angle, angle, settings.velocity_noise, rate, rate],
            quanta: [settings.position_quantum, settings.angle_quantum, settings.angle_quantum],
            streams: Streams::new(R::LANES, |i| Stream::new(seed, run(i), Purpose::Sensors, 0)),
            velocity: match settings.velocity {
                VelocitySource::Exact => Velocity::Exact,
                VelocitySource::Difference => difference(1.0),
                VelocitySource::FilterHz(corner) => {
                    difference(-exp_m1(-2.0 * std::f64::consts::PI * corner * period))
                }
            },
            line: vec![[R::zero(); 6]; settings.delay as usize],
            head: 0,
            shown: [R::zero(); 6],
            fresh: Mask::splat(true),
        }
    }

    /// Measurements that the delay line holds: always as many as it can.
    pub(super) fn line(&self) -> usize {
        self.line.len()
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.line.capacity() * size_of::<State<R>>() + self.streams.heap_bytes()
    }

    /// Forgets what went before in the lanes in `fresh`, which are of run `run(lane)` from now on.
    pub(super) fn restart(&mut self, fresh: R::Mask, seed: u64, run: impl Fn(usize) -> u64) {
        self.fresh = self.fresh | fresh;
        self.streams.restart::<R>(fresh, |i| Stream::new(seed, run(i), Purpose::Sensors, 0));
        if let Velocity::Difference { filtered, .. } = &mut self.velocity {
            for x in filtered {
                *x = R::select(fresh, R::zero(), *x);
            }
        }
    }

    #[inline(always)]
    pub(super) fn measure<'a>(&'a mut self, state: &'a State<R>) -> &'a State<R> {
        if self.exact {
            return state;
        }
        self.shown = R::run(Measure { sensors: self, state });
        &self.shown
    }
}

/// What sensors that are not exact say of a state.
struct Measure<'a, R: Real> {
    sensors: &'a mut Sensors<R>,
    state: &'a State<R>,
}

impl<R: Real> Kernel for Measure<'_, R> {
    type Output = State<R>;
    #[inline(always)]
    fn run(self) -> State<R> {
        let Self { sensors, state } = self;
        let mut measured = *state;
        for (x, &deviation) in measured.iter_mut().zip(&sensors.noise) {
            if deviation > 0.0 {
                *x = *x + R::of(deviation) * sensors.streams.normal();
            }
        }
        for (x, &quantum) in measured.iter_mut().zip(&sensors.quanta) {
            if quantum > 0.0 {
                *x = (*x / R::of(quantum)).round() * R::of(quantum);
            }
        }
        let fresh = sensors.fresh;
        if let Velocity::Difference { period, share, before, filtered } = &mut sensors.velocity {
            for i in 0..3 {
                // At the start there is nothing to take a difference from: at rest, as far as it
                // knows.
                let old = R::select(fresh, measured[i], before[i]);
                before[i] = measured[i];
                let difference = (measured[i] - old) / *period;
                filtered[i] = filtered[i] + *share * (difference - filtered[i]);
                measured[3 + i] = filtered[i];
            }
        }
        if fresh.any() {
            // Before the first measurement has come through, it is what there is.
            for place in &mut sensors.line {
                for (x, &first) in place.iter_mut().zip(&measured) {
                    *x = R::select(fresh, first, *x);
                }
            }
            sensors.fresh = Mask::splat(false);
        }
        let Some(place) = sensors.line.get_mut(sensors.head) else { return measured };
        let arrived = *place;
        *place = measured;
        sensors.head = (sensors.head + 1) % sensors.line.len();
        arrived
    }
}
