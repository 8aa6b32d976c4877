//! The rule of a binomial filter over volumes.

use burn::tensor::Tensor;

use super::Dual;
use super::shape::settled;

impl Dual<4> {
    /// Half of each number and a quarter of each of the two beside it, along the last three axes one after
    /// another; beyond the border are zeros.
    ///
    /// Shape: `[batch, depth, height, width]`, kept.
    pub fn smooth(self) -> Self {
        self.linear_map(|x| settled((1..4).fold(x, along)))
    }
}

fn along(x: Tensor<4>, axis: usize) -> Tensor<4> {
    let mut shape = x.dims();
    let rest = shape[axis] - 1;
    shape[axis] = 1;
    let edge = Tensor::zeros(shape, (&x.device(), x.dtype()));
    let before = Tensor::cat(vec![edge.clone(), x.clone().narrow(axis, 0, rest)], axis);
    let after = Tensor::cat(vec![x.clone().narrow(axis, 1, rest), edge], axis);
    x * 0.5 + (before + after) * 0.25
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn a_voxel_spreads_over_its_neighbours_and_over_the_border() {
        let device = Device::flex();
        let mut numbers = [0.0; 27];
        numbers[13] = 64.0;
        numbers[0] = 128.0;
        let x = Tensor::<1>::from_floats(numbers, &device).reshape([1, 3, 3, 3]);
        let y = Dual::along(x.clone(), x * 2.0).smooth();
        let values = |t: Tensor<4>| t.into_data().iter::<f32>().collect::<Vec<_>>();
        let (value, tangent) = (values(y.value), values(y.tangent.unwrap()));
        // An eighth of its own, a 16th of one beside it, a 64th of one at its corner.
        assert_eq!([value[13], value[12], value[26]], [8.0 + 2.0, 4.0 + 4.0, 1.0]);
        assert_eq!([value[0], value[1]], [16.0 + 1.0, 8.0 + 2.0]);
        assert_eq!(tangent, value.iter().map(|value| 2.0 * value).collect::<Vec<_>>());
    }
}
