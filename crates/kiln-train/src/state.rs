//! Everything a game needs to go on, as named tensors and named values.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use crate::parameters::{flat, parameters, replace};
use crate::readback;

/// A saved state under construction or being taken apart.
///
/// Tensors that are put in stay on their device until [`read`](Self::read) fetches them all in
/// one transfer.
#[derive(Debug, Default)]
pub struct State {
    pending: Vec<(String, Vec<usize>, Tensor<1>)>,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
    values: BTreeMap<String, Value>,
}

/// A state that does not fit the program that reads it.
#[derive(Debug, Error)]
pub enum StateError {
    /// A name is not there.
    #[error("the saved state has no `{0}`: it was written by another recipe or version")]
    Missing(String),
    /// A name that nobody asked for.
    #[error("the saved state also holds `{0}`: it was written by another recipe or version")]
    Unused(String),
    /// Another shape than the network's.
    #[error("the saved `{name}` has shape {saved:?}, the network's has {expected:?}")]
    Shape {
        /// Which tensor.
        name: String,
        /// Its shape in the file.
        saved: Vec<usize>,
        /// Its shape in the network.
        expected: Vec<usize>,
    },
    /// A value of another kind than expected.
    #[error("the saved `{name}` cannot be read: {reason}")]
    Value {
        /// Which value.
        name: String,
        /// Why.
        reason: String,
    },
    /// The bytes are not a saved state.
    #[error("not a saved state: {0}")]
    Format(String),
    /// The device failed.
    #[error("the device failed while its numbers were read: {0}")]
    Device(String),
}

impl State {
    /// An empty state.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a value in.
    pub fn put(&mut self, name: &str, value: &impl Serialize) {
        // A value that has no JSON form is found by `take`, which names it.
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.values.insert(name.to_owned(), value);
    }

    /// Takes a value out.
    ///
    /// # Errors
    ///
    /// When it is not there or is of another kind.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, StateError> {
        let value = self.values.remove(name).ok_or_else(|| StateError::Missing(name.to_owned()))?;
        serde_json::from_value(value)
            .map_err(|e| StateError::Value { name: name.to_owned(), reason: e.to_string() })
    }

    /// Puts a tensor in.
    pub fn put_tensor<const D: usize>(&mut self, name: &str, tensor: Tensor<D>) {
        let shape = tensor.dims().to_vec();
        self.pending.push((name.to_owned(), shape, flat(tensor.without_autodiff())));
    }

    /// Takes a tensor out, onto `device`.
    ///
    /// # Errors
    ///
    /// When it is not there or has another rank.
    pub fn take_tensor<const D: usize>(
        &mut self,
        name: &str,
        device: &Device,
    ) -> Result<Tensor<D>, StateError> {
        let (shape, values) =
            self.tensors.remove(name).ok_or_else(|| StateError::Missing(name.to_owned()))?;
        if shape.len() != D {
            let expected = vec![0; D];
            return Err(StateError::Shape { name: name.to_owned(), saved: shape, expected });
        }
        let plain = device.clone().without_autodiff();
        Ok(Tensor::from_data(TensorData::new(values, shape), &plain))
    }

    /// Puts every parameter and buffer of a network in, under `name/path`.
    pub fn put_module<M: Module>(&mut self, name: &str, module: &M) {
        for parameter in parameters(module) {
            let name = format!("{name}/{}", parameter.path);
            self.pending.push((name, parameter.shape, parameter.values));
        }
    }

    /// Gives every parameter and buffer of a network its saved value.
    ///
    /// # Errors
    ///
    /// When one is missing or has another shape; the network is then lost.
    pub fn take_module<M: Module>(
        &mut self,
        name: &str,
        module: M,
        device: &Device,
    ) -> Result<M, StateError> {
        let plain = device.clone().without_autodiff();
        let mut loaded = BTreeMap::new();
        for parameter in parameters(&module) {
            let full = format!("{name}/{}", parameter.path);
            let (saved, values) =
                self.tensors.remove(&full).ok_or_else(|| StateError::Missing(full.clone()))?;
            if saved != parameter.shape {
                return Err(StateError::Shape { name: full, saved, expected: parameter.shape });
            }
            let count = values.len();
            let tensor = Tensor::<1>::from_data(TensorData::new(values, [count]), &plain);
            loaded.insert(parameter.path, tensor);
        }
        Ok(replace(module, |path, old| loaded.remove(path).unwrap_or(old)))
    }

    /// Fetches every tensor from its device, in one transfer.
    ///
    /// # Errors
    ///
    /// When the device failed.
    pub fn read(&mut self) -> Result<(), StateError> {
        let pending = std::mem::take(&mut self.pending);
        let (labels, tensors): (Vec<_>, Vec<_>) =
            pending.into_iter().map(|(name, shape, tensor)| ((name, shape), tensor)).unzip();
        let values = readback::tensors(tensors)?;
        for ((name, shape), values) in labels.into_iter().zip(values) {
            self.tensors.insert(name, (shape, values));
        }
        Ok(())
    }

    /// The name of a tensor that holds a value that is not finite, if there is one. Only tensors
    /// that were [`read`](Self::read) are looked at.
    pub fn first_non_finite(&self) -> Option<&str> {
        self.tensors
            .iter()
            .find(|(_, (_, values))| values.iter().any(|value| !value.is_finite()))
            .map(|(name, _)| name.as_str())
    }

    /// Checks that everything was taken.
    ///
    /// # Errors
    ///
    /// Names what was left.
    pub fn finish(self) -> Result<(), StateError> {
        match self.tensors.keys().chain(self.values.keys()).next() {
            Some(left) => Err(StateError::Unused(left.clone())),
            None => Ok(()),
        }
    }

    /// The names and shapes of its tensors.
    pub fn shapes(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.tensors.iter().map(|(name, (shape, _))| (name.as_str(), shape.as_slice()))
    }

    /// A copy of one tensor's values, as they were read.
    pub fn values(&self, name: &str) -> Option<&[f32]> {
        self.tensors.get(name).map(|(_, values)| values.as_slice())
    }

    /// The state as a safetensors file with `metadata` beside the values, which are JSON texts.
    ///
    /// # Errors
    ///
    /// When a tensor was not [`read`](Self::read), or the format refuses one.
    pub fn to_safetensors(&self, metadata: &[(&str, String)]) -> Result<Vec<u8>, StateError> {
        if let Some((name, ..)) = self.pending.first() {
            return Err(StateError::Format(format!("`{name}` is still on its device")));
        }
        let bytes: Vec<(&String, &Vec<usize>, Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, (shape, values))| {
                (name, shape, values.iter().flat_map(|v| v.to_le_bytes()).collect())
            })
            .collect();
        let views = bytes
            .iter()
            .map(|(name, shape, bytes)| {
                let view = TensorView::new(Dtype::F32, (*shape).clone(), bytes)?;
                Ok((name.as_str(), view))
            })
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(format_error)?;
        let mut text: std::collections::HashMap<String, String> =
            metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let values = serde_json::to_string(&self.values).map_err(format_error)?;
        text.insert(VALUES.to_owned(), values);
        safetensors::serialize(views, Some(text)).map_err(format_error)
    }

    /// Reads what [`to_safetensors`](Self::to_safetensors) wrote; also gives its metadata.
    ///
    /// # Errors
    ///
    /// When the bytes are not such a file.
    pub fn from_safetensors(bytes: &[u8]) -> Result<(Self, BTreeMap<String, String>), StateError> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(format_error)?;
        let mut metadata: BTreeMap<String, String> =
            header.metadata().clone().unwrap_or_default().into_iter().collect();
        let values = match metadata.remove(VALUES) {
            Some(text) => serde_json::from_str(&text).map_err(format_error)?,
            None => BTreeMap::new(),
        };
        let file = SafeTensors::deserialize(bytes).map_err(format_error)?;
        let tensors = file
            .iter()
            .map(|(name, view)| {
                Ok((name.to_owned(), (view.shape().to_vec(), floats(name, &view)?)))
            })
            .collect::<Result<_, StateError>>()?;
        Ok((Self { pending: Vec::new(), tensors, values }, metadata))
    }
}

