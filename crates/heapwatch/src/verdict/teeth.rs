//! Saw-teeth in sampled memory: told from noise, measured against the steady part alone, and judged by
//! their valleys and peaks.

use super::judgement::{FEWEST_RISES, FEWEST_TEETH, InconclusiveReason, Verdict};
use super::noise::Noise;
use crate::statistics::{Interval, SawTooth, Series, Slope, median, saw_tooth, slope, theil_sen};

/// Teeth of fewer samples than this are noise.
pub(super) const SAMPLES_A_TOOTH: usize = 5;
/// Least height of a usual tooth, as a part of the whole range.
const FULL_TOOTH: f64 = 0.65;
/// From this many teeth on, they are averaged over instead of looked at one by one.
pub(super) const MANY_TEETH: usize = 12;
/// Teeth are called bounded where growth at the upper end of its interval would have lifted them by at
/// most this part of their height: an interval that contains more tells nothing.
const LIFTED: f64 = 0.25;

/// A series of teeth.
#[derive(Debug)]
pub(super) struct Teeth {
    series: Series,
    found: SawTooth,
    height: f64,
}

/// How teeth grow, and what they say.
#[derive(Debug)]
pub(super) struct JudgedTeeth {
    pub(super) growth: Slope,
    pub(super) verdict: Verdict,
    pub(super) teeth: usize,
}

impl Teeth {
    /// The teeth of the whole series, else those of its steady part: a start-up that is higher than they
    /// are would hide them.
    pub(super) fn find(series: &Series, steady: &Series) -> Option<Self> {
        Self::of(series).or_else(|| Self::of(steady))
    }

    /// Falls that are teeth and not noise: three at least, far enough apart, and most of them nearly as
    /// high as the series is wide, which falls of noise are not.
    fn of(series: &Series) -> Option<Self> {
        let found = saw_tooth(series);
        let teeth = found.teeth();
        if teeth < FEWEST_TEETH || series.len() < teeth * SAMPLES_A_TOOTH {
            return None;
        }
        let falls = found.peaks.iter().zip(&found.valleys);
        let mut heights: Vec<f64> =
            falls.map(|(&peak, &valley)| series.bytes()[peak] - series.bytes()[valley]).collect();
        let height = median(&mut heights);
        let lowest = series.bytes().iter().copied().fold(f64::INFINITY, f64::min);
        let full = height >= FULL_TOOTH * (series.peak() - lowest);
        full.then(|| Self { series: series.clone(), found, height })
    }

    pub(super) fn count(&self) -> usize {
        self.found.teeth()
    }

    fn pick(&self, indices: &[usize]) -> Series {
        indices.iter().map(|&i| (self.series.at()[i], self.series.bytes()[i])).collect()
    }

    /// Bounded where valleys and peaks stay, as far as the samples can tell; a leak where all of them rise
    /// by more than half the height of a tooth.
    pub(super) fn judge(&self, first: f64, noise: &Noise) -> JudgedTeeth {
        let (valleys, peaks) = (self.pick(&self.found.valleys), self.pick(&self.found.peaks));
        let span = self.series.span();
        // A valley is seen at the sample after it, by when the next tooth has begun to rise; a peak at the
        // sample before it.
        let sample = self.height * self.count() as f64 / self.series.len() as f64;
        let (of_valleys, of_peaks) = (
            rate_of(&valleys, sample, noise.confidence),
            rate_of(&peaks, sample, noise.confidence),
        );
        let interval = of_valleys.interval.hull(of_peaks.interval);
        let growth = Slope { rate: of_valleys.rate, interval };
        let judged = |verdict| JudgedTeeth { growth, verdict, teeth: self.count() };
        let lifted = of_valleys.rate.min(of_peaks.rate) * span;
        // Off by a sample at either end of the valleys, and drawn out over the whole run.
        let blur = sample * span / valleys.span().max(f64::MIN_POSITIVE);
        let unsure = blur.max(3.0 * scatter(&valleys)).min(0.25 * self.height);
        let most = (LIFTED * self.height).max(noise.floor * span);
        if lifted <= 2.0 * unsure + noise.floor * span && interval.high * span <= most {
            return judged(Verdict::Bounded { capacity: self.series.peak() - first });
        }
        let strictly = |of: &Series| of.bytes().windows(2).all(|pair| pair[1] > pair[0]);
        let enough = self.count() > FEWEST_RISES && lifted > (0.5 * self.height).max(4.0 * unsure);
        if enough && strictly(&valleys) && strictly(&peaks) {
            let (low, high) =
                (of_valleys.rate.min(of_peaks.rate), of_valleys.rate.max(of_peaks.rate));
            let interval = Interval { low, high };
            let verdict = Verdict::Leak { rate: of_valleys.rate, interval, site: None };
            return JudgedTeeth { growth: Slope { interval, ..growth }, ..judged(verdict) };
        }
        let doubt = InconclusiveReason::FewTeeth { teeth: self.count() };
        judged(Verdict::Inconclusive { doubt, settled_by: 3.0 * span })
    }
}

/// How valleys or peaks rise, each of which may be off by a sample's rise.
fn rate_of(points: &Series, sample: f64, confidence: f64) -> Slope {
    let scatter = 3.0 * scatter(points);
    // More than sampling explains is noise, and averaged over where there is enough of it.
    if points.len() >= MANY_TEETH && scatter > 1.25 * sample {
        return slope(points, confidence);
    }
    let rate = theil_sen(points);
    let part = sample.max(scatter) / points.span().max(f64::MIN_POSITIVE);
    Slope { rate, interval: Interval { low: rate - part, high: rate + part } }
}

/// Median distance from the Theil-Sen line.
pub(super) fn scatter(series: &Series) -> f64 {
    let rate = theil_sen(&series.binned(100));
    let rest = || series.at().iter().zip(series.bytes()).map(|(at, bytes)| bytes - rate * at);
    let centre = median(&mut rest().collect::<Vec<_>>());
    median(&mut rest().map(|value| (value - centre).abs()).collect::<Vec<_>>())
}
