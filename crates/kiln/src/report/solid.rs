//! Volumes as shaded pictures: seen in parallel from the front, a little from the right and from above,
//! where the value passes zero, lit by the slope of the value there.

use kiln_core::{Medium, Sheet};
use rayon::prelude::*;

/// From where they are seen, in radians: to the right, and up.
const SIDEWAYS: f32 = 0.5;
const UPWARDS: f32 = 0.45;
/// Half of the view, in sides of the volume: its corners are within.
const REACH: f32 = 0.75;
/// Voxels from one look along a ray to the next.
const STEP: f32 = 0.5;
/// Brightness of what no light falls on; what is empty is black.
const AMBIENT: f32 = 0.25;
/// Pixels of a picture at most.
const LARGEST: usize = 128;

/// The same sheet as pictures. Where a volume holds a number that is not finite, all of its picture is
/// such a number.
pub(super) fn shaded(volumes: &Sheet) -> Sheet {
    let &[depth, height, width] = &volumes.shape[..] else {
        return Sheet { medium: Medium::Image, ..volumes.clone() };
    };
    let size = [depth, height, width];
    let side = (2 * depth.max(height).max(width)).clamp(1, LARGEST);
    let samples: Vec<&[f32]> = volumes.samples().collect();
    let pictures = samples.into_par_iter().flat_map_iter(|values| picture(values, size, side));
    let values = pictures.collect();
    let (medium, shape, columns) = (Medium::Image, vec![1, side, side], volumes.columns);
    Sheet { medium, shape, values, columns }
}

fn picture(values: &[f32], size: [usize; 3], side: usize) -> Vec<f32> {
    if values.iter().any(|value| !value.is_finite()) {
        return vec![f32::NAN; side * side];
    }
    let (volume, view) = (Volume { values, size }, View::new(size));
    let at = |idx: usize| (2 * idx + 1) as f32 / side as f32 - 1.0;
    let rows = (0..side).flat_map(|y| (0..side).map(move |x| [at(x), -at(y)]));
    rows.map(|[across, up]| 2.0 * view.brightness(&volume, across, up) - 1.0).collect()
}

type Vector = [f32; 3];

fn plus(a: Vector, share: f32, b: Vector) -> Vector {
    [0, 1, 2].map(|axis| a[axis] + share * b[axis])
}

fn dot(a: Vector, b: Vector) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn unit(a: Vector) -> Vector {
    let length = dot(a, a).sqrt().max(f32::MIN_POSITIVE);
    a.map(|part| part / length)
}

/// Where the eye is: x to the right, y up, z towards the viewer, from the middle of the volume, in voxels.
struct View {
    /// To the eye.
    eye: Vector,
    right: Vector,
    up: Vector,
    /// To the light.
    light: Vector,
    reach: f32,
}

impl View {
    fn new(size: [usize; 3]) -> Self {
        let (sine, cosine) = SIDEWAYS.sin_cos();
        let (rise, level) = UPWARDS.sin_cos();
        let eye = [sine * level, rise, cosine * level];
        let right = [cosine, 0.0, -sine];
        let up = [-sine * rise, level, -cosine * rise];
        let light = unit(plus(plus(eye, 0.7, up), -0.6, right));
        let reach = REACH * size.into_iter().max().unwrap_or(1) as f32;
        Self { eye, right, up, light, reach }
    }

    /// What a ray meets, `across` and `up` in `[-1, 1]`: 0 for nothing, else how bright it is.
    fn brightness(&self, volume: &Volume<'_>, across: f32, up: f32) -> f32 {
        let on_plane = plus([0.0; 3], across * self.reach, self.right);
        let on_plane = plus(on_plane, up * self.reach, self.up);
        // The corners of a cube are within 3^(1/2) / 2 sides of its middle, the view within 3/4.
        let far = 1.2 * self.reach;
        let place = |distance: f32| plus(on_plane, far - distance, self.eye);
        let mut before = -1.0;
        for step in 0..=(2.0 * far / STEP) as usize {
            let distance = step as f32 * STEP;
            let value = volume.at(place(distance));
            if value > 0.0 {
                // Straight between the two looks.
                let met = place(distance - STEP * value / (value - before));
                let inward = volume.slope(met);
                return AMBIENT + (1.0 - AMBIENT) * (-dot(unit(inward), self.light)).max(0.0);
            }
            before = value;
        }
        0.0
    }
}

struct Volume<'a> {
    /// `[depth, height, width]`
    values: &'a [f32],
    size: [usize; 3],
}

