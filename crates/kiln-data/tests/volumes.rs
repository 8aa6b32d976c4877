//! Folders of volumes: both formats, labels, sizes, and files that are of no use.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::fs;
use std::path::Path;

use kiln_core::Medium;
use kiln_data::{BadFiles, DataError, OpenOptions, Pictures, Reason, Source, Split, check, open};
use proptest::prelude::*;

fn npy(kind: &str, shape: &str, numbers: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), numbers].concat()
}

fn binvox(side: usize, runs: &[u8]) -> Vec<u8> {
    let header = format!("#binvox 1\ndim {side} {side} {side}\ntranslate 0 0 0\nscale 1\ndata\n");
    [header.as_bytes(), runs].concat()
}

fn opened(folder: &Path, options: &OpenOptions) -> Result<Pictures, DataError> {
    open(&Source::Path(folder.into()), Split::Train, options)
}

fn one(name: &str, bytes: &[u8], options: &OpenOptions) -> Result<Pictures, DataError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    opened(folder.path(), options)
}

fn sized(size: usize) -> OpenOptions {
    OpenOptions { size: Some(size), ..OpenOptions::default() }
}

#[track_caller]
fn reason(name: &str, bytes: &[u8], options: &OpenOptions) -> Reason {
    match one(name, bytes, options).unwrap_err() {
        DataError::BadFiles { bad, .. } => bad[0].reason.clone(),
        other => Reason::Unreadable { detail: other.to_string() },
    }
}

/// NumPy writes it when a header is longer than version 1 can say.
#[test]
fn the_second_version_has_a_longer_length() {
    let first = npy("|u1", "2, 2, 2", &[1, 0, 0, 0, 0, 0, 0, 1]);
    let length = u32::from(u16::from_le_bytes([first[8], first[9]]));
    let second = [b"\x93NUMPY\x02\x00" as &[u8], &length.to_le_bytes(), &first[10..]].concat();
    let voxels = |file: &[u8]| one("a.npy", file, &sized(2)).unwrap().picture(0).unwrap().pixels;
    assert_eq!(voxels(&second), voxels(&first));
}

#[test]
fn numbers_of_each_kind_become_the_same_voxels() {
    let shares: [f64; 8] = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0];
    let bytes = shares.map(|share| share as u8);
    let single: Vec<u8> = shares.iter().flat_map(|share| (*share as f32).to_le_bytes()).collect();
    let double: Vec<u8> = shares.iter().flat_map(|share| share.to_le_bytes()).collect();
    for (kind, numbers) in
        [("|b1", &bytes[..]), ("|u1", &bytes), ("<f4", &single), ("<f8", &double)]
    {
        let file = npy(kind, "2, 2, 2", numbers);
        let pictures = one("a.npy", &file, &OpenOptions::default()).unwrap();
        assert_eq!((pictures.shape(), pictures.medium()), ([2; 3], Medium::Volume));
        let voxels = pictures.picture(0).unwrap().pixels;
        assert_eq!(voxels, bytes.map(|byte| 255 * byte), "{kind}");
    }
}

/// One voxel of eight is solid: the one at x 1, y 0, z 0, which is to the right, below and behind.
#[test]
fn binvox_stands_upright_and_looks_at_the_viewer() {
    let file = binvox(2, &[0, 4, 1, 1, 0, 3]);
    let pictures = one("a.binvox", &file, &OpenOptions::default()).unwrap();
    // [depth, height, width]: behind is the second slice, below its second row.
    assert_eq!(pictures.picture(0).unwrap().pixels, [0, 0, 0, 0, 0, 0, 0, 255]);
}

#[test]
fn a_smaller_volume_is_the_mean_of_blocks() {
    let mut numbers = [0; 64];
    numbers[..2].fill(1); // of the first block of eight voxels, two
    numbers[63] = 1;
    let file = npy("|u1", "4, 4, 4", &numbers);
    let voxels = one("a.npy", &file, &sized(2)).unwrap().picture(0).unwrap().pixels;
    assert_eq!(voxels, [64, 0, 0, 0, 0, 0, 0, 32]);
    assert!(matches!(reason("a.npy", &file, &sized(3)), Reason::Damaged { .. }));
}

