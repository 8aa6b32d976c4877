"""Golden values of evaluation, by the reference implementations of each value.

    python3 -m venv /tmp/venv
    /tmp/venv/bin/pip install torch torchvision torch-fidelity prdc scipy pytorch-msssim
    /tmp/venv/bin/python tests/golden/metrics.py

writes metrics.json beside itself, and metrics.npz as pytorch-fid saves statistics. Features, logits
and pictures come from a rule that the tests repeat (`noise`, `picture`), on grids that float32
holds exactly. Everything random (subsets, splits) is drawn as torch-fidelity draws it and written
out as indices; the script checks that these indices are the ones that torch-fidelity used.
"""

import importlib.metadata
import json
import pathlib

import numpy as np
import prdc
import pytorch_msssim
import scipy.linalg
import scipy.ndimage
import scipy.special
import torch
import torch.nn.functional as F
from torch_fidelity import metric_fid, metric_isc, metric_kid, metric_prc

SCALE_WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]


def noise(seed, count):
    """Whole numbers in -256..255: the upper bits of Knuth's generator of MMIX."""
    values, state = [], seed
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append((state >> 33) % 512 - 256)
    return np.array(values)


def features(seed, rows, width, shift=0.0):
    """Rows whose column j is stretched by 1 + j / 4, and moved: no two axes are alike."""
    grid = noise(seed, rows * width).reshape(rows, width) / 128
    mixed = grid + np.roll(grid, 1, axis=1) / 2
    return mixed * (1 + np.arange(width) / 4) + shift


