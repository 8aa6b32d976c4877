//! Folders of pictures: every format, every colour type, every size, labels, splits, bad files.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::fs;
use std::path::Path;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use kiln_data::{
    BadFiles, DataError, Kind, OpenOptions, Pictures, Reason, Source, Split, Warning, check, open,
};
use tempfile::TempDir;

const FORMATS: [(&str, ImageFormat); 6] = [
    ("png", ImageFormat::Png),
    ("jpg", ImageFormat::Jpeg),
    ("webp", ImageFormat::WebP),
    ("gif", ImageFormat::Gif),
    ("bmp", ImageFormat::Bmp),
    ("tiff", ImageFormat::Tiff),
];

/// A picture whose left half is dark and whose right half is light.
fn halves(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 { Rgb([10, 20, 30]) } else { Rgb([210, 220, 230]) }
    })
    .into()
}

fn save(image: &DynamicImage, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.save(path).unwrap();
}

fn source(folder: &TempDir) -> Source {
    Source::Path(folder.path().into())
}

fn sized(size: usize) -> OpenOptions {
    OpenOptions { size: Some(size), ..OpenOptions::default() }
}

fn open_one(image: &DynamicImage, name: &str, options: &OpenOptions) -> Pictures {
    let folder = tempfile::tempdir().unwrap();
    save(image, &folder.path().join(name));
    open(&source(&folder), Split::Train, options).unwrap()
}

#[track_caller]
fn check_close(found: &[u8], expected: &[u8], tolerance: u8) {
    assert_eq!(found.len(), expected.len());
    let worst = found.iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(worst <= Some(tolerance), "{found:?} is not {expected:?}");
}

#[test]
fn every_format_gives_the_same_pixels() {
    // Shrunk by 4 with the halves kept apart, so the middle is all that a filter blurs.
    for (extension, _) in FORMATS {
        let name = format!("a.{extension}");
        let pictures = open_one(&halves(32, 32), &name, &sized(8));
        assert_eq!(pictures.shape(), [3, 8, 8], "{extension}");
        let pixels = pictures.picture(0).unwrap().pixels;
        let corners = [0, 7, 64, 71, 128, 135].map(|at| pixels[at]);
        // JPEG and the palette of GIF are not exact.
        check_close(&corners, &[10, 210, 20, 220, 30, 230], 6);
    }
}

#[test]
fn the_content_decides_and_not_the_extension() {
    let folder = tempfile::tempdir().unwrap();
    halves(8, 8).save_with_format(folder.path().join("a.jpg"), ImageFormat::Png).unwrap();
    let pictures = open(&source(&folder), Split::Train, &OpenOptions::default()).unwrap();
    assert_eq!(pictures.shape(), [3, 8, 8]);
}

#[test]
fn grey_stays_grey_and_sixteen_bits_become_eight() {
    let grey =
        image::ImageBuffer::<image::Luma<u16>, Vec<u16>>::from_pixel(4, 4, image::Luma([0x8080]));
    let pictures = open_one(&grey.into(), "a.png", &OpenOptions::default());
    assert_eq!(pictures.shape(), [1, 4, 4]);
    assert_eq!(pictures.picture(0).unwrap().pixels, [0x80; 16]);
    let rgb = image::ImageBuffer::<Rgb<u16>, Vec<u16>>::from_pixel(1, 1, Rgb([0, 0x8080, 0xffff]));
    let pictures = open_one(&rgb.into(), "a.tiff", &OpenOptions::default());
    assert_eq!(pictures.picture(0).unwrap().pixels, [0, 0x80, 0xff]);
}

#[test]
fn transparency_is_blended_over_white() {
    // Opaque, half (128 / 255), and clear black: 0, 255 * 127 / 255 = 127, 255.
    let image = RgbaImage::from_fn(3, 3, |x, _| Rgba([0, 0, 0, [255, 128, 0][x as usize]]));
    let pictures = open_one(&image.into(), "a.png", &OpenOptions::default());
    assert_eq!(pictures.picture(0).unwrap().pixels[..3], [0, 127, 255]);
}

