//! What a series of bytes says: nothing, a cost paid once, a fill to a bound, a leak, or not enough.

mod collected;
mod doubling;
mod exact;
mod judgement;
mod lumps;
mod noise;
mod noisy;
mod stairs;
mod teeth;
mod warming;

pub use doubling::doubles_alike;
pub use exact::judge_counted;
pub use judgement::{
    FEWEST_RISES, FEWEST_SAMPLES, FEWEST_TEETH, InconclusiveReason, Judgement, Verdict,
};
pub use noise::Noise;
pub use noisy::judge_sampled;
