//! Weights from a safetensors file into a classifier, all or nothing.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::ParameterPath;
use kiln_models::{ConfigError, DigitsClassifier, DigitsClassifierConfig};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use thiserror::Error;

/// Key of the metadata that holds the classifier's configuration, as JSON.
pub const CONFIG: &str = "kiln.digits.config";

/// What the name of each tensor starts with; a slash and the parameter's path follow.
pub const NETWORK: &str = "digits";

/// A file that holds no classifier.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The bytes are no safetensors file.
    #[error("not a safetensors file: {0}")]
    Format(String),
    /// The metadata say nothing, or nothing that can be read, of the network.
    #[error("the file's metadata have no readable `{CONFIG}`: {0}")]
    Metadata(String),
    /// The configuration describes no network.
    #[error("the file's configuration: {0}")]
    Config(#[from] ConfigError),
    /// A parameter of the network is not in the file.
    #[error("the file has no `{0}`")]
    Missing(String),
    /// The file holds more than the network.
    #[error("the file also holds `{0}`, which the network has not")]
    Unused(String),
    /// Another shape than the network's.
    #[error("`{name}` has shape {saved:?} in the file, {expected:?} in the network")]
    Shape {
        /// Which tensor.
        name: String,
        /// Its shape in the file.
        saved: Vec<usize>,
        /// Its shape in the network.
        expected: Vec<usize>,
    },
    /// Numbers that are not 32-bit floating point.
    #[error("`{name}` holds {found}, not F32")]
    Dtype {
        /// Which tensor.
        name: String,
        /// What it holds.
        found: String,
    },
    /// A weight that is infinite or not a number.
    #[error("`{0}` holds a number that is not finite")]
    NotFinite(String),
}

/// The network in a file, on `device`.
pub(crate) fn load(bytes: &[u8], device: &Device) -> Result<DigitsClassifier, WeightsError> {
    let device = device.clone().without_autodiff();
    let file = SafeTensors::deserialize(bytes).map_err(|e| WeightsError::Format(e.to_string()))?;
    let mut path = ParameterPath::default();
    path.enter(NETWORK, "");
    let mut loader = Loader {
        saved: file
            .iter()
            .map(|(name, view)| Ok((name.to_owned(), Saved::read(name, &view)?)))
            .collect::<Result<_, WeightsError>>()?,
        path,
        failure: None,
    };
    let network = config(bytes)?.init(&device)?.map(&mut loader);
    match (loader.failure, loader.saved.into_keys().next()) {
        (Some(failure), _) => Err(failure),
        (None, Some(left)) => Err(WeightsError::Unused(left)),
        (None, None) => Ok(network),
    }
}

fn config(bytes: &[u8]) -> Result<DigitsClassifierConfig, WeightsError> {
    let (_, metadata) =
        SafeTensors::read_metadata(bytes).map_err(|e| WeightsError::Format(e.to_string()))?;
    let text = metadata
        .metadata()
        .as_ref()
        .and_then(|entries| entries.get(CONFIG))
        .ok_or_else(|| WeightsError::Metadata("it is missing".to_owned()))?;
    serde_json::from_str(text).map_err(|e| WeightsError::Metadata(e.to_string()))
}

/// One tensor of the file.
struct Saved {
    shape: Vec<usize>,
    values: Vec<f32>,
}

impl Saved {
    fn read(name: &str, view: &TensorView<'_>) -> Result<Self, WeightsError> {
        if view.dtype() != Dtype::F32 {
            return Err(WeightsError::Dtype {
                name: name.to_owned(),
                found: format!("{:?}", view.dtype()),
            });
        }
        let numbers = view.data().as_chunks::<4>().0.iter();
        let values: Vec<f32> = numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if values.iter().any(|value| !value.is_finite()) {
            return Err(WeightsError::NotFinite(name.to_owned()));
        }
        let shape = view.shape().to_vec();
        Ok(Self { shape, values })
    }
}

/// Gives each parameter its saved values; keeps the first failure.
struct Loader {
    saved: BTreeMap<String, Saved>,
    path: ParameterPath,
    failure: Option<WeightsError>,
}

impl Loader {
    fn take(&mut self, expected: Vec<usize>) -> Result<Saved, WeightsError> {
        let full = self.path.join();
        let name = full.replacen('.', "/", 1);
        match self.saved.remove(&name) {
            None => Err(WeightsError::Missing(name)),
            Some(saved) if saved.shape != expected => {
                Err(WeightsError::Shape { name, saved: saved.shape, expected })
            }
            Some(saved) => Ok(saved),
        }
    }
}

