//! Recipes: the only place where models, objectives, data and engine meet. A recipe is about a
//! page; a new family is a new file here.

mod family;
mod gan;
mod goodfellow2014;
pub(crate) mod images;
mod painter;
mod penalties;
mod vanilla;

pub(crate) use family::record_verdict;
pub use family::{Family, Playable, RecipeConfig, RecipeError, World};
pub use gan::{
    Augment, Consistent, Critic, CriticNetwork, Gan, GanConfig, Generator, GeneratorNetwork,
    Networks, Opening, Pace, Painting, Regularisers, Switch,
};
pub use goodfellow2014::{Goodfellow2014, Goodfellow2014Config};
pub use images::{Images, PictureSource};
pub use painter::{LatentSpace, Painter, Prior, paint_sheet};
pub use vanilla::{Vanilla, VanillaConfig};
