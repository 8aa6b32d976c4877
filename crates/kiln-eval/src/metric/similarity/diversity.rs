//! Diversity of samples: the mean similarity of pairs (Odena, Olah and Shlens 2017, section 4.2).
//!
//! In `[0, 1]`; lower is more diverse. The number for the real pictures is the yardstick: a
//! generator that has collapsed is well above it.

use kiln_core::{Address, Stream};
use rayon::prelude::*;
use serde::Serialize;

use super::scales::{MOST_SCALES, WINDOW, scale_count, similarity};
use crate::metric::plane::Plane;
use crate::metric::sets::inside;
use crate::metric::{Estimate, Warning};
use crate::{EvalError, Pixels};

/// Mean similarity of pairs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diversity {
    /// The mean over the pairs and its standard error.
    pub estimate: Estimate,
    /// Scales used, of 5; values of different numbers of scales are not comparable.
    pub scales: usize,
    /// Reasons for doubt.
    pub warnings: Vec<Warning>,
}

/// `pairs` pairs of different pictures among `n`, each pair as likely as any other.
///
/// # Errors
///
/// When there are fewer than two pictures.
pub fn random_pairs(
    n: usize,
    pairs: usize,
    address: Address,
) -> Result<Vec<[usize; 2]>, EvalError> {
    if n < 2 {
        return Err(EvalError::TooFew { what: "a pair", samples: n, needed: 2 });
    }
    let mut stream = Stream::new(address);
    let mut pair = || {
        let first = stream.below(n as u64) as usize;
        let other = stream.below(n as u64 - 1) as usize;
        // All but the first are alike likely.
        [first, if other < first { other } else { other + 1 }]
    };
    Ok((0..pairs).map(|_| pair()).collect())
}

/// The mean multi-scale structural similarity of these pairs of pictures.
///
/// # Errors
///
/// When there is no pair, one names a picture that is not there, or the pictures are smaller than
/// 11 x 11.
pub fn diversity(pictures: &Pixels, pairs: &[[usize; 2]]) -> Result<Diversity, EvalError> {
    let [n, _, height, width] = pictures.shape();
    if pairs.is_empty() {
        return Err(EvalError::Empty);
    }
    inside(pairs.as_flattened(), n)?;
    let scales = scale_count(height, width);
    if scales == 0 {
        return Err(EvalError::Small { height, width, needed: WINDOW });
    }
    let of_pair = |pair: &[usize; 2]| {
        let [left, right] = pair.map(|idx| Plane::channels(pictures, idx));
        similarity(&left, &right, scales)
    };
    let values: Vec<f64> = pairs.par_iter().map(of_pair).collect();
    let fewer = scales < MOST_SCALES;
    let warnings =
        if fewer { vec![Warning::FewerScales { scales, of: MOST_SCALES }] } else { Vec::new() };
    Ok(Diversity { estimate: Estimate::of_points(&values), scales, warnings })
}

#[cfg(test)]
mod tests {
    use kiln_core::Purpose;

    use super::*;

    #[test]
    fn copies_are_alike_and_strangers_are_not() {
        let bytes = (0..3 * 400_u32).map(|at| if at < 800 { at % 400 * 7 } else { at * at / 3 });
        let pictures = Pixels::new([3, 1, 20, 20], bytes.map(|v| v as u8).collect()).unwrap();
        let of = |pair| diversity(&pictures, &[pair]).unwrap();
        let (same, other) = (of([0, 1]), of([0, 2]));
        assert!((same.estimate.value - 1.0).abs() < 1e-9 && other.estimate.value < 0.5);
        assert_eq!((same.scales, same.warnings.len()), (1, 1));
    }

    #[test]
    fn pairs_are_of_two_pictures_and_reach_every_one() {
        let address = Address::new(1, Purpose::Evaluation);
        let pairs = random_pairs(3, 600, address).unwrap();
        for wanted in [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]] {
            let found = pairs.iter().filter(|pair| **pair == wanted).count();
            assert!((60..150).contains(&found), "{wanted:?}: {found}");
        }
        assert!(random_pairs(1, 1, address).is_err());
    }

    #[test]
    fn pictures_smaller_than_a_window_are_refused() {
        let small = Pixels::new([2, 1, 10, 30], vec![0; 600]).unwrap();
        let refusal = EvalError::Small { height: 10, width: 30, needed: 11 };
        assert_eq!(diversity(&small, &[[0, 1]]), Err(refusal));
        assert_eq!(diversity(&small, &[[0, 2]]), Err(EvalError::Index { index: 2, samples: 2 }));
    }
}
