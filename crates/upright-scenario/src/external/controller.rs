//! A policy over any number: its layers, one after the other.

use super::policy::{Activation, Layer, MAX_WIDTH, Observation, Policy};
use upright_core::elementary::{sin_cos, tanh};
use upright_core::{Command, Controller, Real, SlidingSurface, State};

/// Most layers are no wider, and need less room.
const NARROW: usize = 16;

/// A policy as a controller. It remembers nothing; the surface is reported alongside.
#[derive(Debug, Clone)]
pub struct PolicyController<R> {
    /// Its layers are those of the settings, shared: no controller has a copy of its own.
    policy: Policy,
    surface: SlidingSurface<R>,
    max_force: R,
    /// The most numbers that a layer outputs.
    width: usize,
}

impl<R: Real> PolicyController<R> {
    /// `max_force` is the actuator's limit in N. The layers must fit each other.
    pub(super) fn new(policy: Policy, surface: SlidingSurface<R>, max_force: f64) -> Self {
        let width = policy.layers.iter().map(|layer| layer.bias.len()).max().unwrap_or(0);
        Self { policy, surface, max_force: R::of(max_force), width }
    }

    #[inline(always)]
    fn command(&self, measured: &State<R>, force: R) -> Command<R> {
        let reading = self.surface.read(measured);
        Command { force, sigma: reading.sigma, s: reading.s }
    }

    /// What the policy wants, in N, before any limit.
    #[inline(always)]
    fn wanted(&self, state: &State<R>) -> R {
        let (observed, count) = observe(self.policy.observation, state);
        let observed = &observed[..count];
        let answer = if self.width <= NARROW {
            answer::<R, NARROW>(&self.policy.layers, observed)
        } else {
            answer::<R, MAX_WIDTH>(&self.policy.layers, observed)
        };
        answer * R::of(self.policy.force)
    }
}

/// What is observed of a state, and how many numbers that are.
#[inline(always)]
fn observe<R: Real>(observation: Observation, state: &State<R>) -> ([R; 8], usize) {
    let [x, theta1, theta2, x_dot, rate1, rate2] = *state;
    match observation {
        Observation::Angles => {
            ([x, theta1, theta2, x_dot, rate1, rate2, R::zero(), R::zero()], observation.width())
        }
        Observation::SinCos => {
            let ((sin1, cos1), (sin2, cos2)) = (sin_cos(theta1), sin_cos(theta2));
            ([x, sin1, cos1, sin2, cos2, x_dot, rate1, rate2], observation.width())
        }
    }
}

/// The one number that the last of the layers outputs; none is wider than `WIDTH`.
#[inline(always)]
fn answer<R: Real, const WIDTH: usize>(layers: &[Layer], observed: &[R]) -> R {
    let (mut given, mut next) = ([R::zero(); WIDTH], [R::zero(); WIDTH]);
    let mut count = observed.len();
    for (place, number) in given.iter_mut().zip(observed) {
        *place = *number;
    }
    for layer in layers {
        for ((place, row), bias) in next.iter_mut().zip(&layer.weights).zip(&layer.bias) {
            let mut sum = R::of(*bias);
            for (weight, number) in row.iter().zip(&given[..count]) {
                sum = sum + R::of(*weight) * *number;
            }
            *place = match layer.activation {
                Activation::Linear => sum,
                Activation::Tanh => tanh(sum),
                Activation::Relu => R::select(sum.gt(R::zero()), sum, R::zero()),
            };
        }
        count = layer.bias.len().min(WIDTH);
        core::mem::swap(&mut given, &mut next);
    }
    given[0]
}

impl<R: Real> Controller<R> for PolicyController<R> {
    const COLUMNS: &'static [&'static str] = &[];

    #[inline(always)]
    fn control(&mut self, measured: &State<R>) -> Command<R> {
        self.control_against(measured, R::zero())
    }

    #[inline(always)]
    fn control_against(&mut self, measured: &State<R>, known: R) -> Command<R> {
        let force = (self.wanted(measured) - known).clamp(-self.max_force, self.max_force);
        self.command(measured, force)
    }

    #[inline(always)]
    fn observe(&self, measured: &State<R>) -> Command<R> {
        self.command(measured, R::zero())
    }

    fn reset_lanes(&mut self, _lanes: R::Mask) {}

    fn columns(&self, _write: impl FnMut(R)) {}
}
