#!/usr/bin/env python3
"""Tables and charts of docs/policy.md from what the policy suite wrote with --cells.

    pip install matplotlib==3.11.2
    ./dev bench policy --seeds 5 --cells linear.csv FOLDER
    ./dev bench policy --seeds 3 --hidden 32 --cells mlp.csv FOLDER
    python3 bench/policy/charts.py docs/images linear.csv mlp.csv     # tables to standard output
"""
import collections
import csv
import math
import pathlib
import statistics
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

OPTIMIZERS = ["sgd", "rmsprop", "adam", "adagrad"]
KINDS = ["abrupt", "gradual", "stationary", "blip", "real"]
SHOWN = ["portfolio full", "portfolio none", "portfolio lite", "rmsprop graded", "rmsprop restart", "rmsprop none"]
COLOURS = {"portfolio full": "#0b6e4f", "portfolio none": "#8fc9b3", "rmsprop graded": "#1f4e8c", "rmsprop restart": "#7fa6d6",
           "rmsprop none": "#b23a48"}
NAMES = {"rmsprop none": "RMSProp, decaying, no response", "rmsprop graded": "RMSProp, response on trial",
         "rmsprop restart": "RMSProp, restart at once", "portfolio full": "portfolio", "portfolio none": "portfolio, no response"}


class Suite:
    """The runs of one model: streams in their order, and by stream and learner the runs of its seeds."""

    def __init__(self, path):
        self.rows = list(csv.DictReader(open(path)))
        for row in self.rows:
            for key in row:
                if key not in ("stream", "kind", "learner", "group"):
                    row[key] = float(row[key])
        self.model = "linear" if self.rows[0]["hidden"] == 0 else f"MLP {self.rows[0]['hidden']:.0f}"
        self.runs = collections.defaultdict(list)
        self.kinds, self.groups = {}, {}
        for row in self.rows:
            self.runs[row["stream"], row["learner"]].append(row)
            self.kinds[row["stream"]] = row["kind"]
            self.groups[row["learner"]] = row["group"]
        self.streams = list(self.kinds)
        self.constants = [name for name, group in self.groups.items() if group == "constant"]
        self.oracles = {stream: min(self.constants, key=lambda name: self.error(stream, name)) for stream in self.streams}

    def error(self, stream, learner):
        return statistics.mean(row["error"] for row in self.runs[stream, learner])

    def ratio(self, stream, learner):
        return self.error(stream, learner) / self.error(stream, self.oracles[stream])

    def score(self, learner):
        return math.exp(statistics.mean(math.log(self.ratio(stream, learner)) for stream in self.streams))

    def best_constant(self):
        return min(self.constants, key=self.score)

    def mean(self, stream, learner, key):
        return statistics.mean(row[key] for row in self.runs[stream, learner])


def table(head, rows):
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def print_scores(suites):
    learners = [name for name, group in suites[0].groups.items() if group != "constant"]
    rows = []
    for name in sorted(learners, key=suites[0].score):
        rows.append([name])
        for suite in suites:
            worst = max(suite.streams, key=lambda stream: suite.ratio(stream, name))
            rows[-1] += [f"{suite.score(name):.3f}", f"{suite.ratio(worst, name):.2f} ({worst})"]
    one = ["the best single constant for all streams"]
    for suite in suites:
        name = suite.best_constant()
        worst = max(suite.streams, key=lambda stream: suite.ratio(stream, name))
        one += [f"{suite.score(name):.3f} ({name})", f"{suite.ratio(worst, name):.2f} ({worst})"]
    table(["learner", *(text for suite in suites for text in (f"{suite.model}: error / oracle's", "worst stream"))], [one, *rows])


def print_accuracy(suite):
    rows = []
    for stream in suite.streams:
        oracle = suite.oracles[stream]
        rows.append([stream, f"{1 - suite.error(stream, oracle):.4f} ({oracle})", *(f"{1 - suite.error(stream, name):.4f}" for name in SHOWN)])
    table([f"{suite.model}: stream", "best constant (oracle)", *SHOWN], rows)


def changes(suite, learner, base, kind):
    """Of each cell (stream and seed): the error over that without a response, less 1."""
    out = []
    for stream in suite.streams:
        if suite.kinds[stream] != kind:
            continue
        for one, other in zip(suite.runs[stream, learner], suite.runs[stream, base]):
            out.append(one["error"] / other["error"] - 1)
    return out


def mean_change(found):
    return math.exp(statistics.mean(math.log1p(one) for one in found)) - 1 if found else float("nan")


def pairs():
    out = [(f"{optimizer} {policy}", f"{optimizer} none") for policy in ("graded", "restart") for optimizer in OPTIMIZERS]
    return [("portfolio full", "portfolio none"), *out]


def print_responses(suite):
    rows = []
    for learner, base in pairs():
        by_kind = [changes(suite, learner, base, kind) for kind in KINDS]
        every = [one for found in by_kind for one in found]
        hurt = sum(one > 0.01 for one in every)
        rows.append([learner, *(f"{100 * mean_change(found):+.1f} %" for found in by_kind), f"{hurt} of {len(every)} ({100 * hurt / len(every):.0f} %)"])
    for policy in ("graded", "restart"):
        by_kind = [[one for optimizer in OPTIMIZERS for one in changes(suite, f"{optimizer} {policy}", f"{optimizer} none", kind)] for kind in KINDS]
        every = [one for found in by_kind for one in found]
        hurt = sum(one > 0.01 for one in every)
        rows.append([f"**all four, {policy}**", *(f"{100 * mean_change(found):+.1f} %" for found in by_kind), f"{hurt} of {len(every)} ({100 * hurt / len(every):.0f} %)"])
    table([f"{suite.model}: learner", *KINDS, "cells hurt by more than 1 %"], rows)


