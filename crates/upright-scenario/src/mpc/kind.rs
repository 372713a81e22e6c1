//! Balance by prediction as a kind of controller: each lane by itself, since its search branches.

use crate::lanes::{marked_lanes, of_lane};
use upright_core::predictive::Predictive;
use upright_core::predictive::settings::PredictiveSettings;
use upright_core::settings::Invalid;
use upright_core::{
    BuildError, Command, Controller, ControllerContext, Family, Kind, Real, SlidingSurface, State,
    Target,
};

/// Balance by prediction.
#[derive(Debug, Clone, Copy)]
pub struct Mpc;

impl Kind for Mpc {
    const NAME: &'static str = "mpc";
    const ALIASES: &'static [&'static str] = &["predictive"];
    const SUMMARY: &'static str =
        "nonlinear predictive balance, within the force limit and the track";
    const FAMILY: Family = Family::Predictive;
    const IN_LANES: bool = false;
    type Settings = PredictiveSettings;
    type Controller<R: Real> = MpcController<R>;

    fn check(settings: &PredictiveSettings) -> Result<(), Invalid> {
        settings.check()
    }

    fn build<R: Real>(
        settings: &PredictiveSettings,
        context: &ControllerContext,
    ) -> Result<MpcController<R>, BuildError> {
        let law = Predictive::new(settings, context)?;
        Ok(MpcController { surface: context.sliding_surface(), lanes: vec![law; R::LANES] })
    }
}

/// Balances by prediction. All memory that it needs, some 60 kB a lane, it takes when it is built.
#[derive(Debug, Clone)]
pub struct MpcController<R: Real> {
    surface: SlidingSurface<R>,
    lanes: Vec<Predictive<f64>>,
}

impl<R: Real> MpcController<R> {
    fn command(&self, measured: &State<R>, force: R) -> Command<R> {
        let reading = self.surface.read(measured);
        Command { force, sigma: reading.sigma, s: reading.s }
    }
}

impl<R: Real> Controller<R> for MpcController<R> {
    const COLUMNS: &'static [&'static str] = &["predicted_cost", "predicted_travel", "correction"];

    fn control(&mut self, measured: &State<R>) -> Command<R> {
        self.control_against(measured, R::zero())
    }

    fn control_against(&mut self, measured: &State<R>, known: R) -> Command<R> {
        let lanes = &mut self.lanes;
        let force =
            R::from_lanes(|i| lanes[i].control_against(&of_lane(measured, i), known.lane(i)));
        self.command(measured, force)
    }

    fn follow(&mut self, target: &Target<R>) {
        self.surface.follow(target);
        for (i, lane) in self.lanes.iter_mut().enumerate() {
            lane.follow(&Target {
                state: of_lane(&target.state, i),
                rate: of_lane(&target.rate, i),
                force: target.force.lane(i),
            });
        }
    }

    fn observe(&self, measured: &State<R>) -> Command<R> {
        self.command(measured, R::zero())
    }

    fn foresees_upright(&self) -> bool {
        self.lanes.iter().all(Predictive::foresees_upright)
    }

    fn owned(&self, mut see: impl FnMut(&'static str, usize)) {
        see("predictions", self.lanes.capacity() * size_of::<Predictive<f64>>());
    }

    fn reset_lanes(&mut self, lanes: R::Mask) {
        marked_lanes::<R, _>(&mut self.lanes, lanes).for_each(Predictive::restart);
    }

    fn columns(&self, mut write: impl FnMut(R)) {
        let mut each = |number: fn(&Predictive<f64>) -> f64| {
            write(R::from_lanes(|i| number(&self.lanes[i])));
        };
        each(|lane| lane.prediction().map_or(0.0, |prediction| prediction.cost));
        each(|lane| lane.prediction().map_or(0.0, |prediction| prediction.travel));
        each(Predictive::correction);
    }
}
