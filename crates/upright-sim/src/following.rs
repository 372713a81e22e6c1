//! What a run follows: the reference of its scenario, period by period, for one run or a vector of lanes.

use upright_core::{Real, Target, each_lane};
use upright_scenario::{EstimatorSettings, ReferencePlan, Scenario};

/// The reference of a scenario, as controllers are told of it.
#[derive(Debug, Clone)]
pub struct Following {
    plan: ReferencePlan,
    /// Periods between a command and its force that the estimator looks over: what the controller is shown is then
    /// the state at the later time, and so is what it follows.
    ahead: u64,
}

impl Following {
    /// Nothing where the scenario has no reference, or its plan does not exist, which [`Scenario::check`] refuses.
    pub fn new(scenario: &Scenario) -> Option<Self> {
        let plan = scenario.reference_plan().ok().flatten()?;
        let predicts = scenario.estimator.as_ref().is_some_and(EstimatorSettings::predicts);
        let ahead = if predicts { u64::from(scenario.actuator.delay) } else { 0 };
        Some(Self { plan, ahead })
    }

    /// The plan itself.
    pub fn plan(&self) -> &ReferencePlan {
        &self.plan
    }

    /// What a controller is to follow in the control period of each lane.
    #[inline(never)]
    pub fn target<R: Real>(&self, period: R) -> Target<R> {
        let at = each_lane::<R, _>(|lane| self.plan.at(period.lane(lane) as u64 + self.ahead));
        Target {
            state: std::array::from_fn(|i| R::from_lanes(|lane| at[lane].state[i])),
            rate: std::array::from_fn(|i| R::from_lanes(|lane| at[lane].rate[i])),
            force: R::from_lanes(|lane| at[lane].force),
        }
    }

    /// Where the cart is to be in m at the start of the control period of each lane.
    #[inline(never)]
    pub fn place<R: Real>(&self, period: R) -> R {
        R::from_lanes(|lane| self.plan.at(period.lane(lane) as u64).state[0])
    }
}
