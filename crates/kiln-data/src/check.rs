//! Validation before anything is trained: every file is decoded once.

use std::collections::HashMap;
use std::hash::Hash;

use rayon::prelude::*;

use crate::folder::{self, Listing, Part, Surveyed};
use crate::locate::{Located, locate};
use crate::open::{conform, folder_labels, folder_shape, open, open_plain};
use crate::report::{ClassCount, Paired, Report, Usable, Warning};
use crate::{
    BadFile, BadFiles, DataError, Kind, Labels, OpenOptions, Pictures, Sounds, Source, Split,
    cifar, idx, open_sounds,
};

/// Below this many pictures a critic overfits without augmentation (Karras et al. 2020, "Training
/// Generative Adversarial Networks with Limited Data", figure 1, trains on 1k and 2k at least).
const ADVISED_PICTURES: usize = 1000;
/// Below this many pictures a class is seldom seen.
const ADVISED_IN_CLASS: usize = 10;
/// Groups of duplicates that are named.
const EXAMPLES: usize = 5;

/// Validates one split of a source: decodes every file, names each bad one and why, and warns of
/// what is odd. Reads all of the data and keeps none.
pub fn check(source: &Source, split: Split, options: &OpenOptions) -> Report {
    let mut report = Report {
        source: source.to_string(),
        split,
        policy: options.bad_files,
        failure: None,
        usable: None,
        pairs: None,
        bad: Vec::new(),
        warnings: Vec::new(),
    };
    let alone = OpenOptions { pairs: None, swap: false, ..options.clone() };
    let checked = fill(&mut report, source, &alone);
    if let Err(error) = checked.and_then(|()| pair(&mut report, source, options)) {
        report.take_failure(error);
    }
    report
}

/// Opens the data in pairs, if they are asked for and files were found.
fn pair(report: &mut Report, source: &Source, options: &OpenOptions) -> Result<(), DataError> {
    let (Some(pairing), Some(_)) = (options.pairs, &report.usable) else { return Ok(()) };
    let pictures = open(source, report.split, options)?;
    if let Some(input_shape) = pictures.input_shape() {
        report.pairs = Some(Paired { pairing, n_pictures: pictures.len(), input_shape });
    }
    Ok(())
}

impl Report {
    /// Bad files are listed as such; any other error is the failure itself.
    fn take_failure(&mut self, error: DataError) {
        match error {
            DataError::BadFiles { bad, .. } => self.bad = bad,
            other => self.failure = Some(other.to_string()),
        }
    }
}

fn fill(report: &mut Report, source: &Source, options: &OpenOptions) -> Result<(), DataError> {
    if *source == Source::Solids {
        options.check()?;
        let drawn = open_plain(source, report.split, options)?;
        report.take_usable(usable(&drawn), drawn.labels());
        return Ok(());
    }
    // All faults are wanted, not only the first.
    let lenient = OpenOptions { bad_files: BadFiles::Skip, ..options.clone() };
    let located = locate(source, report.split)?;
    if !matches!(&located, Located::Folder(listing) if listing.part == Part::Sound) {
        options.check()?;
    }
    let (gathered, bad) = match located {
        Located::Idx(files) => (idx::read(&files, options.memory)?, Vec::new()),
        Located::Cifar(files) => cifar::read(&files, &lenient)?,
        Located::Folder(listing) if listing.part == Part::Sound => {
            let sounds = open_sounds(source, report.split, &lenient)?;
            fill_from_sounds(report, &sounds, &listing);
            return Ok(());
        }
        Located::Folder(listing) => return fill_from_folder(report, &listing, options),
    };
    let side = gathered.shape[1].min(gathered.shape[2]);
    report.bad = bad.clone();
    let duplicates = duplicates_in_memory(&gathered.bytes, gathered.shape);
    let pictures = conform(source, gathered, bad, &lenient)?;
    let n_pictures = pictures.len();
    report.warn_of_size(&vec![side; n_pictures], options.size, pictures.kind());
    report.warnings.extend(duplicates);
    report.take_usable(usable(&pictures), pictures.labels());
    Ok(())
}

