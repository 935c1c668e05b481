"""River's detectors as one of the contestants of ./dev bench detectors."""

from answers import number, serve
from river import drift
from river.drift import binary


def make(kind, parameters):
    found = getattr(drift, kind, None) or getattr(binary, kind)
    return found(**{key: number(value) for key, value in parameters.items()})


def pass_over(detector, values):
    alarms = []
    update = detector.update
    for i, value in enumerate(values):
        update(value)
        if detector.drift_detected:
            alarms.append(i)
    return alarms


serve(make, pass_over)
