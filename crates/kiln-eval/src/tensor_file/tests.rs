//! The readers on files that PyTorch and safetensors wrote (`tests/golden/state_dict.py`), on
//! damaged ones, and on networks that the file does not fit.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use burn::tensor::Device;
use kiln_core::ParameterPath;
use kiln_models::{Linear, LinearConfig};
use proptest::prelude::*;

use super::{Naming, TensorFile, TensorFileError, fill};

fn golden(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden");
    PathBuf::from(folder).join(name)
}

/// Each tensor of the three files, by hand.
fn check(name: &str) {
    let file = TensorFile::open(&golden(name)).unwrap();
    let shape = |name: &str| file.entries[name].shape.clone();
    let values = |name: &str| file.values(name).unwrap();
    assert_eq!(
        (shape("plain"), values("plain").unwrap()),
        (vec![2, 3], vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    );
    assert_eq!(
        (shape("turned"), values("turned").unwrap()),
        (vec![3, 2], vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0])
    );
    assert_eq!(values("part").unwrap(), [2.0, 4.0]);
    assert_eq!(values("half").unwrap(), [0.5, -1.5, 65504.0]);
    assert_eq!(values("brain").unwrap(), [0.5, -2.0]);
    assert_eq!(values("double").unwrap(), [0.25]);
    assert_eq!(shape("bn.num_batches_tracked"), [0; 0]);
    let whole = values("bn.num_batches_tracked").unwrap_err().to_string();
    assert!(whole.contains("I64"), "{whole}");
    let endless = values("endless").unwrap_err().to_string();
    assert!(endless.contains("`endless`") && endless.contains("not finite"), "{endless}");
    assert!(file.values("other").is_none());
    assert_eq!(file.entries.len(), 8);
}

#[test]
fn an_archive_of_pytorch_is_read() {
    check("state_dict.pth");
}

#[test]
fn a_pickle_stream_of_old_pytorch_is_read() {
    check("state_dict_legacy.pth");
}

#[test]
fn safetensors_are_read() {
    check("state_dict.safetensors");
}

#[test]
fn the_checksum_is_that_of_the_file() {
    let path = golden("state_dict.pth");
    let checksum = kiln_core::Checksum::of(&fs::read(&path).unwrap());
    assert_eq!(*TensorFile::open(&path).unwrap().checksum(), checksum);
}

/// What opening these bytes as a file says, and reading all of its tensors.
fn opened(bytes: &[u8]) -> Result<(), TensorFileError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let opened = TensorFile::open(file.path())?;
    opened.entries.keys().try_for_each(|name| opened.values(name).unwrap().map(|_| ()))
}

#[test]
fn what_holds_no_tensors_is_refused_in_words() {
    for bytes in [&b""[..], b"garbage", b"PK\x03\x04", b"\x80\x02}.", b"12345678{not json"] {
        let refusal = opened(bytes).unwrap_err();
        assert!(matches!(refusal, TensorFileError::Format { .. }), "{refusal}");
    }
    let nowhere = TensorFile::open(&golden("nowhere.pth")).err().unwrap();
    assert!(matches!(nowhere, TensorFileError::Unreadable { .. }), "{nowhere}");
}

#[test]
fn a_pickle_that_would_run_code_runs_none() {
    // os.system("true"), as pickle writes it.
    let refusal = opened(b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.").unwrap_err();
    assert!(matches!(refusal, TensorFileError::Format { .. }), "{refusal}");
}

#[test]
fn lengths_beyond_the_file_are_refused() {
    // A header of 2^62 bytes; a tensor that ends far behind the file.
    let mut long = (1_u64 << 62).to_le_bytes().to_vec();
    long.push(b'{');
    assert!(opened(&long).is_err());
    let header =
        br#"{"t":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}"#;
    let far = [&(header.len() as u64).to_le_bytes(), &header[..]].concat();
    assert!(opened(&far).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Some bytes of a good file changed, and its end cut off: any answer but a panic.
    #[test]
    fn damaged_files_make_no_panic(
        which in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        let name = ["state_dict.pth", "state_dict_legacy.pth", "state_dict.safetensors"][which];
        let mut bytes = fs::read(golden(name)).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = opened(&bytes);
    }
}

const NAMING: Naming = Naming { name: ParameterPath::join, ignored: |name| name == "count" };

/// A linear layer of 2 inputs and 3 outputs, filled from tensors as PyTorch keeps them.
fn filled(tensors: &[(&str, &[usize])]) -> Result<Linear, TensorFileError> {
    let made = |(name, shape): &(&str, &[usize])| {
        let n: usize = shape.iter().product();
        (name.to_string(), (shape.to_vec(), (0..n).map(|n| n as f32).collect()))
    };
    let file = TensorFile::made(tensors.iter().map(made).collect::<BTreeMap<_, _>>());
    fill(LinearConfig::new(2, 3).init(&Device::flex()), &file, NAMING)
}

#[test]
fn a_linear_weight_is_transposed() {
    let layer = filled(&[("weight", &[3, 2]), ("bias", &[3]), ("count", &[])]).unwrap();
    // 0, 1; 2, 3; 4, 5 for three outputs.
    let weight: Vec<f32> = layer.weight.val().into_data().iter().collect();
    assert_eq!(weight, [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
    let bias: Vec<f32> = layer.bias.unwrap().val().into_data().iter().collect();
    assert_eq!(bias, [0.0, 1.0, 2.0]);
}

#[test]
fn every_difference_is_named() {
    let refusal = filled(&[("weight", &[2, 3]), ("offset", &[3])]).unwrap_err().to_string();
    let expected = "`made` holds the weights of another network: missing: bias; unknown: offset; \
                    of another shape: weight ([2, 3] instead of [3, 2])";
    assert_eq!(refusal, expected);
}
