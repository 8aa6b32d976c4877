//! The rule of a shift along time whose ends mirror what is inside.

use burn::tensor::Tensor;

use super::Dual;
use super::shape::settled;

impl Dual<4> {
    /// The same sounds `by` samples later, or earlier where it is negative, and as long as before: what
    /// is missing at one end mirrors what is inside around its outermost sample, as
    /// [`reflect`](Self::reflect) does. They must be longer than the shift.
    ///
    /// Shape: `[batch, channels, height, time]`, kept.
    pub fn shift(self, by: isize) -> Self {
        if by == 0 {
            return self;
        }
        self.linear_map(|x| settled(shifted(x, by)))
    }
}

fn shifted(x: Tensor<4>, by: isize) -> Tensor<4> {
    let (time, n) = (x.dims()[3], by.unsigned_abs());
    let kept = |from| x.clone().narrow(3, from, time - n);
    let mirrored = |from| x.clone().narrow(3, from, n).flip([3]);
    match by > 0 {
        true => Tensor::cat(vec![mirrored(1), kept(0)], 3),
        false => Tensor::cat(vec![kept(n), mirrored(time - 1 - n)], 3),
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn check(by: isize, expected: [f32; 5]) {
        let device = Device::flex();
        let x = Tensor::<1>::from_floats([1.0, 2.0, 3.0, 4.0, 5.0], &device).reshape([1, 1, 1, 5]);
        let y = Dual::along(x.clone(), x * 2.0).shift(by);
        let values = |t: Tensor<4>| t.into_data().iter::<f32>().collect::<Vec<_>>();
        assert_eq!(values(y.value), expected);
        assert_eq!(values(y.tangent.unwrap()), expected.map(|value| 2.0 * value));
    }

    #[test]
    fn what_is_missing_mirrors_what_is_inside() {
        check(0, [1.0, 2.0, 3.0, 4.0, 5.0]);
        check(1, [2.0, 1.0, 2.0, 3.0, 4.0]);
        check(2, [3.0, 2.0, 1.0, 2.0, 3.0]);
        check(-1, [2.0, 3.0, 4.0, 5.0, 4.0]);
        check(-2, [3.0, 4.0, 5.0, 4.0, 3.0]);
    }
}
