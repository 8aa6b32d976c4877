//! Recipes: the only place where models, objectives, data and engine meet. A recipe is about a
//! page; a new family is a new file here.

mod classes;
mod codes;
pub(crate) mod conditions;
mod cycle;
mod error;
mod family;
mod gan;
mod goodfellow2014;
pub(crate) mod images;
mod painter;
mod penalties;
mod pools;
mod remake;
mod translation;
mod truncation;
mod vae;
mod vanilla;

pub use classes::Classes;
pub use codes::{CodeWish, Codes};
pub use conditions::{AskError, Conditions, Origins};
pub use cycle::{BothWays, Cycle, CycleConfig, Way};
pub use error::RecipeError;
pub(crate) use family::record_verdict;
pub use family::{Family, Playable, RecipeConfig, Subject, World};
pub use gan::{
    Augment, Coded, Condition, ConditionalCritic, Consistent, Critic, CriticBody, CriticNetwork,
    Encoding, FakeClasses, Gan, GanConfig, GanEncoder, Generator, GeneratorBody, GeneratorNetwork,
    JoinedGenerator, Labelled, Look, Networks, Opening, Opinion, Pace, Painting, Regularisers,
    Switch, ToldCritic, ToldGenerator,
};
pub use goodfellow2014::{Goodfellow2014, Goodfellow2014Config};
pub use images::{Images, PictureSource};
pub use painter::{Encoder, LatentSpace, Painter, Prior, Seen, draw_origins, paint_sheet};
#[cfg(test)]
pub(crate) use remake::tests;
pub use remake::{Apart, Remade, remake};
pub use translation::{
    CriticSees, Examples, FeatureNetwork, NoGan, Perceptual, Translation, TranslationConfig,
    TranslationCritic, TranslationCriticShape, TranslationNetworks, Translator, TranslatorShape,
};
pub use truncation::{Truncated, Truncation};
pub use vae::{Vae, VaeConfig, VaeModel, VaeNetworks};
pub use vanilla::{Vanilla, VanillaConfig};
