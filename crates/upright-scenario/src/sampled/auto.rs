//! Gains that follow from the margins of the sampled loop: `gains: auto`.

use super::law;
use super::open_loop;
use super::warning::SHAKES;
use crate::kinds::{KindSettings, LqrSettings};
use crate::scenario::Scenario;
use upright_core::law::{adaptive, classical, hybrid, super_twisting};
use upright_design::sampled_loop::{
    Feedback, OpenLoop, SlopeLimit, max_sensitivity, slope_limit, super_twisting_cycle,
};

/// The steepest slope in 1/s: beyond, noise grows faster than anything gets better.
const STEEPEST: f64 = 90.0;
/// The largest sensitivity.
const SENSITIVITY: f64 = 2.0;
/// The force's variation that noise may make, in limits a second.
const VARIATION: f64 = 15.0;
/// The share of the limit that is for switching; the rest is for the equivalent control.
const SHARE: f64 = 0.8;
/// The share of the largest gain that a law begins with that adapts it, and to which its gain returns: the slope next
/// to the surface is this share of the one that the loop bears. On a rig with friction that sticks, of 300 draws
/// with a tenth of every parameter, 5 do not settle with 0.75, 3 with 0.8 and one from 0.85 on.
const FIRST: f64 = 0.9;
/// The reaching rate in 1/s where the slope leaves room for it.
const REACHING: f64 = 10.0;
/// Points of a sweep for its peak.
const POINTS: usize = 300;

/// Settings of a kind that `gains: auto` sets.
pub(crate) fn set_by_auto(kind: &str) -> &'static [&'static str] {
    match kind {
        "classical" => &["switching_gain", "reaching_rate", "boundary_layer"],
        "super_twisting" => &["k1", "k2", "slope_bound"],
        "adaptive" => &[
            "initial_gain",
            "min_gain",
            "max_gain",
            "dead_zone",
            "reaching_rate",
            "boundary_layer",
        ],
        "hybrid" => &["supervisor", "reaching", "sliding"],
        "lqr" => &["weights"],
        _ => &[],
    }
}

/// What a law must keep to in the loop.
struct Bounds<'a> {
    open: &'a OpenLoop,
    max_force: f64,
}

impl Bounds<'_> {
    fn quiet(&self, law: &Feedback) -> bool {
        let noise = self.open.under(law).force_noise();
        noise.is_some_and(|noise| noise.variation <= VARIATION * self.max_force)
    }

    /// The largest sensitivity; infinite where the loop is not stable.
    fn sensitivity(&self, law: &Feedback) -> f64 {
        let closed = self.open.under(law);
        if closed.is_stable(1.0) { max_sensitivity(&closed, POINTS) } else { f64::INFINITY }
    }

    fn keeps(&self, law: &Feedback) -> bool {
        self.quiet(law) && self.sensitivity(law) <= SENSITIVITY
    }
}

/// The largest number from `from` down in steps of a sixteenth for which something holds, to a thousandth; nothing
/// down to a hundredth of it.
fn largest(from: f64, holds: impl Fn(f64) -> bool) -> Option<f64> {
    let (mut above, mut at) = (from, from);
    while !holds(at) {
        above = at;
        at /= 1.0625;
        if at < 0.01 * from {
            return None;
        }
    }
    while above - at > 1e-3 * at {
        let middle = 0.5 * (above + at);
        if holds(middle) {
            at = middle;
        } else {
            above = middle;
        }
    }
    Some(at)
}

/// Rounds to three digits, down, so that a file shows what a person would write.
fn rounded(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return value;
    }
    let scale = libm::pow(10.0, libm::floor(libm::log10(value)) - 2.0);
    let digits = libm::floor(value / scale * (1.0 + 1e-12));
    // By the decimal text, so that 0.1 is 0.1.
    format!("{:e}", digits * scale)
        .parse()
        .map_or(value, |x: f64| format!("{x:.2e}").parse().unwrap_or(x))
}

