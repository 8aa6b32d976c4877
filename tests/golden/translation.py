"""Golden values of the networks of pix2pix, CycleGAN and SRGAN: values and gradients.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy safetensors
    /tmp/venv/bin/python tests/golden/translation.py

writes translation.json beside itself. Inputs and weights lie on a grid of 1/256, so that they are the
same number in float32 and float64; PyTorch computes in float64. Weights have our paths.

Written from appendix 6.1 of Isola et al. 2017, with its errata: each layer of the encoder is leaky
ReLU, convolution, norm, and each of the decoder ReLU, transposed convolution, norm, over what came up
joined by what the encoder made at that resolution before its activation. The masks of dropout are
ours to draw, so nothing is dropped here. The gradients are those of sum(probe * output).

The translator of CycleGAN is from section 7.2 of Zhu et al. 2017: c7s1, d, d, R, R, u, u, c7s1, with
reflected borders where the resolution is kept.
"""

import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from common import Leaves, grid, plain
from safetensors.torch import save_file

rng = np.random.default_rng(17)
SIDE, WIDTHS, IN, OUT = 16, [2, 4, 5, 5], 1, 2  # 16 -> 8 -> 4 -> 2 -> 1


class Weights(Leaves):
    def conv(self, path, x, outputs, stride, bias, kernel=4, padding=1):
        weight = self.leaf(f"{path}.weight", (outputs, x.shape[1], kernel, kernel), 0.25)
        bias = self.leaf(f"{path}.bias", (outputs,), 0.25) if bias else None
        return F.conv2d(x, weight, bias, stride=stride, padding=padding)

    def up(self, path, x, outputs, bias, kernel=4, extra=0):
        weight = self.leaf(f"{path}.weight", (x.shape[1], outputs, kernel, kernel), 0.25)
        bias = self.leaf(f"{path}.bias", (outputs,), 0.25) if bias else None
        return F.conv_transpose2d(x, weight, bias, stride=2, padding=1, output_padding=extra)

    def bordered(self, path, x, outputs, kernel, bias=False):
        x = F.pad(x, [kernel // 2] * 4, mode="reflect")
        return self.conv(path, x, outputs, 1, bias, kernel, 0)

    def norm(self, path, x, kind):
        gain = self.leaf(f"{path}.gain", (x.shape[1],), 0.25, 1.0)
        shift = self.leaf(f"{path}.shift", (x.shape[1],), 0.25)
        if kind == "batch":
            return F.batch_norm(x, None, None, gain, shift, training=True)
        return F.instance_norm(x, weight=gain, bias=shift)


def unet(w, x, kind):
    skips = [w.conv("look", x, WIDTHS[0], 2, True)]
    for idx, width in enumerate(WIDTHS[1:-1]):
        x = w.conv(f"down.{idx}.conv", F.leaky_relu(skips[-1], 0.2), width, 2, False)
        skips.append(w.norm(f"down.{idx}.norm", x, kind))
    x = w.conv("bottleneck", F.leaky_relu(skips[-1], 0.2), WIDTHS[-1], 2, True)
    for idx, skip in enumerate(reversed(skips)):
        x = w.up(f"up.{idx}.conv", F.relu(x), skip.shape[1], False)
        x = torch.cat([w.norm(f"up.{idx}.norm", x, kind), skip], 1)
    return torch.tanh(w.up("paint", F.relu(x), OUT, True))


def patch(w, x, kind):
    x = F.leaky_relu(w.conv("look", x, 2, 2, True), 0.2)
    for idx, (width, stride) in enumerate([(4, 2), (5, 1)]):
        x = w.conv(f"blocks.{idx}.conv", x, width, stride, False)
        x = F.leaky_relu(w.norm(f"blocks.{idx}.norm", x, kind), 0.2)
    return w.conv("judge", x, 1, 1, True)


def resnet(w, x, kind):
    x = F.relu(w.norm("look.norm", w.bordered("look.conv", x, 2, 7), kind))
    for idx, width in enumerate([4, 8]):
        x = w.conv(f"down.{idx}.conv", x, width, 2, False, 3)
        x = F.relu(w.norm(f"down.{idx}.norm", x, kind))
    for idx in range(2):
        path = f"blocks.{idx}"
        y = F.relu(w.norm(f"{path}.inner.norm", w.bordered(f"{path}.inner.conv", x, 8, 3), kind))
        x = x + w.norm(f"{path}.outer.norm", w.bordered(f"{path}.outer.conv", y, 8, 3), kind)
    for idx, width in enumerate([4, 2]):
        x = w.up(f"up.{idx}.conv", x, width, False, 3, 1)
        x = F.relu(w.norm(f"up.{idx}.norm", x, kind))
    return torch.tanh(w.bordered("paint", x, OUT, 7, True))


def prelu(w, path, x):
    return F.prelu(x, w.leaf(f"{path}.slope", (x.shape[1],), 0.125, 0.25))


def srresnet(w, x, kind):
    def conv(path, x, outputs, kernel, bias):
        return w.conv(path, x, outputs, 1, bias, kernel, kernel // 2)

    def block(path, x):
        y = w.norm(f"{path}.norm_in", conv(f"{path}.conv_in", x, 3, 3, False), kind)
        y = conv(f"{path}.conv_out", prelu(w, f"{path}.activation", y), 3, 3, False)
        return w.norm(f"{path}.norm_out", y, kind) + x

    seen = prelu(w, "activation", conv("look", x[:, :, ::4, ::4], 3, 9, True))
    x = block("blocks.1", block("blocks.0", seen))
    x = w.norm("join_norm", conv("join", x, 3, 3, False), kind) + seen
    for idx in range(2):
        x = F.pixel_shuffle(conv(f"up.{idx}.conv", x, 12, 3, True), 2)
        x = prelu(w, f"up.{idx}.activation", x)
    return torch.tanh(conv("paint", x, OUT, 9, True))


def srgan(w, x, kind):
    steps = [(width, stride) for width in [2, 4, 8, 16] for stride in [1, 2]]
    for idx, (width, stride) in enumerate(steps):
        first = idx == 0
        x = w.conv(f"blocks.{idx}.conv", x, width, stride, first, 3)
        x = F.leaky_relu(x if first else w.norm(f"blocks.{idx}.norm", x, kind), 0.2)
    for path, width in [("describe", 32), ("judge", 1)]:
        x = x.flatten(1)
        weight = w.leaf(f"{path}.weight", (x.shape[1], width), 0.25)
        x = x @ weight + w.leaf(f"{path}.bias", (width,), 0.25)
        x = F.leaky_relu(x, 0.2) if path == "describe" else x
    return x[:, :, None, None]


VGG = [2, 2, "M", 4, 4, "M", 8, 8, 8, 8, "M", 16, 16, 16, 16, "M", 16, 16, 16, 16, "M"]


def vgg():
    layers, inputs = [], 3
    for width in VGG:
        if width == "M":
            layers.append(torch.nn.MaxPool2d(2, 2))
        else:
            layers += [torch.nn.Conv2d(inputs, width, 3, padding=1), torch.nn.ReLU()]
            inputs = width
    network = torch.nn.Module()
    network.features = torch.nn.Sequential(*layers).double()
    for parameter in network.parameters():
        parameter.data = grid(rng, parameter.shape, 0.5)
    x = grid(rng, (2, 3, 16, 16), 0.5).requires_grad_()
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64)[:, None, None]
    deviation = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64)[:, None, None]
    normalised = ((x + 1) / 2 - mean) / deviation
    y = network.features[:18](normalised)  # after the activation of the third block's last convolution
    probe = grid(rng, y.shape, 1.0)
    (probe * y).sum().backward()
    state = {name: value.float().contiguous() for name, value in network.state_dict().items()}
    state["classifier.0.weight"] = torch.zeros(2, 2)
    save_file(state, pathlib.Path(__file__).with_name("vgg.safetensors"))
    return {"input": plain(x), "output": plain(y), "probe": plain(probe), "gradient": plain(x.grad)}


def golden(network, channels, kind):
    weights, x = Weights(rng), grid(rng, (2, channels, SIDE, SIDE), 1.0).requires_grad_()
    y = network(weights, x, kind)
    probe = grid(rng, y.shape, 1.0)
    (probe * y).sum().backward()
    leaves = {
        path: {**plain(leaf), "gradient": plain(leaf.grad)["values"]} for path, leaf in weights.items()
    }
    return {
        "input": plain(x),
        "output": plain(y),
        "probe": plain(probe),
        "gradient": plain(x.grad),
        "weights": leaves,
    }


result = {
    "about": f"tests/golden/translation.py, torch {torch.__version__}, numpy {np.__version__}",
    "unet": {kind: golden(unet, IN, kind) for kind in ["batch", "instance"]},
    "patch": {kind: golden(patch, IN + OUT, kind) for kind in ["batch", "instance"]},
    "resnet": {kind: golden(resnet, IN, kind) for kind in ["batch", "instance"]},
    "srresnet": {kind: golden(srresnet, IN, kind) for kind in ["batch", "instance"]},
    "srgan": {"batch": golden(srgan, OUT, "batch")},
    "vgg": vgg(),
}
path = pathlib.Path(__file__).with_name("translation.json")
path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