#[test]
fn a_picture_taken_with_the_camera_on_its_side_is_turned_upright() {
    let image = image::GrayImage::from_raw(2, 2, vec![1, 2, 3, 4]).unwrap();
    let mut png = Vec::new();
    let to = &mut std::io::Cursor::new(&mut png);
    DynamicImage::from(image).write_to(to, ImageFormat::Png).unwrap();
    // After the signature and the header, a chunk with EXIF data: one tag, orientation (274), 6:
    // the top of the scene is at the right.
    let exif = b"II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let body = [&b"eXIf"[..], exif].concat();
    let length = (exif.len() as u32).to_be_bytes();
    let chunk = [&length[..], &body, &crc32(&body).to_be_bytes()].concat();
    drop(png.splice(33..33, chunk));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.png"), png).unwrap();
    let pictures = open(&source(&folder), Split::Train, &OpenOptions::default()).unwrap();
    assert_eq!(pictures.picture(0).unwrap().pixels, [3, 1, 4, 2]);
}

#[test]
fn channels_can_be_asked_for() {
    let as_grey = OpenOptions { channels: Some(1), ..OpenOptions::default() };
    let white: DynamicImage = RgbImage::from_pixel(2, 2, Rgb([255; 3])).into();
    let pictures = open_one(&white, "a.png", &as_grey);
    assert_eq!(pictures.shape(), [1, 2, 2]);
    assert_eq!(*pictures.bytes().unwrap(), [255; 4]);
}

#[test]
fn mixed_sizes_need_a_size_and_are_then_cut_and_resized() {
    let folder = tempfile::tempdir().unwrap();
    save(&halves(40, 20), &folder.path().join("wide.png"));
    save(&halves(16, 30), &folder.path().join("tall.png"));
    let refused = open(&source(&folder), Split::Train, &OpenOptions::default()).unwrap_err();
    assert!(matches!(refused, DataError::MixedSizes { smallest: 16, largest: 20, .. }));
    let pictures = open(&source(&folder), Split::Train, &sized(8)).unwrap();
    assert_eq!((pictures.len(), pictures.shape()), (2, [3, 8, 8]));
    // The centre of the wide one holds both halves: nothing was squeezed, the sides are gone.
    check_close(
        &pictures.picture(1).unwrap().pixels[..8],
        &[10, 10, 10, 10, 210, 210, 210, 210],
        40,
    );
}

#[test]
fn subfolders_become_sorted_classes() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["dog/a.png", "cat/b.png", "cat/deep/c.png"] {
        save(&halves(4, 4), &folder.path().join(name));
    }
    let pictures = open(&source(&folder), Split::Train, &OpenOptions::default()).unwrap();
    let labels = pictures.labels().unwrap();
    assert_eq!(labels.classes, ["cat", "dog"]);
    assert_eq!(labels.of, [0, 0, 1]);
    assert_eq!(pictures.picture(2).unwrap().label, Some(1));
}

#[test]
fn pictures_beside_subfolders_have_no_labels() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.png", "cat/b.png"] {
        save(&halves(4, 4), &folder.path().join(name));
    }
    let pictures = open(&source(&folder), Split::Train, &OpenOptions::default()).unwrap();
    assert_eq!((pictures.len(), pictures.labels()), (2, None));
}

#[test]
fn split_subfolders_are_entered() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["train/cat/a.png", "train/dog/b.png", "test/cat/c.png"] {
        save(&halves(4, 4), &folder.path().join(name));
    }
    let count = |split| open(&source(&folder), split, &OpenOptions::default()).unwrap().len();
    assert_eq!((count(Split::Train), count(Split::Test)), (2, 1));
    fs::remove_dir_all(folder.path().join("test")).unwrap();
    let told = open(&source(&folder), Split::Test, &OpenOptions::default());
    assert!(matches!(told, Err(DataError::NoSuchSplit { .. })));
}

