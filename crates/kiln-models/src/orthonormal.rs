//! Random matrices with orthogonal rows: Gram and Schmidt's way, each row twice, of normal numbers.

use kiln_core::Stream;

/// A matrix `[rows, columns]`, row after row, whose rows are orthogonal and of length one, or its
/// columns where there are more rows than columns. All such matrices are equally likely.
pub(crate) fn orthonormal(rows: usize, columns: usize, stream: &mut Stream) -> Vec<f32> {
    let (n, length) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(n);
    for _ in 0..n {
        let drawn = stream.normals(length).into_iter().map(f64::from).collect();
        // Once more takes away what rounding has left.
        let vector = apart(apart(drawn, &vectors), &vectors);
        vectors.push(vector);
    }
    let cell = |place: usize| match rows <= columns {
        true => vectors[place / columns][place % columns],
        false => vectors[place % columns][place / columns],
    };
    (0..rows * columns).map(|place| cell(place) as f32).collect()
}

/// What is left of `vector` without its parts along `others`, with a length of one.
fn apart(mut vector: Vec<f64>, others: &[Vec<f64>]) -> Vec<f64> {
    for other in others {
        let along = dot(&vector, other);
        vector.iter_mut().zip(other).for_each(|(v, o)| *v -= along * o);
    }
    let length = dot(&vector, &vector).sqrt();
    vector.iter_mut().for_each(|v| *v /= length);
    vector
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
