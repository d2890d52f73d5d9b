"""The same training steps in Python, for scripts/bench/steps.ts to compare with.

    peers.py WHAT STEPS      prints {"what": ..., "milliseconds": [one per step]}

WHAT: eager (PyTorch, its default Adam), fused (its fused Adam), autocast (bfloat16 autocast and fused Adam), dcn-fused,
vade-fused. Network 784-500-500-2000-10 and its mirror, batch 256, squared error (VaDE: cross-entropy); bytes are gathered and scaled as we do it.
"""
import json
import sys
import time

import torch

BATCH = 256
SIZES = [784, 500, 500, 2000, 10]


def mlp(sizes):
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(torch.nn.Linear(sizes[i], sizes[i + 1]))
        if i + 2 < len(sizes):
            layers.append(torch.nn.ReLU(inplace=True))
    return torch.nn.Sequential(*layers)


def vade_loss(x, encoder, head, decoder, prior):
    """The exact negative ELBO, in log space, with its terms gathered."""
    logits, means, log_variances = prior
    h = encoder[:-1](x)
    mean, log_variance = encoder[-1](h), head(h)
    z = mean + (log_variance / 2).exp() * torch.randn_like(mean)
    reconstruction = torch.nn.functional.binary_cross_entropy_with_logits(decoder(z), x, reduction="sum") / len(x)
    precision = (-log_variances).exp()

    def distances(first, second):
        return second @ precision.T - 2 * first @ (means * precision).T + (means.square() * precision).sum(1)

    log_weights = logits.log_softmax(0)
    log_gamma = (log_weights - 0.5 * (log_variances.sum(1) + distances(z, z.square()))).log_softmax(1)
    gamma = log_gamma.exp()
    divergence = 0.5 * (log_variances.sum(1) - (log_variance + 1).sum(1, keepdim=True) + distances(mean, mean.square() + log_variance.exp()))
    return reconstruction + ((gamma * divergence).sum(1) + (gamma * (log_gamma - log_weights)).sum(1)).mean()


def main():
    what, steps = sys.argv[1], int(sys.argv[2])
    torch.manual_seed(0)
    torch.set_flush_denormal(True)
    encoder, decoder = mlp(SIZES), mlp(SIZES[::-1])
    parameters = list(encoder.parameters()) + list(decoder.parameters())
    vade = what == "vade-fused"
    if vade:
        head = torch.nn.Linear(SIZES[-2], SIZES[-1])
        prior = [torch.nn.Parameter(torch.zeros(10)), torch.nn.Parameter(torch.randn(10, 10)), torch.nn.Parameter(torch.zeros(10, 10))]
        parameters += list(head.parameters()) + prior
    optimizer = torch.optim.Adam(parameters, lr=1e-3, fused=what != "eager")
    data = torch.randint(0, 256, (BATCH * 40, 784), dtype=torch.uint8)
    centroids, counts = torch.randn(10, 10), torch.full((10,), 100.0)
    assignments = torch.randint(0, 10, (len(data),))
    milliseconds, order = [], None
    for step in range(steps):
        start = time.perf_counter()
        if step % 40 == 0:
            order = torch.randperm(len(data))
        index = order[step % 40 * BATCH:][:BATCH]
        x = data[index].float().mul_(1 / 255)
        if vade:
            loss = vade_loss(x, encoder, head, decoder, prior)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            milliseconds.append((time.perf_counter() - start) * 1e3)
            continue
        with torch.autocast("cpu", torch.bfloat16, enabled=what == "autocast"):
            z = encoder(x)
            output = decoder(z)
        loss = torch.nn.functional.mse_loss(output.float(), x, reduction="sum") / BATCH
        if what == "dcn-fused":
            loss = loss + 10 * torch.nn.functional.mse_loss(z, centroids[assignments[index]], reduction="sum") / BATCH
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if what == "dcn-fused":
            with torch.no_grad():
                nearest = torch.cdist(z, centroids).argmin(1)
                assignments[index] = nearest
                indicator = torch.nn.functional.one_hot(nearest, 10).float()
                members = indicator.sum(0)
                centroids = (counts[:, None] * centroids + indicator.T @ z) / (counts + members)[:, None]
                counts += members
        milliseconds.append((time.perf_counter() - start) * 1e3)
    print(json.dumps({"what": what, "milliseconds": milliseconds}))


main()
