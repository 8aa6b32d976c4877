//! A generator ready for use: latents in, pictures out.

use burn::tensor::{Device, Tensor};
use kiln_core::{Address, Medium, Sheet, Stream};
use kiln_train::{State, StateError, read_tensors};
use serde::{Deserialize, Serialize};

use super::conditions::{Conditions, Origins, rows};

/// The distribution of one latent number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// Standard normal.
    Normal,
    /// Uniform in `[-1, 1)`.
    Uniform,
}

/// Where latents come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatentSpace {
    /// Numbers in a latent.
    pub width: usize,
    /// How each is distributed.
    pub prior: Prior,
}

impl LatentSpace {
    /// `n` latents drawn at `address`, one after another.
    pub fn draw(&self, n: usize, address: Address) -> Vec<f32> {
        let mut stream = Stream::new(address);
        match self.prior {
            Prior::Normal => stream.normals(n * self.width),
            Prior::Uniform => stream.uniforms(n * self.width, -1.0, 1.0),
        }
    }

    /// The same on a device, `[n, width]`.
    pub fn tensor(&self, n: usize, address: Address, device: &Device) -> Tensor<2> {
        rows(self.draw(n, address), self.width, device)
    }

    /// The latent at `share` of the way from one to another: along the great circle for normal
    /// latents (Shoemake 1985), whose length hardly varies, and straight for uniform ones.
    pub fn between(&self, from: &[f32], to: &[f32], share: f32) -> Vec<f32> {
        let (a, b) = match self.prior {
            Prior::Uniform => (1.0 - share, share),
            Prior::Normal => great_circle(from, to, share),
        };
        from.iter().zip(to).map(|(from, to)| a * from + b * to).collect()
    }
}

fn great_circle(from: &[f32], to: &[f32], share: f32) -> (f32, f32) {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let lengths = (dot(from, from) * dot(to, to)).sqrt();
    let angle = (dot(from, to) / lengths.max(f32::MIN_POSITIVE)).clamp(-1.0, 1.0).acos();
    if angle.sin() < 1e-4 {
        return (1.0 - share, share);
    }
    (((1.0 - share) * angle).sin() / angle.sin(), (share * angle).sin() / angle.sin())
}

/// A generator in evaluation mode.
pub trait Painter {
    /// Where its latents come from.
    fn latents(&self) -> LatentSpace;

    /// What a sample may be asked to be; nothing, unless it is conditional.
    fn conditions(&self) -> Conditions {
        Conditions::None
    }

    /// `[batch, latents]` to `[batch, channels, height, width]`, in `[-1, 1]`, of what is asked by
    /// [conditions](Self::conditions) `[batch, width]`, if any.
    fn paint(&self, latents: Tensor<2>, condition: Option<Tensor<2>>) -> Tensor<4>;

    /// Takes weights saved under `generator`.
    ///
    /// # Errors
    ///
    /// When one is missing or has another shape.
    fn load(&mut self, state: &mut State) -> Result<(), StateError>;

    /// Where it runs.
    fn device(&self) -> Device;
}

/// `n` samples' latents, drawn at `address`, and what they are asked to be, as frequent as in the data
/// that the painter learned from.
pub fn draw_origins(painter: &dyn Painter, n: usize, address: Address) -> Origins {
    painter.conditions().origins(n, &painter.latents(), address)
}

/// Paints samples in batches, and reads the pictures back.
///
/// # Errors
///
/// When the device failed.
pub fn paint_sheet(painter: &dyn Painter, origins: &Origins) -> Result<Sheet, StateError> {
    const BATCH: usize = 100;
    let (width, asked) = (painter.latents().width, painter.conditions().width());
    let (device, columns) = (painter.device(), origins.columns);
    let (medium, shape, values) = (Medium::Image, Vec::new(), Vec::new());
    let mut sheet = Sheet { medium, shape, values, columns };
    let mut conditions = origins.conditions.chunks((BATCH * asked).max(1));
    for latents in origins.latents.chunks(BATCH * width) {
        let condition = conditions.next().map(|chunk| rows(chunk.to_vec(), asked, &device));
        let pictures = painter.paint(rows(latents.to_vec(), width, &device), condition);
        let dims = pictures.dims();
        (sheet.medium, sheet.shape) = match dims {
            [_, coordinates, 1, 1] => (Medium::Point, vec![coordinates]),
            [_, channels, height, width] => (Medium::Image, vec![channels, height, width]),
        };
        let flat = pictures.reshape([dims.iter().product::<usize>()]);
        sheet.values.extend(read_tensors(vec![flat])?.into_iter().flatten());
    }
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: LatentSpace = LatentSpace { width: 2, prior: Prior::Normal };

    #[test]
    fn the_way_between_two_latents_keeps_their_length() {
        let middle = SPACE.between(&[1.0, 0.0], &[0.0, 1.0], 0.5);
        let root = 0.5_f32.sqrt();
        assert!((middle[0] - root).abs() < 1e-6 && (middle[1] - root).abs() < 1e-6, "{middle:?}");
    }

    #[test]
    fn the_way_begins_and_ends_at_the_latents() {
        assert_eq!(SPACE.between(&[1.0, 2.0], &[0.0, 1.0], 0.0), [1.0, 2.0]);
        let end = SPACE.between(&[1.0, 2.0], &[0.0, 1.0], 1.0);
        assert!(end[0].abs() < 1e-6 && (end[1] - 1.0).abs() < 1e-6, "{end:?}");
    }

    #[test]
    fn equal_latents_have_no_great_circle_and_no_nan() {
        assert_eq!(SPACE.between(&[1.0, 1.0], &[1.0, 1.0], 0.5), [1.0, 1.0]);
    }
}
