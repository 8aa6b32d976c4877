//! Penalties by central differences: for a critic that has no tangents.
//!
//! The surrogate's gradient needs the derivative of the critic along `v`
//! ([`penalty`](super), step 3), and with a small move `u_i` along `v_i`
//!
//! `<g_i, v_i> ~ |v_i| / |u_i| (D(x_i + u_i) - D(x_i - u_i)) / 2`.

use burn::tensor::Tensor;
use kiln_ops::Dual;

use super::exact::{column, constant, direction, input_gradient, squares};
use super::{Penalty, Phi};

/// The penalty `phi` of `critic` at `points` (`[batch, ...]`, constants), for any critic that
/// returns one logit a point. Give [`gradient_penalty`](super::gradient_penalty) one with tangents.
///
/// `step` is how far an element of a point moves, as a root mean square; 0.01 suits pixels in
/// `[-1, 1]` and critics in `f32`.
///
/// Costs a forward and backward pass on the points and one on twice as many: three plain passes of
/// the critic. The [`value`](Penalty::value) is exact; the gradient is wrong
///
/// - by the square of the step where the critic is smooth, and by the whole change of slope for each
///   kink (of a ReLU, of a max pooling) between `x - u` and `x + u`: the smaller the step, the fewer;
/// - by rounding: the logits differ in their last digits, so the error is about their precision over
///   the step (1e-7 / 0.01 in `f32`), times `sqrt(elements)` less for a point with many;
/// - altogether, where the logit of a sample depends on the others of its batch (batch norm by batch
///   statistics, minibatch deviation): every sample moves by a distance of its own.
pub fn penalty_by_differences<const D: usize>(
    points: Tensor<D>,
    phi: Phi,
    step: f64,
    critic: impl Fn(Tensor<D>) -> Tensor<2>,
) -> Penalty {
    let gradient = input_gradient(points.clone(), |x: Dual<D>| critic(x.value).into());
    let value = phi.value(squares(&gradient)).mean();
    let direction = constant(direction(gradient, phi));

    let points = constant(points);
    let [batch, elements] = [points.dims()[0], points.dims()[1..].iter().product()];
    let length = squares(&direction).sqrt(); // [batch, 1]
    let distance = step * (elements as f64).sqrt();
    let shrink = (length / distance).clamp_min(TINY); // |v| / |u|
    let there = direction / column(shrink.clone());
    let logits = |x: Tensor<D>| critic(x).reshape([batch, 1]);
    let apart = logits(points.clone() + there.clone()) - logits(points - there);
    Penalty { value, surrogate: (apart * shrink * 0.5).sum() }
}

/// Keeps a point without a slope where it is.
const TINY: f32 = 1e-24;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::penalty::gradient_penalty;
    use burn::tensor::{Device, TensorData};
    use kiln_core::{Address, Purpose, Stream};

    fn normals<const D: usize>(lane: u64, shape: [usize; D]) -> Tensor<D> {
        let address = Address::new(6, Purpose::Data).lane(lane);
        let values = Stream::new(address).normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), &Device::flex().autodiff())
    }

    fn greatest(x: Tensor<2>) -> f32 {
        x.abs().max().into_scalar()
    }

    /// The greatest error of the gradient of the first weight, as a share of the greatest gradient.
    fn error(phi: Phi, step: f64, critic: impl Fn(Dual<2>, Tensor<2>) -> Dual<2>) -> f32 {
        let points = normals(1, [6, 4]);
        let weight: Tensor<2> = normals(2, [4, 3]).require_grad();
        let exact = gradient_penalty(points.clone(), phi, |x| critic(x, weight.clone()));
        let near =
            penalty_by_differences(points, phi, step, |x| critic(x.into(), weight.clone()).value);
        near.value.into_data().assert_eq(&exact.value.into_data(), true);
        let gradient = |surrogate: Tensor<1>| weight.grad(&surrogate.backward()).unwrap();
        let exact = gradient(exact.surrogate);
        greatest(gradient(near.surrogate) - exact.clone()) / greatest(exact)
    }

    fn smooth(x: Dual<2>, weight: Tensor<2>) -> Dual<2> {
        x.linear(weight, None).tanh().linear(normals(4, [3, 1]), None)
    }

    #[test]
    fn a_smooth_critic_has_the_exact_gradient_to_the_square_of_the_step() {
        for phi in Phi::ALL {
            let [near, far] = [0.01, 0.1].map(|step| error(phi, step, smooth));
            assert!(near < 1e-3, "{phi:?}: {near}");
            assert!(far > 20.0 * near, "{phi:?}: {far} and {near}");
        }
    }

    #[test]
    fn a_step_too_small_drowns_in_rounding() {
        let [good, tiny] = [0.01, 1e-6].map(|step| error(Phi::UnitNorm, step, smooth));
        assert!(tiny > 10.0 * good, "{tiny} and {good}");
    }

    #[test]
    fn between_its_kinks_a_critic_of_pieces_has_the_exact_gradient() {
        let pieces = |x: Dual<2>, weight| {
            x.linear(weight, None).leaky_relu(0.2).linear(normals(4, [3, 1]), None)
        };
        assert!(error(Phi::Square, 1e-3, pieces) < 1e-3);
    }

    #[test]
    fn a_point_without_a_slope_gives_no_nan() {
        let on = Device::flex().autodiff();
        let weight = Tensor::<2>::zeros([2, 1], &on).require_grad();
        let points = Tensor::<2>::ones([3, 2], &on);
        let critic = |x: Tensor<2>| x.matmul(weight.clone());
        let penalty = penalty_by_differences(points, Phi::UnitNorm, 0.01, critic);
        assert_eq!(penalty.value.into_scalar::<f32>(), 1.0);
        let gradient = weight.grad(&penalty.surrogate.backward()).unwrap();
        assert_eq!(greatest(gradient), 0.0);
    }
}
