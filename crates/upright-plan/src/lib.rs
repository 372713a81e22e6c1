//! Swing-up plans: made in numbers, over threads, and ranked by following them under errors.
//!
//! A [planner](upright_core::planner) finds one plan from one start, a local optimum. The cheapest of many is not
//! the one that bears errors of the model and pushes, so each is followed under the same draws of them
//! ([`Question::answer`]). The seed makes the starts and the draws, and the number of threads does not matter: the
//! same question has the same answer, to the bit.
//!
//! ```
//! use upright_core::Plant;
//! use upright_plan::Question;
//!
//! let plant = Plant { track: Some(0.6), ..Plant::default() };
//! let hanging = [0.0, std::f64::consts::PI, std::f64::consts::PI, 0.0, 0.0, 0.0];
//! let mut question = Question::new(plant, 150.0, 0.001, hanging);
//! question.plan.candidates = 8;
//! question.plan.ranking.draws = 2;
//! let answer = question.answer()?;
//! assert!(answer.best().travel < 0.6 && answer.best().end_error < 0.03);
//! # Ok::<(), upright_plan::NoPlan>(())
//! ```

mod answer;
mod candidates;
mod error;
mod memo;
mod question;
mod ranking;
mod searcher;
mod shortest;
mod work;

pub use answer::Answer;
pub use candidates::Candidate;
pub use error::NoPlan;
pub use memo::{answer, answer_unless};
pub use question::Question;
pub use work::{Stop, Tell, Work};
