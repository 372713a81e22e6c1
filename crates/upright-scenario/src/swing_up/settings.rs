//! The settings of a swing-up.

use super::balance::{AnyBalance, BalanceSettings};
use upright_core::swing_up::Supervisor;
use upright_core::swing_up::settings::{PlanSettings, Supervision, Tracking};

upright_core::settings! {
    /// Settings of a swing-up.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct SwingUpSettings {
        groups {
            /// How plans are made.
            plan: PlanSettings = PlanSettings::default();
            /// How they are followed.
            tracking: Tracking = Tracking::default();
            /// What watches over it.
            supervisor: Supervision = Supervision::default();
        }
        others {
            /// The balance law at the top: any kind that balances, with its own settings.
            balance: BalanceSettings = BalanceSettings::default(),
                r#"{"type": "object", "properties": {"kind": {"enum": ["classical", "classical_smc", "super_twisting", "sta_smc", "adaptive", "adaptive_smc", "hybrid", "hybrid_adaptive_sta_smc", "lqr", "mpc", "predictive"]}}}"#;
        }
    }
}

impl SwingUpSettings {
    /// Whether a run from `start` begins with a plan: where the balance law would be given up at once.
    pub(super) fn begins_with_a_plan(&self, start: &[f64; 6]) -> bool {
        Supervisor::<f64, AnyBalance<f64>>::needs_plan(&self.supervisor, start)
    }
}
