//! Recipes: the only place where models, objectives, data and engine meet. A recipe is about a
//! page; a new family is a new file here.

mod dcgan;
mod family;
mod goodfellow2014;
pub(crate) mod images;
mod painter;
mod penalties;
mod vanilla;

pub use dcgan::{Dcgan, DcganConfig, ExtraLayers};
pub(crate) use family::record_verdict;
pub use family::{Family, RecipeConfig, RecipeError, World};
pub use goodfellow2014::{Goodfellow2014, Goodfellow2014Config};
pub use images::{Images, PictureSource};
pub use painter::{LatentSpace, Painter, Prior, paint_sheet};
pub use vanilla::{Vanilla, VanillaConfig};
