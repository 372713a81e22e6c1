//! A rig's parameters from logged runs.
//!
//! [`Log::read`] takes a CSV file with named columns and refuses what cannot be the motion of a rig, each fault with its
//! line and value. [`fit`] finds the parameters with which the plant's own equations, set-valued friction included,
//! follow what the encoders said: output-error least squares, in counts, over segments with free initial values
//! (multiple shooting; H. G. Bock, in Modelling of Chemical Reaction Systems (1981)), by the method of Levenberg and
//! Marquardt, with the sensitivities that the simulation carries along in dual numbers. [`Fit`] has values, intervals, correlations, what the logs do not determine, and the residuals.

mod equations;
mod error;
mod fit;
mod log;
mod mistake;
mod parameters;
mod segments;
mod tangent;

pub use error::LogError;
pub use fit::{EXPLAINED, Fit, FitOptions, Fitted, Residuals, fit, fit_telling, validate};
pub use log::{Log, LogSample, LogUnits, Zero};
pub use parameters::{Parameter, Parameters};
