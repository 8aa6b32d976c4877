//! A value that was measured, with all that belongs to it.

use kiln_eval::metric::{Estimate, Warning};
use serde::Serialize;

/// A value that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Measurement {
    /// What it is, such as `frechet` or `recall`.
    pub name: String,
    /// The value with its spread.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// Whether it is of an extractor's features, and not of the pictures themselves.
    pub of_features: bool,
    /// Samples that it is of.
    pub samples: usize,
    /// Real pictures that they were compared with; 0 where they were compared with none.
    pub reals: u64,
    /// What else it depends on, by name, such as `sigma`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<(&'static str, f64)>,
    /// Reasons for doubt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

impl Measurement {
    /// A value of features of `samples`.
    pub(in crate::evaluate) fn of_features(name: &str, estimate: Estimate, samples: usize) -> Self {
        Self {
            name: name.to_owned(),
            estimate,
            of_features: true,
            samples,
            reals: 0,
            settings: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// A value of `samples` as they are.
    pub(in crate::evaluate) fn of_pictures(name: &str, estimate: Estimate, samples: usize) -> Self {
        Self { of_features: false, ..Self::of_features(name, estimate, samples) }
    }

    pub(in crate::evaluate) fn against(self, reals: usize) -> Self {
        Self { reals: reals as u64, ..self }
    }

    pub(in crate::evaluate) fn given(mut self, setting: &'static str, value: f64) -> Self {
        self.settings.push((setting, value));
        self
    }

    pub(in crate::evaluate) fn warned(self, warnings: Vec<Warning>) -> Self {
        Self { warnings, ..self }
    }
}
