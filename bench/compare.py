"""Speed of `rekindle replay` beside its peers, as ratios of wall time in one run.

Ours and theirs alternate (ABBA), so that whatever else the machine does hits both. The ratio is the median over the
pairs; the spread shown is the lowest and the highest. Both must have learned: their losses are compared first.
"""

import argparse
import json
import pathlib
import platform
import random
import re
import statistics
import subprocess
import sys
import time

FEATURES = 20


def write_recordings(place, samples):
    """The same samples as JSON lines (ours) and in Vowpal Wabbit's text format (theirs)."""
    ours, theirs = place / f"d{FEATURES}-{samples}.jsonl", place / f"d{FEATURES}-{samples}.vw"
    if ours.exists() and theirs.exists():
        return ours, theirs
    print(f"writing {samples} samples of {FEATURES} features ...", file=sys.stderr)
    draw = random.Random(1)
    weights = [draw.gauss(0, 1) for _ in range(FEATURES)]
    with open(ours, "w") as json_file, open(theirs, "w") as vw_file:
        for _ in range(samples):
            x = [draw.gauss(0, 1) for _ in range(FEATURES)]
            y = sum(a * b for a, b in zip(weights, x)) + draw.gauss(0, 1) > 0
            texts = [f"{value:.6g}" for value in x]
            fields = ",".join(f'"x{j}":{text}' for j, text in enumerate(texts))
            json_file.write(f'{{{fields},"y":{int(y)}}}\n')
            vw_file.write(f"{'1' if y else '-1'} | " + " ".join(f"x{j}:{text}" for j, text in enumerate(texts)) + "\n")
    return ours, theirs


def write_configuration(place):
    path = place / "bench.toml"
    path.write_text(
        '[source]\ntopic = "bench"\n[schema]\ntask = "binary"\nlabel = "y"\n'
        '[optimizer]\ntype = "sgd"\n[schedule]\ntype = "constant"\nlr = 0.02\n'
    )
    return path


def timed(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def vw_command(recording, *more):
    return [sys.executable, "-m", "vowpalwabbit", "--sgd", "--loss_function", "logistic", "-d", str(recording), *more]


def vw_loss(recording):
    done = subprocess.run(vw_command(recording), check=True, capture_output=True, text=True)
    return float(re.search(r"average loss = ([0-9.]+)", done.stderr + done.stdout).group(1))


def our_result(command):
    return json.loads(subprocess.run([*command, "--json"], check=True, capture_output=True, text=True).stdout)


def ratios(ours, theirs, rounds):
    """Wall time of theirs over ours, for each pair of an ABBA sequence."""
    found, best = [], [float("inf"), float("inf")]
    for i in range(rounds):
        if i % 2 == 0:
            a, b = timed(ours), timed(theirs)
        else:
            b, a = timed(theirs), timed(ours)
        found.append(b / a)
        best = [min(best[0], a), min(best[1], b)]
    return found, best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--place", type=pathlib.Path, required=True)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--at-least", type=float, help="fail when the first ratio's median is below this")
    options = parser.parse_args()
    recording, vw_recording = write_recordings(options.place, options.samples)
    configuration = write_configuration(options.place)
    replay = [options.program, "replay", "-c", str(configuration), "--from", str(recording)]
    result, peer_loss = our_result(replay), vw_loss(vw_recording)
    our_loss = result["metrics"]["loss"]
    print(f"machine: {platform.processor() or platform.machine()}, {platform.system()} {platform.release()}")
    print(f"loss: ours {our_loss:.4f}, Vowpal Wabbit {peer_loss:.4f}")
    if our_loss > 1.1 * peer_loss:
        sys.exit("ours learned worse than the peer; a speed would mean nothing")
    cases = {
        "JSON, scaler and ADWIN on": replay,
        "JSON, scaler and ADWIN off": [*replay, "--set", "preprocess.scale=none", "--set", "drift.policy=none"],
    }
    medians = []
    for name, command in cases.items():
        found, best = ratios(command, vw_command(vw_recording, "--quiet"), options.rounds)
        medians.append(statistics.median(found))
        print(
            f"{name}: {medians[-1]:.2f}x Vowpal Wabbit 9.11.9 from text (spread {min(found):.2f}-{max(found):.2f}, "
            f"{options.rounds} pairs; best walls {best[0]:.2f} s and {best[1]:.2f} s for {options.samples} samples)"
        )
    if options.at_least and medians[0] < options.at_least:
        sys.exit(f"below {options.at_least}x")


if __name__ == "__main__":
    main()
