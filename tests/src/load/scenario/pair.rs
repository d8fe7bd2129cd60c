//! Pairs of runs of the same thing: in one of each something is there that should not be noticed.

use std::fmt;

use super::super::Trouble;
use super::super::histogram::Histogram;
use super::super::report::{Report, median};
use super::float;
use super::stage::Stage;

/// What one run of a pair found, and what else its scenario wants to know.
#[derive(Debug)]
pub(super) struct Half<T> {
    p50_us: f64,
    pub(super) p99_us: f64,
    max_us: f64,
    /// In the time that is measured.
    grown_kib: Option<f64>,
    lost: u64,
    doubled: u64,
    strange: u64,
    pub(super) more: T,
}

impl<T> Half<T> {
    /// What was measured until the stage was drained.
    pub(super) fn of(stage: &Stage<'_>, times: &Histogram, grown_kib: Option<f64>, more: T) -> Self {
        let quantile = |per_mille| float(times.quantile_ns(per_mille).unwrap_or(0)) / 1e3;
        let ledger = &stage.crowd.ledger;
        Self {
            p50_us: quantile(500),
            p99_us: quantile(990),
            max_us: float(times.max_ns()) / 1e3,
            grown_kib,
            lost: ledger.lost,
            doubled: ledger.doubled,
            strange: ledger.strange,
            more,
        }
    }
}

impl<T: fmt::Display> fmt::Display for Half<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            p50_us,
            p99_us,
            max_us,
            more,
            ..
        } = self;
        write!(
            f,
            "p50 {p50_us:.0} us, p99 {p99_us:.0} us, at most {max_us:.0} us; {more}"
        )
    }
}

/// All runs: of each index a pair.
#[derive(Debug)]
pub(super) struct Pairs<T> {
    pub(super) with: Vec<Half<T>>,
    pub(super) without: Vec<Half<T>>,
}

impl<T: fmt::Display> Pairs<T> {
    /// So many pairs, with this and without. `half` is told whether it is there.
    pub(super) fn run(
        count: usize,
        this: &str,
        progress: &dyn Fn(&str),
        mut half: impl FnMut(bool) -> Result<Half<T>, Trouble>,
    ) -> Result<Self, Trouble> {
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for pair in 0..count {
            // The one that comes first is not always the same.
            for is_there in [pair % 2 == 0, pair % 2 != 0] {
                let what = if is_there { "with" } else { "without" };
                progress(&format!("pair {} of {count}: {what} {this}", pair + 1));
                let half = half(is_there)?;
                progress(&half.to_string());
                if is_there { &mut with } else { &mut without }.push(half);
            }
        }
        Ok(Self { with, without })
    }
}

impl<T> Pairs<T> {
    /// How long deliveries took.
    pub(super) fn add_times(&self, report: &mut Report) {
        let Self { with, without } = self;
        let ratios = |of: fn(&Half<T>) -> f64| {
            let pairs = with.iter().zip(without);
            median(pairs.map(|(with, without)| of(with) / of(without)).collect())
        };
        report.add_if_known("p50_ratio", ratios(|half| half.p50_us));
        report.add_if_known("p99_ratio", ratios(|half| half.p99_us));
        report.add_if_known("p50_us", middle(with, |half| Some(half.p50_us)));
        report.add_if_known("p99_us", middle(with, |half| Some(half.p99_us)));
    }

    /// The longest that a delivery took, and how much the server grew.
    pub(super) fn add_stalls_and_growth(&self, report: &mut Report) {
        let Self { with, without } = self;
        let stall_ms = |halves: &[Half<T>]| halves.iter().map(|half| half.max_us).fold(0.0, f64::max) / 1e3;
        report.add("greatest_stall_ms", stall_ms(with));
        report.add("greatest_stall_without_ms", stall_ms(without));
        report.add_if_known("rss_growth_kib", middle(with, |half| half.grown_kib));
        report.add_if_known("rss_growth_without_kib", middle(without, |half| half.grown_kib));
    }

    /// What was lost and doubled in all runs.
    pub(super) fn add_faults(&self, report: &mut Report) {
        let sum = |of: fn(&Half<T>) -> u64| float(self.with.iter().chain(&self.without).map(of).sum());
        report.add("lost", sum(|half| half.lost));
        report.add("doubled", sum(|half| half.doubled));
        report.add("strange", sum(|half| half.strange));
    }
}

/// The median over those runs in which it is known.
pub(super) fn middle<T>(halves: &[Half<T>], of: impl Fn(&Half<T>) -> Option<f64>) -> Option<f64> {
    median(halves.iter().filter_map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::super::super::wire::Kind;
    use super::*;

    fn half(us: f64, grown_kib: Option<f64>, lost: u64) -> Half<&'static str> {
        Half {
            p50_us: us,
            p99_us: 10.0 * us,
            max_us: 100.0 * us,
            grown_kib,
            lost,
            doubled: 0,
            strange: 1,
            more: "",
        }
    }

    #[test]
    fn each_pair_has_both_and_they_take_turns_to_be_first() {
        let mut order = Vec::new();
        let pairs = Pairs::run(3, "it", &|_| (), |is_there| {
            order.push(is_there);
            Ok(half(1.0, None, 0))
        });
        let pairs = pairs.unwrap();
        assert_eq!(order, [true, false, false, true, true, false]);
        assert_eq!((pairs.with.len(), pairs.without.len()), (3, 3));
    }

    #[test]
    fn ratios_are_those_of_the_same_pair() {
        let pairs = Pairs {
            with: vec![half(2.0, Some(8.0), 1), half(9.0, None, 0), half(40.0, None, 2)],
            without: vec![half(1.0, None, 4), half(3.0, None, 0), half(10.0, None, 0)],
        };
        let mut report = Report::new("slow", Kind::Chat, Vec::new());
        pairs.add_times(&mut report);
        pairs.add_stalls_and_growth(&mut report);
        pairs.add_faults(&mut report);
        for (name, figure) in [
            ("p50_ratio", Some(3.0)),
            ("p99_us", Some(90.0)),
            ("greatest_stall_ms", Some(4.0)),
            ("greatest_stall_without_ms", Some(1.0)),
            ("rss_growth_kib", Some(8.0)),
            ("rss_growth_without_kib", None),
            ("lost", Some(7.0)),
            ("strange", Some(6.0)),
        ] {
            assert_eq!(report.figure(name), figure, "{name}");
        }
    }
}
