//! Learned pictures `B_c`, one a channel, between vectors and the smallest resolution:
//! `spread(s)_c = s_c B_c` and, the other way, `gather(x)_c = <x_c, B_c>`.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

/// A picture for each channel.
#[derive(Module, Debug)]
pub struct Basis {
    /// `[channels, side, side]`.
    pub maps: Param<Tensor<3>>,
}

impl Basis {
    pub(super) fn new(channels: usize, side: usize, device: &Device) -> Self {
        Self { maps: Param::from_tensor(Tensor::zeros([channels, side, side], device)) }
    }

    /// How much of each picture to how much light: `[batch, channels]` to `[batch, channels, side,
    /// side]`.
    pub fn spread(&self, x: Dual<2>) -> Dual<4> {
        let [batch, channels] = x.dims();
        let maps = self.maps.val().unsqueeze_dim::<4>(0);
        x.reshape([batch, channels, 1, 1]).linear_map(|x| x * maps.clone())
    }

    /// The likeness to each picture: `[batch, channels, side, side]` to `[batch, channels]`.
    pub fn gather(&self, x: Dual<4>) -> Dual<2> {
        let maps = self.maps.val().unsqueeze_dim::<4>(0);
        x.linear_map(|x| x * maps.clone()).sum_over_positions()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;

    fn basis(device: &Device) -> Basis {
        let maps = [[[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [1.0, 0.0]]];
        Basis { maps: Param::from_tensor(Tensor::from_floats(maps, device)) }
    }

    #[test]
    fn a_vector_says_how_much_of_each_picture() {
        let device = Device::flex();
        let x = Tensor::<2>::from_floats([[10.0, -1.0]], &device);
        let y = basis(&device).spread(Dual::along(x.clone(), x.clone() * 2.0));
        let expected = [10.0, 20.0, 30.0, 40.0, 0.0, -1.0, -1.0, 0.0];
        assert_eq!(values(&y.value), expected);
        assert_eq!(values(&y.tangent.unwrap()), expected.map(|pixel| 2.0 * pixel));
    }

    #[test]
    fn gathering_is_the_product_with_each_picture_and_teaches_it() {
        let device = Device::flex().autodiff();
        let basis = basis(&device);
        let x = Tensor::<4>::ones([1, 2, 2, 2], &device) * 0.5;
        let y = basis.gather(x.into()).value;
        assert_eq!(values(&y), [5.0, 1.0]);
        let grads = y.sum().backward();
        assert_eq!(values(&basis.maps.val().grad(&grads).unwrap()), [0.5; 8]);
    }
}
