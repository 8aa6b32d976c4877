//! What a classifier said about a set of samples, on the host, and statistics of it.

use crate::{Accuracy, EvalError};

/// Classes of digits.
pub const CLASSES: usize = 10;

/// The probability from which on the classifier counts as sure of a sample.
pub const CONFIDENT: f64 = 0.9;

/// The probability of each class for each of some samples: at least one, each a distribution over as many
/// classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdicts {
    rows: Vec<Vec<f32>>,
}

impl Verdicts {
    /// From rows of probabilities.
    ///
    /// # Errors
    ///
    /// When there is no row, or one holds a number outside `[0, 1]`, does not sum to one, or is of another
    /// length than the first.
    pub fn new(rows: Vec<Vec<f32>>) -> Result<Self, EvalError> {
        let classes = rows.first().ok_or(EvalError::Empty)?.len();
        match rows.iter().position(|row| row.len() != classes || !is_distribution(row)) {
            Some(sample) => Err(EvalError::NotADistribution { sample }),
            None => Ok(Self { rows }),
        }
    }

    /// How many samples were judged: at least one.
    #[expect(clippy::len_without_is_empty, reason = "there is always a verdict")]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many classes there are: at least one.
    pub fn n_classes(&self) -> usize {
        self.rows[0].len()
    }

    /// The probabilities, a row a sample.
    pub fn rows(&self) -> &[Vec<f32>] {
        &self.rows
    }

    /// The most probable class of each sample; of equal ones the first.
    pub fn classes(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().map(|row| top(row).0)
    }

    /// Share of the samples whose most probable class has at least this probability.
    pub fn confident_share(&self, threshold: f64) -> f64 {
        self.sure(threshold).count() as f64 / self.n()
    }

    /// Share of the samples in each class, sure or not; they sum to one.
    pub fn class_shares(&self) -> Vec<f64> {
        let mut counts = vec![0_u32; self.n_classes()];
        self.classes().for_each(|class| counts[class] += 1);
        counts.into_iter().map(|count| f64::from(count) / self.n()).collect()
    }

    /// The least of the [class shares](Self::class_shares): at most one through the classes.
    pub fn smallest_share(&self) -> f64 {
        self.class_shares().into_iter().fold(1.0, f64::min)
    }

    /// How many classes have a sample of at least this probability. With a threshold of zero it is
    /// the mode count of the literature (Metz et al. 2017, section 3.3.1).
    pub fn mode_count(&self, threshold: f64) -> usize {
        let mut found = vec![false; self.n_classes()];
        self.sure(threshold).for_each(|class| found[class] = true);
        found.into_iter().filter(|found| *found).count()
    }

    /// Entropy of the [class shares](Self::class_shares), in nats: 0 when all samples are of one
    /// class, ln 10 = 2.303 when ten classes are alike frequent.
    pub fn class_entropy(&self) -> f64 {
        // That of one class adds up to -0.0.
        entropy(self.class_shares().into_iter()) + 0.0
    }

    /// Mean entropy of a verdict, in nats: 0 when the classifier is certain of every sample.
    pub fn doubt(&self) -> f64 {
        let sum: f64 =
            self.rows.iter().map(|row| entropy(row.iter().copied().map(f64::from))).sum();
        // Entropies of certain verdicts add up to -0.0.
        sum / self.n() + 0.0
    }

    /// `exp(H(mean verdict) - mean H(verdict))`, from 1 to the number of classes, for samples that are
    /// certain and evenly spread. The formula of the Inception score (Salimans et al. 2016, section 4) with
    /// this classifier, as customary for MNIST; never comparable with one by Inception.
    pub fn score(&self) -> f64 {
        let mut mean = vec![0.0; self.n_classes()];
        for row in &self.rows {
            for (mean, p) in mean.iter_mut().zip(row) {
                *mean += f64::from(*p) / self.n();
            }
        }
        (entropy(mean.into_iter()) - self.doubt()).exp()
    }

    /// How many samples were put into their class.
    ///
    /// # Errors
    ///
    /// When there is not one label for each sample.
    pub fn accuracy(&self, labels: &[u32]) -> Result<Accuracy, EvalError> {
        let (samples, labels) = (self.classes(), labels);
        if labels.len() != self.len() {
            let (labels, samples) = (labels.len(), self.len());
            return Err(EvalError::Labels { labels, samples });
        }
        let right = samples.zip(labels).filter(|(class, label)| *class == **label as usize).count();
        let of = self.len();
        Ok(Accuracy { right, of })
    }

    /// Classes of the samples that the classifier is sure of.
    fn sure(&self, threshold: f64) -> impl Iterator<Item = usize> {
        self.rows
            .iter()
            .map(|row| top(row))
            .filter(move |(_, p)| f64::from(*p) >= threshold)
            .map(|(class, _)| class)
    }

    fn n(&self) -> f64 {
        self.rows.len() as f64
    }
}

