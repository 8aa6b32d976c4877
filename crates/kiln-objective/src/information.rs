//! The lower bound of the mutual information between codes and samples (Chen et al. 2016, InfoGAN,
//! equation 5), but for the constant entropy of the codes and for its sign: what is made small.
//!
//! A category with the logits `x` and the one-hot code `c`: `-sum_k c_k ln softmax(x)_k`. A number `c`
//! that is taken for `x`: `(x - c)^2 / 2`, a normal distribution of variance one but for its constant,
//! as in the authors' code for MNIST.

use burn::tensor::Tensor;

use crate::Recognition;

/// What was made of samples and what they were asked to be, each `[batch, codes]`: the categories'
/// places, then the numbers.
#[derive(Debug, Clone)]
pub struct Information<'a> {
    /// Logits of the categories' values, then the numbers.
    pub said: Tensor<2>,
    /// One-hot categories, then the numbers.
    pub codes: Tensor<2>,
    /// How many values each category has.
    pub categories: &'a [usize],
}

impl Information<'_> {
    /// The sum over the categories of the mean cross-entropy, `[1]`; none without categories.
    pub fn of_categories(&self) -> Option<Tensor<1>> {
        let mut start = 0;
        let losses = self.categories.iter().map(|values| {
            let block = |x: &Tensor<2>| x.clone().narrow(1, start, *values);
            let loss = Recognition { said: block(&self.said), class: block(&self.codes) }.loss();
            start += values;
            loss
        });
        losses.reduce(|sum, loss| sum + loss)
    }

    /// The sum over the numbers of half the mean squared error, `[1]`; none without numbers.
    pub fn of_numbers(&self) -> Option<Tensor<1>> {
        let start: usize = self.categories.iter().sum();
        let [batch, width] = self.said.dims();
        let numbers = |x: &Tensor<2>| x.clone().narrow(1, start, width - start);
        (width > start).then(|| {
            let error = numbers(&self.said) - numbers(&self.codes);
            error.square().sum() / (2 * batch) as f64
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn categories_are_entropies_and_numbers_half_squares() {
        let device = Device::flex();
        let said = [[40.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0, -1.0]];
        let codes = [[1.0, 0.0, 0.0, 1.0, 0.5], [0.0, 1.0, 1.0, 0.0, 0.0]];
        let of = |categories: &[usize]| {
            let (said, codes) =
                (Tensor::from_floats(said, &device), Tensor::from_floats(codes, &device));
            let information = Information { said, codes, categories };
            let host = |loss: Option<Tensor<1>>| loss.map(|loss| loss.into_scalar::<f32>());
            (host(information.of_categories()), host(information.of_numbers()))
        };
        // Of two samples: 0 and ln 2, ln 2 and ln 2; (1/2)^2 and 1^2.
        let (categories, numbers) = of(&[2, 2]);
        assert!((categories.unwrap() - 1.5 * 2f32.ln()).abs() < 1e-6, "{categories:?}");
        assert_eq!(numbers, Some((0.25 + 1.0) / 4.0));
        assert!(of(&[]).0.is_none() && of(&[2, 3]).1.is_none());
    }
}
