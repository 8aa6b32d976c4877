//! Measurements as people read them: a table, and below it all that the numbers depend on.

use std::fmt;

use kiln_eval::Provenance;
use serde::Serialize;

use super::measure::Measurement;

/// What was measured, and what it depends on.
///
/// In JSON each value has two keys, `frechet` and `frechet-spread`, beside the whole of it in
/// `values`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", into = "Flat")]
pub struct Measured {
    /// The values.
    pub values: Vec<Measurement>,
    /// What the features depend on, where a value is of features.
    #[serde(flatten)]
    pub provenance: Option<Provenance>,
    /// What the samples were compared with, such as `mnist, train`, or `nothing`.
    pub against: String,
    /// What every random choice follows from.
    pub seed: u64,
}

/// The same with a key a value, for tables.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Flat {
    #[serde(flatten)]
    by_name: serde_json::Map<String, serde_json::Value>,
    values: Vec<Measurement>,
    #[serde(flatten)]
    provenance: Option<Provenance>,
    against: String,
    seed: u64,
}

impl From<Measured> for Flat {
    fn from(measured: Measured) -> Self {
        let Measured { values, provenance, against, seed } = measured;
        let pairs = values.iter().flat_map(|one| {
            let (name, estimate) = (one.name.clone(), one.estimate);
            let spread = format!("{name}-spread");
            [(name, estimate.value.into()), (spread, estimate.spread.deviation.into())]
        });
        Self { by_name: pairs.collect(), values, provenance, against, seed }
    }
}

impl Measured {
    /// How the value of this name is called in print: the names of the field are for Inception's
    /// features only, since with others the number is another.
    fn title(&self, name: &str) -> String {
        let extractor = self.provenance.as_ref().map(|provenance| provenance.extractor.as_str());
        let inception = extractor.is_some_and(|extractor| extractor.starts_with("inception"));
        match (name, inception) {
            ("frechet", true) => "FID".to_owned(),
            ("frechet", false) => "Fréchet distance".to_owned(),
            ("kernel", true) => "KID".to_owned(),
            ("kernel", false) => "kernel distance".to_owned(),
            ("inception-score", true) => "Inception score".to_owned(),
            ("inception-score", false) => "score".to_owned(),
            ("parzen", _) => "log likelihood".to_owned(),
            (other, _) => other.replace('-', " ").replace("wasserstein", "Wasserstein"),
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for value in &self.values {
            let title = self.title(&value.name);
            let (mean, spread) = (value.estimate.value, value.estimate.spread.deviation);
            write!(f, "{title:<22} {mean:>10.4} ± {spread:.4}   {} samples", value.samples)?;
            if value.reals > 0 {
                write!(f, ", {} reals", value.reals)?;
            }
            value.settings.iter().try_for_each(|(name, value)| {
                // Four places after the point, and no more than there are.
                write!(f, ", {name} {}", (value * 1e4).round() / 1e4)
            })?;
            writeln!(f)?;
        }
        if let Some(Provenance { extractor, layer, resize, weights }) = &self.provenance {
            write!(f, "features               {extractor}, layer {layer}, resize {resize}")?;
            let weights = weights.as_ref().map(|weights| format!(", weights {weights:.12}"));
            writeln!(f, "{}", weights.unwrap_or_default())?;
        }
        write!(f, "against                {}; seed {}", self.against, self.seed)?;
        let warnings = self.values.iter().flat_map(|value| {
            value.warnings.iter().map(|warning| format!("{}: {warning}", self.title(&value.name)))
        });
        warnings.into_iter().try_for_each(|warning| write!(f, "\nwarning                {warning}"))
    }
}
