"""What Python does with the same items, for scripts/bench/graph.ts to compare with.

    graph_peers.py faiss ITEMS.npy K OUT.npy       writes the distances [n, k], prints {"seconds": ...}
    graph_peers.py sklearn ITEMS.npy CLUSTERS      prints {"seconds": ...}
"""
import json
import os
import sys
import time

import numpy

what, items = sys.argv[1], numpy.load(sys.argv[2]).astype(numpy.float32)
items = items.reshape(len(items), -1)
if what == "faiss":
    import faiss

    faiss.omp_set_num_threads(os.cpu_count())
    start = time.perf_counter()
    index = faiss.IndexFlatL2(items.shape[1])
    index.add(items)
    squared, _ = index.search(items, int(sys.argv[3]) + 1)  # itself included
    seconds = time.perf_counter() - start
    numpy.save(sys.argv[4], numpy.sqrt(numpy.maximum(squared[:, 1:], 0)))
else:
    from sklearn.cluster import SpectralClustering

    start = time.perf_counter()
    SpectralClustering(int(sys.argv[3]), assign_labels="kmeans", affinity="nearest_neighbors", n_jobs=-1, random_state=0).fit(items)
    seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds}))
