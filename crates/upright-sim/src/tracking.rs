//! How well a run follows its reference.

use crate::following::Following;
use serde::Serialize;
use upright_core::{Mask, Real, State};

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

/// The sums of a run that follows, or of a vector of them.
#[derive(Debug, Clone)]
pub(crate) struct Tracking<R: Real> {
    period: f64,
    start: R,
    /// Where the way ends and how wide the band about it is, in m.
    way: Option<(R, R)>,
    /// The state after the last one outside the band.
    arrived: R,
    /// The states at which a tenth and nine tenths of the way were done; infinite before.
    tenth: R,
    nine_tenths: R,
    beyond: R,
    back: R,
    squares: R,
    peak: R,
    count: R,
}

impl<R: Real> Tracking<R> {
    pub(crate) fn new(following: &Following, period: f64) -> Self {
        let plan = following.plan();
        let start = R::of(plan.start() as f64);
        let way = plan.end().filter(|end| *end != 0.0);
        Self {
            period,
            start,
            way: way.map(|end| (R::of(end), R::of(plan.band()))),
            arrived: start,
            tenth: R::of(f64::INFINITY),
            nine_tenths: R::of(f64::INFINITY),
            beyond: R::zero(),
            back: R::zero(),
            squares: R::zero(),
            peak: R::zero(),
            count: R::zero(),
        }
    }

    /// Begins anew in the lanes in `fresh`, with `state`, where the cart is to be at `place` in m.
    pub(crate) fn begin(&mut self, fresh: R::Mask, state: &State<R>, place: R) {
        self.arrived = R::select(fresh, self.start, self.arrived);
        for never in [&mut self.tenth, &mut self.nine_tenths] {
            *never = R::select(fresh, R::of(f64::INFINITY), *never);
        }
        let sums =
            [&mut self.beyond, &mut self.back, &mut self.squares, &mut self.peak, &mut self.count];
        for sum in sums {
            *sum = R::select(fresh, R::zero(), *sum);
        }
        self.take(fresh, R::zero(), state, place);
    }

    /// Takes in the state after `index` periods, when the cart was to be at `place` in m.
    pub(crate) fn state(&mut self, index: R, state: &State<R>, place: R) {
        self.take(R::Mask::splat(true), index, state, place);
    }

    /// The same in the lanes `of` only.
    #[inline(never)]
    fn take(&mut self, of: R::Mask, index: R, state: &State<R>, place: R) {
        let x = state[0];
        let off = (x - place).abs();
        let or = |mask: R::Mask, new: R, old: R| R::select(mask, new, old);
        self.squares = or(of, self.squares + off * off, self.squares);
        self.peak = or(of, self.peak.max(off), self.peak);
        self.count = or(of, self.count + R::one(), self.count);
        let Some((end, band)) = self.way else { return };
        let under_way = of & index.ge(self.start);
        // Along the way, the end being one.
        let share = x / end;
        let passed = |share_of: f64| under_way & share.ge(R::of(share_of));
        self.tenth = or(passed(0.1), self.tenth.min(index), self.tenth);
        self.nine_tenths = or(passed(0.9), self.nine_tenths.min(index), self.nine_tenths);
        let beyond = self.beyond.max((share - R::one()) * end.abs());
        self.beyond = or(under_way, beyond, self.beyond);
        let back = self.back.max(-share * end.abs());
        self.back = or(under_way & !self.tenth.finite(), back, self.back);
        let outside = (x - end).abs().gt(band);
        self.arrived = or(under_way & outside, index + R::one(), self.arrived);
    }

    /// What came of lane `lane`.
    pub(crate) fn metrics(&self, lane: usize) -> TrackingMetrics {
        let [start, arrived, count] =
            [self.start, self.arrived, self.count].map(|periods| periods.lane(lane));
        let seen = count > start;
        let on_way = self.way.filter(|_| seen);
        let rise = (self.nine_tenths.lane(lane) - self.tenth.lane(lane)) * self.period;
        TrackingMetrics {
            arrival_time: on_way
                .filter(|_| arrived < count)
                .map(|_| (arrived - start) * self.period),
            rise_time: Some(rise).filter(|rise| rise.is_finite()),
            overshoot: on_way.map(|_| self.beyond.lane(lane)),
            undershoot: on_way.map(|_| self.back.lane(lane)),
            tracking_rms: (self.squares.lane(lane) / count.max(1.0)).sqrt(),
            tracking_peak: self.peak.lane(lane),
        }
    }
}
