#!/usr/bin/env python3
"""The dashboards: well-formed for Grafana, about series that there are, and readable.

usage: check_dashboards.py WORK_FOLDER

The rules are those of Grafana's dashboard linter that apply to provisioned boards, and Grafana's own types (@grafana/schema) where npm
can fetch them. That every query has data, a real Prometheus tells (tests/system/prometheus_test.cpp)."""
import itertools
import json
import pathlib
import re
import shutil
import sys

from harness import DEPLOY, IN_CI, check, finish, run
from series import check_query, recorded_series

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
UNITS = {"short", "none", "s", "ops", "bytes", "percentunit"}  # Names of Grafana's units; a misspelt one is shown as text.
WIDTH = 24  # Columns of Grafana's grid.
ENUMERATED = {"thresholds": "FieldColorModeId.Thresholds", "absolute": "ThresholdsMode.Absolute"}  # No strings to TypeScript.
HERE = pathlib.Path(__file__).resolve().parent


def check_head(name, board, text):
    check("__inputs" not in text and "${DS_" not in text, f"{name}: has inputs, which provisioning does not fill")
    check(board["id"] is None and board["uid"], f"{name}: wants id null and a uid of its own")
    check(board["editable"] is False, f"{name}: is editable")
    check(board["refresh"] and board["time"]["from"], f"{name}: wants a refresh and a time")
    check(any(link["type"] == "dashboards" and link["tags"] == board["tags"] for link in board["links"]), f"{name}: no links to the others")


def check_variables(name, board):
    variables = {one["name"]: one for one in board["templating"]["list"]}
    check(["datasource", "job", "instance"] == list(variables), f"{name}: wants the variables datasource, job and instance")
    source = variables["datasource"]
    check(source["type"] == "datasource" and source["query"] == "prometheus", f"{name}: datasource is no variable of Prometheus sources")
    for one in variables.values():
        if one["type"] != "query":
            continue
        where = f"{name}: ${one['name']}"
        check(one["datasource"] == DATASOURCE, f"{where}: has a data source of its own")
        check(one["refresh"] == 2, f"{where}: does not refresh on a change of time")
        check(one["multi"] and one["includeAll"] and one["allValue"] == ".+", f"{where}: wants multi, All, and .+ for it")
    check('job=~"$job"' in variables["instance"]["query"]["query"], f"{name}: $instance does not follow $job")


def check_annotations(name, board, recorded):
    annotations = board["annotations"]["list"]
    check(any("rekindle_drift_detections_total" in one["expr"] for one in annotations), f"{name}: does not mark drifts")
    for one in annotations:
        where = f"{name}: annotation {one['name']}"
        check(one["datasource"] == DATASOURCE and one["enable"], f"{where}: wants the data source variable, and to be on")
        check(one["target"]["expr"] == one["expr"], f"{where}: asks two things")  # Old and new Grafana read one each.
        check_query(where, one["expr"], recorded)


def check_panel(where, panel, recorded):
    check(panel["title"] and panel["description"], f"{where}: wants title and description")
    check(panel["fieldConfig"]["defaults"].get("unit") in UNITS, f"{where}: wants a unit of {sorted(UNITS)}")
    check(panel["datasource"] == DATASOURCE and panel["targets"], f"{where}: wants the data source variable and a target")
    names = [target["refId"] for target in panel["targets"]]
    check(len(set(names)) == len(names), f"{where}: two targets have one name")
    for target in panel["targets"]:
        query = target["expr"]
        check(target["datasource"] == DATASOURCE, f"{where}: a target has a data source of its own")
        check("{{instance}}" in target["legendFormat"], f"{where}: the legend does not tell the instances apart")
        check(query.count('job=~"$job",instance=~"$instance"') == len(re.findall(r"\b(?:rekindle|process)_\w+\{", query)),
              f"{where}: not every series is of $job and $instance")
        check(not re.search(r"(rate|increase)\([^\[]*\[(?!\$__rate_interval)", query), f"{where}: wants $__rate_interval")
        check_query(where, query, recorded)


def overlap(one, other):
    a, b = one["gridPos"], other["gridPos"]
    return a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]


def check_panels(name, board, recorded):
    panels = board["panels"]
    for what in ("id", "title"):
        check(len({one[what] for one in panels}) == len(panels), f"{name}: two panels have one {what}")
    for panel in panels:
        place = panel["gridPos"]
        check(place["x"] >= 0 and place["w"] > 0 and place["h"] > 0 and place["x"] + place["w"] <= WIDTH, f"{name}: {panel['title']}: off the grid")
        check_panel(f"{name}: {panel['title']}", panel, recorded)
    for one, other in itertools.combinations(panels, 2):
        check(not overlap(one, other), f"{name}: {one['title']} lies on {other['title']}")


def check_types(boards, work):
    """By Grafana's own types. Its annotations have no `expr`, which the Prometheus source adds."""
    work.mkdir(parents=True, exist_ok=True)
    for one in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "grafana" / one, work / one)
    code, said = run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=work) if shutil.which("npm") else (1, "no npm")
    if code != 0:
        print(f"{'FAILED' if IN_CI else 'skipped'}: no types of Grafana: {said.strip().splitlines()[-1]}")
        check(not IN_CI, "Grafana's types cannot be had")
        return
    text = 'import {type Dashboard, FieldColorModeId, ThresholdsMode} from "@grafana/schema";\n'
    for i, board in enumerate(boards.values()):
        text += f"export const board{i}: Dashboard = {json.dumps({**board, 'annotations': {'list': []}}, indent=1)};\n"
    for name, value in ENUMERATED.items():
        text = text.replace(f'"mode": "{name}"', f'"mode": {value}')
    (work / "boards.ts").write_text(text)
    code, said = run("node_modules/.bin/tsc", "--noEmit", "--strict", "--skipLibCheck", "--moduleResolution", "bundler", "--module", "esnext",
                     "--target", "es2022", "boards.ts", cwd=work)
    check(code == 0, f"Grafana's types: {said}")


def main():
    recorded = recorded_series()
    boards = {path.name: json.loads(path.read_text()) for path in sorted((DEPLOY / "grafana/dashboards").glob("*.json"))}
    check({"drift.json", "kafka.json", "overview.json"} <= boards.keys(), f"the dashboards are {list(boards)}")
    check(len({one["uid"] for one in boards.values()}) == len(boards), "two dashboards have one uid")
    for name, board in boards.items():
        check_head(name, board, (DEPLOY / "grafana/dashboards" / name).read_text())
        check_variables(name, board)
        check_annotations(name, board, recorded)
        check_panels(name, board, recorded)
    check_types(boards, pathlib.Path(sys.argv[1]))
    finish()


if __name__ == "__main__":
    main()
