"""Golden values of the networks of WaveGAN: values and gradients.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy
    /tmp/venv/bin/python tests/golden/wave.py

writes wave.json beside itself. Inputs and weights lie on a grid of 1/256, so that they are the same
number in float32 and float64; PyTorch computes in float64. Weights have our paths.

Written from appendix D of Donahue et al. 2018: kernels of 25 with stride 4; here at width 2 and for 256
samples. The phase is shuffled as in section 3.3, by the shifts that are given, with reflection. The
gradients are those of sum(probe * output).
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from common import Leaves, grid, of_network, plain

rng = np.random.default_rng(29)
LENGTH, WIDTHS, LATENTS = 256, [4, 2], 3  # 16 -> 64 -> 256


class Weights(Leaves):
    def down(self, path, x, outputs):
        weight = self.leaf(f"{path}.weight", (outputs, x.shape[1], 1, 25), 0.25)
        bias = self.leaf(f"{path}.bias", (outputs,), 0.25)
        return F.conv1d(x, weight[:, :, 0], bias, stride=4, padding=11)

    def up(self, path, x, outputs):
        weight = self.leaf(f"{path}.weight", (x.shape[1], outputs, 1, 25), 0.25)
        bias = self.leaf(f"{path}.bias", (outputs,), 0.25)
        return F.conv_transpose1d(x, weight[:, :, 0], bias, stride=4, padding=11, output_padding=1)

    def linear(self, path, x, outputs):
        bias = self.leaf(f"{path}.bias", (outputs,), 0.25)
        return x @ self.leaf(f"{path}.weight", (x.shape[1], outputs), 0.25) + bias


def shifted(x, by):
    """The authors' apply_phaseshuffle, with the phase given."""
    left, right = max(by, 0), max(-by, 0)
    return F.pad(x, [left, right], mode="reflect")[..., right : right + x.shape[-1]]


def generator(w, z):
    x = F.relu(w.linear("project", z, WIDTHS[0] * 16).reshape(-1, WIDTHS[0], 16))
    for idx, width in enumerate(WIDTHS[1:]):
        x = F.relu(w.up(f"blocks.{idx}", x, width))
    return torch.tanh(w.up("speak", x, 1))[:, :, None]


def critic(w, x):
    x = F.leaky_relu(w.down("listen", x[:, :, 0], WIDTHS[-1]), 0.2)
    for idx, width in enumerate(reversed(WIDTHS[:-1])):
        x = F.leaky_relu(w.down(f"blocks.{idx}.conv", x, width), 0.2)
    return w.linear("judge", x.flatten(1), 1)


sound = grid(rng, (2, 3, 1, 9), 1.0)
result = {
    "about": f"tests/golden/wave.py, torch {torch.__version__}, numpy {np.__version__}",
    "generator": of_network(generator, Weights(rng), (2, LATENTS), 7),
    "critic": of_network(critic, Weights(rng), (2, 1, 1, LENGTH), 7),
    "shift": {
        "input": plain(sound, 7),
        "outputs": {str(by): plain(shifted(sound[:, :, 0], by), 7) for by in range(-2, 3)},
    },
}
path = pathlib.Path(__file__).with_name("wave.json")
path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
