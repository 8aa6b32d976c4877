//! Mode coverage: how many modes of a known distribution a generator finds.
//!
//! Points: a sample is of high quality within three deviations of its nearest centre; a mode is
//! found if it is nearest to a sample of high quality (Srivastava et al. 2017, VEEGAN, section
//! 5.1). Stacks of three digits: a mode is a triple of classes as the classifier sees them, and the
//! distance is `KL(samples | data) = sum p ln(p / q)` over the 1000 triples (the same, section 5.2).

use crate::{CLASSES, EvalError, Verdicts};

/// Deviations within which a sample is of high quality.
const REACH: f32 = 3.0;

/// What was found of a mixture of Gaussians.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coverage {
    /// Centres with a sample of high quality.
    pub modes: usize,
    /// Share of the samples that are of high quality.
    pub high_quality_share: f64,
}

impl Coverage {
    /// Of points in the plane, `[n, 2]`, about `centres` of one `deviation`. A point that is not
    /// finite is of no quality.
    ///
    /// # Errors
    ///
    /// [`EvalError::Empty`] when there is no point.
    pub fn of(points: &[f32], centres: &[[f32; 2]], deviation: f32) -> Result<Self, EvalError> {
        let n = points.len() / 2;
        if n == 0 {
            return Err(EvalError::Empty);
        }
        let mut found = vec![false; centres.len()];
        let mut good = 0;
        for point in points.chunks_exact(2) {
            let distances = centres.iter().map(|[x, y]| (point[0] - x).hypot(point[1] - y));
            let nearest = distances.enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b));
            if let Some((mode, distance)) = nearest
                && distance <= REACH * deviation
            {
                found[mode] = true;
                good += 1;
            }
        }
        let modes = found.into_iter().filter(|found| *found).count();
        Ok(Self { modes, high_quality_share: f64::from(good) / n as f64 })
    }
}

/// Triples of digits.
const TRIPLES: usize = CLASSES * CLASSES * CLASSES;

/// The digits among the 60,000 training pictures of MNIST, by class.
const MNIST: [f64; CLASSES] =
    [5923.0, 6742.0, 5958.0, 6131.0, 5842.0, 5421.0, 5918.0, 6265.0, 5851.0, 5949.0];

/// What was found of stacked MNIST.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StackCoverage {
    /// Triples that occur, of 1000.
    pub modes: usize,
    /// The divergence from the data's triples, in nats: 0 for equal shares, up to about 7.
    pub kl: f64,
    /// The same from even shares, as some papers give it.
    pub kl_uniform: f64,
}

impl StackCoverage {
    /// Of verdicts on the channels of the same samples.
    ///
    /// # Errors
    ///
    /// [`EvalError::Labels`] when they are not as many.
    pub fn of(channels: &[Verdicts; 3]) -> Result<Self, EvalError> {
        let [red, green, blue] = channels;
        if let Some(other) = [green, blue].into_iter().find(|other| other.len() != red.len()) {
            return Err(EvalError::Labels { labels: other.len(), samples: red.len() });
        }
        let mut counts = vec![0_u32; TRIPLES];
        for ((a, b), c) in red.classes().zip(green.classes()).zip(blue.classes()) {
            counts[(a * CLASSES + b) * CLASSES + c] += 1;
        }
        let shares: Vec<f64> = counts.iter().map(|n| f64::from(*n) / red.len() as f64).collect();
        let total: f64 = MNIST.iter().sum();
        let class = |class: usize| MNIST[class] / total;
        let data = |triple: usize| {
            let (a, b, c) = (triple / 100, triple / 10 % CLASSES, triple % CLASSES);
            class(a) * class(b) * class(c)
        };
        Ok(Self {
            modes: counts.iter().filter(|n| **n > 0).count(),
            kl: divergence(&shares, data),
            kl_uniform: divergence(&shares, |_| 1.0 / TRIPLES as f64),
        })
    }
}

/// `sum p ln(p / q)`, in which what does not occur counts nothing.
fn divergence(shares: &[f64], reference: impl Fn(usize) -> f64) -> f64 {
    let terms = shares.iter().enumerate().filter(|(_, p)| **p > 0.0);
    terms.map(|(idx, p)| p * (p / reference(idx)).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CENTRES: [[f32; 2]; 2] = [[0.0, 0.0], [10.0, 0.0]];

    #[test]
    fn a_sample_within_three_deviations_finds_its_mode() {
        let found = |points: &[f32]| Coverage::of(points, &CENTRES, 1.0).unwrap();
        assert_eq!(found(&[2.9, 0.0]), Coverage { modes: 1, high_quality_share: 1.0 });
        assert_eq!(found(&[0.0, 3.1]), Coverage { modes: 0, high_quality_share: 0.0 });
        let mixed = found(&[0.0, 0.0, 0.5, 0.5, 10.0, 1.0, 5.0, 0.0]);
        assert_eq!(mixed, Coverage { modes: 2, high_quality_share: 0.75 });
        assert_eq!(found(&[f32::NAN, 0.0, 0.0, 0.0]).high_quality_share, 0.5);
        assert_eq!(Coverage::of(&[], &CENTRES, 1.0), Err(EvalError::Empty));
    }

    /// Verdicts that are sure of these classes.
    fn sure(classes: &[usize]) -> Verdicts {
        let row = |class: &usize| {
            let mut row = vec![0.0; CLASSES];
            row[*class] = 1.0;
            row
        };
        Verdicts::new(classes.iter().map(row).collect()).unwrap()
    }

    #[test]
    fn every_triple_once_is_a_thousand_modes_near_the_data() {
        let all: Vec<usize> = (0..TRIPLES).collect();
        let digits = |divisor: usize| -> Vec<usize> {
            all.iter().map(|triple| triple / divisor % CLASSES).collect()
        };
        let channels = [100, 10, 1].map(|divisor| sure(&digits(divisor)));
        let found = StackCoverage::of(&channels).unwrap();
        assert_eq!((found.modes, found.kl_uniform.abs() < 1e-9), (1000, true));
        // Three times KL(uniform | classes), by hand: 3 x 0.00138 nats.
        assert!((found.kl - 0.0043).abs() < 5e-4, "{}", found.kl);
    }

    #[test]
    fn one_triple_is_one_mode_far_from_the_data() {
        let channels = [sure(&[1, 1]), sure(&[1, 1]), sure(&[1, 1])];
        let found = StackCoverage::of(&channels).unwrap();
        assert_eq!(found.modes, 1);
        // -3 ln(0.11237), and ln 1000.
        assert!((found.kl - 6.558).abs() < 1e-3, "{}", found.kl);
        assert!((found.kl_uniform - 6.908).abs() < 1e-3, "{}", found.kl_uniform);
        let uneven = [sure(&[1, 1]), sure(&[1]), sure(&[1, 1])];
        assert!(StackCoverage::of(&uneven).is_err());
    }
}
