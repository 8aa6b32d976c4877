//! The recipes' committed constants.

use super::error::ConfigError;

/// A recipe's committed constants.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub summary: &'static str,
    pub(super) text: &'static str,
}

macro_rules! presets {
    ($($name:literal: $summary:literal),* $(,)?) => {
        /// Every preset, the default first.
        pub const PRESETS: &[Preset] = &[$(Preset {
            name: $name,
            summary: $summary,
            text: include_str!(concat!("../../../../assets/presets/", $name, ".toml")),
        }),*];
    };
}

presets! {
    "dcgan": "convolutional networks with batch norm (Radford et al. 2016); digits in minutes",
    "lsgan": "least squares instead of logarithms (Mao et al. 2017)",
    "wgan": "the earth mover's distance, with clipped weights (Arjovsky et al. 2017)",
    "wgan-gp": "the same with a gradient penalty (Gulrajani et al. 2017)",
    "dragan": "perceptrons with a slope of one around reals (Kodali et al. 2017)",
    "hinge-dcgan": "spectral normalisation and the hinge loss on dcgan's networks",
    "sngan": "spectrally normalised residual networks (Miyato et al. 2018), 28 to 128 pixels",
    "began": "an auto-encoder for a critic (Berthelot et al. 2017)",
    "rpgan-r1r2": "plain residual networks, relativistic pairs, R1 and R2 (R3GAN's ablation, 2024)",
    "r3gan": "the same with wide bottlenecks in groups, and its schedules (Huang et al. 2024)",
    "cgan": "asked for a class: both sides are told it (Mirza and Osindero 2014); labelled data",
    "acgan": "the critic tells the class (AC-GAN, Odena et al. 2017); labelled data",
    "projection": "sngan by class, with a projection critic (Miyato and Koyama 2018); labelled data",
    "biggan": "attention, slices of the latent, a shared embedding (Brock et al. 2019); labelled data",
    "stylegan2": "a mapping network, modulated convolutions, noise, path length (Karras et al. 2020)",
    "infogan": "codes that find their own meaning (InfoGAN, Chen et al. 2016)",
    "gan3d": "volumes instead of pictures (3D-GAN, Wu et al. 2016): solids, or your .binvox and .npy",
    "wavegan": "sounds instead of pictures (WaveGAN, Donahue et al. 2018); a folder of WAV or FLAC",
    "anogan": "finds anomalies by what an encoder and a GAN cannot make again (f-AnoGAN, Schlegl et al. 2019)",
    "pix2pix": "a picture made of a picture: a U-Net, a patch critic and L1 (Isola et al. 2017); pairs",
    "srgan": "a small picture made four times larger (Ledig et al. 2017); any pictures",
    "cyclegan": "two sets of pictures translated into each other (Zhu et al. 2017); no pairs",
    "colorize": "colours for grey pictures, by DeOldify's NoGAN schedule (Antic 2019)",
    "vae": "an encoder and a decoder, and no game (Kingma and Welling 2014): GANs' rival",
    "ring8": "eight Gaussians on a ring: points in the plane, to see which modes are found",
    "grid25": "twenty-five Gaussians on a grid",
    "vanilla": "two perceptrons, as the popular Keras tutorial has it",
    "goodfellow2014": "the first paper's game: maxout critic, dropout, descent with momentum",
}

impl Preset {
    /// The preset of this name.
    ///
    /// # Errors
    ///
    /// Names those that there are.
    pub fn find(name: &str) -> Result<&'static Self, ConfigError> {
        let found = PRESETS.iter().find(|preset| preset.name == name);
        found.ok_or_else(|| ConfigError::UnknownRecipe { name: name.to_owned() })
    }

    /// The names of all presets.
    pub fn names() -> Vec<&'static str> {
        PRESETS.iter().map(|preset| preset.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    #[test]
    fn every_preset_resolves_to_its_own_recipe() {
        for preset in PRESETS {
            let config = Layers::preset(preset.name).unwrap().resolve().unwrap();
            assert_eq!(config.recipe.name(), preset.name);
        }
    }
}
