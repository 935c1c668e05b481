"""What `graded` costs, with its challengers on trial, over a stream with a drift every 50,000 samples: CPU time of `replay` beside
drift.policy = "none", in turns. And that it pays: both losses. Called by ./dev bench graded.
"""

import argparse
import json
import os
import pathlib
import subprocess

from machine import machine
from turns import Ratio, in_turns

EVERY = 50_000
LEARNERS = {
    "single": '[learner]\nmode = "single"\n[optimizer]\ntype = "adagrad"\n[schedule]\ntype = "exponential"\ndecay_rate = 0.5\ndecay_steps = 10000\nlr = 0.1\n',
    "portfolio": "",
}


def replay(command):
    """CPU seconds, user and system, and what it printed."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        said = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, json.loads(said)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="build/release/rekindle")
    parser.add_argument("--place", type=pathlib.Path, default=pathlib.Path("build/bench"))
    parser.add_argument("--samples", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    options.place.mkdir(parents=True, exist_ok=True)
    samples = options.place / f"graded-{options.samples}.jsonl"
    if not samples.exists():
        drifts = ["n_features=20", "noise=0.05", "drift=abrupt", f"every={EVERY}"]
        subprocess.run([options.program, "generate", "logistic", *drifts, "--samples", str(options.samples), "--to", str(samples)], check=True)
    print(machine())
    print("| learner | none, CPU s | graded, CPU s | graded / none | loss: none, graded | replacements |\n|---|---|---|---|---|---|")
    for name, learner in LEARNERS.items():
        toml = options.place / "graded.toml"
        toml.write_text(f'[source]\ntopic = "x"\n[schema]\ntask = "binary"\nlabel = "y"\n{learner}')
        commands = {
            policy: [options.program, "replay", "-c", str(toml), "--from", str(samples), "--json", "--set", f"drift.policy={policy}"]
            for policy in ("none", "graded")
        }
        reports = {policy: replay(command)[1] for policy, command in commands.items()}
        times = in_turns({policy: lambda command=command: replay(command)[0] for policy, command in commands.items()}, options.rounds)
        losses = ", ".join(f"{report['metrics']['log_loss']:.4f}" for report in reports.values())
        medians = " | ".join(f"{sorted(each)[len(each) // 2]:.2f}" for each in times.values())
        print(f"| {name} | {medians} | **{Ratio(times['graded'], times['none'])}** | {losses} | {reports['graded']['replacements']} |", flush=True)


if __name__ == "__main__":
    main()
