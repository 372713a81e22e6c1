//! What a series of bytes says: nothing, a cost paid once, a fill to a bound, a leak, or not enough.

mod exact;
mod judgement;
mod noisy;

pub use exact::judge_counted;
pub use judgement::{
    FEWEST_RISES, FEWEST_SAMPLES, FEWEST_TEETH, InconclusiveReason, Judgement, Verdict,
};
pub use noisy::{Noise, judge_sampled};
