"""Golden values of StyleGAN2's layers and networks: values, gradients, and path length's gradients.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy
    /tmp/venv/bin/python tests/golden/stylegan2.py

writes stylegan2.json beside itself. Inputs and weights lie on a grid of 1/256, so that they are the same
number in float32 and float64; PyTorch computes in float64. Weights have our paths and layouts: a linear
weight is [inputs, outputs].

Written from Karras et al. 2020, section 2.2 and appendix B. The modulated convolution is the paper's own:
a weight a sample, scaled, divided by its length, and applied as a convolution in groups. Doubling is zeros
in between and the filter [1, 3, 3, 1] / 8 along both axes, times two along each, then the convolution;
halving is the filter, then every other place. Noise is a buffer (`grain`), the same in every sample. The
gradients are those of sum(probe * output). "paths" has the gradients of the mean of
(|d sum(picture y) / d styles| - 0.5)^2, where the length is a mean square over layers and y is noise over the
root of the number of pixels.
"""

import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from common import Leaves, grid, plain

rng = np.random.default_rng(29)
LATENTS, STYLES = 3, 4


def fir(x, gain, pads):
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64) / 8 * gain
    n, c, h, w = x.shape
    x = F.pad(x.reshape(n * c, 1, h, w), pads * 2)
    x = F.conv2d(x, (taps[:, None] * taps[None, :])[None, None])
    return x.reshape(n, c, *x.shape[2:])


def doubled(x):
    n, c, h, w = x.shape
    zeros = torch.zeros(n, c, h, 2, w, 2, dtype=x.dtype)
    zeros[:, :, :, 0, :, 0] = x
    return fir(zeros.reshape(n, c, 2 * h, 2 * w), 2, [2, 1])


def halved(x):
    return fir(x, 1, [1, 1])[:, :, ::2, ::2]


def leaky(x):
    return F.leaky_relu(x, 0.2) * math.sqrt(2)


