//! Sounds as spectrograms: time from left to right, frequency from below to half of the rate, black for
//! 80 decibels under the loudest that a sine can be.

use kiln_core::{Medium, Sheet};
use rayon::prelude::*;

/// Columns of a picture, and its rows: frequencies.
const SIDE: usize = 64;
/// Samples that are looked at together: each frequency is a whole number of periods in them.
const WINDOW: usize = 2 * SIDE;
/// What is black, in decibels.
const FLOOR: f32 = -80.0;

/// The same sheet as pictures, of the first channel. A column is the loudest of the windows in its part
/// of the sound, each over half of the one before, so that nothing is passed over. Where a sound holds a
/// number that is not finite, so do the columns that look at it.
pub(super) fn spectrograms(sounds: &Sheet) -> Sheet {
    let time = sounds.shape.last().copied().unwrap_or(0);
    let waves = Waves::new();
    let samples: Vec<&[f32]> = sounds.samples().collect();
    let pictures = samples.into_par_iter().flat_map_iter(|sound| waves.picture(&sound[..time]));
    let values = pictures.collect();
    let (medium, shape, columns) = (Medium::Image, vec![1, SIDE, SIDE], sounds.columns);
    Sheet { medium, shape, values, columns }
}

/// A period of a cosine, and Hann's window.
struct Waves {
    cosine: Vec<f32>,
    hann: Vec<f32>,
}

impl Waves {
    fn new() -> Self {
        let cosine = |idx: usize| (std::f32::consts::TAU * idx as f32 / WINDOW as f32).cos();
        let cosine: Vec<f32> = (0..WINDOW).map(cosine).collect();
        let hann = cosine.iter().map(|cosine| 0.5 - 0.5 * cosine).collect();
        Self { cosine, hann }
    }

    /// `[SIDE, SIDE]`, values in `[-1, 1]`, the highest frequency first.
    fn picture(&self, sound: &[f32]) -> Vec<f32> {
        let mut picture = vec![-1.0; SIDE * SIDE];
        let windows = sound.len().div_ceil(SIDE * WINDOW / 2).max(1);
        for idx in 0..SIDE * windows {
            let middle = (2 * idx + 1) * sound.len() / (2 * SIDE * windows);
            let part = self.part(sound, middle);
            for row in 0..SIDE {
                let loudest = &mut picture[row * SIDE + idx / windows];
                let level = self.level(&part, SIDE - 1 - row);
                // What is no number stays.
                if level.is_nan() || level > *loudest {
                    *loudest = level;
                }
            }
        }
        picture
    }

    /// What the window lets through around a sample.
    fn part(&self, sound: &[f32], middle: usize) -> Vec<f32> {
        let at = |idx: usize| (middle + idx).checked_sub(WINDOW / 2).and_then(|at| sound.get(at));
        (0..WINDOW).map(|idx| self.hann[idx] * at(idx).copied().unwrap_or(0.0)).collect()
    }

    /// How loud a frequency is, from -1 for the floor to 1 for a full sine.
    fn level(&self, part: &[f32], frequency: usize) -> f32 {
        let (mut real, mut imaginary) = (0.0, 0.0);
        for (idx, value) in part.iter().enumerate() {
            let phase = idx * frequency;
            real += value * self.cosine[phase % WINDOW];
            imaginary += value * self.cosine[(phase + 3 * WINDOW / 4) % WINDOW];
        }
        // Half of a sine is at its frequency, and half of the window's sum is its mean.
        let magnitude = f32::hypot(real, imaginary) / (WINDOW as f32 / 4.0);
        if !magnitude.is_finite() {
            return f32::NAN;
        }
        let decibels = 20.0 * magnitude.max(f32::MIN_POSITIVE).log10();
        (1.0 - 2.0 * decibels / FLOOR).clamp(-1.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(sound: Vec<f32>) -> Sheet {
        let (medium, shape) = (Medium::Sound { rate: 8000 }, vec![1, 1, sound.len()]);
        spectrograms(&Sheet { medium, shape, values: sound, columns: None })
    }

    #[test]
    fn a_full_sine_is_a_white_line_at_its_frequency_and_silence_black() {
        // Sixteen periods in a window: a quarter of the way up.
        let sine = |idx: usize| (std::f32::consts::TAU * 16.0 * idx as f32 / WINDOW as f32).sin();
        let picture = seen((0..1024).map(sine).collect());
        assert_eq!(picture.shape, [1, 64, 64]);
        let at = |row: usize| picture.values[row * SIDE + 32];
        assert!((at(63 - 16) - 1.0).abs() < 1e-3, "{}", at(63 - 16));
        assert!(at(63 - 30) < -0.5 && at(0) < -0.5, "{} {}", at(63 - 30), at(0));
        assert!(seen(vec![0.0; 1024]).values.iter().all(|value| *value == -1.0));
    }

    #[test]
    fn a_click_is_seen_wherever_it_is_in_a_long_sound() {
        for at in (0..16_384).step_by(97) {
            let mut click = vec![0.0; 16_384];
            click[at] = 1.0;
            let column = at * SIDE / 16_384;
            let picture = seen(click).values;
            let loudest = (0..SIDE).map(|row| picture[row * SIDE + column]).fold(-1.0, f32::max);
            assert!(loudest > -0.5, "at {at}: {loudest}");
        }
    }

    #[test]
    fn time_runs_to_the_right_and_what_is_not_finite_is_seen() {
        let mut click = vec![0.0; 1024];
        click[900] = 1.0;
        let picture = seen(click);
        let column = |at: usize| (0..SIDE).map(|row| picture.values[row * SIDE + at]).sum::<f32>();
        assert!(column(56) > column(8) + 10.0, "{} {}", column(56), column(8));
        for (value, length) in [(f32::NAN, 1024), (f32::INFINITY, 1024), (f32::NAN, 16_384)] {
            let mut broken = vec![0.0; length];
            broken[200] = value;
            assert!(seen(broken).values.iter().any(|value| value.is_nan()), "{value} of {length}");
        }
    }
}
