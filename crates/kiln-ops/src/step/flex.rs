//! The steps on Flex, in place where nobody else holds the numbers.
//!
//! What is not [ours](is_ours) takes the composition.

use burn::backend::flex::{Flex, FlexTensor};
use burn::backend::{Shape, TensorData};
use rayon::prelude::*;

use super::operation::{
    StepOps, composed_adam, composed_approach, composed_rms_prop, composed_scale,
    composed_square_sum,
};
use super::{AdamStep, RmsPropStep};
use crate::flex::is_ours;
use crate::vector::Isa;

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
        let isa = Isa::here();
        let pieces = moved.par_chunks_mut(PIECE).zip(gradient.storage().par_chunks(PIECE));
        let moments = moments.0.par_chunks_mut(PIECE).zip(moments.1.par_chunks_mut(PIECE));
        pieces.zip(moments).for_each(|((weights, gradient), (first, second))| {
            isa.vectorize(|| adam_piece(weights, gradient, first, second, step));
        });
        (weights, first, second)
    }

    fn rms_prop(
        weights: FlexTensor,
        gradient: FlexTensor,
        second: FlexTensor,
        step: RmsPropStep,
    ) -> (FlexTensor, FlexTensor) {
        if [&weights, &gradient, &second].iter().any(|x| !is_ours(x)) {
            return composed_rms_prop::<Self>(weights, gradient, second, step);
        }
        let gradient = gradient.to_contiguous();
        let [mut weights, mut second] = [weights, second].map(|tensor| tensor.to_contiguous());
        let (moved, second_moved): (&mut [f32], &mut [f32]) =
            (weights.storage_mut(), second.storage_mut());
        let isa = Isa::here();
        let pieces = moved.par_chunks_mut(PIECE).zip(gradient.storage().par_chunks(PIECE));
        let pieces = pieces.zip(second_moved.par_chunks_mut(PIECE));
        pieces.for_each(|((weights, gradient), second)| {
            isa.vectorize(|| rms_prop_piece(weights, gradient, second, step));
        });
        (weights, second)
    }

    fn square_sum(value: FlexTensor) -> FlexTensor {
        if !is_ours(&value) {
            return composed_square_sum::<Self>(value);
        }
        let (isa, value) = (Isa::here(), value.to_contiguous());
        let values: &[f32] = value.storage();
        let pieces = values.par_chunks(PIECE);
        let sums: Vec<f64> = pieces.map(|piece| isa.vectorize(|| square_sum(piece))).collect();
        let sum = sums.iter().sum::<f64>() as f32;
        FlexTensor::from_data(TensorData::new(vec![sum], Shape::new([1])))
    }

    fn scale(value: FlexTensor, factor: FlexTensor) -> FlexTensor {
        if !is_ours(&value) || !is_ours(&factor) {
            return composed_scale::<Self>(value, factor);
        }
        let [mut value, factor] = [value, factor].map(|tensor| tensor.to_contiguous());
        let factor: f32 = factor.storage()[0];
        let (isa, moved): (_, &mut [f32]) = (Isa::here(), value.storage_mut());
        moved.par_chunks_mut(PIECE).for_each(|value| {
            isa.vectorize(|| {
                for value in value {
                    *value *= factor;
                }
            });
        });
        value
    }

    fn approach(value: FlexTensor, target: FlexTensor, share: f64) -> FlexTensor {
        if !is_ours(&value) || !is_ours(&target) {
            return composed_approach::<Self>(value, target, share);
        }
        let [mut value, target] = [value, target].map(|tensor| tensor.to_contiguous());
        let moved: &mut [f32] = value.storage_mut();
        let (isa, target): (_, &[f32]) = (Isa::here(), target.storage());
        moved.par_chunks_mut(PIECE).zip(target.par_chunks(PIECE)).for_each(|(value, target)| {
            isa.vectorize(|| {
                for (value, target) in value.iter_mut().zip(target) {
                    *value += (target - *value) * share as f32;
                }
            });
        });
        value
    }
}

#[inline(always)]
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

#[inline(always)]
fn rms_prop_piece(weights: &mut [f32], gradient: &[f32], second: &mut [f32], step: RmsPropStep) {
    let (alpha, rest) = (step.alpha as f32, (1.0 - step.alpha) as f32);
    let (epsilon, rate) = (step.epsilon as f32, step.rate as f32);
    for ((weight, gradient), second) in weights.iter_mut().zip(gradient).zip(second) {
        *second = *second * alpha + gradient * gradient * rest;
        *weight -= gradient / (second.sqrt() + epsilon) * rate;
    }
}

/// Sixteen sums at once, which the compiler makes vectors of.
#[inline(always)]
fn square_sum(values: &[f32]) -> f64 {
    let mut lanes = [0.0_f32; 16];
    let pieces = values.chunks_exact(16);
    let rest: f32 = pieces.remainder().iter().map(|x| x * x).sum();
    for piece in pieces {
        for (lane, x) in lanes.iter_mut().zip(piece) {
            *lane += x * x;
        }
    }
    lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>() + f64::from(rest)
}
