"""What one update costs, ours beside the plain Eigen loop, torch, River and scikit-learn: one sample at a time, predicted
before it is learned, CPU time of one thread, medians over rounds in which all take turns. Called by ./dev bench updates.
"""

import argparse
import math
import pathlib
import statistics
import subprocess
import sys
import time

import numpy
import river
import scipy.sparse
import sklearn
import torch
from river import linear_model, optim
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from machine import machine

RATES = {"sgd": 0.02, "adam": 0.001, "adagrad": 0.01, "ftrl": 0.1}
FIRST = 1000  # Updates whose mean loss is shown, and which nobody's time counts.
# Name: sparse, samples, features, values in a sample, hidden layers, updates of the compiled.
CASES = {
    "dense, d = 20": (False, 4000, 20, 20, [], 400_000),
    "dense, d = 1000": (False, 500, 1000, 1000, [], 40_000),
    "sparse, 30 of 2^18": (True, 4000, 2**18, 30, [], 200_000),
    "MLP 64-32, d = 20": (False, 4000, 20, 20, [64, 32], 40_000),
}
torch.set_num_threads(1)


class Samples:
    def __init__(self, case):
        self.sparse, count, self.width, values, self.hidden, self.updates = case
        draw = numpy.random.default_rng(1)
        weights = draw.normal(size=self.width)
        self.values = draw.normal(size=(count, values)).astype(numpy.float32)
        self.at = None
        if self.sparse:
            self.at = numpy.sort(numpy.stack([draw.choice(self.width, values, replace=False) for _ in range(count)]), axis=1)
        scores = (self.values * (weights[self.at] if self.sparse else weights)).sum(axis=1)
        self.labels = (scores + draw.normal(size=count) * math.sqrt(values) / 3 > 0).astype(numpy.float32)

    def write(self, path):
        with open(path, "w") as out:
            print(int(self.sparse), len(self.labels), self.width, self.values.shape[1], file=out)
            for i, label in enumerate(self.labels):
                at = [] if self.at is None else self.at[i].tolist()
                print(int(label), *at, *(repr(float(v)) for v in self.values[i]), file=out)


def timed(update, count, seconds):
    """Nanoseconds of CPU an update, and the mean loss of the first ones; `update(i)` learns sample i and returns its loss."""
    loss = sum(update(i % count) for i in range(FIRST)) / FIRST
    done, begun = 0, time.process_time()
    while time.process_time() - begun < seconds:
        for _ in range(50):
            update(done % count)
            done += 1
    return (time.process_time() - begun) / done * 1e9, loss


def torch_update(samples, optimizer):
    rate = RATES[optimizer]
    labels = torch.tensor(samples.labels)
    values = torch.tensor(samples.values)
    criterion = torch.nn.functional.binary_cross_entropy_with_logits
    if samples.sparse:
        model = torch.nn.EmbeddingBag(samples.width, 1, mode="sum", sparse=True)
        torch.nn.init.zeros_(model.weight)
        bias = torch.nn.Parameter(torch.zeros(1))
        at = torch.tensor(samples.at)
        kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.SparseAdam, "adagrad": torch.optim.Adagrad}
        dense = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adagrad": torch.optim.Adagrad}
        steps = [kinds[optimizer](model.parameters(), lr=rate), dense[optimizer]([bias], lr=rate)]
        forward = lambda i: model(at[i : i + 1], per_sample_weights=values[i : i + 1])[0] + bias
    else:
        sizes = [samples.width, *samples.hidden, 1]
        parts = []
        for j in range(len(sizes) - 1):
            parts += [torch.nn.Linear(sizes[j], sizes[j + 1]), torch.nn.ReLU()]
        model = torch.nn.Sequential(*parts[:-1])
        if not samples.hidden:
            torch.nn.init.zeros_(model[0].weight)
            torch.nn.init.zeros_(model[0].bias)
        kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adagrad": torch.optim.Adagrad}[optimizer]
        steps = [kind(model.parameters(), lr=rate, fused=True)]
        forward = lambda i: model(values[i])

    def update(i):
        loss = criterion(forward(i), labels[i : i + 1])
        for step in steps:
            step.zero_grad()
        loss.backward()
        for step in steps:
            step.step()
        return loss.item()

    return update


def river_update(samples, optimizer):
    rate = RATES[optimizer]
    # FTRL's alpha is the rate; beta and the first sum as ours, no regularisation.
    kinds = {
        "sgd": lambda: optim.SGD(rate),
        "adam": lambda: optim.Adam(rate),
        "adagrad": lambda: optim.AdaGrad(rate),
        "ftrl": lambda: optim.FTRLProximal(alpha=rate, beta=0.316, l1=0, l2=0),
    }
    model = linear_model.LogisticRegression(optimizer=kinds[optimizer](), intercept_lr=rate)
    names = range(samples.values.shape[1])
    given = [dict(zip(names if samples.at is None else samples.at[i].tolist(), samples.values[i].tolist())) for i in range(len(samples.labels))]
    labels = [bool(label) for label in samples.labels]

    def update(i):
        p = model.predict_proba_one(given[i])[labels[i]]
        model.learn_one(given[i], labels[i])
        return -math.log(max(p, 1e-12))

    return update


