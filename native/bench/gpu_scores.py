"""gpu_scores.py FOLDER: accuracy and normalised mutual information of FOLDER/*.labels (int32) by FOLDER/truth.bin (bytes), as a table in Markdown."""
import array
import collections
import math
import pathlib
import sys


def accuracy(counts, clusters, classes, n):
    """Of the best one-to-one match of clusters and classes, by dynamic programming over the sets of classes that are taken."""
    best = {0: 0}
    for cluster in range(clusters):
        ahead = dict(best)  # a cluster may stay without a class
        for taken, right in best.items():
            for label in range(classes):
                if not taken >> label & 1:
                    key = taken | 1 << label
                    ahead[key] = max(ahead.get(key, 0), right + counts[cluster, label])
        best = ahead
    return max(best.values()) / n


def information(counts, n):
    """I(cluster; class) over the arithmetic mean of both entropies."""
    rows, columns = collections.Counter(), collections.Counter()
    for (cluster, label), count in counts.items():
        rows[cluster] += count
        columns[label] += count

    def entropy(sizes):
        return -sum(size / n * math.log(size / n) for size in sizes.values())

    mutual = sum(count / n * math.log(count * n / (rows[cluster] * columns[label])) for (cluster, label), count in counts.items())
    mean = (entropy(rows) + entropy(columns)) / 2
    return mutual / mean if mean > 0 else 1.0


folder = pathlib.Path(sys.argv[1])
truth = (folder / 'truth.bin').read_bytes()
runs = sorted(folder.glob('*.labels'))
if not runs:
    sys.exit()
print('\n| run | ACC | NMI |\n|---|---:|---:|')
for path in runs:
    labels = array.array('i', path.read_bytes())
    if len(labels) != len(truth):
        sys.exit(f'{path} has {len(labels)} labels for {len(truth)} items')
    counts = collections.Counter(zip(labels, truth))
    print(f'| {path.stem} | {accuracy(counts, max(labels) + 1, max(truth) + 1, len(truth)):.4f} | {information(counts, len(truth)):.4f} |')
