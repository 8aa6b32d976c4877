//! What the critic of a run says of the pictures that it learned from, of pictures that were held out,
//! and of fakes: whether it knows what reals look like, or its own reals.
//!
//! The share of its lead that is over the training pictures alone is the first measure of overfitting
//! of Karras et al. 2020 (ADA), equation 1: `(E[D(train)] - E[D(held out)]) / (E[D(train)] - E[D(fake)])`.

use std::fmt;
use std::path::Path;

use kiln_core::{Address, Purpose};
use kiln_data::{PictureBatch, Pictures};
use kiln_objective::{Boundary, Verdict};
use kiln_train::{Checkpoints, Game, Retention, Round, SavedRun, read_tensors};
use serde::Serialize;

use super::EvaluateError;
use super::picture_set::Held;
use crate::material::Material;
use crate::recipe::{Family, Images, World};
use crate::session::Session;
use crate::with_family;

/// How often the critic is right.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CriticReport {
    /// Pictures judged of each kind.
    pub n: usize,
    /// Share of the training pictures that it takes for real, in `[0, 1]`.
    pub accuracy_training: f64,
    /// The same of pictures that it has not seen.
    pub accuracy_held_out: f64,
    /// Share of the fakes that it takes for fakes.
    pub accuracy_fake: f64,
    /// Mean logit of training pictures.
    pub logit_training: f64,
    /// Mean logit of held-out ones.
    pub logit_held_out: f64,
    /// Mean logit of fakes.
    pub logit_fake: f64,
    /// The share of its lead that is over the training pictures alone: 0 where held-out pictures are as
    /// real to it, 1 where they are as fake as fakes.
    pub overfitting: f64,
}

/// Asks the critic of the newest checkpoint in the run folder of `session` about `count` pictures of
/// each kind at most, in batches as in training.
///
/// # Errors
///
/// When there is no checkpoint, no critic, no held-out part, or the device fails.
pub fn judge_critic(
    session: &Session,
    folder: &Path,
    count: usize,
) -> Result<CriticReport, EvaluateError> {
    let (config, world) = (session.config(), session.world());
    let Material::Pictures(training) = session.material() else {
        return Err(EvaluateError::NoCritic {
            reason: "it is asked about pictures and volumes alone",
        });
    };
    let held_out = session.material().held_out(&config.data)?;
    let held_out = held_out.ok_or(EvaluateError::NoHeldOut { metric: super::Metric::Critic })?;
    let checkpoints = Checkpoints::inspect(&folder.join("checkpoints"), Retention::default());
    let Some((saved, _)) = checkpoints.newest()? else {
        return Err(EvaluateError::NoCritic { reason: "the run has no checkpoint yet" });
    };
    let size = config.recipe.reals_per_draw(config.batch_size).max(1);
    let count = count.min(training.len()).min(held_out.len()) / size * size;
    if count == 0 {
        return Err(EvaluateError::NoCritic { reason: "there is no batch of each kind to judge" });
    }
    let sample = |pictures| Sample { pictures, count, size, seed: config.seed };
    let samples = [sample(training), sample(&held_out)];
    with_family!(&config.recipe, family => report(family, saved, &samples, world))
}

fn report<F: Family>(
    family: &F,
    saved: SavedRun,
    samples: &[Sample<'_>; 2],
    world: &World,
) -> Result<CriticReport, EvaluateError> {
    let SavedRun { clock, mut state, .. } = saved;
    let game = family.start(world)?.load(&mut state)?;
    let mut judged = Vec::new();
    let mut boundary = Boundary::At(0.0);
    for sample in samples {
        let (mut real, mut fake) = (Vec::new(), Vec::new());
        for (idx, batch) in sample.batches().enumerate() {
            let mut clock = clock;
            clock.samples += (idx * sample.size) as u64;
            let round = Round::new(clock, world.seed, &world.device);
            let opinion = family.opinion(&game, Images::send(&batch?, &world.device), &round);
            let Some((verdict, at)) = opinion else {
                return Err(EvaluateError::NoCritic { reason: "the recipe has none" });
            };
            boundary = at;
            let Verdict { real: of_real, fake: of_fake } = verdict;
            let logits = [of_real, of_fake].map(|logits| logits.flatten::<1>(0, 1));
            let mut read = read_tensors(logits.to_vec())?.into_iter();
            real.extend(read.next().unwrap_or_default());
            fake.extend(read.next().unwrap_or_default());
        }
        judged.push([real, fake]);
    }
    // The fakes are the same both times, up to what a batch of other reals changes.
    let [[training, fake], [held_out, _]] = judged.try_into().unwrap_or_default();
    Ok(CriticReport::new(&training, &held_out, &fake, boundary))
}

/// Some pictures of a data set, in batches.
struct Sample<'a> {
    pictures: &'a Pictures,
    count: usize,
    size: usize,
    seed: u64,
}