def sklearn_model(samples, optimizer):
    if samples.hidden:
        return MLPClassifier(samples.hidden, solver=optimizer, learning_rate_init=RATES[optimizer], momentum=0, alpha=0, batch_size=1, shuffle=False)
    return SGDClassifier(loss="log_loss", penalty=None, learning_rate="constant", eta0=RATES[optimizer], shuffle=False)


def sklearn_rows(samples):
    if not samples.sparse:
        return samples.values
    count, each = samples.values.shape
    return scipy.sparse.csr_matrix((samples.values.ravel(), samples.at.ravel(), numpy.arange(0, count * each + 1, each)), (count, samples.width))


def sklearn_update(samples, optimizer):
    model, rows, labels = sklearn_model(samples, optimizer), sklearn_rows(samples), samples.labels.astype(int)
    each = [rows[i : i + 1] for i in range(len(labels))]
    model.partial_fit(each[0], labels[:1], classes=[0, 1])

    def update(i):
        p = model.predict_proba(each[i])[0][labels[i]]
        model.partial_fit(each[i], labels[i : i + 1])
        return -math.log(max(p, 1e-12))

    return update


def sklearn_blocks(samples, optimizer, seconds):
    """An update for each sample too, but all rows in one call and none of them predicted first."""
    model, rows, labels = sklearn_model(samples, optimizer), sklearn_rows(samples), samples.labels.astype(int)
    model.partial_fit(rows, labels, classes=[0, 1])
    done, begun = 0, time.process_time()
    while time.process_time() - begun < seconds:
        model.partial_fit(rows, labels)
        done += len(labels)
    return (time.process_time() - begun) / done * 1e9, float("nan")


def compiled(options, samples, optimizer, path, batch=1):
    hidden = ",".join(str(units) for units in samples.hidden)
    command = [options.program, path, optimizer, str(RATES[optimizer]), str(samples.updates), hidden, str(batch)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    return {name: (float(each), float(loss)) for name, each, loss in lines}


def one_round(options, samples, optimizer, path):
    out = compiled(options, samples, optimizer, path)
    count = len(samples.labels)
    if optimizer != "ftrl":
        out["torch"] = timed(torch_update(samples, optimizer), count, options.seconds)
    if not samples.hidden:
        out["river"] = timed(river_update(samples, optimizer), count, options.seconds)
    if optimizer == "sgd" or (optimizer == "adam" and samples.hidden):
        out["sklearn"] = timed(sklearn_update(samples, optimizer), count, options.seconds)
        out["sklearn blocks"] = sklearn_blocks(samples, optimizer, options.seconds)
    return out


def cell(rounds, who):
    """Median time, and how many times ours (`update`) that is: the median over the rounds."""
    if who not in rounds[0]:
        return "-"
    each = statistics.median(one[who][0] for one in rounds)
    ratio = statistics.median(one[who][0] / one["update"][0] for one in rounds)
    return f"{each:,.0f} ({ratio:,.2f}x)" if ratio < 10 else f"{each:,.0f} ({ratio:,.0f}x)"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--place", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.2, help="CPU time for each Python peer and round")
    parser.add_argument("--batch", type=int, default=1, help="more than one: the MLP in batches, beside torch alone")
    options = parser.parse_args()
    if options.batch > 1:
        import batches

        return batches.run(options)
    print(f"{machine()}, torch {torch.__version__}, River {river.__version__}, scikit-learn {sklearn.__version__}\n")
    others = ["learner", "torch", "river", "sklearn", "sklearn blocks"]
    print("| case | optimizer | update | plain Eigen | update / Eigen (spread) | whole learner | torch | River | scikit-learn | scikit-learn, all rows a call |")
    print("|---" * 10 + "|")
    for name, case in CASES.items():
        samples = Samples(case)
        path = options.place / "updates.txt"
        samples.write(path)
        for optimizer in RATES:
            rounds = [one_round(options, samples, optimizer, path) for _ in range(options.rounds)]
            ratios = sorted(one["update"][0] / one["eigen"][0] for one in rounds)
            row = [f"{statistics.median(one[who][0] for one in rounds):,.0f}" for who in ("update", "eigen")]
            row.append(f"**{statistics.median(ratios):.2f}** ({ratios[0]:.2f}-{ratios[-1]:.2f})")
            print(f"| {name} | {optimizer} | " + " | ".join(row + [cell(rounds, who) for who in others]) + " |", flush=True)
            print(f"{name}, {optimizer}: loss", {who: round(found[1], 4) for who, found in rounds[-1].items()}, file=sys.stderr)


if __name__ == "__main__":
    main()
