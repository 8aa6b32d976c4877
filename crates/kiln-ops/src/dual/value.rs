//! The value, and the three rules that most layers need.

use burn::tensor::Tensor;

/// A value that may carry a tangent: the derivative of the value along one direction of the
/// network's input.
///
/// Without a tangent a rule takes its fast, fused path and costs what the plain layer costs.
#[derive(Debug, Clone)]
pub struct Dual<const D: usize> {
    /// The value.
    pub value: Tensor<D>,
    /// Its directional derivative, of the same shape, if one is followed.
    pub tangent: Option<Tensor<D>>,
}

impl<const D: usize> From<Tensor<D>> for Dual<D> {
    fn from(value: Tensor<D>) -> Self {
        let tangent = None;
        Self { value, tangent }
    }
}

impl<const D: usize> Dual<D> {
    /// The input `value`, moving along `tangent` (of the same shape).
    pub fn along(value: Tensor<D>, tangent: Tensor<D>) -> Self {
        let tangent = Some(tangent);
        Self { value, tangent }
    }

    /// Sizes of the axes.
    pub fn dims(&self) -> [usize; D] {
        self.value.dims()
    }

    /// The rule of a map that is linear in its input.
    pub fn linear_map<const E: usize>(self, map: impl Fn(Tensor<D>) -> Tensor<E>) -> Dual<E> {
        self.affine_map(&map, &map)
    }

    /// The rule of `map(x) = linear(x) + constant`.
    pub fn affine_map<const E: usize>(
        self,
        map: impl FnOnce(Tensor<D>) -> Tensor<E>,
        linear: impl FnOnce(Tensor<D>) -> Tensor<E>,
    ) -> Dual<E> {
        Dual { value: map(self.value), tangent: self.tangent.map(linear) }
    }

    /// The rule of a map that is linear in each of two inputs, as every product is:
    /// `d(a b) = da b + a db`. Either may stand still.
    pub fn bilinear_map<const E: usize, const F: usize>(
        self,
        other: Dual<E>,
        map: impl Fn(Tensor<D>, Tensor<E>) -> Tensor<F>,
    ) -> Dual<F> {
        let left = self.tangent.map(|tangent| map(tangent, other.value.clone()));
        let right = other.tangent.map(|tangent| map(self.value.clone(), tangent));
        Dual { value: map(self.value, other.value), tangent: sum(left, right) }
    }

    /// The rule of an elementwise function; `slope` is its derivative, given input and output.
    ///
    /// The slope must stay differentiable where it depends on the input (as that of tanh does);
    /// one that is constant almost everywhere is best computed from a detached input.
    pub fn elementwise(
        self,
        map: impl FnOnce(Tensor<D>) -> Tensor<D>,
        slope: impl FnOnce(Tensor<D>, Tensor<D>) -> Tensor<D>,
    ) -> Self {
        match self.tangent {
            None => map(self.value).into(),
            Some(tangent) => {
                let value = map(self.value.clone());
                let tangent = tangent * slope(self.value, value.clone());
                Self::along(value, tangent)
            }
        }
    }
}

/// The sum of two tangents, either of which may be absent.
pub(super) fn sum<const D: usize>(
    left: Option<Tensor<D>>,
    right: Option<Tensor<D>>,
) -> Option<Tensor<D>> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left + right),
        (left, right) => left.or(right),
    }
}
