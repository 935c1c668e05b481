"""What an update of each detector costs, ours and those of River, MOA and frouros; and what each costs a learner.

Each contestant is a process that answers questions (bench/detectors/main.cpp), one for each detector, so that all are warm;
they take turns. Alarms are compared first.
"""

import argparse
import pathlib
import statistics
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from cases import CASES, write_streams
from machine import machine
from turns import Ratio, in_turns

WARM_UP = 2  # Seconds, so that HotSpot has compiled what there is to compile.
PEERS = pathlib.Path(__file__).resolve().parent / "peers"


class Contestant:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words if word != "") + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().split()
        if not line:
            sys.exit(f"{self.process.args[0]} did not answer to {words}")
        return float(line[0]), [int(word) for word in line[1:]]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def command_of(options, name):
    if name == "MOA":
        return ["java", "-cp", f"{options.place / 'moa'}:{options.jars}/*", "MoaDetectors"]
    if name == "ours":
        return [options.program]
    return [str(options.place / name.lower() / "bin" / "python"), str(PEERS / f"{name.lower()}_detectors.py")]


def verdict(peer, ours, theirs):
    """What to say of the alarms; ends the run where they are not as alike as they have to be."""
    if ours == theirs:
        return f"the same {len(ours)}"
    said = f"{len(ours)}, theirs {len(theirs)}"
    if peer.alike is None:
        return said + " (another rule)"
    if peer.alike == 0 or abs(len(theirs) - len(ours)) > max(1, peer.alike * len(ours)):
        sys.exit(f"{peer.name} {peer.kind}: alarms differ, ours {said}; a speed would mean nothing")
    return said


def measure(options, case, peer, ours):
    path = options.place / f"{case.stream}.f64"
    theirs = Contestant(command_of(options, peer.name))
    question = ("detect", case.kind, path, peer.count)
    their_question = ("detect", peer.kind, path, peer.count)
    _, our_alarms = ours.ask(*question, WARM_UP, case.parameters)
    _, their_alarms = theirs.ask(*their_question, WARM_UP, peer.parameters)
    said = verdict(peer, our_alarms, their_alarms)
    times = in_turns(
        {
            "ours": lambda: ours.ask(*question, options.seconds, case.parameters)[0],
            "theirs": lambda: theirs.ask(*their_question, options.seconds, peer.parameters)[0],
        },
        options.rounds,
    )
    theirs.close()
    ratio = Ratio(times["theirs"], times["ours"])
    goal = "" if peer.goal is None else f">= {peer.goal}: {'met' if ratio.median >= peer.goal else '**missed**'}"
    each = [statistics.median(times[who]) for who in ("ours", "theirs")]
    print(f"| {case.kind} {case.parameters} | {case.stream} | {peer.name} | {each[0]:.1f} | {each[1]:,.1f} | **{ratio}** | {goal} | {said} |", flush=True)


def learner_costs(options, ours):
    """What each detector adds to the default learner and to the leanest, by pairs: with it and with none."""
    print("\n| detector | default learner: ns a sample without | with it | share | leanest: without | with it | share |\n|---|---|---|---|---|---|---|")
    for kind in dict.fromkeys(case.kind for case in CASES if case.kind not in ("psi", "ks", "wasserstein")):
        cells = [cell for which in ("", "leanest") for cell in learner_cost(options, ours, kind, which)]
        print(f"| {' | '.join([kind, *cells])} |", flush=True)


def learner_cost(options, ours, kind, which):
    times = in_turns({who: lambda who=who: ours.ask("learner", who, options.seconds, which)[0] for who in ("none", kind)}, options.rounds)
    ratio = Ratio(times[kind], times["none"])
    each = [f"{statistics.median(times[who]):.0f}" for who in ("none", kind)]
    return [*each, f"{ratio.median - 1:+.1%} ({ratio.low - 1:+.1%} to {ratio.high - 1:+.1%})"]


def memories(options, ours):
    print("\n| detector | bytes |\n|---|---|")
    for kind, stream in dict.fromkeys((case.kind, case.stream) for case in CASES):
        each, _ = ours.ask("memory", kind, options.place / f"{stream}.f64", 20_000)
        print(f"| {kind} on {stream} | {each:,.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--place", type=pathlib.Path, required=True)
    parser.add_argument("--jars", required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.3, help="of each contestant in each round")
    parser.add_argument("--only", default=[], nargs="*", help="detectors; learner, memory")
    options = parser.parse_args()
    write_streams(options.place)
    print(machine())
    ours = Contestant(command_of(options, "ours"))
    print("| detector | stream | peer | ours, ns | theirs, ns | theirs / ours | goal | alarms, ours |\n|---|---|---|---|---|---|---|---|")
    for case in CASES:
        if options.only and case.kind not in options.only:
            continue
        for peer in case.peers:
            measure(options, case, peer, ours)
        if not case.peers:
            each, alarms = ours.ask("detect", case.kind, options.place / f"{case.stream}.f64", 400_000, options.seconds)
            print(f"| {case.kind} | {case.stream} | - | {each:.1f} | | | | {len(alarms)} |")
    if not options.only or "learner" in options.only:
        learner_costs(options, ours)
    if not options.only or "memory" in options.only:
        memories(options, ours)


if __name__ == "__main__":
    main()
