//! Short steps on the way from one latent to another, for the perceptual path length.

use kiln_core::{Address, Stream};

use crate::recipe::{Origins, Painter, draw_origins};

/// The share of the way that a step is. The paper's is 1e-4, but a sample is looked at as the bytes
/// of a picture file, and a step must change these by more than their rounding does.
pub(super) const PATH_STEP: f64 = 1.0 / 16.0;

/// The starts and the ends of `n` steps of `step`, each at a place of its own of its own way, which
/// is drawn at `address`. Both are asked to be the same.
pub(super) fn path_steps(
    painter: &dyn Painter,
    n: usize,
    address: Address,
    step: f64,
) -> [Origins; 2] {
    let space = painter.latents();
    let from = draw_origins(painter, n, address.lane(0));
    let to = space.draw(n, address.lane(1));
    let starts = Stream::new(address.lane(2)).uniforms(n, 0.0, 1.0 - step as f32);
    let at = |shift: f32| {
        let ways = from.latents.chunks_exact(space.width).zip(to.chunks_exact(space.width));
        let latents = ways.zip(&starts).flat_map(|((a, b), t)| space.between(a, b, t + shift));
        Origins { latents: latents.collect(), ..from.clone() }
    };
    [at(0.0), at(step as f32)]
}
