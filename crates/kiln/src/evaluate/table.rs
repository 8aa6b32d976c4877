//! Measurements as people read them: a table, and below it all that the numbers depend on.

use std::fmt;

use kiln_eval::{INCEPTION_SHA256, Provenance};
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
    /// That Inception's weights are not those whose values are published.
    fn strange_weights(&self) -> Option<String> {
        let Provenance { extractor, weights, .. } = self.provenance.as_ref()?;
        let strange = weights.as_deref().is_some_and(|weights| weights != INCEPTION_SHA256);
        (strange && extractor.starts_with("inception")).then(|| {
            "these are not the published weights: compare values with those of the same file only"
                .to_owned()
        })
    }

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
        warnings
            .chain(self.strange_weights())
            .try_for_each(|warning| write!(f, "\nwarning                {warning}"))
    }
}

#[cfg(test)]
mod tests {
    use kiln_eval::metric::{Estimate, Spread, Spreading, Warning};

    use super::*;

    fn measured(extractor: &str, weights: Option<&str>) -> Measured {
        let spread = Spread { deviation: 0.25, of: Spreading::Jackknife, n: 10 };
        let value = Measurement::of_features("frechet", Estimate { value: 12.5, spread }, 40);
        let value = value.against(60).given("sigma", 0.166_81).warned(vec![Warning::CountUnknown]);
        let provenance = Some(Provenance {
            extractor: extractor.to_owned(),
            layer: "2048".to_owned(),
            resize: "none".to_owned(),
            weights: weights.map(str::to_owned),
        });
        Measured { values: vec![value], provenance, against: "mnist, train".to_owned(), seed: 7 }
    }

    #[test]
    fn a_table_says_what_the_numbers_depend_on() {
        let expected = "\
Fréchet distance          12.5000 ± 0.2500   40 samples, 60 reals, sigma 0.1668
features               digits, layer 2048, resize none
against                mnist, train; seed 7
warning                Fréchet distance: the statistics do not say how many samples they are of";
        assert_eq!(measured("digits", None).to_string(), expected);
    }

    #[test]
    fn weights_that_nobody_published_numbers_of_are_warned_of() {
        let strange = measured("inception-tf", Some("0123456789abcdef")).to_string();
        assert!(strange.contains("FID") && strange.contains("weights 0123456789ab\n"), "{strange}");
        assert!(strange.contains("not the published weights"), "{strange}");
        let published = measured("inception-tf", Some(INCEPTION_SHA256)).to_string();
        assert!(!published.contains("not the published"), "{published}");
    }
}
