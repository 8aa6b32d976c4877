//! Rules of products, `d(a b) = da b + a db`, and of the softmax that attention puts between two
//! (Vaswani et al. 2017, section 3.2; Zhang et al. 2019, SAGAN, section 3).

use burn::tensor::{Tensor, activation};

use super::Dual;

impl<const D: usize> Dual<D> {
    /// Product of matrices, one for each index of the axes before the last two.
    ///
    /// Shape: `[..., rows, inner]` times `[..., inner, columns]` is `[..., rows, columns]`.
    pub fn matmul(self, other: Self) -> Self {
        self.bilinear_map(other, Tensor::matmul)
    }

    /// `exp(x_i) / sum_j exp(x_j)` along axis `dim`; the tangent is `y (dx - sum_j y_j dx_j)`.
    pub fn softmax(self, dim: usize) -> Self {
        let value = activation::softmax(self.value, dim);
        let tangent = self.tangent.map(|dx| {
            let mean = (value.clone() * dx.clone()).sum_dim(dim);
            value.clone() * (dx - mean)
        });
        Self { value, tangent }
    }
}

/// Element by element; an axis of length 1 of either is repeated along the other's.
impl<const D: usize> std::ops::Mul for Dual<D> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.bilinear_map(other, |left, right| left * right)
    }
}

impl Dual<2> {
    /// The inner product of each sample's features with a row of its own, such as the vector of its
    /// class (Miyato and Koyama 2018, "cGANs with Projection Discriminator").
    ///
    /// Shape: both `[batch, features]` to `[batch, 1]`.
    pub fn project(self, rows: Tensor<2>) -> Self {
        self.linear_map(|x| (x * rows.clone()).sum_dim(1))
    }
}