impl ModuleMapper for Loader {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        match self.take(param.lazy_shape().to_vec()) {
            Ok(saved) => param.map(|old| {
                let data = TensorData::new(saved.values, saved.shape);
                Tensor::from_data(data, &old.device())
            }),
            Err(failure) => {
                self.failure.get_or_insert(failure);
                param
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    type Entry = (String, Vec<usize>, Vec<u8>);

    const CONFIG_TEXT: &str = r#"{"width": 1, "features": 2, "dropout": 0.0}"#;

    fn entry(path: &str, shape: &[usize]) -> Entry {
        let n = shape.iter().product::<usize>();
        let bytes = (0..n).flat_map(|_| 0.5_f32.to_le_bytes()).collect();
        (format!("{NETWORK}/{path}"), shape.to_vec(), bytes)
    }

    /// Every tensor of the smallest network, filled with 0.5.
    fn entries() -> Vec<Entry> {
        let mut entries = vec![
            entry("describe.weight", &[98, 2]),
            entry("classify.weight", &[2, 10]),
            entry("classify.bias", &[10]),
        ];
        let mut norm = |path: &str, channels: usize| {
            for name in ["gain", "shift", "mean", "variance"] {
                entries.push(entry(&format!("{path}.{name}"), &[channels]));
            }
        };
        norm("norm", 2);
        for (idx, channels) in [1, 1, 2, 2].into_iter().enumerate() {
            norm(&format!("blocks.{idx}.norm"), channels);
        }
        for (idx, [to, from]) in [[1, 1], [1, 1], [2, 1], [2, 2]].into_iter().enumerate() {
            entries.push(entry(&format!("blocks.{idx}.conv.weight"), &[to, from, 3, 3]));
        }
        entries
    }

    fn read(
        entries: &[Entry],
        dtype: Dtype,
        config: &str,
    ) -> Result<DigitsClassifier, WeightsError> {
        let views = entries.iter().map(|(name, shape, bytes)| {
            let view = TensorView::new(dtype, shape.clone(), bytes).unwrap();
            (name.as_str(), view)
        });
        let metadata = HashMap::from([(CONFIG.to_owned(), config.to_owned())]);
        let bytes = safetensors::serialize(views, Some(metadata)).unwrap();
        load(&bytes, &Device::flex())
    }

    fn refusal(change: impl FnOnce(&mut Vec<Entry>)) -> String {
        let mut entries = entries();
        change(&mut entries);
        read(&entries, Dtype::F32, CONFIG_TEXT).unwrap_err().to_string()
    }

    #[test]
    fn every_parameter_gets_its_values() {
        let network = read(&entries(), Dtype::F32, CONFIG_TEXT).unwrap();
        let values = |tensor: Tensor<1>| tensor.into_data().iter().collect::<Vec<f32>>();
        assert_eq!(values(network.blocks[3].norm.batch().unwrap().variance.value()), [0.5; 2]);
        assert_eq!(values(network.describe.weight.val().flatten(0, 1)), [0.5; 196]);
        assert_eq!(values(network.classify.bias.unwrap().val()), [0.5; 10]);
    }

    #[test]
    fn a_missing_parameter_is_named() {
        let missing =
            refusal(|entries| entries.retain(|(name, ..)| !name.ends_with("conv.weight")));
        assert_eq!(missing, "the file has no `digits/blocks.0.conv.weight`");
    }

    #[test]
    fn a_tensor_too_many_is_named() {
        let unused = refusal(|entries| entries.push(entry("spare", &[1])));
        assert!(unused.contains("`digits/spare`"), "{unused}");
    }

    #[test]
    fn another_shape_is_refused_even_of_the_same_size() {
        let swapped = refusal(|entries| entries[1].1 = vec![10, 2]);
        assert!(swapped.contains("[10, 2]") && swapped.contains("[2, 10]"), "{swapped}");
    }

    #[test]
    fn a_weight_that_is_not_finite_is_refused() {
        let nan = refusal(|entries| entries[2].2[..4].copy_from_slice(&f32::NAN.to_le_bytes()));
        assert_eq!(nan, "`digits/classify.bias` holds a number that is not finite");
    }

    #[test]
    fn whole_numbers_are_no_weights() {
        let refused = read(&entries(), Dtype::I32, CONFIG_TEXT).unwrap_err();
        assert!(matches!(refused, WeightsError::Dtype { .. }), "{refused}");
    }

    #[test]
    fn a_configuration_of_no_network_is_refused() {
        let zero = CONFIG_TEXT.replace('1', "0");
        let refused = read(&entries(), Dtype::F32, &zero).unwrap_err();
        assert!(matches!(refused, WeightsError::Config(_)), "{refused}");
        let refused = read(&entries(), Dtype::F32, "{}").unwrap_err();
        assert!(matches!(refused, WeightsError::Metadata(_)), "{refused}");
    }

    #[test]
    fn garbage_is_no_file() {
        let refused = load(b"garbage", &Device::flex()).unwrap_err();
        assert!(matches!(refused, WeightsError::Format(_)), "{refused}");
    }
}
