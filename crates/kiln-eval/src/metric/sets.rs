//! The two sets that are compared, and explicit choices among their rows.

use kiln_core::{Address, Stream, permutation};

use crate::{EvalError, Features};

/// Features of real pictures and of samples, by the same extractor.
#[derive(Debug, Clone, Copy)]
pub struct Sets<'a> {
    /// Of real pictures.
    pub real: &'a Features,
    /// Of samples.
    pub fake: &'a Features,
}

impl Sets<'_> {
    /// That both are of one width, and each has at least `needed` rows for `what`.
    pub(super) fn check(&self, what: &'static str, needed: usize) -> Result<(), EvalError> {
        if self.real.width() != self.fake.width() {
            return Err(EvalError::Widths { left: self.real.width(), right: self.fake.width() });
        }
        enough(self.real, what, needed)?;
        enough(self.fake, what, needed)
    }

    /// Rows in the smaller set.
    pub(super) fn smaller(&self) -> usize {
        self.real.len().min(self.fake.len())
    }
}

/// That there are at least `needed` rows, for `what`.
pub(super) fn enough(
    features: &Features,
    what: &'static str,
    needed: usize,
) -> Result<(), EvalError> {
    match features.len() {
        0 => Err(EvalError::Empty),
        samples if samples < needed => Err(EvalError::TooFew { what, samples, needed }),
        _ => Ok(()),
    }
}

/// That every index is one of a row.
pub(super) fn inside(indices: &[usize], samples: usize) -> Result<(), EvalError> {
    match indices.iter().find(|index| **index >= samples) {
        Some(index) => Err(EvalError::Index { index: *index, samples }),
        None => Ok(()),
    }
}

/// The numbers `0..n` in an order of its own at each address, uniform over all orders.
pub fn shuffled(n: usize, address: Address) -> Vec<usize> {
    permutation(n, &mut Stream::new(address)).into_iter().map(|index| index as usize).collect()
}

/// `k` different numbers of `0..n`, all sets of them alike likely; all of them where `k` is more.
pub fn chosen(n: usize, k: usize, address: Address) -> Vec<usize> {
    let mut order = shuffled(n, address);
    order.truncate(k);
    order
}

#[cfg(test)]
mod tests {
    use kiln_core::Purpose;

    use super::*;

    #[test]
    fn a_choice_has_every_number_once_and_depends_on_its_address_alone() {
        let address = Address::new(1, Purpose::Evaluation);
        let mut few = chosen(10, 4, address);
        assert_eq!(few, chosen(10, 4, address));
        assert_ne!(few, chosen(10, 4, address.lane(1)));
        few.sort_unstable();
        few.dedup();
        assert_eq!((few.len(), chosen(3, 4, address).len()), (4, 3));
    }

    #[test]
    fn an_index_beyond_the_last_row_is_named() {
        assert_eq!(inside(&[0, 4, 9], 4), Err(EvalError::Index { index: 4, samples: 4 }));
        assert_eq!(inside(&[0, 3], 4), Ok(()));
    }

    #[test]
    fn sets_of_two_extractors_are_refused() {
        let (two, three) = (Features::none(2).unwrap(), Features::none(3).unwrap());
        let refusal = Sets { real: &two, fake: &three }.check("nothing", 0);
        assert_eq!(refusal, Err(EvalError::Widths { left: 2, right: 3 }));
        assert_eq!(Sets { real: &two, fake: &two }.check("nothing", 0), Err(EvalError::Empty));
    }
}
