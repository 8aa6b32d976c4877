//! One pass over pictures: what the metrics need of them, and no more, is kept.

use kiln_eval::metric::{MomentStream, Moments};
use kiln_eval::{Extractor, Features, Pixels, Sight};

use super::picture_set::PictureSet;
use super::{EvaluateError, Metric};

/// Pictures that are read or drawn at a time.
const PORTION: usize = 250;

/// Groups of samples, of which one at a time is left out to learn the spread of a distance.
pub(super) const GROUPS: usize = 10;

/// What is to be kept of a pass.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wants {
    /// Moments of so many groups of neighbouring pictures.
    pub(super) groups: Option<usize>,
    /// Features of so many pictures.
    pub(super) rows: Option<usize>,
    /// The logits of all pictures.
    pub(super) logits: bool,
    /// So many pictures as they are.
    pub(super) pictures: Option<usize>,
}

/// What was kept, rows and pictures in the order of their places, so that fewer of them are the first.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Pictures seen.
    pub(super) count: usize,
    pub(super) groups: Vec<Moments>,
    pub(super) rows: Option<Features>,
    pub(super) logits: Option<Features>,
    pub(super) pictures: Option<Pixels>,
}

impl Wants {
    /// What these metrics want of samples.
    pub(super) fn of_samples(metrics: &[Metric]) -> Self {
        Self {
            groups: metrics.contains(&Metric::Frechet).then_some(GROUPS),
            rows: metrics.iter().any(|metric| metric.needs_rows()).then_some(usize::MAX),
            logits: metrics.contains(&Metric::InceptionScore),
            pictures: metrics.iter().filter_map(|metric| metric.pictures()).max(),
        }
    }

    /// What they want of real pictures, of which at most `rows` are compared one by one, unless they
    /// are searched for copies.
    pub(super) fn of_reals(metrics: &[Metric], rows: usize) -> Self {
        let samples = Self::of_samples(metrics);
        let rows = if metrics.contains(&Metric::Memorisation) { usize::MAX } else { rows };
        Self {
            groups: samples.groups.map(|_| 1),
            rows: samples.rows.map(|_| rows),
            logits: false,
            ..samples
        }
    }

    /// What they want of pictures that were held out.
    pub(super) fn of_held_out(metrics: &[Metric], rows: usize) -> Self {
        let rows = metrics.contains(&Metric::Memorisation).then_some(rows);
        let pictures = metrics.contains(&Metric::Parzen).then(|| Metric::Parzen.pictures());
        Self { rows, pictures: pictures.flatten(), ..Self::default() }
    }

    /// Pictures that must be seen; none for all.
    pub(super) fn most(&self) -> Option<usize> {
        let most = self.rows.unwrap_or(0).max(self.pictures.unwrap_or(0));
        (self.groups.is_none() && !self.logits).then_some(most)
    }

    fn features(&self) -> bool {
        self.groups.is_some() || self.rows.is_some() || self.logits
    }
}

/// Looks at every picture once, by `extractor` if features are wanted. `tell` hears how many were
/// seen.
///
/// # Errors
///
/// When a picture cannot be read, drawn or looked at, or a group has fewer than two.
pub(super) fn gather(
    pictures: &dyn PictureSet,
    extractor: Option<&dyn Extractor>,
    wants: Wants,
    tell: &mut dyn FnMut(usize),
) -> Result<Gathered, EvaluateError> {
    let extractor = extractor.filter(|_| wants.features());
    let count = pictures.count();
    let n_groups = wants.groups.unwrap_or(1).min(count / 2).max(1);
    let mut kept = Kept { wants, ..Kept::default() };
    let mut groups = Vec::new();
    for group in 0..n_groups {
        let [from, to] = [group, group + 1].map(|edge| edge * count / n_groups);
        let mut moments = match extractor.filter(|_| wants.groups.is_some()) {
            Some(extractor) => Some(MomentStream::new(extractor.width())?),
            None => None,
        };
        for start in (from..to).step_by(PORTION) {
            let end = to.min(start + PORTION);
            let portion = pictures.portion(start..end)?;
            let places: Vec<usize> = (start..end).map(|idx| pictures.place(idx)).collect();
            kept.add_pictures(&places, &portion);
            if let Some(extractor) = extractor {
                let sight = extractor.see(&portion)?;
                if let Some(moments) = &mut moments {
                    moments.add(&sight.features)?;
                }
                kept.add_sight(&places, &sight)?;
            }
            tell(end);
        }
        groups.extend(moments.map(MomentStream::finish).transpose()?);
    }
    kept.gathered(count, groups)
}