fn usable(pictures: &Pictures) -> Usable {
    Usable {
        kind: pictures.kind(),
        n_pictures: pictures.len(),
        shape: pictures.shape(),
        checksum: pictures.checksum().clone(),
        classes: pictures.labels().map(class_counts).unwrap_or_default(),
    }
}

fn fill_from_sounds(report: &mut Report, sounds: &Sounds, listing: &Listing) {
    report.bad = sounds.skipped().to_vec();
    report.warn_of_ignored(listing);
    let names = |idx: usize| sounds.files()[idx].display().to_string();
    report.warnings.extend(duplicates(sounds.checksums().iter(), names));
    let usable = Usable {
        kind: listing.kind(),
        n_pictures: sounds.len(),
        shape: [1, 1, sounds.length()],
        checksum: sounds.checksum().clone(),
        classes: sounds.labels().map(class_counts).unwrap_or_default(),
    };
    report.take_usable(usable, sounds.labels());
}

fn fill_from_folder(
    report: &mut Report,
    listing: &Listing,
    options: &OpenOptions,
) -> Result<(), DataError> {
    let (surveyed, mut bad) = folder::survey(listing, options.max_pixels);
    let checksum = folder::checksum(&surveyed);
    let (good, undecodable) = decodable(listing, surveyed, options.max_pixels);
    bad.extend(undecodable);
    bad.sort_by(|one, other| one.path.cmp(&other.path));
    report.bad = bad;
    report.warn_of_ignored(listing);
    if good.is_empty() {
        return Ok(());
    }
    let shape = folder_shape(listing, &good, options)?;
    report.warn_of_colour(&good, options.channels);
    let sides: Vec<usize> = good.iter().map(|file| file.header.side()).collect();
    report.warn_of_size(&sides, options.size, listing.kind());
    let names = |idx: usize| good[idx].path.display().to_string();
    report.warnings.extend(duplicates(good.iter().map(|file| &file.checksum), names));
    let labels = folder_labels(listing, &good);
    let usable = Usable {
        kind: listing.kind(),
        n_pictures: good.len(),
        shape,
        checksum,
        classes: labels.as_ref().map(class_counts).unwrap_or_default(),
    };
    report.take_usable(usable, labels.as_ref());
    Ok(())
}

/// Splits files by whether their pixels can be decoded, which no header tells.
fn decodable(
    listing: &Listing,
    files: Vec<Surveyed>,
    max_pixels: u64,
) -> (Vec<Surveyed>, Vec<BadFile>) {
    let outcomes: Vec<Result<Surveyed, BadFile>> = files
        .into_par_iter()
        .map(|file| {
            let path = listing.root.join(&file.path);
            match folder::verify(&path, listing.part, max_pixels) {
                Ok(()) => Ok(file),
                Err(reason) => Err(BadFile { path, reason }),
            }
        })
        .collect();
    folder::sort_out(outcomes)
}

fn class_counts(labels: &Labels) -> Vec<ClassCount> {
    let counts = labels.classes.iter().zip(labels.counts());
    counts.map(|(name, n_pictures)| ClassCount { name: name.clone(), n_pictures }).collect()
}

impl Report {
    fn take_usable(&mut self, usable: Usable, labels: Option<&Labels>) {
        if usable.n_pictures < ADVISED_PICTURES {
            self.warnings.push(Warning::FewPictures {
                n_pictures: usable.n_pictures,
                advised: ADVISED_PICTURES,
            });
        }
        self.warnings.extend(labels.and_then(|_| label_warning(&usable.classes)));
        self.usable = Some(usable);
    }

    fn warn_of_ignored(&mut self, listing: &Listing) {
        if listing.n_ignored > 0 {
            self.warnings.push(Warning::Ignored { n_files: listing.n_ignored });
        }
    }

