//! The curves of a run as numbers: collected from its events, grouped into panels, thinned out.

use std::collections::BTreeMap;

use kiln_core::{Clock, SamplesSeen};
use kiln_train::{Event, Tick};

#[cfg(feature = "cli")]
use super::page::Chronicle;

/// Most points of a line that are drawn.
const MOST_POINTS: usize = 400;
/// The reach of the smoothing to either side is one part in so many of a line's points.
const SMOOTHED_PARTS: usize = 20;

/// A point of a curve: samples seen, value.
pub(super) type Point = (f64, f64);

/// Every curve of a run, by name.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct History {
    curves: BTreeMap<String, Vec<Point>>,
    roll_backs: Vec<f64>,
    end: f64,
}

impl History {
    /// Adds what an event tells. A roll-back takes away what the run went back on.
    pub(crate) fn add(&mut self, event: &Event) {
        match event {
            Event::Tick(tick) => self.add_tick(tick),
            Event::Sheet { clock, spread, real_spread, .. } => {
                self.add_point(clock, "sheet/spread-fakes", *spread);
                self.add_point(clock, "sheet/spread-reals", *real_spread);
            }
            Event::Evaluation { clock, values } => {
                values.iter().for_each(|(name, value)| self.add_point(clock, name, *value));
            }
            Event::RolledBack { to, .. } => self.go_back(to.samples),
            _ => {}
        }
    }

    /// Adds the curves of a run; `prefix` tells its sides from those of other runs.
    #[cfg(feature = "cli")]
    pub(crate) fn add_run(&mut self, chronicle: &Chronicle, prefix: &str) {
        for (name, points) in chronicle.points().filter(|(name, _)| !is_machine(name)) {
            let last = points.last().map_or(0.0, |(samples, _)| *samples);
            self.end = self.end.max(last);
            self.curves.insert(format!("{prefix}{name}"), points);
        }
        self.roll_backs.extend(chronicle.roll_backs());
    }

    /// Samples seen at the last point.
    pub(super) fn end(&self) -> f64 {
        self.end
    }

    /// Samples seen to which the run went back, one for each time.
    pub(super) fn roll_backs(&self) -> &[f64] {
        &self.roll_backs
    }

    /// The curves in panels, in the order in which they are shown.
    pub(super) fn panels(&self) -> Vec<Panel> {
        let mut panels: BTreeMap<(usize, &str), Panel> = BTreeMap::new();
        for (name, points) in &self.curves {
            let name = Name::of(name);
            let panel = panels.entry((rank(name.group), name.group)).or_default();
            name.group.clone_into(&mut panel.group);
            panel.sides.push(name.side.to_owned());
            panel.kinds.push(name.kind.to_owned());
            panel.lines.push(thinned(points));
        }
        panels.into_values().collect()
    }

    fn add_tick(&mut self, tick: &Tick) {
        for (name, value) in &tick.means {
            self.add_point(&tick.clock, name, *value);
        }
    }

    fn add_point(&mut self, clock: &Clock, name: &str, value: f64) {
        let samples = clock.samples.as_f64();
        self.end = self.end.max(samples);
        if value.is_finite() {
            let curve = self.curves.entry(name.to_owned()).or_default();
            curve.push((samples, value));
        }
    }

    fn go_back(&mut self, to: SamplesSeen) {
        let to = to.as_f64();
        for curve in self.curves.values_mut() {
            curve.retain(|(samples, _)| *samples <= to);
        }
        self.curves.retain(|_, curve| !curve.is_empty());
        self.end = self.end.min(to);
        self.roll_backs.push(to);
    }
}

/// Whether a curve tells of the machine or the plan rather than of the game.
#[cfg(feature = "cli")]
fn is_machine(name: &str) -> bool {
    name.starts_with("timing/") || name.starts_with("watch/") || name.ends_with("/rate")
}

