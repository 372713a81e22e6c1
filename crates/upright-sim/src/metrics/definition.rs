//! The metrics of a run: what each is, its name and its unit.

use crate::tracking::TrackingMetrics;
use serde::Serialize;

/// The metrics of a run. Those of the whole run are absent where it ended early.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Metrics {
    /// First time in s after which the state stays within the settling band; absent where the run
    /// did not come to stay there, whether its force chatters or not.
    pub settling_time: Option<f64>,
    /// Largest angle of either link in rad.
    pub max_angle: f64,
    /// Largest distance of the cart from its place in m.
    pub max_cart: f64,
    /// Largest force in N.
    pub peak_force: f64,
    /// Root mean square of the force in N.
    pub rms_force: f64,
    /// Integral of the squared force in N^2 s.
    pub effort: f64,
    /// Sum of the changes of the force from period to period in N.
    pub total_variation: f64,
    /// Mean square in N^2, over the second half of the run, of the force behind a second-order
    /// Butterworth high-pass filter at 20 Hz. Absent also where 20 Hz is not below half the
    /// sampling rate.
    pub chatter_power: Option<f64>,
    /// Integral of `theta1^2 + theta2^2 + x^2`.
    pub ise: f64,
    /// Integral of `t (|theta1| + |theta2| + |x|)`.
    pub itae: f64,
    /// Share of the periods in which the force was at its limit.
    pub saturation: f64,
    /// Largest `|sigma|` in the last second; absent also where there is no surface.
    pub steady_sigma: Option<f64>,
    /// What there is besides of a swing-up.
    #[serde(flatten)]
    pub swing_up: Option<SwingUp>,
    /// What there is besides of a run that follows a reference.
    #[serde(flatten)]
    pub tracking: Option<TrackingMetrics>,
}

/// What a swing-up is judged by, beside what every run is. Its angles are those from upright, whole turns left
/// aside, in the other metrics too.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SwingUp {
    /// First time in s after which both angles stay within 0.1 rad to the end; absent where they do not.
    pub swing_up_time: Option<f64>,
    /// Plans that were made.
    pub plans: u32,
    /// Plans that were followed.
    pub tries: u32,
    /// Control periods in which the guard of the track had another force than was wanted.
    pub guard_periods: u64,
    /// Largest rate of either link in rad/s.
    pub peak_rate: f64,
}

impl Metrics {
    /// Names and units of the metrics, in the order of [`Metrics::values`].
    pub const KEYS: [(&'static str, &'static str); 23] = [
        ("settling_time", "s"),
        ("max_angle", "rad"),
        ("max_cart", "m"),
        ("peak_force", "N"),
        ("rms_force", "N"),
        ("effort", "N^2 s"),
        ("total_variation", "N"),
        ("chatter_power", "N^2"),
        ("ise", ""),
        ("itae", ""),
        ("saturation", "1"),
        ("steady_sigma", ""),
        ("swing_up_time", "s"),
        ("plans", ""),
        ("tries", ""),
        ("guard_periods", ""),
        ("peak_rate", "rad/s"),
        TrackingMetrics::KEYS[0],
        TrackingMetrics::KEYS[1],
        TrackingMetrics::KEYS[2],
        TrackingMetrics::KEYS[3],
        TrackingMetrics::KEYS[4],
        TrackingMetrics::KEYS[5],
    ];

    /// The places in [`Metrics::KEYS`] of what there is of a run: that of swing-ups only where it `swings_up`, that of
    /// references only where it `follows` one.
    pub fn places(swings_up: bool, follows: bool) -> impl Iterator<Item = usize> {
        (0..Self::KEYS.len()).filter(move |place| match place {
            0..12 => true,
            12..17 => swings_up,
            _ => follows,
        })
    }

    /// The metrics in the order of [`Metrics::KEYS`].
    pub fn values(&self) -> [Option<f64>; 23] {
        let swing_up = self.swing_up.as_ref();
        let [arrival, rise, beyond, back, rms, peak] =
            self.tracking.as_ref().map_or([None; 6], TrackingMetrics::values);
        [
            self.settling_time,
            Some(self.max_angle),
            Some(self.max_cart),
            Some(self.peak_force),
            Some(self.rms_force),
            Some(self.effort),
            Some(self.total_variation),
            self.chatter_power,
            Some(self.ise),
            Some(self.itae),
            Some(self.saturation),
            self.steady_sigma,
            swing_up.and_then(|own| own.swing_up_time),
            swing_up.map(|own| f64::from(own.plans)),
            swing_up.map(|own| f64::from(own.tries)),
            swing_up.map(|own| own.guard_periods as f64),
            swing_up.map(|own| own.peak_rate),
            arrival,
            rise,
            beyond,
            back,
            rms,
            peak,
        ]
    }
}