/// The slope for a law of the surface: the steepest, the largest with its sensitivity and the largest with its
/// noise, the least of the three. Where none keeps to all, the one with the least sensitivity.
fn slope(bounds: &Bounds<'_>, surface: &dyn Fn(f64) -> Feedback) -> Result<f64, String> {
    if let Some(kappa) = largest(STEEPEST, |kappa| bounds.keeps(&surface(kappa))) {
        return Ok(kappa);
    }
    let candidates = (0..60).map(|i| STEEPEST / libm::pow(1.0625, f64::from(i)));
    let best = candidates
        .map(|kappa| (kappa, bounds.sensitivity(&surface(kappa))))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    match best {
        Some((kappa, sensitivity)) if sensitivity.is_finite() => Ok(kappa),
        _ => Err("this sampled loop is stable with no slope of the law: a shorter control period or delay, or \
                  another estimator, is needed"
            .to_owned()),
    }
}

/// The gain of the super-twisting root whose mean slope under the loop's own noise is `kappa`:
/// `E |s|^(3/2) / E s^2` of a normal `s` is `0.8600 / sqrt(sd)`.
fn root_gain(
    scenario: &Scenario,
    open: &OpenLoop,
    surface: &dyn Fn(f64) -> Feedback,
    limit: &SlopeLimit,
) -> Result<f64, String> {
    const MEAN_SLOPE: f64 = 0.8600;
    let context = scenario.context().map_err(|error| error.to_string())?;
    let bounds = Bounds { open, max_force: context.max_force };
    let beta = upright_design::gain_ratio::beta(&context, 0.0, 0.0).abs().max(context.beta_min);
    let kappa = slope(&bounds, surface)?;
    let law = surface(kappa);
    let row = context.surface.map(|c| c / beta);
    let noise = open.seen_deviation(&law, &row).unwrap_or(0.0);
    // Where nothing is noisy, what a period of the usual disturbance moves.
    let least = 1e-3 * SHARE * context.max_force / kappa;
    let by_noise = kappa * noise.max(least).sqrt() / MEAN_SLOPE;
    let allowed = SHAKES * context.max_force;
    let of_one = super_twisting_cycle(1.0, limit).force;
    Ok(by_noise.min((allowed / of_one).sqrt()))
}

