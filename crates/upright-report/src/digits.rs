//! Numbers as texts of figures.

/// A number with three digits that count, in plain form where that is short.
pub fn three_digits(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        "0".to_owned()
    } else if (1e-2..1e5).contains(&size) {
        let decimals = (2.0 - size.log10().floor()).clamp(0.0, 4.0) as usize;
        format!("{value:.decimals$}")
    } else {
        format!("{value:.1e}")
    }
}

/// The bounds of bands of a width, in as many digits as tell them apart.
pub fn bounds(least: f64, width: f64, count: usize) -> Vec<String> {
    let bounds = (0..=count).map(|i| least + i as f64 * width);
    let most = (least + count as f64 * width).abs().max(least.abs());
    if !(width > 0.0 && (1e-2..1e7).contains(&most)) {
        let digits = if width > 0.0 { (most / width).log10().ceil().clamp(1.0, 15.0) } else { 1.0 };
        return bounds.map(|bound| format!("{bound:.*e}", digits as usize)).collect();
    }
    let decimals = (1.0 - width.log10().floor()).clamp(0.0, 15.0) as usize;
    bounds.map(|bound| format!("{bound:.decimals$}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{bounds, three_digits};

    #[test]
    fn three_digits_count() {
        let texts = [0.0, 67.66, -0.012_34, 88_961.0, 1.5e-7].map(three_digits);
        assert_eq!(texts, ["0", "67.7", "-0.0123", "88961", "1.5e-7"]);
    }

    #[test]
    fn bounds_of_bands_differ() {
        for (least, width) in
            [(1.93, 0.002), (67.7, 11_748.0), (1e-6, 1e-9), (1e9, 3.0), (-5.0, 0.7), (0.0, 1e-12)]
        {
            let mut told = bounds(least, width, 7);
            assert_eq!(told.len(), 8);
            told.dedup();
            assert_eq!(told.len(), 8, "{told:?}");
        }
        assert_eq!(bounds(1.929, 0.002, 1), ["1.9290", "1.9310"]);
    }
}
