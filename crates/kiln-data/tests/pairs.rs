//! Pairs of pictures: made of pictures, side by side, in two folders.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use image::{GrayImage, Luma, Rgb, RgbImage};
use kiln_data::{
    BadFiles, DataError, Handed, Loader, OpenOptions, Pairing, PictureBatch, Pictures, Sampler,
    Source, Split, open, read_inputs,
};
use tempfile::TempDir;

fn paired(pairs: Pairing) -> OpenOptions {
    OpenOptions { pairs: Some(pairs), ..OpenOptions::default() }
}

fn pairs(folder: &Path, options: &OpenOptions) -> Result<Pictures, DataError> {
    open(&Source::Path(folder.into()), Split::Train, options)
}

/// The first `n` pictures in the loader's order, of seed 1.
fn batch(pictures: Pictures, n: usize, mirrored: bool) -> PictureBatch {
    let sampler = Sampler::new(1, pictures.len()).unwrap();
    let loader = Loader::new(Arc::new(pictures), sampler, n, 0, 0).unwrap();
    let mut loader = if mirrored { loader.mirrored() } else { loader };
    loader.next_batch().unwrap()
}

fn save_grey(path: &Path, [width, height]: [u32; 2], value: u8) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    GrayImage::from_pixel(width, height, Luma([value])).save(path).unwrap();
}

/// A and B with `0.png` to `2.png`: of input 10, 11, 12, the picture is 110, 111, 112 in red.
fn two_folders() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for idx in 0..3_u8 {
        save_grey(&folder.path().join(format!("A/{idx}.png")), [4, 4], 10 + idx);
        let red = RgbImage::from_pixel(4, 4, Rgb([110 + idx, 0, 0]));
        fs::create_dir_all(folder.path().join("B")).unwrap();
        red.save(folder.path().join(format!("B/{idx}.bmp"))).unwrap();
    }
    folder
}

#[test]
fn the_files_of_equal_names_in_two_folders_are_pairs() {
    let folder = two_folders();
    let pictures = pairs(folder.path(), &paired(Pairing::Folders)).unwrap();
    assert_eq!((pictures.len(), pictures.shape()), (3, [3, 4, 4]));
    assert_eq!((pictures.input_shape(), pictures.pair_shape()), (Some([1, 4, 4]), [4, 4, 4]));
    let batch = batch(pictures, 3, false);
    assert_eq!(batch.shape, [3, 4, 4, 4]);
    for pair in batch.bytes.chunks(4 * 16) {
        assert_eq!((pair[0] + 100, pair[32]), (pair[16], 0), "of {}", pair[0]);
    }
}

#[test]
fn swapped_the_second_folder_is_what_is_made_from() {
    let options = OpenOptions { swap: true, ..paired(Pairing::Folders) };
    let pictures = pairs(two_folders().path(), &options).unwrap();
    assert_eq!((pictures.shape(), pictures.input_shape()), ([1, 4, 4], Some([3, 4, 4])));
}

#[test]
fn a_large_folder_is_read_as_it_is_needed_and_gives_the_same_pairs() {
    let folder = two_folders();
    let held = pairs(folder.path(), &paired(Pairing::Folders)).unwrap();
    let options = OpenOptions { memory: 0, ..paired(Pairing::Folders) };
    let read = pairs(folder.path(), &options).unwrap();
    assert_eq!(held.checksum(), read.checksum());
    assert_eq!(batch(held, 3, true), batch(read, 3, true));
}

#[test]
fn a_picture_without_its_partner_is_named() {
    let folder = two_folders();
    fs::remove_file(folder.path().join("B/1.bmp")).unwrap();
    save_grey(&folder.path().join("B/new.png"), [4, 4], 0);
    let error = pairs(folder.path(), &paired(Pairing::Folders)).unwrap_err();
    let DataError::Alone { alone } = &error else { panic!("{error}") };
    assert_eq!(alone.len(), 2);
    let told = error.to_string();
    assert!(told.contains("A/1.png has no partner") && told.contains("B/new.png has"), "{told}");
}

#[test]
fn two_pictures_of_one_name_are_not_guessed_between() {
    let folder = two_folders();
    save_grey(&folder.path().join("A/1.bmp"), [4, 4], 0);
    let told = pairs(folder.path(), &paired(Pairing::Folders)).unwrap_err().to_string();
    assert!(told.contains("1.bmp and 1.png in "), "{told}");
}

#[test]
fn a_missing_folder_and_pairs_of_two_sizes_are_told() {
    let folder = two_folders();
    save_grey(&folder.path().join("A/1.png"), [4, 6], 0);
    let told = pairs(folder.path(), &paired(Pairing::Folders)).unwrap_err().to_string();
    assert!(told.contains("A/1.png has 4 x 6 pixels") && told.contains("has 4 x 4"), "{told}");
    fs::remove_dir_all(folder.path().join("A")).unwrap();
    let told = pairs(folder.path(), &paired(Pairing::Folders)).unwrap_err().to_string();
    assert!(told.contains("holds no folder `A`"), "{told}");
}

#[test]
fn a_bad_file_stops_or_takes_its_partner_along() {
    let folder = two_folders();
    fs::write(folder.path().join("A/1.png"), b"no picture").unwrap();
    let stopped = pairs(folder.path(), &paired(Pairing::Folders)).unwrap_err().to_string();
    assert!(stopped.contains("A/1.png: not an image"), "{stopped}");
    let options = OpenOptions { bad_files: BadFiles::Skip, ..paired(Pairing::Folders) };
    let pictures = pairs(folder.path(), &options).unwrap();
    assert_eq!((pictures.len(), pictures.skipped().len()), (2, 1));
    let batch = batch(pictures, 2, false);
    assert!(batch.bytes.chunks(64).all(|pair| pair[0] + 100 == pair[16]), "{:?}", batch.bytes);
}

