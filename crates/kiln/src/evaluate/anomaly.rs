//! Whether what was not learned from is told from the rest by how badly it comes back.

use std::fmt;

use kiln_core::{Address, Purpose};
use kiln_data::{Pictures, Split, open};
use kiln_eval::metric::{Estimate, Scores, auroc, nearest};
use kiln_eval::{Features, Pixels};
use serde::Serialize;

use super::picture_set::{Held, PictureSet, sheet};
use super::{EvaluateError, Metric};
use crate::config::DataConfig;
use crate::recipe::{AskError, Painter, remake};

/// How well the classes that were left out of training are told from the others, among held-out
/// pictures: areas under the receiver operating characteristic, in `[0, 1]`, 1/2 for a guess.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AnomalyReport {
    /// The classes that were left out.
    pub anomalies: Vec<String>,
    /// Held-out pictures of them.
    pub anomalous: usize,
    /// Held-out pictures of the others.
    pub normal: usize,
    /// By the whole score.
    pub auroc: f64,
    /// Its standard error.
    pub auroc_spread: f64,
    /// By the score for the picture's contrast.
    pub auroc_relative: f64,
    /// By the difference of the pixels alone.
    pub auroc_of_residual: f64,
    /// By a picture's distance to the mean training picture, for comparison.
    pub auroc_of_mean: f64,
    /// By its distance to the nearest training picture, for comparison.
    pub auroc_of_nearest: f64,
}

impl fmt::Display for AnomalyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let classes = self.anomalies.join(", ");
        writeln!(f, "anomalies            {} of class {classes}", self.anomalous)?;
        writeln!(f, "normal               {}", self.normal)?;
        writeln!(f, "AUROC                {:.4} ± {:.4}", self.auroc, self.auroc_spread)?;
        writeln!(f, "for its contrast     {:.4}", self.auroc_relative)?;
        writeln!(f, "of the pixels alone  {:.4}", self.auroc_of_residual)?;
        writeln!(f, "of the distance to the mean training picture     {:.4}", self.auroc_of_mean)?;
        write!(f, "of the distance to the nearest training picture  {:.4}", self.auroc_of_nearest)
    }
}

/// Scores all pictures of the test part of `data`.
///
/// # Errors
///
/// When no class was left out of training, the generator came without an encoder, there is no test
/// part or it cannot be read, or the device fails.
pub(super) fn check_anomalies(
    painter: &dyn Painter,
    data: &DataConfig,
    shape: [usize; 3],
) -> Result<AnomalyReport, EvaluateError> {
    if data.without.is_empty() {
        return Err(EvaluateError::NoAnomalies { metric: Metric::Auroc });
    }
    painter.encoder().ok_or(AskError::NoEncoder)?;
    let options = data.options_like(shape);
    let training = open(&data.source, data.split, &options)?;
    let all = DataConfig { without: Default::default(), ..data.clone() };
    let held_out = open(&data.source, Split::Test, &all.options_like(shape))?;
    anomalies(painter, &training, &held_out, &data.without.0)
}

fn anomalies(
    painter: &dyn Painter,
    training: &Pictures,
    held_out: &Pictures,
    left_out: &[String],
) -> Result<AnomalyReport, EvaluateError> {
    let encoder = painter.encoder().ok_or(AskError::NoEncoder)?;
    let classes = kiln_data::ClassNames(left_out.to_vec()).indices(held_out.labels())?;
    let of = held_out.labels().map(|labels| labels.of.clone()).unwrap_or_default();
    let is_anomaly: Vec<bool> = of.iter().map(|class| classes.contains(class)).collect();
    let [training, pictures] = [training, held_out].map(pixels);
    let (training, pictures) = (training?, pictures?);
    let apart = remake(painter, encoder, &sheet(&pictures, None))?.apart;
    let area = |scores: &mut dyn Iterator<Item = f64>| area(scores, &is_anomaly);
    let whole = area(&mut apart.iter().map(|apart| apart.score()))?;
    let (known, queries) = (training.unit_rows()?, pictures.unit_rows()?);
    let near = nearest(&queries, &known)?;
    let far = nearest(&queries, &mean(&known)?)?;
    let anomalous = is_anomaly.iter().filter(|is| **is).count();
    Ok(AnomalyReport {
        anomalies: left_out.to_vec(),
        anomalous,
        normal: is_anomaly.len() - anomalous,
        auroc: whole.value,
        auroc_spread: whole.spread.deviation,
        auroc_relative: area(&mut apart.iter().map(|apart| apart.relative()))?.value,
        auroc_of_residual: area(&mut apart.iter().map(|apart| apart.residual))?.value,
        auroc_of_mean: area(&mut far.iter().map(|far| far.distance))?.value,
        auroc_of_nearest: area(&mut near.iter().map(|near| near.distance))?.value,
    })
}

