"""What `compare` of 12 configurations costs beside single replays, in processor time: ./dev bench lab [--rounds N] [--samples N].

The runs alternate, each alone; the ratio is the median over the rounds. The rivals (no response, 12 constant rates) are part of every
comparison, so 25 learners run where 12 are named.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess

SINGLE = '[optimizer]\ntype = "adagrad"\n[schedule]\ntype = "exponential"\ndecay_rate = 0.5\ndecay_steps = 10000\nlr = 0.1\n'
SWEEPS = {
    "single": (SINGLE, ["schedule.lr=0.003,0.01,0.03,0.1", "drift.policy=none,restart,graded"]),
    "portfolio": ("", ["drift.policy=none,alarm,restart,graded", "drift.cooldown=500,1000,2000"]),
}
FORMS = {"a recording of `record`": "recording.jsonl", "JSON lines": "samples.jsonl", "CSV": "samples.csv"}


def seconds(command):
    """Of processor time, user and system, of a process of its own."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command)}: exit {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def prepare(program, place, samples):
    for name in ("samples.jsonl", "samples.csv"):
        subprocess.run([program, "generate", "logistic", "noise=0.05", "drift=abrupt", "every=100000", "--samples", str(samples), "--to",
                        str(place / name)], check=True, stderr=subprocess.DEVNULL)
    with open(place / "samples.jsonl") as lines, open(place / "recording.jsonl", "w") as out:
        for offset, line in enumerate(lines):
            record = {"topic": "samples", "partition": 0, "offset": offset, "tstype": "create", "ts": 1700000000000 + offset, "key": None,
                      "payload": line.rstrip()}
            out.write(json.dumps(record, separators=(",", ":")) + "\n")


def measure(program, place, form, mode, rounds):
    more, sweeps = SWEEPS[mode]
    path = place / FORMS[form]
    kind = "csv" if path.suffix == ".csv" else "json"
    configuration = place / "lab.toml"
    configuration.write_text(f'[source]\ntype = "file"\npath = "x"\nformat = "{kind}"\n[schema]\ntask = "binary"\nlabel = "y"\n{more}')
    replay = [program, "replay", "-c", str(configuration), "--from", str(path)]
    compare = [program, "compare", "-c", str(configuration), "--from", str(path)] + [part for one in sweeps for part in ("--sweep", one)]
    return [(seconds(replay), seconds(compare)) for _ in range(rounds)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="build/release/rekindle")
    parser.add_argument("--place", default="build/bench/lab")
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    place = pathlib.Path(options.place)
    place.mkdir(parents=True, exist_ok=True)
    os.nice(10)
    prepare(options.program, place, options.samples)
    print("| from | learner | one replay, CPU s | `compare` of 12, CPU s | replays (spread) |\n|---|---|---|---|---|")
    for form in FORMS:
        for mode in SWEEPS:
            runs = measure(options.program, place, form, mode, options.rounds)
            ratios = [compare / replay for replay, compare in runs]
            print(f"| {form} | {mode} | {statistics.median(r for r, _ in runs):.2f} | {statistics.median(c for _, c in runs):.2f} | "
                  f"**{statistics.median(ratios):.1f}** ({min(ratios):.1f}-{max(ratios):.1f}) |", flush=True)


main()
