"""The rounds of `kiln rounds`, in PyTorch: same networks, first weights, samples, latents and losses.

`rounds.py FILE` reads what `kiln rounds --stage FILE` wrote, plays the same first rounds, and then
speaks the same protocol: a line of JSON a line of input. As fast as plain PyTorch goes: fused Adam,
no graph where none is needed, fakes made once a round for both turns, gradients set to none.
"""

import argparse
import json
import resource
import struct
import sys
import time

import numpy
import torch
import torch.nn.functional as F


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    metadata = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors, metadata


class Network:
    """Weights by Kiln's paths, and what is done with them."""

    def __init__(self, side, tensors, layout):
        prefix = f"{side}/network/"
        self.weights, self.statistics, self.vectors = {}, {}, {}
        for name, tensor in tensors.items():
            if not name.startswith(prefix):
                continue
            path = name[len(prefix):].removeprefix("network.")
            kind = path.rsplit(".", 1)[1]
            # Kiln's transposed convolution of a doubled picture keeps the resolution: a plain one.
            if side == "generator" and path.endswith("conv_in.weight"):
                tensor = tensor.transpose(0, 1).flip(2, 3)
            if tensor.dim() == 2:  # linear: PyTorch's rows are the outputs
                tensor = tensor.t()
            tensor = tensor.contiguous()
            if tensor.dim() == 4:
                tensor = tensor.contiguous(memory_format=layout)
            if kind in ("mean", "variance"):
                self.statistics[path] = tensor
            elif kind in ("u", "v"):
                self.vectors[path] = tensor
            else:
                self.weights[path] = tensor.requires_grad_(True)
        self.used = set()
        self.normalised = {}

    def parameters(self):
        return list(self.weights.values())

    def require_grad(self, flag):
        for weight in self.weights.values():
            weight.requires_grad_(flag)

    def weight(self, path):
        self.used.add(path)
        return self.normalised.get(path, self.weights[path])

    def bias(self, path):
        self.used.add(path)
        return self.weights.get(path)

    def normalise(self, iterate):
        """Spectral normalisation: one power iteration a turn; the weights of every pass in it."""
        self.normalised = {}
        for path in [path for path in self.weights if path.endswith(".weight")]:
            layer = path.removesuffix(".weight")
            if f"{layer}.spectral.u" not in self.vectors:
                continue
            weight = self.weights[path]
            matrix = weight.reshape(weight.shape[0], -1)
            u, v = (self.vectors[f"{layer}.spectral.{name}"] for name in "uv")
            if iterate:
                with torch.no_grad():
                    v.copy_(F.normalize(matrix.t().mv(u), dim=0, eps=1e-12))
                    u.copy_(F.normalize(matrix.mv(v), dim=0, eps=1e-12))
            self.normalised[path] = weight / u.dot(matrix.mv(v))

    def linear(self, name, x):
        return F.linear(x, self.weight(f"{name}.weight"), self.bias(f"{name}.bias"))

    def conv(self, name, x, stride=1, padding=None):
        weight = self.weight(f"{name}.weight")
        padding = weight.shape[-1] // 2 if padding is None else padding
        return F.conv2d(x, weight, self.bias(f"{name}.bias"), stride, padding)

    def up(self, name, x):
        weight = self.weight(f"{name}.weight")
        return F.conv_transpose2d(x, weight, self.bias(f"{name}.bias"), 2, 1)

    def norm(self, name, x, keep):
        if f"{name}.gain" not in self.weights:
            return x
        names = (f"{name}.mean", f"{name}.variance")
        mean, variance = (None if keep else self.statistics[path] for path in names)
        gain, shift = self.weight(f"{name}.gain"), self.bias(f"{name}.shift")
        return F.batch_norm(x, mean, variance, gain, shift, True, 0.1, 1e-5)


