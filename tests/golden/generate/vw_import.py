"""A model of Vowpal Wabbit 9.11.9 in text form, lines that it has not seen, and what it says of them. (pip install vowpalwabbit==9.11.9)

usage: vw_import.py FOLDER
"""

import json
import math
import pathlib
import random
import sys

import vowpalwabbit

OPTIONS = {"plain": "-b 8 --loss_function logistic -l 0.5", "pairs": "-b 8 --loss_function logistic -l 0.5 -q ab --noconstant"}


def line(draw, labelled):
    city, sky = draw.choice(["Bonn", "Rom", "Bari", "17"]), draw.choice(["clear", "rain"])
    heat, height = round(draw.gauss(0, 1), 4), round(draw.uniform(-2, 2), 4)
    score = heat - 0.5 * height + (1.5 if city == "Rom" else 0) - (1 if sky == "rain" and city == "Bonn" else 0)
    label = ("1" if draw.random() < 1 / (1 + math.exp(-2 * score)) else "-1") if labelled else ""
    return f"{label} |a {city} heat:{heat} |b:0.5 {sky} height:{height}".strip()


def main(folder):
    folder = pathlib.Path(folder)
    draw = random.Random(9)
    lessons = [line(draw, True) for _ in range(500)]
    asked = [line(draw, True) for _ in range(200)]
    (folder / "asked.vw").write_text("\n".join(asked) + "\n")
    said = {}
    for name, options in OPTIONS.items():
        model = folder / f"{name}.txt"
        with vowpalwabbit.Workspace(f"{options} --quiet --readable_model {model}") as vw:
            for one in lessons:
                vw.learn(one)
            said[name] = [vw.predict(one.split(" ", 1)[1]) for one in asked]
    (folder / "scores.json").write_text(json.dumps(said) + "\n")


main(sys.argv[1])
