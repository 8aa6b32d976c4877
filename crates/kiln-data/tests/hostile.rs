//! Hostile files: no panic, and no allocation that the file does not justify.
//!
//! The allocator of this program notes the largest single request, so a header that is believed
//! shows at once.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;
use image::{DynamicImage, ImageFormat};
use kiln_data::{BadFiles, OpenOptions, Reason, Report, Source, Split, check, open};
use proptest::prelude::*;

struct Noting;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator that only notes sizes and hands on to the system's")]
// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Noting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promises about `layout` are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from the system's allocator with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Noting = Noting;

/// The largest request that is justified: these tests allow pictures of 2^16 pixels and sets of
/// 2^20 bytes, and the decoders keep buffers of their own.
const JUSTIFIED: usize = 8 << 20;

const FORMATS: [ImageFormat; 6] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::WebP,
    ImageFormat::Gif,
    ImageFormat::Bmp,
    ImageFormat::Tiff,
];

fn options() -> OpenOptions {
    OpenOptions {
        size: Some(8),
        bad_files: BadFiles::Skip,
        max_pixels: 1 << 16,
        memory: 1 << 20,
        ..OpenOptions::default()
    }
}

/// One test at a time, so that a large request has one cause.
static TURN: Mutex<()> = Mutex::new(());

/// Opens and checks a folder with one file, and looks at the allocator.
fn provoke(name: &str, bytes: &[u8]) -> Report {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    let source = Source::Path(folder.path().into());
    LARGEST.store(0, Ordering::Relaxed);
    for split in [Split::Train, Split::Test] {
        // Whether it is refused or read is not the question here.
        drop(open(&source, split, &options()));
    }
    let report = check(&source, Split::Train, &options());
    let _text = report.to_string();
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest <= JUSTIFIED, "one allocation asked for {largest} bytes: {report}");
    report
}

fn picture(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = DynamicImage::from(image::RgbImage::from_fn(12, 9, |x, y| {
        image::Rgb([(x * 20) as u8, (y * 25) as u8, (x * y) as u8])
    }));
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

#[test]
fn every_picture_survives_every_single_cut() {
    for format in FORMATS {
        let whole = picture(format);
        for end in (0..whole.len()).step_by(1 + whole.len() / 40) {
            provoke("a.png", &whole[..end]);
        }
    }
}

#[test]
fn a_huge_declared_size_is_refused_for_every_format() {
    // Where each format keeps its width, and how wide the number is.
    let places: [(ImageFormat, &[u8], usize); 3] = [
        (ImageFormat::Bmp, &60_000_u32.to_le_bytes(), 18),
        (ImageFormat::Gif, &u16::MAX.to_le_bytes(), 6),
        (ImageFormat::Bmp, &i32::MAX.to_le_bytes(), 18),
    ];
    for (format, width, at) in places {
        let mut bytes = picture(format);
        bytes[at..at + width.len()].copy_from_slice(width);
        bytes[at + width.len()..at + 2 * width.len()].copy_from_slice(width);
        let report = provoke("a.bmp", &bytes);
        assert!(matches!(report.bad[..], [ref bad] if is_refused(&bad.reason)), "{report}");
    }
}

fn is_refused(reason: &Reason) -> bool {
    matches!(reason, Reason::Bomb { .. } | Reason::Damaged { .. })
}

#[test]
fn a_picture_over_the_limit_is_refused_although_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    DynamicImage::new_luma8(300, 300).save(folder.path().join("a.png")).unwrap();
    let report = check(&Source::Path(folder.path().into()), Split::Train, &options());
    assert!(matches!(report.bad[0].reason, Reason::Bomb { .. }), "{report}");
}

#[test]
fn a_gzip_bomb_is_cut_off() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&[0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28]).unwrap();
    for _ in 0..64 {
        encoder.write_all(&[0; 1 << 20]).unwrap();
    }
    provoke("train-images-idx3-ubyte.gz", &encoder.finish().unwrap());
}

#[test]
fn class_names_are_read_up_to_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data_batch_1.bin"), [0; 3073]).unwrap();
    fs::write(folder.path().join("batches.meta.txt"), vec![b'a'; 4 << 20]).unwrap();
    let pictures = open(&Source::Path(folder.path().into()), Split::Train, &options()).unwrap();
    assert_eq!(pictures.labels().unwrap().classes[0].len(), 1 << 16);
}

#[test]
fn names_that_are_no_unicode_are_survived() {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let name = std::ffi::OsStr::from_bytes(b"\xff\xfe.png");
        fs::write(folder.path().join(Path::new(name)), picture(ImageFormat::Png)).unwrap();
        let pictures = open(&Source::Path(folder.path().into()), Split::Train, &options());
        assert_eq!(pictures.unwrap().len(), 1);
    }
}

fn idx(axes: &[u32], n_bytes: usize) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, axes.len() as u8];
    bytes.extend(axes.iter().flat_map(|axis| axis.to_be_bytes()));
    bytes.resize(bytes.len() + n_bytes, 7);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_bytes_are_survived_under_every_name(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        name in prop::sample::select(vec![
            "a.png", "train-images-idx3-ubyte", "t10k-images-idx3-ubyte.gz", "data_batch_1.bin",
            "batches.meta.txt",
        ]),
    ) {
        provoke(name, &bytes);
    }

    #[test]
    fn mutated_pictures_are_survived(
        format in prop::sample::select(FORMATS.to_vec()),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = picture(format);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        provoke("a.png", &bytes);
    }

    #[test]
    fn mutated_headers_of_pictures_are_survived(
        format in prop::sample::select(FORMATS.to_vec()),
        at in 0_usize..48,
        value: u32,
    ) {
        let mut bytes = picture(format);
        bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
        provoke("a.png", &bytes);
    }

    #[test]
    fn idx_headers_may_claim_anything(axes in proptest::collection::vec(any::<u32>(), 0..6)) {
        provoke("train-images-idx3-ubyte", &idx(&axes, 100));
    }

    #[test]
    fn cifar_batches_of_any_size_are_survived(n_bytes in 0_usize..10_000, value: u8) {
        provoke("data_batch_1.bin", &vec![value; n_bytes]);
    }
}
