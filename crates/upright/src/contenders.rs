//! Who stands beside each other in a comparison: the kinds of controllers, and LQR with integral action.

use crate::failure::{Failure, Result};
use crate::flags::Shared;
use upright_sim::scenario::kinds::{self, KindSettings, LqrSettings};
use upright_sim::scenario::{Scenario, ScenarioError};

/// LQR with integral action, which is a setting of LQR and no kind: without it a constant push leaves the cart off its
/// place, and a comparison with plain LQR alone would be with less than LQR can do.
pub(crate) const LQR_INTEGRAL: &str = "lqr_integral";
/// Its weight of the squared integral, unless the scenario's own LQR has one, in 1/(m s)^2.
const INTEGRAL: f64 = 1000.0;

/// The names of all contenders, in the order in which tables list them.
pub(crate) fn all() -> Vec<&'static str> {
    let lqr = kinds::find("lqr").map_or("", |kind| kind.name);
    let with_integral = |name: &&'static str| {
        let more = (*name == lqr).then_some(LQR_INTEGRAL);
        [*name].into_iter().chain(more)
    };
    kinds::compared().iter().flat_map(with_integral).collect()
}

/// The contenders that `--controller` names, which is taken; else all. Every scenario keeps its own kind and its
/// settings.
pub(crate) fn asked(shared: &mut Shared) -> Result<Vec<&'static str>> {
    listed(shared, all(), &[LQR_INTEGRAL])
}

/// The same of kinds alone.
pub(crate) fn asked_kinds(shared: &mut Shared) -> Result<Vec<&'static str>> {
    listed(shared, kinds::compared().to_vec(), &[])
}

fn listed(
    shared: &mut Shared,
    all: Vec<&'static str>,
    more: &[&'static str],
) -> Result<Vec<&'static str>> {
    let Some(list) = shared.controller.take() else { return Ok(all) };
    let mut names = Vec::new();
    for name in list.split(',').map(str::trim) {
        let found = more.iter().find(|more| **more == name).copied();
        let name = found.map_or_else(|| kind(name, &list, more), Ok)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// The kind of controller that is called `name` in `typed`.
pub(crate) fn kind(name: &str, typed: &str, more: &[&'static str]) -> Result<&'static str> {
    let known = kinds::KINDS.iter().map(|kind| kind.name).chain(more.iter().copied());
    kinds::find(name).map(|kind| kind.name).ok_or_else(|| Failure::Flag {
        flag: "--controller",
        value: typed.to_owned(),
        allowed: format!(
            "{name:?} is no kind; allowed is one of {}",
            known.collect::<Vec<_>>().join(", ")
        ),
    })
}

/// A scenario under a contender. The scenario's own kind keeps its settings.
pub(crate) fn under(
    scenario: &Scenario,
    contender: &str,
) -> std::result::Result<Scenario, ScenarioError> {
    if contender != LQR_INTEGRAL {
        return scenario.under(contender);
    }
    let mut under = scenario.under("lqr")?;
    if let KindSettings::Lqr(LqrSettings { integral, .. }) = &mut under.controller.settings {
        integral.get_or_insert(INTEGRAL);
    }
    Ok(under)
}
