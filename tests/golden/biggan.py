"""Golden values of self-attention and of BigGAN's networks: values, gradients and a penalty's gradients.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy
    /tmp/venv/bin/python tests/golden/biggan.py

writes biggan.json beside itself. Inputs and weights lie on a grid of 1/256, so that they are the same
number in float32 and float64; PyTorch computes in float64. Weights have our paths and layouts: a linear
weight is [inputs, outputs], that of a transposed convolution [inputs, outputs, kernel, kernel].

Written from section 3 of Zhang et al. 2019 (SAGAN), with keys and values pooled as in the authors' code,
and from section 3 and appendix B of Brock et al. 2019 (BigGAN): a slice of the latent for the smallest
picture and for each block, joined to an embedding of the class, of which each batch norm's gain (less
one) and offset are linear maps. Spectral normalisation has a golden file of its own. The gradients are
those of sum(probe * output); "penalty" has those of the mean square of the gradient of
sum(tanh(attention(x))) with respect to x.
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from common import Leaves, grid, plain

rng = np.random.default_rng(23)


class Weights(Leaves):
    def conv(self, path, x, outputs, kernel=3, bias=True):
        weight = self.leaf(f"{path}.weight", (outputs, x.shape[1], kernel, kernel), 0.25)
        bias = self.leaf(f"{path}.bias", (outputs,), 0.25) if bias else None
        return F.conv2d(x, weight, bias, padding=kernel // 2)

    def doubled(self, path, x, outputs):
        """Our transposed convolution of stride 1 after a doubling, which is a convolution turned round."""
        weight = self.leaf(f"{path}.weight", (x.shape[1], outputs, 3, 3), 0.25)
        return F.conv_transpose2d(F.interpolate(x, scale_factor=2), weight, padding=1)

    def linear(self, path, x, outputs, bias=True):
        x = x @ self.leaf(f"{path}.weight", (x.shape[1], outputs), 0.25)
        return x + self.leaf(f"{path}.bias", (outputs,), 0.25) if bias else x

    def norm(self, path, x, vector):
        x = F.batch_norm(x, None, None, None, None, training=True)
        gain, shift = (self.linear(f"{path}.to_{w}", vector, x.shape[1], False) for w in ["gain", "shift"])
        return F.relu(x * (1 + gain[:, :, None, None]) + shift[:, :, None, None])

    def plain_norm(self, path, x):
        gain = self.leaf(f"{path}.gain", (x.shape[1],), 1.0)
        return F.relu(F.batch_norm(x, None, None, gain, self.leaf(f"{path}.shift", (x.shape[1],), 0.25), True))

    def attention(self, path, x):
        n, c, h, w = x.shape
        query = self.conv(f"{path}query", x, max(c // 8, 1), 1, False).reshape(n, -1, h * w)
        key = F.max_pool2d(self.conv(f"{path}key", x, max(c // 8, 1), 1, False), 2)
        value = F.max_pool2d(self.conv(f"{path}value", x, max(c // 2, 1), 1, False), 2)
        weights = torch.softmax(query.transpose(1, 2) @ key.flatten(2), 2)
        seen = (value.flatten(2) @ weights.transpose(1, 2)).reshape(n, -1, h, w)
        return x + self.leaf(f"{path}mix", (1,), 1.0) * self.conv(f"{path}out", seen, c, 1, False)


def generator(w, z):
    """14 x 14 of 7 x 7 in one block; slices of 2, an embedding of 3 of 2 classes."""
    classes = torch.eye(2, dtype=torch.float64)
    shared = classes @ w.leaf("embed.weight", (2, 3), 0.5)
    vector = torch.cat([z[:, 2:], shared], 1)
    x = w.linear("project", z[:, :2], 4 * 49).reshape(2, 4, 7, 7)
    shortcut = F.interpolate(w.conv("blocks.0.shortcut", x, 3, 1), scale_factor=2)
    y = w.doubled("blocks.0.conv_in", w.norm("blocks.0.norm_in", x, vector), 3)
    x = w.conv("blocks.0.conv_out", w.norm("blocks.0.norm_out", y, vector), 3) + shortcut
    x = w.attention("blocks.0.attention.", x)
    return torch.tanh(w.conv("paint", w.plain_norm("norm", x), 1))


def golden(network, shape, penalised=False):
    weights, x = Weights(rng), grid(rng, shape, 1.0).requires_grad_()
    y = network(weights, x)
    probe = grid(rng, y.shape, 1.0)
    slopes = torch.autograd.grad((probe * y).sum(), [x, *weights.values()], retain_graph=True)
    result = {"input": plain(x), "output": plain(y), "probe": plain(probe), "gradient": plain(slopes[0])}
    leaves = {path: plain(leaf) for path, leaf in weights.items()}
    for leaf, slope in zip(leaves.values(), slopes[1:]):
        leaf["gradient"] = plain(slope)["values"]
    if penalised:
        slope = torch.autograd.grad(torch.tanh(y).sum(), x, create_graph=True)[0]
        penalty = slope.square().flatten(1).sum(1).mean()
        result["penalty"] = plain(penalty)
        for leaf, slope in zip(leaves.values(), torch.autograd.grad(penalty, list(weights.values()))):
            leaf["penalty"] = plain(slope)["values"]
    return {**result, "weights": leaves}


result = {
    "about": f"tests/golden/biggan.py, torch {torch.__version__}, numpy {np.__version__}",
    "attention": golden(lambda w, x: w.attention("", x), (2, 8, 4, 6), penalised=True),
    "generator": golden(generator, (2, 4)),
}
path = pathlib.Path(__file__).with_name("biggan.json")
path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
