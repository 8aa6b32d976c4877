//! The sliced distance against SciPy's numbers and those done by hand.

use kiln_core::Purpose;
use serde_json::Value;

use super::*;

/// By `tests/golden/metrics.py`.
fn golden() -> Value {
    let json = include_str!("../../../../../../tests/golden/metrics.json");
    serde_json::from_str::<Value>(json).unwrap()["sliced"].clone()
}

/// The script's whole numbers in -256..256.
fn noise(seed: u64, count: usize) -> Vec<i64> {
    let mut state = seed;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64 % 512 - 256
    };
    (0..count).map(|_| next()).collect()
}

/// The script's picture `seed`, of 3 x 32 x 32.
fn picture(seed: u64) -> Vec<u8> {
    let byte = |(at, rough): (usize, i64)| {
        let (c, y, x) = ((at / 1024) as i64, (at / 32 % 32) as i64, (at % 32) as i64);
        let pattern = (3 * x + 2 * y + 50 * c + x * y / 16) % 256;
        (pattern + (rough * 60).div_euclid(256)).clamp(0, 255) as u8
    };
    noise(seed, 3 * 1024).into_iter().enumerate().map(byte).collect()
}

fn sets() -> [Pixels; 2] {
    let set = |first: u64| (first..first + 3).flat_map(picture).collect::<Vec<u8>>();
    let fake = set(20).into_iter().map(|byte| 255 - byte).collect();
    [set(10), fake].map(|bytes| Pixels::new([3, 3, 32, 32], bytes).unwrap())
}

fn plan(patches: usize) -> SlicedPlan {
    let address = Address::new(1, Purpose::Evaluation);
    SlicedPlan { patches, directions: 16, repeats: 3, address }
}

#[test]
fn the_pyramid_is_scipys() {
    let golden = golden();
    for wanted in 0..2 {
        let plane = level(Plane::channels(&sets()[0], 0).remove(1), wanted, 2);
        for (at, expected) in golden["corner"][wanted].as_array().unwrap().iter().enumerate() {
            let (found, expected) = (plane.at(at / 4, at % 4), expected.as_f64().unwrap());
            assert!((found - expected).abs() < 1e-9, "level {wanted}: {found} is not {expected}");
        }
    }
}

#[test]
fn given_patches_and_directions_have_the_distance_of_the_definition() {
    let golden = golden();
    for (wanted, side) in [32_i64, 16].into_iter().enumerate() {
        let places = noise(30 + wanted as u64, 2 * 3 * 4 * 2);
        let place = |value: &i64| ((value + 256) % (side - 6) + 3) as usize;
        let middles = |set: usize, idx: usize| -> Vec<[usize; 2]> {
            let own = &places[(set * 3 + idx) * 8..][..8];
            own.chunks_exact(2).map(|pair| [place(&pair[0]), place(&pair[1])]).collect()
        };
        let [real, fake] = sets();
        let real = cut(&real, wanted, 2, |idx| middles(0, idx));
        let fake = cut(&fake, wanted, 2, |idx| middles(1, idx));
        let directions = noise(40 + wanted as u64, 5 * 147);
        let directions = directions.chunks_exact(147);
        let directions: Vec<Vec<f64>> = directions
            .map(|row| unit(&row.iter().map(|v| *v as f64).collect::<Vec<_>>()))
            .collect();
        let found = mean_distance(&real, &fake, &directions);
        let expected = golden["levels"][wanted].as_f64().unwrap();
        assert!((found / expected - 1.0).abs() < 1e-5, "{found} is not {expected}");
    }
}

#[test]
fn the_same_pictures_are_nearer_than_inverted_ones_at_each_level() {
    let [real, fake] = sets();
    let near = sliced_wasserstein(&real, &real, &plan(32)).unwrap();
    let far = sliced_wasserstein(&real, &fake, &plan(32)).unwrap();
    assert_eq!(far.levels.iter().map(|level| level.size).collect::<Vec<_>>(), [[32, 32], [16, 16]]);
    assert!(near.average < far.average, "{} {}", near.average, far.average);
    assert_eq!(far, sliced_wasserstein(&real, &fake, &plan(32)).unwrap());
    let few = Warning::FewSamples { samples: 3, advised: ADVISED };
    assert_eq!(far.warnings, [few]);
}

#[test]
fn patches_lie_inside_and_reach_the_border() {
    let middles = plan(500).middles("real", 0, 0, [9, 7]);
    let range = |axis: usize| {
        let places = middles.iter().map(|middle| middle[axis]);
        (places.clone().min().unwrap(), places.max().unwrap())
    };
    assert_eq!((range(0), range(1)), ((3, 5), (3, 3)));
}

#[test]
fn pictures_that_do_not_match_are_refused() {
    let of = |shape: [usize; 4]| Pixels::new(shape, vec![0; shape.iter().product()]).unwrap();
    let refusal = |left, right, plan| sliced_wasserstein(&of(left), &of(right), &plan).unwrap_err();
    let shapes = refusal([1, 1, 8, 8], [2, 1, 8, 8], plan(1)).to_string();
    assert!(shapes.contains("[1, 1, 8, 8]") && shapes.contains("[2, 1, 8, 8]"), "{shapes}");
    let small = EvalError::Small { height: 6, width: 8, needed: 7 };
    assert_eq!(refusal([1, 1, 6, 8], [1, 1, 6, 8], plan(1)), small);
    assert!(refusal([1, 1, 8, 8], [1, 1, 8, 8], plan(0)).to_string().contains("patches"));
}
