"""What a sample costs where an MLP learns it in batches, ours beside torch at its best: fused optimizers, compiled or not, one
thread or two. Each sample is predicted before its batch is learned. Called by ./dev bench updates --batch N.
"""

import statistics
import sys
import time

import torch

from peers import FIRST, RATES, Samples, compiled, machine

CASE = (False, 4096, 20, 20, [64, 32], 200_000)


class Torch:
    def __init__(self, samples, optimizer, batch, compile_it):
        self.values, self.labels = torch.tensor(samples.values), torch.tensor(samples.labels)
        sizes = [samples.width, *samples.hidden, 1]
        parts = []
        for inputs, outputs in zip(sizes, sizes[1:]):
            parts += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
        model = torch.nn.Sequential(*parts[:-1])
        kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adagrad": torch.optim.Adagrad}[optimizer]
        self.step = kind(model.parameters(), lr=RATES[optimizer], fused=True)
        criterion = torch.nn.functional.binary_cross_entropy_with_logits
        loss = lambda x, y: criterion(model(x)[:, 0], y)
        self.loss = torch.compile(loss) if compile_it else loss
        self.batch, self.at = batch, 0

    def update(self):
        """The mean loss of the batch before it was learned, as a tensor."""
        x, y = self.values[self.at : self.at + self.batch], self.labels[self.at : self.at + self.batch]
        self.at = (self.at + self.batch) % (len(self.labels) - len(self.labels) % self.batch)
        loss = self.loss(x, y)
        self.step.zero_grad()
        loss.backward()
        self.step.step()
        return loss.item()


def torch_each(samples, optimizer, batch, seconds, compile_it, threads):
    """Nanoseconds a sample: CPU time with one thread, wall time with two. And the mean loss of the first samples."""
    torch.set_num_threads(threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    model = Torch(samples, optimizer, batch, compile_it)
    loss = statistics.mean(model.update() for _ in range(max(1, FIRST // batch)))
    done, begun = 0, clock()
    while clock() - begun < seconds:
        for _ in range(20):
            model.update()
        done += 20
    return (clock() - begun) / (done * batch) * 1e9, loss


WAYS = {"eager, 1 thread": (False, 1), "eager, 2 threads": (False, 2), "compiled, 1 thread": (True, 1), "compiled, 2 threads": (True, 2)}


def run(options):
    samples = Samples(CASE)
    path = options.place / "batches.txt"
    samples.write(path)
    print(machine(), f"torch {torch.__version__}\n")
    print(f"| MLP 64-32, d = 20, batch {options.batch} | ours, ns a sample | torch | torch / ours (spread) | its best way | loss, first {FIRST} |\n|---|---|---|---|---|---|")
    for optimizer in ("sgd", "adam", "adagrad"):
        rounds = []
        for i in range(options.rounds):
            one = {}
            sides = [
                lambda: one.update(ours=compiled(options, samples, optimizer, path, options.batch)["update"]),
                lambda: one.update({way: torch_each(samples, optimizer, options.batch, options.seconds, *how) for way, how in WAYS.items()}),
            ]
            for side in sides[:: -1 if i % 2 else 1]:
                side()
            rounds.append(one)
        best = min(WAYS, key=lambda way: statistics.median(one[way][0] for one in rounds))
        ratios = sorted(one[best][0] / one["ours"][0] for one in rounds)
        losses = [statistics.median(one[who][1] for one in rounds) for who in ("ours", best)]
        each = [statistics.median(one[who][0] for one in rounds) for who in ("ours", best)]
        if losses[0] > losses[1] + 0.1:  # Of weights drawn otherwise, after few steps.
            sys.exit(f"{optimizer}: ours learned worse ({losses}); a speed would mean nothing")
        print(f"| {optimizer} | {each[0]:,.0f} | {each[1]:,.0f} | **{statistics.median(ratios):.2f}x** ({ratios[0]:.2f}-{ratios[-1]:.2f}) | {best} | {losses[0]:.3f}, {losses[1]:.3f} |", flush=True)