class Perceptron(Network):
    def forward(self, x, keep=False):
        layers = sum(path.endswith(".weight") for path in self.weights)
        x = x.flatten(1)
        for idx in range(layers - 1):
            x = F.leaky_relu(self.linear(f"layers.{idx}.linear", x), 0.2)
        return self.linear(f"layers.{layers - 1}.linear", x)


class PaintingPerceptron(Perceptron):
    def forward(self, x, keep=False):
        return torch.tanh(super().forward(x, keep)).view(-1, *self.picture)


class DcganGenerator(Network):
    def forward(self, latents, keep=False):
        x = self.linear("project", latents)
        x = x.view(len(latents), -1, 4, 4)
        if self.layout == torch.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        x = F.relu(self.norm("norm", x, keep))
        idx = 0
        while f"blocks.{idx}.conv.weight" in self.weights:
            x = F.relu(self.norm(f"blocks.{idx}.norm", self.up(f"blocks.{idx}.conv", x), keep))
            idx += 1
        return torch.tanh(self.up("paint", x))


class DcganCritic(Network):
    def forward(self, x, keep=False):
        x = F.leaky_relu(self.conv("look", x, 2, 1), 0.2)
        idx = 0
        while f"blocks.{idx}.down.conv.weight" in self.weights:
            name = f"blocks.{idx}.down"
            x = F.leaky_relu(self.norm(f"{name}.norm", self.conv(f"{name}.conv", x, 2, 1), keep), 0.2)
            idx += 1
        return self.linear("judge", x.flatten(1))


class ResnetGenerator(Network):
    def forward(self, latents, keep=False):
        x = self.linear("project", latents).view(len(latents), -1, 4, 4)
        if self.layout == torch.channels_last:
            x = x.contiguous(memory_format=torch.channels_last)
        double = lambda x: F.interpolate(x, scale_factor=2, mode="nearest")
        idx = 0
        while f"blocks.{idx}.conv_in.weight" in self.weights:
            name = f"blocks.{idx}"
            shortcut = double(self.conv(f"{name}.shortcut", x))
            x = self.conv(f"{name}.conv_in", double(F.relu(self.norm(f"{name}.norm_in", x, keep))))
            x = self.conv(f"{name}.conv_out", F.relu(self.norm(f"{name}.norm_out", x, keep)))
            x = x + shortcut
            idx += 1
        return torch.tanh(self.conv("paint", F.relu(self.norm("norm", x, keep))))


class ResnetCritic(Network):
    def forward(self, x, keep=False):
        halve = lambda x: F.avg_pool2d(x, 2)
        idx = 0
        while f"blocks.{idx}.conv_in.weight" in self.weights:
            name = f"blocks.{idx}"
            down = f"{name}.shortcut.weight" in self.weights
            # The mean first: it is the same, and a quarter of the work.
            shortcut = self.conv(f"{name}.shortcut", halve(x)) if down else x
            x = self.conv(f"{name}.conv_in", x if idx == 0 else F.relu(x))
            x = self.conv(f"{name}.conv_out", F.relu(x))
            x = (halve(x) if down else x) + shortcut
            idx += 1
        return self.linear("judge", F.relu(x).sum((2, 3)))


GENERATORS = {"perceptron": PaintingPerceptron, "dcgan": DcganGenerator, "resnet": ResnetGenerator}
CRITICS = {"perceptron": Perceptron, "dcgan": DcganCritic, "resnet": ResnetCritic}

OBJECTIVES = {
    "non-saturating": (
        lambda real, fake: F.softplus(-real).mean() + F.softplus(fake).mean(),
        lambda fake: F.softplus(-fake).mean(),
    ),
    "hinge": (
        lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
        lambda fake: -fake.mean(),
    ),
    "wasserstein": (
        lambda real, fake: fake.mean() - real.mean(),
        lambda fake: -fake.mean(),
    ),
}