/// Curves that share their axes.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Panel {
    /// What they measure: `loss`, `accuracy`, `gradient`, ...
    pub(super) group: String,
    /// The points of each curve.
    pub(super) lines: Vec<Vec<Point>>,
    sides: Vec<String>,
    kinds: Vec<String>,
}

impl Panel {
    /// The name of each curve: as short as tells it from the others.
    pub(super) fn labels(&self) -> Vec<String> {
        let alike = |texts: &[String]| texts.windows(2).all(|pair| pair[0] == pair[1]);
        let one_side = alike(&self.sides) && self.kinds.iter().all(|kind| !kind.is_empty());
        let label = |(side, kind): (&String, &String)| match () {
            () if one_side => kind.clone(),
            () if alike(&self.kinds) => side.clone(),
            () => format!("{side} {kind}").trim().to_owned(),
        };
        self.sides.iter().zip(&self.kinds).map(label).collect()
    }

    /// The side of all curves, if they have one in common that the labels do not say.
    pub(super) fn common_side(&self) -> Option<&str> {
        let first = self.sides.first()?;
        let common = self.sides.iter().all(|side| side == first);
        let said = self.labels().iter().any(|label| label.contains(first));
        (common && !said).then_some(first)
    }
}

/// The parts of a name such as `critic/accuracy-real`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Name<'a> {
    side: &'a str,
    group: &'a str,
    kind: &'a str,
}

impl<'a> Name<'a> {
    fn of(name: &'a str) -> Self {
        let (side, measure) = name.rsplit_once('/').unwrap_or(("", name));
        let (group, kind) = measure.split_once('-').unwrap_or((measure, ""));
        Self { side, group, kind }
    }
}

/// What is looked at first comes first.
fn rank(group: &str) -> usize {
    const ORDER: [&str; 5] = ["loss", "accuracy", "spread", "gradient", "logit"];
    ORDER.iter().position(|first| *first == group).unwrap_or(ORDER.len())
}

/// Means of neighbours, so that at most [`MOST_POINTS`] remain.
fn thinned(points: &[Point]) -> Vec<Point> {
    points.chunks(points.len().div_ceil(MOST_POINTS).max(1)).map(mean).collect()
}

/// The line without its noise: at each point a straight line through its neighbours, the nearer
/// the heavier (Cleveland 1979), so trends keep their slope up to both ends.
pub(super) fn smoothed(points: &[Point]) -> Vec<Point> {
    let reach = points.len() / SMOOTHED_PARTS;
    let around = |idx: usize| {
        let near = idx.saturating_sub(reach)..points.len().min(idx + reach + 1);
        let weight = |other: usize| 1.0 - (idx.abs_diff(other) as f64) / (reach + 1) as f64;
        let weighted = near.map(|other| (weight(other), points[other]));
        (points[idx].0, fitted(weighted, points[idx].0))
    };
    (0..points.len()).map(around).collect()
}

/// The height at `x` of the line of least weighted squares.
fn fitted(points: impl Iterator<Item = (f64, Point)> + Clone, x: f64) -> f64 {
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        points.clone().map(|(weight, (at, y))| weight * of(at - x, y)).sum()
    };
    let total = sum(&|_, _| 1.0);
    let (mean_x, mean_y) = (sum(&|x, _| x) / total, sum(&|_, y| y) / total);
    let variance = sum(&|x, _| (x - mean_x).powi(2));
    if variance == 0.0 {
        return mean_y;
    }
    let slope = sum(&|x, y| (x - mean_x) * (y - mean_y)) / variance;
    mean_y - slope * mean_x
}

