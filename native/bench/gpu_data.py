"""gpu_data.py FOLDER OUT: the images and labels of IDX files (*images-idx3-ubyte, *labels-idx1-ubyte, with .gz or not) in FOLDER, one after another, as
OUT/items.bin and OUT/truth.bin."""
import gzip
import pathlib
import sys

folder, out = map(pathlib.Path, sys.argv[1:3])
for kind, header, name in (('images-idx3-ubyte', 16, 'items.bin'), ('labels-idx1-ubyte', 8, 'truth.bin')):
    files = sorted(path for path in folder.iterdir() if path.name.removesuffix('.gz').endswith(kind))
    if not files:
        sys.exit(f'{folder} has no file *{kind} or *{kind}.gz')
    with open(out / name, 'wb') as target:
        for path in files:
            target.write((gzip.open if path.suffix == '.gz' else open)(path, 'rb').read()[header:])
