//! A planner that searches in lanes, and plans that are followed in lanes, of every unit that this machine has, against
//! the same without: to the bit.

use upright_core::planner::{Planner, Progress, Task, Trials};
use upright_core::plant::Rigid;
use upright_core::swing_up::settings::{MAX_STEPS, PlanSettings, Ranking, Tracking};
use upright_core::swing_up::{Chance, DrawnError, Follower, Score, Start, Swing, Tracker};
use upright_core::{Plant, Real, State};
use upright_lanes::{Unit, UnitVisitor, dispatch, dispatch_narrow};

const PI: f64 = std::f64::consts::PI;
const STEPS: usize = 150;

/// A swing-up from hanging that tries several lengths of the step, some iterations on; with gaps where they are asked for.
fn begun(gaps: bool) -> Box<Planner<f64, STEPS>> {
    let task = Task { max_force: 60.0, cart_limit: 0.4, ..Task::default() };
    let mut planner = Box::new(Planner::new(&Plant::default(), &task).expect("a task"));
    let start = [0.0, PI, PI, 0.0, 0.0, 0.0];
    let begun = if gaps {
        planner.start_with_gaps(&start, STEPS, |k| {
            let left = 1.0 - (k + 1) as f64 / STEPS as f64;
            (20.0 * (0.1 * k as f64).sin(), [0.0, PI * left, PI * left, 0.0, 0.0, 0.0])
        })
    } else {
        planner.start(&start, STEPS, |k, _| 30.0 * (0.1 * k as f64).sin())
    };
    begun.expect("a start");
    planner
}

/// What a search has come to.
fn came_to(planner: &Planner<f64, STEPS>) -> (Progress, [usize; 2], Vec<u64>) {
    let states: Vec<State<f64>> = planner.states().collect();
    let numbers = planner.forces().iter().chain(states.iter().flatten()).copied();
    let numbers = numbers.chain(planner.gains().iter().flatten().copied());
    let bits = numbers.chain([planner.cost(), planner.gap()]).map(f64::to_bits).collect();
    (planner.progress(), [planner.iterations(), planner.passes()], bits)
}

struct Search(Box<Planner<f64, STEPS>>);

impl UnitVisitor for Search {
    type Output = (Progress, [usize; 2], Vec<u64>);
    fn visit<L: Real>(mut self) -> Self::Output {
        let mut trials = Box::new(Trials::<L, STEPS>::new());
        for most in [1, 2, 27] {
            self.0.iterate_in(&mut trials, most);
        }
        came_to(&self.0)
    }
}

#[test]
fn a_search_has_the_same_bits_in_every_lane_of_every_unit() {
    for gaps in [false, true] {
        let mut alone = begun(gaps);
        alone.iterate(30);
        let expected = came_to(&alone);
        let [iterations, passes] = expected.1;
        assert!(
            iterations >= 15 && passes > 2 * iterations,
            "{iterations} iterations, {passes} passes"
        );
        for unit in Unit::available() {
            let narrow =
                dispatch_narrow(unit, Search(begun(gaps))).expect("a unit of this machine");
            assert!(narrow == expected, "{unit}, gaps: {gaps}");
            let wide = dispatch(unit, Search(begun(gaps))).expect("a unit of this machine");
            assert!(wide == expected, "{unit} with vectors side by side, gaps: {gaps}");
        }
    }
}

/// Follows a plan under some errors, the last lanes of none.
struct Follow<'a> {
    follower: Follower,
    tracker: &'a mut Tracker<f64>,
    errors: &'a [DrawnError],
}

impl UnitVisitor for Follow<'_> {
    type Output = Score;
    fn visit<L: Real>(self) -> Score {
        let horizon = 0.01 * self.tracker.plan().steps() as f64;
        self.follower.score_in::<L>(self.tracker, horizon, self.errors.iter().copied())
    }
}

#[test]
fn a_plan_is_followed_alike_in_every_lane_of_every_unit() {
    let plant = Plant { track: Some(0.6), ..Plant::default() };
    let from = [0.0, PI, PI, 0.0, 0.0, 0.0];
    let swing = Swing::new(&PlanSettings::default(), 150.0, plant.track);
    let planner = Planner::<f64, MAX_STEPS>::new(&plant, &swing.task([0.0; 6])).expect("a task");
    let (mut planner, mut chance) = (Box::new(planner), Chance::new(3));
    while !Start::draw(&mut chance, &swing, &from)
        .search(&mut planner, &swing, &from)
        .expect("a start")
    {}
    let tracker =
        Tracker::new(Rigid::new(&plant), &Tracking::default(), 0.001, 10, [0.0; 2]).expect("gains");
    let mut tracker = Box::new(tracker);
    assert!(tracker.take(planner.forces(), planner.states()));
    let follower = Follower::new(&plant, from, 150.0, 0.001);
    let ranking = Ranking { push: 30.0, parameters: 0.1, ..Ranking::default() };
    for count in [1, 29] {
        let errors: Vec<DrawnError> =
            (0..count).map(|_| DrawnError::draw(&ranking, &plant, &mut chance)).collect();
        let (errors, tracker) = (&errors[..], &mut tracker);
        let alone = Follow { follower, tracker, errors }.visit::<f64>();
        assert!(alone.away > 0.0 && alone.away.is_finite(), "{alone:?}");
        for unit in Unit::available() {
            let narrow = dispatch_narrow(unit, Follow { follower, tracker, errors });
            let wide = dispatch(unit, Follow { follower, tracker, errors });
            assert_eq!((narrow, wide), (Ok(alone), Ok(alone)), "{unit}, {count} errors");
        }
        // Some come up and some are lost, a lane beside the other.
        let lost = (alone.away / 2.0) as u32;
        assert!(count == 1 || alone.successes > 3 && lost > 3, "{alone:?}");
    }
}
