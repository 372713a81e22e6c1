//! From a kind's name to its controller: the one place that knows which kinds there are.
//!
//! A new reaching law is a file in `upright-core/src/law` and one line in `kinds!` below.

use serde_json::Value;
use std::sync::LazyLock;
use upright_core::feedback;
use upright_core::settings::{Field, Invalid, Settings};
use upright_core::{BuildError, Controller, ControllerContext, Margins, Real};
pub use upright_core::{Family, Kind};

pub use crate::external::{
    Activation, External, ExternalSettings, Layer, Layers, Observation, Policy, PolicyController,
};
pub use crate::lqr::{Lqr, LqrSettings, Weights};
pub use crate::mpc::{Mpc, MpcController};
pub use crate::swing_up::{
    AnyBalance, BalanceSettings, FirstPlan, MadeFor, PlanSection, Planned, StoredPlan, SwingUp,
    SwingUpController, SwingUpSettings, write_plan,
};

/// Something to do with a controller of whatever kind.
pub trait KindVisitor {
    /// What it returns.
    type Output;
    /// Does it for the kind `K`.
    fn visit<K: Kind>(self, settings: &K::Settings) -> Self::Output;
}

macro_rules! kinds {
    ($($kind:ident: $type:ty;)+) => {
        /// The settings of some kind.
        #[derive(Debug, Clone, PartialEq)]
        #[allow(clippy::large_enum_variant, reason = "there is one of them in a scenario")]
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
            max_bytes: <$type as Kind>::MAX_BYTES,
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
                        Self::$kind(<$type as Kind>::resolve(settings.clone()))
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
    Mpc: Mpc;
    SwingUp: SwingUp;
    External: External;
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
    /// The most that its controller takes in place, in bytes.
    pub max_bytes: usize,
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

/// The names of the controllers that stand beside each other in a comparison where none are named: all that
/// balance, but for those that predict.
pub fn compared() -> &'static [&'static str] {
    static NAMES: LazyLock<Vec<&'static str>> =
        LazyLock::new(|| names(|family| matches!(family, Family::SlidingMode | Family::Reference)));
    &NAMES
}

fn names(is_meant: impl Fn(Family) -> bool) -> Vec<&'static str> {
    KINDS.iter().filter(|kind| is_meant(kind.family)).map(|kind| kind.name).collect()
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
    type Controller<R: Real> = feedback::Uncontrolled<R>;

    fn build<R: Real>(
        _settings: &NoSettings,
        context: &ControllerContext,
    ) -> Result<feedback::Uncontrolled<R>, BuildError> {
        Ok(feedback::Uncontrolled::new(context.sliding_surface()))
    }
}
