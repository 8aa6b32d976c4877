//! One pass over pictures: what the metrics need of them, and no more, is kept.

use kiln_core::{Address, Stream, permutation};
use kiln_eval::metric::{MomentStream, Moments};
use kiln_eval::{Extractor, Features, Sight};

use super::picture_set::PictureSet;
use super::{EvaluateError, Metric};

/// Pictures that are read or drawn at a time.
const PORTION: usize = 250;

/// Groups of samples, of which one at a time is left out to learn the spread of a distance.
pub(super) const GROUPS: usize = 10;

/// What is to be kept of a pass.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wants {
    /// Moments of so many groups of neighbouring pictures.
    pub(super) groups: Option<usize>,
    /// Features of so many pictures.
    pub(super) rows: Option<usize>,
    /// The logits of all pictures.
    pub(super) logits: bool,
    /// Chooses the pictures whose features are kept, where not all are.
    pub(super) address: Address,
}

/// What was kept.
#[derive(Debug)]
pub(super) struct Gathered {
    /// Pictures seen.
    pub(super) count: usize,
    pub(super) groups: Vec<Moments>,
    pub(super) rows: Option<Features>,
    pub(super) logits: Option<Features>,
}

impl Wants {
    /// What these metrics want of samples.
    pub(super) fn of_samples(metrics: &[Metric], address: Address) -> Self {
        Self {
            groups: metrics.contains(&Metric::Frechet).then_some(GROUPS),
            rows: metrics.iter().any(|metric| metric.needs_rows()).then_some(usize::MAX),
            logits: metrics.contains(&Metric::InceptionScore),
            address,
        }
    }

    /// What they want of real pictures, of which at most `rows` are compared one by one.
    pub(super) fn of_reals(metrics: &[Metric], rows: usize, address: Address) -> Self {
        let samples = Self::of_samples(metrics, address);
        let groups = samples.groups.map(|_| 1);
        Self { groups, rows: samples.rows.map(|_| rows), logits: false, ..samples }
    }
}

/// Looks at every picture once. `tell` hears how many were seen.
///
/// # Errors
///
/// When a picture cannot be read, drawn or looked at, or a group has fewer than two.
pub(super) fn gather(
    pictures: &dyn PictureSet,
    extractor: &dyn Extractor,
    wants: Wants,
    tell: &mut dyn FnMut(usize),
) -> Result<Gathered, EvaluateError> {
    let count = pictures.count();
    let n_groups = wants.groups.unwrap_or(1).min(count / 2).max(1);
    let mut kept = Kept::new(&wants, count, extractor)?;
    let mut groups = Vec::new();
    for group in 0..n_groups {
        let [from, to] = [group, group + 1].map(|edge| edge * count / n_groups);
        let mut moments = MomentStream::new(extractor.width())?;
        for start in (from..to).step_by(PORTION) {
            let end = to.min(start + PORTION);
            let sight = extractor.see(&pictures.portion(start..end)?)?;
            if wants.groups.is_some() {
                moments.add(&sight.features)?;
            }
            kept.add(start, &sight)?;
            tell(end);
        }
        if wants.groups.is_some() {
            groups.push(moments.finish()?);
        }
    }
    Ok(Gathered { count, groups, rows: kept.rows, logits: kept.logits })
}

/// The rows that are kept.
struct Kept {
    mask: Vec<bool>,
    rows: Option<Features>,
    wants_logits: bool,
    logits: Option<Features>,
}

impl Kept {
    fn new(wants: &Wants, count: usize, extractor: &dyn Extractor) -> Result<Self, EvaluateError> {
        let rows = wants.rows.map(|_| Features::none(extractor.width())).transpose()?;
        let mask = chosen(count, wants.rows.unwrap_or(0), wants.address);
        Ok(Self { mask, rows, wants_logits: wants.logits, logits: None })
    }

    /// What was seen of the pictures from `start` on.
    fn add(&mut self, start: usize, sight: &Sight) -> Result<(), EvaluateError> {
        if let Some(rows) = &mut self.rows {
            let here = 0..sight.features.len();
            let here: Vec<usize> = here.filter(|idx| self.mask[start + idx]).collect();
            rows.extend(&sight.features.select(&here))?;
        }
        match (&sight.logits, &mut self.logits) {
            _ if !self.wants_logits => {}
            (Some(more), Some(logits)) => logits.extend(more)?,
            (more, _) => self.logits = more.clone(),
        }
        Ok(())
    }
}

/// Which of `count` pictures are among `rows` that are drawn at `address`; all where that is more.
fn chosen(count: usize, rows: usize, address: Address) -> Vec<bool> {
    let mut mask = vec![rows >= count; count];
    if rows < count {
        let order = permutation(count, &mut Stream::new(address));
        order.into_iter().take(rows).for_each(|idx| mask[idx as usize] = true);
    }
    mask
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use kiln_core::Purpose;
    use kiln_data::Pictures;
    use kiln_eval::{ExtractorConfig, ExtractorKind};

    use super::super::picture_set::Held;
    use super::*;

    fn gathered(wants: Wants) -> Gathered {
        let bytes = (0..600 * 4).map(|idx| (idx * 7 % 256) as u8).collect();
        let pictures = Pictures::new("ramp", [1, 2, 2], bytes, None).unwrap();
        let extractor = ExtractorConfig::from(ExtractorKind::Pixels);
        let extractor = extractor.open([1, 2, 2], &Device::flex()).unwrap();
        let subject = Held::new(&pictures, None, wants.address);
        gather(&subject, &*extractor, wants, &mut |_| {}).unwrap()
    }

    fn wants(groups: Option<usize>, rows: Option<usize>) -> Wants {
        let address = Address::new(1, Purpose::Evaluation);
        Wants { groups, rows, logits: true, address }
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
        assert!(gathered(wants(Some(1), None)).rows.is_none());
    }
}
