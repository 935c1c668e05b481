#!/usr/bin/env python3
"""A pre-trained network on a shifted task: thawed layer by layer, beside from scratch and beside all layers free at one rate.

    pip install torch==2.15.0 safetensors==0.8.0 numpy==2.4.6
    python3 bench/transfer.py build/release/rekindle

Source task: the values of 8 hidden causes; a cause is tanh of a weighted sum of 20 inputs. Target task: a stream of 1,500
samples with two classes, decided by 5 of the causes, whose weights have moved by three tenths of their spread, and
whose inputs are shifted.
Each way of learning gets the rate, of six, that is best for it on the mean of the seeds.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import save_file

SEEDS = range(5)
RATES = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]
SAMPLES = 1500
INPUTS = 20
torch.set_num_threads(1)


def pretrained(causes, path):
    """A network with hidden layers of 32 and 16 that has learned the source task; only its backbone is kept."""
    model = torch.nn.Sequential(torch.nn.Linear(INPUTS, 32), torch.nn.Tanh(), torch.nn.Linear(32, 16), torch.nn.Tanh(), torch.nn.Linear(16, 8))
    step = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(2000):
        x = torch.randn(64, INPUTS)
        loss = torch.nn.functional.mse_loss(model(x), torch.tanh(x @ causes))
        step.zero_grad()
        loss.backward()
        step.step()
    save_file({f"hidden.{i}.{part}": getattr(model[2 * i], part).detach().contiguous() for i in (0, 1) for part in ("weight", "bias")}, path)


def stream(causes, path):
    moved = causes + 0.3 * causes.std() * torch.randn_like(causes)
    x = torch.randn(SAMPLES, INPUTS) + 0.3
    score = torch.tanh(x @ moved)[:, :5] @ torch.tensor([1.0, -1.0, 0.7, 0.7, -0.7])
    y = (score + 0.1 * torch.randn(SAMPLES) > score.median()).int()
    rows = [",".join(f"{v:.4f}" for v in row) + f",{label}" for row, label in zip(x.tolist(), y.tolist())]
    path.write_text("\n".join([",".join(f"x{j}" for j in range(INPUTS)) + ",y"] + rows) + "\n")


def layer(name, thaw, bump):
    """Frozen until `thaw`; from then on at a tenth of the head's rate, `bump` times that at first."""
    return (f'[[model.layers]]\nname = "{name}"\nfrozen = true\nunfreeze_at = {thaw}\nlr_multiplier = 0.1\n'
            f'unfreeze_bump = {bump}\nunfreeze_bump_updates = 300\n')


WAYS = {
    "from scratch": "",
    "pre-trained, all layers free": 'initial = "{initial}"\n',
    "pre-trained, frozen for good": 'initial = "{initial}"\n' + layer("hidden.0", 0, 1) + layer("hidden.1", 0, 1),
    "pre-trained, thawed layer by layer": 'initial = "{initial}"\n' + layer("hidden.1", 100, 3) + layer("hidden.0", 200, 3),
}


def replay(binary, folder, seed, way, rate):
    configuration = folder / "r.toml"
    configuration.write_text(
        f'seed = {seed}\n[source]\ntype = "file"\npath = "s.csv"\nformat = "csv"\n[schema]\ntask = "binary"\nlabel = "y"\n'
        '[preprocess]\nscale = "none"\n[drift]\npolicy = "none"\n[optimizer]\ntype = "momentum"\n'
        f'[schedule]\ntype = "constant"\nlr = {rate}\n[model]\ntype = "mlp"\nhidden = [32, 16]\nactivation = "tanh"\n'
        + way.format(initial=folder / f"{seed}.safetensors"))
    done = subprocess.run([binary, "replay", "-c", configuration, "--from", folder / f"{seed}.csv", "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)["metrics"]


def main(binary):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for seed in SEEDS:
            torch.manual_seed(seed)
            causes = torch.randn(INPUTS, 8) / INPUTS ** 0.5 * 2
            pretrained(causes, folder / f"{seed}.safetensors")
            stream(causes, folder / f"{seed}.csv")
        print("| way | rate | loss | accuracy | accuracy by seed |\n|---|---|---|---|---|")
        for title, way in WAYS.items():
            best = None
            for rate in RATES:
                metrics = [replay(binary, folder, seed, way, rate) for seed in SEEDS]
                loss = sum(one["loss"] for one in metrics) / len(metrics)
                if best is None or loss < best[0]:
                    best = (loss, rate, [one["accuracy"] for one in metrics])
            loss, rate, accuracies = best
            print(f"| {title} | {rate} | {loss:.4f} | {sum(accuracies) / len(accuracies):.4f} | {' '.join(f'{a:.3f}' for a in accuracies)} |")


if __name__ == "__main__":
    main(sys.argv[1])
