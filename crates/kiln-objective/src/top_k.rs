//! Top-k training (Sinha et al. 2020): the generator learns from the fakes that the critic likes
//! best, since the gradient of the others points away from the data.

use burn::tensor::Tensor;

/// The `k` highest of the logits of fakes, `[batch, 1]` to `[k, 1]`, the highest first; all of
/// them, as they are, where `k` is the batch or more. Gradients go to the chosen ones alone.
pub fn top_k(fake: Tensor<2>, k: usize) -> Tensor<2> {
    let [n, _] = fake.dims();
    if k >= n {
        return fake;
    }
    let order = fake.clone().detach().argsort_descending(0).narrow(0, 0, k); // [k, 1]
    fake.gather(0, order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn logits() -> Tensor<2> {
        let on = Device::flex().autodiff();
        Tensor::<2>::from_floats([[0.5], [3.0], [-1.0], [2.0]], &on).require_grad()
    }

    #[test]
    fn the_highest_are_kept_and_the_others_learn_nothing() {
        let fake = logits();
        let kept = top_k(fake.clone(), 2);
        kept.clone().into_data().assert_eq(&TensorData::from([[3.0f32], [2.0]]), false);
        let gradient = fake.grad(&kept.sum().backward()).unwrap().into_data();
        gradient.assert_eq(&TensorData::from([[0.0f32], [1.0], [0.0], [1.0]]), false);
    }

    #[test]
    fn a_whole_batch_stays_as_it_is() {
        for k in [4, 9] {
            let expected = logits().into_data();
            top_k(logits(), k).into_data().assert_eq(&expected, true);
        }
    }
}