/// The settings of the scenario's kind with gains that follow from its loop around the controller's model: the
/// slope in the boundary layer is the least of 90 1/s, the largest with a sensitivity up to 2, and the largest with
/// which noise makes a variation below 15 limits a second; switching takes 0.8 of the limit.
///
/// # Errors
/// Why there are none.
pub fn auto_gains(scenario: &Scenario) -> Result<KindSettings, String> {
    let settings = scenario.controller.settings.clone();
    if let KindSettings::Uncontrolled(_) = settings {
        return Ok(settings);
    }
    if let KindSettings::Mpc(_) = settings {
        return Err("predictions have weights, which are numbers".to_owned());
    }
    if let KindSettings::SwingUp(_) = settings {
        return Err(
            "a swing-up has its gains from its balance law, where they are numbers".to_owned()
        );
    }
    let open = open_loop(scenario, &scenario.controller.model).map_err(|reason| {
        format!("gains follow from the sampled loop, which is not analysed: {reason}")
    })?;
    let max_force = scenario.actuator.max_force;
    let bounds = Bounds { open: &open, max_force };
    if let KindSettings::Lqr(own) = settings {
        return lqr(scenario, own, &bounds).map(KindSettings::Lqr);
    }
    let surface = law::of_surface(scenario).ok_or("there is no sliding surface")?;
    let surface: &dyn Fn(f64) -> Feedback = &surface;
    let gain = rounded(SHARE * max_force);
    // A law in a boundary layer: its width and the reaching rate beside it.
    let layered = |kappa: f64| {
        let reaching = rounded(REACHING.min(0.5 * kappa));
        // Wider rather than narrower.
        (rounded(gain / (kappa - reaching) * 1.005), reaching)
    };
    let twisting = || {
        let limit = slope_limit(&open, surface);
        let limit = limit.ok_or("this sampled loop bears no slope")?;
        root_gain(scenario, &open, surface, &limit).map(rounded)
    };
    Ok(match settings {
        KindSettings::Classical(own) => {
            let (boundary_layer, reaching_rate) = layered(slope(&bounds, surface)?);
            KindSettings::Classical(classical::Settings {
                switching_gain: gain,
                boundary_layer,
                reaching_rate,
                ..own
            })
        }
        KindSettings::Adaptive(own) => {
            let (boundary_layer, reaching_rate) = layered(slope(&bounds, surface)?);
            KindSettings::Adaptive(adaptive::Settings {
                initial_gain: rounded(FIRST * gain),
                min_gain: rounded(0.01 * gain),
                max_gain: gain,
                dead_zone: rounded(0.1 * boundary_layer),
                boundary_layer,
                reaching_rate,
                ..own
            })
        }
        KindSettings::SuperTwisting(own) => {
            let k1 = twisting()?;
            let slope = super_twisting::slope_of_root_gain(k1);
            KindSettings::SuperTwisting(super_twisting::Settings {
                k1: Some(k1),
                k2: Some(rounded(super_twisting::integral_gain(slope))),
                slope_bound: None,
                ..own
            })
        }
        KindSettings::Hybrid(own) => {
            let (boundary_layer, reaching_rate) = layered(slope(&bounds, surface)?);
            let slope = super_twisting::slope_of_root_gain(twisting()?);
            let (mut supervisor, mut reaching, mut sliding) =
                (own.supervisor, own.reaching, own.sliding);
            reaching.initial_gain = rounded(FIRST * gain);
            reaching.min_gain = rounded(0.01 * gain);
            reaching.max_gain = gain;
            reaching.dead_zone = rounded(0.1 * boundary_layer);
            reaching.boundary_layer = boundary_layer;
            reaching.reaching_rate = reaching_rate;
            sliding.max_slope = rounded(slope);
            sliding.initial_slope = rounded(0.5 * slope);
            sliding.min_slope = rounded(0.05 * slope);
            supervisor.enter = rounded(0.2 * boundary_layer);
            supervisor.leave = rounded(3.0 * boundary_layer);
            KindSettings::Hybrid(hybrid::Settings { supervisor, reaching, sliding, ..own })
        }
        _ => return Err(format!("no automatic gains are known of the kind {}", settings.kind())),
    })
}

/// LQR's weights: the least weight of the force, from the one that it has up in steps of a half, that keeps to the
/// bounds.
fn lqr(scenario: &Scenario, own: LqrSettings, bounds: &Bounds<'_>) -> Result<LqrSettings, String> {
    let mut best: Option<(f64, LqrSettings)> = None;
    let mut force = own.weights.force;
    while force < 1e4 {
        let mut settings = own;
        settings.weights.force = rounded(force);
        if let Some(law) = law::lqr(scenario, &settings) {
            if bounds.keeps(&law) {
                return Ok(settings);
            }
            let sensitivity = bounds.sensitivity(&law);
            if sensitivity.is_finite() && best.is_none_or(|(least, _)| sensitivity < least) {
                best = Some((sensitivity, settings));
            }
        }
        force *= 1.5;
    }
    best.map(|(_, settings)| settings).ok_or_else(|| {
        "LQR is not stable in this sampled loop with any weight of the force".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_are_what_a_person_would_write() {
        for (value, expected) in [(8.0, 8.0), (0.123456, 0.123), (90.09, 90.0), (0.1, 0.1)] {
            assert_eq!(rounded(value), expected);
        }
        assert_eq!(rounded(0.0), 0.0);
    }

    #[test]
    fn the_largest_number_is_found_to_a_thousandth() {
        let found = largest(90.0, |x| x <= 41.0).expect("there is one");
        assert!(found <= 41.0 && found > 40.9, "{found}");
        assert_eq!(largest(90.0, |_| true), Some(90.0));
        assert_eq!(largest(90.0, |_| false), None);
    }
}
