//! Against torch-fidelity and pytorch-fid with weights by a formula: `tests/golden/inception.py`
//! says which, and made `inception.json`.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use kiln_core::ParameterPath;
use kiln_models::{InceptionConfig, InceptionLayer};
use kiln_ops::Dual;
use serde_json::Value;

use super::names::PUBLISHED;
use super::{InceptionEye, Manner};
use crate::Features;
use crate::extractor::chunk::Chunk;
use crate::extractor::resize::{Alignment, Resizing};
use crate::extractor::{Extractor, Pixels};
use crate::tensor_file::TensorFile;

fn golden() -> Value {
    let text = include_str!("../../../../../tests/golden/inception.json");
    serde_json::from_str(text).unwrap()
}

fn numbers(list: &Value) -> Vec<f32> {
    list.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

/// splitmix64 at `fnv1a(name)`, the numbers of the formula.
fn mixed(name: &str) -> impl Iterator<Item = u64> + use<> {
    let seed = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    (0_u64..).map(move |idx| {
        let z = seed.wrapping_add(idx.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

fn interval(name: &str, shape: &[usize]) -> [f64; 2] {
    if shape.len() > 1 {
        let fan_in: usize = shape[1..].iter().product();
        let bound = (6.0 / fan_in as f64).sqrt();
        [-bound, bound]
    } else if name.ends_with("bn.weight") {
        [0.8, 1.2]
    } else if name.ends_with("running_var") {
        [0.5, 1.5]
    } else {
        [-0.1, 0.1]
    }
}

fn weight(name: &str, shape: &[usize]) -> Vec<f32> {
    let [low, high] = interval(name, shape);
    let units = mixed(name).map(|bits| (bits >> 40) as f64 / f64::from(1 << 24));
    let n = shape.iter().product();
    units.map(|unit| (low + (high - low) * unit) as f32).take(n).collect()
}

fn picture(height: usize, width: usize) -> Pixels {
    let bytes = mixed(&format!("{height}x{width}")).map(|bits| (bits >> 56) as u8);
    Pixels::new([1, 3, height, width], bytes.take(3 * height * width).collect()).unwrap()
}

/// Makes a weight for each parameter, in the published shape.
#[derive(Default)]
struct Maker {
    path: ParameterPath,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl ModuleVisitor for Maker {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let name = (PUBLISHED.name)(&self.path);
        let mut shape = param.lazy_shape().to_vec();
        if name == "fc.weight" {
            shape.reverse();
        }
        let values = weight(&name, &shape);
        self.tensors.insert(name, (shape, values));
    }
}

fn weights(device: &Device) -> TensorFile {
    let mut maker = Maker::default();
    InceptionConfig::default().init(device).unwrap().visit(&mut maker);
    TensorFile::made(maker.tensors)
}

/// Entries to 1e-4 of the typical one, the norm to 1e-4 of itself.
fn compare(seen: &Features, golden: &Value, picture: usize) {
    let norm = numbers(&golden["norms"])[picture];
    let typical = norm / (seen.width() as f32).sqrt();
    let own = seen.row(0).iter().map(|value| value * value).sum::<f32>().sqrt();
    assert!((own / norm - 1.0).abs() < 1e-4, "width {}: norm {own}, not {norm}", seen.width());
    let step = golden["step"].as_u64().unwrap() as usize;
    let entries = numbers(&golden["entries"][picture]);
    for (own, entry) in seen.row(0).iter().step_by(step).zip(entries) {
        let off = (own - entry).abs();
        assert!(
            off < 1e-4 * typical.max(entry.abs()),
            "width {}: {own}, not {entry}",
            seen.width()
        );
    }
}

/// The features at every layer, each from the one below.
fn features(eye: &InceptionEye, manner: Manner, pictures: &Pixels) -> Vec<Features> {
    let chunk = Chunk { shape: pictures.shape(), bytes: pictures.bytes() };
    let mut x = Dual::from(manner.prepare(chunk, &Device::flex()));
    let rows = InceptionLayer::ALL.into_iter().map(|layer| {
        x = eye.network.stage(x.clone(), layer);
        let means = x.clone().mean_over_positions().value.into_data();
        Features::new(layer.channels(), means.iter().collect()).unwrap()
    });
    rows.collect()
}

#[test]
fn features_are_those_of_both_reference_implementations() {
    let (device, golden) = (Device::flex(), golden());
    let (tf, last) = (Manner::TorchFidelity, InceptionLayer::Last);
    let eye = InceptionEye::from_file(tf, last, &weights(&device), &device).unwrap();
    for (idx, size) in golden["sizes"].as_array().unwrap().iter().enumerate() {
        let [height, width] = [0, 1].map(|axis| size[axis].as_u64().unwrap() as usize);
        let picture = picture(height, width);
        let sight = eye.see(&picture).unwrap();
        compare(&sight.features, &golden["tf"]["2048"], idx);
        compare(&sight.logits.unwrap(), &golden["tf"]["logits_unbiased"], idx);
        for (manner, name) in [(tf, "tf"), (Manner::PytorchFid, "pt")] {
            for row in features(&eye, manner, &picture) {
                compare(&row, &golden[name][row.width().to_string()], idx);
            }
        }
    }
}

#[test]
fn pictures_are_resized_as_both_reference_implementations_do() {
    let golden = golden();
    let side = golden["resized"]["side"].as_u64().unwrap() as usize;
    for small in golden["resized"]["pictures"].as_array().unwrap() {
        let [height, width] = [0, 1].map(|axis| small["size"][axis].as_u64().unwrap() as usize);
        let bytes = picture(height, width).bytes().to_vec();
        for (alignment, name, unit) in
            [(Alignment::Corners, "tf", 1.0), (Alignment::Centres, "pt", 255.0)]
        {
            let resizing = Resizing::new(alignment, [height, width], side);
            let planes = bytes
                .chunks_exact(height * width)
                .map(|plane| plane.iter().map(|byte| f32::from(*byte) / unit).collect::<Vec<_>>());
            let own: Vec<f32> =
                planes.flat_map(|plane| resizing.apply(&plane).collect::<Vec<_>>()).collect();
            let expected = numbers(&small[name]);
            assert_eq!(own.len(), expected.len());
            for (own, expected) in own.iter().zip(expected) {
                // Eight digits are written down.
                assert!((own - expected).abs() < 3e-7 * 255.0 / unit, "{name}: {own} {expected}");
            }
        }
    }
}
