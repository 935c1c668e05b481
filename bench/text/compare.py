"""Speed of `rekindle replay` beside Vowpal Wabbit and a plain loop, as ratios of wall time and of CPU time; all take turns.

All must have learned: their losses are compared first. Ours is the whole process; VW's time is without Python's start.
"""

import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from cases import CASES, OPTIMIZERS, VW_ARGUMENTS, configuration
from machine import machine
from recordings import write_dense, write_sparse
from turns import Ratio, in_turns

VOWPAL = pathlib.Path(__file__).resolve().parent / "vowpal.py"
BITS = 18


def output_of(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(command):
    """Wall and CPU seconds."""
    begun, cpu_begun = time.perf_counter(), cpu_of_children()
    output_of(command)
    return time.perf_counter() - begun, cpu_of_children() - cpu_begun


def vw_run(arguments):
    """Wall and CPU seconds, loss."""
    return [float(word) for word in output_of([sys.executable, VOWPAL, *arguments]).split()]


class Contest:
    def __init__(self, options, case, paths):
        self.rounds = options.rounds
        recording = paths[case.recording][case.form]
        toml = options.place / "text.toml"
        toml.write_text(configuration(case))
        decoded = options.decoded.split() if case.cache else []
        self.ours = [options.program, "replay", "-c", toml, "--from", recording, *decoded]
        text = paths[case.recording]["vw"]
        cache = ["--cache_file", f"{text}.{case.against}.cache"] if case.cache else []
        self.theirs = ["-d", text, "--loss_function", "logistic", "-b", BITS, *VW_ARGUMENTS[case.against], *cache]
        optimizer, rate = OPTIMIZERS[case.against]
        self.plain = [options.plain, text, optimizer, rate, BITS]

    def losses(self):
        """Of all three. What is read from a cache is made by this run."""
        ours = json.loads(output_of([*self.ours, "--json"]))["metrics"]["log_loss"]
        return {"ours": ours, "VW": vw_run(self.theirs)[2], "plain": float(output_of(self.plain))}

    def times(self):
        contestants = {"ours": lambda: timed(self.ours), "VW": lambda: vw_run(self.theirs)[:2], "plain": lambda: timed(self.plain)}
        return in_turns(contestants, self.rounds)


def row(case, options, paths):
    contest = Contest(options, case, paths)
    losses = contest.losses()
    for peer in ("VW", "plain"):
        if losses["ours"] > 1.1 * losses[peer] + 0.01:
            sys.exit(f"{case.name}: ours learned worse than {peer} ({losses}); a speed would mean nothing")
    both = contest.times()
    times, cpu = ({who: [each[k] for each in both[who]] for who in both} for k in (0, 1))
    samples = options.samples if case.recording == "dense" else options.samples // 2
    rates = " | ".join(f"{samples / statistics.median(times[who]) / 1e6:.2f}" for who in times)
    ratio = Ratio(times["VW"], times["ours"])
    met = "" if case.goal is None else f" >= {case.goal}: {'met' if ratio.median >= case.goal else '**missed**'}"
    loss = ", ".join(f"{losses[who]:.4f}" for who in losses)
    print(f"| {case.name} | {loss} | {rates} | **{ratio}** | {Ratio(cpu['VW'], cpu['ours'])} |{met} | {Ratio(times['ours'], times['plain'])} | {Ratio(cpu['ours'], cpu['plain'])} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--plain", required=True)
    parser.add_argument("--place", type=pathlib.Path, required=True)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="cases whose name has this")
    parser.add_argument("--decoded", default="--cache", help="what `replay` needs to read a recording's decoded form, which the run before the rounds makes")
    options = parser.parse_args()
    paths = {"dense": write_dense(options.place, options.samples), "sparse": write_sparse(options.place, options.samples // 2)}
    print(machine())
    print("| ours | theirs | loss: ours, VW, plain | ours, M samples/s | VW | plain loop | ours faster than VW | by CPU time | goal | ours takes, beside plain | by CPU time |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for case in CASES:
        if options.only in case.name and (options.decoded or not case.cache or options.only):
            row(case, options, paths)


if __name__ == "__main__":
    main()