class Weights(Leaves):
    """Leaves by our paths, made when they are first asked for; buffers apart from them."""

    def buffer(self, path, shape):
        if path not in self:
            self[path] = grid(rng, shape, 1.0)
        return self[path]

    def linear(self, path, x, outputs, multiplier=1.0):
        weight = self.leaf(f"{path}.weight", (x.shape[-1], outputs), 1 / multiplier)
        bias = self.leaf(f"{path}.bias", (outputs,), 0.25 / multiplier)
        return x @ weight * (multiplier / math.sqrt(x.shape[-1])) + bias * multiplier

    def conv(self, path, x, outputs, kernel, stride=1, bias=True):
        weight = self.leaf(f"{path}.weight", (outputs, x.shape[1], kernel, kernel))
        bias = self.leaf(f"{path}.bias", (outputs,), 0.25) if bias else None
        scale = 1 / math.sqrt(x.shape[1] * kernel * kernel)
        return F.conv2d(x, weight * scale, bias, stride=stride, padding=kernel // 2 if stride == 1 else 0)

    def modulated(self, path, x, style, outputs, kernel=3, demodulate=True, up=False):
        n, c = x.shape[:2]
        s = self.linear(f"{path}.style", style, c) + 1
        weight = self.leaf(f"{path}.weight", (outputs, c, kernel, kernel)) / math.sqrt(c * kernel * kernel)
        weight = weight[None] * s[:, None, :, None, None]
        if demodulate:
            weight = weight * (weight.square().sum([2, 3, 4], keepdim=True) + 1e-8).rsqrt()
        x = doubled(x) if up else x
        x = x.reshape(1, n * c, *x.shape[2:])
        y = F.conv2d(x, weight.reshape(n * outputs, c, kernel, kernel), groups=n, padding=kernel // 2)
        return y.reshape(n, outputs, *y.shape[2:])

    def layer(self, path, x, style, outputs, up=False):
        x = self.modulated(f"{path}.conv", x, style, outputs, up=up)
        side = x.shape[2]
        noise = self.buffer(f"{path}.grain", (side * side,)).reshape(1, 1, side, side)
        bias = self.leaf(f"{path}.bias", (outputs,), 0.25)[None, :, None, None]
        return leaky(x + noise * self.leaf(f"{path}.strength", (1,), 0.5) + bias)

    def paint(self, path, x, style, channels=2):
        x = self.modulated(f"{path}.conv", x, style, channels, 1, demodulate=False)
        return x + self.leaf(f"{path}.bias", (channels,), 0.25)[None, :, None, None]


def mapping(w, z):
    x = z * (z.square().mean(1, keepdim=True) + 1e-8).rsqrt()
    for idx in range(2):
        x = leaky(w.linear(f"mapping.layers.{idx}", x, STYLES, 0.01))
    return x[:, None].repeat(1, 4, 1)


def synthesis(residual):
    """8 x 8 from 4 x 4; channels 5, then 3."""

    def of(w, styles):
        x = w.leaf("constant", (5, 4, 4))[None].repeat(len(styles), 1, 1, 1)
        x = w.layer("blocks.0.conv", x, styles[:, 0], 5)
        low = None if residual else w.paint("blocks.0.paint", x, styles[:, 1])
        y = w.layer("blocks.1.up", x, styles[:, 1], 3, up=True)
        y = w.layer("blocks.1.conv", y, styles[:, 2], 3)
        if residual:
            y = (y + w.conv("blocks.1.shortcut", doubled(x), 3, 1, bias=False)) / math.sqrt(2)
        picture = w.paint("blocks.1.paint", y, styles[:, 3])
        return picture if residual else doubled(low) + picture

    return of


def critic(w, x):
    """8 x 8 to 4 x 4; channels 3, then 5; groups of 2."""
    x = leaky(w.conv("look", x, 3, 1))
    short = w.conv("blocks.0.shortcut", halved(x), 5, 1, bias=False)
    y = leaky(w.conv("blocks.0.conv_in", x, 3, 3))
    y = leaky(w.conv("blocks.0.conv_out", fir(y, 1, [2, 2]), 5, 3, stride=2))
    x = (y + short) / math.sqrt(2)
    n, c, h, _ = x.shape
    groups = x.reshape(2, n // 2, c, h, h)
    spread = ((groups - groups.mean(0)).square().mean(0) + 1e-8).sqrt().mean([1, 2, 3])
    x = torch.cat([x, spread[:, None, None, None].repeat(2, 1, h, h)], 1)
    x = leaky(w.conv("gather", x, 5, 3)).flatten(1)
    return w.linear("judge", leaky(w.linear("describe", x, 5)), 1)


def golden(network, shape, paths=None):
    weights, x = Weights(rng), grid(rng, shape, 1.0).requires_grad_()
    y = network(weights, x)
    probe = grid(rng, y.shape, 1.0)
    live = {path: leaf for path, leaf in weights.items() if leaf.requires_grad}
    slopes = torch.autograd.grad((probe * y).sum(), [x, *live.values()], retain_graph=True)
    result = {"input": plain(x), "output": plain(y), "probe": plain(probe), "gradient": plain(slopes[0])}
    leaves = {path: plain(leaf) for path, leaf in weights.items()}
    for path, slope in zip(live, slopes[1:]):
        leaves[path]["gradient"] = plain(slope)["values"]
    if paths:
        styles = mapping(weights, x)
        picture = paths(weights, styles)
        noise = grid(rng, picture.shape, 1.0)
        sum_ = (picture * noise / math.sqrt(picture[0, 0].numel())).sum()
        slope = torch.autograd.grad(sum_, styles, create_graph=True)[0]
        penalty = (slope.square().sum(2).mean(1).sqrt() - 0.5).square().mean()
        result["noise"], result["paths"] = plain(noise), plain(penalty)
        slopes = torch.autograd.grad(penalty, list(live.values()), allow_unused=True)
        for path, leaf, slope in zip(live, live.values(), slopes):
            leaves[path]["paths"] = plain(torch.zeros_like(leaf) if slope is None else slope)["values"]
    return {**result, "weights": leaves}


def generator(residual):
    return lambda w, z: synthesis(residual)(w, mapping(w, z))


result = {
    "about": f"tests/golden/stylegan2.py, torch {torch.__version__}, numpy {np.__version__}",
    "skip": golden(generator(False), (2, LATENTS), paths=synthesis(False)),
    "residual": golden(generator(True), (2, LATENTS), paths=synthesis(True)),
    "critic": golden(critic, (4, 2, 8, 8)),
}
path = pathlib.Path(__file__).with_name("stylegan2.json")
path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