def picture(seed, channels, height, width, roughness):
    """Bytes: a pattern of ramps and products, the same for all seeds, and noise of its own."""
    c, y, x = np.mgrid[:channels, :height, :width]
    pattern = (3 * x + 2 * y + 50 * c + x * y // 16) % 256
    rough = noise(seed, channels * height * width).reshape(pattern.shape) * roughness // 256
    return np.clip(pattern + rough, 0, 255)


def tensor(array):
    return torch.tensor(array, dtype=torch.float64)


def frechet(real, fake):
    statistics = [metric_fid.fid_features_to_statistics(tensor(f)) for f in (real, fake)]
    (m1, s1), (m2, s2) = [(s["mu"], s["sigma"]) for s in statistics]
    root = scipy.linalg.sqrtm(s1 @ s2).real
    return {
        "torch_fidelity": metric_fid.fid_statistics_to_metric(*statistics, False)[
            metric_fid.KEY_METRIC_FID
        ],
        "scipy": float(((m1 - m2) ** 2).sum() + np.trace(s1 + s2 - 2 * root)),
    }


def kernel(real, fake, subsets, size, seed):
    rng, pairs = np.random.RandomState(seed), []
    for _ in range(subsets):
        first = rng.choice(len(real), size, replace=False)
        second = rng.choice(len(fake), size, replace=False)
        pairs.append({"real": first.tolist(), "fake": second.tolist()})
    options = dict(kid_subsets=subsets, kid_subset_size=size, rng_seed=seed, verbose=False)
    out = metric_kid.kid_features_to_metric(tensor(real), tensor(fake), **options)
    mean, deviation = out[metric_kid.KEY_METRIC_KID_MEAN], out[metric_kid.KEY_METRIC_KID_STD]
    of = lambda pair: metric_kid.kernel_mmd(real[pair["real"]], fake[pair["fake"]])
    assert abs(np.mean([of(pair) for pair in pairs]) - mean) < 1e-12
    return {"subsets": pairs, "mean": mean, "deviation": deviation}


def score(logits, splits, seed):
    out = metric_isc.isc_features_to_metric(tensor(logits), splits, True, seed)
    return {
        "order": np.random.RandomState(seed).permutation(len(logits)).tolist(),
        "splits": splits,
        "mean": out[metric_isc.KEY_METRIC_ISC_MEAN],
        "deviation": out[metric_isc.KEY_METRIC_ISC_STD],
    }


def precision(real, fake, neighbour):
    options = dict(prc_neighborhood=neighbour, verbose=False)
    return metric_prc.prc_features_to_metric(tensor(fake), tensor(real), **options)


def density(real, fake, neighbour):
    found = prdc.compute_prdc(real, fake, neighbour)
    return {"density": float(found["density"]), "coverage": float(found["coverage"])}


def similarity(scales, *shape):
    """MS-SSIM of two pictures. With fewer than five scales the weights are the first, made to sum
    to one; pytorch_msssim refuses such pictures, so its own steps are called one by one."""
    x, y = [tensor(picture(seed, *shape, 80)[None]) for seed in (1, 2)]
    if scales == len(SCALE_WEIGHTS):
        return pytorch_msssim.ms_ssim(x, y).item()
    weights = np.array(SCALE_WEIGHTS[:scales]) / sum(SCALE_WEIGHTS[:scales])
    window = pytorch_msssim.ssim.__globals__["_fspecial_gauss_1d"](11, 1.5)
    window = window.repeat([shape[0], 1, 1, 1])
    value = 1.0
    for scale, weight in enumerate(weights):
        full, contrast = pytorch_msssim.ssim.__globals__["_ssim"](x, y, 255, window)
        last = scale == scales - 1
        value = value * torch.relu(full if last else contrast) ** weight
        padding = [side % 2 for side in x.shape[2:]]
        x, y = [F.avg_pool2d(z, 2, padding=padding) for z in (x, y)]
    return value.mean().item()


def blur(pictures, gain):
    taps = np.array([1, 4, 6, 4, 1]) / 16
    window = np.outer(taps, taps)[None, None] * gain
    return scipy.ndimage.convolve(pictures, window, mode="mirror")


def pyramid(pictures, levels):
    """Laplacian pyramid of Burt and Adelson 1983, as Karras et al. 2018 take it."""
    out, rest = [], pictures.astype(np.float64)
    for _ in range(levels - 1):
        small = blur(rest, 1)[:, :, ::2, ::2]
        spread = np.zeros_like(rest)
        spread[:, :, ::2, ::2] = small
        out.append(rest - blur(spread, 4))
        rest = small
    return out + [rest]


def patches(level, centres):
    """[picture * centre, channel, 7, 7], each channel of mean 0 and deviation 1."""
    cut = [
        level[idx, :, y - 3 : y + 4, x - 3 : x + 4]
        for idx, some in enumerate(centres)
        for y, x in some
    ]
    cut = np.stack(cut)
    cut -= cut.mean(axis=(0, 2, 3), keepdims=True)
    cut /= cut.std(axis=(0, 2, 3), keepdims=True)
    return cut.reshape(len(cut), -1)


def sliced():
    shape, n, per_picture = (3, 32, 32), 3, 4
    sets = [np.stack([picture(s + i, *shape, 60) for i in range(n)]) for s in (10, 20)]
    sets[1] = 255 - sets[1]
    levels = [pyramid(pictures, 2) for pictures in sets]
    out = {"corner": [levels[0][k][0, 1, :4, :4].flatten().tolist() for k in range(2)], "levels": []}
    for k, side in enumerate((32, 16)):
        places = (noise(30 + k, 2 * n * per_picture * 2) + 256) % (side - 6) + 3
        places = places.reshape(2, n, per_picture, 2)
        directions = noise(40 + k, 5 * 147).reshape(5, 147) / 256
        unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
        a, b = [np.sort(patches(l[k], p) @ unit.T, axis=0) for l, p in zip(levels, places)]
        out["levels"].append(float(np.abs(a - b).mean()))
    return out


def parzen(fake, test, sigmas):
    squares = ((test[:, None] - fake[None]) ** 2).sum(-1)
    logs = []
    for sigma in sigmas:
        mean = scipy.special.logsumexp(-squares / (2 * sigma**2), axis=1) - np.log(len(fake))
        each = mean - test.shape[1] * np.log(sigma * np.sqrt(2 * np.pi))
        logs.append({"sigma": sigma, "mean": each.mean(), "error": each.std(ddof=1) / len(each) ** 0.5})
    return logs


def path_length(seed, count):
    """As torch-fidelity filters: within the percentiles 1 (lower) and 99 (higher). Its own call has
    an argument that NumPy 2 no longer knows."""
    distances = (noise(seed, count) + 256) / 2**20 / 1e-4**2
    low = np.percentile(distances, 1, method="lower")
    high = np.percentile(distances, 99, method="higher")
    kept = distances[(low <= distances) & (distances <= high)]
    return {"kept": len(kept), "mean": float(kept.mean()), "deviation": float(kept.std())}


real, fake = features(1, 60, 12), features(2, 50, 12, 0.75)
few = features(3, 9, 12)
statistics = metric_fid.fid_features_to_statistics(tensor(real))
packages = ["torch", "numpy", "scipy", "torch-fidelity", "prdc", "pytorch-msssim"]
golden = {
    "versions": {name: importlib.metadata.version(name) for name in packages},
    "noise": noise(1, 4).tolist(),
    "mean": statistics["mu"].tolist(),
    "covariance": statistics["sigma"][:3].flatten().tolist(),
    "frechet": frechet(real, fake),
    "frechet_of_low_rank": frechet(real, few),
    "kernel": kernel(real, fake, 6, 20, 2020),
    "score": score(features(4, 43, 7), 5, 2020),
    "precision": precision(real, fake, 3),
    "density": density(real, fake, 5),
    "similarity": [
        {"shape": shape, "scales": scales, "value": similarity(scales, *shape)}
        for scales, shape in [(5, (1, 161, 176)), (2, (3, 32, 32)), (2, (3, 28, 37)), (1, (1, 16, 16))]
    ],
    "sliced": sliced(),
    "parzen": parzen(features(5, 30, 4), features(6, 20, 4), [0.25, 0.5, 1.0, 2.0]),
    "path_length": path_length(7, 250),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=1) + "\n")
np.savez_compressed(path.with_suffix(".npz"), mu=statistics["mu"], sigma=statistics["sigma"])
