//! Solids of six kinds as voxels, drawn instead of read: what a generator of volumes can learn without
//! a file. Sizes, proportions, places and turns about the upright axis are random.
//!
//! Which solid a number stands for follows from the number and the part of the data alone, and it is
//! drawn at any resolution.

use kiln_core::{Address, Checksum, Medium, Purpose, Stream};

use crate::gathered::Labels;
use crate::pictures::Store;
use crate::{DataError, Kind, OpenOptions, Pictures, Split};

/// The kinds, in the order of their labels.
const KINDS: [&str; 6] = ["ball", "box", "chair", "cone", "cylinder", "ring"];
/// Solids to learn from, and those that are held out: as many of each kind.
const COUNTS: [usize; 2] = [30_000, 3000];
/// Voxels along a side, unless the user says how many.
const SIDE: usize = 32;

/// The numbers of some solids.
#[derive(Debug, Clone)]
pub(crate) struct Solids {
    pub(crate) split: Split,
    pub(crate) numbers: Vec<usize>,
}

/// All solids of one part, as volumes of the side that is asked for.
pub(crate) fn solids(
    name: String,
    split: Split,
    options: &OpenOptions,
) -> Result<Pictures, DataError> {
    options.check_volumes()?;
    let side = options.size.unwrap_or(SIDE);
    if !(8..=256).contains(&side) {
        let message = format!("solids are drawn with 8 to 256 voxels a side, not {side}");
        return Err(DataError::BadOption(message));
    }
    let len = COUNTS[usize::from(split == Split::Test)];
    let labels = Labels {
        of: (0..len).map(|number| (number % KINDS.len()) as u32).collect(),
        classes: KINDS.map(str::to_owned).into(),
    };
    Ok(Pictures {
        name,
        kind: Kind::Drawn,
        medium: Medium::Volume,
        shape: [side; 3],
        len,
        labels: Some(labels),
        checksum: Checksum::of(format!("solids 2 {split} {len}").as_bytes()),
        store: Store::Solids(Solids { split, numbers: (0..len).collect() }),
        skipped: Default::default(),
        inputs: None,
    })
}

impl Solids {
    /// Appends one solid as voxels of `side`: the share of each that is within, by its eight corners, from
    /// 0 to 255.
    pub(crate) fn append(&self, index: usize, side: usize, voxels: &mut Vec<u8>) {
        let number = self.numbers[index];
        let address = Address::new(0, Purpose::Data).lane(number as u64);
        let mut stream = Stream::new(address.named(&format!("solid {}", self.split)));
        let solid = Solid::draw(number % KINDS.len(), &mut stream);
        // From front to back, top to bottom, left to right.
        let (row, slice) = (side + 1, (side + 1) * (side + 1));
        let place = |idx: usize| 2.0 * idx as f32 / side as f32 - 1.0;
        let within = |idx: usize| {
            let [x, y, z] = [idx % row, idx % slice / row, idx / slice].map(place);
            u16::from(solid.contains([x, -y, -z]))
        };
        let corners: Vec<u16> = (0..row * slice).map(within).collect();
        let around = [0, 1, row, row + 1].map(|step| [step, slice + step]).concat();
        let rows = (0..side * side).map(|idx| idx / side * slice + idx % side * row);
        for first in rows.flat_map(|start| start..start + side) {
            let within: u16 = around.iter().map(|step| corners[first + step]).sum();
            voxels.push(((255 * within + 4) / 8) as u8);
        }
    }
}

/// A solid in the cube `[-1, 1]^3`: x to the right, y up, z towards the viewer.
#[derive(Debug, Clone, Copy)]
struct Solid {
    kind: usize,
    /// Cosine and sine of the turn about the upright axis.
    turn: [f32; 2],
    /// Half of its side in the cube.
    size: f32,
    centre: [f32; 3],
    /// What its proportions follow from, each in `[0, 1)`.
    free: [f32; 3],
}

impl Solid {
    fn draw(kind: usize, stream: &mut Stream) -> Self {
        let mut next = || stream.uniform();
        let turn = std::f32::consts::TAU * next();
        let size = 0.6 + 0.35 * next();
        let centre = [(); 3].map(|()| (1.0 - size) * (next() - 0.5));
        let free = [(); 3].map(|()| next());
        Self { kind, turn: [turn.cos(), turn.sin()], size, centre, free }
    }

