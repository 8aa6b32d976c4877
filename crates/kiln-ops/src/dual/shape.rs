//! Rules of operations that move, add up or choose elements.

use burn::tensor::Tensor;

use super::Dual;
use super::value::sum;

impl<const D: usize> Dual<D> {
    /// The same elements under another shape.
    pub fn reshape<const E: usize>(self, shape: [usize; E]) -> Dual<E> {
        self.linear_map(|x| x.reshape(shape))
    }

    /// One row a sample: `[batch, ...]` to `[batch, elements]`.
    pub fn flatten(self) -> Dual<2> {
        let batch = self.dims()[0];
        self.linear_map(|x| x.reshape([batch as i64, -1]))
    }

    /// The same elements with two axes swapped.
    ///
    /// Where an axis has length 1 the elements are copied into rows: on GPUs Burn 0.22.1 mixes up
    /// those of some views with such an axis (ARCHITECTURE, 2026-11-22).
    pub fn swap_dims(self, one: usize, other: usize) -> Self {
        self.linear_map(|x| settled(x.swap_dims(one, other)))
    }

    /// Sum of all elements.
    pub fn sum(self) -> Dual<1> {
        self.linear_map(Tensor::sum)
    }

    /// Mean of all elements.
    pub fn mean(self) -> Dual<1> {
        self.linear_map(Tensor::mean)
    }

    /// Joins several along axis `dim`. Those without a tangent stand still.
    pub fn concat(parts: Vec<Self>, dim: usize) -> Self {
        let moving = parts.iter().any(|part| part.tangent.is_some());
        let tangent = moving.then(|| {
            let tangents = parts.iter().map(Self::tangent_or_zero).collect();
            Tensor::cat(tangents, dim)
        });
        let value = Tensor::cat(parts.into_iter().map(|part| part.value).collect(), dim);
        Self { value, tangent }
    }

    fn tangent_or_zero(&self) -> Tensor<D> {
        self.tangent.clone().unwrap_or_else(|| self.value.zeros_like())
    }
}

/// The same values in rows, where an axis has length 1: see [`Dual::swap_dims`]. What lies in rows
/// already is not copied.
pub(super) fn settled<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let shape = x.dims();
    if !shape.contains(&1) {
        return x;
    }
    x.reshape([shape.iter().product::<usize>()]).reshape(shape)
}

/// Both of one shape.
impl<const D: usize> std::ops::Add for Dual<D> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, tangent: sum(self.tangent, other.tangent) }
    }
}

impl Dual<2> {
    /// The greatest of every `pieces` neighbours (Goodfellow et al. 2013, "Maxout Networks").
    ///
    /// Shape: `[batch, units * pieces]` to `[batch, units]`; the pieces of a unit lie side by
    /// side.
    pub fn maxout(self, pieces: usize) -> Self {
        let [batch, width] = self.dims();
        let grouped = self.reshape([batch, width / pieces, pieces]);
        let dual = match grouped.tangent {
            None => Dual::from(grouped.value.max_dim(2)),
            Some(tangent) => {
                let (value, winner) = grouped.value.max_dim_with_indices(2);
                Dual::along(value, tangent.gather(2, winner))
            }
        };
        dual.reshape([batch, width / pieces])
    }
}
