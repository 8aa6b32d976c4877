//! The steps on Flex, in place where nobody else holds the numbers.
//!
//! What is not [ours](is_ours) takes the composition.

use burn::backend::flex::{Flex, FlexTensor};
use rayon::prelude::*;

use super::AdamStep;
use super::operation::{StepOps, composed_adam, composed_approach};
use crate::flex::is_ours;

/// Numbers that one task takes.
const PIECE: usize = 1 << 14;

impl StepOps for Flex {
    fn adam(
        weights: FlexTensor,
        gradient: FlexTensor,
        first: FlexTensor,
        second: FlexTensor,
        step: AdamStep,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        if [&weights, &gradient, &first, &second].iter().any(|x| !is_ours(x)) {
            return composed_adam::<Self>(weights, gradient, first, second, step);
        }
        let gradient = gradient.to_contiguous();
        let [mut weights, mut first, mut second] =
            [weights, first, second].map(|tensor| tensor.to_contiguous());
        let moved: &mut [f32] = weights.storage_mut();
        let moments: (&mut [f32], &mut [f32]) = (first.storage_mut(), second.storage_mut());
        let pieces = moved.par_chunks_mut(PIECE).zip(gradient.storage().par_chunks(PIECE));
        let moments = moments.0.par_chunks_mut(PIECE).zip(moments.1.par_chunks_mut(PIECE));
        pieces.zip(moments).for_each(|((weights, gradient), (first, second))| {
            adam_piece(weights, gradient, first, second, step);
        });
        (weights, first, second)
    }

    fn approach(value: FlexTensor, target: FlexTensor, share: f64) -> FlexTensor {
        if !is_ours(&value) || !is_ours(&target) {
            return composed_approach::<Self>(value, target, share);
        }
        let (mut value, target) = (value.to_contiguous(), target.to_contiguous());
        let moved: &mut [f32] = value.storage_mut();
        let target: &[f32] = target.storage();
        moved.par_chunks_mut(PIECE).zip(target.par_chunks(PIECE)).for_each(|(value, target)| {
            let pairs = value.iter_mut().zip(target);
            pairs.for_each(|(value, target)| *value += (target - *value) * share as f32);
        });
        value
    }
}

fn adam_piece(
    weights: &mut [f32],
    gradient: &[f32],
    first: &mut [f32],
    second: &mut [f32],
    step: AdamStep,
) {
    let (beta1, rest1) = (step.beta1 as f32, (1.0 - step.beta1) as f32);
    let (beta2, rest2) = (step.beta2 as f32, (1.0 - step.beta2) as f32);
    let (unbias2, epsilon) = (step.unbias2 as f32, step.epsilon as f32);
    let (rate, keep) = (step.rate as f32, step.keep as f32);
    let numbers = weights.iter_mut().zip(gradient).zip(first).zip(second);
    for (((weight, gradient), first), second) in numbers {
        *first = *first * beta1 + gradient * rest1;
        *second = *second * beta2 + gradient * gradient * rest2;
        let scale = (*second / unbias2).sqrt() + epsilon;
        *weight = *weight * keep - *first / scale * rate;
    }
}