/// All pictures in their order.
fn pixels(pictures: &Pictures) -> Result<Pixels, EvaluateError> {
    // All of them are taken, so the address decides nothing.
    let all = Held::new(pictures, None, Address::new(0, Purpose::Evaluation));
    all.portion(0..all.count())
}

/// The mean of rows, as the one row of a set.
fn mean(rows: &Features) -> Result<Features, EvaluateError> {
    let mut sums = vec![0.0; rows.width()];
    for row in rows.rows() {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let mean = sums.iter().map(|sum| (sum / rows.len() as f64) as f32).collect();
    Ok(Features::new(rows.width(), mean)?)
}

/// How well scores tell anomalies.
fn area(
    scores: &mut dyn Iterator<Item = f64>,
    is_anomaly: &[bool],
) -> Result<Estimate, EvaluateError> {
    let (anomalous, normal): (Vec<_>, Vec<_>) = scores.zip(is_anomaly).partition(|(_, is)| **is);
    let scores = |side: Vec<(f64, &bool)>| side.into_iter().map(|(score, _)| score).collect();
    let [anomalous, normal]: [Vec<f64>; 2] = [scores(anomalous), scores(normal)];
    Ok(auroc(Scores { normal: &normal, anomalous: &anomalous })?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::tests::Half;
    use kiln_data::Labels;

    fn pictures(of: &[(u8, [u8; 4])]) -> Pictures {
        let bytes = of.iter().flat_map(|(_, picture)| *picture).collect();
        let labels = Labels::numbered(of.iter().map(|(class, _)| *class).collect());
        Pictures::new("dots", [1, 2, 2], bytes, Some(labels)).unwrap()
    }

    #[test]
    fn what_comes_back_badly_is_told_and_the_baselines_stand_beside_it() {
        // What comes back has grey (127.5) in its last two pixels.
        let training = pictures(&[(0, [0, 0, 127, 127]), (0, [200, 0, 127, 127])]);
        let held_out = pictures(&[
            (0, [0, 0, 127, 127]),
            (0, [255, 255, 127, 127]),
            (1, [100, 0, 255, 127]),
            (1, [100, 0, 127, 127]),
        ]);
        let report = anomalies(&Half, &training, &held_out, &["1".to_owned()]).unwrap();
        assert_eq!((report.normal, report.anomalous), (2, 2));
        // One anomaly is as near as the normal ones (half a byte each), the other far.
        assert_eq!((report.auroc, report.auroc_of_residual), (0.75, 0.75));
        // For its contrast, which is the least, the other anomaly stands out, too.
        assert_eq!(report.auroc_relative, 1.0);
        // From the mean (100, 0, 127, 127): 100, 298, 128, 0; from the nearest: 0, 261, 162, 100.
        assert_eq!((report.auroc_of_mean, report.auroc_of_nearest), (0.25, 0.5));
    }

    #[test]
    fn without_anomalies_there_is_nothing_to_tell() {
        let error = check_anomalies(&Half, &DataConfig::default(), [1, 28, 28]).unwrap_err();
        assert!(error.to_string().contains("data.without"), "{error}");
    }
}
