//! What the tables of the settings do not say of a swing-up's section.

use super::balance::{BALANCES, BalanceSettings};
use super::stored::Planned;
use crate::error::Problem;
use crate::overlay::merge;
use crate::path::join;
use crate::validate::{Errors, section};
use serde::Deserialize as _;
use serde_json::{Map, Value};

/// Where the plan before a run stands in a scenario.
pub(crate) const FILE: &str = "controller.plan.file";

/// Puts the balance law that was `written` into `settings`, over the defaults of its kind, and checks what is no
/// number, the plan before a run included.
pub(crate) fn own(settings: &mut Value, written: &Map<String, Value>, errors: &mut Errors) {
    let balance = written.get("balance").filter(|value| !value.is_null());
    settings["balance"] = self::balance(balance, errors);
    let replan = &settings["supervisor"]["replan"];
    if !replan.is_boolean() {
        let expected = "`true` or `false`".to_owned();
        errors.push("controller.supervisor.replan", replan, Problem::Type { expected });
    }
    let file = &settings["plan"]["file"];
    if let (false, Err(error)) = (file.is_null(), Planned::deserialize(file)) {
        let expected = format!("the name of a plan's file, or what stands in one: {error}");
        errors.push(FILE, file, Problem::Type { expected });
    }
}

fn balance(written: Option<&Value>, errors: &mut Errors) -> Value {
    // Maps of finite numbers and words.
    let value = |settings: BalanceSettings| serde_json::to_value(settings).unwrap_or_default();
    let path = "controller.balance";
    let default = BalanceSettings::default();
    let Some(written) = written else { return value(default) };
    let Some(map) = written.as_object() else {
        errors.push(path, written, Problem::Type { expected: "a map".to_owned() });
        return value(default);
    };
    let kind = map.get("kind").cloned().unwrap_or_else(|| default.kind().into());
    let known = kind.as_str().and_then(|kind| {
        BALANCES.iter().find(|(name, aliases, _)| *name == kind || aliases.contains(&kind))
    });
    let Some((name, _, fields)) = known else {
        let allowed = BALANCES.iter().map(|(name, ..)| (*name).to_owned()).collect();
        errors.push(&join(path, "kind"), &kind, Problem::Choice { allowed });
        return value(default);
    };
    let mut own = map.clone();
    own.remove("kind");
    section(&Value::Object(own.clone()), fields, path, errors);
    let mut whole = value(BalanceSettings::default_of(name).unwrap_or_default());
    merge(&mut whole, &Value::Object(own));
    whole
}