#[test]
fn the_halves_of_a_file_are_a_pair_and_are_mirrored_alike() {
    let folder = tempfile::tempdir().unwrap();
    // Left a ramp 1, 2, 3, 4; right the same plus 100.
    let ramp = |x: u32| (1 + x % 4 + 100 * (x / 4)) as u8;
    let picture = GrayImage::from_fn(8, 4, |x, _| Luma([ramp(x)]));
    picture.save(folder.path().join("one.png")).unwrap();
    for mirrored in [false, true] {
        let pictures = pairs(folder.path(), &paired(Pairing::SideBySide)).unwrap();
        let bytes = batch(pictures, 8, mirrored).bytes;
        let rows: Vec<_> = bytes.chunks(32).map(|pair| (&pair[..4], &pair[16..20])).collect();
        let right: Vec<u8> = rows[0].0.iter().map(|value| value + 100).collect();
        assert_eq!(rows[0].1, right, "halves belong together");
        let ramps = rows.iter().filter(|row| row.0 == [1, 2, 3, 4]).count();
        let back = rows.iter().filter(|row| row.0 == [4, 3, 2, 1] && row.1 == [104, 103, 102, 101]);
        assert_eq!(ramps + back.count(), 8);
        assert_eq!(ramps < 8, mirrored);
    }
    save_grey(&folder.path().join("odd.png"), [7, 4], 0);
    let told = pairs(folder.path(), &paired(Pairing::SideBySide)).unwrap_err().to_string();
    assert!(told.contains("odd.png") && told.contains("7 x 4 pixels, an odd width"), "{told}");
}

#[test]
fn the_digits_in_the_box_are_paired_with_their_outlines() {
    let options = OpenOptions { size: Some(32), ..paired(Pairing::Edges) };
    let digits = open(&Source::Mnist, Split::Test, &options).unwrap();
    assert_eq!((digits.shape(), digits.pair_shape()), ([1, 32, 32], [2, 32, 32]));
    let batch = batch(digits, 4, false);
    for pair in batch.bytes.chunks(2 * 32 * 32) {
        let (drawing, digit) = pair.split_at(32 * 32);
        assert!(drawing.iter().all(|value| [0, 255].contains(value)));
        let lines = drawing.iter().filter(|value| **value == 0).count();
        assert!((50..500).contains(&lines), "{lines} of 1024");
        // The first row is empty in both: white paper, black ground.
        assert!(drawing[..32].iter().all(|v| *v == 255) && digit[..32].iter().all(|v| *v == 0));
    }
}

#[test]
fn a_small_picture_stands_in_blocks_beside_the_large_one() {
    let digits = open(&Source::Mnist, Split::Test, &paired(Pairing::Shrunk4)).unwrap();
    assert_eq!((digits.input_shape(), digits.pair_shape()), (Some([1, 28, 28]), [2, 28, 28]));
    let batch = batch(digits, 3, false);
    for pair in batch.bytes.chunks(2 * 28 * 28) {
        let (small, digit) = pair.split_at(28 * 28);
        let sum = |bytes: &[u8]| bytes.iter().map(|byte| f64::from(*byte)).sum::<f64>();
        // A filter keeps the mean, but for the overshoot that is cut at black.
        assert!((sum(small) / sum(digit) - 1.0).abs() < 0.2, "{} {}", sum(small), sum(digit));
        let block = |at: usize| small[at / 28 / 4 * 4 * 28 + at % 28 / 4 * 4];
        assert!((0..28 * 28).all(|at| small[at] == block(at)));
    }
}

#[test]
fn what_cannot_be_paired_says_why() {
    let told = |source: &Source, options: OpenOptions| {
        open(source, Split::Train, &options).unwrap_err().to_string()
    };
    assert!(told(&Source::Mnist, paired(Pairing::Grey)).contains("grey already"));
    assert!(told(&Source::Mnist, paired(Pairing::SideBySide)).contains("no folder of pairs"));
    let uneven = OpenOptions { size: Some(30), ..paired(Pairing::Shrunk4) };
    assert!(told(&Source::Mnist, uneven).contains("give a multiple of 4 with --size"));
    let swapped = OpenOptions { swap: true, ..paired(Pairing::Edges) };
    assert!(told(&Source::Mnist, swapped).contains("`data.swap`"));
}

#[test]
fn the_users_pictures_are_brought_to_the_size_and_may_be_made_inputs() {
    let folder = two_folders();
    let read = |path: &str, made| read_inputs(&folder.path().join(path), [1, 2, 2], made);
    let all = read("B", Handed::Inputs).unwrap();
    assert_eq!(all.len(), 3);
    // Luma of red: 0.2126 * 110 = 23.4, and so on.
    assert_eq!((all[0].path.to_str(), &all[0].pixels), (Some("0.bmp"), &vec![23; 4]));
    let drawn = read("B/1.bmp", Handed::Targets { pairing: Pairing::Edges, channels: 3 }).unwrap();
    assert_eq!((drawn.len(), &drawn[0].pixels), (1, &vec![255; 4]));
    let small = read("B/1.bmp", Handed::Small { times: 2 }).unwrap();
    assert_eq!(small[0].pixels, [small[0].pixels[0]; 4]);
    fs::write(folder.path().join("A/bad.png"), b"x").unwrap();
    assert!(read("A", Handed::Inputs).unwrap_err().to_string().contains("bad.png"));
    assert!(matches!(read("C", Handed::Inputs), Err(DataError::NotFound { .. })));
}
