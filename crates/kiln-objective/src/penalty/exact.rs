//! The penalty and its gradient: the four steps that the module's page describes.

use burn::tensor::Tensor;
use kiln_ops::Dual;

use super::Phi;

/// A gradient penalty.
#[derive(Debug, Clone)]
pub struct Penalty {
    /// The penalty itself, `[1]`, without autodiff: for meters.
    pub value: Tensor<1>,
    /// `[1]`; its gradient is the penalty's, its value is not. Multiply it by the weight of the
    /// penalty and add it to the loss.
    pub surrogate: Tensor<1>,
}

/// The penalty `phi` of `critic` at `points` (`[batch, ...]`, constants), for a critic that returns
/// one logit a point.
pub fn gradient_penalty<const D: usize>(
    points: Tensor<D>,
    phi: Phi,
    critic: impl Fn(Dual<D>) -> Dual<2>,
) -> Penalty {
    let gradient = input_gradient(points.clone(), &critic);
    penalty_along(points, gradient, phi, critic)
}

/// The gradient of the critic's sum of logits with respect to its input, a constant.
///
/// Give a critic without gradients (`no_grad()`) where one is at hand, and its weights' gradients
/// are not even computed.
pub fn input_gradient<const D: usize>(
    points: Tensor<D>,
    critic: impl Fn(Dual<D>) -> Dual<2>,
) -> Tensor<D> {
    let points = constant(points).require_grad();
    let logits = critic(Dual::from(points.clone())).value;
    let gradient = points.grad(&logits.sum().backward());
    // A critic that ignores its input has no gradient there.
    gradient.unwrap_or_else(|| points.without_autodiff().zeros_like())
}

/// The penalty at `points`, given the critic's [`input_gradient`] there: the second half of
/// [`gradient_penalty`], for callers with a frozen copy for the first.
pub fn penalty_along<const D: usize>(
    points: Tensor<D>,
    gradient: Tensor<D>,
    phi: Phi,
    critic: impl Fn(Dual<D>) -> Dual<2>,
) -> Penalty {
    let value = phi.value(squares(&gradient)).mean();
    let direction = direction(gradient, phi);
    let along = Dual::along(constant(points), constant(direction));
    let surrogate = match critic(along).tangent {
        Some(tangent) => tangent.sum(),
        None => constant(value.zeros_like()),
    };
    Penalty { value, surrogate }
}

/// Points between real and fake samples, as WGAN-GP takes them: `t real + (1 - t) fake`, with `t`
/// of shape `[batch, 1, ...]`, one number a sample, uniform in `[0, 1)`.
pub fn interpolate<const D: usize>(real: Tensor<D>, fake: Tensor<D>, t: Tensor<D>) -> Tensor<D> {
    let (real, fake) = (constant(real), constant(fake));
    fake.clone() + (real - fake) * t
}

/// What the points move along, `v_i = phi'(|g_i|) g_i / (|g_i| n)`.
pub(super) fn direction<const D: usize>(gradient: Tensor<D>, phi: Phi) -> Tensor<D> {
    let batch = gradient.dims()[0];
    let pull: Tensor<D> = column(phi.pull(squares(&gradient)));
    gradient * pull / batch as f32
}

/// The squared norm of each sample, `[batch, 1]`.
pub(super) fn squares<const D: usize>(x: &Tensor<D>) -> Tensor<2> {
    x.clone().reshape([x.dims()[0] as i64, -1]).square().sum_dim(1)
}

/// `[batch, 1]` to `[batch, 1, 1, ...]`.
pub(super) fn column<const D: usize>(x: Tensor<2>) -> Tensor<D> {
    let mut shape = [1; D];
    shape[0] = x.dims()[0];
    x.reshape(shape)
}

