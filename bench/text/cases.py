"""What is compared, with which settings on each side."""

# What VW has nothing like is off: the scaling, the shadow, detectors and policy.
LEAN = """[preprocess]
scale = "none"
hash_bits = 18
[learner]
shadow = false
mode = "single"
[drift]
detectors = []
policy = "none"
"""
OPTIMIZERS = {"sgd": ("sgd", 0.02), "default": ("adagrad", 0.1)}
# `--sgd`: plain steps, their rate falling with the root of the count. Without it: adaptive, normalized and invariant.
VW_ARGUMENTS = {"sgd": ["--sgd"], "default": []}
SOURCES = {"vw": 'format = "vw"', "jsonl": 'format = "json"', "csv": 'format = "csv"\nheader = false'}
LABELS = {"vw": "y", "jsonl": "y", "csv": "c20"}


class Case:
    """Ours over `recording` in `form` beside VW over its text, or its cache of it."""

    def __init__(self, recording, form, against, goal, cache=False, lean=True):
        self.recording, self.form, self.against, self.goal, self.cache, self.lean = recording, form, against, goal, cache, lean

    @property
    def name(self):
        ours = {"vw": "VW's text", "jsonl": "JSON", "csv": "CSV"}[self.form] + (", decoded" if self.cache else "")
        theirs = {"sgd": "--sgd", "default": "default"}[self.against] + (" from its cache" if self.cache else "")
        optimizer = OPTIMIZERS[self.against][0] + ("" if self.lean else ", scaling, shadow and ADWIN on")
        return f"{self.recording}, {ours}, {optimizer} | VW {theirs}"


CASES = [
    *(Case("dense", form, "sgd", 4) for form in ("vw", "jsonl", "csv")),
    *(Case("dense", form, "default", 3) for form in ("vw", "jsonl", "csv")),
    Case("dense", "jsonl", "sgd", None, lean=False),
    *(Case("dense", form, against, 3, cache=True) for form in ("vw", "jsonl") for against in ("sgd", "default")),
    Case("sparse", "vw", "sgd", 2),
    Case("sparse", "vw", "default", 2),
]


def configuration(case):
    kind, rate = OPTIMIZERS[case.against]
    text = f'[source]\ntopic = "bench"\n{SOURCES[case.form]}\n[schema]\ntask = "binary"\nlabel = "{LABELS[case.form]}"\n'
    text += f'[optimizer]\ntype = "{kind}"\n[schedule]\ntype = "constant"\nlr = {rate}\n'
    return text + (LEAN if case.lean else '[learner]\nmode = "single"\n')