def print_drifts(suite):
    rows = []
    for stream in suite.streams:
        for learner in SHOWN:
            runs = suite.runs[stream, learner]
            drifts, found = sum(row["drifts"] for row in runs), sum(row["found"] for row in runs)
            if drifts == 0 or suite.kinds[stream] != "abrupt":
                continue
            delay = sum(row["delay"] * row["found"] for row in runs) / found if found else float("nan")
            false = 1e4 * sum(row["false_alarms"] for row in runs) / sum(row["samples"] for row in runs)
            silent = learner.endswith("none")
            rows.append([stream, learner, "-" if silent else f"{found:.0f} of {drifts:.0f}", "-" if silent else f"{delay:.0f}", f"{suite.mean(stream, learner, 'errors_per_drift'):.0f}", "-" if silent else f"{false:.2f}"])
    table([f"{suite.model}: stream", "learner", "drifts found", "delay", "errors per drift", "false alarms per 10,000"], rows)
    for learner in SHOWN:
        quiet = [row for stream in ("stationary", "noisy") for row in suite.runs[stream, learner]]
        print(f"{learner}: {sum(row['alarms'] for row in quiet):.0f} alarms in {sum(row['samples'] for row in quiet):,.0f} samples of stationary and noisy")
    print()


def draw_ratios(suites, path):
    figure, axes = plt.subplots(1, len(suites), figsize=(9, 4.2), sharey=True)
    for axis, suite in zip(axes, suites):
        places = range(len(suite.streams))
        for learner in ("rmsprop none", "rmsprop graded", "portfolio full"):
            axis.plot([suite.ratio(stream, learner) for stream in suite.streams], places, "o", color=COLOURS[learner], label=NAMES[learner])
        axis.axvline(1, color="#888888", linewidth=1)
        axis.set_xscale("log")
        axis.set_xticks([0.5, 0.7, 1, 1.5, 2, 3, 5], ["0.5", "0.7", "1", "1.5", "2", "3", "5"], minor=False)
        axis.minorticks_off()
        axis.set_yticks(places, suite.streams)
        axis.set_title(suite.model, fontsize=10)
        axis.set_xlabel("error / error of the best constant rate in hindsight")
        axis.grid(axis="x", color="#e5e5e5")
    axes[0].invert_yaxis()
    figure.legend(*axes[0].get_legend_handles_labels(), loc="lower center", ncols=3, fontsize=8)
    save(figure, path, bottom=0.07)


def draw_responses(suites, path):
    figure, axes = plt.subplots(1, len(suites), figsize=(9, 3.4), sharey=True)
    for axis, suite in zip(axes, suites):
        for i, (policy, colour) in enumerate((("restart", COLOURS["rmsprop restart"]), ("graded", COLOURS["rmsprop graded"]))):
            heights = []
            for kind in KINDS:
                heights.append(100 * mean_change([one for optimizer in OPTIMIZERS for one in changes(suite, f"{optimizer} {policy}", f"{optimizer} none", kind)]))
            axis.bar([place + 0.4 * i - 0.2 for place in range(len(KINDS))], heights, 0.4, color=colour, label={"restart": "restart at once", "graded": "on trial"}[policy])
        axis.axhline(0, color="#444444", linewidth=1)
        axis.set_xticks(range(len(KINDS)), KINDS, fontsize=8)
        axis.set_title(f"{suite.model}, four optimizers", fontsize=10)
    axes[0].set_ylabel("change of the error by the response, %")
    axes[0].legend(fontsize=8)
    save(figure, path)


def draw_drifts(suite, path):
    streams = [stream for stream in suite.streams if suite.kinds[stream] == "abrupt"]
    learners = ["rmsprop none", "rmsprop restart", "rmsprop graded", "portfolio none", "portfolio full"]
    figure, axis = plt.subplots(figsize=(9, 3.4))
    for i, learner in enumerate(learners):
        heights = [suite.mean(stream, learner, "errors_per_drift") for stream in streams]
        axis.bar([place + 0.16 * (i - 2) for place in range(len(streams))], heights, 0.16, color=COLOURS[learner], label=NAMES[learner])
    axis.set_xticks(range(len(streams)), streams)
    axis.set_ylabel("extra errors per drift")
    axis.set_title(f"{suite.model}: wrong predictions in the 2,000 samples after a drift, beyond the usual", fontsize=10)
    axis.legend(fontsize=8)
    save(figure, path)


def save(figure, path, bottom=0):
    figure.tight_layout(rect=(0, bottom, 1, 1))
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main(place, *cells):
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "rekindle", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    suites = [Suite(path) for path in cells]
    print_scores(suites)
    for suite in suites:
        print_accuracy(suite)
        print_responses(suite)
        print_drifts(suite)
    place = pathlib.Path(place)
    draw_ratios(suites, place / "policy-ratios.svg")
    draw_responses(suites, place / "policy-responses.svg")
    draw_drifts(suites[0], place / "policy-drifts.svg")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
