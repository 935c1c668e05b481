#!/usr/bin/env python3
"""Charts of docs/cases.md: the error and the learning rate over time, of the runs that the document shows.

    pip install matplotlib==3.11.2
    python3 bench/cases/charts.py build/release/rekindle docs/cases.md docs/images
"""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

PLATEAU = ["--set", 'schedule={type="exponential",gamma=0.995,lr=0.01}', "--set", "drift.policy=none"]
BUMP = ["--set", "learner.plateau_bump.max_lr=0.01", "--set", "learner.plateau_bump.patience=500"]
EAGER = ["--set", 'drift.detectors=[{type="adwin",delta=0.3}]']
# Name, recording, what all have, what only the one that answers has, and what happens when.
CASES = [
    ("mild", "mild.csv", [], [], [15000]),
    ("gradual", "gradual.csv", [], [], [12000, 18000]),
    ("abrupt", "abrupt.csv", [], [], [15000]),
    ("flip", "flip.csv", [], [], [15000]),
    ("recurring", "recurring.csv", [], [], [6000, 12000, 18000, 24000]),
    ("false-alarm", "steady.csv", [], EAGER, []),
    ("burst", "burst.csv", [], [], [15000, 15300]),
    ("plateau", "steady.csv", PLATEAU, BUMP, []),
]
WINDOW, POINTS = 500, 150
COLOURS = {"response": "#0b6e4f", "no response": "#b23a48", "best constant": "#7a7a7a"}


def make_recordings(document, program, folder):
    """The configuration and the recordings of the document."""
    text = document.read_text()
    for name, content in re.findall(r"<!-- file: (\S+) -->\n```toml\n(.*?)```", text, re.S):
        (folder / name).write_text(content)
    for command in re.findall(r"^\$ ((?:rekindle generate|awk) .*)$", text, re.M):
        subprocess.run(["bash", "-c", command.replace("rekindle", str(program), 1) if command.startswith("rekindle") else command],
                       cwd=folder, check=True, stderr=subprocess.DEVNULL)


def trace(program, folder, recording, options):
    subprocess.run([program, "replay", "-c", "case.toml", "--from", recording, "--trace", "trace.csv", *options], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    rows = list(csv.DictReader(open(folder / "trace.csv")))
    sums, samples, errors, rates = 0.0, [], [], []
    values = [float(row["error"]) for row in rows]
    for i, value in enumerate(values):
        sums += value - (values[i - WINDOW] if i >= WINDOW else 0)
        if i >= WINDOW and i % (len(rows) // POINTS) == 0:
            samples.append(i)
            errors.append(sums / WINDOW)
            rates.append(float(rows[i]["lr"]))
    alarms = [int(row["sample"]) for row in rows if "drift" in row["event"].split(";")]
    return samples, errors, rates, alarms


def best_constant(program, folder, recording, options):
    out = subprocess.run([program, "compare", "-c", "case.toml", "--from", recording, "--json", *options], cwd=folder, check=True,
                         capture_output=True, text=True).stdout
    names = [row["config"] for row in json.loads(out)]
    rate = next(name for name in names if "constant lr=" in name).split("lr=")[1]
    return ["--set", f'schedule={{type="constant",lr={rate}}}', "--set", "drift.policy=none"], rate


def draw(program, folder, case, target):
    name, recording, common, only, changes = case
    constant, rate = best_constant(program, folder, recording, common)
    runs = {"response": common + only, "no response": common + ["--set", "drift.policy=none"], "best constant": constant}
    figure, (above, below) = plt.subplots(2, 1, figsize=(7, 4), sharex=True, height_ratios=[3, 2])
    for label, options in runs.items():
        samples, errors, rates, alarms = trace(program, folder, recording, options)
        shown = f"best constant ({rate})" if label == "best constant" else label
        above.plot(samples, errors, label=shown, color=COLOURS[label], linewidth=1.2)
        below.plot(samples, rates, color=COLOURS[label], linewidth=1.2)
        for alarm in alarms if label == "response" else []:
            above.axvline(alarm, color=COLOURS[label], linewidth=0.7, linestyle=":")
    for change in changes:
        for axes in (above, below):
            axes.axvline(change, color="#cccccc", linewidth=0.7, zorder=0)
    above.set_ylabel(f"error, last {WINDOW}")
    above.legend(frameon=False, fontsize=8)
    below.set_yscale("log")
    below.set_ylabel("learning rate")
    below.set_xlabel("sample")
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(target / f"case-{name}.svg", metadata={"Date": None})
    plt.close(figure)


def main():
    program, document, target = (pathlib.Path(one).resolve() for one in sys.argv[1:4])
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "cases", "font.size": 9})
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_recordings(document, program, folder)
        for case in CASES:
            draw(program, folder, case, target)


if __name__ == "__main__":
    main()
