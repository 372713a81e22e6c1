//! Forces on the cart and torques on the joints that no controller asked for.

use crate::random::{Purpose, Streams};
use upright_core::elementary::sin_cos;
use upright_core::plant::Vector;
use upright_core::{Kernel, Real};
use upright_scenario::{self as scenario, DisturbanceKind, Target};

/// The most pushes that act at once.
pub(super) const MAX_PUSHES: usize = 8;

/// A decimal start time must not be lost to rounding, in s.
const SLACK: f64 = 1e-9;

#[derive(Debug, Clone)]
pub(super) struct Disturbances<R: Real> {
    each: Vec<Disturbance<R>>,
    /// How many of them are the scenario's; those after them are pushes.
    written: usize,
}

#[derive(Debug, Clone)]
struct Disturbance<R: Real> {
    shape: Shape<R>,
    target: Target,
    amplitude: f64,
    start: f64,
    end: f64,
}

#[derive(Debug, Clone)]
enum Shape<R: Real> {
    Constant,
    Sine {
        frequency: f64,
        phase: f64,
    },
    /// The value held over the present period.
    Noise {
        streams: Streams<R>,
        held: R,
    },
}

impl<R: Real> Disturbances<R> {
    pub(super) fn new(
        disturbances: &[scenario::Disturbance],
        seed: u64,
        run: &dyn Fn(usize) -> u64,
    ) -> Self {
        let each: Vec<Disturbance<R>> = disturbances
            .iter()
            .zip(0..)
            .map(|(disturbance, index)| Disturbance {
                shape: match disturbance.kind {
                    DisturbanceKind::Step | DisturbanceKind::Pulse => Shape::Constant,
                    DisturbanceKind::Sine => Shape::Sine {
                        frequency: disturbance.frequency.unwrap_or(0.0),
                        phase: disturbance.phase,
                    },
                    DisturbanceKind::Noise => Shape::Noise {
                        streams: Streams::new(|lane| {
                            Purpose::Disturbance.key(seed, run(lane), index)
                        }),
                        held: R::zero(),
                    },
                },
                target: disturbance.target,
                amplitude: disturbance.amplitude,
                start: disturbance.start,
                end: disturbance
                    .duration
                    .map_or(f64::INFINITY, |duration| disturbance.start + duration),
            })
            .collect();
        Self { written: each.len(), each }
    }

    /// Adds a pulse on the cart of `force` N from the time `start` on, for `duration`, both in s. Pushes
    /// that are over at the time `now` make room. Returns whether there was any.
    pub(super) fn push(&mut self, force: f64, start: f64, duration: f64, now: f64) -> bool {
        let mut place = 0..;
        let written = self.written;
        self.each.retain(|one| place.next() < Some(written) || one.end > now);
        let room = self.each.len() - self.written < MAX_PUSHES;
        if room {
            self.each.push(Disturbance {
                shape: Shape::Constant,
                target: Target::Cart,
                amplitude: force,
                start,
                end: start + duration,
            });
        }
        room
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.each.capacity() * size_of::<Disturbance<R>>()
    }

    pub(super) fn are_none(&self) -> bool {
        self.each.is_empty()
    }

    /// Makes the lanes in `fresh` those of run `run(lane)`; pushes are forgotten, in all lanes.
    pub(super) fn reset_lanes(&mut self, fresh: R::Mask, seed: u64, run: &dyn Fn(usize) -> u64) {
        self.each.truncate(self.written);
        for (disturbance, index) in self.each.iter_mut().zip(0..) {
            if let Shape::Noise { streams, .. } = &mut disturbance.shape {
                streams.reset_lanes(fresh, |lane| Purpose::Disturbance.key(seed, run(lane), index));
            }
        }
    }

    /// Draws what is held over the period that begins at `tick` periods.
    pub(super) fn begin_period(&mut self, tick: R, period: f64) {
        R::run(Begin { disturbances: self, tick, period });
    }

    /// The generalised force `[u + d_cart, tau1 - tau2, tau2]` at the fraction `fraction` of the
    /// period that begins at `tick` periods.
    pub(super) fn add(&self, force: R, tick: R, fraction: f64, period: f64) -> Vector<R> {
        R::run(Total { disturbances: self, force, tick, fraction, period })
    }
}

impl Disturbances<f64> {
    /// What acts on the cart and on each joint at the start of the period that begins at `tick` periods.
    pub(super) fn by_target(&self, tick: f64, period: f64) -> [f64; 3] {
        let mut total = [0.0; 3];
        for disturbance in &self.each {
            let place = match disturbance.target {
                Target::Cart => 0,
                Target::Joint1 => 1,
                Target::Joint2 => 2,
            };
            total[place] += disturbance.at(tick * period);
        }
        total
    }
}

/// See [`Disturbances::begin_period`].
struct Begin<'a, R: Real> {
    disturbances: &'a mut Disturbances<R>,
    tick: R,
    period: f64,
}

impl<R: Real> Kernel for Begin<'_, R> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let time = self.tick * R::of(self.period);
        for disturbance in &mut self.disturbances.each {
            let on = disturbance.on(time);
            if let Shape::Noise { streams, held } = &mut disturbance.shape {
                *held = R::select(on, R::of(disturbance.amplitude) * streams.normal(), R::zero());
            }
        }
    }
}

/// See [`Disturbances::add`].
struct Total<'a, R: Real> {
    disturbances: &'a Disturbances<R>,
    force: R,
    tick: R,
    fraction: f64,
    period: f64,
}

impl<R: Real> Kernel for Total<'_, R> {
    type Output = Vector<R>;
    #[inline(always)]
    fn run(self) -> Vector<R> {
        let time = (self.tick + R::of(self.fraction)) * R::of(self.period);
        let mut total = [self.force, R::zero(), R::zero()];
        for disturbance in &self.disturbances.each {
            let value = disturbance.at(time);
            match disturbance.target {
                Target::Cart => total[0] = total[0] + value,
                Target::Joint1 => total[1] = total[1] + value,
                Target::Joint2 => {
                    total[1] = total[1] - value;
                    total[2] = total[2] + value;
                }
            }
        }
        total
    }
}

impl<R: Real> Disturbance<R> {
    #[inline(always)]
    fn on(&self, time: R) -> R::Mask {
        let time = time + R::of(SLACK);
        R::of(self.start).le(time) & time.lt(R::of(self.end))
    }

    #[inline(always)]
    fn at(&self, time: R) -> R {
        let value = match &self.shape {
            Shape::Noise { held, .. } => return *held,
            Shape::Constant => R::of(self.amplitude),
            Shape::Sine { frequency, phase } => {
                // Whole turns are taken off first, so that a long run keeps its accuracy.
                let turns = R::of(*frequency) * (time - R::of(self.start));
                let angle = R::of(2.0 * std::f64::consts::PI) * (turns - turns.round());
                R::of(self.amplitude) * sin_cos(angle + R::of(*phase)).0
            }
        };
        R::select(self.on(time), value, R::zero())
    }
}
