//! Files in the safetensors format.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use safetensors::tensor::{Dtype, SafeTensors};

use super::file::{Entry, Values};
use super::number::{Number, not_floating};

/// Files above this are refused unread: they are held in memory whole. Inception has 96 MB.
const LARGEST: u64 = 4 << 30;

/// The tensors of a file, by name.
pub(super) fn entries(path: &Path) -> Result<BTreeMap<String, Entry>, String> {
    let length = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > LARGEST {
        return Err(format!("it is {length} bytes long, above the limit of {LARGEST}"));
    }
    let bytes = Rc::new(std::fs::read(path).map_err(|error| error.to_string())?);
    let (header, metadata) =
        SafeTensors::read_metadata(&bytes).map_err(|error| error.to_string())?;
    let start = header + size_of::<u64>();
    let infos = metadata.tensors().into_iter();
    let entries = infos.map(|(name, info)| {
        let (from, to) = info.data_offsets;
        let values = reading(bytes.clone(), start + from..start + to, info.dtype);
        (name, Entry { shape: info.shape.clone(), values })
    });
    Ok(entries.collect())
}

fn reading(bytes: Rc<Vec<u8>>, range: Range<usize>, dtype: Dtype) -> Values {
    Box::new(move || {
        let bytes = bytes.get(range.clone()).ok_or("the file ends before it does")?;
        Ok(number(dtype)?.decode(bytes))
    })
}

fn number(dtype: Dtype) -> Result<Number, String> {
    match dtype {
        Dtype::F16 => Ok(Number::F16),
        Dtype::BF16 => Ok(Number::BF16),
        Dtype::F32 => Ok(Number::F32),
        Dtype::F64 => Ok(Number::F64),
        other => Err(not_floating(&other)),
    }
}
