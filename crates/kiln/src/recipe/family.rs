//! What every recipe's configuration can do, and the list of them.

use burn::module::Module;
use burn::tensor::Device;
use kiln_core::{Address, Medium, Purpose};
use kiln_data::Arrangement;
use kiln_models::{Initial, LayerRow, initialise};
use kiln_objective::{Boundary, Verdict, accuracy};
use kiln_train::{Game, Round};
use serde::{Deserialize, Serialize};

use super::{
    Classes, Conditions, CycleConfig, Examples, GanConfig, Goodfellow2014Config, Images,
    LatentSpace, Origins, Painter, RecipeError, TranslationConfig, VaeConfig, VanillaConfig,
};

/// The constants of a recipe, whatever it is called: one variant a family.
#[derive(Debug, Clone, Copy)]
pub enum Playable<'a> {
    /// Two players on samples alone.
    Gan(&'a GanConfig),
    /// Pictures of pictures, learned from pairs.
    Translation(&'a TranslationConfig),
    /// Pictures of pictures, learned from two sets.
    Cycle(&'a CycleConfig),
    /// An encoder and a decoder.
    Vae(&'a VaeConfig),
    /// The popular Keras tutorial's.
    Vanilla(&'a VanillaConfig),
    /// The first paper's.
    Goodfellow2014(&'a Goodfellow2014Config),
}

macro_rules! recipes {
    ($($(#[$doc:meta])* $recipe:ident = $name:literal: $family:ident($config:ty)),* $(,)?) => {
        /// Which recipe is trained, with every constant of it.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "name")]
        pub enum RecipeConfig {
            $($(#[$doc])* #[serde(rename = $name)] $recipe($config),)*
        }

        impl RecipeConfig {
            /// The name on the command line.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$recipe(_) => $name,)* }
            }

            /// Its constants, by the family that it is of.
            pub fn family(&self) -> Playable<'_> {
                match self { $(Self::$recipe(config) => Playable::$family(config),)* }
            }
        }
    };
}

recipes! {
    /// Radford, Metz and Chintala 2016.
    Dcgan = "dcgan": Gan(GanConfig),
    /// Mao et al. 2017.
    Lsgan = "lsgan": Gan(GanConfig),
    /// Arjovsky, Chintala and Bottou 2017.
    Wgan = "wgan": Gan(GanConfig),
    /// Gulrajani et al. 2017.
    WganGp = "wgan-gp": Gan(GanConfig),
    /// Kodali et al. 2017.
    Dragan = "dragan": Gan(GanConfig),
    /// Miyato et al. 2018, with DCGAN's networks.
    HingeDcgan = "hinge-dcgan": Gan(GanConfig),
    /// Miyato et al. 2018.
    Sngan = "sngan": Gan(GanConfig),
    /// Berthelot, Schumm and Metz 2017.
    Began = "began": Gan(GanConfig),
    /// Huang et al. 2024, the ablation with plain residual networks.
    RpganR1R2 = "rpgan-r1r2": Gan(GanConfig),
    /// Huang et al. 2024.
    R3gan = "r3gan": Gan(GanConfig),
    /// Mirza and Osindero 2014, with DCGAN's networks.
    Cgan = "cgan": Gan(GanConfig),
    /// Odena, Olah and Shlens 2017.
    Acgan = "acgan": Gan(GanConfig),
    /// Karras et al. 2020.
    Stylegan2 = "stylegan2": Gan(GanConfig),
    /// Schlegl et al. 2019, f-AnoGAN.
    Anogan = "anogan": Gan(GanConfig),
    /// Wu et al. 2016, 3D-GAN.
    Gan3d = "gan3d": Gan(GanConfig),
    /// Donahue et al. 2018, WaveGAN.
    Wavegan = "wavegan": Gan(GanConfig),
    /// Chen et al. 2016.
    Infogan = "infogan": Gan(GanConfig),
    /// Miyato and Koyama 2018.
    Projection = "projection": Gan(GanConfig),
    /// Brock, Donahue and Simonyan 2019.
    Biggan = "biggan": Gan(GanConfig),
    /// Isola et al. 2017.
    Pix2pix = "pix2pix": Translation(TranslationConfig),
    /// Ledig et al. 2017.
    Srgan = "srgan": Translation(TranslationConfig),
    /// Zhu et al. 2017.
    Cyclegan = "cyclegan": Cycle(CycleConfig),
    /// Antic 2019.
    Colorize = "colorize": Translation(TranslationConfig),
    /// Kingma and Welling 2014.
    Vae = "vae": Vae(VaeConfig),
    /// A ring of eight Gaussians.
    Ring8 = "ring8": Gan(GanConfig),
    /// A grid of twenty-five Gaussians.
    Grid25 = "grid25": Gan(GanConfig),
    /// The two perceptrons of the popular Keras tutorial.
    Vanilla = "vanilla": Vanilla(VanillaConfig),
    /// Goodfellow et al. 2014.
    Goodfellow2014 = "goodfellow2014": Goodfellow2014(Goodfellow2014Config),
}

/// What a generator learns to make.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// What a sample is.
    pub medium: Medium,
    /// `[channels, height, width]` of a picture, or `[depth, height, width]` of a volume.
    pub picture: [usize; 3],
    /// The classes of the pictures, if they have labels.
    pub classes: Option<Classes>,
    /// `[channels, height, width]` of what a picture is made from, of pairs, or of the other set's.
    pub input: Option<[usize; 3]>,
}

impl Subject {
    /// `[channels, height, width]` of what is read at a time: of a pair, the input's channels come
    /// first.
    pub fn pair(&self) -> [usize; 3] {
        let [channels, height, width] = self.picture;
        [self.input.map_or(0, |input| input[0]) + channels, height, width]
    }
}

/// What a recipe must know of the run to build its networks.
#[derive(Debug, Clone)]
pub struct World {
    /// What is to be made.
    pub subject: Subject,
    /// What every random number follows from.
    pub seed: u64,
    /// Samples in a batch of the generator.
    pub batch_size: usize,
    /// Samples on a sheet.
    pub sheet: usize,
    /// The pairs on a sheet, of data in pairs.
    pub examples: Option<Examples>,
    /// Where the game is played, with autodiff.
    pub device: Device,
}

impl World {
    /// Gives both networks their first weights.
    pub(super) fn initialise<G: Module, C: Module>(
        &self,
        (generator, of_generator): (G, &Initial),
        (critic, of_critic): (C, &Initial),
    ) -> (G, C) {
        let weights = Address::new(self.seed, Purpose::Weights);
        (
            initialise(generator, of_generator, weights.named("generator")),
            initialise(critic, of_critic, weights.named("critic")),
        )
    }

    /// The latents of every sheet of the run.
    pub(super) fn preview(&self, space: LatentSpace) -> Origins {
        Origins::of_latents(space.draw(self.sheet, self.preview_address()))
    }

    pub(super) fn preview_address(&self) -> Address {
        Address::new(self.seed, Purpose::Preview)
    }
}

/// What each recipe's configuration can do.
pub trait Family {
    /// The game that it configures.
    type Game: Game<Batch = Images>;

    /// Networks with first weights, optimisers, averages.
    ///
    /// # Errors
    ///
    /// When a constant is out of range or the pictures do not fit.
    fn start(&self, world: &World) -> Result<Self::Game, RecipeError>;

    /// The generator alone, on a device without autodiff, to be given saved weights.
    ///
    /// # Errors
    ///
    /// When there is no such network.
    fn painter(&self, subject: &Subject, device: &Device) -> Result<Box<dyn Painter>, RecipeError>;

    /// What samples may be asked to be; nothing, unless it is conditional.
    ///
    /// # Errors
    ///
    /// When they should be asked for what the data has not.
    fn conditions(&self, _subject: &Subject) -> Result<Conditions, RecipeError> {
        Ok(Conditions::None)
    }

    /// What the pictures that it learns from come with.
    fn arrangement(&self) -> Arrangement {
        Arrangement::Alone
    }

    /// How many times it makes pictures larger; none where they stay as large as they are.
    fn times(&self) -> Option<usize> {
        None
    }

    /// Whether its networks are for samples of this kind.
    fn takes(&self, medium: Medium) -> bool {
        matches!(medium, Medium::Image | Medium::Point)
    }

    /// Pictures that a round draws at a time, given the batch size of the run.
    fn reals_per_draw(&self, batch_size: usize) -> usize {
        batch_size
    }

    /// What the critic says of these reals and of as many fakes, as in its own turn; nothing moves.
    /// None, the default, where there is no critic of single samples.
    fn opinion(
        &self,
        _game: &Self::Game,
        _reals: Images,
        _round: &Round<'_>,
    ) -> Option<(Verdict, Boundary)> {
        None
    }

    /// The layers of each network.
    ///
    /// # Errors
    ///
    /// When there is no such network.
    fn layers(&self, world: &World) -> Result<Vec<(&'static str, Vec<LayerRow>)>, RecipeError>;
}

/// Calls a function that is generic over the family with the recipe's own configuration.
#[macro_export]
#[doc(hidden)]
macro_rules! with_family {
    ($recipe:expr, $family:ident => $body:expr) => {
        match $recipe.family() {
            $crate::recipe::Playable::Gan($family) => $body,
            $crate::recipe::Playable::Translation($family) => $body,
            $crate::recipe::Playable::Cycle($family) => $body,
            $crate::recipe::Playable::Vae($family) => $body,
            $crate::recipe::Playable::Vanilla($family) => $body,
            $crate::recipe::Playable::Goodfellow2014($family) => $body,
        }
    };
}

/// Leaves the meters that every recipe has.
pub(crate) fn record_verdict(verdict: &Verdict, boundary: Boundary, round: &mut Round<'_>) {
    let meters = accuracy(verdict, boundary);
    round.record("critic/accuracy-real", meters.accuracy_real);
    round.record("critic/accuracy-fake", meters.accuracy_fake);
    round.record("critic/logit-real", meters.logit_real);
    round.record("critic/logit-fake", meters.logit_fake);
}

impl RecipeConfig {
    /// [`Family::painter`].
    ///
    /// # Errors
    ///
    /// When there is no such network.
    pub fn painter(
        &self,
        subject: &Subject,
        device: &Device,
    ) -> Result<Box<dyn Painter>, RecipeError> {
        with_family!(self, family => family.painter(subject, device))
    }

    /// [`Family::conditions`].
    ///
    /// # Errors
    ///
    /// When samples should be asked for what the data has not.
    pub fn conditions(&self, subject: &Subject) -> Result<Conditions, RecipeError> {
        with_family!(self, family => family.conditions(subject))
    }

    /// Checks that the recipe is for samples of this kind that come with this, and with inputs so many
    /// times smaller.
    ///
    /// # Errors
    ///
    /// When its networks are for others, or it learns from pairs or from two sets and there are none, or
    /// there are and it does not, or it makes pictures larger by another factor.
    pub fn check(
        &self,
        medium: Medium,
        found: Arrangement,
        shrunk: Option<usize>,
    ) -> Result<(), RecipeError> {
        if !with_family!(self, family => family.takes(medium)) {
            return Err(RecipeError::Medium { recipe: self.name(), medium });
        }
        let wanted = with_family!(self, family => family.arrangement());
        let times = with_family!(self, family => family.times());
        match wanted {
            _ if times.is_some() && times != shrunk => Err(RecipeError::NotShrunk(times)),
            _ if wanted == found => Ok(()),
            Arrangement::Alone => Err(RecipeError::Pairs(self.name())),
            Arrangement::Pairs => Err(RecipeError::NoPairs),
            Arrangement::Sets => Err(RecipeError::NoSets),
        }
    }

    /// [`Family::reals_per_draw`].
    pub fn reals_per_draw(&self, batch_size: usize) -> usize {
        with_family!(self, family => family.reals_per_draw(batch_size))
    }

    /// [`Family::layers`].
    ///
    /// # Errors
    ///
    /// When there is no such network.
    pub fn layers(&self, world: &World) -> Result<Vec<(&'static str, Vec<LayerRow>)>, RecipeError> {
        with_family!(self, family => family.layers(world))
    }
}
