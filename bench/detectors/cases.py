"""Which detector is compared with which of the peers', over which stream; and the streams."""

import array
import random

CHANGE_EVERY = 20_000
CHANGE_EVERY_SHORT = 1000  # Where a peer takes a tenth of a millisecond for a value.


def write_streams(place):
    """0/1 errors whose rate changes, numbers whose mean changes, and a short one of these. Numbers of 64 bits."""
    draw = random.Random(7)
    rates = [0.1, 0.3, 0.15, 0.35, 0.2]
    streams = {
        "errors": (400_000, lambda i: float(draw.random() < rates[i // CHANGE_EVERY % len(rates)])),
        "values": (400_000, lambda i: draw.gauss(i // CHANGE_EVERY % 2, 1)),
        "short": (20_000, lambda i: draw.gauss(2 * (i // CHANGE_EVERY_SHORT % 2), 1)),
    }
    for name, (count, value) in streams.items():
        with open(place / f"{name}.f64", "wb") as out:
            array.array("d", map(value, range(count))).tofile(out)


class Peer:
    """`alike`: how many more or fewer alarms than ours it may have, as a share; 0: the very same. None: its rule is another."""

    def __init__(self, name, kind, count, parameters="", goal=None, alike=0.0):
        self.name, self.kind, self.count, self.parameters, self.goal, self.alike = name, kind, count, parameters, goal, alike


class Case:
    def __init__(self, kind, stream, peers, parameters=""):
        self.kind, self.stream, self.peers, self.parameters = kind, stream, peers, parameters


LONG, MIDDLE, SHORT = 400_000, 50_000, 5000
CASES = [
    Case("adwin", "errors", [Peer("River", "ADWIN", LONG, goal=5), Peer("frouros", "ADWIN", 30_000, alike=0.2)]),
    Case("adwin", "errors", [Peer("MOA", "ADWIN", LONG, goal=2)], "after_drift=keep_newest"),
    Case("adwin", "values", [Peer("River", "ADWIN", LONG, goal=5)]),
    Case("page_hinkley", "values", [Peer("River", "PageHinkley", LONG, goal=20), Peer("MOA", "PageHinkleyDM", LONG, alike=None), Peer("frouros", "PageHinkley", MIDDLE, alike=None)]),
    Case("ddm", "errors", [Peer("River", "DDM", LONG, goal=20), Peer("MOA", "DDM", LONG, alike=0.2), Peer("frouros", "DDM", MIDDLE, alike=0.2)]),
    Case("eddm", "errors", [Peer("River", "EDDM", LONG, alike=0), Peer("MOA", "EDDM", LONG, alike=None), Peer("frouros", "EDDM", MIDDLE, alike=None)]),
    Case("hddm_a", "errors", [Peer("River", "HDDMA", LONG, goal=20), Peer("MOA", "HDDM_A_Test", LONG, alike=0.2), Peer("frouros", "HDDMA", MIDDLE, alike=0.2)]),
    Case("hddm_w", "errors", [Peer("River", "HDDMW", LONG, goal=20, alike=0.2), Peer("MOA", "HDDM_W_Test", LONG, alike=0.2), Peer("frouros", "HDDMW", MIDDLE, alike=0.2)]),
    # With a window of twice the newest values nothing is drawn, and alarms are the very same; elsewhere each draws its own.
    Case("kswin", "short", [Peer("River", "KSWIN", SHORT, "window_size=60 seed=42", goal=50)], "window_size=60"),
    Case("kswin", "short", [Peer("River", "KSWIN", SHORT, "seed=42", goal=50, alike=0.5), Peer("frouros", "KSWIN", SHORT, "alpha=0.005 seed=42", alike=0.5)]),
    Case("rddm", "errors", [Peer("MOA", "RDDM", LONG), Peer("frouros", "RDDM", MIDDLE, alike=0.5)]),
    Case("stepd", "errors", [Peer("MOA", "STEPD", LONG), Peer("frouros", "STEPD", MIDDLE, alike=None)]),
    Case("ecdd", "errors", [Peer("frouros", "ECDDWT", MIDDLE)]),
    Case("cusum", "values", [Peer("frouros", "CUSUM", MIDDLE)]),
    Case("gma", "values", [Peer("frouros", "GeometricMovingAverage", MIDDLE, "alpha=0.99 lambda_=0.1")]),
    Case("fhddm", "errors", [Peer("River", "FHDDM", LONG, alike=None)]),  # River's wants 1 for a right prediction.
    Case("psi", "values", []),
    Case("ks", "values", []),
    Case("wasserstein", "values", []),
]
