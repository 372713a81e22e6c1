//! What lies between the state and the controller: noise, then quantisation, then delay.

use crate::random::{Purpose, Stream, Streams};
use crate::scenario::{self, VelocitySource};
use upright_core::elementary::exp_m1;
use upright_core::{Real, State};

#[derive(Debug, Clone)]
pub(super) struct Sensors<R> {
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
    delay: usize,
}

#[derive(Debug, Clone, Copy)]
enum Velocity<R> {
    Exact,
    /// Difference of the measured position and angles, behind a low-pass filter that goes `share`
    /// of the way in a period.
    Difference {
        period: R,
        share: R,
        before: Option<[R; 3]>,
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
            before: None,
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
            line: Vec::with_capacity(settings.delay as usize),
            head: 0,
            delay: settings.delay as usize,
        }
    }

    /// Measurements that the delay line can hold, and holds.
    pub(super) fn line(&self) -> (usize, usize) {
        (self.delay, self.line.len())
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.line.capacity() * size_of::<State<R>>() + self.streams.heap_bytes()
    }

    pub(super) fn measure(&mut self, state: &State<R>) -> State<R> {
        if self.exact {
            return *state;
        }
        let mut measured = *state;
        for (x, &deviation) in measured.iter_mut().zip(&self.noise) {
            if deviation > 0.0 {
                *x = *x + R::of(deviation) * self.streams.normal();
            }
        }
        for (x, &quantum) in measured.iter_mut().zip(&self.quanta) {
            if quantum > 0.0 {
                *x = (*x / R::of(quantum)).round() * R::of(quantum);
            }
        }
        if let Velocity::Difference { period, share, before, filtered } = &mut self.velocity {
            let now = [measured[0], measured[1], measured[2]];
            // At the start there is nothing to take a difference from: at rest, as far as it knows.
            let old = before.replace(now).unwrap_or(now);
            for i in 0..3 {
                let difference = (now[i] - old[i]) / *period;
                filtered[i] = filtered[i] + *share * (difference - filtered[i]);
                measured[3 + i] = filtered[i];
            }
        }
        if self.delay == 0 {
            return measured;
        }
        if self.line.is_empty() {
            // Before the first measurement has come through, it is what there is.
            self.line.resize(self.delay, measured);
        }
        let arrived = std::mem::replace(&mut self.line[self.head], measured);
        self.head = (self.head + 1) % self.delay;
        arrived
    }
}
