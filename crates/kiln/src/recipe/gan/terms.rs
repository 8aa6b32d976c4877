//! The terms that regularisers add to a turn's loss.

use burn::tensor::Tensor;
use kiln_core::{Purpose, Stream};
use kiln_models::Pass;
use kiln_objective::energy::pulling_away;
use kiln_objective::penalty::Paths;
use kiln_objective::{Features, ImageHistory, Pair, feature_matching, inconsistency, sameness};
use kiln_ops::Dual;
use kiln_train::Round;

use super::asked::Asked;
use super::game::{Gan, judging};
use super::networks::Critic;
use super::part::{Lanes, Part};
use super::regularisers::Consistent;

/// What a turn looks at: samples as the critic sees them, its logits of them, and what they are asked
/// to be.
pub(super) struct Looked<'a> {
    pub(super) seen: &'a Tensor<4>,
    pub(super) logits: &'a Tensor<2>,
    pub(super) asked: &'a Option<Tensor<2>>,
}

impl Gan {
    /// What the critic sees instead of these fakes, some of the past among them, and what it is told of
    /// the part.
    pub(super) fn pooled(
        &mut self,
        fake: Tensor<4>,
        part: &Part,
        round: &Round<'_>,
    ) -> (Tensor<4>, Asked) {
        let mut asked = part.asked.clone();
        let Some(history) = self.config.regularisers.image_pool else { return (fake, asked) };
        let n = fake.dims()[0] * ImageHistory::DRAWS;
        let mut stream = Stream::new(round.address(Purpose::Pool).lane(part.lane));
        let draws = stream.uniforms(n, 0.0, 1.0);
        let pool = std::mem::take(&mut self.memories.pool);
        let (seen, pool) = history.exchange(pool, fake, &draws);
        self.memories.pool = pool;
        // By the same draws: what a fake was asked to be goes where it goes.
        if let Some(fake) = asked.fake {
            let [samples, width] = fake.dims();
            let pool = std::mem::take(&mut self.memories.pool_asked);
            let fake = fake.reshape([samples, width, 1, 1]);
            let (fake, pool) = history.exchange(pool, fake, &draws);
            self.memories.pool_asked = pool;
            asked.fake = Some(fake.reshape([samples, width]));
        }
        (seen, asked)
    }

    /// The critic's answers to what should not matter.
    pub(super) fn consistency(
        &self,
        part: &Part,
        [real, fake]: [Looked<'_>; 2],
        round: &mut Round<'_>,
    ) -> Option<Tensor<1>> {
        let Consistent { weights, augment } = self.config.regularisers.consistency?;
        let p = augment.start();
        let critic = self.critic.network();
        let distance = |looked: &Looked<'_>, changed: Tensor<4>, masks: u64| {
            let pass = self.judging_of(judging(masks, round), looked.asked);
            let changed = critic.forward(changed.into(), &pass).value;
            inconsistency(Pair { plain: looked.logits.clone(), changed })
        };
        let Lanes { real: of_real, fake: of_fake, .. } = part.lanes();
        let mut terms = Vec::new();
        let looks = [(&real, weights.real, of_real), (&fake, weights.fake, of_fake)];
        for (looked, weight, lane) in looks {
            if weight > 0.0 {
                let changed = augment.apply(looked.seen.clone(), p, CHANGES + lane, round);
                terms.push(distance(looked, changed, lane) * weight);
            }
        }
        if weights.latent_critic > 0.0 {
            let pass = part.making(Pass::keeping());
            let beside = self.generator.frozen().forward(self.beside(part, round), &pass);
            let changed = self.seen(beside, of_fake, round);
            terms.push(distance(&fake, changed, of_fake) * weights.latent_critic);
        }
        let term = terms.into_iter().reduce(|sum, term| sum + term)?;
        round.record("critic/consistency", term.clone());
        Some(term)
    }