    fn contains(&self, place: [f32; 3]) -> bool {
        let [x, y, z] = [0, 1, 2].map(|axis| (place[axis] - self.centre[axis]) / self.size);
        let [cosine, sine] = self.turn;
        let (x, z) = (cosine * x + sine * z, cosine * z - sine * x);
        let [a, b, c] = self.free;
        let between = |low: f32, high: f32, share: f32| low + (high - low) * share;
        let round = x.hypot(z);
        match self.kind {
            0 => (round / between(0.7, 1.0, a)).hypot(y / between(0.7, 1.0, b)) <= 1.0,
            1 => {
                let [width, height, depth] =
                    [between(0.4, 0.7, a), between(0.4, 0.9, b), between(0.4, 0.7, c)];
                x.abs() <= width && y.abs() <= height && z.abs() <= depth
            }
            2 => chair([x, y, z], between(0.5, 0.65, a), between(0.22, 0.3, b)),
            3 => {
                let height = between(0.7, 0.95, a);
                let share = (height - y) / (2.0 * height);
                (0.0..=1.0).contains(&share) && round <= share * between(0.6, 0.95, b)
            }
            4 => round <= between(0.4, 0.7, a) && y.abs() <= between(0.6, 0.95, b),
            _ => {
                let thick = between(0.22, 0.32, a);
                (round - 0.97 + thick).hypot(y) <= thick
            }
        }
    }
}

/// A seat of half width `wide` on four legs, with a back, all `thick`.
fn chair([x, y, z]: [f32; 3], wide: f32, thick: f32) -> bool {
    if x.abs() > wide || z.abs() > wide || y.abs() > 0.95 {
        return false;
    }
    let seat = y.abs() <= thick / 2.0;
    let back = y > 0.0 && z <= thick - wide;
    let legs = y < 0.0 && x.abs() >= wide - thick && z.abs() >= wide - thick;
    seat || back || legs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(split: Split, side: usize) -> Pictures {
        let options = OpenOptions { size: Some(side), ..OpenOptions::default() };
        solids("solids".into(), split, &options).unwrap()
    }

    fn share(pixels: &[u8]) -> f32 {
        pixels.iter().map(|value| f32::from(*value) / 255.0).sum::<f32>() / pixels.len() as f32
    }

    #[test]
    fn each_kind_fills_some_of_the_cube() {
        let all = all(Split::Train, 32);
        for index in 0..120 {
            let solid = all.picture(index).unwrap();
            assert_eq!((solid.shape, solid.label), ([32; 3], Some(index as u32 % 6)));
            let share = share(&solid.pixels);
            assert!((0.01..0.6).contains(&share), "{index}: {share}");
        }
    }

    #[test]
    fn a_number_stands_for_the_same_solid_at_any_resolution() {
        let [small, large] = [16, 64].map(|side| all(Split::Train, side));
        for index in 0..12 {
            let [a, b] = [&small, &large].map(|all| share(&all.picture(index).unwrap().pixels));
            assert!((a - b).abs() < 0.04, "{index}: {a} {b}");
        }
        assert_eq!(small.checksum(), large.checksum());
    }

    #[test]
    fn held_out_solids_are_others() {
        let [train, test] = [Split::Train, Split::Test].map(|split| all(split, 16));
        assert_ne!(train.picture(0).unwrap(), test.picture(0).unwrap());
        assert_eq!((train.len(), test.len()), (30_000, 3000));
        assert!(
            solids(
                "solids".into(),
                Split::Train,
                &OpenOptions { size: Some(4), ..OpenOptions::default() }
            )
            .is_err()
        );
    }

    /// Of a chair at rest: the back is behind and above, legs are below, and between them is nothing.
    #[test]
    fn a_chair_has_a_back_a_seat_and_legs() {
        let at = |x, y, z| chair([x, y, z], 0.6, 0.2);
        assert!(at(0.0, 0.0, 0.0) && at(0.0, 0.9, -0.5) && at(0.5, -0.9, 0.5));
        assert!(!at(0.0, 0.9, 0.5) && !at(0.0, -0.5, 0.0));
    }
}
