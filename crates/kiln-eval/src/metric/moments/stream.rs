//! Mean and covariance of features that come batch after batch.
//!
//! Rows are gathered into blocks of [`BLOCK`], whatever the batches, and a block is added to the
//! sums by the rule of Chan, Golub and LeVeque (1983), equation 2.1 of the pairwise form: the
//! scatter about the mean of both is that of each about its own, and the scatter between the two
//! means. So neither the size of the batches nor the number of threads changes a bit.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};
use rayon::prelude::*;

use super::Moments;
use crate::metric::matrix::{PANEL, columns, panels};
use crate::{EvalError, Features};

/// Rows that are added at once.
const BLOCK: usize = 512;

/// Sums of the rows seen so far. Holds `width^2` numbers of 8 bytes, and a block of rows.
#[derive(Debug, Clone)]
pub struct MomentStream {
    count: u64,
    mean: Vec<f64>,
    /// Scatter about the mean: for each panel of columns its rows down to the diagonal.
    scatter: Vec<Mat<f64>>,
    pending: Features,
}

impl MomentStream {
    /// No rows yet, of `width` numbers each.
    ///
    /// # Errors
    ///
    /// When `width` is 0.
    pub fn new(width: usize) -> Result<Self, EvalError> {
        let pending = Features::none(width)?;
        let upper = |range: std::ops::Range<usize>| Mat::zeros(range.end, range.len());
        let scatter = panels(width).into_iter().map(upper).collect();
        Ok(Self { count: 0, mean: vec![0.0; width], scatter, pending })
    }

    /// Adds rows.
    ///
    /// # Errors
    ///
    /// When they are of another width.
    pub fn add(&mut self, features: &Features) -> Result<(), EvalError> {
        let width = self.pending.width();
        if features.width() != width {
            return Err(EvalError::Widths { left: width, right: features.width() });
        }
        let mut start = 0;
        while start < features.len() {
            let end = features.len().min(start + BLOCK - self.pending.len());
            let rows = &features.values()[start * width..end * width];
            self.pending.extend(&Features::new(width, rows.to_vec())?)?;
            start = end;
            self.flush_full()?;
        }
        Ok(())
    }

    /// Rows added so far.
    pub fn count(&self) -> u64 {
        self.count + self.pending.len() as u64
    }

    /// The moments of all rows.
    ///
    /// # Errors
    ///
    /// When there are fewer than two.
    pub fn finish(mut self) -> Result<Moments, EvalError> {
        self.flush();
        match self.count {
            0 => return Err(EvalError::Empty),
            1 => return Err(EvalError::TooFew { what: "a covariance", samples: 1, needed: 2 }),
            _ => {}
        }
        let degrees = (self.count - 1) as f64;
        let width = self.mean.len();
        let upper = |i: usize, j: usize| self.scatter[j / PANEL][(i, j % PANEL)] / degrees;
        let covariance = Mat::from_fn(width, width, |i, j| upper(i.min(j), i.max(j)));
        Ok(Moments::from_parts(self.count, self.mean, covariance))
    }

    fn flush_full(&mut self) -> Result<(), EvalError> {
        if self.pending.len() == BLOCK {
            self.flush();
            self.pending = Features::none(self.mean.len())?;
        }
        Ok(())
    }

    /// Adds the pending rows to the sums.
    fn flush(&mut self) {
        let (old, new) = (self.count as f64, self.pending.len() as f64);
        if self.pending.is_empty() {
            return;
        }
        let block = columns(&self.pending, 0..self.pending.len());
        let (width, n) = (block.nrows(), block.ncols());
        let mean: Vec<f64> =
            (0..width).map(|i| (0..n).map(|j| block[(i, j)]).sum::<f64>() / new).collect();
        // One column more carries the scatter between the means.
        let between = (old * new / (old + new)).sqrt();
        let centred = Mat::from_fn(width, n + 1, |i, j| {
            if j < n { block[(i, j)] - mean[i] } else { between * (mean[i] - self.mean[i]) }
        });
        add_products(&mut self.scatter, &centred);
        for (all, new_mean) in self.mean.iter_mut().zip(&mean) {
            *all += (new_mean - *all) * (new / (old + new));
        }
        self.count += self.pending.len() as u64;
    }
}

/// Adds `centred * centred^T` to the upper panels.
fn add_products(scatter: &mut [Mat<f64>], centred: &Mat<f64>) {
    scatter.par_iter_mut().zip(panels(centred.nrows())).for_each(|(panel, range)| {
        let right = centred.subrows(range.start, range.len()).transpose();
        matmul(panel, Accum::Add, centred.subrows(0, range.end), right, 1.0, Par::Seq);
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Rows on a grid, from a rule that fills them differently.
    fn rows(n: usize, width: usize) -> Features {
        let value = |at: usize| ((at * 2_654_435_761) >> 7) as u32 % 1000;
        let values = (0..n * width).map(|at| value(at) as f32 / 64.0).collect();
        Features::new(width, values).unwrap()
    }

    #[test]
    fn two_rows_have_the_moments_done_by_hand() {
        // Columns 1, 3 and 2, 8: means 2 and 5, deviations 1 and 3 about them, divided by 1.
        let moments = Moments::of(&Features::new(2, vec![1.0, 2.0, 3.0, 8.0]).unwrap()).unwrap();
        assert_eq!(moments.mean(), [2.0, 5.0]);
        assert_eq!(moments.covariance(), [2.0, 6.0, 6.0, 18.0]);
        assert_eq!(moments.count(), Some(2));
    }

    #[test]
    fn the_rows_of_many_blocks_and_panels_have_the_moments_of_the_definition() {
        let (n, width) = (2 * BLOCK + 77, PANEL + 5);
        let features = rows(n, width);
        let moments = Moments::of(&features).unwrap();
        let column = |i: usize| features.rows().map(move |row| f64::from(row[i]));
        let mean = |i: usize| column(i).sum::<f64>() / n as f64;
        let covariance = moments.covariance();
        for (i, j) in [(0, 0), (3, PANEL), (PANEL + 4, 2), (PANEL + 1, PANEL + 3)] {
            let pairs = column(i).zip(column(j));
            let sum: f64 = pairs.map(|(a, b)| (a - mean(i)) * (b - mean(j))).sum();
            let (found, expected) = (covariance[i * width + j], sum / (n - 1) as f64);
            assert!((found - expected).abs() < 1e-9, "{i} {j}: {found} is not {expected}");
        }
    }

    #[test]
    fn too_few_rows_have_no_covariance() {
        assert_eq!(Moments::of(&Features::none(3).unwrap()), Err(EvalError::Empty));
        let refusal = Moments::of(&rows(1, 3)).unwrap_err();
        assert_eq!(refusal.to_string(), "a covariance needs at least 2 samples, not 1");
        let mut stream = MomentStream::new(3).unwrap();
        let widths = EvalError::Widths { left: 3, right: 2 };
        assert_eq!(stream.add(&rows(1, 2)), Err(widths));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn the_size_of_the_batches_and_of_the_pool_changes_no_bit(batch in 1..700_usize, threads in 1..4_usize) {
            let features = rows(BLOCK + 200, 3);
            let whole = Moments::of(&features).unwrap();
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let streamed = pool.install(|| {
                let mut stream = MomentStream::new(3).unwrap();
                for rows in features.values().chunks(batch * 3) {
                    stream.add(&Features::new(3, rows.to_vec()).unwrap()).unwrap();
                }
                stream.finish().unwrap()
            });
            prop_assert_eq!(streamed, whole);
        }
    }
}
