//! What the regularisers remember from round to round. Part of a checkpoint.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_models::layers;
use kiln_objective::{HistoricalAverage, ImagePool};
use kiln_train::{Gradients, State, StateError, parameters};

use super::regularisers::Regularisers;
use crate::recipe::pools::{put_pool, take_pool};

/// What the regularisers remember.
#[derive(Debug, Clone, Default)]
pub(super) struct Memories {
    /// Fakes of the past.
    pub(super) pool: ImagePool,
    /// What they were asked to be, `[1, conditions, 1, 1]` each, at the same places.
    pub(super) pool_asked: ImagePool,
    /// The moving mean of path lengths, from the first penalty on.
    pub(super) path_length: Option<Tensor<1>>,
    /// Mean weights of each side, by path.
    history: BTreeMap<String, HistoricalAverage>,
}

impl Memories {
    /// The gradients of what `side` pays for its weights alone, which need no graph.
    pub(super) fn weight_terms<M: Module>(
        &mut self,
        config: &Regularisers,
        side: &str,
        network: &M,
    ) -> Gradients {
        let mut gradients = Gradients::default();
        if let Some(averaging) = config.historical_averaging {
            for parameter in parameters(network).into_iter().filter(|p| p.trained) {
                let (theta, path) = (parameter.values, parameter.path);
                let key = format!("{side}/{path}");
                let average = match self.history.remove(&key) {
                    Some(average) => average.follow(theta.clone()),
                    None => HistoricalAverage::new(theta.clone()),
                };
                gradients = gradients.with(path, averaging.gradient(&theta, &average));
                self.history.insert(key, average);
            }
        }
        gradients
    }

    pub(super) fn save(&self, state: &mut State) {
        put_pool(state, "memories/pool", &self.pool);
        for (idx, asked) in self.pool_asked.images.iter().enumerate() {
            state.put_tensor(&format!("memories/pool-asked/{idx}"), asked.clone());
        }
        if let Some(mean) = &self.path_length {
            state.put_tensor("memories/path-length", mean.clone());
        }
        let rounds: BTreeMap<_, _> = self.history.iter().map(|(k, a)| (k, a.rounds)).collect();
        state.put("memories/rounds", &rounds);
        for (key, average) in &self.history {
            state.put_tensor(&format!("memories/mean/{key}"), average.mean.clone());
        }
    }

    pub(super) fn load(state: &mut State, device: &Device) -> Result<Self, StateError> {
        let pool = take_pool(state, "memories/pool", device)?;
        let mut memories = Self { pool, ..Self::default() };
        for idx in 0..memories.pool.images.len() {
            let asked = format!("memories/pool-asked/{idx}");
            if holds(state, &asked) {
                memories.pool_asked.images.push(state.take_tensor(&asked, device)?);
            }
        }
        if holds(state, "memories/path-length") {
            memories.path_length = Some(state.take_tensor("memories/path-length", device)?);
        }
        let rounds: BTreeMap<String, u64> = state.take("memories/rounds")?;
        for (key, rounds) in rounds {
            let mean = state.take_tensor(&format!("memories/mean/{key}"), device)?;
            memories.history.insert(key, HistoricalAverage { mean, rounds });
        }
        Ok(memories)
    }
}

/// Layers whose weights keep their outputs first.
const OUTPUTS_FIRST: [&str; 3] = ["Conv2d", "EqualConv2d", "ModulatedConv2d"];

/// Whether there is a tensor of this name.
fn holds(state: &State, name: &str) -> bool {
    state.shapes().any(|(other, _)| other == name)
}

/// The gradients of orthogonal regularisation of every weight of `network`, as a matrix with a row
/// an output. Gains and offsets a class are no weights, and neither is an embedding, as in BigGAN's code.
pub(super) fn orthogonal_terms<M: Module>(config: &Regularisers, network: &M) -> Gradients {
    let Some(orthogonality) = config.orthogonality else { return Gradients::default() };
    let kinds: BTreeMap<_, _> =
        layers(network).into_iter().map(|row| (row.path, row.kind)).collect();
    let kind = |path: &str| kinds.get(path.rsplit_once('.').map_or("", |(layer, _)| layer));
    let is_table =
        |path: &str| path.ends_with(".gain") || path.ends_with(".shift") || path == "constant";
    let is_weight =
        |path: &str| !is_table(path) && kind(path).is_none_or(|kind| kind != "Embedding");
    let weights = parameters(network).into_iter();
    let weights = weights.filter(|p| p.trained && p.shape.len() > 1 && is_weight(&p.path));
    weights.fold(Gradients::default(), |gradients, parameter| {
        let first = kind(&parameter.path).is_some_and(|kind| OUTPUTS_FIRST.contains(&&**kind));
        let [rows, columns] = [0, 1].map(|axis| parameter.shape[axis]);
        let area: usize = parameter.shape[2..].iter().product();
        let swap = |x: Tensor<3>| if first { x } else { x.swap_dims(0, 1) };
        let outputs = if first { rows } else { columns };
        let weight = swap(parameter.values.reshape([rows, columns, area]));
        let shape = weight.dims();
        let gradient = orthogonality.gradient(weight.reshape([outputs as i64, -1]));
        let gradient = swap(gradient.reshape(shape)).reshape([rows * columns * area]);
        gradients.with(parameter.path, gradient)
    })
}
