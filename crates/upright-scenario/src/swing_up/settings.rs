//! The settings of a swing-up.

use super::balance::{AnyBalance, BalanceSettings};
use super::stored::StoredPlan;
use serde::{Deserialize, Serialize};
use upright_core::settings::{Field, FieldKind, Invalid, Settings};
use upright_core::swing_up::Supervisor;
use upright_core::swing_up::settings::{PlanSettings, Supervision, Tracking};

/// The plan before a run: one that was made before, or how it is made.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanSection {
    /// The plan, where it was made before.
    pub file: Option<StoredPlan>,
    /// How plans are made.
    #[serde(flatten)]
    pub settings: PlanSettings,
}

/// Settings of a swing-up.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwingUpSettings {
    /// The plan before a run, and how plans are made.
    pub plan: PlanSection,
    /// How they are followed.
    pub tracking: Tracking,
    /// What watches over it.
    pub supervisor: Supervision,
    /// The balance law at the top: any kind that balances, with its own settings.
    pub balance: BalanceSettings,
}

/// What a plan's file may be, as a JSON Schema.
const FILE_SCHEMA: &str = r#"{"type": ["string", "object", "null"], "required": ["step", "forces", "states"],
    "additionalProperties": false, "properties": {
        "made_for": {"type": ["object", "null"]},
        "step": {"type": "number"},
        "forces": {"type": "array", "minItems": 1, "maxItems": 400, "items": {"type": "number"}},
        "states": {"type": "array", "minItems": 2, "maxItems": 401, "items": {
            "type": "array", "minItems": 6, "maxItems": 6, "items": {"type": "number"}}}}}"#;

const FILE: Field = Field {
    name: "file",
    doc: " The plan to begin with: the `plan.csv` that `upright plan` made, named from where the scenario stands, or what \
          stands in it. Without one a plan is made before the run.",
    kind: FieldKind::Other(FILE_SCHEMA),
};

const PLAN: [Field; PlanSettings::FIELDS.len() + 1] = {
    let mut all = [FILE; PlanSettings::FIELDS.len() + 1];
    let mut i = 0;
    while i < PlanSettings::FIELDS.len() {
        all[i + 1] = PlanSettings::FIELDS[i];
        i += 1;
    }
    all
};

/// The balance laws that a scenario may name.
const BALANCE_SCHEMA: &str = r#"{"type": "object", "properties": {"kind": {"enum": ["classical", "classical_smc", "super_twisting", "sta_smc", "adaptive", "adaptive_smc", "hybrid", "hybrid_adaptive_sta_smc", "lqr", "mpc", "predictive"]}}}"#;

impl Settings for SwingUpSettings {
    const FIELDS: &'static [Field] = &[
        Field {
            name: "plan",
            doc: " The plan before a run, and how plans are made.",
            kind: FieldKind::Group(&PLAN),
        },
        Field {
            name: "tracking",
            doc: " How they are followed.",
            kind: FieldKind::Group(Tracking::FIELDS),
        },
        Field {
            name: "supervisor",
            doc: " What watches over it.",
            kind: FieldKind::Group(Supervision::FIELDS),
        },
        Field {
            name: "balance",
            doc: " The balance law at the top: any kind that balances, with its own settings.",
            kind: FieldKind::Other(BALANCE_SCHEMA),
        },
    ];

    fn check_ranges(&self) -> Result<(), Invalid> {
        self.plan.settings.check_ranges().map_err(|invalid| invalid.within("plan"))?;
        self.tracking.check_ranges().map_err(|invalid| invalid.within("tracking"))?;
        self.supervisor.check_ranges().map_err(|invalid| invalid.within("supervisor"))
    }
}

impl SwingUpSettings {
    /// Whether a run from `start` begins with a plan: where the balance law would be given up at once.
    pub(super) fn begins_with_a_plan(&self, start: &[f64; 6]) -> bool {
        Supervisor::<f64, AnyBalance<f64>>::needs_plan(&self.supervisor, start)
    }
}