/// The same numbers on the autodiff device, cut off from any graph. (`detach` would leave a leaf
/// that asks for its gradient a leaf.)
pub(super) fn constant<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_inner(x.without_autodiff())
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use kiln_core::{Address, Purpose, Stream};
    use kiln_ops::Normalization;

    fn normals<const D: usize>(lane: u64, shape: [usize; D]) -> Tensor<D> {
        let address = Address::new(5, Purpose::Data).lane(lane);
        let values = Stream::new(address).normals(shape.iter().product());
        let on = Device::flex().autodiff();
        Tensor::from_data(TensorData::new(values, shape), &on)
    }

    fn scalar(x: &Tensor<1>) -> f64 {
        f64::from(x.clone().into_scalar::<f32>())
    }

    /// The slope of the penalty along a direction of the weight: by the surrogate, and by central
    /// differences of the penalty's value.
    fn check(phi: Phi, critic: impl Fn(Dual<2>, Tensor<2>) -> Dual<2>) {
        let points = normals(1, [6, 4]);
        let weight: Tensor<2> = normals(2, [4, 3]);
        let direction: Tensor<2> = normals(3, [4, 3]);
        let at = |weight: Tensor<2>| {
            let weight = weight.require_grad();
            let penalty = gradient_penalty(points.clone(), phi, |x| critic(x, weight.clone()));
            (penalty, weight)
        };
        let (penalty, leaf) = at(weight.clone());
        let gradient = leaf.grad(&penalty.surrogate.backward()).unwrap();
        let exact = scalar(&(gradient * direction.clone().without_autodiff()).sum());

        // Measured here: from 2e-3 down the differences agree to 2e-3, under 3e-4 rounding shows.
        let step = 1e-3;
        let beside = |sign: f64| {
            let moved = weight.clone() + direction.clone() * (sign * step);
            scalar(&at(moved.detach()).0.value)
        };
        let numeric = (beside(1.0) - beside(-1.0)) / (2.0 * step);
        let error = (exact - numeric).abs();
        assert!(numeric.abs() > 1e-2, "nothing to compare");
        assert!(error < 0.01 * numeric.abs(), "{phi:?}: {exact}, not {numeric}");
    }

    fn check_both(critic: impl Fn(Dual<2>, Tensor<2>) -> Dual<2>) {
        check(Phi::UnitNorm, &critic);
        check(Phi::Square, &critic);
    }

    fn last() -> Tensor<2> {
        normals(4, [3, 1])
    }

    #[test]
    fn smooth_critics_agree_with_central_differences() {
        check_both(|x, weight| x.linear(weight, None).tanh().linear(last(), None));
        check_both(|x, weight| x.linear(weight, None).sigmoid().linear(last(), None));
        check_both(|x, weight| x.linear(weight, None).softplus().linear(last(), None));
    }

    #[test]
    fn a_steep_critic_agrees_for_the_penalties_of_steep_slopes() {
        let steep = |x: Dual<2>, weight| x.linear(weight, None).tanh().linear(last() * 4.0, None);
        check(Phi::AtMostUnitNorm, steep);
        check(Phi::SixthPower, steep);
    }

    #[test]
    fn a_critic_with_batch_norm_agrees_with_central_differences() {
        let how = |slope: f64| Normalization {
            gain: normals(6, [3]),
            shift: normals(7, [3]),
            epsilon: 1e-2,
            slope,
        };
        check_both(|x, weight| {
            let (x, _) = x.linear(weight, None).normalize_by_batch(how(1.0));
            x.tanh().linear(last(), None)
        });
        let variance = normals(9, [3]).square() + 0.5;
        let moments = Tensor::stack::<2>(vec![normals(8, [3]), variance], 0);
        check_both(|x, weight| {
            let x = x.linear(weight, None).normalize_by(moments.clone(), how(1.0));
            x.tanh().linear(last(), None)
        });
    }

    #[test]
    fn a_critic_with_dropout_and_kinks_agrees_with_central_differences() {
        let mask = normals(8, [6, 3]).greater_elem(0.0).float() * 2.0;
        check_both(|x, weight| {
            let x = x.linear(weight, None).masked(mask.clone()).tanh();
            x.leaky_relu(0.2).linear(last(), None)
        });
    }

    #[test]
    fn a_linear_critic_has_the_penalty_of_its_weight() {
        // D(x) = <w, x>, |w| = 5: the gradient is phi'(5) w / 5, 2 (5 - 1) w / 5 or 2 w or 6 5^4 w.
        let on = Device::flex().autodiff();
        let cases = [
            (Phi::UnitNorm, 16.0, 1.6),
            (Phi::AtMostUnitNorm, 16.0, 1.6),
            (Phi::Square, 25.0, 2.0),
            (Phi::SixthPower, 15625.0, 3750.0),
        ];
        for (phi, value, factor) in cases {
            let weight = Tensor::<2>::from_floats([[3.0], [4.0]], &on).require_grad();
            let points = Tensor::<2>::ones([7, 2], &on);
            let penalty = gradient_penalty(points, phi, |x| x.linear(weight.clone(), None));
            assert!((scalar(&penalty.value) - value).abs() < 1e-6 * value);
            let gradient = weight.grad(&penalty.surrogate.backward()).unwrap();
            let error = gradient - weight.clone().without_autodiff() * factor;
            assert!(scalar(&error.abs().max()) < 4e-6 * factor);
        }
    }

    #[test]
    fn the_one_sided_penalty_leaves_gentle_slopes_alone() {
        // The gradient at x of sum x^3 / 3 is x^2: norms 1/4, free, and 4, which costs 9.
        let on = Device::flex().autodiff();
        let weight = Tensor::<2>::from_floats([[1.0]], &on).require_grad();
        let points = Tensor::<2>::from_floats([[0.5], [2.0]], &on);
        let third = |x: Dual<2>| {
            let cube = |v: Tensor<2>| v.clone() * v.clone() * v / 3.0;
            x.elementwise(cube, |x, _| x.clone() * x)
        };
        let penalty = gradient_penalty(points, Phi::AtMostUnitNorm, |x| {
            third(x).linear(weight.clone(), None)
        });
        assert!((scalar(&penalty.value) - 4.5).abs() < 1e-5);
        // Of the second row alone: 2 (4 w - 1) 4 / 2 at w = 1.
        let gradient = weight.grad(&penalty.surrogate.backward()).unwrap();
        assert!((scalar(&gradient.sum()) - 12.0).abs() < 1e-4);
    }

    #[test]
    fn a_vanishing_gradient_gives_a_penalty_and_no_nan() {
        let on = Device::flex().autodiff();
        let weight = Tensor::<2>::zeros([2, 1], &on).require_grad();
        let points = Tensor::<2>::ones([3, 2], &on);
        let critic = |x: Dual<2>| x.linear(weight.clone(), None);
        let penalty = gradient_penalty(points, Phi::UnitNorm, critic);
        assert_eq!(scalar(&penalty.value), 1.0);
        let gradient = weight.grad(&penalty.surrogate.backward()).unwrap();
        assert_eq!(scalar(&gradient.abs().max()), 0.0);
    }

    #[test]
    fn points_lie_between_real_and_fake_and_are_constants() {
        let on = Device::flex().autodiff();
        let real = Tensor::<2>::from_floats([[1.0, 2.0], [1.0, 2.0]], &on).require_grad();
        let fake = Tensor::<2>::from_floats([[3.0, 6.0], [3.0, 6.0]], &on).require_grad();
        let t = Tensor::<2>::from_floats([[0.0], [0.75]], &on);
        let points = interpolate(real, fake, t);
        assert!(!points.is_tracked());
        let expected = TensorData::from([[3.0f32, 6.0], [1.5, 3.0]]);
        points.into_data().assert_eq(&expected, false);
    }
}
