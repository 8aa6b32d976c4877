"""Golden values of the networks of 3D-GAN: values and gradients.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy
    /tmp/venv/bin/python tests/golden/volume.py

writes volume.json beside itself. Inputs and weights lie on a grid of 1/256, so that they are the same
number in float32 and float64; PyTorch computes in float64, with three-dimensional convolutions. Weights
have our paths and our layout: the taps along the depth stand before the channels that they belong to.

Written from section 3.1 of Wu et al. 2016: kernels of 4 x 4 x 4 with stride 2, batch norm, ReLU in the
generator, leaky ReLU 0.2 in the critic; tanh for the paper's sigmoid. The gradients are those of
sum(probe * output).
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from common import Leaves, of_network

rng = np.random.default_rng(23)
SIDE, WIDTHS, LATENTS = 16, [4, 2], 3  # 4 -> 8 -> 16


class Weights(Leaves):
    def taps(self, path, first, second):
        """PyTorch's weight of ours, [first, 4 second, 4, 4]."""
        ours = self.leaf(f"{path}.planes.weight", (first, 4 * second, 4, 4), 0.25)
        return ours.reshape(first, 4, second, 4, 4).permute(0, 2, 1, 3, 4)

    def down(self, path, x, outputs, bias):
        weight = self.taps(path, outputs, x.shape[1])
        bias = self.leaf(f"{path}.planes.bias", (outputs,), 0.25) if bias else None
        return F.conv3d(x, weight, bias, stride=2, padding=1)

    def up(self, path, x, outputs, bias):
        weight = self.taps(path, x.shape[1], outputs)
        bias = self.leaf(f"{path}.bias", (outputs,), 0.25) if bias else None
        return F.conv_transpose3d(x, weight, bias, stride=2, padding=1)

    def norm(self, path, x):
        gain = self.leaf(f"{path}.gain", (x.shape[1],), 0.25, 1.0)
        shift = self.leaf(f"{path}.shift", (x.shape[1],), 0.25)
        return F.batch_norm(x, None, None, gain, shift, training=True)


def generator(w, z):
    x = z @ w.leaf("project.weight", (LATENTS, 64 * WIDTHS[0]), 0.25)
    x = x.reshape(-1, 4, WIDTHS[0], 4, 4).permute(0, 2, 1, 3, 4)
    x = F.relu(w.norm("norm", x))
    for idx, width in enumerate(WIDTHS[1:]):
        x = F.relu(w.norm(f"blocks.{idx}.norm", w.up(f"blocks.{idx}.conv", x, width, False)))
    return torch.tanh(w.up("paint", x, 1, True))[:, 0]


def critic(w, x):
    x = F.leaky_relu(w.down("look", x[:, None], WIDTHS[-1], True), 0.2)
    for idx, width in enumerate(reversed(WIDTHS[:-1])):
        x = w.down(f"blocks.{idx}.conv", x, width, False)
        x = F.leaky_relu(w.norm(f"blocks.{idx}.norm", x), 0.2)
    x = x.permute(0, 2, 1, 3, 4).flatten(1)
    bias = w.leaf("judge.bias", (1,), 0.25)
    return x @ w.leaf("judge.weight", (x.shape[1], 1), 0.25) + bias


result = {
    "about": f"tests/golden/volume.py, torch {torch.__version__}, numpy {np.__version__}",
    "generator": of_network(generator, Weights(rng), (2, LATENTS), 6),
    "critic": of_network(critic, Weights(rng), (2, SIDE, SIDE, SIDE), 6),
}
path = pathlib.Path(__file__).with_name("volume.json")
path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
