//! What may have gone wrong with the columns of logs: a sign turned round, angles in each other's places.

use crate::equations::{refine, segments, squares};
use crate::log::{Log, LogSample};
use crate::parameters::Parameters;

/// What may have gone wrong with the columns of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// A sign is turned round.
    Sign(&'static str),
    /// The angles stand in each other's columns.
    Swapped,
}

/// What mends a sample.
type Mend<'a> = &'a dyn Fn(&mut LogSample);

/// What seems to have gone wrong: mended, the model as it was given follows the logs much better.
pub(crate) fn mistaken(
    logs: &[Log],
    parameters: &Parameters,
    quanta: &[f64; 3],
    segment: Option<f64>,
) -> Option<Mistake> {
    let judged = |mend: Mend<'_>| {
        let mut mended = logs.to_vec();
        for log in &mut mended {
            log.samples.iter_mut().for_each(mend);
        }
        let mut all = segments(&mended, segment);
        refine(&mut all, parameters, quanta, 3);
        squares(&all, parameters, quanta)
    };
    let as_is = judged(&|_| {});
    // The first angle of a log that is zero hanging was turned by half a turn, the one between the links was not.
    let swap = |sample: &mut LogSample, turned: f64| {
        let [_, first, second] = sample.output;
        (sample.output[1], sample.output[2]) = (second + turned, first - turned);
    };
    let mends: [(Mistake, Mend<'_>); 6] = [
        (Mistake::Sign("u"), &|sample| {
            sample.input = -sample.input;
            sample.torques = sample.torques.map(|torque| -torque);
        }),
        (Mistake::Sign("x"), &|sample| sample.output[0] = -sample.output[0]),
        (Mistake::Sign("theta1"), &|sample| sample.output[1] = -sample.output[1]),
        (Mistake::Sign("theta2"), &|sample| sample.output[2] = -sample.output[2]),
        (Mistake::Swapped, &|sample| swap(sample, 0.0)),
        (Mistake::Swapped, &|sample| swap(sample, std::f64::consts::PI)),
    ];
    let mut best = (0.2 * as_is, None);
    for (mistake, mend) in mends {
        let own = judged(mend);
        if own < best.0 {
            best = (own, Some(mistake));
        }
    }
    best.1
}
