//! From a scenario to a run: everything between the file that a user writes and the numbers that
//! come out.
//!
//! A [`Scenario`] says everything about a run. [`run()`] puts its controller on the [`world`] in a
//! [`closed_loop`], [`metrics`] accumulates as it goes, [`study`] does so many times over, and `monitor`
//! watches the memory. The same scenario gives the same bits on every machine, thread and vector unit.
//!
//! # Simulate
//!
//! ```
//! use upright_sim::{RunOptions, Scenario, metrics::Verdict, run};
//!
//! let run = run(&Scenario::default(), RunOptions::default())?;
//! assert_eq!(run.verdict, Verdict::Settled);
//! assert!(run.metrics.settling_time < Some(2.0));
//! assert_eq!(run.trajectory.series("theta1")[0], [0.0, 0.05]);
//! # Ok::<(), upright_sim::scenario::ScenarioError>(())
//! ```
//!
//! # Read a scenario
//!
//! Text is YAML or JSON; every field has a default. Errors name the place, the value and what is allowed.
//!
//! ```
//! use upright_sim::scenario::{Overrides, Scenario};
//!
//! let text = "{controller: {kind: super_twisting}, disturbances: [{kind: step, amplitude: 10, start: 3}]}";
//! let scenario = Scenario::read("pushed", text, &Overrides::default())?;
//! assert_eq!(scenario.controller.settings.kind(), "super_twisting");
//!
//! let error = Scenario::read("wrong", "plant: {cart_mass: -1}", &Overrides::default()).unwrap_err();
//! let expected = "wrong: line 1, column 20: plant.cart_mass = -1: allowed is from 1e-9 to 1e6 kg";
//! assert_eq!(error.to_string(), expected);
//! # Ok::<(), upright_sim::scenario::ScenarioError>(())
//! ```
//!
//! # Make or change a scenario in code
//!
//! The builder takes fields by their names in a file. A scenario's fields are public too; what is changed is
//! checked where it is used, with the errors that text would give.
//!
//! ```
//! use upright_sim::{RunOptions, Scenario, run};
//!
//! let mut scenario = Scenario::builder()
//!     .controller("hybrid")
//!     .set("simulation.duration", 5.0)
//!     .build()?;
//! scenario.plant.link1.mass = 0.25;
//! assert!(run(&scenario, RunOptions::default())?.verdict.upright());
//!
//! scenario.simulation.substeps = 0;
//! let error = run(&scenario, RunOptions::default()).unwrap_err().to_string();
//! assert!(error.contains("simulation.substeps = 0: allowed is from 1 to 10000"), "{error}");
//! # Ok::<(), upright_sim::scenario::ScenarioError>(())
//! ```
//!
//! # A controller of your own
//!
//! A closure will do; a reaching law or another [`Controller`](upright_core::Controller) gets columns in
//! the trajectory, lanes and tuning.
//!
//! ```
//! use upright_sim::custom::FnController;
//! use upright_sim::run::run_with_controller;
//! use upright_sim::{RunOptions, Scenario, metrics::Verdict};
//!
//! let scenario = Scenario::default();
//! let context = scenario.context()?;
//! let gains = [31.62, -633.60, 945.12, 46.97, -8.54, 131.23];
//! let law = move |state: &[f64; 6]| -gains.iter().zip(state).map(|(k, x)| k * x).sum::<f64>();
//! let controller = FnController::new(&context, law);
//! let run = run_with_controller(&scenario, &context, controller, RunOptions::default())?;
//! assert_eq!(run.verdict, Verdict::Settled);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A controller against your own plant
//!
//! A controller is a value: a state in, a force out, once a control period.
//!
//! ```
//! use upright_core::law::super_twisting::{Settings, SuperTwisting};
//! use upright_core::{Controller, Kind};
//! use upright_sim::Scenario;
//!
//! let context = Scenario::default().context()?;
//! let mut controller = SuperTwisting::build::<f64>(&Settings::default(), &context)?;
//! let measured = [0.0, 0.05, -0.03, 0.0, 0.0, 0.0];
//! let force = controller.control(&measured).force;
//! assert!(force.abs() <= context.max_force);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A study with your own statistic
//!
//! ```
//! use std::num::NonZero;
//! use std::ops::ControlFlow;
//! use upright_lanes::Unit;
//! use upright_sim::Scenario;
//! use upright_sim::study::{Source, Study, run_study};
//!
//! let scenario = Scenario::builder().set("simulation.duration", 3.0).build()?;
//! let study = Study {
//!     scenario: &scenario,
//!     runs: 0..100,
//!     threads: NonZero::new(2).unwrap(),
//!     unit: Unit::widest(),
//!     source: Source::Uncertainty,
//! };
//! let mut furthest = 0.0_f64;
//! run_study(&study, &|| false, &mut |row| {
//!     furthest = furthest.max(row.metrics.max_cart);
//!     ControlFlow::Continue(())
//! })?;
//! assert!(furthest > 0.2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Any run of a study again
//!
//! A run depends on the seed and its index alone, so it can be had by itself, with its trajectory.
//!
//! ```
//! use upright_lanes::Unit;
//! use upright_sim::realization::Realization;
//! use upright_sim::run::replay;
//! use upright_sim::study::run_serial;
//! use upright_sim::{RunOptions, Scenario};
//!
//! let scenario = Scenario::builder().set("simulation.duration", 2.0).build()?;
//! let rows = run_serial(&scenario, 0..20, Unit::widest(), &|| false)?;
//! let again = replay(&scenario, &Realization::new(&scenario, 17)?, RunOptions::default())?;
//! assert_eq!(again.final_state, rows[17].final_state);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Design
//!
//! ```
//! use upright_sim::Scenario;
//! use upright_sim::scenario::design_report::design;
//!
//! let design = design(&Scenario::default())?;
//! let surface = design.surface.expect("the plant can be controlled");
//! assert_eq!(surface.sliding_poles.len(), 5);
//! assert!(surface.gain_ratio.bound > Some(surface.gain_ratio.max));
//! # Ok::<(), upright_sim::design::DesignError>(())
//! ```
//!
//! # A region of attraction
//!
//! ```
//! use std::num::NonZero;
//! use std::ops::ControlFlow;
//! use upright_lanes::Unit;
//! use upright_sim::Scenario;
//! use upright_sim::grid::{Axis, Grid};
//! use upright_sim::metrics::Verdict;
//! use upright_sim::study::{Source, Study, run_study};
//!
//! let scenario = Scenario::builder().set("simulation.duration", 5.0).build()?;
//! let axis = |state| Axis { state, from: -0.6, to: 0.6, points: 7 };
//! let grid = Grid { x: axis(1), y: axis(2) };
//! let study = Study {
//!     scenario: &scenario,
//!     runs: 0..grid.len(),
//!     threads: NonZero::<usize>::MIN,
//!     unit: Unit::widest(),
//!     source: Source::Grid(grid),
//! };
//! let mut settled = 0;
//! run_study(&study, &|| false, &mut |row| {
//!     settled += u64::from(row.verdict == Verdict::Settled);
//!     ControlFlow::Continue(())
//! })?;
//! assert!(0 < settled && settled < grid.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Step a run, push it, change its controller
//!
//! ```
//! use upright_sim::{Scenario, realization::Realization, live::Session};
//!
//! let scenario = Scenario::default();
//! let mut session = Session::new(&scenario, &Realization::nominal(&scenario))?;
//! for _ in 0..1000 {
//!     session.step();
//! }
//! session.push(20.0, 0.1);
//! session.switch("super_twisting")?;
//! while session.step().is_some() {}
//! assert!(session.verdict().upright());
//! # Ok::<(), upright_sim::scenario::ScenarioError>(())
//! ```
//!
//! # Do something after every control period
//!
//! ```
//! use upright_sim::closed_loop::Tick;
//! use upright_sim::{RunOptions, Scenario, run};
//!
//! let mut largest = 0.0_f64;
//! let mut hook = |tick: &Tick| {
//!     largest = largest.max(tick.applied.abs());
//!     // Whether to go on.
//!     tick.index < 99
//! };
//! let run = run(&Scenario::default(), RunOptions { record: false, hook: Some(&mut hook) })?;
//! assert_eq!((run.periods, run.complete), (100, false));
//! assert!(largest > 10.0);
//! # Ok::<(), upright_sim::scenario::ScenarioError>(())
//! ```

mod cells;
pub mod closed_loop;
pub mod custom;
pub mod estimator;
pub mod fleet;
pub mod following;
pub mod grid;
pub mod live;
pub mod metrics;
#[cfg(feature = "monitor")]
pub mod monitor;
mod overview;
pub mod random;
pub mod realization;
pub mod restless;
mod row;
pub mod run;
#[cfg(feature = "spectrum")]
pub mod spectrum;
pub mod stepped;
pub mod study;
mod surroundings;
pub mod tracking;
pub mod trajectory;
pub mod world;

pub use run::{Run, RunOptions, run};
pub use upright_core::settings;
pub use upright_design as design;
pub use upright_scenario as scenario;
pub use upright_scenario::{Scenario, gains, tunable};

/// The example of how to add a law, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../CONTRIBUTING.md")]
struct Contributing;
