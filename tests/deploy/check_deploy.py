#!/usr/bin/env python3
"""What is shipped around the program: dashboards, rules, units, compose and manifests are well-formed and agree with each other.

usage: check_deploy.py PROGRAM"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
mistakes = []


def check(holds, message):
    if not holds:
        mistakes.append(message)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    return done.returncode, done.stdout + done.stderr


def has(tool):
    if shutil.which(tool):
        return True
    print(f"{'FAILED' if os.environ.get('CI') == 'true' else 'skipped'}: {tool} is not installed (apt-packages-test.txt)")
    check(os.environ.get("CI") != "true", f"{tool} is not installed")
    return False


def known_series():
    names = set()
    for line in (ROOT / "metrics/series.txt").read_text().splitlines():
        if line.startswith(" ") or not line:
            continue
        name, kind = re.match(r"\w+", line)[0], line.split()[-1]
        names |= {name} if kind != "histogram" else {name + end for end in ("_bucket", "_sum", "_count")}
    return names


def check_query(where, query, recorded):
    for name in re.findall(r"\b(?:rekindle|process)_\w+", query):
        check(name in known_series() or f"instance:{name}" in " ".join(recorded), f"{where}: there is no series {name}")
    for counter in re.findall(r"\b\w+_total\b", query):
        check("rate(" in query or "increase(" in query, f"{where}: {counter} is a counter and wants rate or increase")


# The rules of Grafana's dashboard linter that apply to provisioned boards.
def check_dashboards(recorded):
    boards = sorted((DEPLOY / "grafana/dashboards").glob("*.json"))
    check(len(boards) >= 3, "there are fewer than three dashboards")
    uids = set()
    for path in boards:
        board = json.loads(path.read_text())
        text = path.read_text()
        check("__inputs" not in text and "${DS_" not in text, f"{path.name}: has inputs, which provisioning does not fill")
        check(board["id"] is None and board["uid"] not in uids, f"{path.name}: wants id null and a uid of its own")
        uids.add(board["uid"])
        check(board["editable"] is False, f"{path.name}: is editable")
        variables = {one["name"]: one for one in board["templating"]["list"]}
        check({"datasource", "job", "instance"} <= variables.keys(), f"{path.name}: wants the variables datasource, job and instance")
        check(variables["datasource"]["type"] == "datasource", f"{path.name}: datasource is no datasource variable")
        check(all(one["refresh"] == 2 for one in variables.values() if one["type"] == "query"), f"{path.name}: variables refresh on time change")
        for one in board["annotations"]["list"]:
            check(one["datasource"] == DATASOURCE, f"{path.name}: annotation {one['name']} has a datasource of its own")
            check_query(f"{path.name}: {one['name']}", one["expr"], recorded)
        for panel in board["panels"]:
            where = f"{path.name}: {panel['title']}"
            check(panel["title"] and panel["description"], f"{where}: wants title and description")
            check(panel["fieldConfig"]["defaults"]["unit"], f"{where}: wants a unit")
            check(panel["datasource"] == DATASOURCE and panel["targets"], f"{where}: wants the datasource variable and a target")
            for target in panel["targets"]:
                query = target["expr"]
                check(target["datasource"] == DATASOURCE, f"{where}: a target has a datasource of its own")
                check('job=~"$job"' in query and 'instance=~"$instance"' in query, f"{where}: wants $job and $instance")
                check(not re.search(r"(rate|increase)\([^\[]*\[(?!\$__rate_interval)", query), f"{where}: wants $__rate_interval")
                check_query(where, query, recorded)


def check_rules():
    rules = (DEPLOY / "prometheus/rules.yml").read_text()
    recorded = re.findall(r"record: (\S+)", rules)
    for alert in re.findall(r"alert: (\w+)", rules):
        check((ROOT / f"docs/runbooks/{alert}.md").exists(), f"{alert} has no runbook")
        check(f"docs/runbooks/{alert}.md" in rules, f"{alert} does not name its runbook")
        check(f'alertname="{alert}"' in (DEPLOY / "prometheus/rules_test.yml").read_text(), f"{alert} is not tested")
    for expression in re.findall(r"expr: (.*)", rules):
        check_query("rules.yml", re.sub(r"instance:\S+", "", expression), recorded)
    if has("promtool"):
        for command in (("check", "rules", "deploy/prometheus/rules.yml"), ("test", "rules", "deploy/prometheus/rules_test.yml")):
            code, said = run("promtool", *command)
            check(code == 0, f"promtool {' '.join(command)}: {said}")
    return recorded


# systemd-analyze says what it does not know, and exits with 0.
def check_units(program):
    if not has("systemd-analyze"):
        return
    with tempfile.TemporaryDirectory() as folder:
        for unit in sorted((DEPLOY / "systemd").glob("*.service")):
            text = unit.read_text().replace("/usr/bin/rekindle", program)
            copy = pathlib.Path(folder) / unit.name.replace("@.", "@one.")
            copy.write_text(text)
            code, said = run("systemd-analyze", "verify", "--man=no", str(copy))
            said = "\n".join(line for line in said.splitlines() if unit.name.split(".")[0].rstrip("@") in line)
            check(code == 0 and not said, f"{unit.name}: {said}")


def check_configurations(program):
    for name in ("deploy/rekindle/rekindle.toml", "deploy/kubernetes/rekindle.toml"):
        code, said = run(program, "check", "-c", name)
        check(code == 0, f"{name}: {said}")


def check_agreement():
    files = {name: (ROOT / name).read_text() for name in (
        "docker-compose.yml", "deploy/Dockerfile", "deploy/rekindle/rekindle.toml", "deploy/prometheus/prometheus.yml",
        "deploy/kubernetes/rekindle.toml",
        "deploy/kubernetes/statefulset.yaml", "deploy/kubernetes/service.yaml")}
    for name, text in files.items():
        check("9464" in text, f"{name}: does not use the port 9464")
    for name in ("docker-compose.yml", "deploy/Dockerfile", "deploy/kubernetes/statefulset.yaml"):
        check("/var/lib/rekindle" in files[name], f"{name}: keeps the state elsewhere than /var/lib/rekindle")
    for name in ("docker-compose.yml", "deploy/Dockerfile", "deploy/kubernetes/statefulset.yaml"):
        check("/etc/rekindle" in files[name], f"{name}: has its configuration elsewhere than /etc/rekindle")
    for name in ("deploy/Dockerfile", "deploy/kubernetes/statefulset.yaml"):
        check("10001" in files[name], f"{name}: runs as another user than 10001")
    if has("docker-compose"):
        code, said = run("docker-compose", "config", "-q")
        check(code == 0, f"docker-compose config: {said}")


def main():
    recorded = check_rules()
    check_dashboards(recorded)
    check_units(sys.argv[1])
    check_configurations(sys.argv[1])
    check_agreement()
    for one in mistakes:
        print(one)
    print(f"{len(mistakes)} mistakes")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
