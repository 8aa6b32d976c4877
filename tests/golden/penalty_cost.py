"""What a WGAN-GP critic turn costs beside a plain one in PyTorch, on the critic of
tests/tests/penalty_cost.rs.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch numpy
    /tmp/venv/bin/python tests/golden/penalty_cost.py [threads]
"""

import statistics
import sys
import time

import torch
import torch.nn.functional as F

BATCH, WIDTH, ROUNDS = 64, 32, 20
torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
torch.manual_seed(0)

shapes = [(WIDTH, 1, 4, 4), (2 * WIDTH, WIDTH, 4, 4), (4 * WIDTH, 2 * WIDTH, 3, 3)]
convs = [(0.05 * torch.randn(shape)).requires_grad_() for shape in shapes]
judge = (0.02 * torch.randn(4 * WIDTH * 16, 1)).requires_grad_()
real, fake = 0.5 * torch.randn(2, BATCH, 1, 28, 28)


def critic(x):
    for conv in convs:
        x = F.leaky_relu(F.conv2d(x, conv, stride=2, padding=1), 0.2)
    return x.flatten(1) @ judge


def turn(with_penalty):
    loss = critic(fake).mean() - critic(real).mean()
    if with_penalty:
        points = torch.lerp(fake, real, torch.rand(BATCH, 1, 1, 1)).requires_grad_()
        (g,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
        loss = loss + 10 * ((g.flatten(1).norm(dim=1) - 1) ** 2).mean()
    return torch.autograd.grad(loss, [*convs, judge])


def milliseconds(with_penalty):
    turn(with_penalty)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        turn(with_penalty)
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


plain, penalised = milliseconds(False), milliseconds(True)
print(f"plain {plain:.2f} ms, with WGAN-GP {penalised:.2f} ms: {penalised / plain:.2f} times")
