//! Of how many pieces volumes are: solid voxels that touch by their faces belong together.

use serde::Serialize;

/// The pieces of one volume.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Pieces {
    /// How many there are; none of a volume that is empty.
    pub count: usize,
    /// The share of the solid voxels that the largest has; 0 of a volume that is empty.
    pub largest_share: f64,
}

impl Pieces {
    /// Of voxels `[depth, height, width]`, of which those above zero are solid.
    pub fn of(voxels: &[f32], shape: [usize; 3]) -> Self {
        let mut solid: Vec<bool> = voxels.iter().map(|value| *value > 0.0).collect();
        let n_solid = solid.iter().filter(|solid| **solid).count();
        let (mut count, mut largest, mut reached) = (0, 0, Vec::new());
        for start in 0..solid.len() {
            let mut size = 0;
            reached.extend(std::mem::take(&mut solid[start]).then_some(start));
            while let Some(at) = reached.pop() {
                size += 1;
                let beside = neighbours(at, shape);
                reached.extend(beside.filter(|next| std::mem::take(&mut solid[*next])));
            }
            count += usize::from(size > 0);
            largest = largest.max(size);
        }
        Self { count, largest_share: largest as f64 / n_solid.max(1) as f64 }
    }
}

/// The voxels that share a face with the one at `at`.
fn neighbours(at: usize, [depth, height, width]: [usize; 3]) -> impl Iterator<Item = usize> {
    let axes = [(1, width), (width, height), (width * height, depth)];
    axes.into_iter().flat_map(move |(step, length)| {
        let place = at / step % length;
        let before = (place > 0).then(|| at - step);
        let after = (place + 1 < length).then_some(at + step);
        before.into_iter().chain(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(voxels: [u8; 8], count: usize, largest_share: f64) {
        let values = voxels.map(|solid| if solid == 1 { 1.0 } else { -1.0 });
        assert_eq!(Pieces::of(&values, [2; 3]), Pieces { count, largest_share });
    }

    #[test]
    fn voxels_belong_together_by_their_faces_and_not_by_edges_or_corners() {
        check([1; 8], 1, 1.0);
        check([1, 1, 0, 0, 0, 0, 0, 1], 2, 2.0 / 3.0);
        check([1, 0, 0, 1, 0, 0, 0, 0], 2, 0.5);
        check([1, 0, 0, 0, 1, 0, 0, 0], 1, 1.0);
        check([0; 8], 0, 0.0);
    }

    /// The end of a row does not touch the start of the next.
    #[test]
    fn rows_do_not_go_on_in_the_next() {
        let mut values = [-1.0; 27];
        (values[2], values[3]) = (1.0, 1.0);
        assert_eq!(Pieces::of(&values, [3; 3]).count, 2);
        assert_eq!(Pieces::of(&[f32::NAN; 27], [3; 3]).count, 0);
    }
}
