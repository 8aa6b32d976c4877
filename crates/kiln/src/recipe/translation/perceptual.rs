//! The perceptual loss: pictures are as far apart as what a network sees in them (Johnson et al. 2016;
//! Ledig et al. 2017, section 2.2.1).

use std::path::PathBuf;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_core::{Address, Checksum, Clock, Purpose, SamplesSeen, Schedule};
use kiln_eval::read_vgg;
use kiln_models::{Initial, Vgg, VggConfig, initialise};
use kiln_train::{State, StateError};
use serde::{Deserialize, Serialize};

use crate::recipe::RecipeError;

/// What the difference of features counts, and whose features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Perceptual {
    /// What the mean squared difference of a feature counts.
    pub weight: Schedule,
    /// Whose features.
    pub network: FeatureNetwork,
}

/// A network that stands still, and whose features are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[serde(deny_unknown_fields)]
pub enum FeatureNetwork {
    /// VGG-19 with its published weights, after the activation of the last convolution of a block.
    Vgg19 {
        /// torchvision's file, or safetensors with its names ([`kiln_eval::VGG_URL`]).
        weights: PathBuf,
        /// Blocks that are gone through: 2 for SRGAN's phi 2,2 and 5 for its phi 5,4.
        blocks: usize,
    },
    /// VGG with random weights, of any width: what depends on more than one pixel is seen, though
    /// nothing has been learned (Liu et al. 2021, "A Generic Perceptual Loss for Modeling Structured
    /// Output Dependencies").
    Random {
        /// Channels of the first block; VGG-19 has 64.
        width: usize,
        /// Blocks that are gone through, 1 to 5.
        blocks: usize,
    },
}

/// The network while it is in use.
#[derive(Debug)]
pub(super) struct Features {
    network: Vgg,
    /// Of the file that it was read from.
    checksum: Option<Checksum>,
}

/// Its place in a saved state.
const CHECKSUM: &str = "perceptual/checksum";

impl Features {
    /// Puts in whose features are compared, where a file says it: no checkpoint holds the network.
    pub(super) fn save(&self, state: &mut State) {
        if let Some(checksum) = &self.checksum {
            state.put(CHECKSUM, checksum);
        }
    }

    /// Checks that these are the features that were compared before.
    ///
    /// # Errors
    ///
    /// When the file is another one now.
    pub(super) fn load(&self, state: &mut State) -> Result<(), StateError> {
        let Some(checksum) = &self.checksum else { return Ok(()) };
        let saved: Checksum = state.take(CHECKSUM)?;
        if saved == *checksum {
            return Ok(());
        }
        let reason = format!(
            "the file of `perceptual.network.weights` had SHA-256 {saved}, and has {checksum} now: put \
             the one back that the run began with"
        );
        Err(StateError::Value { name: CHECKSUM.to_owned(), reason })
    }

    #[cfg(test)]
    pub(super) fn network(&self) -> &Vgg {
        &self.network
    }
}

impl Perceptual {
    /// Checks that there is such a network; the file is read by [`open`](Self::open).
    ///
    /// # Errors
    ///
    /// When the weight is out of range or there is no such network.
    pub(super) fn validate(&self) -> Result<(), RecipeError> {
        not_negative("perceptual.weight", &self.weight)?;
        Ok(self.config().validate()?)
    }

    fn config(&self) -> VggConfig {
        match self.network {
            FeatureNetwork::Vgg19 { blocks, .. } => VggConfig { blocks, ..VggConfig::default() },
            FeatureNetwork::Random { width, blocks } => VggConfig { width, blocks },
        }
    }

    /// The network, which no gradient moves; pictures of `size` pixels must be left with one at least.
    ///
    /// # Errors
    ///
    /// When there is no such network for them or its file cannot be read.
    pub(super) fn open(&self, size: usize, device: &Device) -> Result<Features, RecipeError> {
        let config = self.config();
        let network = config.init(device)?;
        if size >> (config.blocks - 1) == 0 {
            return Err(RecipeError::FewPixels { size, blocks: config.blocks });
        }
        let (network, checksum) = match &self.network {
            FeatureNetwork::Vgg19 { weights, .. } => {
                let (network, checksum) = read_vgg(network, weights)?;
                (network, Some(checksum))
            }
            // The same for every run: what is measured by it can be compared.
            FeatureNetwork::Random { .. } => {
                let weights = Address::new(0, Purpose::Weights).named("features");
                (initialise(network, &Initial::kaiming(0.0), weights), None)
            }
        };
        Ok(Features { network: network.no_grad(), checksum })
    }

    /// The mean squared difference of the features of both, if it counts now, and what it counts.
    pub(super) fn apart(
        &self,
        features: &Features,
        [made, target]: [Tensor<4>; 2],
        clock: &Clock,
    ) -> Option<(Tensor<1>, f64)> {
        let weight = self.weight.at(clock.samples);
        let seen = |pictures| features.network.forward(pictures);
        let apart = || (seen(made) - seen(target)).square().mean();
        (weight > 0.0).then(|| (apart(), weight))
    }
}

/// Checks a weight that may change.
pub(super) fn not_negative(name: &'static str, weight: &Schedule) -> Result<(), RecipeError> {
    weight.check()?;
    let ends = [SamplesSeen(0), SamplesSeen(u64::MAX)].map(|now| weight.at(now));
    match ends.into_iter().find(|weight| *weight < 0.0) {
        Some(weight) => Err(RecipeError::Weight(name, weight)),
        None => Ok(()),
    }
}
