//! How a scenario names a policy and how it is built.

use super::controller::PolicyController;
use super::policy::Policy;
use serde::{Deserialize, Serialize};
use upright_core::settings::{Field, FieldKind, Invalid, Path, Range, Settings};
use upright_core::{BuildError, ControllerContext, Family, Kind, Real};

/// The force in N that an answer of 1 may stand for.
pub(super) const FORCE: Range = Range::positive(1e6);

/// A weight or a bias may be as large.
pub(super) const NUMBER: Range = Range::new(-1e9, 1e9);

/// Settings of a policy from outside.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalSettings {
    /// The policy.
    pub policy: Policy,
}

/// What a policy may be, as a JSON Schema.
const SCHEMA: &str = r#"{"type": ["string", "object"],
    "required": ["observation", "force", "layers"], "additionalProperties": false, "properties": {
        "observation": {"enum": ["angles", "sincos"]},
        "force": {"type": "number", "exclusiveMinimum": 0, "maximum": 1e6},
        "layers": {"type": "array", "minItems": 1, "maxItems": 8, "items": {"type": "object",
            "required": ["weights", "bias", "activation"], "additionalProperties": false, "properties": {
                "weights": {"type": "array", "minItems": 1, "maxItems": 256, "items": {"type": "array",
                    "items": {"type": "number"}}},
                "bias": {"type": "array", "minItems": 1, "maxItems": 256, "items": {"type": "number"}},
                "activation": {"enum": ["linear", "tanh", "relu"]}}}}}}"#;

impl Settings for ExternalSettings {
    const FIELDS: &'static [Field] = &[Field {
        name: "policy",
        doc: " A file of JSON, named from where the scenario stands, or what stands in it: `observation`, `force` \
              (in N, that 1 stands for) and `layers` of `weights`, `bias` and `activation`.",
        kind: FieldKind::Other(SCHEMA),
    }];

    fn check_ranges(&self) -> Result<(), Invalid> {
        let Policy { force, layers, .. } = &self.policy;
        let refuse = |name, value, range, unit| {
            let path = Path::of(name).within("policy");
            Err(Invalid::OutOfRange { path, value, range, unit })
        };
        if !FORCE.contains(*force) {
            return refuse("force", *force, FORCE, "N");
        }
        let numbers =
            layers.iter().flat_map(|layer| layer.weights.iter().flatten().chain(&layer.bias));
        match numbers.copied().find(|number| !NUMBER.contains(*number)) {
            Some(number) => refuse("layers", number, NUMBER, "1"),
            None => Ok(()),
        }
    }
}

/// A policy that was learned elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct External;

impl Kind for External {
    const NAME: &'static str = "external";
    const SUMMARY: &'static str = "a policy learned elsewhere, as layers of weights";
    const FAMILY: Family = Family::External;
    type Settings = ExternalSettings;
    type Controller<R: Real> = PolicyController<R>;

    fn build<R: Real>(
        settings: &ExternalSettings,
        context: &ControllerContext,
    ) -> Result<PolicyController<R>, BuildError> {
        let policy = &settings.policy;
        policy.check_shape().map_err(|reason| BuildError::new("policy", reason))?;
        Ok(PolicyController::new(policy.clone(), context.sliding_surface(), context.max_force))
    }
}
