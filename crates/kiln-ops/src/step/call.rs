//! The steps as optimisers call them.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::operation::StepOps;

/// The constants of one step of [`adam`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamStep {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the unbiased second moment.
    pub epsilon: f64,
    /// `1 - beta2^t` at step `t`.
    pub unbias2: f64,
    /// The learning rate over `1 - beta1^t`.
    pub rate: f64,
    /// Share of the weights that is kept before the step: less than 1 with weight decay.
    pub keep: f64,
}

/// Algorithm 1 of Kingma and Ba 2015: with `m = beta1 m + (1 - beta1) g` and `v = beta2 v +
/// (1 - beta2) g^2`, the weights become `keep w - m / (sqrt(v / unbias2) + epsilon) rate`.
///
/// All are of one shape and without autodiff. Returns weights, first and second moment.
pub fn adam(
    weights: Tensor<1>,
    gradient: Tensor<1>,
    first: Tensor<1>,
    second: Tensor<1>,
    step: AdamStep,
) -> [Tensor<1>; 3] {
    let (weights, first, second) = Dispatch::adam(
        weights.into_dispatch(),
        gradient.into_dispatch(),
        first.into_dispatch(),
        second.into_dispatch(),
        step,
    );
    [weights, first, second].map(Tensor::from_dispatch)
}

/// The constants of one step of [`rms_prop`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RmsPropStep {
    /// Decay of the mean square.
    pub alpha: f64,
    /// Added to the root of the mean square.
    pub epsilon: f64,
    /// The learning rate.
    pub rate: f64,
}

/// RMSProp (Tieleman and Hinton 2012) as PyTorch has it: with `v = alpha v + (1 - alpha) g^2`, the
/// weights become `w - g / (sqrt(v) + epsilon) rate`.
///
/// All are of one shape and without autodiff. Returns weights and mean square.
pub fn rms_prop(
    weights: Tensor<1>,
    gradient: Tensor<1>,
    second: Tensor<1>,
    step: RmsPropStep,
) -> [Tensor<1>; 2] {
    let (weights, second) = Dispatch::rms_prop(
        weights.into_dispatch(),
        gradient.into_dispatch(),
        second.into_dispatch(),
        step,
    );
    [weights, second].map(Tensor::from_dispatch)
}

/// The sum of the squares of all numbers, `[1]`, without autodiff.
pub fn square_sum(value: Tensor<1>) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::square_sum(value.into_dispatch()))
}

/// Every number times `factor`, `[1]`, without autodiff.
pub fn scale(value: Tensor<1>, factor: Tensor<1>) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::scale(value.into_dispatch(), factor.into_dispatch()))
}

/// `value + (target - value) share`, without autodiff.
pub fn approach(value: Tensor<1>, target: Tensor<1>, share: f64) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::approach(value.into_dispatch(), target.into_dispatch(), share))
}
