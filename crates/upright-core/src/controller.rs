//! What every controller is to the loop that runs it.

use crate::angles::Angles;
use crate::history::HistorySize;
use crate::plant::State;
use crate::real::Real;
use crate::swing_up::Counts;

/// What a controller returns in one control period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Command<R> {
    /// The force on the cart in N, within the limit.
    pub force: R,
    /// The sliding variable on the measured state (1; its scale is that of the surface).
    pub sigma: R,
    /// The sliding variable in plain units, `sigma / max(|beta|, beta_min)`, in N s.
    pub s: R,
}

/// What a controller is to follow in one control period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target<R> {
    /// The state at its start, in state order.
    pub state: State<R>,
    /// How fast the state changes then.
    pub rate: State<R>,
    /// The force in N that makes the motion.
    pub force: R,
}

impl<R: Real> Target<R> {
    /// Upright at rest where the track begins.
    pub fn origin() -> Self {
        Self { state: [R::zero(); 6], rate: [R::zero(); 6], force: R::zero() }
    }
}

/// A controller: a value of fixed size that is told the measured state once a control period.
///
/// Same inputs, same outputs, to the bit; nothing is allocated.
pub trait Controller<R: Real>: Clone {
    /// Names of the numbers that [`Controller::columns`] gives, with which the controller explains
    /// itself in a trajectory.
    const COLUMNS: &'static [&'static str];

    /// The names of the numbers that [`Controller::columns`] gives: [`Controller::COLUMNS`], but for a controller
    /// whose columns are known only as the program runs.
    fn column_names(&self) -> &'static [&'static str] {
        Self::COLUMNS
    }

    /// One control period.
    fn control(&mut self, measured: &State<R>) -> Command<R>;

    /// One control period against a force on the cart that is known (an estimator's), in N: the answer is what
    /// the controller wants less that force. Controllers that take part in the actuator's limit do so before
    /// it, so that what the known force takes is no saturation of their own; of the others the difference is
    /// left to the actuator to limit. Against no force it is [`Controller::control`].
    #[inline(always)]
    fn control_against(&mut self, measured: &State<R>, known: R) -> Command<R> {
        let command = self.control(measured);
        Command { force: command.force - known, ..command }
    }

    /// The same where sines and cosines of the measured angles are at hand, as they are where the plant's first step
    /// begins at what was measured. To the bit [`Controller::control_against`].
    #[inline(always)]
    fn control_at(&mut self, measured: &State<R>, _angles: &Angles<R>, known: R) -> Command<R> {
        self.control_against(measured, known)
    }

    /// What the next control periods are to follow, until something else is; at first it is the rest at the
    /// origin. A controller that follows nothing leaves it.
    fn follow(&mut self, _target: &Target<R>) {}

    /// Whether it foresees the plant upright, however far it leans now. A law that foresees nothing does not.
    fn foresees_upright(&self) -> bool {
        false
    }

    /// The sliding variable on a state without advancing anything; the force is zero.
    fn observe(&self, measured: &State<R>) -> Command<R>;

    /// Returns the lanes in `lanes` to the state of a fresh controller.
    fn reset_lanes(&mut self, lanes: R::Mask);

    /// Hands each of [`Controller::COLUMNS`], as of the last period, to `write` in order.
    fn columns(&self, write: impl FnMut(R));

    /// Returns to the state of a fresh controller, to the bit.
    fn reset(&mut self) {
        self.reset_lanes(<R::Mask as crate::Mask>::splat(true));
    }

    /// Describes every record inside the controller to `see`. All have a bound.
    fn histories(&self, _see: impl FnMut(HistorySize)) {}

    /// Describes what it holds outside of itself to `see`, part by part, each with its bytes. It is taken when the
    /// controller is built and stays as it is.
    fn owned(&self, _see: impl FnMut(&'static str, usize)) {}

    /// Empties the records that are kept for those who ask; the control goes on unchanged, to the
    /// bit.
    fn clear_records(&mut self) {}

    /// What a swing-up did so far in lane `lane`; absent for controllers that balance only.
    fn swing_up(&self, _lane: usize) -> Option<Counts> {
        None
    }

    /// What planning on the way took so far in lane `lane`, in s of the machine's clock; absent for controllers that plan
    /// nothing on the way.
    fn planning_seconds(&self, _lane: usize) -> Option<f64> {
        None
    }

    /// Carries the memory of `old`, a controller built from the same settings, over to this one, a
    /// fresh one: its next force is the one that `old` would have returned, to the bit.
    fn copy_state_from(&mut self, old: &Self) {
        self.clone_from(old);
    }
}
