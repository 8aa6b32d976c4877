//! Sounds at another rate: by a sinc under Hann's window, cut off at the lower of both rates' Nyquist
//! frequencies, so that nothing is folded back.

use std::f64::consts::PI;

/// Zero crossings of the kernel on either side of its middle.
const CROSSINGS: f64 = 16.0;

/// Two rates, in samples a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rates {
    /// Of what there is.
    pub(crate) from: u32,
    /// Of what is made.
    pub(crate) to: u32,
}

/// The kernel between two samples: what the samples from `first` on weigh.
struct Kernel {
    first: i64,
    weights: Vec<f32>,
}

impl Rates {
    /// Samples that `length` ones are made of.
    pub(crate) fn reach(self, length: usize) -> u64 {
        let samples = length as f64 / self.ratio() + CROSSINGS / self.cutoff();
        if self.from == self.to { length as u64 } else { samples.ceil() as u64 }
    }

    /// Up to `length` samples.
    pub(crate) fn change(self, samples: &[f32], length: usize) -> Vec<f32> {
        let count = (samples.len() as f64 * self.ratio()).round() as usize;
        let count = count.clamp(1, length);
        if self.from == self.to {
            return samples[..count.min(samples.len())].to_vec();
        }
        // After so many samples the kernels come again, so many samples of the sound later.
        let common = gcd(self.from, self.to);
        let [phases, step] = [self.to / common, self.from / common].map(|n| n as usize);
        let kernels: Vec<_> = (0..phases.min(count)).map(|phase| self.kernel(phase)).collect();
        let at = |idx: usize| {
            let (kernel, offset) = (&kernels[idx % phases], (idx / phases * step) as i64);
            let weigh = |(j, weight): (usize, &f32)| {
                let from = usize::try_from(kernel.first + offset + j as i64).ok();
                from.and_then(|from| samples.get(from)).map_or(0.0, |sample| sample * weight)
            };
            kernel.weights.iter().enumerate().map(weigh).sum()
        };
        (0..count).map(at).collect()
    }

    fn ratio(self) -> f64 {
        f64::from(self.to) / f64::from(self.from)
    }

    fn cutoff(self) -> f64 {
        self.ratio().min(1.0)
    }

    fn kernel(self, idx: usize) -> Kernel {
        let (cutoff, centre) = (self.cutoff(), idx as f64 / self.ratio());
        let reach = CROSSINGS / cutoff;
        let [first, last] = [(centre - reach).ceil(), (centre + reach).floor()].map(|at| at as i64);
        let weight = |at: i64| {
            let phase = PI * (at as f64 - centre);
            let sinc = if phase == 0.0 { 1.0 } else { (phase * cutoff).sin() / (phase * cutoff) };
            (cutoff * sinc * (0.5 + 0.5 * (phase / reach).cos())) as f32
        };
        Kernel { first, weights: (first..=last).map(weight).collect() }
    }
}

fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
