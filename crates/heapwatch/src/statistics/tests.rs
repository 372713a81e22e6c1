//! Against published examples and an independent implementation.

use super::trend::raw_inflation;
use super::*;

struct Reference {
    name: String,
    figures: Vec<f64>,
    series: Series,
}

/// Made by `tests/data/generate.py` with pymannkendall 1.4.3 and scipy 1.17.
fn references() -> Vec<Reference> {
    let mut reader =
        csv::Reader::from_reader(include_str!("../../tests/data/reference.csv").as_bytes());
    reader
        .records()
        .map(|record| {
            let record = record.expect("a row");
            let number = |text: &str| text.parse::<f64>().expect("a number");
            Reference {
                name: record[0].to_owned(),
                figures: (1..9).map(|column| number(&record[column])).collect(),
                series: record[9]
                    .split(' ')
                    .enumerate()
                    .map(|(i, v)| (i as f64, number(v)))
                    .collect(),
            }
        })
        .collect()
}

fn close(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * b.abs().max(1e-12)
}

#[test]
fn mann_kendall_agrees_with_pymannkendall() {
    for Reference { name, figures, series } in references() {
        let trend = mann_kendall(series.bytes());
        assert_eq!(trend.s, figures[0], "{name}");
        assert!(close(trend.variance, figures[1], 1e-12), "{name}: {}", trend.variance);
        assert!(close(trend.z, figures[2], 1e-12), "{name}");
        // The error function is a fit with a relative error of 1.3e-7; below 1e-15 theirs is zero.
        assert!((trend.p - figures[3]).abs() < 1e-6 * figures[3] + 1e-15, "{name}: {}", trend.p);
    }
}

#[test]
fn the_slope_agrees_with_scipy_and_the_interval_contains_its() {
    for Reference { name, figures, series } in references() {
        let found = slope(&series, 0.999);
        assert!(close(found.rate, figures[4], 1e-9), "{name}: {found:?}");
        assert_eq!(theil_sen(&series), found.rate);
        // Theirs is for independent noise; ours is never narrower.
        let rounding = 1e-9 * figures[6].abs().max(1.0);
        assert!(found.interval.low <= figures[5] + rounding, "{name}: {found:?}");
        assert!(found.interval.high >= figures[6] - rounding, "{name}: {found:?}");
    }
}

#[test]
fn the_effective_sample_size_agrees_with_pymannkendall() {
    for Reference { name, figures, series } in references() {
        // Where residuals are equal but for rounding, they may be ranked otherwise.
        let tied = ["ties", "stairs"].contains(&name.as_str());
        let found = raw_inflation(&series);
        assert!(close(found, figures[7], if tied { 2e-2 } else { 1e-9 }), "{name}: {found}");
    }
}

#[test]
fn the_example_of_sen_1968_has_the_slope_of_its_paper() {
    // Sen (1968), section 5: t = 1, 2, 3, 4, 10, 12, 18 and y = 9, 15, 19, 20, 45, 55, 78; b* = 4.
    let t = [1.0, 2.0, 3.0, 4.0, 10.0, 12.0, 18.0];
    let y = [9.0, 15.0, 19.0, 20.0, 45.0, 55.0, 78.0];
    let series: Series = t.into_iter().zip(y).collect();
    assert_eq!(theil_sen(&series), 4.0);
}

#[test]
fn the_change_point_is_where_a_ramp_ends_and_nowhere_in_a_line() {
    let ramp: Series = (0..100).map(|i| (f64::from(i), f64::from(i.min(30)) * 7.0)).collect();
    assert!((29..=31).contains(&change_point(&ramp)), "{}", change_point(&ramp));
    let line: Series = (0..100).map(|i| (f64::from(i), f64::from(i) * 7.0)).collect();
    assert_eq!(change_point(&line), 0);
    let once: Series = (0..100).map(|i| (f64::from(i), if i > 0 { 24e6 } else { 0.0 })).collect();
    assert_eq!(change_point(&once), 1);
    assert_eq!(one_time_cost(&once, 1), 24e6);
    assert_eq!(change_point(&Series::new()), 0);
}

#[test]
fn teeth_are_counted_with_their_valleys_and_peaks() {
    let teeth: Series = (0..100).map(|i| (f64::from(i), f64::from(i % 30))).collect();
    let found = saw_tooth(&teeth);
    assert_eq!((found.peaks, found.valleys), (vec![29, 59, 89], vec![30, 60, 90]));
    let line: Series = (0..100).map(|i| (f64::from(i), f64::from(i))).collect();
    assert_eq!(saw_tooth(&line).teeth(), 0);
}

#[test]
fn the_last_rise_knows_how_long_it_waited() {
    let stairs: Series = (0..100).map(|i| (f64::from(i), f64::from((i / 20).min(3)))).collect();
    let rise = last_rise(&stairs).expect("rises");
    assert_eq!((rise.index, rise.rises, rise.longest_wait, rise.quiet), (60, 3, 20.0, 39.0));
}

#[test]
fn a_buffer_that_doubles_fills_at_the_rate_at_which_it_is_full() {
    let doubling: Series = (0..10_000_u32)
        .map(|step| (f64::from(step), f64::from((step / 100).max(8).next_power_of_two())))
        .collect();
    let rate = filling_rate(&doubling).expect("it rises");
    assert!(close(rate, 0.01, 0.02), "{rate}");
    let line: Series = (0..50).map(|i| (f64::from(i), f64::from(i) * 8.0)).collect();
    assert!(close(filling_rate(&line).expect("it rises"), 8.0, 1e-12));
}

#[test]
fn samples_that_are_not_numbers_or_out_of_order_are_left_out() {
    let series: Series =
        [(0.0, 1.0), (1.0, f64::NAN), (f64::INFINITY, 1.0), (2.0, 3.0), (1.0, 9.0)]
            .into_iter()
            .collect();
    assert_eq!(series.bytes(), [1.0, 3.0]);
}
