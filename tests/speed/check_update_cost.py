"""Fails where an update has become more than 15 % dearer beside the plain Eigen loop: a ratio of CPU times in one process, the least of
several runs of each, so that neither the machine's speed nor what else it does matters much. `./dev bench updates` has all cases.
"""

import os
import random
import subprocess
import sys
import tempfile
import time

ROUNDS = 60
ENOUGH = 5  # Rounds after which a case that is within its limit is done.
PAUSE = 15  # Rounds after which one that is not waits: what shares a processor with us can take a third of it for a minute.
PAUSE_SECONDS = 15
ALLOWED = 1.15
ALLOWED_ELSEWHERE = 1.5  # Of the dearest, on a processor that has no figures of its own.
# Optimizer, rate, features, hidden layers, updates a round.
CASES = [
    ("sgd", 0.02, 20, "", 200_000),
    ("adam", 0.001, 20, "", 200_000),
    ("sgd", 0.02, 1000, "", 30_000),
    ("adagrad", 0.01, 1000, "", 20_000),
    ("sgd", 0.02, 20, "64,32", 20_000),
]
# Update / Eigen of each case; Intel's as in docs/benchmarks.md. A processor that divides and takes roots fast helps the plain loop,
# where ours has hidden them behind other work.
USUAL = {
    "Intel": (1.85, 0.92, 1.62, 1.41, 1.17),
    "Zen 4": (2.31, 1.42, 1.92, 1.37, 1.37),
    "Zen 5": (1.94, 1.20, 1.66, 1.46, 1.10),
}


def processor():
    """One of those that have figures, or nothing."""
    with open("/proc/cpuinfo") as lines:
        facts = dict([part.strip() for part in line.split(":", 1)] for line in lines if ":" in line)
    family, model = int(facts.get("cpu family", 0)), int(facts.get("model", 0))
    if facts.get("vendor_id") == "GenuineIntel":
        return "Intel"
    if facts.get("vendor_id") != "AuthenticAMD":
        return None
    return "Zen 5" if family == 26 else "Zen 4" if family == 25 and model >= 16 else None


def limits():
    known = processor()
    if known:
        return known, [ALLOWED * usual for usual in USUAL[known]]
    return "a processor without figures of its own", [ALLOWED_ELSEWHERE * max(each) for each in zip(*USUAL.values())]


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


def best_ratio(program, path, case, limit):
    optimizer, rate, _, hidden, updates = case
    least = {}
    for done in range(1, ROUNDS + 1):
        for who in ("update", "eigen"):
            command = [program, path, optimizer, str(rate), str(updates), hidden]
            line = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "WHO": who}).stdout.split()
            least[who] = min(least.get(who, float("inf")), float(line[1]))
        ratio = least["update"] / least["eigen"]
        if done >= ENOUGH and ratio <= limit:
            break
        if done % PAUSE == 0 and done < ROUNDS:
            time.sleep(PAUSE_SECONDS)
    return ratio


def main():
    failed = False
    with tempfile.TemporaryDirectory() as place:
        paths = {}
        for width in {case[2] for case in CASES}:
            paths[width] = os.path.join(place, f"{width}.txt")
            write_samples(paths[width], width)
        where, allowed = limits()
        for case, limit in zip(CASES, allowed):
            ratio = best_ratio(sys.argv[1], paths[case[2]], case, limit)
            bad = ratio > limit
            failed |= bad
            what = f"{case[0]}, {case[2]} features, hidden layers {case[3] or 'none'}"
            print(f"{what}: update / Eigen {ratio:.2f}, at most {limit:.2f} on {where}{': TOO DEAR' if bad else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