/// How far the sum of a row may be from one: the rounding of its `f32`, generously.
const ROUNDING: f64 = 1e-4;

fn is_distribution(row: &[f32]) -> bool {
    let sum: f64 = row.iter().map(|p| f64::from(*p)).sum();
    row.iter().all(|p| (0.0..=1.0 + ROUNDING).contains(&f64::from(*p)))
        && (sum - 1.0).abs() <= ROUNDING
}

/// The most probable class, of equal ones the first, and its probability.
fn top(row: &[f32]) -> (usize, f32) {
    row.iter().copied().enumerate().fold(
        (0, f32::MIN),
        |best, next| {
            if next.1 > best.1 { next } else { best }
        },
    )
}

/// `-sum p ln p`, in nats.
fn entropy(distribution: impl Iterator<Item = f64>) -> f64 {
    -distribution.filter(|p| *p > 0.0).map(|p| p * p.ln()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sample that is put into `class` with probability `p`, and into the next with the rest.
    fn row(class: usize, p: f32) -> Vec<f32> {
        let mut row = vec![0.0; CLASSES];
        row[class] = p;
        row[(class + 1) % CLASSES] = 1.0 - p;
        row
    }

    fn verdicts(rows: &[(usize, f32)]) -> Verdicts {
        Verdicts::new(rows.iter().map(|(class, p)| row(*class, *p)).collect()).unwrap()
    }

    fn close(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-6, "{value} is not {expected}");
    }

    #[test]
    fn a_sample_at_the_threshold_counts_as_sure() {
        let verdicts = verdicts(&[(0, 1.0), (1, 0.75), (2, 0.5), (3, 0.625)]);
        close(verdicts.confident_share(0.75), 0.5);
        close(verdicts.confident_share(0.8), 0.25);
        close(verdicts.confident_share(0.0), 1.0);
    }

    #[test]
    fn shares_count_every_sample_once_sure_or_not() {
        let verdicts = verdicts(&[(7, 1.0), (7, 0.625), (7, 0.5), (2, 0.75)]);
        let shares = verdicts.class_shares();
        close(shares[7], 0.75);
        close(shares[2], 0.25);
        close(shares.iter().sum(), 1.0);
        close(verdicts.smallest_share(), 0.0);
    }

    #[test]
    fn the_smallest_share_is_that_of_the_rarest_class() {
        let twice_nine: Vec<_> = (0..CLASSES).chain([9]).map(|class| (class, 1.0)).collect();
        close(verdicts(&twice_nine).smallest_share(), 1.0 / 11.0);
    }

    #[test]
    fn a_mode_counts_when_one_sample_is_sure_of_it() {
        let verdicts = verdicts(&[(0, 1.0), (0, 1.0), (1, 0.95), (2, 0.75)]);
        assert_eq!(verdicts.mode_count(CONFIDENT), 2);
        assert_eq!(verdicts.mode_count(0.0), 3);
    }

    #[test]
    fn certain_and_even_samples_score_ten() {
        let every: Vec<_> = (0..CLASSES).map(|class| (class, 1.0)).collect();
        let every = verdicts(&every);
        close(every.score(), 10.0);
        close(every.doubt(), 0.0);
        close(every.class_entropy(), 10_f64.ln());
    }

    #[test]
    fn samples_of_one_class_score_one() {
        let same = verdicts(&[(4, 1.0), (4, 1.0)]);
        close(same.score(), 1.0);
        close(same.class_entropy(), 0.0);
    }

    #[test]
    fn doubt_between_two_classes_is_ln_2() {
        let torn = verdicts(&[(0, 0.5)]);
        close(torn.doubt(), 2_f64.ln());
        // The mean verdict is the verdict: nothing is told apart.
        close(torn.score(), 1.0);
    }

    #[test]
    fn accuracy_counts_equal_labels() {
        let verdicts = verdicts(&[(3, 1.0), (1, 1.0), (2, 1.0)]);
        let accuracy = verdicts.accuracy(&[3, 1, 7]).unwrap();
        assert_eq!((accuracy.right, accuracy.of), (2, 3));
        close(accuracy.share(), 2.0 / 3.0);
        let refusal = verdicts.accuracy(&[3]).unwrap_err();
        let (labels, samples) = (1, 3);
        assert_eq!(refusal, EvalError::Labels { labels, samples });
    }

    #[test]
    fn what_is_no_distribution_is_named() {
        let good = row(0, 1.0);
        let refuse = |bad: &[f32]| Verdicts::new(vec![good.clone(), bad.to_vec()]).unwrap_err();
        let expected = EvalError::NotADistribution { sample: 1 };
        assert_eq!(refuse(&[f32::NAN; CLASSES]), expected);
        assert_eq!(refuse(&[0.2; CLASSES]), expected);
        assert_eq!(refuse(&[1.5, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), expected);
        assert_eq!(refuse(&[0.5, 0.5]), expected);
        assert_eq!(Verdicts::new(vec![]).unwrap_err(), EvalError::Empty);
    }
}
