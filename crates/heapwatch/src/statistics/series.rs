//! A series of bytes over time or steps.

/// Bytes over time (seconds) or steps: what every statistic here takes. The positions never fall.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    at: Vec<f64>,
    bytes: Vec<f64>,
}

impl Series {
    /// An empty series.
    pub const fn new() -> Self {
        Self { at: Vec::new(), bytes: Vec::new() }
    }

    /// An empty series with room for `samples` without allocating.
    pub fn with_capacity(samples: usize) -> Self {
        Self { at: Vec::with_capacity(samples), bytes: Vec::with_capacity(samples) }
    }

    /// Adds a sample. One that is not finite, or lies before the last one, is left out.
    pub fn push(&mut self, at: f64, bytes: f64) {
        let in_order = self.at.last().is_none_or(|&last| at >= last);
        if at.is_finite() && bytes.is_finite() && in_order {
            self.at.push(at);
            self.bytes.push(bytes);
        }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.at.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.at.is_empty()
    }

    /// Positions, in seconds or steps.
    pub fn at(&self) -> &[f64] {
        &self.at
    }

    /// Bytes at each position.
    pub fn bytes(&self) -> &[f64] {
        &self.bytes
    }

    /// From the first position to the last.
    pub fn span(&self) -> f64 {
        match (self.at.first(), self.at.last()) {
            (Some(first), Some(last)) => last - first,
            _ => 0.0,
        }
    }

    /// The highest value, or zero where there is none.
    pub fn peak(&self) -> f64 {
        self.bytes.iter().copied().fold(0.0, f64::max)
    }

    /// From the sample at `index` on; empty beyond the end.
    #[must_use]
    pub fn from_index(&self, index: usize) -> Self {
        let index = index.min(self.len());
        Self { at: self.at[index..].to_vec(), bytes: self.bytes[index..].to_vec() }
    }

    /// The means of at most `bins` consecutive groups of samples, as even as can be: what takes time
    /// in proportion to the square of the length is done on this.
    #[must_use]
    pub fn binned(&self, bins: usize) -> Self {
        let n = self.len();
        if n <= bins || bins == 0 {
            return self.clone();
        }
        let mut means = Self::with_capacity(bins);
        for bin in 0..bins {
            let (from, to) = (bin * n / bins, (bin + 1) * n / bins);
            means.push(mean(&self.at[from..to]), mean(&self.bytes[from..to]));
        }
        means
    }
}

impl FromIterator<(f64, f64)> for Series {
    fn from_iter<I: IntoIterator<Item = (f64, f64)>>(samples: I) -> Self {
        let mut series = Self::new();
        samples.into_iter().for_each(|(at, bytes)| series.push(at, bytes));
        series
    }
}

/// The mean; zero of nothing.
pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

/// The median; zero of nothing. Reorders its argument.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    let n = values.len();
    if n == 0 {
        return 0.0;
    }
    let (below, &mut middle, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    if n % 2 == 1 {
        return middle;
    }
    let before = below.iter().copied().max_by(f64::total_cmp).unwrap_or(middle);
    f64::midpoint(before, middle)
}
