//! The balance law at the top of a swing-up: any kind that balances.

use crate::lqr::Lqr;
use crate::mpc::Mpc;
use serde::{Deserialize, Serialize};
use upright_core::settings::{Field, Invalid, Settings};
use upright_core::{BuildError, Command, Controller, ControllerContext, Kind, Real, State};

macro_rules! balances {
    ($($kind:ident $name:literal: $type:ty;)+) => {
        /// The settings of a balance law.
        #[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
        #[allow(clippy::large_enum_variant, reason = "there is one of them in a scenario")]
        #[serde(tag = "kind")]
        pub enum BalanceSettings {
            $(
                #[doc = concat!("Settings of the kind `", $name, "`.")]
                #[serde(rename = $name)]
                $kind(<$type as Kind>::Settings),
            )+
        }

        /// The balance laws: name, other names, and the table of their settings.
        pub(super) const BALANCES: &[(&str, &[&str], &[Field])] =
            &[$(($name, <$type as Kind>::ALIASES, <<$type as Kind>::Settings as Settings>::FIELDS)),+];

        impl BalanceSettings {
            /// The default settings of the balance law of this name.
            pub(super) fn default_of(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$kind(Default::default())),)+
                    _ => None,
                }
            }

            /// The name of its kind.
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$kind(_) => $name,)+ }
            }

            /// Checks the settings.
            ///
            /// # Errors
            /// The first setting that is not allowed.
            pub fn check(&self) -> Result<(), Invalid> {
                match self { $(Self::$kind(settings) => <$type as Kind>::check(settings),)+ }
            }

            /// The settings with those filled in that follow from others.
            #[must_use]
            pub(super) fn resolved(&self) -> Self {
                match self {
                    $(Self::$kind(settings) => Self::$kind(<$type as Kind>::resolve(*settings)),)+
                }
            }
        }

        /// A balance law of whatever kind.
        #[derive(Debug, Clone)]
        pub enum AnyBalance<R: Real> {
            $(
                #[doc = concat!("The kind `", $name, "`.")]
                $kind(<$type as Kind>::Controller<R>),
            )+
        }

        impl<R: Real> AnyBalance<R> {
            /// Builds it.
            ///
            /// # Errors
            /// Where the design that the settings ask for does not exist.
            pub fn new(
                settings: &BalanceSettings,
                context: &ControllerContext,
            ) -> Result<Self, BuildError> {
                Ok(match settings {
                    $(BalanceSettings::$kind(settings) => {
                        Self::$kind(<$type as Kind>::build(settings, context)?)
                    })+
                })
            }
        }

        impl<R: Real> Controller<R> for AnyBalance<R> {
            const COLUMNS: &'static [&'static str] = &[];

            fn control(&mut self, measured: &State<R>) -> Command<R> {
                match self { $(Self::$kind(law) => law.control(measured),)+ }
            }

            fn control_against(&mut self, measured: &State<R>, known: R) -> Command<R> {
                match self { $(Self::$kind(law) => law.control_against(measured, known),)+ }
            }

            fn observe(&self, measured: &State<R>) -> Command<R> {
                match self { $(Self::$kind(law) => law.observe(measured),)+ }
            }

            fn foresees_upright(&self) -> bool {
                match self { $(Self::$kind(law) => law.foresees_upright(),)+ }
            }

            fn reset_lanes(&mut self, lanes: R::Mask) {
                match self { $(Self::$kind(law) => law.reset_lanes(lanes),)+ }
            }

            fn columns(&self, _write: impl FnMut(R)) {}

            fn owned(&self, see: impl FnMut(&'static str, usize)) {
                match self { $(Self::$kind(law) => law.owned(see),)+ }
            }

            fn clear_records(&mut self) {
                match self { $(Self::$kind(law) => law.clear_records(),)+ }
            }
        }
    };
}

balances! {
    Classical "classical": upright_core::law::classical::Classical;
    SuperTwisting "super_twisting": upright_core::law::super_twisting::SuperTwisting;
    Adaptive "adaptive": upright_core::law::adaptive::Adaptive;
    Hybrid "hybrid": upright_core::law::hybrid::Hybrid;
    Lqr "lqr": Lqr;
    Mpc "mpc": Mpc;
}

impl Default for BalanceSettings {
    fn default() -> Self {
        Self::SuperTwisting(upright_core::law::super_twisting::Settings::default())
    }
}
