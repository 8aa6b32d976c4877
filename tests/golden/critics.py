"""Golden gradients of penalties on critics of every kind of layer, by PyTorch's double backward.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy
    /tmp/venv/bin/python tests/golden/critics.py

writes critics.json beside itself. Points and weights are whole numbers of 256ths, stored as such, so
that they are the same in float32 and float64; PyTorch computes in float64. Weight layouts are Burn's:
a linear weight is [inputs, outputs]. No bias stands before a norm that would take it away again: its
gradient would be zero, and what is left is rounding. Each critic is written once more, in Rust, in
tests/tests/critics.rs, under the same name.
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

GRID = 256
EPSILON = 1e-3


class Weights:
    """The weights of a critic, each drawn the first time that the critic asks for it."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.drawn = {}

    def __call__(self, name, *shape, scale=0.5, centre=0.0):
        if name not in self.drawn:
            self.drawn[name] = grid(self.rng, shape, scale, centre)
        return self.drawn[name]

    def linear(self, name, x, outputs, bias=True):
        x = x @ self(f"{name}.weight", x.shape[-1], outputs)
        return x + self(f"{name}.bias", outputs, scale=0.3) if bias else x

    def conv(self, name, x, outputs, kernel=3, stride=1, padding=1, bias=True, groups=1):
        weight = self(f"{name}.weight", outputs, x.shape[1] // groups, kernel, kernel)
        bias = self(f"{name}.bias", outputs, scale=0.3) if bias else None
        return F.conv2d(x, weight, bias, stride=stride, padding=padding, groups=groups)

    def up(self, name, x, outputs, bias=True):
        weight = self(f"{name}.weight", x.shape[1], outputs, 4, 4)
        bias = self(f"{name}.bias", outputs, scale=0.3) if bias else None
        return F.conv_transpose2d(x, weight, bias, stride=2, padding=1)

    def affine(self, name, channels):
        return self(f"{name}.gain", channels, scale=0.2, centre=1.0), self(f"{name}.shift", channels)

    def batch_norm(self, name, x):
        return F.batch_norm(x, None, None, *self.affine(name, x.shape[1]), True, 0.1, EPSILON)

    def group_norm(self, name, x, groups):
        return F.group_norm(x, groups, *self.affine(name, x.shape[1]), EPSILON)

    def instance_norm(self, name, x):
        return self.group_norm(name, x, x.shape[1])

    def layer_norm(self, name, x):
        """Over all axes but the batch's, with a gain a channel, as in WGAN-GP's code."""
        return self.group_norm(name, x, 1)

    def attend(self, name, x, inner, values):
        """Self-attention of SAGAN with the pooling of BigGAN."""
        batch, channels, height, width = x.shape
        one = {"kernel": 1, "padding": 0, "bias": False}
        query = self.conv(f"{name}.query", x, inner, **one).flatten(2)
        key = F.max_pool2d(self.conv(f"{name}.key", x, inner, **one), 2).flatten(2)
        value = F.max_pool2d(self.conv(f"{name}.value", x, values, **one), 2).flatten(2)
        shares = torch.softmax(query.transpose(1, 2) @ key, dim=2)
        seen = (value @ shares.transpose(1, 2)).reshape(batch, values, height, width)
        return x + self.conv(f"{name}.out", seen, channels, **one)

    def project(self, name, x, labels):
        return (x * self(name, 3, x.shape[1])[labels]).sum(1, keepdim=True)


def grid(rng, shape, scale, centre=0.0):
    values = np.round((centre + scale * rng.standard_normal(shape)) * GRID) / GRID
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def minibatch_deviation(x, group):
    """StyleGAN2's, in groups of `group` samples that lie apart."""
    batch = x.shape[0]
    y = x.reshape(group, batch // group, -1)
    spread = ((y - y.mean(0)).square().mean(0) + 1e-8).sqrt().mean(1)
    ones = [1] * (x.dim() - 1)
    return torch.cat([x, spread.repeat(group).reshape(batch, *ones).expand(-1, 1, *x.shape[2:])], 1)


def resize(x, mode, factor):
    align = None if mode == "nearest" else False
    return F.interpolate(x, scale_factor=factor, mode=mode, align_corners=align)


CRITICS = {}


def critic(*points):
    """Names a critic, and says the shape of its points."""

    def register(function):
        CRITICS[function.__name__.replace("_", "-")] = (points, function)
        return function

    return register


@critic(4, 2, 8, 8)
def dcgan(w, x):
    x = F.leaky_relu(w.conv("one", x, 3, kernel=4, stride=2), 0.2)
    x = F.leaky_relu(w.batch_norm("norm", w.conv("two", x, 4, kernel=4, stride=2, bias=False)), 0.2)
    return w.conv("judge", x, 1, kernel=2, padding=0).reshape(4, 1)


@critic(3, 2, 4, 4)
def residual(w, x):
    inner = w.conv("two", F.relu(w.conv("one", x, 3)), 3)
    short = w.conv("short", F.avg_pool2d(x, 2), 3, kernel=1, padding=0)
    x = F.avg_pool2d(inner, 2) + short
    x = x + w.conv("four", F.relu(w.conv("three", F.relu(x), 3)), 3)
    return w.linear("judge", F.relu(x).sum((2, 3)), 1)


@critic(4, 2, 4, 4)
def labelled(w, x):
    x = F.max_pool2d(torch.tanh(w.conv("one", x, 4)), 2)
    x = F.leaky_relu(w.conv("two", x, 5), 0.2).sum((2, 3))
    return w.linear("judge", x, 1) + w.project("embedding", x, [2, 0, 1, 2])


@critic(2, 2, 4, 4)
def attention(w, x):
    x = F.leaky_relu(w.conv("one", x, 4), 0.2)
    x = w.attend("attention", x, 2, 3)
    x = F.leaky_relu(w.conv("two", x, 3, kernel=4, stride=2), 0.2)
    return w.linear("judge", x.mean((2, 3)), 1)


@critic(3, 2, 4, 4)
def transformer(w, x):
    # Patches of 2 x 2: [3, 4 tokens, 8].
    x = x.reshape(3, 2, 2, 2, 2, 2).permute(0, 2, 4, 1, 3, 5).reshape(3, 4, 8)
    x = w.linear("embed", x, 4) + w("place", 4, 4)
    y = w.layer_norm("norm1", x.reshape(12, 4)).reshape(3, 4, 4)
    query, key, value = (w.linear(name, y, 4, bias=False) for name in ("query", "key", "value"))
    shares = torch.softmax(query @ key.transpose(1, 2) * 0.5, dim=2)
    x = x + w.linear("mix", shares @ value, 4)
    y = w.layer_norm("norm2", x.reshape(12, 4)).reshape(3, 4, 4)
    x = x + w.linear("narrow", F.gelu(w.linear("wide", y, 6)), 4)
    return w.linear("judge", x.mean(1), 1)


@critic(4, 2, 4, 4)
def progressive(w, x):
    x = F.leaky_relu(w.conv("one", x, 3), 0.2)
    x = minibatch_deviation(F.avg_pool2d(x, 2), 4)
    x = F.leaky_relu(w.conv("two", x, 4), 0.2)
    return w.linear("judge", x.flatten(1), 1)


@critic(4, 2, 4, 4)
def skips(w, x):
    # StyleGAN2's residual critic, with SiLU and bilinear resampling.
    short = F.interpolate(x, size=(3, 3), mode="bilinear", align_corners=False)
    short = w.conv("short", short, 3, kernel=1, padding=0, bias=False)
    inner = w.conv("one", F.silu(w.conv("zero", x, 3)), 3, kernel=2, padding=0)
    x = minibatch_deviation((F.silu(inner) + short) * 0.5**0.5, 2)
    return w.linear("judge", F.silu(w.conv("two", x, 3)).flatten(1), 1)


@critic(2, 2, 8, 8)
def u_net(w, x):
    high = F.leaky_relu(w.conv("one", x, 2), 0.2)
    low = w.conv("two", high, 3, kernel=4, stride=2, bias=False)
    low = F.leaky_relu(w.instance_norm("norm", low), 0.2)
    low = F.leaky_relu(w.up("up", low, 2), 0.2)
    each = w.conv("judge", torch.cat([high, low], 1), 1)
    return each.mean((2, 3))


@critic(3, 2, 4, 4)
def autoencoder(w, x):
    # The energy of EBGAN and BEGAN, with ELUs and nearest neighbours.
    y = F.elu(w.conv("one", x, 3))
    y = F.elu(w.linear("encode", F.avg_pool2d(y, 2).flatten(1), 4))
    y = F.elu(w.linear("decode", y, 12)).reshape(3, 3, 2, 2)
    y = w.conv("two", resize(y, "nearest", 2), 2)
    return (y - x).square().mean((1, 2, 3)).reshape(3, 1)


@critic(3, 2, 4, 4)
def groups(w, x):
    x = F.silu(w.group_norm("norm1", w.conv("one", x, 4, bias=False), 2))
    x = torch.tanh(w.group_norm("norm2", w.up("up", x, 4, bias=False), 2))
    return w.linear("judge", F.avg_pool2d(x, 3, stride=2, padding=1).flatten(1), 1)


@critic(3, 2, 6, 6)
def layer_norms(w, x):
    x = F.relu(w.layer_norm("norm1", w.conv("one", x, 3)))
    x = F.max_pool2d(x, 3, stride=2, padding=1)
    x = torch.sigmoid(w.layer_norm("norm2", w.conv("two", x, 3)))
    return w.linear("judge", x.flatten(1), 1)


@critic(5, 6)
def perceptron(w, x):
    x = F.softplus(w.linear("one", x, 7))
    x = torch.sigmoid(w.batch_norm("norm", w.linear("two", x, 6, bias=False)))
    return w.linear("judge", torch.cat([x, F.elu(w.linear("side", x, 3), 0.7)], 1), 1)


@critic(4, 6)
def maxout(w, x):
    x = w.linear("one", x, 8).reshape(4, 4, 2).amax(2)
    x = F.gelu(w.linear("two", minibatch_deviation(x, 2), 5))
    return w.linear("judge", x, 1) + w.project("embedding", x, [0, 2, 2, 1])


@critic(3, 2, 3, 3)
def gated(w, x):
    x = resize(x, "bilinear", 2)
    value, gate = w.conv("value", x, 3, bias=False), w.conv("gate", x, 3)
    x = w.instance_norm("norm", value) * torch.sigmoid(gate)
    return w.linear("judge", F.gelu(F.max_pool2d(x, 2)).flatten(1), 1)


@critic(3, 2, 4, 4)
def pyramid(w, x):
    low = F.softplus(w.conv("low", F.avg_pool2d(x, 2), 2))
    sides = [x, resize(low, "bilinear", 2), resize(low, "nearest", 2)]
    x = F.softplus(w.conv("join", torch.cat(sides, 1), 3))
    return w.linear("judge", x.mean((2, 3)), 1)


@critic(3, 2, 4, 4)
def bottleneck(w, x):
    # R3GAN's block: widened, its 3 x 3 in two groups; then its basis.
    one = {"kernel": 1, "padding": 0}
    x = w.conv("look", x, 3, **one, bias=False)
    y = F.leaky_relu(w.conv("in", x, 6, **one), 0.2)
    y = F.leaky_relu(w.conv("mid", y, 6, groups=2), 0.2)
    x = F.avg_pool2d(x + w.conv("out", y, 3, **one, bias=False), 2)
    return w.linear("judge", (x * w("basis", 3, 2, 2)).sum((2, 3)), 1, bias=False)


def penalty(w, function, points, phi):
    (g,) = torch.autograd.grad(function(w, points).sum(), points, create_graph=True)
    value = phi(g.flatten(1).norm(dim=1)).mean()
    weights = list(w.drawn.values())
    grads = torch.autograd.grad(value, weights, allow_unused=True)
    grads = [torch.zeros_like(w) if g is None else g for w, g in zip(weights, grads)]
    return {
        "value": digits(value.item()),
        "gradients": {name: list(map(digits, g.flatten().tolist())) for name, g in zip(w.drawn, grads)},
    }


def digits(number):
    return float(f"{number:.7g}")


def whole(tensor):
    values = [round(v * GRID) for v in tensor.detach().flatten().tolist()]
    return {"shape": list(tensor.shape), "256ths": values}


def golden(seed, shape, function):
    w = Weights(seed)
    points = grid(w.rng, shape, 1.0)
    logits = function(w, points)
    assert logits.shape == (shape[0], 1)
    return {
        "points": whole(points),
        "weights": {name: whole(weight) for name, weight in w.drawn.items()},
        "logits": list(map(digits, logits.flatten().tolist())),
        "unit-norm": penalty(w, function, points, lambda r: (r - 1) ** 2),
        "square": penalty(w, function, points, lambda r: r**2),
    }


file = {"about": f"tests/golden/critics.py, torch {torch.__version__}", "epsilon": EPSILON}
for seed, (name, (shape, function)) in enumerate(CRITICS.items()):
    file[name] = golden(seed, shape, function)
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(file, separators=(",", ":")).replace('},"', '},\n"') + "\n")