#[cfg(unix)]
#[test]
fn links_that_run_in_a_circle_and_pipes_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    save(&halves(4, 4), &folder.path().join("cat/a.png"));
    std::os::unix::fs::symlink(folder.path(), folder.path().join("cat/up")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("cat/s.png")).unwrap();
    let pictures = open(&source(&folder), Split::Train, &OpenOptions::default()).unwrap();
    assert_eq!(pictures.len(), 1);
}

/// A good picture, and one bad file of each sort.
fn zoo() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    save(&halves(8, 8), &at("good.png"));
    fs::write(at("empty.png"), b"").unwrap();
    fs::write(at("text.jpg"), b"this is no picture").unwrap();
    fs::write(at("bomb.png"), bomb()).unwrap();
    for (extension, _) in FORMATS {
        let whole = at(&format!("whole.{extension}"));
        save(&noise(64), &whole);
        let bytes = fs::read(&whole).unwrap();
        fs::remove_file(&whole).unwrap();
        fs::write(at(&format!("cut.{extension}")), &bytes[..bytes.len() * 2 / 3]).unwrap();
    }
    folder
}

/// Pixels that no format packs away.
fn noise(side: u32) -> DynamicImage {
    let value = |x: u32, y: u32, z: u32| {
        let mixed = (x * 7919 + y * 104_729 + z * 1_299_709).wrapping_mul(2_654_435_761);
        (mixed >> 24) as u8
    };
    RgbImage::from_fn(side, side, |x, y| Rgb([value(x, y, 0), value(x, y, 1), value(x, y, 2)]))
        .into()
}

/// The header of a PNG of 60000 x 60000 pixels, with a true checksum.
fn bomb() -> Vec<u8> {
    let mut png = Vec::new();
    halves(1, 1).write_to(&mut std::io::Cursor::new(&mut png), ImageFormat::Png).unwrap();
    png[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    png
}

/// The checksum of PNG chunks (ISO 3309), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}

#[test]
fn each_bad_file_is_named_with_its_reason() {
    let report = check(&source(&zoo()), Split::Train, &OpenOptions::default());
    assert!(!report.fit());
    let reason = |name: &str| {
        let bad = report.bad.iter().find(|bad| bad.path.file_name().unwrap() == name);
        &bad.unwrap_or_else(|| panic!("{name} is not in {report}")).reason
    };
    assert!(matches!(reason("empty.png"), Reason::Empty));
    assert!(matches!(reason("text.jpg"), Reason::NotAnImage { .. }));
    assert!(matches!(reason("bomb.png"), Reason::Bomb { .. }), "{report}");
    for (extension, _) in FORMATS {
        let name = format!("cut.{extension}");
        assert!(matches!(reason(&name), Reason::Truncated { .. }), "{name}: {report}");
    }
    assert_eq!(report.bad.len(), 9);
    assert_eq!(report.usable.unwrap().n_pictures, 1);
}

#[test]
fn a_picture_that_is_neither_grey_nor_rgb_has_the_wrong_channel_count() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("five.tiff"), tiff_of_five_channels()).unwrap();
    let report = check(&source(&folder), Split::Train, &OpenOptions::default());
    assert!(matches!(report.bad[0].reason, Reason::Channels { .. }), "{report}");
}

/// One pixel of five bytes, uncompressed (TIFF 6.0, section 2).
fn tiff_of_five_channels() -> Vec<u8> {
    let mut tiff = b"II\x2a\0\x08\0\0\0".to_vec();
    // (tag, type: 3 is short and 4 is long, value): width, height, compression, photometric
    // interpretation, offset of the pixels, samples a pixel, rows a strip, bytes in the strip.
    let tags = [
        (256_u16, 3_u16, 1_u32),
        (257, 3, 1),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8 + 2 + 8 * 12 + 4),
        (277, 3, 5),
        (278, 3, 1),
        (279, 4, 5),
    ];
    tiff.extend(8_u16.to_le_bytes());
    for (tag, kind, value) in tags {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(kind.to_le_bytes());
        tiff.extend(1_u32.to_le_bytes());
        tiff.extend(value.to_le_bytes());
    }
    tiff.extend([0; 4 + 5]);
    tiff
}