fn mean(points: &[Point]) -> Point {
    let n = points.len().max(1) as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
    (x / n, y / n)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{clock, ticked};
    use super::*;

    fn history(events: &[Event]) -> History {
        let mut history = History::default();
        events.iter().for_each(|event| history.add(event));
        history
    }

    #[track_caller]
    fn check_labels(names: &[&str], labels: &[&str], side: Option<&str>) {
        let means: Vec<(&str, f64)> = names.iter().map(|name| (*name, 1.0)).collect();
        let panels = history(&[ticked(64, &means)]).panels();
        assert_eq!(panels.len(), 1);
        assert_eq!(panels[0].labels(), labels);
        assert_eq!(panels[0].common_side(), side);
    }

    #[test]
    fn a_label_says_what_differs() {
        check_labels(&["critic/loss", "generator/loss"], &["critic", "generator"], None);
        let accuracies = ["critic/accuracy-fake", "critic/accuracy-real"];
        check_labels(&accuracies, &["fake", "real"], Some("critic"));
        let norms = ["critic/gradient-norm", "generator/gradient-norm"];
        check_labels(&norms, &["critic", "generator"], None);
        let losses = ["critic/loss", "critic/loss-penalty"];
        check_labels(&losses, &["critic", "critic penalty"], None);
        check_labels(&["temperature"], &[""], None);
    }

    #[test]
    fn losses_come_first_and_unknown_measures_last() {
        let means = [("a/zeta", 1.0), ("a/gradient-norm", 1.0), ("a/loss", 1.0), ("a/beta", 1.0)];
        let panels = history(&[ticked(1, &means)]).panels();
        let groups: Vec<&str> = panels.iter().map(|panel| panel.group.as_str()).collect();
        assert_eq!(groups, ["loss", "gradient", "beta", "zeta"]);
    }

    #[test]
    fn a_roll_back_takes_away_what_came_after() {
        let back = Event::RolledBack {
            from: clock(3),
            to: clock(1),
            attempt: 1,
            rate_factor: 0.5,
            reason: String::new(),
        };
        let told = [
            ticked(1, &[("a/loss", 1.0)]),
            ticked(3, &[("a/loss", 9.0), ("a/late", 9.0)]),
            back,
            ticked(2, &[("a/loss", 2.0)]),
        ];
        let history = history(&told);
        assert_eq!(history.panels().len(), 1);
        assert_eq!(history.panels()[0].lines, [[(1.0, 1.0), (2.0, 2.0)]]);
        assert_eq!((history.end(), history.roll_backs()), (2.0, [1.0].as_slice()));
    }

    #[test]
    fn what_is_not_finite_is_a_gap() {
        let history = history(&[ticked(1, &[("a/loss", f64::NAN)]), ticked(2, &[("a/loss", 1.0)])]);
        assert_eq!(history.panels()[0].lines, [[(2.0, 1.0)]]);
    }

    #[test]
    fn a_long_line_is_thinned_to_means() {
        let points: Vec<Point> = (0..800).map(|idx| (f64::from(idx), f64::from(idx))).collect();
        let thinned = thinned(&points);
        assert_eq!((thinned.len(), thinned[0]), (400, (0.5, 0.5)));
    }

    #[test]
    fn smoothing_keeps_a_straight_line_and_short_ones() {
        let straight: Vec<Point> = (0..100).map(|idx| (f64::from(idx), f64::from(idx))).collect();
        for ((_, found), (_, expected)) in smoothed(&straight).iter().zip(&straight) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        assert_eq!(smoothed(&[(1.0, 5.0), (2.0, -5.0)]), [(1.0, 5.0), (2.0, -5.0)]);
        assert_eq!(smoothed(&[]), []);
    }

    /// 20 points: each with one neighbour at either side, of weights 1/2, 1, 1/2.
    #[test]
    fn a_peak_is_shared_with_its_neighbours() {
        let mut points: Vec<Point> = (0..20).map(|idx| (f64::from(idx), 0.0)).collect();
        points[10].1 = 4.0;
        let heights: Vec<f64> = smoothed(&points)[8..13].iter().map(|(_, y)| *y).collect();
        assert_eq!(heights, [0.0, 1.0, 2.0, 1.0, 0.0]);
    }
}
