//! How a scenario names the swing-up and how it is built.

use super::balance::AnyBalance;
use super::controller::SwingUpController;
use super::first::FirstPlan;
use super::settings::SwingUpSettings;
use std::sync::Arc;
use upright_core::settings::{Invalid, Settings as _};
use upright_core::swing_up::settings::TrackingKind;
use upright_core::swing_up::{Plan, PredictiveTracker, Replanner, Supervisor};
use upright_core::{BuildError, ControllerContext, Family, Kind, Real};
use upright_plan::{Answer, NoPlan, Question, Stop};

/// Swing-up by a plan, catch, balance, and another try.
#[derive(Debug, Clone, Copy)]
pub struct SwingUp;

impl SwingUp {
    /// What is to be planned before a run; nothing where there is a plan, or where the run begins under the balance
    /// law.
    pub fn question(settings: &SwingUpSettings, context: &ControllerContext) -> Option<Question> {
        let made = settings.plan.file.is_some();
        (!made && settings.begins_with_a_plan(&context.start)).then_some(Question {
            plan: settings.plan.settings,
            seed: context.seed,
            ..Question::new(context.model, context.max_force, context.period, context.start)
        })
    }

    /// The plan that a run begins with: the stored one, or one that is made, once for many runs; nothing where it begins
    /// under the balance law.
    ///
    /// # Errors
    /// Where one is to be made, and there is none.
    pub fn first_plan(
        settings: &SwingUpSettings,
        context: &ControllerContext,
    ) -> Result<Option<FirstPlan>, NoPlan> {
        Self::first_plan_of(settings, context, upright_plan::answer)
    }

    /// The same, unless `stop` returns true while one is made.
    ///
    /// # Errors
    /// As [`SwingUp::first_plan`], and [`NoPlan::Stopped`].
    pub fn first_plan_unless(
        settings: &SwingUpSettings,
        context: &ControllerContext,
        stop: Stop<'_>,
    ) -> Result<Option<FirstPlan>, NoPlan> {
        Self::first_plan_of(settings, context, |asked| upright_plan::answer_unless(asked, stop))
    }

    fn first_plan_of(
        settings: &SwingUpSettings,
        context: &ControllerContext,
        answer: impl FnOnce(&Question) -> Result<Arc<Answer>, NoPlan>,
    ) -> Result<Option<FirstPlan>, NoPlan> {
        if !settings.begins_with_a_plan(&context.start) {
            return Ok(None);
        }
        if let Some(plan) = &settings.plan.file {
            return Ok(Some(FirstPlan::Stored(plan.clone())));
        }
        let made = Self::question(settings, context).map(|asked| answer(&asked));
        Ok(made.transpose()?.map(FirstPlan::Made))
    }

    fn supervisor(
        settings: &SwingUpSettings,
        context: &ControllerContext,
    ) -> Result<Supervisor<f64, AnyBalance<f64>>, BuildError> {
        let balance = AnyBalance::new(&settings.balance, context)?;
        let SwingUpSettings { plan, tracking, supervisor, .. } = settings;
        Supervisor::new(&plan.settings, tracking, supervisor, balance, context)
    }

    // The two below are as large as a good part of a thread's stack, each in a function that is left before the next one is
    // made.

    /// What follows plans by prediction, where the settings ask for it.
    #[inline(never)]
    fn foresight(
        settings: &SwingUpSettings,
        context: &ControllerContext,
    ) -> Result<Option<Box<PredictiveTracker<f64>>>, BuildError> {
        let tracking = &settings.tracking;
        if tracking.kind != TrackingKind::Predictive {
            return Ok(None);
        }
        let step = settings.plan.settings.step;
        PredictiveTracker::new(tracking, step, context).map(Box::new).map(Some)
    }

    /// What plans on the way.
    #[inline(never)]
    fn replanner(
        settings: &SwingUpSettings,
        context: &ControllerContext,
    ) -> Result<Box<Replanner>, BuildError> {
        let SwingUpSettings { plan, tracking, supervisor, .. } = settings;
        Replanner::new(&plan.settings, tracking, supervisor, context).map(Box::new)
    }
}

impl Kind for SwingUp {
    const NAME: &'static str = "swing_up";
    const ALIASES: &'static [&'static str] = &["swingup"];
    const SUMMARY: &'static str = "from anywhere to upright: a plan, a catch, and another try";
    const FAMILY: Family = Family::SwingUp;
    type Settings = SwingUpSettings;
    type Controller<R: Real> = SwingUpController<R>;

    fn check(settings: &SwingUpSettings) -> Result<(), Invalid> {
        settings.check_ranges()?;
        settings.plan.settings.check().map_err(|invalid| invalid.within("plan"))?;
        settings.balance.check().map_err(|invalid| invalid.within("balance"))
    }

    fn resolve(settings: SwingUpSettings) -> SwingUpSettings {
        SwingUpSettings { balance: settings.balance.resolved(), ..settings }
    }

    // Without the plan, which takes seconds.
    fn check_design(
        settings: &SwingUpSettings,
        context: &ControllerContext,
    ) -> Result<(), BuildError> {
        Self::supervisor(settings, context)?;
        Self::foresight(settings, context).map(|_| ())
    }

    fn build<R: Real>(
        settings: &SwingUpSettings,
        context: &ControllerContext,
    ) -> Result<SwingUpController<R>, BuildError> {
        let none = |reason| BuildError::new("plan", reason);
        let mut supervisor = Self::supervisor(settings, context)?;
        let foresight = Self::foresight(settings, context)?;
        let replanner = Self::replanner(settings, context)?;
        let first = Self::first_plan(settings, context)
            .map_err(|_| none("no start led to a plan that counts"))?;
        let plan: Option<Arc<Plan<f64>>> = match first {
            None => None,
            Some(first) => {
                let tracker = supervisor.tracker();
                if !tracker.take(first.forces(), first.states().iter().copied()) {
                    return Err(none("the plan has too many steps"));
                }
                Some(Arc::new(tracker.plan().clone()))
            }
        };
        let planning = (context.seed, replanner);
        let surface = context.sliding_surface();
        Ok(SwingUpController::new(surface, supervisor, foresight, plan, planning))
    }
}
