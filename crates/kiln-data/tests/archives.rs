//! MNIST in the box, IDX folders, CIFAR-10: read through the front door.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::fs;
use std::path::Path;

use kiln_data::{Kind, OpenOptions, Reason, Source, Split, check, open};

const CIFAR_RECORD: usize = 3073;

fn options(size: Option<usize>, channels: Option<usize>) -> OpenOptions {
    OpenOptions { size, channels, ..OpenOptions::default() }
}

fn path(folder: &Path) -> Source {
    Source::Path(folder.into())
}

/// Raw IDX files: `n` pictures of 4 x 4, number `i` filled with `i`, labelled `i % 2`.
fn write_idx(folder: &Path, n: u8) {
    let header = |axes: &[u32]| -> Vec<u8> {
        let axes_bytes = axes.iter().flat_map(|axis| axis.to_be_bytes());
        [0, 0, 8, axes.len() as u8].into_iter().chain(axes_bytes).collect()
    };
    let images = (0..n).flat_map(|i| [i; 16]);
    let images: Vec<u8> = header(&[u32::from(n), 4, 4]).into_iter().chain(images).collect();
    let labels = (0..n).map(|i| i % 2);
    let labels: Vec<u8> = header(&[u32::from(n)]).into_iter().chain(labels).collect();
    fs::write(folder.join("train-images-idx3-ubyte"), images).unwrap();
    fs::write(folder.join("train-labels-idx1-ubyte"), labels).unwrap();
}

#[test]
fn mnist_is_in_the_box() {
    let digits = open(&Source::Mnist, Split::Test, &OpenOptions::default()).unwrap();
    assert_eq!((digits.len(), digits.shape(), digits.kind()), (10_000, [1, 28, 28], Kind::Idx));
    // Published counts of the test set (LeCun et al. 1998).
    let counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009];
    assert_eq!(digits.labels().unwrap().counts(), counts);
    assert_eq!(digits.labels().unwrap().of[..4], [7, 2, 1, 0]);
}

#[test]
fn digits_are_padded_to_32_and_filtered_to_64() {
    let open = |size| open(&Source::Mnist, Split::Test, &options(size, None)).unwrap();
    let (plain, padded) = (open(None), open(Some(32)));
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
    assert_eq!(sum(&plain.bytes().unwrap()), sum(&padded.bytes().unwrap()));
    assert_eq!(plain.checksum(), padded.checksum());
    let large = open(Some(64));
    assert_eq!(large.shape(), [1, 64, 64]);
    // 64 * 64 / (28 * 28) = 5.22 times as many pixels, of the same mean brightness.
    let ratio = sum(&large.bytes().unwrap()) as f64 / sum(&plain.bytes().unwrap()) as f64;
    assert!((ratio / 5.224 - 1.0).abs() < 0.02, "{ratio}");
}

#[test]
fn mnist_is_fit() {
    let report = check(&Source::Mnist, Split::Test, &OpenOptions::default());
    assert!(report.fit() && report.warnings.is_empty(), "{report}");
}

#[test]
fn an_idx_folder_is_read_with_its_labels() {
    let folder = tempfile::tempdir().unwrap();
    write_idx(folder.path(), 5);
    let pictures = open(&path(folder.path()), Split::Train, &options(None, Some(3))).unwrap();
    assert_eq!((pictures.len(), pictures.shape()), (5, [3, 4, 4]));
    let last = pictures.picture(4).unwrap();
    assert_eq!((last.pixels, last.label), (vec![4; 48], Some(0)));
    let file = folder.path().join("train-images-idx3-ubyte");
    let by_file = open(&path(&file), Split::Train, &options(None, Some(3))).unwrap();
    assert_eq!(by_file.checksum(), pictures.checksum());
    assert!(by_file.labels().is_some());
}

#[test]
fn labels_of_another_data_set_are_refused() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write_idx(folder.path(), 5);
    write_idx(other.path(), 6);
    let labels = "train-labels-idx1-ubyte";
    fs::copy(other.path().join(labels), folder.path().join(labels)).unwrap();
    let told = open(&path(folder.path()), Split::Train, &OpenOptions::default()).unwrap_err();
    assert!(told.to_string().contains("6 labels for 5 pictures"), "{told}");
}

#[test]
fn pictures_that_would_not_fit_in_memory_enlarged_are_enlarged_as_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    write_idx(folder.path(), 5);
    let small = OpenOptions { memory: 100, ..options(Some(8), None) };
    let pictures = open(&path(folder.path()), Split::Train, &small).unwrap();
    assert_eq!(pictures.bytes().unwrap().len(), 5 * 64);
    assert_eq!(pictures.picture(4).unwrap().pixels[..], pictures.bytes().unwrap()[4 * 64..]);
}

#[test]
fn cifar_is_read_with_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("cifar-10-batches-bin");
    fs::create_dir(&inner).unwrap();
    let record = |label: u8| [vec![label], vec![label * 20; CIFAR_RECORD - 1]].concat();
    fs::write(inner.join("data_batch_1.bin"), [record(3), record(9)].concat()).unwrap();
    fs::write(inner.join("data_batch_2.bin"), record(0)).unwrap();
    let pictures = open(&path(folder.path()), Split::Train, &options(Some(16), None)).unwrap();
    assert_eq!((pictures.len(), pictures.shape()), (3, [3, 16, 16]));
    assert_eq!(pictures.kind(), Kind::Cifar10);
    let labels = pictures.labels().unwrap();
    assert_eq!(labels.classes[labels.of[0] as usize], "cat");
    assert_eq!(pictures.picture(1).unwrap().pixels, vec![180; 3 * 16 * 16]);
}

#[test]
fn a_truncated_batch_is_named_by_check() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data_batch_1.bin"), vec![0; CIFAR_RECORD]).unwrap();
    fs::write(folder.path().join("data_batch_2.bin"), vec![0; CIFAR_RECORD - 1]).unwrap();
    let report = check(&path(folder.path()), Split::Train, &OpenOptions::default());
    assert!(!report.fit());
    assert!(report.bad[0].path.ends_with("data_batch_2.bin"));
    assert!(matches!(report.bad[0].reason, Reason::Truncated { .. }));
    assert_eq!(report.usable.unwrap().n_pictures, 1);
}
