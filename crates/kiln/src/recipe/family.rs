//! What every recipe's configuration can do, and the list of them.

use burn::module::Module;
use burn::tensor::Device;
use kiln_core::{Address, Medium, Purpose, ScheduleError};
use kiln_data::Arrangement;
use kiln_models::{ConfigError, Initial, LayerRow, initialise};
use kiln_objective::ada::AdaStrengthError;
use kiln_objective::energy::BeganError;
use kiln_objective::penalty::{PathLengthError, PenaltyError};
use kiln_objective::{Boundary, LabelsError, LeCamError, Verdict, WeightError, accuracy};
use kiln_train::{Game, OptimizerError, Round};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Classes, Conditions, CycleConfig, Examples, GanConfig, Goodfellow2014Config, Images,
    LatentSpace, Origins, Painter, TranslationConfig, VaeConfig, VanillaConfig,
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
    /// Isola et al. 2017.
    Pix2pix = "pix2pix": Translation(TranslationConfig),
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

/// A recipe that cannot be played.
#[derive(Debug, Error)]
pub enum RecipeError {
    /// There is no such network.
    #[error(transparent)]
    Network(#[from] ConfigError),
    /// The optimiser or a schedule cannot work.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// The critic's labels are out of range.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// LeCam's constants are out of range.
    #[error(transparent)]
    LeCam(#[from] LeCamError),
    /// The penalty cannot be taken.
    #[error(transparent)]
    Penalty(#[from] PenaltyError),
    /// A schedule cannot be followed.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// A share of a batch that is none.
    #[error("`top-k` is {0} at some time; give shares above 0 and at most 1")]
    TopK(f64),
    /// A bound for weights that is none.
    #[error("`clip-weights` is {0}; it must be positive")]
    Clip(f64),
    /// A switch that never switches.
    #[error("`switch` needs `above-accuracy`, at least 0 and under 1, or `below-loss`, a number")]
    Switch,
    /// A weight that is none.
    #[error("`{0}` is {1}; it must be a number of at least 0")]
    Weight(&'static str, f64),
    /// A regulariser's weight is out of range.
    #[error(transparent)]
    Regulariser(#[from] WeightError),
    /// ADA's constants are out of range.
    #[error(transparent)]
    Ada(#[from] AdaStrengthError),
    /// Path length's constants are out of range.
    #[error(transparent)]
    PathLength(#[from] PathLengthError),
    /// A change without a probability of its own.
    #[error("`consistency.augment` cannot adapt: give `diff`, or `ada` of a fixed probability")]
    AdaptiveChange,
    /// No rounds between two looks.
    #[error("`look-every` is 0; it must be at least 1")]
    LookEvery,
    /// BEGAN's balance with another loss than its own.
    #[error("`balance` weighs the Wasserstein loss: give `objective = \"wasserstein\"`")]
    Balance,
    /// BEGAN's constants are out of range.
    #[error(transparent)]
    Began(#[from] BeganError),
    /// A recipe that learns classes, and data without.
    #[error(
        "the recipe learns the classes of its data (`recipe.condition`), and this data has no \
         labels: put the pictures of each class into a folder of its own, named like the class, or \
         give --recipe dcgan"
    )]
    NoClasses,
    /// A recipe that learns from pairs, and data without.
    #[error(
        "the recipe learns from pairs of pictures, and this data has none: say how it is paired, such \
         as --set data.pairs=edges (also grey, side-by-side, folders); two sets that are not paired are \
         for --recipe cyclegan"
    )]
    NoPairs,
    /// A recipe that learns from two sets, and data without.
    #[error(
        "the recipe learns from two sets of pictures that are not paired, and this data has none: give \
         --data with a folder that holds `A` and `B`, and --set data.pairs=unpaired (also inverted, \
         coloured: the second set is drawn)"
    )]
    NoSets,
    /// Data in pairs or two sets, and a recipe that learns from pictures alone.
    #[error(
        "`{0}` learns from pictures alone, and this data is in pairs or two sets: leave `data.pairs` \
         out, or give --recipe pix2pix (pairs) or --recipe cyclegan (sets)"
    )]
    Pairs(&'static str),
    /// Samples of a kind that the recipe's networks do not make.
    #[error(
        "`{recipe}` does not learn from {}: give {}", .medium.plural(), advice(*.medium)
    )]
    Medium {
        /// The recipe.
        recipe: &'static str,
        /// What the data is made of.
        medium: Medium,
    },
    /// A threshold that no loss is under.
    #[error("`nogan.below-loss` is {0}; it must be a number above 0, such as 0.65")]
    Threshold(f64),
    /// A translation that should be measured while it goes on.
    #[error(
        "a translator is measured by what it makes of held-out pairs, not of latents: leave \
         --eval-every out, and give `kiln eval RUN` afterwards"
    )]
    MeasuredAfterwards,
    /// A translation of which nothing is asked.
    #[error("`adversarial` and `l1` are both 0: nothing is left to learn from")]
    NothingToLearn,
    /// What samples are asked to be cannot be told so.
    #[error("{0}")]
    Condition(&'static str),
    /// A generator without what is to follow the classes.
    #[error("{0} has no batch norm to follow the classes: give `condition.generator = \"concat\"`")]
    NoBatchNorm(&'static str),
    /// A likelihood of values in a range, and values beyond.
    #[error(
        "a `bernoulli` likelihood is of values in -1 to 1, which points and the values of this decoder \
         are not: give --set recipe.likelihood=gaussian, or a decoder that ends with tanh, such as \
         `dcgan`"
    )]
    Unbounded,
    /// A network that cannot be an encoder.
    #[error("an auto-encoder is no encoder: give another kind of network, such as `dcgan`")]
    NoEncoder,
    /// An encoder where latents are not all that samples are made of, or the critic judges several.
    #[error("`encoder` finds the latents of single pictures: leave `{0}` or `encoder` out")]
    EncoderBeside(&'static str),
    /// Pictures of another shape than the networks can make.
    #[error("{0}")]
    Picture(String),
    /// A batch that cannot be divided as the recipe wants.
    #[error("{0}")]
    Batch(String),
}

/// Which recipe learns from data of this kind.
fn advice(medium: Medium) -> &'static str {
    match medium {
        Medium::Volume => "--recipe gan3d, or networks of the kind `volume`",
        Medium::Sound { .. } => "--recipe wavegan, or networks of the kind `wave`",
        Medium::Point => "--recipe ring8",
        _ => "networks for pictures, as --recipe dcgan has them",
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

    /// Checks that the recipe is for samples of this kind that come with this.
    ///
    /// # Errors
    ///
    /// When its networks are for others, or it learns from pairs or from two sets and there are none, or
    /// there are and it does not.
    pub fn check(&self, medium: Medium, found: Arrangement) -> Result<(), RecipeError> {
        if !with_family!(self, family => family.takes(medium)) {
            return Err(RecipeError::Medium { recipe: self.name(), medium });
        }
        let wanted = with_family!(self, family => family.arrangement());
        match wanted {
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
