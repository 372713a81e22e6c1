//! From a kind's name to its controller: the one place that knows which kinds there are.
//!
//! A new reaching law is a file in `upright-core/src/law` and one line in `kinds!` below.

use serde_json::Value;
use std::sync::LazyLock;
use upright_core::feedback::{Idle, MAX_PAST, StateFeedback};
use upright_core::settings::{Field, Invalid, Range, Settings};
use upright_core::{BuildError, Controller, ControllerContext, Margins, Real};
pub use upright_core::{Family, Kind};
use upright_design::LinearModel;
use upright_design::riccati::{LqrGains, LqrWeights, lqr};
use upright_design::sampled_lqr::{SampledGains, sampled_lqr};

/// Something to do with a controller of whatever kind.
pub trait KindVisitor {
    /// What it answers.
    type Output;
    /// Does it for the kind `K`.
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output;
}

macro_rules! kinds {
    ($($kind:ident: $type:ty;)+) => {
        /// The settings of some kind.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum KindSettings {
            $(
                #[doc = concat!("Settings of the kind `", stringify!($kind), "`.")]
                $kind(<$type as Kind>::Settings),
            )+
        }

        /// The place of each kind in [`KINDS`].
        enum Index {
            $($kind,)+
        }

        /// Every kind, in the order in which tables list them.
        pub static KINDS: &[KindInfo] = &[$(KindInfo {
            name: <$type as Kind>::NAME,
            aliases: <$type as Kind>::ALIASES,
            summary: <$type as Kind>::SUMMARY,
            fields: <<$type as Kind>::Settings as Settings>::FIELDS,
            family: <$type as Kind>::FAMILY,
            columns: <<$type as Kind>::Controller<f64> as Controller<f64>>::COLUMNS,
            read: |value| {
                let settings: <$type as Kind>::Settings = serde_json::from_value(value)?;
                Ok(KindSettings::$kind(settings))
            },
            default: || KindSettings::$kind(Default::default()),
        },)+];

        impl KindSettings {
            /// The kind's name.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => <$type as Kind>::NAME,)+
                }
            }

            /// The kind as data.
            pub fn info(&self) -> &'static KindInfo {
                match self {
                    $(Self::$kind(_) => {
                        // Every variant has its entry, in the same order.
                        &KINDS[Index::$kind as usize]
                    })+
                }
            }

            /// Checks the settings.
            ///
            /// # Errors
            /// The first setting that is not allowed.
            pub fn check(&self) -> Result<(), Invalid> {
                match self {
                    $(Self::$kind(settings) => <$type as Kind>::check(settings),)+
                }
            }

            /// The settings with those filled in that follow from others.
            #[must_use]
            pub fn resolved(&self) -> Self {
                match self {
                    $(Self::$kind(settings) => {
                        Self::$kind(<$type as Kind>::resolve(*settings))
                    })+
                }
            }

            /// What the gains tolerate at a control period in s; absent where there is no
            /// reaching law.
            pub fn margins(&self, period: f64) -> Option<Margins> {
                match self {
                    $(Self::$kind(settings) => <$type as Kind>::margins(settings, period),)+
                }
            }

            /// The settings as a tree of values.
            pub fn to_value(&self) -> Value {
                let value = match self {
                    $(Self::$kind(settings) => serde_json::to_value(settings),)+
                };
                // Settings are maps of finite numbers and words.
                value.unwrap_or(Value::Null)
            }

            /// Does something that depends on the kind.
            pub fn visit<V: KindVisitor>(&self, visitor: V) -> V::Output {
                match self {
                    $(Self::$kind(settings) => visitor.visit::<$type>(settings),)+
                }
            }
        }
    };
}

kinds! {
    Classical: upright_core::law::classical::Classical;
    SuperTwisting: upright_core::law::super_twisting::SuperTwisting;
    Adaptive: upright_core::law::adaptive::Adaptive;
    Hybrid: upright_core::law::hybrid::Hybrid;
    Lqr: Lqr;
    Uncontrolled: Uncontrolled;
}

impl Default for KindSettings {
    fn default() -> Self {
        Self::Classical(upright_core::law::classical::Settings::default())
    }
}

/// A kind as data.
pub struct KindInfo {
    /// Its name.
    pub name: &'static str,
    /// Other names that are accepted for it.
    pub aliases: &'static [&'static str],
    /// What it is, in a line.
    pub summary: &'static str,
    /// The table of its settings.
    pub fields: &'static [Field],
    /// What it is among the kinds.
    pub family: Family,
    /// The names of the numbers with which its controller explains itself in a trajectory.
    pub columns: &'static [&'static str],
    read: fn(Value) -> Result<KindSettings, serde_json::Error>,
    default: fn() -> KindSettings,
}

impl KindInfo {
    /// Its default settings as a tree of values.
    pub fn default_value(&self) -> Value {
        (self.default)().to_value()
    }

    /// Reads its settings from a tree of values; settings that follow from others are filled in
    /// later, by [`KindSettings::resolved`].
    ///
    /// # Errors
    /// Where the tree is not of the table's form.
    pub(crate) fn read(&self, value: Value) -> Result<KindSettings, serde_json::Error> {
        (self.read)(value)
    }
}