#[test]
fn bad_files_stop_the_opening_or_are_skipped() {
    let zoo = zoo();
    let stopped = open(&source(&zoo), Split::Train, &OpenOptions::default()).unwrap_err();
    assert!(stopped.to_string().contains("bomb.png: too large"), "{stopped}");
    let mut options = OpenOptions { bad_files: BadFiles::Skip, ..sized(8) };
    let pictures = open(&source(&zoo), Split::Train, &options).unwrap();
    assert_eq!((pictures.len(), pictures.skipped().len()), (1, 9));
    // Decoded on demand, what no header tells is found late, and the good one stands in.
    options.memory = 0;
    let pictures = open(&source(&zoo), Split::Train, &options).unwrap();
    assert!(pictures.bytes().is_none() && pictures.len() > 1);
    let all: Vec<Vec<u8>> =
        (0..pictures.len()).map(|idx| pictures.picture(idx).unwrap().pixels).collect();
    assert!(all.iter().all(|pixels| *pixels == all[0]));
    assert_eq!(pictures.skipped().len(), 9);
}

#[test]
fn a_folder_of_nothing_but_bad_files_is_refused_even_when_they_are_skipped() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.png"), b"").unwrap();
    let options = OpenOptions { bad_files: BadFiles::Skip, ..OpenOptions::default() };
    let told = open(&source(&folder), Split::Train, &options).unwrap_err();
    assert!(told.to_string().contains("a.png: the file is empty"));
    assert!(!check(&source(&folder), Split::Train, &options).fit());
}

#[test]
fn decoding_at_once_and_on_demand_give_the_same_pictures_and_checksum() {
    let folder = tempfile::tempdir().unwrap();
    for idx in 0..5 {
        save(&noise(9 + idx), &folder.path().join(format!("{idx}.png")));
    }
    let at_once = open(&source(&folder), Split::Train, &sized(8)).unwrap();
    let options = OpenOptions { memory: 0, ..sized(8) };
    let on_demand = open(&source(&folder), Split::Train, &options).unwrap();
    assert_eq!((at_once.kind(), at_once.bytes().is_some()), (Kind::ImageFolder, true));
    assert!(on_demand.bytes().is_none());
    for idx in 0..5 {
        assert_eq!(at_once.picture(idx).unwrap(), on_demand.picture(idx).unwrap());
    }
    assert_eq!(at_once.checksum(), on_demand.checksum());
}

#[test]
fn the_checksum_follows_the_content_and_not_the_path() {
    let sum = |width| {
        let folder = tempfile::tempdir().unwrap();
        save(&halves(width, 8), &folder.path().join("a.png"));
        open(&source(&folder), Split::Train, &sized(8)).unwrap().checksum().clone()
    };
    assert_eq!(sum(8), sum(8));
    assert_ne!(sum(8), sum(10));
}

#[test]
fn oddities_are_warned_of_and_stop_nothing() {
    let folder = tempfile::tempdir().unwrap();
    save(&halves(8, 8), &folder.path().join("cat/a.png"));
    save(&halves(8, 8), &folder.path().join("cat/b.png"));
    save(&DynamicImage::new_luma8(8, 8), &folder.path().join("cat/grey.png"));
    fs::write(folder.path().join("cat/notes.txt"), b"notes").unwrap();
    let report = check(&source(&folder), Split::Train, &sized(16));
    assert!(report.fit(), "{report}");
    let examples = vec![vec!["cat/a.png".into(), "cat/b.png".into()]];
    for warning in [
        Warning::FewPictures { n_pictures: 3, advised: 1000 },
        Warning::OneLabel { class: "cat".into() },
        Warning::Duplicates { n_surplus: 1, examples },
        Warning::MixedColour { n_grey: 1, n_pictures: 3 },
        Warning::Enlarged { n_pictures: 3, smallest: 8, size: 16 },
        Warning::Ignored { n_files: 1 },
    ] {
        assert!(report.warnings.contains(&warning), "{warning:?} is not in {report}");
    }
}
