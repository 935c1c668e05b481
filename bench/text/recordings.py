"""The same samples in Vowpal Wabbit's text, as JSON lines and as CSV; dense ones, and sparse ones in VW's text alone."""

import random
import sys

DENSE_FEATURES = 20
SPARSE_FEATURES, SPARSE_NAMES = 30, 2**18


def dense_rows(samples):
    draw = random.Random(1)
    weights = [draw.gauss(0, 1) for _ in range(DENSE_FEATURES)]
    for _ in range(samples):
        x = [draw.gauss(0, 1) for _ in range(DENSE_FEATURES)]
        yield x, sum(a * b for a, b in zip(weights, x)) + draw.gauss(0, 1) > 0


def write_dense(place, samples):
    """Paths by format."""
    paths = {kind: place / f"d{DENSE_FEATURES}-{samples}.{kind}" for kind in ("vw", "jsonl", "csv")}
    if all(path.exists() for path in paths.values()):
        return paths
    print(f"writing {samples} samples of {DENSE_FEATURES} features ...", file=sys.stderr)
    with open(paths["vw"], "w") as vw, open(paths["jsonl"], "w") as jsonl, open(paths["csv"], "w") as csv:
        for x, y in dense_rows(samples):
            texts = [f"{value:.6g}" for value in x]
            fields = ",".join(f'"x{j}":{text}' for j, text in enumerate(texts))
            jsonl.write(f'{{{fields},"y":{int(y)}}}\n')
            csv.write(",".join(texts) + f",{int(y)}\n")
            vw.write(f"{'1' if y else '-1'} | " + " ".join(f"x{j}:{text}" for j, text in enumerate(texts)) + "\n")
    return paths


def write_sparse(place, samples):
    path = place / f"sparse{SPARSE_FEATURES}-{samples}.vw"
    if path.exists():
        return {"vw": path}
    print(f"writing {samples} samples of {SPARSE_FEATURES} of {SPARSE_NAMES} features ...", file=sys.stderr)
    draw = random.Random(2)
    weights = [draw.gauss(0, 1) for _ in range(SPARSE_NAMES)]
    with open(path, "w") as out:
        for _ in range(samples):
            # Some names come often and most seldom, as words do.
            at = {int(SPARSE_NAMES * draw.random() ** 4) for _ in range(SPARSE_FEATURES)}
            x = {j: draw.gauss(0, 1) for j in at}
            y = sum(weights[j] * value for j, value in x.items()) + draw.gauss(0, 1) > 0
            out.write(f"{'1' if y else '-1'} | " + " ".join(f"f{j}:{value:.6g}" for j, value in x.items()) + "\n")
    return {"vw": path}
