"""ClustPy's DCN or VaDE on the same digits and epochs, for scripts/bench/clustpy.ts to compare with.

    clustpy_phases.py dcn|vade IMAGES.npy PRETRAIN_EPOCHS EPOCHS     prints {"pretrain": samples/s, "joint": samples/s}
    clustpy_phases.py dcn|vade IMAGES.npy LABELS.npy                 a whole run with ClustPy's defaults: {"seconds", "acc", "nmi"}

Same widths, batch and optimiser (Adam); what starts the clusters between the phases is not counted.
"""
import json
import sys
import time

import numpy
import torch
from clustpy.deep import DCN, VaDE
from clustpy.deep.neural_networks import FeedforwardAutoencoder, VariationalAutoencoder

method = sys.argv[1]
images = numpy.load(sys.argv[2]).reshape(-1, 784).astype(numpy.float32) / 255
n, layers = len(images), [784, 500, 500, 2000, 10]
device = torch.device("cpu")


def phases(pretrain_epochs, epochs):
    if method == "dcn":
        network, make, loss = FeedforwardAutoencoder(layers=layers, random_state=0), DCN, torch.nn.MSELoss()
    else:
        network, make, loss = VariationalAutoencoder(layers=layers, random_state=0), VaDE, torch.nn.BCELoss(reduction="sum")
    start = time.perf_counter()
    network.fit(n_epochs=pretrain_epochs, batch_size=256, optimizer_params={"lr": 1e-3}, ssl_loss_fn=loss, data=images)
    pretrain = n * pretrain_epochs / (time.perf_counter() - start)

    def fit_seconds(count):
        model = make(n_clusters=10, batch_size=256, pretrain_epochs=0, clustering_epochs=count, neural_network=network, random_state=0, device=device)
        start = time.perf_counter()
        model.fit(images)
        return time.perf_counter() - start

    # What does not belong to the epochs (the clusters' start, the encoding) is in both runs, and falls out of the difference.
    short, long = fit_seconds(1), fit_seconds(1 + epochs)
    return {"pretrain": pretrain, "joint": n * epochs / (long - short)}


def whole(labels):
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import confusion_matrix, normalized_mutual_info_score

    start = time.perf_counter()
    model = (DCN if method == "dcn" else VaDE)(n_clusters=10, random_state=0, device=device)
    model.fit(images)
    seconds = time.perf_counter() - start
    counts = confusion_matrix(labels, model.labels_)
    matched = counts[linear_sum_assignment(counts, maximize=True)].sum()
    return {"seconds": seconds, "acc": float(matched / n), "nmi": normalized_mutual_info_score(labels, model.labels_)}


print(json.dumps(phases(int(sys.argv[3]), int(sys.argv[4])) if len(sys.argv) > 4 else whole(numpy.load(sys.argv[3]))))