    fn warn_of_size(&mut self, sides: &[usize], size: Option<usize>, kind: Kind) {
        let Some(size) = size else { return };
        // IDX digits are padded or enlarged as a matter of course.
        let small = || sides.iter().copied().filter(|side| *side < size);
        if let (Some(smallest), true) = (small().min(), kind != Kind::Idx) {
            self.warnings.push(Warning::Enlarged { n_pictures: small().count(), smallest, size });
        }
    }

    fn warn_of_colour(&mut self, files: &[Surveyed], channels: Option<usize>) {
        let n_grey = files.iter().filter(|file| file.header.grey).count();
        if channels != Some(1) && n_grey > 0 && n_grey < files.len() {
            let n_pictures = files.len();
            self.warnings.push(Warning::MixedColour { n_grey, n_pictures });
        }
    }
}

/// What is odd about the sizes of the classes.
fn label_warning(classes: &[ClassCount]) -> Option<Warning> {
    let filled: Vec<&ClassCount> = classes.iter().filter(|class| class.n_pictures > 0).collect();
    if let [only] = filled[..] {
        let class = only.name.clone();
        return Some(Warning::OneLabel { class });
    }
    let mut small = classes.to_vec();
    small.retain(|class| class.n_pictures < ADVISED_IN_CLASS);
    (!small.is_empty())
        .then_some(Warning::SmallClasses { classes: small, advised: ADVISED_IN_CLASS })
}

fn duplicates_in_memory(bytes: &[u8], shape: [usize; 3]) -> Option<Warning> {
    let picture_len = shape.iter().product::<usize>().max(1);
    duplicates(bytes.chunks_exact(picture_len), |idx| format!("#{idx}"))
}

/// Groups of equal keys, in the order in which they first occur.
fn duplicates<K: Hash + Eq>(
    keys: impl Iterator<Item = K>,
    name: impl Fn(usize) -> String,
) -> Option<Warning> {
    let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
    for (idx, key) in keys.enumerate() {
        groups.entry(key).or_default().push(idx);
    }
    let mut groups: Vec<Vec<usize>> =
        groups.into_values().filter(|group| group.len() > 1).collect();
    groups.sort_unstable();
    let n_surplus = groups.iter().map(|group| group.len() - 1).sum();
    let examples = groups
        .iter()
        .take(EXAMPLES)
        .map(|group| group.iter().take(EXAMPLES).map(|idx| name(*idx)).collect())
        .collect();
    (n_surplus > 0).then_some(Warning::Duplicates { n_surplus, examples })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str, n_pictures: usize) -> ClassCount {
        ClassCount { name: name.into(), n_pictures }
    }

    #[test]
    fn copies_are_grouped_and_the_first_of_a_group_is_not_surplus() {
        let warning = duplicates_in_memory(&[1, 1, 2, 2, 1, 1, 3, 3, 1, 1], [1, 1, 2]);
        let examples = vec![vec!["#0".into(), "#2".into(), "#4".into()]];
        assert_eq!(warning, Some(Warning::Duplicates { n_surplus: 2, examples }));
        assert_eq!(duplicates_in_memory(&[1, 2, 3], [1, 1, 1]), None);
    }

    #[test]
    fn labels_that_are_all_the_same_are_warned_of_even_if_classes_are_empty() {
        let warning = label_warning(&[class("a", 0), class("b", 500)]);
        assert_eq!(warning, Some(Warning::OneLabel { class: "b".into() }));
    }

    #[test]
    fn only_classes_below_the_advised_size_are_named() {
        let warning = label_warning(&[class("a", 9), class("b", 10)]);
        let classes = vec![class("a", 9)];
        assert_eq!(warning, Some(Warning::SmallClasses { classes, advised: 10 }));
        assert_eq!(label_warning(&[class("a", 10), class("b", 10)]), None);
    }
}