class Game:
    def __init__(self, path, layout):
        tensors, metadata = read_safetensors(path)
        config = json.loads(metadata["kiln.config"])
        recipe = config["recipe"]
        self.latents, self.batch = recipe["latents"], config["batch-size"]
        networks = recipe["networks"]
        self.generator = GENERATORS[networks["generator"]["kind"]]("generator", tensors, layout)
        self.critic = CRITICS[networks["critic"]["kind"]]("critic", tensors, layout)
        self.generator.layout = self.critic.layout = layout
        self.averages = [weight.detach().clone() for weight in self.generator.parameters()]
        self.critic_loss, self.generator_loss = OBJECTIVES[recipe["objective"]]
        kinds = [penalty["kind"] for penalty in recipe["penalties"]]
        if kinds not in ([], ["wgan-gp"]):
            sys.exit(f"rounds.py has no penalties {kinds}")
        self.penalty = recipe["penalties"][0]["weight"] if kinds else None
        self.optimisers = {
            side: self.adam(network.parameters(), recipe[side])
            for side, network in (("generator", self.generator), ("critic", self.critic))
        }
        self.rounds = []
        while f"rounds/{len(self.rounds)}/real.0" in tensors:
            name = f"rounds/{len(self.rounds)}"
            real = tensors[f"{name}/real.0"].contiguous(memory_format=layout)
            between = tensors[f"{name}/between.0"].view(-1, 1, 1, 1)
            self.rounds.append((real, tensors[f"{name}/latents.0"], between))
        self.generator.picture = self.rounds[0][0].shape[1:]

    @staticmethod
    def adam(weights, learner):
        optimizer = learner["optimizer"]
        rate, betas = learner["rate"], (optimizer["beta1"], optimizer["beta2"])
        return torch.optim.Adam(weights, rate, betas, optimizer["epsilon"], fused=True)

    def play(self, real, latents, between):
        """A round: the critic's turn, then the generator's, on the same fakes."""
        generator, critic = self.generator, self.critic
        fake = generator.forward(latents)

        critic.normalise(iterate=True)
        seen = fake.detach()
        critic_loss = self.critic_loss(critic.forward(real), critic.forward(seen))
        loss = critic_loss
        if self.penalty is not None:
            points = (seen + (real - seen) * between).requires_grad_(True)
            logits = critic.forward(points, keep=True)
            (slope,) = torch.autograd.grad(logits.sum(), points, create_graph=True)
            loss = loss + self.penalty * (slope.flatten(1).norm(dim=1) - 1).square().mean()
        self.step("critic", loss)

        critic.require_grad(False)
        critic.normalise(iterate=False)
        generator_loss = self.generator_loss(critic.forward(fake, keep=True))
        self.step("generator", generator_loss)
        critic.require_grad(True)
        torch._foreach_lerp_(self.averages, [w.detach() for w in generator.parameters()], 0.01)
        return critic_loss.detach(), generator_loss.detach()

    def step(self, side, loss):
        loss.backward()
        self.optimisers[side].step()
        self.optimisers[side].zero_grad(set_to_none=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    layout = torch.channels_last if arguments.channels_last else torch.contiguous_format
    game = Game(arguments.stage, layout)

    def tell(**words):
        print(json.dumps(words), flush=True)

    for staged in game.rounds:
        tell(losses=[loss.item() for loss in game.play(*staged)])
    for network in (game.generator, game.critic):
        unused = set(network.weights) - network.used
        if unused:
            sys.exit(f"rounds.py does nothing with {sorted(unused)}")
    played = 0
    for line in sys.stdin:
        began, n = time.perf_counter(), int(line)
        for _ in range(n):
            real, _, between = game.rounds[played % len(game.rounds)]
            game.play(real, torch.randn(game.batch, game.latents), torch.rand_like(between))
            played += 1
        tell(seconds=time.perf_counter() - began, samples=n * game.batch)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    tell(**{"peak-bytes": peak})


main()