    /// What the generator pays beside the adversarial loss.
    pub(super) fn generator_terms(
        &mut self,
        part: &Part,
        fake: &Tensor<4>,
        critic: &Critic,
        round: &mut Round<'_>,
    ) -> Option<Tensor<1>> {
        let regularisers = &self.config.regularisers;
        let mut terms = Vec::new();
        let asked = &part.asked;
        let features = |samples: Tensor<4>, lane, asked| {
            let pass = self.judging_of(judging(lane, round), asked);
            critic.features(self.seen(samples, lane, round).into(), &pass)
        };
        let (matching, apart) = (regularisers.feature_matching, regularisers.pulling_away);
        if matching > 0.0 || apart > 0.0 {
            let of_fake = features(fake.clone(), part.lanes().judged, &asked.fake).value;
            if matching > 0.0 {
                let real = features(part.real.clone(), part.lanes().real, &asked.real).value;
                let distance = feature_matching(Features { real, fake: of_fake.clone() });
                terms.push(("generator/feature-matching", distance, matching));
            }
            if apart > 0.0 {
                terms.push(("generator/pulling-away", pulling_away(of_fake), apart));
            }
        }
        if let Some(Consistent { weights, .. }) = regularisers.consistency
            && weights.latent_generator > 0.0
        {
            let pass = part.making(Pass::keeping());
            let changed = self.generator.network().forward(self.beside(part, round), &pass);
            let term = sameness(Pair { plain: fake.clone(), changed });
            terms.push(("generator/sameness", term, weights.latent_generator));
        }
        let mut sum = None;
        for (name, term, weight) in terms {
            round.record(name, term.clone());
            sum = add(sum, term * weight);
        }
        match self.path_length(part, fake, round) {
            Some(term) => add(sum, term),
            None => sum,
        }
    }

    fn path_length(
        &mut self,
        part: &Part,
        fake: &Tensor<4>,
        round: &mut Round<'_>,
    ) -> Option<Tensor<1>> {
        let config = self.config.regularisers.path_length?;
        let factor = config.factor(round.clock.rounds.0)?;
        let noise = round.normals(Purpose::Penalty, PATHS + part.lane, fake.dims());
        let mean = self.memories.path_length.take();
        let mean = mean.unwrap_or_else(|| config.start(&self.device));
        let frozen = self.generator.frozen();
        let live = self.generator.network();
        let pass = || part.making(Pass::keeping());
        let latents = part.latents.clone();
        let measured = match live.stylist().zip(frozen.stylist()) {
            None => config.measure(
                Paths { latents, noise },
                mean,
                |latents| frozen.moving(latents, &pass()),
                |latents| live.moving(latents, &pass()),
            ),
            Some((live, frozen)) => {
                let styles = live.styles(latents.into(), &pass()).value;
                config.measure(
                    Paths { latents: styles.clone(), noise },
                    mean,
                    |styles| frozen.paint(styles, &pass()),
                    // Where the styles are is the mapping network's to learn, too.
                    |Dual { tangent, .. }| {
                        live.paint(Dual { value: styles.clone(), tangent }, &pass())
                    },
                )
            }
        };
        self.memories.path_length = Some(measured.mean);
        round.record("generator/path-length", measured.penalty.value);
        Some(measured.penalty.surrogate * factor)
    }

    /// Latents a small step beside those of `part`.
    fn beside(&self, part: &Part, round: &Round<'_>) -> Tensor<2> {
        let latents = part.latents.clone();
        let Some(Consistent { weights, .. }) = self.config.regularisers.consistency else {
            return latents;
        };
        let normal = round.normals(Purpose::Noise, CHANGES + part.lane, latents.dims());
        weights.beside(latents, normal)
    }
}

/// Lanes beyond those of what the critic sees.
const CHANGES: u64 = 1 << 40;
/// Lanes beyond those of the critic's penalties.
const PATHS: u64 = 1 << 40;

fn add(sum: Option<Tensor<1>>, term: Tensor<1>) -> Option<Tensor<1>> {
    Some(match sum {
        Some(sum) => sum + term,
        None => term,
    })
}