impl Volume<'_> {
    /// The value at a place, straight between voxels; empty beyond them.
    fn at(&self, [x, y, z]: Vector) -> f32 {
        let [depth, height, width] = self.size;
        // Depth counts from the front and height from the top.
        let place = [-z, -y, x];
        let middle = [depth, height, width].map(|n| (n as f32 - 1.0) / 2.0);
        let place = [0, 1, 2].map(|axis| place[axis] + middle[axis]);
        let floor = place.map(f32::floor);
        let share = [0, 1, 2].map(|axis| place[axis] - floor[axis]);
        let mut sum = 0.0;
        for corner in 0..8 {
            let bits = [corner >> 2 & 1, corner >> 1 & 1, corner & 1];
            let weight: f32 = [0, 1, 2]
                .map(|axis| if bits[axis] == 1 { share[axis] } else { 1.0 - share[axis] })
                .iter()
                .product();
            sum += weight * self.voxel([0, 1, 2].map(|axis| floor[axis] as i32 + bits[axis]));
        }
        sum
    }

    fn voxel(&self, place: [i32; 3]) -> f32 {
        let index =
            |axis: usize| usize::try_from(place[axis]).ok().filter(|i| *i < self.size[axis]);
        match (index(0), index(1), index(2)) {
            (Some(z), Some(y), Some(x)) => {
                let [_, height, width] = self.size;
                self.values[(z * height + y) * width + x]
            }
            _ => -1.0,
        }
    }

    /// Where the value grows, by differences over two voxels.
    fn slope(&self, place: Vector) -> Vector {
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
            .map(|axis| self.at(plus(place, 1.0, axis)) - self.at(plus(place, -1.0, axis)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cube of `side` voxels that is solid where `solid` says so, by depth, height and width.
    fn volume(side: usize, solid: impl Fn(usize, usize, usize) -> bool) -> Sheet {
        let at = |idx: usize| solid(idx / (side * side), idx / side % side, idx % side);
        let values = (0..side * side * side).map(|idx| if at(idx) { 1.0 } else { -1.0 }).collect();
        Sheet { medium: Medium::Volume, shape: vec![side; 3], values, columns: None }
    }

    fn rows(picture: &Sheet) -> Vec<&[f32]> {
        picture.values.chunks(picture.shape[2]).collect()
    }

    #[test]
    fn what_is_solid_is_bright_and_what_is_empty_black() {
        let ball = |z: usize, y: usize, x: usize| {
            [z, y, x].map(|i| (i as f32 - 7.5).powi(2)).iter().sum::<f32>() < 25.0
        };
        let picture = shaded(&volume(16, ball));
        assert_eq!((picture.medium, &picture.shape[..]), (Medium::Image, &[1, 32, 32][..]));
        let rows = rows(&picture);
        assert_eq!((rows[0][0], rows[31][31]), (-1.0, -1.0));
        assert!(rows[16][16] > 0.0, "{}", rows[16][16]);
        // The light comes from above and from the left.
        assert!(rows[11][13] > rows[20][19], "{} {}", rows[11][13], rows[20][19]);
        let seen = picture.values.iter().filter(|value| **value > -1.0).count() as f32;
        // A ball of radius 5 in a view of 24 voxels on 32 pixels: 140 pixels.
        assert!((120.0..170.0).contains(&seen), "{seen}");
    }

    #[test]
    fn up_is_up_and_right_is_right() {
        let centre = |of: Sheet| {
            let picture = shaded(&of);
            let side = picture.shape[1];
            let lit = picture.values.iter().enumerate().filter(|(_, value)| **value > -1.0);
            let (mut across, mut down, mut n) = (0.0, 0.0, 0.0);
            for (at, _) in lit {
                across += (at % side) as f32;
                down += (at / side) as f32;
                n += 1.0;
            }
            [across / n - side as f32 / 2.0, down / n - side as f32 / 2.0]
        };
        assert!(centre(volume(8, |_, y, _| y < 3))[1] < -2.0);
        assert!(centre(volume(8, |_, _, x| x > 4))[0] > 2.0);
        // What is in front is lower, seen from above.
        let [front, back] =
            [centre(volume(8, |z, _, _| z < 3)), centre(volume(8, |z, _, _| z > 4))];
        assert!(front[1] > back[1] + 1.0, "{front:?} {back:?}");
    }

    #[test]
    fn a_volume_that_is_not_finite_is_seen() {
        let mut broken = volume(4, |_, _, _| false);
        broken.values[7] = f32::NAN;
        assert!(shaded(&broken).values.iter().all(|value| value.is_nan()));
    }
}
