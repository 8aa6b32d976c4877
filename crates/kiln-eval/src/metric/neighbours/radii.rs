//! How far the `k`-th nearest neighbour of each point is in its own set.

use super::distances::{Near, fold};
use crate::metric::sets::enough;
use crate::{EvalError, Features};

/// For each row the squared distance of its `k`-th nearest other row.
pub(super) fn squared_radii(
    features: &Features,
    what: &'static str,
    k: usize,
) -> Result<Vec<f64>, EvalError> {
    if k == 0 {
        return Err(EvalError::Setting { name: "the neighbour", must: "be at least the first" });
    }
    enough(features, what, k.saturating_add(1))?;
    let own = |idx: usize| Nearest { own: idx, k, squared: Vec::with_capacity(k + 1) };
    let nearest = fold(features, features, own, Nearest::meet);
    Ok(nearest.iter().map(|nearest| nearest.squared[k - 1]).collect())
}

/// The `k` least squared distances met so far, in their order.
struct Nearest {
    own: usize,
    k: usize,
    squared: Vec<f64>,
}

impl Nearest {
    fn meet(&mut self, near: Near) {
        let full = self.squared.len() == self.k;
        if near.idx == self.own || (full && near.squared >= self.squared[self.k - 1]) {
            return;
        }
        let at = self.squared.partition_point(|squared| *squared <= near.squared);
        self.squared.insert(at, near.squared);
        self.squared.truncate(self.k);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_on_a_line_have_the_radii_done_by_hand() {
        let line = Features::new(1, vec![0.0, 1.0, 3.0, 7.0]).unwrap();
        let radii = |k| squared_radii(&line, "this", k).unwrap();
        assert_eq!(radii(1), [1.0, 1.0, 4.0, 16.0]);
        assert_eq!(radii(2), [9.0, 4.0, 9.0, 36.0]);
        assert_eq!(radii(3), [49.0, 36.0, 16.0, 49.0]);
    }

    #[test]
    fn a_neighbour_that_is_not_there_is_refused() {
        let line = Features::new(1, vec![0.0, 1.0, 3.0]).unwrap();
        let refusal = EvalError::TooFew { what: "this", samples: 3, needed: 4 };
        assert_eq!(squared_radii(&line, "this", 3), Err(refusal));
        assert!(squared_radii(&line, "this", 0).is_err());
    }
}
