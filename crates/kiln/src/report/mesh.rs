//! Volumes as files that other programs read: the faces of solid voxels as Wavefront OBJ, and the voxels
//! as an array of NumPy, which `--data` reads again.

use std::collections::HashMap;
use std::fmt::Write;

/// The surface of a volume `[depth, height, width]`: the faces between solid voxels, which are above
/// zero, and empty ones, as squares whose corners run counter-clockwise seen from without. The longest
/// side has length 1; x points to the right, y up, z to the viewer.
pub(super) fn obj(values: &[f32], size: [usize; 3]) -> String {
    let mut mesh = Mesh::new(size);
    let solid = |place: [isize; 3]| {
        let index = |axis: usize| usize::try_from(place[axis]).ok().filter(|i| *i < size[axis]);
        match (index(0), index(1), index(2)) {
            (Some(z), Some(y), Some(x)) => values[(z * size[1] + y) * size[2] + x] > 0.0,
            _ => false,
        }
    };
    for z in 0..size[0] as isize {
        for y in 0..size[1] as isize {
            for x in (0..size[2] as isize).filter(|x| solid([z, y, *x])) {
                for axis in 0..3 {
                    for side in [0, 1] {
                        let mut beside = [z, y, x];
                        beside[axis] += 2 * side - 1;
                        if !solid(beside) {
                            mesh.face([z, y, x], axis, side);
                        }
                    }
                }
            }
        }
    }
    mesh.text()
}

/// Corners, each once, and squares of them.
struct Mesh {
    size: [usize; 3],
    numbers: HashMap<[isize; 3], usize>,
    corners: Vec<[isize; 3]>,
    faces: Vec<[usize; 4]>,
}

impl Mesh {
    fn new(size: [usize; 3]) -> Self {
        Self { size, numbers: HashMap::new(), corners: Vec::new(), faces: Vec::new() }
    }

    /// Adds the face of a voxel that looks along `axis`, to its end (1) or its start (0).
    fn face(&mut self, voxel: [isize; 3], axis: usize, side: isize) {
        let [first, second] = [(axis + 1) % 3, (axis + 2) % 3];
        let mut round = [[0, 0], [1, 0], [1, 1], [0, 1]];
        // Depth, height and width are a left-handed space: seen from the end of one, the next two go
        // round clockwise.
        if side == 1 {
            round.reverse();
        }
        let corners = round.map(|[a, b]| {
            let mut corner = voxel;
            corner[axis] += side;
            corner[first] += a;
            corner[second] += b;
            self.corner(corner)
        });
        self.faces.push(corners);
    }

    /// The number of a corner, counted from 1.
    fn corner(&mut self, at: [isize; 3]) -> usize {
        *self.numbers.entry(at).or_insert_with(|| {
            self.corners.push(at);
            self.corners.len()
        })
    }

    fn text(&self) -> String {
        let longest = self.size.into_iter().max().unwrap_or(1).max(1) as f64;
        let mut text = String::from("# made by kiln\n");
        for corner in &self.corners {
            let [z, y, x] = [0, 1, 2]
                .map(|axis| (corner[axis] as f64 - self.size[axis] as f64 / 2.0) / longest);
            // Depth counts from the front, height from the top. Writing to a text does not fail.
            let _ = writeln!(text, "v {x} {} {}", 0.0 - y, 0.0 - z);
        }
        for [a, b, c, d] in &self.faces {
            let _ = writeln!(text, "f {a} {b} {c} {d}");
        }
        text
    }
}

/// The voxels as NumPy's format, version 1: little-endian singles, 0 for empty to 1 for solid.
pub(super) fn npy(values: &[f32], [depth, height, width]: [usize; 3]) -> Vec<u8> {
    let shape = format!("({depth}, {height}, {width})");
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    // Numbers begin at a multiple of 64 bytes.
    let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let header = format!("{header:<0$}\n", padded - 1);
    let numbers =
        values.iter().flat_map(|value| ((value + 1.0) / 2.0).clamp(0.0, 1.0).to_le_bytes());
    let length = (header.len() as u16).to_le_bytes();
    b"\x93NUMPY\x01\x00"
        .iter()
        .copied()
        .chain(length)
        .chain(header.bytes())
        .chain(numbers)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(line: &str) -> Vec<f64> {
        line.split(' ').skip(1).map(|number| number.parse().unwrap()).collect()
    }

    /// The corners of each face.
    fn faces(text: &str) -> Vec<Vec<Vec<f64>>> {
        let corners: Vec<_> =
            text.lines().filter(|line| line.starts_with("v ")).map(numbers).collect();
        let faces = text.lines().filter(|line| line.starts_with("f ")).map(numbers);
        faces.map(|face| face.iter().map(|n| corners[*n as usize - 1].clone()).collect()).collect()
    }

    #[test]
    fn a_voxel_is_a_cube_whose_faces_look_outwards() {
        let mut values = [-1.0; 27];
        values[13] = 1.0; // the middle
        let text = obj(&values, [3; 3]);
        let faces = faces(&text);
        assert_eq!((faces.len(), text.matches("\nv ").count()), (6, 8));
        for face in faces {
            let edge = |from: usize, to: usize| -> Vec<f64> {
                (0..3).map(|axis| face[to][axis] - face[from][axis]).collect()
            };
            let (a, b) = (edge(0, 1), edge(1, 2));
            let across = [1, 2, 0].map(|i| [i, (i + 1) % 3]);
            let normal = across.map(|[i, j]| a[i] * b[j] - a[j] * b[i]);
            let centre: Vec<f64> =
                (0..3).map(|axis| face.iter().map(|corner| corner[axis]).sum()).collect();
            let outwards: f64 = normal.iter().zip(&centre).map(|(n, c)| n * c).sum();
            assert!(outwards > 0.0, "{face:?}");
        }
    }

    #[test]
    fn faces_between_solid_voxels_are_left_out_and_up_is_up() {
        // Two voxels one upon the other, in a volume of height 2.
        assert_eq!(faces(&obj(&[1.0, 1.0], [1, 2, 1])).len(), 10);
        let top = faces(&obj(&[1.0, -1.0], [1, 2, 1]));
        assert!(top.iter().flatten().all(|corner| corner[1] >= 0.0), "{top:?}");
        assert_eq!(obj(&[-1.0], [1; 3]), "# made by kiln\n");
    }

    #[test]
    fn an_array_has_a_header_of_whole_blocks_and_shares() {
        let bytes = npy(&[-1.0, 0.0, 1.0, 7.0], [1, 2, 2]);
        assert_eq!((bytes.len(), &bytes[..8]), (128 + 16, &b"\x93NUMPY\x01\x00"[..]));
        let numbers = bytes[128..].as_chunks().0.iter().map(|n| f32::from_le_bytes(*n));
        assert_eq!(numbers.collect::<Vec<_>>(), [0.0, 0.5, 1.0, 1.0]);
        assert_eq!(bytes[127], b'\n');
    }
}
