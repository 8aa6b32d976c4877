//! Files that `torch.save` wrote, new and old, without PyTorch.
//!
//! `pytorch-reader` knows every container that PyTorch has had, builds no Python object and bounds
//! what it allocates. The published Inception weights lie in the pickle stream of before 2020.

use std::collections::BTreeMap;
use std::path::Path;

use pytorch_reader::{DType, PytorchReader, Tensor};

use super::file::Entry;
use super::number::{Number, not_floating};

/// The tensors of a state dict, by name.
pub(super) fn entries(path: &Path) -> Result<BTreeMap<String, Entry>, String> {
    let reader = PytorchReader::new(path).map_err(|error| error.to_string())?;
    let tensors = reader.into_tensors();
    if tensors.is_empty() {
        return Err("there is no tensor in it".to_owned());
    }
    Ok(tensors.into_iter().map(|(name, tensor)| (name, entry(tensor))).collect())
}

fn entry(tensor: Tensor) -> Entry {
    let shape = tensor.shape().to_vec();
    let read = move || {
        let number = number(tensor.dtype())?;
        let bytes = tensor.read().map_err(|error| error.to_string())?;
        Ok(number.decode(&bytes))
    };
    Entry { shape, values: Box::new(read) }
}

fn number(dtype: DType) -> Result<Number, String> {
    match dtype {
        DType::F16 => Ok(Number::F16),
        DType::BF16 => Ok(Number::BF16),
        DType::F32 => Ok(Number::F32),
        DType::F64 => Ok(Number::F64),
        other => Err(not_floating(&other)),
    }
}