/// The kind of this name or alias.
pub fn find(name: &str) -> Option<&'static KindInfo> {
    KINDS.iter().find(|kind| kind.name == name || kind.aliases.contains(&name))
}

/// The default settings of the kind of this name or alias.
pub fn default_settings(name: &str) -> Option<KindSettings> {
    find(name).map(|kind| (kind.default)().resolved())
}

/// The names of the sliding mode controllers, in the order of [`KINDS`].
pub fn sliding() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> =
        LazyLock::new(|| names(|family| family == Family::SlidingMode));
    &NAMES
}

/// The names of the controllers that stand beside each other in a comparison: all that control.
pub fn compared() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> =
        LazyLock::new(|| names(|family| family != Family::Uncontrolled));
    &NAMES
}

fn names(is_meant: impl Fn(Family) -> bool) -> Vec<&'static str> {
    KINDS.iter().filter(|kind| is_meant(kind.family)).map(|kind| kind.name).collect()
}

upright_core::settings! {
    /// Weights of the quadratic cost that LQR minimises.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Weights {
        numbers {
            /// Weight of the square of each state, in state order.
            state: [f64; 6] = [10.0, 100.0, 100.0, 1.0, 1.0, 1.0], "1", Range::new(0.0, 1e9);
            /// Weight of the square of the force.
            force: f64 = 0.01, "1/N^2", Range { min: 1e-9, max: 1e9, above_min: false };
        }
    }
}

upright_core::settings! {
    /// Settings of LQR.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub struct LqrSettings {
        numbers {
            /// Weight of the square of the cart position's integral, a seventh state; without it
            /// a constant push leaves the cart off its place.
            integral: Option<f64> = None, "1/(m s)^2", Range::positive(1e9);
        }
        groups {
            /// Weights of the quadratic cost.
            weights: Weights = Weights::default();
        }
        others {
            /// Whether the gains are designed for the force that is held over the period, for the delays that no
            /// estimator predicts over, and for the sum in place of the integral.
            discrete: bool = false, r#"{"type": "boolean"}"#;
        }
    }
}

impl LqrSettings {
    /// The gains that these weights ask for on the linear model of a plant.
    ///
    /// # Errors
    /// Where no stabilising solution was found.
    pub fn gains(&self, model: &LinearModel) -> Result<LqrGains, BuildError> {
        lqr(model, &self.cost())
            .map_err(|error| BuildError { field: "weights", reason: error.reason() })
    }

    fn cost(&self) -> LqrWeights {
        let Weights { state, force } = self.weights;
        LqrWeights { state, force, integral: self.integral }
    }

    /// The gains for a loop: those of the linear model, or, where they are to be `discrete`, those of the sampled one
    /// with the delays that no estimator predicts over.
    ///
    /// # Errors
    /// Where no stabilising solution was found, or the delays are more than a controller looks back on.
    pub fn sampled_gains(&self, context: &ControllerContext) -> Result<SampledGains, BuildError> {
        let model = LinearModel::new(&context.model);
        if !self.discrete {
            let LqrGains { state, integral } = self.gains(&model)?;
            return Ok(SampledGains { state, integral, past: Vec::new() });
        }
        if context.late > MAX_PAST {
            let reason = "the delays are more than 31 periods, beyond which no controller looks back on its \
                          commands; an estimator that predicts takes them off it";
            return Err(BuildError { field: "discrete", reason });
        }
        sampled_lqr(&model, &self.cost(), context.period, context.late).ok_or(BuildError {
            field: "weights",
            reason: "no stabilising solution was found for the sampled loop; smaller weights, or ones closer to \
                     each other, have one",
        })
    }
}

/// Linear-quadratic regulation on the linear model.
#[derive(Debug, Clone, Copy)]
pub struct Lqr;

impl Kind for Lqr {
    const NAME: &'static str = "lqr";
    const SUMMARY: &'static str = "linear-quadratic regulator, with or without integral action";
    const FAMILY: Family = Family::Reference;
    type Settings = LqrSettings;
    type Controller<R: Real> = StateFeedback<R>;

    fn margins(_settings: &LqrSettings, _period: f64) -> Option<Margins> {
        None
    }

    fn build<R: Real>(
        settings: &LqrSettings,
        context: &ControllerContext,
    ) -> Result<StateFeedback<R>, BuildError> {
        let gains = settings.sampled_gains(context)?;
        let (surface, max_force) = (context.sliding_surface(), context.max_force);
        let plain =
            StateFeedback::new(surface, gains.state, gains.integral, max_force, context.period);
        Ok(plain.looking_back(&gains.past))
    }
}

upright_core::settings! {
    /// No control has no settings.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct NoSettings {}
}

/// No force at all.
#[derive(Debug, Clone, Copy)]
pub struct Uncontrolled;

impl Kind for Uncontrolled {
    const NAME: &'static str = "none";
    const SUMMARY: &'static str = "no force";
    const FAMILY: Family = Family::Uncontrolled;
    type Settings = NoSettings;
    type Controller<R: Real> = Idle<R>;

    fn margins(_settings: &NoSettings, _period: f64) -> Option<Margins> {
        None
    }

    fn build<R: Real>(
        _settings: &NoSettings,
        context: &ControllerContext,
    ) -> Result<Idle<R>, BuildError> {
        Ok(Idle::new(context.sliding_surface()))
    }
}
