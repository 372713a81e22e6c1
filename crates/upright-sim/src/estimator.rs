//! The estimator of a scenario, between measurement and controller.

use upright_core::estimator::{
    Compensation, Difference, Estimator, Exact, ExtendedKalman, ExtendedState, FixedGain, Friction,
    KalmanSettings, Levant, NoiseModel, Predicting,
};
use upright_core::{Kernel, Real, State};
use upright_design::observer::noise_model;
use upright_scenario::{EstimatorSettings, Scenario, VelocitySource};

/// The estimator of a scenario, with the friction that its controller feeds forward, where it does.
#[derive(Debug, Clone)]
pub struct AnyEstimator<R: Real> {
    kind: AnyKind<R>,
    friction: Option<FedFriction<R>>,
}

/// Coulomb friction of the cart that is fed forward by the estimated velocity.
#[derive(Debug, Clone)]
struct FedFriction<R> {
    feed: Compensation<R>,
    /// As of the last estimate, in N.
    known: R,
}

impl<R: Real> AnyEstimator<R> {
    /// The estimator that a scenario asks for. Where its design does not exist, which
    /// [`Scenario::check`] refuses, what it says is not a number.
    pub fn new(scenario: &Scenario) -> Self {
        let coulomb = &scenario.controller.model.coulomb;
        let alone = !matches!(scenario.estimator, Some(EstimatorSettings::Kalman(_)));
        let fed = alone && scenario.controller.common.friction == Friction::Model;
        let friction = fed.then(|| FedFriction {
            feed: Compensation::new(false, Some((coulomb.cart, coulomb.cart_speed))),
            known: R::zero(),
        });
        Self { kind: AnyKind::new(scenario), friction }
    }

    /// Whether its estimate is what is measured.
    #[inline(always)]
    pub(crate) fn passes_on(&self) -> bool {
        matches!(self.kind, AnyKind::Exact(_))
    }
}

/// The force to act against is found apart: hardly any loop feeds friction forward.
#[inline(never)]
fn feed<R: Real>(friction: &mut FedFriction<R>, velocity: R) {
    friction.known = R::run(Feed { feed: &friction.feed, velocity });
}

/// See [`feed`].
struct Feed<'a, R> {
    feed: &'a Compensation<R>,
    velocity: R,
}

impl<R: Real> Kernel for Feed<'_, R> {
    type Output = R;
    #[inline(always)]
    fn run(self) -> R {
        self.feed.known(R::zero(), self.velocity)
    }
}

impl<R: Real> Estimator<R> for AnyEstimator<R> {
    #[inline(always)]
    fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
        let Self { kind, friction } = self;
        let estimated = kind.estimate(measured);
        if let Some(friction) = friction {
            feed(friction, estimated[3]);
        }
        estimated
    }

    #[inline(always)]
    fn commanded(&mut self, force: R) {
        self.kind.commanded(force);
    }

    #[inline(always)]
    fn known_force(&self) -> R {
        match &self.friction {
            None => self.kind.known_force(),
            Some(friction) => self.kind.known_force() + friction.known,
        }
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        self.kind.reset_lanes(lanes);
    }
}

/// One period of an estimator, compiled once for each number and not into every loop that may need it.
struct Observe<'a, R, E> {
    estimator: &'a mut E,
    measured: &'a State<R>,
}

impl<'a, R: Real, E: Estimator<R>> Kernel for Observe<'a, R, E> {
    type Output = &'a State<R>;
    #[inline(always)]
    fn run(self) -> Self::Output {
        self.estimator.estimate(self.measured)
    }
}

/// An estimator that is told a command, likewise.
struct Tell<'a, R: Real> {
    estimator: &'a mut AnyKind<R>,
    force: R,
}