impl Sample<'_> {
    /// One after another; none is kept.
    fn batches(&self) -> impl Iterator<Item = Result<PictureBatch, EvaluateError>> {
        let address = Address::new(self.seed, Purpose::Evaluation);
        let held = Held::new(self.pictures, Some(self.count), address);
        let [channels, height, width] = self.pictures.shape();
        (0..self.count / self.size).map(move |batch| {
            let indices = batch * self.size..(batch + 1) * self.size;
            let pictures = indices.map(|idx| self.pictures.picture(held.original(idx)));
            let pictures = pictures.collect::<Result<Vec<_>, _>>()?;
            let shape = [self.size, channels, height, width];
            let labels = pictures.iter().map(|picture| picture.label).collect();
            let bytes = pictures.into_iter().flat_map(|picture| picture.pixels).collect();
            Ok(PictureBatch { shape, bytes, labels })
        })
    }
}

impl CriticReport {
    fn new(training: &[f32], held_out: &[f32], fake: &[f32], boundary: Boundary) -> Self {
        let mean = |logits: &[f32]| {
            let sum: f64 = logits.iter().map(|logit| f64::from(*logit)).sum();
            sum / logits.len().max(1) as f64
        };
        let [of_training, of_held_out, of_fake] = [training, held_out, fake].map(mean);
        let boundary = match boundary {
            Boundary::At(logit) => f64::from(logit),
            Boundary::Between => 0.5 * (of_training + of_fake),
        };
        let share = |logits: &[f32], right: fn(f64, f64) -> bool| {
            let right = logits.iter().filter(|logit| right(f64::from(**logit), boundary)).count();
            right as f64 / logits.len().max(1) as f64
        };
        Self {
            n: training.len(),
            accuracy_training: share(training, |logit, boundary| logit > boundary),
            accuracy_held_out: share(held_out, |logit, boundary| logit > boundary),
            accuracy_fake: share(fake, |logit, boundary| logit < boundary),
            logit_training: of_training,
            logit_held_out: of_held_out,
            logit_fake: of_fake,
            overfitting: (of_training - of_held_out) / (of_training - of_fake),
        }
    }
}

impl fmt::Display for CriticReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        writeln!(f, "critic right    of {} each, as in its turn", self.n)?;
        let lines = [
            ("  training", self.accuracy_training, self.logit_training),
            ("  held out", self.accuracy_held_out, self.logit_held_out),
            ("  fakes", self.accuracy_fake, self.logit_fake),
        ];
        for (name, share, logit) in lines {
            writeln!(f, "{name:<16}{}, mean logit {logit:.3}", percent(share))?;
        }
        write!(f, "overfitting     {:.3} of its lead is over its own reals alone", self.overfitting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_over_its_own_reals_is_a_share_of_the_whole_lead() {
        // Means 3, 2 and -1: a lead of 4, of which 1 is over the training pictures alone.
        let report = CriticReport::new(&[2.0, 4.0], &[5.0, -1.0], &[-3.0, 1.0], Boundary::At(0.0));
        assert_eq!((report.n, report.overfitting), (2, 0.25));
        let shares = (report.accuracy_training, report.accuracy_held_out, report.accuracy_fake);
        assert_eq!(shares, (1.0, 0.5, 0.5));
        let expected = "\
critic right    of 2 each, as in its turn
  training      100.0 %, mean logit 3.000
  held out      50.0 %, mean logit 2.000
  fakes         50.0 %, mean logit -1.000
overfitting     0.250 of its lead is over its own reals alone";
        assert_eq!(report.to_string(), expected);
    }

    #[test]
    fn logits_that_mean_something_only_beside_each_other_are_told_apart_in_the_middle() {
        // The middle of the means 11 and 7 is 9.
        let report = CriticReport::new(&[10.0, 12.0], &[8.0, 10.0], &[6.0, 8.0], Boundary::Between);
        let shares = (report.accuracy_training, report.accuracy_held_out, report.accuracy_fake);
        assert_eq!((shares, report.overfitting), ((1.0, 0.5, 1.0), 0.5));
    }
}
