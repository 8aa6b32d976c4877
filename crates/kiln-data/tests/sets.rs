//! Two sets of pictures that are not paired: in two folders, or half of a data set and a drawn half.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use image::{GrayImage, Luma, Rgb, RgbImage};
use kiln_data::{
    Arrangement, DataError, Loader, OpenOptions, Pairing, PictureBatch, Pictures, Sampler, Source,
    Split, open,
};

fn sets(source: &Source, split: Split, pairs: Pairing) -> Result<Pictures, DataError> {
    open(source, split, &OpenOptions { pairs: Some(pairs), ..OpenOptions::default() })
}

fn folder(path: &Path, split: Split) -> Result<Pictures, DataError> {
    sets(&Source::Path(path.into()), split, Pairing::Unpaired)
}

fn batch(pictures: Pictures, n: usize, mirrored: bool) -> PictureBatch {
    let sampler = Sampler::new(1, pictures.len()).unwrap();
    let loader = Loader::new(Arc::new(pictures), sampler, n, 0, 0).unwrap();
    let mut loader = if mirrored { loader.mirrored() } else { loader };
    loader.next_batch().unwrap()
}

/// Grey pictures of 0, 1, ... in one folder, and red ones of 100, 101, ... in the other.
fn write(root: &Path, [a, b]: [&str; 2], [n_a, n_b]: [u8; 2]) {
    for folder in [a, b] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for idx in 0..n_a {
        let file = root.join(a).join(format!("{idx}.png"));
        GrayImage::from_pixel(2, 2, Luma([idx])).save(file).unwrap();
    }
    for idx in 0..n_b {
        let file = root.join(b).join(format!("red-{idx}.png"));
        RgbImage::from_pixel(2, 2, Rgb([100 + idx, 0, 0])).save(file).unwrap();
    }
}

#[test]
fn two_folders_are_shown_together_in_every_combination() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), ["A", "B"], [3, 4]);
    let pictures = folder(root.path(), Split::Train).unwrap();
    assert_eq!(pictures.arrangement(), Arrangement::Sets);
    // In colour both, since one is.
    assert_eq!((pictures.len(), pictures.shape()), (4, [3, 2, 2]));
    let other = pictures.other_set().unwrap();
    assert_eq!((other.len(), other.shape()), (3, [3, 2, 2]));
    assert_eq!((pictures.input_shape(), pictures.pair_shape()), (Some([3, 2, 2]), [6, 2, 2]));
    let bytes = batch(pictures, 120, false).bytes;
    let pairs: BTreeSet<(u8, u8)> = bytes.chunks(24).map(|pair| (pair[0], pair[12])).collect();
    let all = (0..3).flat_map(|a| (100..104).map(move |b| (a, b)));
    assert_eq!(pairs, all.collect());
    // Each comes as often as any other of its set.
    assert_eq!(bytes.chunks(24).filter(|pair| pair[0] == 2).count(), 40);
}

#[test]
fn the_authors_layout_is_read_and_its_test_sets_are_held_out() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), ["trainA", "trainB"], [3, 4]);
    assert_eq!(folder(root.path(), Split::Train).unwrap().len(), 4);
    let none = folder(root.path(), Split::Test).unwrap_err();
    assert!(matches!(none, DataError::NoSuchSplit { .. }), "{none}");
    write(root.path(), ["testA", "testB"], [1, 2]);
    assert_eq!(folder(root.path(), Split::Test).unwrap().len(), 2);
}

#[test]
fn each_of_two_pictures_is_mirrored_by_a_chance_of_its_own() {
    let root = tempfile::tempdir().unwrap();
    for name in ["A", "B"] {
        fs::create_dir_all(root.path().join(name)).unwrap();
        let ramp = GrayImage::from_fn(4, 4, |x, _| Luma([x as u8]));
        ramp.save(root.path().join(name).join("ramp.png")).unwrap();
    }
    let bytes = batch(folder(root.path(), Split::Train).unwrap(), 64, true).bytes;
    let ways: BTreeSet<(u8, u8)> = bytes.chunks(32).map(|pair| (pair[0], pair[16])).collect();
    assert_eq!(ways, BTreeSet::from([(0, 0), (0, 3), (3, 0), (3, 3)]));
}

#[test]
fn drawn_sets_share_no_picture_and_can_be_undone() {
    let digits = open(&Source::Mnist, Split::Test, &OpenOptions::default()).unwrap();
    let labels = &digits.labels().unwrap().of;
    for (pairing, channels) in [(Pairing::Inverted, 1), (Pairing::Coloured, 3)] {
        let drawn = sets(&Source::Mnist, Split::Test, pairing).unwrap();
        let plain = drawn.other_set().unwrap();
        assert_eq!((drawn.len(), plain.len(), drawn.shape()), (5000, 5000, [channels, 28, 28]));
        for idx in [0, 1, 77] {
            for (set, number, changed) in [(&**plain, 2 * idx, false), (&drawn, 2 * idx + 1, true)]
            {
                let picture = set.picture(idx).unwrap();
                let original = digits.picture(number).unwrap().pixels;
                assert_eq!(picture.label, Some(labels[number]));
                assert_eq!(pairing.undone(changed, &picture.pixels, channels), Some(original));
            }
        }
        assert_ne!(drawn.checksum(), digits.checksum());
    }
    assert_eq!(Pairing::Edges.undone(true, &[1, 2], 1), None);
}

#[test]
fn colours_differ_from_digit_to_digit() {
    let drawn = sets(&Source::Mnist, Split::Test, Pairing::Coloured).unwrap();
    let colour = |idx: usize| {
        let pixels = drawn.picture(idx).unwrap().pixels;
        let planes: Vec<u64> =
            pixels.chunks(784).map(|plane| plane.iter().map(|v| u64::from(*v)).sum()).collect();
        let most = *planes.iter().max().unwrap();
        planes.into_iter().map(|sum| 8 * sum / most).collect::<Vec<_>>()
    };
    let colours: BTreeSet<_> = (0..50).map(colour).collect();
    assert!(colours.len() > 10, "{colours:?}");
}

#[test]
fn what_are_no_two_sets_is_told() {
    let told = |result: Result<Pictures, DataError>| result.unwrap_err().to_string();
    let mnist = told(sets(&Source::Mnist, Split::Train, Pairing::Unpaired));
    assert!(mnist.contains("mnist is no folder with `A` and `B`"), "{mnist}");
    let swap = OpenOptions { pairs: Some(Pairing::Inverted), swap: true, ..OpenOptions::default() };
    let swapped = told(open(&Source::Mnist, Split::Train, &swap));
    assert!(swapped.contains("here one of two is drawn"), "{swapped}");
    let root = tempfile::tempdir().unwrap();
    write(root.path(), ["A", "elsewhere"], [1, 1]);
    assert!(told(folder(root.path(), Split::Train)).contains("holds no folder `B`"));
    write(root.path(), ["other", "B"], [1, 1]);
    GrayImage::new(4, 4).save(root.path().join("A/0.png")).unwrap();
    let sizes = told(folder(root.path(), Split::Train));
    assert!(sizes.contains("[3, 4, 4] and [3, 2, 2]") && sizes.contains("--size"), "{sizes}");
}
