"""ClustPy's DCN on the same digits and epochs, for scripts/bench/clustpy.ts to compare with.

    clustpy_dcn.py IMAGES.npy PRETRAIN_EPOCHS EPOCHS     prints {"pretrain": samples/s, "joint": samples/s}

Same widths, batch and optimiser (Adam); the k-means between the phases is not counted.
"""
import json
import sys
import time

import numpy
import torch
from clustpy.deep import DCN
from clustpy.deep.neural_networks import FeedforwardAutoencoder

images = numpy.load(sys.argv[1]).reshape(-1, 784).astype(numpy.float32) / 255
pretrain_epochs, epochs = int(sys.argv[2]), int(sys.argv[3])
n = len(images)

autoencoder = FeedforwardAutoencoder(layers=[784, 500, 500, 2000, 10], random_state=0)
start = time.perf_counter()
autoencoder.fit(n_epochs=pretrain_epochs, batch_size=256, optimizer_params={"lr": 1e-3}, data=images)
pretrain = n * pretrain_epochs / (time.perf_counter() - start)


def fit_seconds(count):
    model = DCN(n_clusters=10, batch_size=256, pretrain_epochs=0, clustering_epochs=count, neural_network=autoencoder, random_state=0, device=torch.device("cpu"))
    start = time.perf_counter()
    model.fit(images)
    return time.perf_counter() - start


# What does not belong to the epochs (both k-means, the encoding) is in both runs, and falls out of the difference.
short, long = fit_seconds(1), fit_seconds(1 + epochs)
print(json.dumps({"pretrain": pretrain, "joint": n * epochs / (long - short)}))
