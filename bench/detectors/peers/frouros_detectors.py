"""frouros' detectors as one of the contestants of ./dev bench detectors. They are reset by their user."""

from answers import number, serve
from frouros.detectors import concept_drift


def make(kind, parameters):
    config = getattr(concept_drift, kind + "Config")(**{key: number(value) for key, value in parameters.items()})
    return getattr(concept_drift, kind)(config=config)


def pass_over(detector, values):
    alarms = []
    update = detector.update
    for i, value in enumerate(values):
        update(value=value)
        if detector.drift:
            alarms.append(i)
            detector.reset()
    return alarms


serve(make, pass_over)