macro_rules! any {
    ($($(#[$doc:meta])* $kind:ident($type:ty),)+) => {
        /// An estimator of whatever kind; which one is decided once, when a run begins.
        #[derive(Debug, Copy)]
        // Each stands where it is used, without a heap.
        #[allow(clippy::large_enum_variant)]
        enum AnyKind<R: Real> {
            $($(#[$doc])* $kind($type),)+
        }

        #[expect(clippy::expl_impl_clone_on_copy, reason = "part by part is as much code as an estimator")]
        impl<R: Real> Clone for AnyKind<R> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<R: Real> AnyKind<R> {
            #[inline(never)]
            fn observe<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
                match self {
                    $(Self::$kind(estimator) => {
                        upright_lanes::run::<R, _>(Observe { estimator, measured })
                    })+
                }
            }
        }

        impl<R: Real> Kernel for Tell<'_, R> {
            type Output = ();
            #[inline(always)]
            fn run(self) {
                match self.estimator { $(AnyKind::$kind(own) => own.commanded(self.force),)+ }
            }
        }

        impl<R: Real> Estimator<R> for AnyKind<R> {
            #[inline(always)]
            fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
                if matches!(self, Self::Exact(_)) {
                    return measured;
                }
                if matches!(self, Self::Difference(_)) {
                    let Self::Difference(own) = self else { return measured };
                    return own.estimate(measured);
                }
                self.observe(measured)
            }

            #[inline(always)]
            fn commanded(&mut self, force: R) {
                if !matches!(self, Self::Exact(_) | Self::Difference(_)) {
                    self.tell(force);
                }
            }

            #[inline(always)]
            fn known_force(&self) -> R {
                match self { $(Self::$kind(estimator) => estimator.known_force(),)+ }
            }

            fn reset_lanes(&mut self, lanes: R::Mask) {
                match self { $(Self::$kind(estimator) => Estimator::<R>::reset_lanes(estimator, lanes),)+ }
            }
        }
    };
}

any! {
    /// Takes the measured state.
    Exact(Exact),
    /// Takes velocities as differences of positions.
    Difference(Difference<R>),
    /// Levant's differentiator.
    Levant(Levant<R>),
    /// The extended state observer.
    ExtendedState(ExtendedState<R>),
    /// A Kalman filter or Luenberger's observer, with a constant gain.
    FixedGain(FixedGain<R>),
    /// The extended Kalman filter.
    ExtendedKalman(ExtendedKalman<R>),
    /// One of the first four, moved over the delay.
    Predicted(Predicting<R, Unpredicted<R>>),
}

/// What an estimate without a model comes from, for a model to move it.
#[derive(Debug, Clone, Copy)]
enum Unpredicted<R: Real> {
    Exact(Exact),
    Difference(Difference<R>),
    Levant(Levant<R>),
    ExtendedState(ExtendedState<R>),
}

impl<R: Real> Estimator<R> for Unpredicted<R> {
    #[inline(always)]
    fn estimate<'a>(&'a mut self, measured: &'a State<R>) -> &'a State<R> {
        match self {
            Self::Exact(own) => own.estimate(measured),
            Self::Difference(own) => own.estimate(measured),
            Self::Levant(own) => own.estimate(measured),
            Self::ExtendedState(own) => own.estimate(measured),
        }
    }

    #[inline(always)]
    fn commanded(&mut self, force: R) {
        match self {
            Self::Exact(own) => own.commanded(force),
            Self::Difference(own) => own.commanded(force),
            Self::Levant(own) => own.commanded(force),
            Self::ExtendedState(own) => own.commanded(force),
        }
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        match self {
            Self::Exact(own) => Estimator::<R>::reset_lanes(own, lanes),
            Self::Difference(own) => own.reset_lanes(lanes),
            Self::Levant(own) => own.reset_lanes(lanes),
            Self::ExtendedState(own) => own.reset_lanes(lanes),
        }
    }
}

impl<R: Real> AnyKind<R> {
    #[inline(never)]
    fn tell(&mut self, force: R) {
        R::run(Tell { estimator: self, force });
    }

    fn new(scenario: &Scenario) -> Self {
        let relative = scenario.sensors.is_relative();
        let period = scenario.simulation.control_period;
        let Some(settings) = &scenario.estimator else {
            return match scenario.sensors.velocity {
                VelocitySource::Exact => Self::Exact(Exact),
                VelocitySource::Difference => Self::Difference(Difference::new(period)),
                VelocitySource::FilterHz(corner) => {
                    Self::Difference(Difference::filtered(period, corner))
                }
            };
        };
        let (model, timing) = (scenario.estimator_model(), scenario.timing());
        let fixed_gain = |predict, known| {
            let gain = scenario.observer_gain().unwrap_or([[f64::NAN; 3]; 7]);
            Self::FixedGain(FixedGain::new(&model, &timing, &gain, relative, predict, known))
        };
        let unpredicted = match settings {
            EstimatorSettings::Exact(_) => Unpredicted::Exact(Exact),
            EstimatorSettings::Difference(_) => Unpredicted::Difference(Difference::new(period)),
            EstimatorSettings::Filter(own) => {
                Unpredicted::Difference(Difference::filtered(period, own.corner_hz))
            }
            EstimatorSettings::Levant(own) => Unpredicted::Levant(match own.order {
                2 => Levant::of_second_order(period, own.slope),
                _ => Levant::new(period, own.slope),
            }),
            EstimatorSettings::Eso(own) => {
                Unpredicted::ExtendedState(ExtendedState::new(&model, &timing, own.bandwidth))
            }
            EstimatorSettings::Luenberger(own) => {
                return fixed_gain(own.predict, Compensation::new(false, None));
            }
            EstimatorSettings::Kalman(own) => {
                return fixed_gain(own.predict, compensation(own, scenario));
            }
            EstimatorSettings::ExtendedKalman(own) => {
                let noise = scenario.estimator_noise(own).ok();
                let noise = noise.and_then(|noise| noise_model(&model, period, &noise));
                let noise = noise.unwrap_or(NoiseModel {
                    process: [[f64::NAN; 7]; 7],
                    measurement: [f64::NAN; 3],
                    force: false,
                });
                let known = compensation(own, scenario);
                return Self::ExtendedKalman(ExtendedKalman::new(
                    &model,
                    &timing,
                    &noise,
                    relative,
                    own.predict,
                    known,
                ));
            }
        };
        if settings.predicts() && timing.ahead() > 0 {
            return Self::Predicted(Predicting::new(unpredicted, &model, &timing));
        }
        match unpredicted {
            Unpredicted::Exact(own) => Self::Exact(own),
            Unpredicted::Difference(own) => Self::Difference(own),
            Unpredicted::Levant(own) => Self::Levant(own),
            Unpredicted::ExtendedState(own) => Self::ExtendedState(own),
        }
    }
}

/// What the controller acts against.
fn compensation<R: Real>(settings: &KalmanSettings, scenario: &Scenario) -> Compensation<R> {
    let coulomb = &scenario.controller.model.coulomb;
    let predicted = matches!(scenario.estimator, Some(EstimatorSettings::Kalman(_)));
    let friction = (predicted && scenario.feeds_friction(settings))
        .then_some((coulomb.cart, coulomb.cart_speed));
    Compensation::new(settings.compensate && settings.force_state > 0.0, friction)
}
