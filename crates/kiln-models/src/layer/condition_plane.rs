//! What a sample is asked to be as more channels of its picture: a learned plane a class, beside the
//! picture's own, as in many critics that join labels to pictures (after Mirza and Osindero 2014,
//! who join vectors).

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

use super::fresh::zeros;
use crate::Pass;

/// Configuration of a [`ConditionPlane`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionPlaneConfig {
    /// Width of a condition: how many classes there are.
    pub classes: usize,
    /// `[channels, height, width]` of what is joined.
    pub planes: [usize; 3],
}

impl ConditionPlaneConfig {
    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> ConditionPlane {
        let pixels = self.planes.iter().product();
        ConditionPlane { plane: zeros([self.classes, pixels], device), planes: self.planes }
    }
}

/// Joins planes to a picture. They start as standard normal numbers, whatever the rule of other
/// weights, since they stand beside pixels in `[-1, 1]`.
#[derive(Module, Debug)]
pub struct ConditionPlane {
    /// `[classes, channels * height * width]`.
    pub plane: Param<Tensor<2>>,
    /// `[channels, height, width]`
    #[module(skip)]
    pub planes: [usize; 3],
}

impl ConditionPlane {
    /// Shape: `[batch, c, height, width]` to `[batch, c + channels, height, width]`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let [batch, ..] = x.dims();
        let ([classes, _], [channels, height, width]) = (self.plane.dims(), self.planes);
        let condition = pass.condition([batch, classes], &x.value.device());
        let planes = condition.linear(self.plane.val(), None);
        Dual::concat(vec![x, planes.reshape([batch, channels, height, width])], 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::net::check_tangent;

    fn layer(device: &Device) -> ConditionPlane {
        let mut layer = ConditionPlaneConfig { classes: 2, planes: [1, 1, 2] }.init(device);
        let planes = [[1.0, 2.0], [3.0, 4.0]];
        layer.plane = Param::from_tensor(Tensor::from_floats(planes, device));
        layer
    }

    fn asked(device: &Device) -> Pass {
        Pass::eval().of(Some(Tensor::from_floats([[0.0, 1.0], [1.0, 0.0]], device)))
    }

    fn pictures(device: &Device) -> Tensor<4> {
        Tensor::from_floats([[[[5.0, 6.0]]], [[[7.0, 8.0]]]], device)
    }

    #[test]
    fn the_plane_of_its_class_stands_behind_a_picture() {
        let device = Device::flex().autodiff();
        let layer = layer(&device);
        let y = layer.forward(pictures(&device).into(), &asked(&device)).value;
        assert_eq!(y.dims(), [2, 2, 1, 2]);
        assert_eq!(values(&y), [5.0, 6.0, 3.0, 4.0, 7.0, 8.0, 1.0, 2.0]);
        let weights = Tensor::from_floats([[[[1.0, 1.0]]], [[[2.0, 2.0]]]], &device);
        let grads = (y.narrow(1, 1, 1) * weights).sum().backward();
        let gradient = layer.plane.val().grad(&grads).unwrap();
        assert_eq!(values(&gradient), [2.0, 2.0, 1.0, 1.0]);
    }

    #[test]
    fn planes_stand_still_while_pictures_move() {
        let device = Device::flex().autodiff();
        let layer = layer(&device);
        check_tangent(&pictures(&device), |x| {
            let joined = layer.forward(x, &asked(&device)).flatten();
            (joined.clone() * joined).linear_map(|x| x.sum_dim(1))
        });
    }
}
