//! From a kind's name to its controller: the one place that knows which kinds there are.
//!
//! A new reaching law is a file in `upright-core/src/law` and one line in `registry!` below.

use crate::design::{DesignError, Foundation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use upright_core::feedback::{Idle, StateFeedback};
use upright_core::law::adaptive::Adaptive;
use upright_core::law::classical::Classical;
use upright_core::law::hybrid::Hybrid;
use upright_core::law::super_twisting::SuperTwisting;
use upright_core::law::{Family, Margins};
use upright_core::settings::{Field, Invalid, Range, Settings};
use upright_core::{Controller, Real, SlidingMode};

/// A kind of controller: how a scenario names it, its settings, and how it is built for any number.
pub trait Kind: 'static {
    /// Its name.
    const NAME: &'static str;
    /// Other names that are accepted for it.
    const ALIASES: &'static [&'static str];
    /// What it is, in a line.
    const SUMMARY: &'static str;
    /// The most bytes that its controller takes for `f64`, all of them in place: a promise that the
    /// memory audit checks.
    const MAX_BYTES: usize = 1024;
    /// Its own settings.
    type Settings: Settings + Serialize + DeserializeOwned + Send + Sync;
    /// The controller over a number type.
    type Controller<R: Real>: Controller<R>;

    /// Checks the settings.
    ///
    /// # Errors
    /// The first setting that is not allowed.
    fn check(settings: &Self::Settings) -> Result<(), Invalid> {
        settings.check_ranges()
    }

    /// Fills in settings that follow from others.
    fn resolve(settings: Self::Settings) -> Self::Settings {
        settings
    }

    /// What its gains tolerate at a control period in s; absent where there is no reaching law.
    fn margins(settings: &Self::Settings, period: f64) -> Option<Margins>;

    /// Builds the controller.
    ///
    /// # Errors
    /// Where the design that the settings ask for does not exist.
    fn build<R: Real>(
        settings: &Self::Settings,
        foundation: &Foundation,
    ) -> Result<Self::Controller<R>, DesignError>;
}

/// Something to do with a controller of whatever kind.
pub trait Visitor {
    /// What it answers.
    type Output;
    /// Does it for the kind `K`.
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output;
}

macro_rules! registry {
    ($($variant:ident: $kind:ty;)+) => {
        /// The settings of some kind.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum KindSettings {
            $(
                #[doc = concat!("Of `", stringify!($variant), "`.")]
                $variant(<$kind as Kind>::Settings),
            )+
        }

        /// Every kind, in the order in which tables list them.
        pub static KINDS: &[KindInfo] = &[$(KindInfo {
            name: <$kind as Kind>::NAME,
            aliases: <$kind as Kind>::ALIASES,
            summary: <$kind as Kind>::SUMMARY,
            fields: <<$kind as Kind>::Settings as Settings>::FIELDS,
            read: |value| {
                let settings: <$kind as Kind>::Settings = serde_json::from_value(value)?;
                Ok(KindSettings::$variant(settings))
            },
            default: || KindSettings::$variant(Default::default()),
        },)+];

        impl KindSettings {
            /// The kind's name.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => <$kind as Kind>::NAME,)+
                }
            }

            /// Checks the settings.
            ///
            /// # Errors
            /// The first setting that is not allowed.
            pub fn check(&self) -> Result<(), Invalid> {
                match self {
                    $(Self::$variant(settings) => <$kind as Kind>::check(settings),)+
                }
            }

            /// The settings with those filled in that follow from others.
            #[must_use]
            pub fn resolved(&self) -> Self {
                match self {
                    $(Self::$variant(settings) => {
                        Self::$variant(<$kind as Kind>::resolve(*settings))
                    })+
                }
            }

            /// What the gains tolerate at a control period in s; absent where there is no
            /// reaching law.
            pub fn margins(&self, period: f64) -> Option<Margins> {
                match self {
                    $(Self::$variant(settings) => <$kind as Kind>::margins(settings, period),)+
                }
            }

            /// The settings as a tree of values.
            pub fn to_value(&self) -> Value {
                let value = match self {
                    $(Self::$variant(settings) => serde_json::to_value(settings),)+
                };
                // Settings are maps of finite numbers and words.
                value.unwrap_or(Value::Null)
            }

            /// Does something that depends on the kind.
            pub fn visit<V: Visitor>(&self, visitor: V) -> V::Output {
                match self {
                    $(Self::$variant(settings) => visitor.visit::<$kind>(settings),)+
                }
            }
        }
    };
}

