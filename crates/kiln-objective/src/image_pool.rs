//! A history of fakes for the critic (Shrivastava et al. 2017, "Learning from Simulated and
//! Unsupervised Images", section 2.3; Zhu et al. 2017, "CycleGAN", section 4, with 50 pictures).
//!
//! Until the pool is full each fake goes in and on to the critic. From then on, half the time, the
//! critic sees one of the pool's instead, whose place the fake takes.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// The constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImageHistory {
    /// Pictures that are kept; 0 for no history. CycleGAN's is 50.
    pub images: usize,
}

impl ImageHistory {
    /// Random numbers that one picture needs.
    pub const DRAWS: usize = 2;

    /// CycleGAN's.
    pub const CYCLEGAN: Self = Self { images: 50 };

    /// What the critic sees instead of the fakes, `[batch, channels, height, width]`, and the pool
    /// afterwards; neither has a graph. `draws` are uniform in `[0, 1)`, `DRAWS` a picture (one
    /// without is passed on); the choice is made on the host, where they come from, so that a
    /// picture is moved, not copied.
    pub fn exchange(
        self,
        mut pool: ImagePool,
        fakes: Tensor<4>,
        draws: &[f32],
    ) -> (Tensor<4>, ImagePool) {
        let autodiff = fakes.is_autodiff();
        let fakes = fakes.without_autodiff();
        if self.images == 0 {
            return (again(fakes, autodiff), pool);
        }
        let draws = draws.chunks(Self::DRAWS).chain(std::iter::repeat(&[][..]));
        let arriving = fakes.split(1, 0).into_iter().zip(draws);
        let seen = arriving.map(|(fake, draws)| self.exchange_one(&mut pool, fake, draws));
        let seen = Tensor::cat(seen.collect(), 0);
        (again(seen, autodiff), pool)
    }

    fn exchange_one(self, pool: &mut ImagePool, fake: Tensor<4>, draws: &[f32]) -> Tensor<4> {
        if pool.images.len() < self.images {
            pool.images.push(fake.clone());
            return fake;
        }
        let &[coin, place] = draws else { return fake };
        let place = (f64::from(place) * self.images as f64) as usize;
        match pool.images.get_mut(place) {
            Some(old) if coin < 0.5 => std::mem::replace(old, fake),
            _ => fake,
        }
    }
}

/// The pictures of a history, each `[1, channels, height, width]`, without autodiff; none at the
/// start. Part of a checkpoint.
#[derive(Debug, Clone, Default)]
pub struct ImagePool {
    /// In the order of their places.
    pub images: Vec<Tensor<4>>,
}

/// A constant, on the autodiff device if it came from there.
fn again(images: Tensor<4>, autodiff: bool) -> Tensor<4> {
    if autodiff { Tensor::from_inner(images) } else { images }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn fakes<const N: usize>(values: [f32; N]) -> Tensor<4> {
        let on = Device::flex().autodiff();
        Tensor::<1>::from_floats(values, &on).require_grad().reshape([N, 1, 1, 1])
    }

    fn values(images: &Tensor<4>) -> Vec<f32> {
        images.to_data().iter().collect()
    }

    fn pooled(pool: &ImagePool) -> Vec<f32> {
        pool.images.iter().flat_map(values).collect()
    }

    const TWO: ImageHistory = ImageHistory { images: 2 };

    #[test]
    fn a_pool_that_is_not_full_keeps_each_fake_and_passes_it_on() {
        let (seen, pool) = TWO.exchange(ImagePool::default(), fakes([1.0]), &[0.0, 0.0]);
        assert_eq!((values(&seen), pooled(&pool)), (vec![1.0], vec![1.0]));
        assert!(seen.is_autodiff() && !seen.is_tracked());
        assert!(!pool.images[0].is_autodiff());
    }

    #[test]
    fn a_full_pool_gives_an_old_fake_for_a_new_one_half_the_time() {
        // The first two fill it; the third is exchanged for the second's place, the fourth is not,
        // the fifth gets the third from there.
        let draws = [0.9, 0.9, 0.9, 0.9, 0.49, 0.5, 0.5, 0.0, 0.0, 0.99];
        let all = fakes([1.0, 2.0, 3.0, 4.0, 5.0]);
        let (seen, pool) = TWO.exchange(ImagePool::default(), all, &draws);
        assert_eq!(values(&seen), [1.0, 2.0, 2.0, 4.0, 3.0]);
        assert_eq!(pooled(&pool), [1.0, 5.0]);
    }

    #[test]
    fn no_fake_is_lost_where_draws_are_missing() {
        let (seen, pool) = TWO.exchange(ImagePool::default(), fakes([1.0, 2.0, 3.0]), &[0.0]);
        assert_eq!((values(&seen), pooled(&pool)), (vec![1.0, 2.0, 3.0], vec![1.0, 2.0]));
    }

    #[test]
    fn without_a_history_the_fakes_are_seen_as_they_are() {
        let none = ImageHistory { images: 0 };
        let (seen, pool) = none.exchange(ImagePool::default(), fakes([1.0, 2.0]), &[0.0; 4]);
        assert_eq!(values(&seen), [1.0, 2.0]);
        assert!(pool.images.is_empty() && !seen.is_tracked());
    }
}
