//! Orthogonal regularisation of a weight, as a matrix `W` with a row an output:
//!
//! | kind | penalty | source, and its weight |
//! |---|---|---|
//! | full | `w \|W W^T - I\|_F^2` | Brock et al. 2017, "Neural Photo Editing", with squares as in BigGAN's equation 2 |
//! | off-diagonal | `w \|W W^T * (1 - I)\|_F^2` | Brock et al. 2019, "BigGAN", equation 3; 1e-4 |
//!
//! The second leaves the lengths of the rows free. Both have a closed gradient, `4 w M W` with `M`
//! the matrix in the norm, so that no graph is needed: add it to the loss's gradient. (The authors'
//! code for BigGAN leaves out a factor of two.)

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::WeightError;
use crate::weight::check_weight;

/// What is asked of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrthogonalityKind {
    /// Right angles and a length of one.
    Full,
    /// Right angles.
    OffDiagonal,
}

/// Orthogonal regularisation as a recipe configures it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Orthogonality {
    /// Which.
    pub kind: OrthogonalityKind,
    /// At least 0.
    pub weight: f64,
}

impl Orthogonality {
    /// BigGAN's.
    pub const BIGGAN: Self = Self { kind: OrthogonalityKind::OffDiagonal, weight: 1e-4 };

    /// Checks the range.
    ///
    /// # Errors
    ///
    /// When the weight is negative or not a number.
    pub fn validate(self) -> Result<(), WeightError> {
        check_weight("orthogonality", self.weight)
    }

    /// The penalty of a weight, `[outputs, inputs]`, as `[1]`.
    pub fn value(self, matrix: Tensor<2>) -> Tensor<1> {
        self.residue(matrix).square().sum() * self.weight
    }

    /// Its gradient, `[outputs, inputs]`.
    pub fn gradient(self, matrix: Tensor<2>) -> Tensor<2> {
        self.residue(matrix.clone()).matmul(matrix) * (4.0 * self.weight)
    }

    /// What the angles of the rows leave to be wished for, `[outputs, outputs]`.
    fn residue(self, matrix: Tensor<2>) -> Tensor<2> {
        let [outputs, _] = matrix.dims();
        let same = Tensor::<2>::eye(outputs, &matrix.device());
        let products = matrix.clone().matmul(matrix.transpose());
        match self.kind {
            OrthogonalityKind::Full => products - same,
            OrthogonalityKind::OffDiagonal => products * (same * -1.0 + 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Tolerance};

    fn check(kind: OrthogonalityKind, rows: [[f32; 3]; 2], expected: f32) {
        let how = Orthogonality { kind, weight: 0.5 };
        let matrix = Tensor::<2>::from_floats(rows, &Device::flex().autodiff()).require_grad();
        let value = how.value(matrix.clone());
        assert_eq!(value.clone().into_scalar::<f32>(), expected, "{kind:?} of {rows:?}");
        let gradient = matrix.grad(&value.backward()).unwrap().into_data();
        let closed = how.gradient(matrix).into_data();
        closed.assert_approx_eq::<f32>(&gradient, Tolerance::default());
    }

    #[test]
    fn rows_at_right_angles_cost_nothing_but_their_length() {
        let rows = [[2.0, 0.0, 0.0], [0.0, 0.0, 1.0]];
        check(OrthogonalityKind::OffDiagonal, rows, 0.0);
        check(OrthogonalityKind::Full, rows, 4.5); // (4 - 1)^2 / 2
        check(OrthogonalityKind::Full, [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], 0.0);
    }

    #[test]
    fn each_pair_of_rows_costs_the_square_of_its_product_twice() {
        // W W^T = [[2, 3], [3, 5]].
        let rows = [[1.0, 1.0, 0.0], [1.0, 2.0, 0.0]];
        check(OrthogonalityKind::OffDiagonal, rows, 9.0); // 2 x 9 / 2
        check(OrthogonalityKind::Full, rows, 17.5); // (1 + 9 + 9 + 16) / 2
    }

    #[test]
    fn a_single_row_has_no_angles() {
        let matrix = || Tensor::<2>::from_floats([[3.0, 4.0]], &Device::flex());
        assert_eq!(Orthogonality::BIGGAN.value(matrix()).into_scalar::<f32>(), 0.0);
        let gradient = Orthogonality::BIGGAN.gradient(matrix()).abs().max();
        assert_eq!(gradient.into_scalar::<f32>(), 0.0);
    }

    #[test]
    fn a_negative_weight_is_refused() {
        assert_eq!(Orthogonality::BIGGAN.validate(), Ok(()));
        assert!(Orthogonality { weight: -1.0, ..Orthogonality::BIGGAN }.validate().is_err());
    }
}
