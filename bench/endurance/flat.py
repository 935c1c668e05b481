"""Is memory flat over a billion samples? The same samples, drifts and all, are given to one `rekindle replay` again and again,
with the default learner (a portfolio, ADWIN, graded); its resident memory is read every second. Called by ./dev bench endurance.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import threading
import time

FEATURES = 4
ONE_PASS = 1_000_000
WARM_UP = 0.1  # Of the samples: until then the list of incidents fills, of which the newest are kept.


def recording(options):
    path = options.place / f"endurance-{FEATURES}.csv"
    if not path.exists():
        parameters = [f"n_features={FEATURES}", "drift=abrupt", "every=50000", "noise=0.05"]
        command = [options.program, "generate", "hyperplane", *parameters, "--samples", str(ONE_PASS), "--to", str(path)]
        subprocess.run(command, check=True)
    return path.read_bytes().partition(b"\n")[2]  # Without the header, of which a pipe would see one a pass.


def resident(process):
    """Bytes; None when the process has gone."""
    try:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return None
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) * 1024 if lines else None


class Feed(threading.Thread):
    """Writes the passes; `samples` is how many have been handed over, which is a pipe's worth more than were learned."""

    def __init__(self, process, options):
        super().__init__(daemon=True)
        self.process, self.options, self.samples = process, options, 0

    def run(self):
        body = recording(self.options)
        lines = body.count(b"\n")
        while self.samples < self.options.samples:
            self.process.stdin.write(body)
            self.samples += lines
        self.process.stdin.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--place", type=pathlib.Path, required=True)
    parser.add_argument("--samples", type=int, default=1_000_000_000)
    parser.add_argument("--set", nargs="*", default=[], help="of the configuration, such as learner.shadow=false")
    options = parser.parse_args()
    options.place.mkdir(parents=True, exist_ok=True)
    recording(options)
    configuration = options.place / "endurance.toml"
    configuration.write_text(f'[source]\ntopic = "endurance"\nformat = "csv"\nheader = false\n[schema]\ntask = "binary"\nlabel = "c{FEATURES}"\n')
    more = [word for one in options.set for word in ("--set", one)]
    command = [options.program, "replay", "-c", str(configuration), "--from", "-", "--json", *more]
    result = options.place / "endurance.json"
    with open(result, "w") as out:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.DEVNULL)
        feed = Feed(process, options)
        feed.start()
        begun, seen = time.monotonic(), []
        while process.poll() is None:
            now = resident(process)
            if now:
                seen.append((feed.samples, now))
            if len(seen) % 60 == 1:
                print(f"{time.monotonic() - begun:.0f} s, {feed.samples:,} samples: {seen[-1][1] / 1e6:.2f} MB", file=sys.stderr)
            time.sleep(1)
    if process.returncode != 0:
        sys.exit(f"replay ended with {process.returncode}")
    report = json.loads(result.read_text())
    after = [each for samples, each in seen if WARM_UP * options.samples <= samples < options.samples]
    if len(after) < 3:
        sys.exit("too few samples to say anything")
    warm, low, high, last = after[0], min(after), max(after), after[-1]
    print(f"samples learned: {report.get('samples', report.get('learned', '?'))}, {time.monotonic() - begun:.0f} s")
    print(f"resident memory after {WARM_UP:.0%}: {warm / 1e6:.2f} MB; at the end {last / 1e6:.2f} MB ({last / warm - 1:+.2%}); {low / 1e6:.2f} to {high / 1e6:.2f} MB")
    if not (0.98 <= low / warm and high / warm <= 1.02):
        sys.exit("not flat: more than 2 % from what it was after warm-up")


if __name__ == "__main__":
    main()
