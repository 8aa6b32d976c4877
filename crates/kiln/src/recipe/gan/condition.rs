//! What samples are asked to be beside their latents, and how each side is told.

use kiln_objective::WeightError;
use serde::{Deserialize, Serialize};

use super::coded::Coded;
use crate::recipe::{Conditions, RecipeError, Subject};

/// What samples are asked to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Condition {
    /// Of the data's classes.
    Labels(Labelled),
    /// Codes that find their meaning (InfoGAN).
    Codes(Coded),
}

/// The data's classes as the two sides know them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Labelled {
    /// Which classes fakes are asked to be of.
    pub fakes: FakeClasses,
    /// How the generator is told.
    pub generator: ToldGenerator,
    /// How the critic is told.
    pub critic: ToldCritic,
}

/// Which classes fakes are asked to be of in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FakeClasses {
    /// Drawn, as frequent as in the data (Odena et al. 2017: "c ~ p_c").
    #[default]
    Data,
    /// Drawn, one as frequent as another (Miyato and Koyama 2018, the authors' code).
    Uniform,
    /// Those of the reals that the critic sees beside them (Gulrajani et al. 2017 and Huang et al.
    /// 2024, the authors' code): what pairs of a real and a fake, and points between them, should have.
    Reals,
}

/// How the generator is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToldGenerator {
    /// The one-hot class is joined to the latent (Mirza and Osindero 2014).
    #[default]
    Concat,
    /// Each class has gains and offsets of its own in every batch norm (Miyato and Koyama 2018).
    BatchNorm,
}

/// How the critic is told.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[serde(deny_unknown_fields)]
pub enum ToldCritic {
    /// Learned planes of the class are joined to the picture's channels, as many cGAN on DCGAN's
    /// networks have them.
    Concat {
        /// How many; 1 unless given.
        #[serde(default = "one")]
        planes: usize,
    },
    /// The logit has the inner product of the features with a vector of the class added to it (Miyato
    /// and Koyama 2018); spectrally normalised where the critic is.
    Projection,
    /// It is not told, and has to tell: a second output names the class (Odena et al. 2017, AC-GAN).
    Auxiliary {
        /// Weight of its cross-entropy on reals in the critic's loss; the paper's is 1.
        #[serde(default = "whole")]
        real: f64,
        /// The same on fakes; the paper's is 1.
        #[serde(default = "whole")]
        fake: f64,
        /// Weight of its cross-entropy on fakes in the generator's loss; the paper's is 1.
        #[serde(default = "whole")]
        generator: f64,
    },
}

fn one() -> usize {
    1
}

fn whole() -> f64 {
    1.0
}

impl Default for ToldCritic {
    fn default() -> Self {
        Self::Concat { planes: 1 }
    }
}

impl Default for Labelled {
    fn default() -> Self {
        let (fakes, generator) = (FakeClasses::default(), ToldGenerator::default());
        Self { fakes, generator, critic: ToldCritic::default() }
    }
}

/// How a critic is joined to conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CriticLink {
    /// Planes that are joined to the picture's channels; 0 for none.
    pub planes: usize,
    /// Whether the features are compared with a vector of the condition.
    pub projects: bool,
    /// Widths of the layers between the features and what the critic tells, if it tells.
    pub recognises: Option<Vec<usize>>,
}

impl Condition {
    /// What samples of `subject` may be asked to be.
    ///
    /// # Errors
    ///
    /// When they should be asked for classes and there are none.
    pub(super) fn conditions(&self, subject: &Subject) -> Result<Conditions, RecipeError> {
        match self {
            Self::Labels(_) => {
                subject.classes.clone().map(Conditions::Classes).ok_or(RecipeError::NoClasses)
            }
            Self::Codes(coded) => Ok(Conditions::Codes(coded.codes())),
        }
    }

    /// How the generator is told.
    pub(super) fn generator(&self) -> ToldGenerator {
        match self {
            Self::Labels(labelled) => labelled.generator,
            Self::Codes(_) => ToldGenerator::Concat,
        }
    }

    /// How the critic is told, or tells.
    pub(super) fn critic(&self) -> CriticLink {
        let critic = match self {
            Self::Labels(labelled) => labelled.critic,
            Self::Codes(Coded { hidden, .. }) => {
                let hidden = Some(*hidden).filter(|units| *units > 0);
                let recognises = Some(hidden.into_iter().collect());
                return CriticLink { recognises, ..CriticLink::default() };
            }
        };
        CriticLink {
            planes: if let ToldCritic::Concat { planes } = critic { planes } else { 0 },
            projects: critic == ToldCritic::Projection,
            recognises: matches!(critic, ToldCritic::Auxiliary { .. }).then(Vec::new),
        }
    }

    pub(super) fn validate(&self) -> Result<(), RecipeError> {
        match self {
            Self::Labels(labelled) => labelled.critic.validate(),
            Self::Codes(coded) => coded.validate(),
        }
    }
}

impl ToldCritic {
    fn validate(self) -> Result<(), RecipeError> {
        match self {
            Self::Concat { planes: 0 } => {
                let reason = "`condition.critic.planes` is 0; it must be at least 1";
                Err(RecipeError::Condition(reason))
            }
            Self::Auxiliary { real, fake, generator } => {
                let valid = |weight: f64| weight >= 0.0 && weight.is_finite();
                let found = [real, fake, generator].into_iter().find(|weight| !valid(*weight));
                let of = "the auxiliary classifier";
                found.map_or(Ok(()), |weight| Err(WeightError { of, weight }.into()))
            }
            Self::Concat { .. } | Self::Projection => Ok(()),
        }
    }
}
