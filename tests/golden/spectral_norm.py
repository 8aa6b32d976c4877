"""Golden values of spectral normalisation, by torch.nn.utils.spectral_norm.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy
    /tmp/venv/bin/python tests/golden/spectral_norm.py

writes spectral_norm.json beside itself. Inputs lie on a grid of 1/256, so that they are the same
number in float32 and float64; PyTorch computes in float64. Weight layouts are Burn's: a linear
weight is [inputs, outputs].

The critic is a convolution, leaky ReLU, a transposed convolution, tanh and a linear layer, each
normalised. "start" holds the vectors u from which one power iteration goes to "u" and "v". The
gradients after it are those of sum(probe * W / sigma) for each layer, and those of the mean square
of the critic's input gradient.
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils import spectral_norm

BATCH, CHANNELS, SIDE, WIDTH, OUT, SLOPE = 3, 2, 8, 6, 3, 0.2

rng = np.random.default_rng(11)


def grid(shape, scale):
    values = np.round(scale * rng.standard_normal(shape) * 256) / 256
    return torch.tensor(values, dtype=torch.float64)


layers = {
    "conv": torch.nn.Conv2d(CHANNELS, WIDTH, 4, stride=2, padding=1),
    "up": torch.nn.ConvTranspose2d(WIDTH, OUT, 4, stride=2, padding=1),
    "judge": torch.nn.Linear(OUT * SIDE * SIDE, 1),
    "linear": torch.nn.Linear(5, 4),
}
for layer in layers.values():
    layer.double()
    layer.weight.data = grid(layer.weight.shape, 0.3)
    layer.bias.data = grid(layer.bias.shape, 0.3)
    spectral_norm(layer)
    layer.weight_u = grid(layer.weight_u.shape, 1.0)

points = grid((BATCH, CHANNELS, SIDE, SIDE), 1.0).requires_grad_()


def critic(x):
    x = F.leaky_relu(layers["conv"](x), SLOPE)
    x = torch.tanh(layers["up"](x))
    return layers["judge"](x.flatten(1))


def plain(tensor):
    values = [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": values}


def burns(layer, weight):
    return plain(weight.T if isinstance(layer, torch.nn.Linear) else weight)


golden = {
    "about": f"tests/golden/spectral_norm.py, torch {torch.__version__}",
    "slope": SLOPE,
    "points": plain(points),
    "start": {name: plain(layer.weight_u) for name, layer in layers.items()},
}
critic(points)
layers["linear"](grid((1, 5), 1.0))
for layer in layers.values():
    layer.eval()  # no further power iteration

golden["logits"] = plain(critic(points))
(gradient,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
penalty = gradient.square().sum(dim=(1, 2, 3)).mean()
golden["penalty"] = penalty.item()
golden["layers"] = {}
for name, layer in layers.items():
    probe = grid(layer.weight_orig.shape, 1.0)
    layer._forward_pre_hooks[next(iter(layer._forward_pre_hooks))](layer, None)
    weight = layer.weight
    (slope,) = torch.autograd.grad((probe * weight).sum(), layer.weight_orig)
    golden["layers"][name] = {
        "weight": burns(layer, layer.weight_orig),
        "bias": plain(layer.bias),
        "u": plain(layer.weight_u),
        "v": plain(layer.weight_v),
        "normalised": burns(layer, weight),
        "probe": burns(layer, probe),
        "gradient": burns(layer, slope),
    }
    if name != "linear":
        (slope,) = torch.autograd.grad(penalty, layer.weight_orig, retain_graph=True)
        golden["layers"][name]["penalty-gradient"] = burns(layer, slope)

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")).replace('},"', '},\n"') + "\n")
