"""Fails where an update has become more than 15 % dearer beside the plain Eigen loop: a ratio of CPU times in one process, the least of
several runs of each, so that neither the machine's speed nor what else it does matters much. `./dev bench updates` has all cases.
"""

import os
import random
import subprocess
import sys
import tempfile

ROUNDS = 15
ENOUGH = 5  # Rounds after which a case that is within its limit is done.
ALLOWED = 1.15
# Optimizer, rate, features, hidden layers, updates a round, and update / Eigen as docs/benchmarks.md has it (of an Intel); then on
# AMD's family 26 (Zen 5), which divides and takes roots so fast that the plain loop gains by it what ours has hidden behind other work.
CASES = [
    ("sgd", 0.02, 20, "", 200_000, 1.85, 1.94),
    ("adam", 0.001, 20, "", 200_000, 0.92, 1.20),
    ("sgd", 0.02, 1000, "", 30_000, 1.62, 1.66),
    ("adagrad", 0.01, 1000, "", 20_000, 1.41, 1.46),
    ("sgd", 0.02, 20, "64,32", 20_000, 1.17, 1.10),
]


def is_zen_5():
    with open("/proc/cpuinfo") as lines:
        facts = dict([part.strip() for part in line.split(":", 1)] for line in lines if ":" in line)
    return facts.get("vendor_id") == "AuthenticAMD" and facts.get("cpu family") == "26"


def write_samples(path, width):
    draw = random.Random(1)
    weights = [draw.gauss(0, 1) for _ in range(width)]
    count = 4000 if width < 100 else 500
    with open(path, "w") as out:
        print(0, count, width, width, file=out)
        for _ in range(count):
            values = [draw.gauss(0, 1) for _ in range(width)]
            score = sum(w * v for w, v in zip(weights, values)) + draw.gauss(0, width**0.5 / 3)
            print(int(score > 0), *(f"{v:.7g}" for v in values), file=out)


def best_ratio(program, path, case, usual):
    optimizer, rate, _, hidden, updates = case
    least = {}
    for done in range(1, ROUNDS + 1):
        for who in ("update", "eigen"):
            command = [program, path, optimizer, str(rate), str(updates), hidden]
            line = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "WHO": who}).stdout.split()
            least[who] = min(least.get(who, float("inf")), float(line[1]))
        ratio = least["update"] / least["eigen"]
        if done >= ENOUGH and ratio <= usual * ALLOWED:
            break
    return ratio


def main():
    failed = False
    with tempfile.TemporaryDirectory() as place:
        paths = {}
        for width in {case[2] for case in CASES}:
            paths[width] = os.path.join(place, f"{width}.txt")
            write_samples(paths[width], width)
        zen_5 = is_zen_5()
        for *case, elsewhere, on_zen_5 in CASES:
            usual = on_zen_5 if zen_5 else elsewhere
            ratio = best_ratio(sys.argv[1], paths[case[2]], case, usual)
            bad = ratio > usual * ALLOWED
            failed |= bad
            print(f"{case[0]}, {case[2]} features, hidden layers {case[3] or 'none'}: update / Eigen {ratio:.2f}, usually {usual}{': TOO DEAR' if bad else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
