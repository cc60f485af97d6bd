use serde::Serialize;

use super::measure::Measured;

/// Many drags of one kind. Times are in milliseconds.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Summary {
    pub(crate) drags: usize,
    /// Messages with values, on average.
    pub(crate) frames: f64,
    /// The most such messages a second while a person drags.
    pub(crate) rate: f64,
    /// Drags whose last input's result was never shown.
    pub(crate) lost: usize,
    /// From the last input to its result.
    pub(crate) last_median: Option<f64>,
    pub(crate) last_p99: Option<f64>,
    /// By how much that is more than it must be.
    pub(crate) last_excess: Option<f64>,
    /// How stale the page was just before an update, and at the end.
    pub(crate) staleness_p99: Option<f64>,
    pub(crate) staleness_greatest: Option<f64>,
    /// By how much it was staler just before an update than it must be.
    pub(crate) excess_median: Option<f64>,
    pub(crate) excess_p99: Option<f64>,
    pub(crate) excess_greatest: Option<f64>,
}

impl Summary {
    pub(crate) fn new(drags: &[Measured]) -> Self {
        let all = |values: fn(&Measured) -> &[f64]| Sorted::new(drags.iter().flat_map(values));
        let rate = Sorted::new(drags.iter().map(|drag| &drag.rate));
        let last = Sorted::new(drags.iter().filter_map(|drag| drag.last.as_ref()));
        let last_excess = Sorted::new(drags.iter().filter_map(|drag| drag.last_excess.as_ref()));
        let staleness = all(|drag| &drag.staleness);
        let excess = all(|drag| &drag.excess);
        let frames: usize = drags.iter().map(|drag| drag.frames).sum();
        Self {
            drags: drags.len(),
            frames: frames as f64 / drags.len().max(1) as f64,
            rate: rate.quantile(1.0).unwrap_or_default(),
            lost: drags.iter().filter(|drag| drag.last.is_none()).count(),
            last_median: last.quantile(0.5),
            last_p99: last.quantile(0.99),
            last_excess: last_excess.quantile(0.99),
            staleness_p99: staleness.quantile(0.99),
            staleness_greatest: staleness.quantile(1.0),
            excess_median: excess.quantile(0.5),
            excess_p99: excess.quantile(0.99),
            excess_greatest: excess.quantile(1.0),
        }
    }
}

struct Sorted(Vec<f64>);

impl Sorted {
    fn new<'a>(values: impl Iterator<Item = &'a f64>) -> Self {
        let mut values: Vec<f64> = values.copied().collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The smallest value that at least the share `q` of all does not exceed.
    fn quantile(&self, q: f64) -> Option<f64> {
        let rank = (q * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        let sorted = Sorted::new(values.iter());
        assert_eq!(sorted.quantile(0.5), Some(100.0));
        assert_eq!(sorted.quantile(0.99), Some(198.0));
        assert_eq!(sorted.quantile(1.0), Some(200.0));
        assert_eq!(Sorted::new([].iter()).quantile(0.5), None);
    }
}
