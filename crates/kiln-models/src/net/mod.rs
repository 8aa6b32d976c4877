//! Networks: plain configurations in which the resolution is a field, and the modules they make.

mod dcgan;
mod digits;
mod maxout_critic;
mod perceptron;
#[cfg(test)]
mod pinned;

pub use dcgan::{DcganCritic, DcganCriticConfig, DcganGenerator, DcganGeneratorConfig};
pub use digits::{DigitsClassifier, DigitsClassifierConfig};
pub use maxout_critic::{MaxoutCritic, MaxoutCriticConfig};
pub use perceptron::{Perceptron, PerceptronConfig};
#[cfg(test)]
pub(crate) use pinned::table;
