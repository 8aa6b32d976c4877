//! Points in the plane from a mixture of equal Gaussians, drawn instead of read: the tests of mode
//! coverage of Metz et al. 2017 ("Unrolled Generative Adversarial Networks") and Srivastava et al.
//! 2017 (VEEGAN, section 5.1).

use kiln_core::{Address, Checksum, Stream};
use serde::{Deserialize, Serialize};

/// A mixture of equal, round Gaussians in the plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mixture {
    /// Eight on a ring of radius 2, of deviation 0.02.
    Ring8,
    /// Twenty-five on a grid of 5 by 5, 2 apart, of deviation 0.05.
    Grid25,
}

impl Mixture {
    /// Every mixture.
    pub const ALL: [Self; 2] = [Self::Ring8, Self::Grid25];

    /// The word for it on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ring8 => "ring8",
            Self::Grid25 => "grid25",
        }
    }

    /// The centres of the Gaussians.
    pub fn centres(self) -> Vec<[f32; 2]> {
        match self {
            Self::Ring8 => {
                let at = |idx: u8| std::f32::consts::TAU * f32::from(idx) / 8.0;
                (0..8).map(|idx| [2.0 * at(idx).cos(), 2.0 * at(idx).sin()]).collect()
            }
            Self::Grid25 => {
                let place = |idx: u8| 2.0 * (f32::from(idx) - 2.0);
                (0..25).map(|idx| [place(idx % 5), place(idx / 5)]).collect()
            }
        }
    }

    /// Standard deviation of each coordinate about its centre.
    pub fn deviation(self) -> f32 {
        match self {
            Self::Ring8 => 0.02,
            Self::Grid25 => 0.05,
        }
    }

    /// `n` points drawn at `address`, `[n, 2]`.
    pub fn draw(self, n: usize, address: Address) -> Vec<f32> {
        let (centres, deviation) = (self.centres(), self.deviation());
        let mut stream = Stream::new(address);
        let mut points = Vec::with_capacity(2 * n);
        for _ in 0..n {
            let centre = centres[stream.below(centres.len() as u64) as usize];
            let noise = stream.normals(2);
            points
                .extend(centre.iter().zip(noise).map(|(centre, noise)| centre + deviation * noise));
        }
        points
    }

    /// SHA-256 of what defines it.
    pub fn checksum(self) -> Checksum {
        let (centres, deviation) = (self.centres(), self.deviation());
        Checksum::of(format!("points {centres:?} {deviation}").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiln_core::Purpose;

    #[test]
    fn the_ring_has_radius_two_and_the_grid_spacing_two() {
        let ring = Mixture::Ring8.centres();
        assert_eq!(ring.len(), 8);
        assert!(ring.iter().all(|[x, y]| (x.hypot(*y) - 2.0).abs() < 1e-6));
        let grid = Mixture::Grid25.centres();
        assert_eq!((grid[0], grid[1], grid[24]), ([-4.0, -4.0], [-2.0, -4.0], [4.0, 4.0]));
    }

    #[test]
    fn points_lie_about_their_centres_evenly() {
        for mixture in Mixture::ALL {
            let points = mixture.draw(20_000, Address::new(1, Purpose::Data));
            let centres = mixture.centres();
            let mut counts = vec![0_usize; centres.len()];
            let mut near = 0;
            for point in points.chunks_exact(2) {
                let far = |c: &[f32; 2]| (point[0] - c[0]).hypot(point[1] - c[1]);
                let nearest = (0..centres.len())
                    .min_by(|a, b| far(&centres[*a]).total_cmp(&far(&centres[*b])))
                    .unwrap();
                counts[nearest] += 1;
                near += usize::from(far(&centres[nearest]) <= 3.0 * mixture.deviation());
            }
            // In the plane 1 - exp(-9/2) = 98.9 % lie within three deviations.
            assert!((near as f32 / 20_000.0 - 0.9889).abs() < 0.003, "{near}");
            let even = 20_000 / centres.len();
            assert!(counts.iter().all(|n| (n * 10).abs_diff(even * 10) < even * 2), "{counts:?}");
        }
    }

    #[test]
    fn the_same_address_draws_the_same_points() {
        let address = Address::new(1, Purpose::Data);
        assert_eq!(Mixture::Ring8.draw(5, address), Mixture::Ring8.draw(5, address));
        assert_ne!(Mixture::Ring8.draw(5, address), Mixture::Ring8.draw(5, address.lane(1)));
    }
}