#[test]
fn subfolders_are_classes_and_a_folder_that_does_not_fit_is_read_as_it_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    for (class, value) in [("chair", 0), ("table", 1)] {
        fs::create_dir(folder.path().join(class)).unwrap();
        let file = npy("|u1", "2, 2, 2", &[value; 8]);
        fs::write(folder.path().join(class).join("1.npy"), file).unwrap();
    }
    for memory in [1 << 20, 1] {
        let options = OpenOptions { memory, ..OpenOptions::default() };
        let pictures = opened(folder.path(), &options).unwrap();
        assert_eq!(pictures.labels().unwrap().classes, ["chair", "table"]);
        let second = pictures.picture(1).unwrap();
        assert_eq!((second.pixels, second.label), (vec![255; 8], Some(1)));
    }
    let report = check(&Source::Path(folder.path().into()), Split::Train, &OpenOptions::default());
    assert_eq!(report.usable.unwrap().shape, [2; 3]);
}

#[test]
fn what_is_no_volume_is_named_with_its_reason() {
    let options = OpenOptions { max_pixels: 1000, ..OpenOptions::default() };
    let refused = |name, bytes: &[u8]| reason(name, bytes, &options);
    assert!(matches!(refused("a.npy", b"nothing"), Reason::Damaged { .. }));
    assert!(matches!(refused("a.npy", &npy("|u1", "2, 2", &[0; 4])), Reason::Damaged { .. }));
    assert!(matches!(refused("a.npy", &npy("|u1", "1, 2, 2", &[0; 4])), Reason::Damaged { .. }));
    assert!(matches!(refused("a.npy", &npy("<i8", "2, 2, 2", &[0; 64])), Reason::Damaged { .. }));
    assert!(matches!(refused("a.npy", &npy("|u1", "2, 2, 2", &[2; 8])), Reason::Damaged { .. }));
    let nan = f32::NAN.to_le_bytes().repeat(8);
    assert!(matches!(refused("a.npy", &npy("<f4", "2, 2, 2", &nan)), Reason::Damaged { .. }));
    let told = |bytes: &[u8]| refused("a.npy", bytes).to_string();
    assert!(told(&npy(">f4", "2, 2, 2", &[0; 32])).contains(".astype('float32')"));
    let plain = npy("|u1", "2, 2, 2", &[0; 8]);
    let text = String::from_utf8_lossy(&plain[10..]).replace("False", "True ");
    let turned = [&plain[..10], text.as_bytes()].concat();
    assert!(told(&turned).contains("np.ascontiguousarray"));
    let long = [b"\x93NUMPY\x02\x00" as &[u8], &5000u32.to_le_bytes(), &[b' '; 6000]].concat();
    assert!(told(&long).contains("a header of 5000 bytes"));
    assert!(matches!(refused("a.npy", &npy("|u1", "2, 2, 2", &[0; 7])), Reason::Truncated { .. }));
    assert!(matches!(refused("a.npy", &npy("|u1", "99, 99, 99", &[])), Reason::Bomb { .. }));
    assert!(matches!(refused("a.npy", &npy("|u1", "0, 0, 0", &[])), Reason::ZeroSize { .. }));
    assert!(matches!(refused("a.binvox", &binvox(2, &[1, 7])), Reason::Truncated { .. }));
    assert!(matches!(refused("a.binvox", &binvox(2, &[1, 9])), Reason::Surplus { .. }));
    assert!(matches!(refused("a.binvox", b"#binvox 1\ndim 2 2"), Reason::Truncated { .. }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A change of any byte, or an early end, makes a volume or a reason, and no panic.
    #[test]
    fn hostile_files_make_no_panic(at in 0usize..200, value: u8, end in 0usize..400, text: bool) {
        let mut file = if text { binvox(4, &[1, 64]) } else { npy("<f4", "4, 4, 4", &[0; 256]) };
        let at = at % file.len();
        file[at] = value;
        file.truncate(end.max(1));
        let options = OpenOptions { max_pixels: 1 << 12, ..sized(4) };
        let name = if text { "a.binvox" } else { "a.npy" };
        let options = OpenOptions { bad_files: BadFiles::Skip, ..options };
        drop(one(name, &file, &options));
    }
}
