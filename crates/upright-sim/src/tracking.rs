//! How well a run follows its reference.

use crate::following::Following;
use serde::Serialize;
use upright_core::State;

/// How well the cart has followed. What belongs to a way from one place to another is absent where there is none,
/// or where the cart has not come so far.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TrackingMetrics {
    /// Time in s from the beginning of the way until the cart stays within the band about its end.
    pub arrival_time: Option<f64>,
    /// Time in s that the cart takes from a tenth to nine tenths of the way.
    pub rise_time: Option<f64>,
    /// How far beyond the end of the way the cart goes, in m.
    pub overshoot: Option<f64>,
    /// How far the cart first goes the wrong way, in m.
    pub undershoot: Option<f64>,
    /// Root mean square of the distance to the reference in m.
    pub tracking_rms: f64,
    /// Largest distance to the reference in m.
    pub tracking_peak: f64,
}

impl TrackingMetrics {
    /// Names and units, in the order of [`TrackingMetrics::values`].
    pub const KEYS: [(&'static str, &'static str); 6] = [
        ("arrival_time", "s"),
        ("rise_time", "s"),
        ("overshoot", "m"),
        ("undershoot", "m"),
        ("tracking_rms", "m"),
        ("tracking_peak", "m"),
    ];

    /// The metrics in the order of [`TrackingMetrics::KEYS`].
    pub fn values(&self) -> [Option<f64>; 6] {
        [
            self.arrival_time,
            self.rise_time,
            self.overshoot,
            self.undershoot,
            Some(self.tracking_rms),
            Some(self.tracking_peak),
        ]
    }
}

/// The sums of a run that follows.
#[derive(Debug, Clone)]
pub(crate) struct Tracking {
    period: f64,
    start: u64,
    /// Where the way ends and how wide the band about it is, in m.
    way: Option<(f64, f64)>,
    /// The state after the last one outside the band.
    arrived: u64,
    tenth: Option<u64>,
    nine_tenths: Option<u64>,
    beyond: f64,
    back: f64,
    squares: f64,
    peak: f64,
    count: u64,
}

impl Tracking {
    pub(crate) fn new(following: &Following, period: f64) -> Self {
        let plan = following.plan();
        Self {
            period,
            start: plan.start(),
            way: plan.end().filter(|end| *end != 0.0).map(|end| (end, plan.band())),
            arrived: plan.start(),
            tenth: None,
            nine_tenths: None,
            beyond: 0.0,
            back: 0.0,
            squares: 0.0,
            peak: 0.0,
            count: 0,
        }
    }

    /// Takes in the state after `index` periods, when the cart was to be at `place` in m.
    pub(crate) fn state(&mut self, index: u64, state: &State<f64>, place: f64) {
        let x = state[0];
        let off = (x - place).abs();
        self.squares += off * off;
        self.peak = self.peak.max(off);
        self.count += 1;
        let Some((end, band)) = self.way.filter(|_| index >= self.start) else { return };
        // Along the way, the end being one.
        let share = x / end;
        if share >= 0.1 {
            self.tenth.get_or_insert(index);
        }
        if share >= 0.9 {
            self.nine_tenths.get_or_insert(index);
        }
        self.beyond = self.beyond.max((share - 1.0) * end.abs());
        if self.tenth.is_none() {
            self.back = self.back.max(-share * end.abs());
        }
        if (x - end).abs() > band {
            self.arrived = index + 1;
        }
    }

    pub(crate) fn metrics(&self) -> TrackingMetrics {
        let time = |periods: u64| periods as f64 * self.period;
        let seen = self.count > self.start;
        let rise = self.tenth.zip(self.nine_tenths);
        TrackingMetrics {
            arrival_time: self
                .way
                .filter(|_| seen && self.arrived < self.count)
                .map(|_| time(self.arrived - self.start)),
            rise_time: rise.map(|(tenth, nine_tenths)| time(nine_tenths - tenth)),
            overshoot: self.way.filter(|_| seen).map(|_| self.beyond),
            undershoot: self.way.filter(|_| seen).map(|_| self.back),
            tracking_rms: (self.squares / self.count.max(1) as f64).sqrt(),
            tracking_peak: self.peak,
        }
    }
}
