//! Translation: a picture is made of a picture, learned from pairs (Isola et al. 2017, "Image-to-Image
//! Translation with Conditional Adversarial Networks").
//!
//! The input takes the place of the latent; the critic sees it beside what was made of it, joined
//! along the channels. So a translator is drawn from by whatever draws from a generator.

mod config;
mod critics;
mod examples;
mod game;
mod networks;
mod nogan;
mod painter;
mod patches;
mod perceptual;
#[cfg(test)]
mod tests;

pub use config::{CriticSees, TranslationConfig};
pub use critics::{TranslationCritic, TranslationCriticShape};
pub use examples::Examples;
pub use game::Translation;
pub use networks::{TranslationNetworks, Translator, TranslatorShape};
pub use nogan::NoGan;
pub(super) use patches::{PatchTurn, raised};
pub use perceptual::{FeatureNetwork, Perceptual};
