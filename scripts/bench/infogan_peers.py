"""InfoGAN's training step in Python, for scripts/bench/steps.ts to compare with.

    infogan_peers.py WHAT STEPS      prints {"what": ..., "milliseconds": [one per step]}

WHAT: fused (PyTorch at its best: dense layers as Linear, channels_last, fused Adam, no gradients of the discriminator's weights in the
generator's step), autocast (the same in bfloat16), eager (its default Adam and layout), port (as common ports write it: dense layers as
1x1 and 7x7 convolutions, the default Adam, every gradient). Networks, losses, noise, batch 128 and one set of generated items per step
are ours; bytes are gathered and scaled as we do it.
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

BATCH, NOISE = 128, 62


def leaky(x):
    return F.leaky_relu(x, 0.1)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.ModuleList([nn.Linear(74, 1024, bias=False), nn.Linear(1024, 6272, bias=False)])
        self.norms = nn.ModuleList([nn.BatchNorm1d(1024), nn.BatchNorm1d(6272), nn.BatchNorm2d(64)])
        self.inner, self.outer = nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False), nn.ConvTranspose2d(64, 1, 4, 2, 1)

    def forward(self, z, layout):
        h = F.relu(self.norms[0](self.dense[0](z)))
        h = F.relu(self.norms[1](self.dense[1](h))).view(-1, 128, 7, 7).contiguous(memory_format=layout)
        return torch.sigmoid(self.outer(F.relu(self.norms[2](self.inner(h)))).float())


class Trunk(nn.Module):
    def __init__(self):
        super().__init__()
        self.outer, self.inner, self.dense = nn.Conv2d(1, 64, 4, 2, 1), nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.Linear(6272, 1024, bias=False)
        self.norms = nn.ModuleList([nn.BatchNorm2d(128), nn.BatchNorm1d(1024)])

    def forward(self, x, layout):
        h = leaky(self.outer(x)).contiguous(memory_format=layout)
        return leaky(self.norms[1](self.dense(leaky(self.norms[0](self.inner(h))).flatten(1))))


class PortGenerator(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(74, 1024, 1, 1, bias=False), nn.BatchNorm2d(1024), nn.ReLU(),
            nn.ConvTranspose2d(1024, 128, 7, 1, bias=False), nn.BatchNorm2d(128), nn.ReLU(),
            nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
            nn.ConvTranspose2d(64, 1, 4, 2, 1, bias=False), nn.Sigmoid())

    def forward(self, z, layout):
        return self.layers(z.view(-1, 74, 1, 1))


class PortTrunk(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.1),
            nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.LeakyReLU(0.1),
            nn.Conv2d(128, 1024, 7, bias=False), nn.BatchNorm2d(1024), nn.LeakyReLU(0.1))

    def forward(self, x, layout):
        return self.layers(x).flatten(1)


def information(outputs, categories, numbers):
    outputs = outputs.float()
    return F.cross_entropy(outputs[:, :10], categories) + 0.5 * (outputs[:, 10:] - numbers).square().sum(1).mean()


def main():
    what, steps = sys.argv[1], int(sys.argv[2])
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    port, best = what == "port", what in ("fused", "autocast")
    layout = torch.channels_last if best else torch.contiguous_format
    generator, trunk = (PortGenerator(), PortTrunk()) if port else (Generator(), Trunk())
    head = nn.Linear(1024, 1)
    auxiliary = nn.Sequential(nn.Linear(1024, 128, bias=False), nn.BatchNorm1d(128), nn.LeakyReLU(0.1), nn.Linear(128, 12))
    seeing = [*trunk.parameters(), *head.parameters()]
    of_trunk = torch.optim.Adam([*seeing, *auxiliary.parameters()], lr=2e-4, betas=(0.5, 0.999), fused=best)
    of_generator = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.999), fused=best)
    data = torch.randint(0, 256, (BATCH * 80, 784), dtype=torch.uint8)
    milliseconds, order = [], None
    for step in range(steps):
        start = time.perf_counter()
        if step % 80 == 0:
            order = torch.randperm(len(data))
        real = data[order[step % 80 * BATCH:][:BATCH]].float().mul_(1 / 255).view(-1, 1, 28, 28)
        categories, numbers = torch.randint(10, (BATCH,)), torch.rand(BATCH, 2) * 2 - 1
        latents = torch.cat([torch.rand(BATCH, NOISE) * 2 - 1, F.one_hot(categories, 10).float(), numbers], 1)
        with torch.autocast("cpu", torch.bfloat16, enabled=what == "autocast"):
            generated = generator(latents, layout)
            of_real, of_generated = trunk(real, layout), trunk(generated.detach(), layout)
            loss = F.softplus(-head(of_real).float()).mean() + F.softplus(head(of_generated).float()).mean() + information(auxiliary(of_generated), categories, numbers)
        of_trunk.zero_grad(set_to_none=True)
        loss.backward()
        of_trunk.step()
        for parameter in seeing if best else []:
            parameter.requires_grad_(False)
        with torch.autocast("cpu", torch.bfloat16, enabled=what == "autocast"):
            features = trunk(generated, layout)
            loss = F.softplus(-head(features).float()).mean() + information(auxiliary(features), categories, numbers)
        of_generator.zero_grad(set_to_none=True)
        loss.backward()
        of_generator.step()
        for parameter in seeing if best else []:
            parameter.requires_grad_(True)
        milliseconds.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"what": what, "milliseconds": milliseconds}))


main()