/// The key of the metadata that holds the values.
const VALUES: &str = "kiln.values";

fn floats(name: &str, view: &TensorView<'_>) -> Result<Vec<f32>, StateError> {
    if view.dtype() != Dtype::F32 {
        let reason = format!("it holds {:?}, not F32", view.dtype());
        return Err(StateError::Value { name: name.to_owned(), reason });
    }
    let whole = view.data().as_chunks::<4>().0;
    Ok(whole.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn format_error(error: impl std::fmt::Display) -> StateError {
    StateError::Format(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_and_values_survive_the_file_to_the_bit() {
        let device = Device::flex();
        let numbers = [0.1_f32, -0.0, f32::MIN_POSITIVE, 3e38];
        let mut state = State::new();
        state.put_tensor("w", Tensor::<1>::from_floats(numbers, &device).reshape([2, 2]));
        state.put("seconds", &0.1_f64);
        state.read().unwrap();
        let bytes = state.to_safetensors(&[("kiln.format", "1".to_owned())]).unwrap();

        let (mut read, metadata) = State::from_safetensors(&bytes).unwrap();
        assert_eq!(metadata["kiln.format"], "1");
        assert_eq!(read.take::<f64>("seconds").unwrap().to_bits(), 0.1_f64.to_bits());
        let tensor: Tensor<2> = read.take_tensor("w", &device).unwrap();
        let back: Vec<f32> = tensor.into_data().try_to_vec().unwrap();
        assert_eq!(back.map_bits(), numbers.to_vec().map_bits());
        read.finish().unwrap();
    }

    trait Bits {
        fn map_bits(self) -> Vec<u32>;
    }
    impl Bits for Vec<f32> {
        fn map_bits(self) -> Vec<u32> {
            self.into_iter().map(f32::to_bits).collect()
        }
    }

    #[test]
    fn a_missing_name_is_named() {
        let error = State::new().take::<f64>("seconds").unwrap_err();
        assert!(error.to_string().contains("`seconds`"));
    }

    #[test]
    fn what_nobody_took_is_named() {
        let mut state = State::new();
        state.put("extra", &1);
        assert!(state.finish().unwrap_err().to_string().contains("`extra`"));
    }

    #[test]
    fn a_value_that_is_not_finite_is_found() {
        let mut state = State::new();
        state.put_tensor("good", Tensor::<1>::from_floats([1.0], &Device::flex()));
        state.put_tensor("bad", Tensor::<1>::from_floats([f32::NAN], &Device::flex()));
        state.read().unwrap();
        assert_eq!(state.first_non_finite(), Some("bad"));
    }

    #[test]
    fn garbage_is_not_a_state() {
        assert!(State::from_safetensors(b"garbage").is_err());
    }
}
