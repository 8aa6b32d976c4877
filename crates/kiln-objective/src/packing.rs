//! PacGAN (Lin et al. 2018): the critic judges several samples at once, so that a generator
//! without variety gives itself away.

use burn::tensor::Tensor;

/// Puts `n` samples at a time into one with as many times the channels: `[batch, channels, height,
/// width]` to `[batch / n, n channels, height, width]`. `n` must divide the batch.
pub fn pack(images: Tensor<4>, n: usize) -> Tensor<4> {
    let [batch, channels, height, width] = images.dims();
    if n == 1 {
        return images;
    }
    images.reshape([batch / n, n * channels, height, width])
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn neighbours_become_channels() {
        let images = Tensor::<1>::from_floats([1.0, 2.0, 3.0, 4.0], &Device::flex());
        let packed = pack(images.reshape([4, 1, 1, 1]), 2);
        let expected = TensorData::from([[[[1.0f32]], [[2.0]]], [[[3.0]], [[4.0]]]]);
        packed.into_data().assert_eq(&expected, true);
    }
}
