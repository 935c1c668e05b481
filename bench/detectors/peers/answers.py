"""The questions of bench/detectors/main.cpp, answered by detectors in Python."""

import array
import sys
import time


def answer(line, make, pass_over):
    """`make(type, parameters)` is a new detector; `pass_over(detector, values)` returns the indexes of its alarms."""
    _, kind, path, count, seconds, *given = line.split()
    values = array.array("d")
    with open(path, "rb") as file:
        values.fromfile(file, int(count))
    values = values.tolist()
    parameters = dict(word.split("=") for word in given)
    alarms, passes, begun = [], 0, time.process_time()
    while passes == 0 or time.process_time() - begun < float(seconds):
        alarms = pass_over(make(kind, parameters), values)
        passes += 1
    each = (time.process_time() - begun) / passes / len(values) * 1e9
    return " ".join(map(str, [each, *alarms]))


def serve(make, pass_over):
    for line in sys.stdin:
        print(answer(line, make, pass_over), flush=True)


def number(text):
    return float(text) if "." in text else int(text)
