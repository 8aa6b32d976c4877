//! Batches: order, seeking, workers, errors.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use image::{GrayImage, Luma};
use kiln_data::{
    BadFiles, DataError, Labels, Loader, OpenOptions, PictureBatch, Pictures, Sampler, Source,
    Split, open,
};

const N: u8 = 7;

/// Pictures in memory; number `i` has the pixels `2 i` and `2 i + 1`, and the label `i`.
fn in_memory() -> Arc<Pictures> {
    let labels = Labels::numbered((0..N).collect());
    Arc::new(Pictures::new("n", [1, 1, 2], (0..2 * N).collect(), Some(labels)).unwrap())
}

/// The same kind of pictures as files that are decoded on demand.
fn in_files(folder: &Path, bad_files: BadFiles) -> Arc<Pictures> {
    for idx in 0..N {
        let image = GrayImage::from_fn(2, 2, |x, _| Luma([2 * idx + x as u8]));
        image.save(folder.join(format!("{idx}.png"))).unwrap();
    }
    let options = OpenOptions { memory: 0, bad_files, ..OpenOptions::default() };
    Arc::new(open(&Source::Path(folder.into()), Split::Train, &options).unwrap())
}

fn loader(pictures: &Arc<Pictures>, workers: usize, position: u64) -> Loader {
    let sampler = Sampler::new(5, pictures.len()).unwrap();
    Loader::new(Arc::clone(pictures), sampler, 3, workers, position).unwrap()
}

fn batches(loader: &mut Loader, n: usize) -> Vec<PictureBatch> {
    (0..n).map(|_| loader.next_batch().unwrap()).collect()
}

#[test]
fn batches_follow_the_sampler_across_epochs_and_none_is_partial() {
    let pictures = in_memory();
    let mut loader = loader(&pictures, 2, 0);
    let expected = Sampler::new(5, pictures.len()).unwrap().indices(0, 30);
    for chunk in expected.chunks(3) {
        let batch = loader.next_batch().unwrap();
        let labels: Vec<u32> = chunk.iter().map(|index| *index as u32).collect();
        assert_eq!(batch.labels, Some(labels));
        let bytes: Vec<u8> = chunk.iter().flat_map(|i| [2 * *i as u8, 2 * *i as u8 + 1]).collect();
        assert_eq!((batch.bytes, batch.shape), (bytes, [3, 1, 1, 2]));
    }
    assert_eq!(loader.position(), 30);
}

#[test]
fn the_number_of_workers_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = in_files(folder.path(), BadFiles::Stop);
    let expected = batches(&mut loader(&pictures, 0, 0), 20);
    for workers in [1, 2, 5] {
        assert_eq!(batches(&mut loader(&pictures, workers, 0), 20), expected);
    }
}

#[test]
fn seeking_equals_skipping() {
    let folder = tempfile::tempdir().unwrap();
    for pictures in [in_memory(), in_files(folder.path(), BadFiles::Stop)] {
        let all = batches(&mut loader(&pictures, 2, 0), 12);
        assert_eq!(batches(&mut loader(&pictures, 2, 15), 7), all[5..]);
        let mut one = loader(&pictures, 2, 0);
        batches(&mut one, 9);
        one.seek(3);
        assert_eq!(batches(&mut one, 4), all[1..5]);
    }
}

#[test]
fn mirroring_turns_some_rows_around_and_does_so_again() {
    let pictures = in_memory();
    let plain = batches(&mut loader(&pictures, 0, 0), 20);
    let mirrored = batches(&mut loader(&pictures, 0, 0).mirrored(), 20);
    assert_eq!(batches(&mut loader(&pictures, 0, 30).mirrored(), 10), mirrored[10..]);
    let rows = |batches: &[PictureBatch]| -> Vec<[u8; 2]> {
        let rows = batches.iter().flat_map(|batch| batch.bytes.chunks(2));
        rows.map(|row| [row[0], row[1]]).collect()
    };
    let mut n_turned = 0;
    for (one, other) in rows(&plain).into_iter().zip(rows(&mirrored)) {
        assert!(one == other || [one[1], one[0]] == other);
        n_turned += usize::from(one != other);
    }
    // 60 fair coins: outside 12 to 48 once in a million seeds.
    assert!((12..=48).contains(&n_turned));
}

#[test]
fn a_file_that_breaks_during_training_is_named_and_nothing_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = in_files(folder.path(), BadFiles::Stop);
    fs::write(folder.path().join("4.png"), b"gone").unwrap();
    for workers in [0, 3] {
        let mut loader = loader(&pictures, workers, 0);
        let error = loop {
            match loader.next_batch() {
                Ok(_) => assert!(loader.position() < 2 * u64::from(N), "no error in an epoch"),
                Err(error) => break error,
            }
        };
        assert!(error.to_string().contains("4.png"), "{error}");
        // The position stays, and the same call fails again instead of skipping samples.
        let position = loader.position();
        assert!(loader.next_batch().is_err());
        assert_eq!(loader.position(), position);
    }
}

#[test]
fn a_skipped_file_is_replaced_by_the_same_one_whatever_the_workers() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = in_files(folder.path(), BadFiles::Skip);
    fs::write(folder.path().join("4.png"), b"gone").unwrap();
    let expected = batches(&mut loader(&pictures, 0, 0), 10);
    assert_eq!(batches(&mut loader(&pictures, 4, 0), 10), expected);
    assert_eq!(pictures.skipped().len(), 1);
}

#[test]
fn a_file_that_the_system_does_not_hand_out_is_an_error_even_under_skip() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = in_files(folder.path(), BadFiles::Skip);
    fs::remove_file(folder.path().join("4.png")).unwrap();
    assert!(matches!(pictures.picture(4), Err(DataError::BadFiles { .. })));
}

#[test]
fn arguments_that_do_not_fit_are_refused() {
    let pictures = in_memory();
    let sampler = |len| Sampler::new(0, len).unwrap();
    assert!(Loader::new(Arc::clone(&pictures), sampler(7), 0, 0, 0).is_err());
    assert!(Loader::new(Arc::clone(&pictures), sampler(8), 3, 0, 0).is_err());
}

#[test]
fn a_loader_is_dropped_while_its_workers_are_busy() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = in_files(folder.path(), BadFiles::Stop);
    for _ in 0..20 {
        let mut loader = loader(&pictures, 3, 0);
        loader.next_batch().unwrap();
    }
    // Every worker held the pictures; all of them are gone.
    assert_eq!(Arc::strong_count(&pictures), 1);
}