/// What is kept on the way.
#[derive(Default)]
struct Kept {
    wants: Wants,
    rows: Option<Features>,
    /// Places of the rows.
    row_places: Vec<usize>,
    logits: Option<Features>,
    pictures: Vec<u8>,
    /// Places of the pictures.
    picture_places: Vec<usize>,
    /// Of a picture.
    shape: [usize; 3],
}

impl Kept {
    fn add_pictures(&mut self, places: &[usize], portion: &Pixels) {
        let [_, shape @ ..] = portion.shape();
        let pictures = portion.bytes().chunks_exact(shape.iter().product());
        let most = self.wants.pictures.unwrap_or(0);
        for (picture, place) in pictures.zip(places).filter(|(_, place)| **place < most) {
            self.pictures.extend(picture);
            self.picture_places.push(*place);
        }
        self.shape = shape;
    }

    fn add_sight(&mut self, places: &[usize], sight: &Sight) -> Result<(), EvaluateError> {
        if let Some(most) = self.wants.rows {
            let here: Vec<usize> = (0..places.len()).filter(|idx| places[*idx] < most).collect();
            append(&mut self.rows, &sight.features.select(&here))?;
            self.row_places.extend(here.iter().map(|idx| places[*idx]));
        }
        if let Some(logits) = sight.logits.as_ref().filter(|_| self.wants.logits) {
            append(&mut self.logits, logits)?;
        }
        Ok(())
    }

    fn gathered(self, count: usize, groups: Vec<Moments>) -> Result<Gathered, EvaluateError> {
        let rows = self.rows.map(|rows| rows.select(&order(&self.row_places)));
        let (n, [channels, height, width]) = (self.picture_places.len(), self.shape);
        let pictures = (n > 0).then(|| {
            let pictures = Pixels::new([n, channels, height, width], self.pictures)?;
            pictures.select(&order(&self.picture_places))
        });
        let pictures = pictures.transpose()?;
        Ok(Gathered { count, groups, rows, logits: self.logits, pictures })
    }
}

/// The indices in the order of their places.
fn order(places: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_unstable_by_key(|idx| places[*idx]);
    order
}

fn append(all: &mut Option<Features>, more: &Features) -> Result<(), EvaluateError> {
    match all {
        Some(all) => Ok(all.extend(more)?),
        None => {
            *all = Some(more.clone());
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use kiln_core::{Address, Purpose};
    use kiln_data::Pictures;
    use kiln_eval::{ExtractorConfig, ExtractorKind};

    use super::super::picture_set::Held;
    use super::*;

    fn gathered(wants: Wants) -> Gathered {
        let bytes = (0..600 * 4).map(|idx| (idx * 7 % 256) as u8).collect();
        let pictures = Pictures::new("ramp", [1, 2, 2], bytes, None).unwrap();
        let extractor = ExtractorConfig::from(ExtractorKind::Pixels);
        let extractor = extractor.open([1, 2, 2], &Device::flex()).unwrap();
        let subject = Held::new(&pictures, None, Address::new(1, Purpose::Evaluation));
        gather(&subject, Some(&*extractor), wants, &mut |_| {}).unwrap()
    }

    fn wants(groups: Option<usize>, rows: Option<usize>) -> Wants {
        Wants { groups, rows, logits: true, pictures: Some(30) }
    }

    #[test]
    fn groups_together_are_all_pictures() {
        let all = gathered(wants(Some(7), Some(usize::MAX)));
        let counts = all.groups.iter().map(|group| group.count().unwrap());
        assert_eq!((all.groups.len(), counts.sum::<u64>(), all.count), (7, 600, 600));
        assert_eq!(all.rows.unwrap().len(), 600);
        // Pixels have no classes.
        assert!(all.logits.is_none());
    }

    #[test]
    fn only_what_is_wanted_is_kept() {
        let few = gathered(wants(None, Some(20)));
        assert!(few.groups.is_empty());
        assert_eq!(few.rows.unwrap().len(), 20);
        assert_eq!(few.pictures.unwrap().shape(), [30, 1, 2, 2]);
        assert!(gathered(wants(Some(1), None)).rows.is_none());
    }
}
