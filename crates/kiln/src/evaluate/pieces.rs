//! Whether samples are volumes of one piece, as `kiln eval` shows it.

use std::fmt;

use kiln_core::{Medium, Sheet};
use kiln_eval::metric::Pieces;
use serde::Serialize;

use super::EvaluateError;

/// Of how many pieces volumes are.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PiecesReport {
    /// Samples judged.
    pub n: usize,
    /// Share of the samples whose solid voxels are one piece.
    pub connected_share: f64,
    /// Pieces of a sample, on average.
    pub mean_pieces: f64,
    /// The share of a sample's solid voxels in its largest piece, on average.
    pub largest_piece: f64,
}

/// Counts the pieces of each sample.
///
/// # Errors
///
/// When the samples are no volumes, or one holds a number that is not finite.
pub fn count_pieces(samples: &Sheet) -> Result<PiecesReport, EvaluateError> {
    let (Medium::Volume, &[depth, height, width]) = (samples.medium, &samples.shape[..]) else {
        return Err(EvaluateError::NoVolumes { shape: samples.shape.clone() });
    };
    if let Some(idx) = samples.values.iter().position(|value| !value.is_finite()) {
        return Err(EvaluateError::NotFinite { sample: idx / samples.sample_len() });
    }
    let all: Vec<Pieces> =
        samples.samples().map(|sample| Pieces::of(sample, [depth, height, width])).collect();
    let n = all.len().max(1) as f64;
    Ok(PiecesReport {
        n: all.len(),
        connected_share: all.iter().filter(|pieces| pieces.count == 1).count() as f64 / n,
        mean_pieces: all.iter().map(|pieces| pieces.count as f64).sum::<f64>() / n,
        largest_piece: all.iter().map(|pieces| pieces.largest_share).sum::<f64>() / n,
    })
}

impl fmt::Display for PiecesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        writeln!(f, "samples         {}", self.n)?;
        writeln!(f, "one piece       {}", percent(self.connected_share))?;
        writeln!(f, "pieces          {:.2} of a sample", self.mean_pieces)?;
        write!(f, "largest piece   {} of what is solid", percent(self.largest_piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most that a generator of them can reach.
    #[test]
    fn solids_are_of_one_piece() {
        let options = kiln_data::OpenOptions::default();
        let all = kiln_data::open(&kiln_data::Source::Solids, kiln_data::Split::Test, &options);
        let all = all.unwrap();
        let voxels = (0..300).flat_map(|idx| all.picture(idx).unwrap().pixels);
        let values = voxels.map(|byte| if byte > 127 { 1.0 } else { -1.0 }).collect();
        let (medium, shape) = (Medium::Volume, vec![32; 3]);
        let report = count_pieces(&Sheet { medium, shape, values, columns: None }).unwrap();
        assert_eq!(report.connected_share, 1.0);
    }

    #[test]
    fn the_share_of_one_piece_counts_neither_two_nor_none() {
        let (medium, shape) = (Medium::Volume, vec![1, 1, 3]);
        let values = vec![1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, -1.0, -1.0, -1.0, 1.0, -1.0];
        let sheet = Sheet { medium, shape, values, columns: None };
        let expected = "\
samples         4
one piece       50.0 %
pieces          1.00 of a sample
largest piece   62.5 % of what is solid";
        assert_eq!(count_pieces(&sheet).unwrap().to_string(), expected);
        let pictures = Sheet { medium: Medium::Image, ..sheet };
        assert!(matches!(count_pieces(&pictures), Err(EvaluateError::NoVolumes { .. })));
    }
}
