//! How the page finds its pictures: within itself, or at the server that gave it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use image::ImageFormat;

use super::super::At;
use super::base64::base64;

/// Most sheets of a run in a page.
const MOST_SHEETS: usize = 40;
/// Fewest, as long as there are as many.
const FEWEST_SHEETS: usize = 8;

/// Where the page's pictures are.
#[derive(Debug, Clone)]
pub(crate) enum Pictures {
    /// Within the page, in about as many bytes of files as said for a run.
    Within {
        /// The sheets folder.
        folder: PathBuf,
        /// Bytes of picture files.
        budget: u64,
    },
    /// At `sheet/NAME` beside the page.
    Beside {
        /// What changes when files of equal names change.
        version: u64,
    },
}

impl Pictures {
    /// What the page writes for the picture `name`.
    ///
    /// # Errors
    ///
    /// When a picture that goes into the page cannot be read.
    pub(super) fn source(&self, name: &str) -> io::Result<String> {
        match self {
            Self::Beside { version } => Ok(format!("sheet/{name}?v={version}")),
            Self::Within { folder, budget } => {
                let bytes = slim(&folder.join(name), budget / FEWEST_SHEETS as u64)?;
                let kind = if name.ends_with(".gif") { "gif" } else { "png" };
                Ok(format!("data:image/{kind};base64,{}", base64(&bytes)))
            }
        }
    }

    /// Which of the sheets, oldest first, the page has: all of them, or evenly chosen ones that
    /// stay within the budget, the first and the last among them.
    pub(super) fn choose<T: Clone>(&self, sheets: &[(T, String)]) -> Vec<(T, String)> {
        let Self::Within { folder, budget } = self else {
            return sheets.to_vec();
        };
        let bytes = |name: &str| fs::metadata(folder.join(name)).map_or(0, |file| file.len());
        let mut n = MOST_SHEETS;
        loop {
            let chosen = spread(sheets, n);
            let all: u64 = chosen.iter().map(|(_, name)| bytes(name)).sum();
            if all <= *budget || n <= FEWEST_SHEETS {
                return chosen;
            }
            n -= 1;
        }
    }
}

/// At most `n` of the items, at even distances, the first and the last among them.
fn spread<T: Clone>(items: &[T], n: usize) -> Vec<T> {
    if items.len() <= n {
        return items.to_vec();
    }
    let last = items.len() - 1;
    (0..n).map(|idx| items[(idx * last + (n - 1) / 2) / (n - 1)].clone()).collect()
}

/// The file; a PNG of more than `most` bytes is halved in width and height until it is smaller.
fn slim(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = fs::read(path).at(path)?;
    while bytes.len() as u64 > most && path.extension().is_some_and(|kind| kind == "png") {
        let image = image::load_from_memory(&bytes).map_err(io::Error::other).at(path)?;
        let (width, height) = (image.width() / 2, image.height() / 2);
        if width.min(height) < 64 {
            break;
        }
        let mut smaller = io::Cursor::new(Vec::new());
        let halved = image.thumbnail_exact(width, height);
        halved.write_to(&mut smaller, ImageFormat::Png).map_err(io::Error::other).at(path)?;
        bytes = smaller.into_inner();
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_even_and_has_both_ends() {
        let all: Vec<usize> = (0..=100).collect();
        assert_eq!(spread(&all, 5), [0, 25, 50, 75, 100]);
        assert_eq!(spread(&all[..3], 5), [0, 1, 2]);
    }

    #[test]
    fn sheets_are_left_out_until_they_fit_and_then_halved() {
        let folder = tempfile::tempdir().unwrap();
        let sheets: Vec<(u64, String)> = (0..20).map(|n| (n, format!("{n}.png"))).collect();
        for (_, name) in &sheets {
            fs::write(folder.path().join(name), [0; 100]).unwrap();
        }
        let chosen = |budget| {
            let pictures = Pictures::Within { folder: folder.path().to_owned(), budget };
            pictures.choose(&sheets).len()
        };
        assert_eq!([chosen(2000), chosen(1999), chosen(1000), chosen(1)], [20, 19, 10, 8]);
    }

    #[test]
    fn a_large_picture_is_halved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise.png");
        let noise = |x: u32, y: u32| image::Luma([((x * 7919 + y * 104_729) >> 3) as u8]);
        image::GrayImage::from_fn(256, 256, noise).save(&path).unwrap();
        let whole = fs::read(&path).unwrap();
        assert_eq!(slim(&path, whole.len() as u64).unwrap(), whole);
        let halved =
            image::load_from_memory(&slim(&path, whole.len() as u64 - 1).unwrap()).unwrap();
        assert_eq!((halved.width(), halved.height()), (128, 128));
    }
}