registry! {
    Classical: OnSkeleton<Classical>;
    SuperTwisting: OnSkeleton<SuperTwisting>;
    Adaptive: OnSkeleton<Adaptive>;
    Hybrid: OnSkeleton<Hybrid>;
    Lqr: Lqr;
    Idle: Unforced;
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

/// The four sliding mode controllers.
pub const SLIDING: [&str; 4] = [Classical::KIND, SuperTwisting::KIND, Adaptive::KIND, Hybrid::KIND];
/// The controllers that stand beside each other in a comparison.
pub const COMPARED: [&str; 5] =
    [Classical::KIND, SuperTwisting::KIND, Adaptive::KIND, Hybrid::KIND, Lqr::NAME];

/// The kind of a reaching law on the sliding mode skeleton.
#[derive(Debug, Clone, Copy)]
pub struct OnSkeleton<F>(std::marker::PhantomData<F>);

impl<F: Family> Kind for OnSkeleton<F>
where
    F::Settings: Serialize + DeserializeOwned + Send + Sync,
{
    const NAME: &'static str = F::KIND;
    const ALIASES: &'static [&'static str] = F::ALIASES;
    const SUMMARY: &'static str = F::SUMMARY;
    const MAX_BYTES: usize = F::MAX_BYTES;
    type Settings = F::Settings;
    type Controller<R: Real> = SlidingMode<R, F::Law<R>>;

    fn check(settings: &F::Settings) -> Result<(), Invalid> {
        F::check(settings)
    }

    fn resolve(settings: F::Settings) -> F::Settings {
        F::resolve(settings)
    }

    fn margins(settings: &F::Settings, period: f64) -> Option<Margins> {
        Some(F::margins(settings, period))
    }

    fn build<R: Real>(
        settings: &F::Settings,
        foundation: &Foundation,
    ) -> Result<Self::Controller<R>, DesignError> {
        let law = F::law(settings, foundation.period);
        Ok(SlidingMode::new(foundation.observer(), law, foundation.max_force, foundation.period))
    }
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
    #[serde(deny_unknown_fields)]
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
    }
}

/// Linear-quadratic regulation on the linear model.
#[derive(Debug, Clone, Copy)]
pub struct Lqr;

impl Kind for Lqr {
    const NAME: &'static str = "lqr";
    const ALIASES: &'static [&'static str] = &[];
    const SUMMARY: &'static str = "linear-quadratic regulator, with or without integral action";
    type Settings = LqrSettings;
    type Controller<R: Real> = StateFeedback<R>;

    fn margins(_settings: &LqrSettings, _period: f64) -> Option<Margins> {
        None
    }

    fn build<R: Real>(
        settings: &LqrSettings,
        foundation: &Foundation,
    ) -> Result<StateFeedback<R>, DesignError> {
        let (gains, integral) = crate::design::lqr_gains(&foundation.model, settings)?;
        let observer = foundation.observer();
        let (max_force, period) = (foundation.max_force, foundation.period);
        Ok(StateFeedback::new(observer, gains, integral, max_force, period))
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
pub struct Unforced;

impl Kind for Unforced {
    const NAME: &'static str = "none";
    const ALIASES: &'static [&'static str] = &[];
    const SUMMARY: &'static str = "no force";
    type Settings = NoSettings;
    type Controller<R: Real> = Idle<R>;

    fn margins(_settings: &NoSettings, _period: f64) -> Option<Margins> {
        None
    }

    fn build<R: Real>(
        _settings: &NoSettings,
        foundation: &Foundation,
    ) -> Result<Idle<R>, DesignError> {
        Ok(Idle::new(foundation.observer()))
    }
}
