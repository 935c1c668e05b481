"""A model that the daemon learned answers 1,000 requests; its ONNX export answers the same in onnxruntime."""

import json
import pathlib
import random
import subprocess
import sys
import time
import urllib.request

import numpy
import onnxruntime

SAMPLES, ASKED, TOLERANCE = 4000, 1000, 1e-5
BASE = """
[source]
type = "file"
path = "samples.jsonl"
follow = true
[schema]
features = ["a", "b", "c"]
missing = "mean"
{schema}
[preprocess]
scale = "{scale}"
[learner]
mode = "single"
[http]
listen = "127.0.0.1:0"
{more}
"""
CASES = {
    "binary": dict(schema='task = "binary"\nlabel = "two"\ncategorical = ["city"]', scale="fading", more=""),
    "softmax": dict(schema='task = "multiclass"\nlabel = "three"\nclasses = ["x", "y", "z"]', scale="standard", more=""),
    "regression": dict(schema='task = "regression"\nlabel = "number"', scale="minmax", more=""),
    "counts": dict(schema='task = "regression"\nlabel = "count"', scale="fading", more='[model]\nloss = "poisson"\n[schedule]\ntype = "constant"\nlr = 0.001'),
    "unscaled": dict(schema='task = "binary"\nlabel = "two"', scale="none", more='[model]\nprecision = "float64"\n[schedule]\ntype = "constant"\nlr = 0.01'),
    "mlp relu": dict(schema='task = "binary"\nlabel = "two"', scale="fading", more='[model]\ntype = "mlp"\nhidden = [16, 8]'),
    "mlp gelu": dict(schema='task = "multiclass"\nlabel = "three"\nclasses = ["x", "y", "z"]\ncategorical = ["city"]', scale="fading",
                     more='[model]\ntype = "mlp"\nhidden = [9]\nactivation = "gelu"'),
    "mlp tanh": dict(schema='task = "regression"\nlabel = "number"\noffset = "o"', scale="standard", more='[model]\ntype = "mlp"\nhidden = [9]\nactivation = "tanh"'),
}


def sample(draw):
    x = {"a": draw.gauss(100, 30), "b": draw.gauss(0, 1), "c": draw.uniform(-1e4, 1e4), "o": draw.gauss(0, 1),
         "city": draw.choice(["Bonn", "Rom", "Bari"])}
    score = (x["a"] - 100) / 30 + x["b"] + x["c"] / 1e4 + (x["city"] == "Rom")
    labels = {"two": int(score > 0), "three": "xyz"[(score > -1) + (score > 1)], "number": score, "count": int(abs(score))}
    if draw.random() < 0.1:
        x["b"] = None
    return x, labels


class Daemon:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "run", "-c", "rekindle.toml"], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "event=listening" in line:
                self.url = line.split("url=")[1].split()[0]
                return
        raise RuntimeError(f"the daemon ended with {self.process.wait()}")

    def ask(self, path, body=None):
        request = urllib.request.Request(self.url + path, data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def ask_when_learned(self, asked):
        """What is asked is answered by a copy of the model, which comes a moment later."""
        for _ in range(300):
            learner = self.ask("/status")["learner"]
            if learner["samples"] == SAMPLES:
                given = self.ask("/predict", asked)
                if all(one["model_version"] == learner["learned"] for one in given):
                    return given
            time.sleep(0.1)
        raise RuntimeError("the daemon does not learn, or does not answer by what it learned")

    def stop(self):
        self.process.terminate()
        self.process.stderr.read()
        if self.process.wait() != 0:
            raise RuntimeError("the daemon failed")


def answers(program, asked):
    daemon = Daemon(program)
    try:
        return daemon.ask_when_learned(asked)
    finally:
        daemon.stop()


def inputs_of(session, asked):
    names = json.loads(session.get_modelmeta().custom_metadata_map["features"])
    value = lambda x, name: float(x["city"] == name.removeprefix("city=")) if "=" in name else numpy.nan if x[name] is None else x[name]
    kinds = {"tensor(float)": numpy.float32, "tensor(double)": numpy.float64}
    out = {}
    for one in session.get_inputs():
        columns = ["o"] if one.name == "offset" else names
        out[one.name] = numpy.array([[value(x, name) for name in columns] for x in asked], dtype=kinds[one.type])
    return out


def difference(session, asked, expected):
    given = dict(zip([o.name for o in session.get_outputs()], session.run(None, inputs_of(session, asked))))
    classes = json.loads(session.get_modelmeta().custom_metadata_map["classes"])
    worst = 0.0
    for i, one in enumerate(expected):
        if not classes:
            worst = max(worst, abs(given["prediction"][i] - one["prediction"]) / max(1, abs(one["prediction"])))
            continue
        if classes[given["prediction"][i]] != str(one["prediction"]):
            raise SystemExit(f"sample {i}: {classes[given['prediction'][i]]}, the daemon says {one['prediction']}")
        worst = max([worst] + [abs(given["probabilities"][i][k] - one["probabilities"][name]) for k, name in enumerate(classes)])
    return worst


def main(program):
    draw = random.Random(1)
    asked = [sample(draw)[0] for _ in range(ASKED)]
    with open("samples.jsonl", "w") as out:
        for _ in range(SAMPLES):
            x, labels = sample(draw)
            print(json.dumps(x | labels), file=out)
    for name, case in CASES.items():
        state = pathlib.Path("state of " + name)
        pathlib.Path("rekindle.toml").write_text(BASE.format(**case) + f'[checkpoint]\ndirectory = "{state}"\n')
        expected = answers(program, asked)
        subprocess.run([program, "export", state, "--format", "onnx", "--to", "model.onnx"], check=True)
        worst = difference(onnxruntime.InferenceSession("model.onnx"), asked, expected)
        print(f"{name}: {ASKED} predictions, largest difference {worst:.2g}")
        if not worst <= TOLERANCE:
            raise SystemExit(f"{name}: more than {TOLERANCE}")

    refuses_hashed(program)


def refuses_hashed(program):
    pathlib.Path("hashed.toml").write_text('[source]\ntype = "file"\npath = "samples.jsonl"\n[schema]\ntask = "binary"\nlabel = "two"\nfeatures = ["a"]\n'
                                           'categorical = ["city"]\n[preprocess]\nencode = "hash"\n')
    subprocess.run([program, "replay", "-c", "hashed.toml", "--from", "samples.jsonl", "--checkpoint", "hashed"], check=True, capture_output=True)
    done = subprocess.run([program, "export", "hashed", "--format", "onnx", "--to", "no.onnx"], capture_output=True, text=True)
    if done.returncode != 2 or "hashed features" not in done.stderr or pathlib.Path("no.onnx").exists():
        raise SystemExit(f"hashed features: exit {done.returncode}, {done.stderr}")
    print("hashed features are refused")


main(sys.argv[1])
