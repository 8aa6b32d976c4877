"""Golden values of exact gradient penalties, by PyTorch's double backward.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy
    /tmp/venv/bin/python tests/golden/exact_penalty.py

writes exact_penalty.json beside itself. Inputs lie on a grid of 1/256, so that they are the same
number in float32 and float64; PyTorch computes in float64. Weight layouts are Burn's: a linear
weight is [inputs, outputs].
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

BATCH, CHANNELS, SIDE, WIDTH, OUT = 4, 2, 8, 6, 3
EPSILON, SLOPE = 1e-5, 0.2

rng = np.random.default_rng(7)


def grid(shape, scale, centre=0.0):
    values = np.round((centre + scale * rng.standard_normal(shape)) * 256) / 256
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


points = grid((BATCH, CHANNELS, SIDE, SIDE), 1.0)
weights = {
    "conv.weight": grid((WIDTH, CHANNELS, 4, 4), 0.3),
    "norm.gain": grid((WIDTH,), 0.2, 1.0),
    "norm.shift": grid((WIDTH,), 0.3),
    "up.weight": grid((WIDTH, OUT, 4, 4), 0.2),
    "up.bias": grid((OUT,), 0.3),
    "judge.weight": grid((OUT * SIDE * SIDE, 1), 0.5),
    "judge.bias": grid((1,), 0.3),
}


def critic(x):
    w = weights
    x = F.conv2d(x, w["conv.weight"], stride=2, padding=1)
    x = F.batch_norm(x, None, None, w["norm.gain"], w["norm.shift"], True, 0.1, EPSILON)
    x = F.leaky_relu(x, SLOPE)
    x = F.conv_transpose2d(x, w["up.weight"], w["up.bias"], stride=2, padding=1)
    x = torch.tanh(x)
    return x.flatten(1) @ w["judge.weight"] + w["judge.bias"]


def penalty(phi):
    (g,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
    value = phi(g.flatten(1).norm(dim=1)).mean()
    grads = torch.autograd.grad(value, list(weights.values()), allow_unused=True)
    zero_if_none = lambda w, g: torch.zeros_like(w) if g is None else g
    return {
        "value": value.item(),
        "gradients": {n: plain(zero_if_none(w, g)) for (n, w), g in zip(weights.items(), grads)},
    }


def plain(tensor):
    values = [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "values": values}


golden = {
    "about": f"tests/golden/exact_penalty.py, torch {torch.__version__}",
    "epsilon": EPSILON,
    "slope": SLOPE,
    "points": plain(points),
    "weights": {name: plain(weight) for name, weight in weights.items()},
    "logits": plain(critic(points)),
    "unit-norm": penalty(lambda r: (r - 1) ** 2),
    "square": penalty(lambda r: r**2),
    "sixth-power": penalty(lambda r: r**6),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, separators=(",", ":")).replace('},"', '},\n"') + "\n")
