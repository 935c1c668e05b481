#!/usr/bin/env python3
"""Makes tests/golden/data/training: 2,000 samples, first weights, and the weights that torch has after one epoch of them.

    pip install torch==2.7.1 safetensors==0.8.0 numpy==2.4.6
    python3 tests/golden/generate/torch_training.py tests/golden/data/training

One sample a step, float64, constant rate, torch's own optimizers and autograd. Torch has neither FTRL nor Lion: those two are
written here by the formulas of Keras (keras.optimizers.Ftrl) and optax (optax.lion), over torch's gradients.
"""
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


class Ftrl(torch.optim.Optimizer):
    def __init__(self, params, lr, initial_accumulator_value=0.1, l1=0.0, l2=0.0, beta=0.0):
        super().__init__(params, {"lr": lr, "n0": initial_accumulator_value, "l1": l1, "l2": l2, "beta": beta})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, l1 = group["lr"], group["l1"]
            for w in group["params"]:
                state = self.state[w]
                if not state:
                    state["n"], state["z"] = torch.full_like(w, group["n0"]), torch.zeros_like(w)
                n, z, g = state["n"], state["z"], w.grad
                total = n + g * g
                z += g - (total.sqrt() - n.sqrt()) / lr * w
                state["n"] = total
                w.copy_((z.clamp(-l1, l1) - z) / (total.sqrt() / lr + 2 * (group["l2"] + group["beta"] / (2 * lr))))


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for w in group["params"]:
                m = self.state[w].setdefault("m", torch.zeros_like(w))
                w -= group["lr"] * ((b1 * m + (1 - b1) * w.grad).sign() + group["weight_decay"] * w)
                m.mul_(b2).add_(w.grad, alpha=1 - b2)


# Our name, torch's class with its arguments, our parameters beside the type.
OPTIMIZERS = [
    ("sgd", torch.optim.SGD, {"lr": 0.05}, {}),
    ("momentum", torch.optim.SGD, {"lr": 0.01, "momentum": 0.9, "weight_decay": 0.001}, {"momentum": 0.9, "weight_decay": 0.001}),
    ("nesterov", torch.optim.SGD, {"lr": 0.01, "momentum": 0.8, "nesterov": True}, {"momentum": 0.8}),
    ("adam", torch.optim.Adam, {"lr": 0.002}, {}),
    ("amsgrad", torch.optim.Adam, {"lr": 0.002, "amsgrad": True}, {}),
    ("adamw", torch.optim.AdamW, {"lr": 0.002, "weight_decay": 0.02}, {"weight_decay": 0.02}),
    ("nadam", torch.optim.NAdam, {"lr": 0.002}, {}),
    ("rmsprop", torch.optim.RMSprop, {"lr": 0.002, "alpha": 0.95}, {"alpha": 0.95}),
    ("adagrad", torch.optim.Adagrad, {"lr": 0.05, "lr_decay": 0.001}, {"lr_decay": 0.001}),
    ("adadelta", torch.optim.Adadelta, {"lr": 1.0}, {}),
    ("ftrl", Ftrl, {"lr": 0.1, "l1": 0.001, "l2": 0.001}, {"l1": 0.001, "l2": 0.001}),
    ("lion", Lion, {"lr": 0.0005, "weight_decay": 0.01}, {"weight_decay": 0.01}),
]
HIDDEN = [6, 5]


def samples():
    torch.manual_seed(5)
    x = (torch.randn(2000, 4) * 1000).round() / 1000
    y = (x[:, 0] - 0.5 * x[:, 1] + 0.3 * torch.randn(2000) > 0.1).long()
    z = ((x[:, 2] * x[:, 3] + 0.3 * torch.randn(2000) > 0).long() + (x[:, 0] > 0.5).long())
    return x, y, z


def network(classes, initial):
    sizes = [4] + HIDDEN + [classes]
    layers = [torch.nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
    names = [f"hidden.{i}" for i in range(len(HIDDEN))] + ["output"]
    with torch.no_grad():
        for name, layer in zip(names, layers):
            layer.weight.copy_(initial[f"{name}.weight"])
            layer.bias.copy_(initial[f"{name}.bias"])
    return layers, names, lambda h: [h := (torch.tanh(l(h)) if l is not layers[-1] else l(h)) for l in layers][-1]


def linear():
    layer = torch.nn.Linear(4, 1)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
    return [layer], ["output"], layer


def trained(model, loss_of, optimizer, arguments, x, target):
    layers, names, forward = model
    step = optimizer([p for layer in layers for p in (layer.weight, layer.bias)], **arguments)
    for i in range(len(x)):
        step.zero_grad()
        loss_of(forward(x[i]), target[i]).backward()
        step.step()
    out = []
    for name, layer in zip(names, layers):
        for part, tensor in ((f"{name}.weight", layer.weight), (f"{name}.bias", layer.bias)):
            out.append({"name": part, "shape": list(tensor.shape), "values": tensor.detach().flatten().tolist()})
    return out


def toml(value):
    return json.dumps(value)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    x, y, z = samples()
    lines = ["x0,x1,x2,x3,y,z"]
    lines += [",".join([f"{v:g}" for v in row.tolist()] + [str(int(a)), str(int(b))]) for row, a, b in zip(x, y, z)]
    (folder / "samples.csv").write_text("\n".join(lines) + "\n")
    torch.manual_seed(6)
    sizes = [4] + HIDDEN + [3]
    names = [f"hidden.{i}" for i in range(len(HIDDEN))] + ["output"]
    initial = {}
    for name, a, b in zip(names, sizes, sizes[1:]):
        initial[f"{name}.weight"] = torch.randn(b, a) * (2 / a) ** 0.5
        initial[f"{name}.bias"] = torch.randn(b) * 0.1
    save_file(initial, folder / "initial.safetensors")
    logistic = lambda score, target: torch.nn.functional.binary_cross_entropy_with_logits(score[0], target.double())
    softmax = lambda scores, target: torch.nn.functional.cross_entropy(scores[None], target[None])
    cases = []
    for name, optimizer, arguments, ours in OPTIMIZERS:
        settings = f'[optimizer]\ntype = "{name}"\n' + "".join(f"{k} = {toml(v)}\n" for k, v in ours.items())
        settings += f'[schedule]\ntype = "constant"\nlr = {toml(arguments["lr"])}\n'
        cases.append({"name": f"linear_{name}", "settings": '[model]\nprecision = "float64"\n' + settings, "task": "binary",
                      "layers": trained(linear(), logistic, optimizer, arguments, x, y)})
        mlp = f'[model]\ntype = "mlp"\nhidden = {toml(HIDDEN)}\nactivation = "tanh"\nprecision = "float64"\ninitial = "initial.safetensors"\n'
        cases.append({"name": f"mlp_{name}", "settings": mlp + settings, "task": "multiclass",
                      "layers": trained(network(3, initial), softmax, optimizer, arguments, x, z)})
    text = ",\n".join(json.dumps(case) for case in cases)
    source = f"torch {torch.__version__.split('+')[0]}, float64 on the CPU; ftrl and lion by formula"
    (folder / "torch.json").write_text(f'{{"source": "{source}", "tolerance": "relative 1e-6", "cases": [\n{text}\n]}}\n')


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
