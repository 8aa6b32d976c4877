"""Golden features of the two Inception networks that generators are compared by.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch torchvision numpy pytorch-fid torch-fidelity
    /tmp/venv/bin/python tests/golden/inception.py

writes inception.json beside itself: the features of torch-fidelity's FeatureExtractorInceptionV3
("tf") and of pytorch-fid's InceptionV3 ("pt"), each by its package's own definition, and what the
two packages' ways of resizing make of two small pictures.

The published weights are 95 MB, so both sides make others by one formula. Element i of the tensor
called `name` is `low + (high - low) * u`, in float64, rounded to float32, with u the upper 24 bits of
splitmix64(fnv1a(name) + i * 0x9e3779b97f4a7c15) over 2^24. The interval keeps activations
near one: +-sqrt(6 / fan_in) for weights (He et al. 2015), 0.8 to 1.2 for gains, 0.5 to 1.5 for
running variances, +-0.1 for offsets and running means. Byte i of a picture is the upper 8 bits of
the same mixture for its name, such as "32x48" (height, width), [channel][row][column].

Of each layer it keeps every (width / 16)-th entry of each picture's features, and their norm.
"""

import importlib.metadata
import json
import pathlib
import tempfile

import numpy as np
import pytorch_fid.inception as pytorch_fid
import torch
import torch.nn.functional as F
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

SIZES = [(32, 32), (48, 64), (299, 299)]
LAYERS = [64, 192, 768, 2048]
SMALL, SIDE = [(5, 7), (19, 12)], 8


def mixed(name, n):
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    z = np.uint64(seed) + np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def interval(name, shape):
    if len(shape) > 1:
        bound = np.sqrt(6 / np.prod(shape[1:]))
        return -bound, bound
    if name.endswith("bn.weight"):
        return 0.8, 1.2
    return (0.5, 1.5) if name.endswith("running_var") else (-0.1, 0.1)


def weights(state):
    made = {}
    for name, old in state.items():
        if name.endswith("num_batches_tracked"):
            made[name] = old
            continue
        low, high = interval(name, old.shape)
        u = (mixed(name, old.numel()) >> np.uint64(40)).astype(np.float64) / 2**24
        made[name] = torch.from_numpy((low + (high - low) * u).astype(np.float32)).view(old.shape)
    return made


def picture(height, width):
    octets = (mixed(f"{height}x{width}", 3 * height * width) >> np.uint64(56)).astype(np.uint8)
    return torch.from_numpy(octets).view(1, 3, height, width)


def numbers(tensor):
    return [float(f"{v:.8g}") for v in tensor.flatten().tolist()]


def kept(rows):
    rows = torch.cat(rows).double()
    width = rows.shape[1]
    entries = [numbers(row[:: width // 16][:16]) for row in rows]
    print(f"  {width:5} mean square {rows.square().mean():9.4f}", end="")
    print(f"  apart {((rows[0] - rows[1]).norm() / rows[0].norm()):.4f}")
    return {"step": width // 16, "entries": entries, "norms": numbers(rows.norm(dim=1))}


@torch.no_grad()
def by_torch_fidelity(state):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "weights.pth")
        torch.save(state, path)
        names = [str(layer) for layer in LAYERS] + ["logits_unbiased"]
        network = FeatureExtractorInceptionV3("inception", names, str(path))
    seen = [network(picture(*size)) for size in SIZES]
    return {name: kept([one[idx] for one in seen]) for idx, name in enumerate(names)}


@torch.no_grad()
def by_pytorch_fid(state):
    pytorch_fid.load_state_dict_from_url = lambda *_, **__: state
    network = pytorch_fid.InceptionV3(range(4)).eval()
    seen = [network(picture(*size) / 255) for size in SIZES]
    means = [[F.adaptive_avg_pool2d(maps, 1).flatten(1) for maps in one] for one in seen]
    return {str(layer): kept([one[idx] for one in means]) for idx, layer in enumerate(LAYERS)}


def resized(size):
    octets = picture(*size)
    tf = interpolate_bilinear_2d_like_tensorflow1x(octets.float(), (SIDE, SIDE), align_corners=False)
    pt = F.interpolate(octets / 255, size=(SIDE, SIDE), mode="bilinear", align_corners=False)
    return {"size": size, "tf": numbers(tf), "pt": numbers(pt)}


def blank_state():
    """torch-fidelity's names and shapes; load_state_dict, which is strict, checks both packages'."""
    keep = FeatureExtractorInceptionV3.load_state_dict
    FeatureExtractorInceptionV3.load_state_dict = lambda *_, **__: None
    with tempfile.NamedTemporaryFile(suffix=".pth") as file:
        torch.save({}, file.name)
        state = FeatureExtractorInceptionV3("blank", ["2048"], file.name).state_dict()
    FeatureExtractorInceptionV3.load_state_dict = keep
    return state


def main():
    state = weights(blank_state())
    packages = ["torch", "torchvision", "torch-fidelity", "pytorch-fid"]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    golden = {
        "about": f"tests/golden/inception.py, {versions}",
        "sizes": SIZES,
        "tf": by_torch_fidelity(state),
        "pt": by_pytorch_fid(state),
        "resized": {"side": SIDE, "pictures": [resized(size) for size in SMALL]},
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(golden, separators=(",", ":")).replace("},", "},\n") + "\n")


if __name__ == "__main__":
    main()
