//! Statistics on disk: a safetensors file of our own, or what pytorch-fid wrote.
//!
//! Ours has the tensors `mean`, `[width]`, and `covariance`, `[width, width]`, in F64, and in its
//! metadata the number of samples and what the features depend on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use thiserror::Error;

use super::{Moments, numpy};
use crate::{EvalError, Provenance};

/// Key of the metadata that holds the provenance, as JSON.
const PROVENANCE: &str = "kiln.statistics.provenance";

/// Key of the metadata that holds the number of samples.
const COUNT: &str = "kiln.statistics.count";

/// Moments, and what the features that they are of depend on, where that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// Mean, covariance, number of samples.
    pub moments: Moments,
    /// What the features depend on; none in a file of pytorch-fid, which does not say.
    pub provenance: Option<Provenance>,
}

/// A file without statistics that can be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StatisticsError {
    /// The file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It holds something else.
    #[error(
        "{path} holds no statistics: {reason}; give a file that `kiln eval` wrote, or one of \
         pytorch-fid (.npz with mu and sigma)"
    )]
    Format {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Features of two extractors.
    #[error(
        "the statistics are of {theirs}, the features of {ours}: values of both are not \
         comparable, use the extractor of the statistics"
    )]
    Provenance {
        /// Of the statistics.
        theirs: String,
        /// Of the features.
        ours: String,
    },
}

impl Statistics {
    /// Reads a file of ours, or a `.npz` of pytorch-fid (told apart by their first bytes).
    ///
    /// # Errors
    ///
    /// When the file cannot be read or holds no statistics.
    pub fn read(path: &Path) -> Result<Self, StatisticsError> {
        let bytes = fs::read(path).map_err(|source| at(path, source))?;
        let read =
            if numpy::is_archive(&bytes) { numpy::statistics(&bytes) } else { Self::parse(&bytes) };
        read.map_err(|reason| StatisticsError::Format { path: path.to_owned(), reason })
    }

    /// Writes a safetensors file; an old one stays until the new one is whole.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), StatisticsError> {
        let reason = |reason: String| StatisticsError::Format { path: path.to_owned(), reason };
        let bytes = self.bytes().map_err(reason)?;
        kiln_core::atomic::write(path, &bytes).map_err(|source| at(path, source))
    }

    /// That features of `ours` may be compared with these.
    ///
    /// # Errors
    ///
    /// When they are known to be of another extractor, layer, resize or file of weights.
    pub fn check(&self, ours: &Provenance) -> Result<(), StatisticsError> {
        match &self.provenance {
            Some(theirs) if theirs != ours => {
                Err(StatisticsError::Provenance { theirs: sentence(theirs), ours: sentence(ours) })
            }
            _ => Ok(()),
        }
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        let (moments, width) = (&self.moments, self.moments.width());
        let [mean, covariance] = [moments.mean().to_vec(), moments.covariance()]
            .map(|values| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
        let tensors = [
            ("mean", TensorView::new(Dtype::F64, vec![width], &mean)),
            ("covariance", TensorView::new(Dtype::F64, vec![width, width], &covariance)),
        ];
        let tensors = tensors.into_iter().map(|(name, view)| Ok((name, view?)));
        let tensors: Result<Vec<_>, safetensors::SafeTensorError> = tensors.collect();
        let tensors = tensors.map_err(|error| error.to_string())?;
        safetensors::serialize(tensors, Some(self.metadata()?)).map_err(|error| error.to_string())
    }

    fn metadata(&self) -> Result<HashMap<String, String>, String> {
        let mut metadata = HashMap::new();
        if let Some(count) = self.moments.count() {
            metadata.insert(COUNT.to_owned(), count.to_string());
        }
        if let Some(provenance) = &self.provenance {
            let json = serde_json::to_string(provenance).map_err(|error| error.to_string())?;
            metadata.insert(PROVENANCE.to_owned(), json);
        }
        Ok(metadata)
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
        let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let count = metadata.get(COUNT).map(|count| count.parse::<u64>());
        let count = count.transpose().map_err(|error| format!("`{COUNT}`: {error}"))?;
        let provenance = metadata.get(PROVENANCE).map(|json| serde_json::from_str(json));
        let provenance = provenance.transpose().map_err(|e| format!("`{PROVENANCE}`: {e}"))?;
        let (mean, covariance) = (tensor(&file, "mean")?, tensor(&file, "covariance")?);
        Ok(Self { moments: moments(count, mean, &covariance)?, provenance })
    }
}

/// Moments that are said to be wrong in words.
pub(super) fn moments(
    count: Option<u64>,
    mean: Vec<f64>,
    covariance: &[f64],
) -> Result<Moments, String> {
    Moments::new(count, mean, covariance).map_err(|error: EvalError| error.to_string())
}

fn tensor(file: &SafeTensors<'_>, name: &str) -> Result<Vec<f64>, String> {
    let view = file.tensor(name).map_err(|error| error.to_string())?;
    if view.dtype() != Dtype::F64 {
        return Err(format!("`{name}` is {:?}, not F64", view.dtype()));
    }
    let (numbers, _) = view.data().as_chunks::<8>();
    Ok(numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
}

fn sentence(provenance: &Provenance) -> String {
    let Provenance { extractor, layer, resize, weights } = provenance;
    let weights = weights.as_deref().unwrap_or("none");
    format!("{extractor} (layer {layer}, resize {resize}, weights {weights})")
}

fn at(path: &Path, source: io::Error) -> StatisticsError {
    StatisticsError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statistics() -> Statistics {
        let covariance = [2.0, 0.5, 0.5, 1.0 / 3.0];
        let moments = Moments::new(Some(7), vec![0.1, -2.0], &covariance).unwrap();
        let [extractor, layer, resize] = ["digits", "pool", "none"].map(str::to_owned);
        let provenance = Some(Provenance { extractor, layer, resize, weights: None });
        Statistics { moments, provenance }
    }

    #[test]
    fn statistics_come_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("real.safetensors");
        for written in [statistics(), Statistics { provenance: None, ..statistics() }] {
            written.write(&path).unwrap();
            assert_eq!(Statistics::read(&path).unwrap(), written);
        }
    }

    #[test]
    fn statistics_of_another_extractor_are_refused_by_name() {
        let ours = Provenance { layer: "pool3".to_owned(), ..statistics().provenance.unwrap() };
        let refusal = statistics().check(&ours).unwrap_err().to_string();
        assert!(refusal.contains("layer pool,") && refusal.contains("layer pool3"), "{refusal}");
        assert!(statistics().check(&statistics().provenance.unwrap()).is_ok());
        assert!(Statistics { provenance: None, ..statistics() }.check(&ours).is_ok());
    }

    #[test]
    fn what_holds_no_statistics_is_refused_by_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.png");
        assert!(matches!(Statistics::read(&path), Err(StatisticsError::Io { .. })));
        for bytes in [&b"PNG"[..], b"PK\x03\x04 torn", b""] {
            fs::write(&path, bytes).unwrap();
            let refusal = Statistics::read(&path).unwrap_err().to_string();
            assert!(refusal.contains("picture.png holds no statistics"), "{refusal}");
        }
    }
}
