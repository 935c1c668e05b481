#!/usr/bin/env python3
"""Frozen boosted trees kept alive by an online linear correction (`schema.offset`), beside what else one could do.

    pip install scikit-learn==1.9.1 numpy==2.4.6
    python3 bench/offset.py build/release/rekindle FOLDER

FOLDER holds elec2.csv and weather.csv: a header, features, then the class (0 or 1) as the last column. The trees learn the
first fifth of the stream; everything is measured on the other four fifths, each sample predicted before it is learned.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier

STREAMS = ["elec2", "weather"]
FIRST = 0.2  # Share of the stream that the trees are trained on.
REFIT = 0.05  # Share after which they are trained anew.
SINGLE = '[drift]\npolicy = "none"\n[optimizer]\ntype = "{optimizer}"\n[schedule]\ntype = "constant"\nlr = {rate}\n'
RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]


def trees(x, y):
    return HistGradientBoostingClassifier(random_state=1).fit(x, y)


def refitted(x, y, first, window):
    """Margins by trees that were trained on what came before: all of it, or the last `window` samples."""
    step = int(REFIT * len(y))
    margins = numpy.zeros(len(y))
    for begin in range(first, len(y), step):
        known = slice(max(0, begin - window) if window else 0, begin)
        end = min(begin + step, len(y))
        margins[begin:end] = trees(x[known], y[known]).decision_function(x[begin:end])
    return margins


class Replay:
    def __init__(self, program, folder, x, y):
        self.program, self.folder, self.x, self.y = program, folder, x, y
        self.names = [f"x{j}" for j in range(x.shape[1])]

    def right(self, begin, end, margins=None, learning="", as_feature=False):
        """How many of the samples the program predicts rightly; nothing known before `begin`."""
        recording, configuration = self.folder / "s.csv", self.folder / "r.toml"
        with open(recording, "w") as out:
            print(",".join(self.names + ["margin", "y"]), file=out)
            for i in range(begin, end):
                margin = 0.0 if margins is None else float(margins[i])
                print(",".join(repr(float(v)) for v in self.x[i]) + f",{margin!r},{self.y[i]}", file=out)
        features = [*self.names, "margin"] if as_feature else self.names
        offset = "" if margins is None or as_feature else 'offset = "margin"\n'
        configuration.write_text(
            '[source]\ntype = "file"\npath = "s.csv"\nformat = "csv"\n[schema]\ntask = "binary"\nlabel = "y"\n'
            f"features = {json.dumps(features)}\n{offset}{learning}")
        command = [self.program, "replay", "-c", configuration, "--from", recording, "--json"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        return round(json.loads(done.stdout)["metrics"]["accuracy"] * (end - begin))

    def best(self, begin, end, optimizer, margins):
        """Of the constant rates, known only in hindsight: what it predicts rightly, and the rate."""
        return max((self.right(begin, end, margins, SINGLE.format(optimizer=optimizer, rate=rate)), rate) for rate in RATES)


def measure(program, path, folder):
    data = numpy.loadtxt(path, delimiter=",", skiprows=1)
    x, y = data[:, :-1], data[:, -1].astype(int)
    first, samples = int(FIRST * len(y)), len(y)
    rest = samples - first
    frozen = trees(x[:first], y[:first]).decision_function(x)
    whole, window = refitted(x, y, first, 0), refitted(x, y, first, first)
    replay = Replay(program, folder, x, y)
    accuracy = lambda margins: float(numpy.mean((margins[first:] > 0) == y[first:]))
    rows = {
        "the last label again": float(numpy.mean(y[first - 1:-1] == y[first:])),
        "trees, frozen": accuracy(frozen),
        "trees, refit every 5 % on all so far": accuracy(whole),
        "trees, refit every 5 % on the last fifth": accuracy(window),
        "online alone, from nothing": replay.right(first, samples) / rest,
        "online alone, has learned the first fifth too": (replay.right(0, samples) - replay.right(0, first)) / rest,
        "**frozen trees, corrected online**": replay.right(first, samples, frozen) / rest,
        "refit trees (all so far), corrected online": replay.right(first, samples, whole) / rest,
        "frozen trees' margin as one more feature": replay.right(first, samples, frozen, as_feature=True) / rest,
    }
    for optimizer in ("sgd", "rmsprop"):
        for title, margins in (("online alone", None), ("frozen trees, corrected online", frozen)):
            right, rate = replay.best(first, samples, optimizer, margins)
            rows[f"{title}: {optimizer} at the best of 6 constant rates"] = f"{right / rest:.4f} ({rate})"
    return rows


def main(program, source):
    found = {}
    with tempfile.TemporaryDirectory() as name:
        for stream in STREAMS:
            found[stream] = measure(pathlib.Path(program).resolve(), pathlib.Path(source) / f"{stream}.csv", pathlib.Path(name))
    print(f"| way | {' | '.join(STREAMS)} |\n|---|{'---|' * len(STREAMS)}")
    for title in found[STREAMS[0]]:
        cells = [found[stream][title] for stream in STREAMS]
        print(f"| {title} | " + " | ".join(one if isinstance(one, str) else f"{one:.4f}" for one in cells) + " |")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
