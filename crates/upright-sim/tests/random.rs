//! Random numbers in lanes: those of the streams alone, and of the normal distribution.

use upright_core::Real;
use upright_lanes::{Unit, UnitVisitor, dispatch};
use upright_sim::random::{Purpose, Stream, Streams};

/// Lanes draw what the streams of their runs draw alone, whenever they begin.
struct Beside;

impl UnitVisitor for Beside {
    type Output = ();
    fn visit<R: Real>(self) {
        let key = |run: usize| Purpose::Sensors.key(7, run as u64, 0);
        let mut streams = Streams::<R>::new(key);
        let stream = |run: usize| Stream::new(7, run as u64, Purpose::Sensors, 0);
        let mut alone: Vec<Stream> = (0..R::LANES).map(stream).collect();
        for round in 0..2000 {
            // Every third lane begins another run, in the middle of a pair or not.
            if round % 7 == 5 {
                let other = |lane: usize| if lane.is_multiple_of(3) { lane + round } else { lane };
                let fresh = R::from_lanes(|lane| if lane.is_multiple_of(3) { 1.0 } else { 0.0 })
                    .gt(R::zero());
                streams.reset_lanes(fresh, |lane| key(other(lane)));
                for (lane, own) in alone.iter_mut().enumerate().step_by(3) {
                    *own = stream(other(lane));
                }
            }
            let numbers = streams.normal();
            for (lane, own) in alone.iter_mut().enumerate() {
                let (found, expected) = (numbers.lane(lane), own.normal());
                // The logarithm of the one is within two places of the other's.
                let off = (found - expected).abs();
                assert!(off <= 1e-15 * expected.abs(), "{found} is not {expected}");
            }
        }
    }
}

#[test]
fn lanes_draw_what_their_streams_draw_alone() {
    UnitVisitor::visit::<f64>(Beside);
    for unit in Unit::available() {
        dispatch(unit, Beside).expect("available");
    }
}

/// The bits that a run's stream gives in any lane of any width.
struct Bits(usize);

impl UnitVisitor for Bits {
    type Output = Vec<u64>;
    fn visit<R: Real>(self) -> Vec<u64> {
        let mut streams =
            Streams::<R>::new(|lane| Purpose::Disturbance.key(42, lane as u64 / 2, 3));
        (0..1000).map(|_| streams.normal().lane(self.0 % R::LANES).to_bits()).collect()
    }
}

#[test]
fn a_number_in_lanes_has_the_bits_of_one_alone() {
    let expected = UnitVisitor::visit::<f64>(Bits(0));
    for unit in Unit::available() {
        for lane in 0..2 {
            let found = dispatch(unit, Bits(lane)).expect("available");
            assert_eq!(found, expected, "lane {lane} of {unit}");
        }
    }
}

#[test]
fn normal_numbers_in_lanes_are_distributed_as_they_should() {
    // The statistic of Kolmogorov and Smirnov; beyond 2.2 over the root of the count by a chance of 1.3e-4.
    let mut streams = Streams::<f64>::new(|_| Purpose::Sensors.key(42, 0, 0));
    let mut numbers: Vec<f64> = (0..100_000).map(|_| streams.normal()).collect();
    numbers.sort_by(f64::total_cmp);
    let n = numbers.len() as f64;
    let mut worst: f64 = 0.0;
    for (i, x) in numbers.iter().enumerate() {
        let share = 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
        worst = worst.max((share - i as f64 / n).abs()).max(((i + 1) as f64 / n - share).abs());
    }
    assert!(worst * n.sqrt() < 2.2, "{}", worst * n.sqrt());
    // Neighbours, pairs and pairs of pairs: five standard errors.
    let mut streams = Streams::<f64>::new(|_| Purpose::Sensors.key(43, 0, 0));
    let numbers: Vec<f64> = (0..100_000).map(|_| streams.normal()).collect();
    for lag in 1..5 {
        let product = |pair: (&f64, &f64)| pair.0 * pair.1;
        let squares = |pair: (&f64, &f64)| (pair.0 * pair.0 - 1.0) * (pair.1 * pair.1 - 1.0);
        let sum: f64 = numbers.iter().zip(&numbers[lag..]).map(product).sum();
        let second: f64 = numbers.iter().zip(&numbers[lag..]).map(squares).sum();
        assert!(sum.abs() < 5.0 * n.sqrt() && second.abs() < 10.0 * n.sqrt(), "at a lag of {lag}");
    }
}
