//! VGG-19 from torchvision's file of weights, whose features perceptual losses compare.

use std::path::Path;

use kiln_core::{Checksum, ParameterPath};
use kiln_models::Vgg;

use crate::TensorFileError;
use crate::tensor_file::{Naming, TensorFile, fill};

/// Where the published weights are; what is named after the blocks in use is left aside.
pub const VGG_URL: &str = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth";

/// torchvision's names.
const PUBLISHED: Naming = Naming { name: published, ignored };
/// The place of each convolution among convolutions, activations and poolings.
const PLACES: [usize; 16] = [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34];

/// The network with the weights of a file: PyTorch's, or safetensors with the same names; and the
/// file's SHA-256.
///
/// # Errors
///
/// When the file cannot be read, or a weight is missing or of another shape.
pub fn read_vgg(network: Vgg, path: &Path) -> Result<(Vgg, Checksum), TensorFileError> {
    let file = TensorFile::open(path)?;
    let checksum = file.checksum().clone();
    Ok((fill(network, &file, PUBLISHED)?, checksum))
}

/// `units.3.conv.weight` is `features.7.weight`.
fn published(path: &ParameterPath) -> String {
    let path = path.join();
    let parts: Vec<&str> = path.split('.').collect();
    let place = parts.get(1).and_then(|idx| PLACES.get(idx.parse::<usize>().ok()?));
    match (place, parts.last()) {
        (Some(place), Some(leaf)) => format!("features.{place}.{leaf}"),
        _ => path,
    }
}

/// The classifier, and what is asked for by no network: a deeper block than those in use.
fn ignored(name: &str) -> bool {
    name.starts_with("classifier.") || name.starts_with("features.")
}
