//! Gains that are searched for instead of guessed: on drawn plants, and judged on others.
//!
//! A [`Space`] says which gains of a scenario are searched between which bounds. An
//! [`Optimizer`](optimizer::Optimizer) asks for points of it and is told what they cost; a
//! [`CostFunction`] makes a cost of the runs of a study. [`Search`] turns these step by step, for the least cost
//! ([`Tuning`]) or for a front between two objectives ([`pareto`]); it can be written to a [`checkpoint`] after each
//! step and goes on from there to the same bits.
//! [`validate`] runs what was found and what there was before on draws that the search has not seen.
//!
//! Nothing depends on the clock, on the number of threads or on the vector unit: a step's random
//! numbers come from the scenario's seed and the step's number alone.
//!
//! # Search for the gains of a scenario
//!
//! ```
//! use std::num::NonZero;
//! use upright_lanes::Unit;
//! use upright_sim::Scenario;
//! use upright_tune::optimizer::Method;
//! use upright_tune::{Evaluator, SearchOptions, Step, Tuning, validate};
//!
//! let scenario = Scenario::builder()
//!     .set("simulation.duration", 1.0)
//!     .set("tuning.draws", 4)
//!     .set("tuning.confirm", 8)
//!     .set("tuning.validation", 8)
//!     .build()?;
//! let evaluator = Evaluator::new(&scenario, NonZero::new(2).unwrap(), Unit::widest());
//! let options = SearchOptions { candidates: 6, iterations: 3, patience: None };
//! let never = || false;
//! let mut tuning = Tuning::begin(&scenario, Method::CmaEs, options, &evaluator, &never)?.unwrap();
//! while let Step::Done(row) = tuning.step(&evaluator, &never)? {
//!     assert!(row.best <= tuning.start().total);
//! }
//! assert_eq!(tuning.evaluations(), 18);
//!
//! // What was found, as a scenario, on draws that the search has not seen.
//! let (found, training) = (tuning.best_scenario(), tuning.best().judged.cost.mean);
//! let validation = validate(&scenario, &found, training, &evaluator, &never)?.unwrap();
//! assert_eq!(validation.runs, 8);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is searched, and between which bounds
//!
//! Every gain whose size is known, or those that the scenario's tuning section names.
//!
//! ```
//! use upright_sim::Scenario;
//! use upright_tune::Space;
//!
//! let scenario = Scenario::builder()
//!     .controller("classical")
//!     .set("tuning.gains", serde_json::json!({"switching_gain": {"min": 5, "max": 80}}))
//!     .build()?;
//! let space = Space::of(&scenario)?;
//! let [gain] = space.dimensions() else { panic!("one gain") };
//! assert_eq!((&gain.tunable.path[..], gain.tunable.unit), ("switching_gain", "N"));
//! assert_eq!((gain.bounds.min, gain.bounds.max), (5.0, 80.0));
//! assert!(gain.value(0.5) > 5.0 && gain.value(0.5) < 80.0);
//!
//! let none = Scenario::builder().controller("none").build()?;
//! let error = Space::of(&none).unwrap_err().to_string();
//! assert_eq!(error, "controller.kind = none: this kind has nothing to tune");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A point of the space as a scenario
//!
//! ```
//! use upright_sim::{RunOptions, Scenario, run};
//! use upright_tune::Space;
//!
//! let scenario = Scenario::builder().set("simulation.duration", 2.0).build()?;
//! let space = Space::of(&scenario)?;
//! let start = space.start();
//! assert!(start.iter().all(|x| (0.0..=1.0).contains(x)));
//!
//! // Halfway between the bounds in every gain; a point that makes no controller would be an error.
//! let middle = space.candidate(&vec![0.5; start.len()])?;
//! assert_ne!(middle.controller, scenario.controller);
//! assert_eq!(run(&middle, RunOptions::default())?.periods, scenario.periods());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a run costs
//!
//! A run has a number for each of [`TERMS`]; weights and scales are the scenario's.
//!
//! ```
//! use upright_lanes::Unit;
//! use upright_sim::{Scenario, study::run_serial};
//! use upright_tune::{CostFunction, TERMS};
//!
//! let scenario = Scenario::builder()
//!     .set("simulation.duration", 2.0)
//!     .set("tuning.weights.variation", 2.0)
//!     .build()?;
//! let cost = CostFunction::of(&scenario);
//! for row in run_serial(&scenario, 0..4, Unit::widest(), &|| false)? {
//!     let terms = cost.run(&row);
//!     assert_eq!(terms.iter().sum::<f64>(), cost.cost(&row));
//!     // A term is at most its weight, and a run that stands has no falls.
//!     assert!(terms[TERMS.iter().position(|term| *term == "variation").unwrap()] <= 2.0);
//!     assert_eq!(terms[TERMS.iter().position(|term| *term == "falls").unwrap()], 0.0);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Two sets of gains on the same draws
//!
//! ```
//! # use std::num::NonZero;
//! # use upright_lanes::Unit;
//! # use upright_sim::Scenario;
//! use upright_tune::Evaluator;
//!
//! let with_gain = |gain: f64| {
//!     Scenario::builder()
//!         .controller("classical")
//!         .set("controller.switching_gain", gain)
//!         .set("simulation.duration", 2.0)
//!         .set("tuning.confirm", 8)
//!         .build()
//! };
//! let (weak, usual) = (with_gain(0.1)?, with_gain(20.0)?);
//! let evaluator = Evaluator::new(&usual, NonZero::<usize>::MIN, Unit::widest());
//! let [weak, usual] = [weak, usual].map(|it| evaluator.judged(&it, &|| false).unwrap().unwrap());
//! assert!(usual.cost.total < weak.cost.total);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Write a search and go on with it
//!
//! A search is data; read again it goes on to the same bits, and refuses to be another one.
//!
//! ```
//! # use std::num::NonZero;
//! # use upright_lanes::Unit;
//! # use upright_sim::Scenario;
//! use upright_tune::optimizer::Method;
//! use upright_tune::{Evaluator, LeastCost, SearchOptions, Resume, State, Tuning};
//!
//! # let scenario = Scenario::builder()
//! #     .set("simulation.duration", 0.5)
//! #     .set("tuning.draws", 2)
//! #     .set("tuning.confirm", 2)
//! #     .build()?;
//! let evaluator = Evaluator::new(&scenario, NonZero::<usize>::MIN, Unit::widest());
//! let options = SearchOptions { candidates: 4, iterations: 10, patience: None };
//! let mut tuning =
//!     Tuning::begin(&scenario, Method::Pso, options, &evaluator, &|| false)?.unwrap();
//! tuning.step(&evaluator, &|| false)?;
//!
//! let text = serde_json::to_string(tuning.state())?;
//! let state: State<LeastCost> = serde_json::from_str(&text)?;
//! let mut again = Tuning::resume("tuned".as_ref(), state.clone(), &Resume::default())?;
//! tuning.step(&evaluator, &|| false)?;
//! again.step(&evaluator, &|| false)?;
//! assert_eq!(again.state(), tuning.state());
//!
//! let other = Resume { candidates: Some(5), ..Resume::default() };
//! let error = Tuning::resume("tuned".as_ref(), state, &other).unwrap_err();
//! assert_eq!(error.to_string(), "tuned: candidates was 4 when the search began, and is 5 now");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Keep a search in a folder
//!
//! A checkpoint that is not whole is passed over for the one before it.
//!
//! ```
//! # use std::num::NonZero;
//! # use upright_lanes::Unit;
//! # use upright_sim::Scenario;
//! use upright_tune::checkpoint::{Checkpoint, Extent, Store};
//! use upright_tune::optimizer::Method;
//! use upright_tune::{Evaluator, LeastCost, SearchOptions, State, Tuning};
//!
//! # let scenario = Scenario::builder()
//! #     .set("simulation.duration", 0.5)
//! #     .set("tuning.draws", 2)
//! #     .set("tuning.confirm", 2)
//! #     .build()?;
//! let evaluator = Evaluator::new(&scenario, NonZero::<usize>::MIN, Unit::widest());
//! let options = SearchOptions { candidates: 4, iterations: 10, patience: None };
//! let mut tuning = Tuning::begin(&scenario, Method::De, options, &evaluator, &|| false)?.unwrap();
//!
//! let folder = tempfile::tempdir()?;
//! let store = Store::new(folder.path());
//! for _ in 0..2 {
//!     tuning.step(&evaluator, &|| false)?;
//!     let state = tuning.state();
//!     let (version, history) = ("1".to_owned(), Extent::EMPTY);
//!     store.save(&Checkpoint { version, history, seconds: 0.0, state })?;
//! }
//! let loaded = store.load::<State<LeastCost>>("1")?;
//! assert_eq!((&loaded.checkpoint.state, loaded.passed_over), (tuning.state(), None));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A front between two objectives
//!
//! ```
//! # use std::num::NonZero;
//! # use upright_lanes::Unit;
//! # use upright_sim::Scenario;
//! use upright_tune::pareto::FrontSearch;
//! use upright_tune::{Evaluator, SearchOptions, Step};
//!
//! let scenario = Scenario::builder()
//!     .set("simulation.duration", 1.0)
//!     .set("tuning.draws", 4)
//!     .set("tuning.confirm", 4)
//!     .set("tuning.objectives", serde_json::json!(["angle", "variation"]))
//!     .build()?;
//! let evaluator = Evaluator::new(&scenario, NonZero::new(2).unwrap(), Unit::widest());
//! let options = SearchOptions { candidates: 6, iterations: 4, patience: None };
//! let mut search = FrontSearch::begin(&scenario, options, &evaluator, &|| false)?.unwrap();
//! while let Step::Done(row) = search.step(&evaluator, &|| false)? {
//!     assert_eq!(row.members, search.archive().members().len());
//! }
//! // Along the front one objective falls as the other rises.
//! for pair in search.archive().members().windows(2) {
//!     assert!(pair[0].cost()[0] < pair[1].cost()[0] && pair[0].cost()[1] > pair[1].cost()[1]);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A front on draws that the search has not seen
//!
//! ```
//! # use std::num::NonZero;
//! # use upright_lanes::Unit;
//! # use upright_sim::Scenario;
//! use upright_tune::pareto::{FrontSearch, validate};
//! use upright_tune::{Evaluator, SearchOptions};
//!
//! # let scenario = Scenario::builder()
//! #     .set("simulation.duration", 1.0)
//! #     .set("tuning.draws", 4)
//! #     .set("tuning.confirm", 4)
//! #     .set("tuning.validation", 8)
//! #     .set("tuning.objectives", serde_json::json!(["angle", "variation"]))
//! #     .build()?;
//! let evaluator = Evaluator::new(&scenario, NonZero::new(2).unwrap(), Unit::widest());
//! let options = SearchOptions { candidates: 6, iterations: 2, patience: None };
//! let mut search = FrontSearch::begin(&scenario, options, &evaluator, &|| false)?.unwrap();
//! search.step(&evaluator, &|| false)?;
//!
//! let validation = validate(&search, &evaluator, &|| false)?.unwrap();
//! assert_eq!((validation.first_run, validation.runs), (4, 8));
//! assert_eq!(validation.members.len(), search.scenarios().len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A controller and a cost of your own
//!
//! An optimiser knows of neither: it is asked for points between 0 and 1 and told what they cost. Here the
//! gains of a closure are searched by what the worst of some runs costs.
//!
//! ```
//! # use std::num::NonZero;
//! use std::ops::ControlFlow;
//! # use upright_lanes::Unit;
//! # use upright_sim::Scenario;
//! use upright_sim::custom::FnController;
//! use upright_sim::study::{Source, Study, run_study_with_controller};
//! use upright_tune::optimizer::{AnyOptimizer, Method, Optimizer};
//!
//! let scenario = Scenario::builder().set("simulation.duration", 1.0).build()?;
//! let context = scenario.context()?;
//! let cost = |point: &Vec<f64>| -> Result<f64, Box<dyn std::error::Error>> {
//!     let gains = [31.62, -633.60, 945.12, 46.97, -8.54, 131.23];
//!     // Both factors from a half to twice.
//!     let [position, velocity] = [point[0], point[1]].map(|x| 0.5 * 4.0_f64.powf(x));
//!     let law = move |state: &[f64; 6]| {
//!         let force = |range: std::ops::Range<usize>| -> f64 {
//!             range.map(|i| -gains[i] * state[i]).sum()
//!         };
//!         position * force(0..3) + velocity * force(3..6)
//!     };
//!     let study = Study {
//!         scenario: &scenario,
//!         runs: 0..4,
//!         threads: NonZero::<usize>::MIN,
//!         unit: Unit::Scalar,
//!         source: Source::Uncertainty,
//!     };
//!     let mut worst = 0.0_f64;
//!     let controller = FnController::new(&context, law);
//!     run_study_with_controller(&study, &controller, &|| false, &mut |row| {
//!         let fell = f64::from(u8::from(row.early_end.is_some()));
//!         worst = worst.max(fell + row.metrics.max_cart);
//!         ControlFlow::Continue(())
//!     })?;
//!     Ok(worst)
//! };
//!
//! let start = vec![0.5, 0.5];
//! let mut optimizer =
//!     AnyOptimizer::new(Method::CmaEs, Default::default(), 6, &start, scenario.seed);
//! let mut best = (cost(&start)?, start);
//! for _ in 0..5 {
//!     let points = optimizer.ask();
//!     let costs = points.iter().map(&cost).collect::<Result<Vec<_>, _>>()?;
//!     for (&cost, point) in costs.iter().zip(&points) {
//!         if cost < best.0 {
//!             best = (cost, point.clone());
//!         }
//!     }
//!     optimizer.tell(&costs);
//! }
//! assert!(best.0 <= cost(&vec![0.5, 0.5])?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod checkpoint;
mod cost;
mod error;
mod evaluate;
pub mod front;
mod least_cost;
pub mod optimizer;
pub mod pareto;
mod resume_check;
pub mod scales;
mod search;
mod space;
mod validation;

pub use cost::{Cost, CostFunction, TERMS};
pub use error::TuneError;
pub use evaluate::{Evaluator, Judged, RaceOutcome, Raced};
pub use least_cost::{Best, Iteration, LeastCost, Tuning};
pub use search::{Goal, Opening, Progress, Resume, Search, SearchOptions, State, Step};
pub use space::{Dimension, Space};
pub use validation::{Difference, Side, Validation, Warning, validate};
